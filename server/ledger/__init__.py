"""The one corridor of writes (perform), its receipts and its chained history.

unit: what one command reads and declares; batch: one transaction of commands; tallies: the figures kept with it. chain, verify: the history, hashed and read again.
"""
