"""Pages of visits. phone: the shells that an inspector's phone keeps; records, amending, entering: the desk's; uploads: the photos of a form."""
