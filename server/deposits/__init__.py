"""What phones sent and the server did not take in by itself: kept whole, shown to its author, decided about by a supervisor."""
