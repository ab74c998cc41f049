"""Devices that sign what they hand in: enrolled by their owner, known without a session, taken out of use. session.py: the door for a signature."""
