"""Problems: one record each, seen as three lists, moved by a workflow until it is closed."""
