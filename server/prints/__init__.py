"""What is printed of facilities and hung on a wall: who answers for what, and the code that opens a facility."""
