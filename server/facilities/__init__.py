"""Facilities: what is inspected, where it is, and who answers for what in it."""
