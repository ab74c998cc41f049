"""Dugai 督改: supervision that leads to rectification."""
