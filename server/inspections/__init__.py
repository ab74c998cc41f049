"""Visits: what was checked on site, by whom, with what result, arriving whole and once."""
