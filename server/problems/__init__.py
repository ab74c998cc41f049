"""Problems: one record each, seen as three lists, moved by a workflow until it is closed. Re-checks made on site: rechecks.py."""
