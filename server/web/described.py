"""What the OpenAPI document says of requests whose bodies we read ourselves, byte by byte."""

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIMediaType, Operation, Parameter, RequestBody, Schema


def taking(media: str, schema: dict[str, Any], words: str, headers: dict[str, str] | None = None) -> type[Operation]:
    """An operation with this body. schema: as JSON Schema words it. headers: name and what it says."""

    @dataclass
    class Taking(Operation):
        def __post_init__(self) -> None:
            self.description = words
            self.request_body = RequestBody(content={media: OpenAPIMediaType(schema=_schema(schema))}, required=True)
            asked = [Parameter(name=name, param_in="header", required=True, description=said, schema=_schema({"type": "string"})) for name, said in (headers or {}).items()]
            self.parameters = [*(self.parameters or []), *asked]

    return Taking


def _schema(words: dict[str, Any]) -> Schema:
    """JSON Schema as Litestar's own struct: names in snake case, children first."""
    made: dict[str, Any] = dict(words)
    if "properties" in made:
        made["properties"] = {name: _schema(child) for name, child in made["properties"].items()}
    if isinstance(made.get("items"), dict):
        made["items"] = _schema(made["items"])
    return Schema(**made)
