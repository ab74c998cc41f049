"""Checklists: what is asked on site, on which basis, and what counts as a pass. Published versions never change."""
