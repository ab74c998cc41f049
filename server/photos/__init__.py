"""Photos: bytes kept by their SHA-256, sent in pieces over bad lines, shown only to whom a record shows them.

bytes.py: where they lie; parts.py: what has arrived of one; images.py: whether it is a picture; copies.py: smaller ones.
"""
