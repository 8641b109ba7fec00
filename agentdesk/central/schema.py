"""Central's description of itself: OpenAPI 3.1 at `/schema`."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from agentdesk import __version__
from agentdesk.decoding import decode_json
from agentdesk.sync import protocol as p

_PUSH = "/v1/sync/push"
_SIGN_OUT = "/v1/auth/sign-out"
_CHANGES = "/v1/sync/changes"
_CHUNK = "/v1/sync/chunk/{sha256}"
_EVENTS = "/v1/telephony/events"
_REFERENCE = "#/components/schemas/{name}"


class _WireSchema(JsonRenderPlugin):
    """Adds what Litestar does not see: bodies that are decoded by hand, and pages of lines."""

    def render(
        self,
        request: Request[Any, Any, Any],  # noqa: ARG002 - the signature is Litestar's
        openapi_schema: dict[str, Any],
    ) -> bytes:
        """Return the document as JSON."""
        document = decode_json(msgspec.json.encode(openapi_schema), dict[str, Any])
        (push, line, refresh, *_), components = msgspec.json.schema_components(
            [p.PushRequest, p.PageLine, p.RefreshRequest, p.Mutation, p.ErrorAnswer, p.ChunkTable],
            ref_template=_REFERENCE,
        )
        known = document.setdefault("components", {}).setdefault("schemas", {})
        document["components"]["schemas"] = components | known
        for path, body in ((_PUSH, push), (_SIGN_OUT, refresh)):
            document["paths"][path]["post"]["requestBody"] = {
                "required": path == _PUSH,
                "content": {"application/json": {"schema": body}},
            }
        document["paths"][_CHANGES]["get"]["responses"]["200"]["content"] = {
            p.PAGE_MEDIA_TYPE: {"schema": line}
        }
        document["paths"][_CHUNK]["get"] |= _chunk_call()
        document["paths"][_EVENTS]["post"]["requestBody"] = _event_body()
        for path in document["paths"].values():
            for call in path.values():
                _describe_errors(call)
        return msgspec.json.encode(document)


def openapi_config() -> OpenAPIConfig:
    """Return how the description is served: as JSON, at `/schema` and `/schema/openapi.json`."""
    return OpenAPIConfig(
        title="AgentDesk Central",
        version=__version__,
        description="The CRM API that desks sync with.",
        path="/schema",
        render_plugins=[_WireSchema(path=["/openapi.json", "/"])],
    )


def _chunk_call() -> dict[str, Any]:
    """Describe how a chunk is asked for, whole or in part, and what comes (RFC 9110)."""
    table = {"$ref": _REFERENCE.format(name="ChunkTable")}
    record = {"type": "array", "description": "A record's values, in the order of the table"}
    content = {p.PAGE_MEDIA_TYPE: {"schema": {"anyOf": [table, record]}}}
    text = {"type": "string"}
    return {
        "parameters": [
            {"name": "sha256", "in": "path", "required": True, "schema": text},
            {"name": "Range", "in": "header", "required": False, "schema": text},
            {"name": "If-Range", "in": "header", "required": False, "schema": text},
        ],
        "responses": {
            "200": {"description": "The chunk, in the content coding told", "content": content},
            "206": {"description": "The part asked for, of the same bytes", "content": content},
        },
    }


def _event_body() -> dict[str, Any]:
    """Describe the event of a telephone system, as a form or in JSON."""
    text = {"type": "string", "maxLength": 256}
    schema = {
        "type": "object",
        "required": ["event", "callId"],
        "properties": {
            "event": {"enum": ["newCall", "answer", "hangup"]},
            "callId": text,
            "from": text,
            "to": text,
            "direction": {"enum": ["in", "out"]},
            "queue": text,
            "user": {"type": "array", "items": text, "maxItems": 200},
        },
    }
    kinds = ("application/x-www-form-urlencoded", "application/json")
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}


def _describe_errors(call: dict[str, Any]) -> None:
    answers = call.get("responses", {})
    for status in [status for status in answers if not status.startswith("2")]:
        del answers[status]
    answers["default"] = {
        "description": "Anything that is not 2xx",
        "content": {
            "application/json": {"schema": {"$ref": _REFERENCE.format(name="ErrorAnswer")}}
        },
    }
