"""The register of people: found, taken in and out as files, given slips with codes."""
