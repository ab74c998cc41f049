"""Places, people, their roles at places, and how they sign in."""
