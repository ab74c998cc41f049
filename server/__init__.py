"""Dugai 督改: supervision that leads to rectification."""

__version__ = "0.1.0"
