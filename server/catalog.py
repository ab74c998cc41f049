"""The only file that names every wing: its tables, its commands, its pages."""

from tortoise import Model

from server.facilities import commands as facilities_commands
from server.facilities import tables as facilities_tables
from server.ledger import tables as ledger_tables
from server.people import tables as people_tables
from server.photos import commands as photos_commands
from server.photos import tables as photos_tables

# Parents before children: the order in which a unit of work writes its rows.
TABLE_MODULES = (ledger_tables, people_tables, photos_tables, facilities_tables)
COMMANDS = (*facilities_commands.COMMANDS, *photos_commands.COMMANDS)

TABLES: tuple[type[Model], ...] = tuple(
    table
    for module in TABLE_MODULES
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, Model) and table.__module__ == module.__name__
)
TABLE_NAMES = tuple(module.__name__ for module in TABLE_MODULES)
