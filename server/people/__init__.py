"""Places, people, their roles at places, and how they sign in.

capacity.py: in which role somebody acted; passwords.py, session.py: signing in.
"""
