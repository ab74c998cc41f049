"""What is printed from the code itself, for docs/ and for whoever calls the server."""

import argparse

import msgspec

from server import retention
from server.problems.drawing import drawn
from server.settings import Settings


def openapi(settings: Settings, _: argparse.Namespace) -> None:
    from server.app import build  # late, as it is slow to load

    print(msgspec.json.encode(build(settings, documented=True).openapi_schema.to_schema()).decode())


def kept(_: Settings, __: argparse.Namespace) -> None:
    print(retention.printed(), end="")


def workflow(_: Settings, __: argparse.Namespace) -> None:
    print(drawn(), end="")
