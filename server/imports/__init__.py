"""An office moves in with its spreadsheets: a problem ledger kept by hand, read, mapped, looked through and imported as a whole.

work is the server's own long work: heads finds the heading and what each column holds, splitting parts the problems in a cell,
judging reads a row by days, names and states. settling: what a person says to the doubts and faults that were found. commands:
beginning, mapping, importing and undoing as a whole.
"""
