"""The only file that names every wing's pages."""

from server.accounts import pages as accounts_pages
from server.audits import pages as audits_pages
from server.checklists import pages as checklists_pages
from server.deposits import pages as deposits_pages
from server.devices import pages as devices_pages
from server.drafts import pages as drafts_pages
from server.facilities import pages as facilities_pages
from server.imports import pages as imports_pages
from server.inspections.pages import amending as amending_pages
from server.inspections.pages import entering as entering_pages
from server.inspections.pages import phone as phone_pages
from server.inspections.pages import records as records_pages
from server.lists import pages as lists_pages
from server.notices import pages as notices_pages
from server.overview import pages as overview_pages
from server.people import pages as people_pages
from server.photos import pages as photos_pages
from server.places import pages as places_pages
from server.plans import pages as plans_pages
from server.prints import pages as prints_pages
from server.problems import pages as problems_pages
from server.reminders import pages as reminders_pages
from server.search import pages as search_pages
from server.selections import pages as selections_pages
from server.sync import pages as sync_pages
from server.workdays import pages as workdays_pages

PAGES = tuple(page for module in (
    people_pages, workdays_pages, devices_pages, accounts_pages, photos_pages, facilities_pages, prints_pages, checklists_pages, drafts_pages,
    lists_pages, problems_pages, notices_pages, selections_pages, overview_pages, reminders_pages, places_pages, plans_pages, imports_pages, phone_pages, records_pages, amending_pages, entering_pages, search_pages, audits_pages, deposits_pages, sync_pages,
) for page in module.PAGES)  # fmt: skip
