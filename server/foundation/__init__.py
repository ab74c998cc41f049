"""Pure Python that every wing stands on: no framework, no database."""
