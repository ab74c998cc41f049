"""The wire between phone and server: commands in (taking), receipts out; and the pack that a phone takes along (pack; for a facility's contact, todo).

exports reads the file that a phone writes when it cannot send, carrying takes in what is in one. What is not taken in by itself: server/deposits.
"""
