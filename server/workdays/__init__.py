"""Which days are worked: the State Council's calendar, corrected by the places; deadlines are counted in them."""
