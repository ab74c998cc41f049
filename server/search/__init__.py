"""Finding facilities, problems and visits by any word of theirs, Chinese ones of one or two signs too.

subjects.py: what is searched of each; indexer.py: how the index follows the ledger.
"""
