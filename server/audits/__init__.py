"""The history handed out: what happened at a place in a period, as a file that anybody can check, without this house.

rules: which events, of which days, what of them. file: the file's lines, its seal, and its checking. Format: docs/history.md.
"""
