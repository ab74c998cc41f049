"""Dugai 督改: supervision that leads to rectification.

A folder a capability. Put together from them: catalog (tables, commands), routes (pages), house (the ledger at work), app (what serves them), cli with console/
(what is typed), backup, demo/. For everybody: settings, logs, retention.
"""

__version__ = "0.1.0"
