"""From a desk form to the ledger."""

from typing import Any

import msgspec
from litestar import Request

from server.foundation import clock
from server.foundation.command import Command, canonical
from server.foundation.ids import is_id, new_id
from server.foundation.refusal import Refusal


async def perform(
    request: Request[Any, Any, Any], kind: str, payload: object, id: str | None = None, version: int = 1
) -> dict[str, Any]:
    """Ask for one act as the signed-in person; the receipt's body. Raises Refusal.

    id: the form's hidden `_id`, which makes a double click one act.
    """
    if id is not None and not is_id(id):
        raise Refusal("input.invalid", reason="id").at("_id")
    command = Command(id or new_id(), kind, version, clock.now(), request.user.id, canonical(payload))
    body = await request.app.state.ledger.perform(command, request.user)
    return dict(msgspec.json.decode(body))
