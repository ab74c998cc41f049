"""The wire between phone and server: commands in, receipts out; and the pack that a phone takes along."""
