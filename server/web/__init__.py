"""What every page shares.

access: who may come to which route; forms, files: what comes in; acts: from a form to the ledger; render, icons: what goes out; documents: papers; errors, security:
what every answer carries; shell, assets: what makes it an app; described: for OpenAPI.
"""
