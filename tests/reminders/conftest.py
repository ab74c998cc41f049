"""The house with a gateway that it may call."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from server.settings import Settings
from tests.reminders.gateway import Gateway
from tests.reminders.gateway import gateway as opened


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with opened() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, gateway: Gateway) -> Settings:
    return msgspec.structs.replace(settings, hooks=(gateway.origin,))
