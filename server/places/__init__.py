"""The tree of bureaus, offices and facilities: added, renamed, closed, opened again, moved."""
