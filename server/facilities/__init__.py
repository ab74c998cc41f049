"""Facilities: what is inspected, where it is, and who answers for what in it. positions.py: a place on earth, as people write it."""
