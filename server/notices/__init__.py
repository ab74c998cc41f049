"""责令限期整改通知书: the paper with which a bureau issues the problems of one visit, and how the facility took it."""
