"""Engines, fields, rows and migrations: how tables are reached on SQLite and PostgreSQL."""
