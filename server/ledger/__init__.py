"""The one corridor of writes, its receipts and its chained history."""
