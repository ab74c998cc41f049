"""How tables are reached on SQLite and PostgreSQL.

connect opens either; rows reads, by sqlite_engine and asyncpg_engine; writer writes. fields, shape: what the two keep differently. migrate: the schema's
numbered steps; snapshot: everything at one instant.
"""
