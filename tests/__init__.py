"""Specification, driven through the real thing."""
