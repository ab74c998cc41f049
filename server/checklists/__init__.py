"""Checklists: published versions that never change again, and what an answer to them means (answers).

differences: what two versions say otherwise; meetable: whether a passing condition can be met at all; packs/: the ones that are shipped.
"""
