"""Envelopes in, receipts out, and the pack a phone takes along."""
