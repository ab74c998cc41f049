"""The only file that names every wing: its tables, its commands, its pages."""

from tortoise import Model

from server.checklists import commands as checklists_commands
from server.checklists import pages as checklists_pages
from server.checklists import tables as checklists_tables
from server.facilities import commands as facilities_commands
from server.facilities import pages as facilities_pages
from server.facilities import tables as facilities_tables
from server.inspections import commands as inspections_commands
from server.inspections import pages as inspections_pages
from server.inspections import tables as inspections_tables
from server.ledger import tables as ledger_tables
from server.people import commands as people_commands
from server.people import pages as people_pages
from server.people import tables as people_tables
from server.photos import pages as photos_pages
from server.photos import tables as photos_tables
from server.problems import commands as problems_commands
from server.problems import pages as problems_pages
from server.problems import tables as problems_tables
from server.sync import pages as sync_pages

# Parents before children: the order in which a unit of work writes its rows.
TABLE_MODULES = (
    ledger_tables, people_tables, photos_tables, facilities_tables, checklists_tables, problems_tables, inspections_tables,
)  # fmt: skip
COMMANDS = (
    *people_commands.COMMANDS, *facilities_commands.COMMANDS, *checklists_commands.COMMANDS, *problems_commands.COMMANDS,
    *inspections_commands.COMMANDS,
)  # fmt: skip
PAGES = (
    *people_pages.PAGES, *photos_pages.PAGES, *facilities_pages.PAGES, *checklists_pages.PAGES, *problems_pages.PAGES,
    *inspections_pages.PAGES, *sync_pages.PAGES,
)  # fmt: skip

TABLES: tuple[type[Model], ...] = tuple(
    table
    for module in TABLE_MODULES
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, Model) and table.__module__ == module.__name__
)
TABLE_NAMES = tuple(module.__name__ for module in TABLE_MODULES)
