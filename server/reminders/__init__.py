"""催办: reminders before, on and after a due day, up the tree of places, each once.

planning.py: who is to be told what today; sending.py: what leaves the house, and what came of it; work.py: the loop, one server at a time.
robots.py: how each vendor's robot is spoken to; messages.py: the words; push.py: Web Push; sealing.py: addresses that only this server reads.
"""
