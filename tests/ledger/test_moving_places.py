"""When a place moves, every row that says where it stands follows: no table can be forgotten."""

import re

from server import catalog
from server.database.shape import columns, table
from server.ledger.batch import PATHS
from server.ledger.tables import Event


def test_every_column_that_says_where_in_the_tree_a_row_stands_is_called_so() -> None:
    """A new table follows a move by the name of its column. One that keeps a path under another name would not."""
    paths = {(table(model), column) for model in catalog.TABLES for column in columns(model) if re.search(r"path", column)}
    assert {column for _, column in paths} <= set(PATHS)
    assert (table(Event), "place_path") in paths
    assert {("place", "path"), ("problem", "place_path"), ("inspection", "place_path"), ("photo_use", "place_path")} <= paths
