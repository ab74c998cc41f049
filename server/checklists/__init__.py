"""Checklists: published versions that never change again, and what an answer to them means."""
