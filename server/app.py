"""The application put together: routes, doors, lifespan. It decides nothing."""

import contextlib
from collections.abc import AsyncIterator

from litestar import Litestar
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ASGIApp

from server import __version__, routes
from server.devices.session import Signatures
from server.documents.press import Press
from server.house import opened
from server.imports.work import Works
from server.overview import commands as overview
from server.people.session import Sessions
from server.photos.bytes import DiskStore
from server.photos.copies import Copies
from server.photos.images import SHEET, THUMB
from server.photos.parts import Parts
from server.reminders.work import Reminders
from server.search.indexer import Indexer
from server.selections.work import Walks
from server.settings import Settings
from server.web import shell
from server.web.access import check_routes, guard
from server.web.assets import asset
from server.web.errors import HANDLERS
from server.web.security import secured

BODY_LIMIT = 256 * 1024  # a form; routes that take files say how much more


def create(settings: Settings) -> ASGIApp:
    """What a server runs."""
    return secured(build(settings), settings.is_secure)


def build(settings: Settings, documented: bool = False) -> Litestar:
    """The bare application. documented: with an OpenAPI document, which no server serves."""
    app = Litestar(
        [asset, *shell.PAGES, *routes.PAGES],
        lifespan=[life],
        state=State({"settings": settings}),
        middleware=[Signatures(), Sessions()],
        guards=[guard],
        exception_handlers=HANDLERS,  # type: ignore[arg-type]
        csrf_config=CSRFConfig(secret=settings.secret(), cookie_secure=settings.is_secure, cookie_samesite="lax"),
        openapi_config=OpenAPIConfig(title="Dugai 督改", version=__version__) if documented else None,
        request_max_body_size=BODY_LIMIT,
        logging_config=None,  # server/logs.py has said it
    )
    if not documented:
        check_routes(app)
    return app


@contextlib.asynccontextmanager
async def life(app: Litestar) -> AsyncIterator[None]:
    """The database and the ledger open while the application runs; what the ledger has taken is finished at the end."""
    settings: Settings = app.state.settings
    settings.data.mkdir(parents=True, exist_ok=True)
    app.state.store = DiskStore(settings.data / "photos")
    app.state.thumbs = Copies(app.state.store, settings.data / "thumbs", THUMB)
    app.state.sheets = Copies(app.state.store, settings.data / "sheets", SHEET)
    app.state.press = Press(app.state.sheets, settings.fonts)
    app.state.ledgers = DiskStore(settings.data / "imports")
    app.state.parts = Parts(settings.data / "parts")
    await app.state.parts.prune()
    async with opened(settings) as ledger:
        await overview.prepare(ledger.writer)
        app.state.ledger = ledger
        app.state.works = works = Works(ledger, app.state.ledgers)
        app.state.index = index = Indexer(ledger)
        app.state.reminders = reminders = Reminders(ledger, settings)
        app.state.walks = walks = Walks(ledger)
        await works.resume()
        await walks.resume()
        await index.start()
        await reminders.start()
        try:
            yield
        finally:
            await reminders.stop()
            await index.stop()
            await walks.stop()
            await works.stop()
