"""Figures, as ratios within one run: single numbers say little on a shared machine."""
