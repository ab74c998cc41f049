"""The only file that names every wing: its tables, its commands, its pages."""

from tortoise import Model

from server.checklists import commands as checklists_commands
from server.checklists import pages as checklists_pages
from server.checklists import tables as checklists_tables
from server.facilities import commands as facilities_commands
from server.facilities import pages as facilities_pages
from server.facilities import tables as facilities_tables
from server.ledger import tables as ledger_tables
from server.people import commands as people_commands
from server.people import pages as people_pages
from server.people import tables as people_tables
from server.photos import tables as photos_tables

# Parents before children: the order in which a unit of work writes its rows.
TABLE_MODULES = (ledger_tables, people_tables, photos_tables, facilities_tables, checklists_tables)
COMMANDS = (*people_commands.COMMANDS, *facilities_commands.COMMANDS, *checklists_commands.COMMANDS)
PAGES = (*people_pages.PAGES, *facilities_pages.PAGES, *checklists_pages.PAGES)

TABLES: tuple[type[Model], ...] = tuple(
    table
    for module in TABLE_MODULES
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, Model) and table.__module__ == module.__name__
)
TABLE_NAMES = tuple(module.__name__ for module in TABLE_MODULES)
