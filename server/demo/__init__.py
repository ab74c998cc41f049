"""A fictitious district in which every state can be seen, made by the same commands that people use."""
