"""A visit: what was answered, found and signed on site."""
