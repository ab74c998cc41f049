"""The overview of any place that somebody answers for: how many problems, how late, how old; each figure opens its list. Read from figures kept with the writes."""
