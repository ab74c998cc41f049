"""Excel files as people hand them in, for tests of what becomes of them."""

import io
from collections.abc import Sequence

import httpx
import xlsxwriter

from server.foundation.ids import new_id

Rows = Sequence[Sequence[object]]


def book(**tabs: Rows) -> bytes:
    """A sheet for each name, cells as given."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    for name, rows in tabs.items():
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    made.close()
    return out.getvalue()


async def hand_in(client: httpx.AsyncClient, content: bytes, place: str, following: str = "", id: str = "", name: str = "a.xlsx") -> httpx.Response:
    """The import form, sent as a browser does."""
    if "csrftoken" not in client.cookies:
        await client.get("/drafts/import")
    fields = {"_id": id or new_id(), "_csrf_token": client.cookies["csrftoken"], "place": place, "following": following}
    return await client.post("/drafts/import", data=fields, files={"file": (name, content)})
