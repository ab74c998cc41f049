"""What the `dugai` command does, a file for each of its nouns; server/cli.py reads what was typed.

installation: begun, served, backed up. derived: what is made from other tables, made anew. documentation: what is printed from the code
itself. acting: how a command line writes, as the server itself.
"""
