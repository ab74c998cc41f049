"""The only file that names every wing's tables and commands. Its pages are named in routes.py: a command line does without them, and without the framework."""

from tortoise import Model

from server.accounts import commands as accounts_commands
from server.audits import commands as audits_commands
from server.checklists import commands as checklists_commands
from server.checklists import tables as checklists_tables
from server.deposits import commands as deposits_commands
from server.deposits import tables as deposits_tables
from server.devices import commands as devices_commands
from server.devices import tables as devices_tables
from server.drafts import commands as drafts_commands
from server.drafts import tables as drafts_tables
from server.facilities import commands as facilities_commands
from server.facilities import tables as facilities_tables
from server.imports import commands as imports_commands
from server.imports import tables as imports_tables
from server.inspections import commands as inspections_commands
from server.inspections import tables as inspections_tables
from server.ledger import tables as ledger_tables
from server.lists import commands as lists_commands
from server.lists import tables as lists_tables
from server.notices import commands as notices_commands
from server.notices import tables as notices_tables
from server.overview import commands as overview_commands
from server.people import commands as people_commands
from server.people import tables as people_tables
from server.photos import tables as photos_tables
from server.places import commands as places_commands
from server.plans import commands as plans_commands
from server.plans import tables as plans_tables
from server.problems import commands as problems_commands
from server.problems import tables as problems_tables
from server.reminders import commands as reminders_commands
from server.reminders import tables as reminders_tables
from server.search import tables as search_tables
from server.selections import commands as selections_commands
from server.selections import tables as selections_tables
from server.sync import commands as sync_commands
from server.sync import tables as sync_tables
from server.workdays import commands as workdays_commands
from server.workdays import tables as workdays_tables

# Parents before children: the order in which a unit of work writes its rows.
TABLE_MODULES = (
    ledger_tables, people_tables, workdays_tables, devices_tables, photos_tables, facilities_tables, checklists_tables, drafts_tables, lists_tables,
    problems_tables, notices_tables, selections_tables, reminders_tables, plans_tables, imports_tables, inspections_tables, search_tables, deposits_tables, sync_tables,
)  # fmt: skip
COMMANDS = tuple(handling for module in (
    people_commands, workdays_commands, devices_commands, accounts_commands, facilities_commands, checklists_commands, drafts_commands, lists_commands,
    problems_commands, notices_commands, selections_commands, overview_commands, reminders_commands, places_commands, plans_commands, imports_commands, inspections_commands, audits_commands, deposits_commands, sync_commands,
) for handling in module.COMMANDS)  # fmt: skip

TABLES: tuple[type[Model], ...] = tuple(
    table
    for module in TABLE_MODULES
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, Model) and table.__module__ == module.__name__
)
TABLE_NAMES = tuple(module.__name__ for module in TABLE_MODULES)

# What a backup holds. The rest is made from other tables, and a restored house makes it again.
KEPT = tuple(table for table in TABLES if table is not ledger_tables.Tally and table.__module__ != search_tables.__name__)
