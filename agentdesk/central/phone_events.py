"""What a telephone system says about a call, however it writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from agentdesk.decoding import decode_json
from agentdesk.domain.names import storable
from agentdesk.errors import Code, UserError

MOST_BODY_BYTES = 64 * 1024
_MOST_CHARS = 256
_MOST_USERS = 200
_USERS = ("user", "user[]", "users")
_JSON = "application/json"


class EventName(StrEnum):
    """What happened, in the words that telephone systems use for it."""

    NEW_CALL = "newCall"
    ANSWER = "answer"
    HANGUP = "hangup"


_OUTBOUND = frozenset({"out", "outbound", "outgoing"})
_INBOUND = frozenset({"", "in", "inbound", "incoming"})


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """One event of one call. `caller` and `called` are as told, empty for a withheld number."""

    name: EventName
    call_id: str
    caller: str = ""
    called: str | None = None
    queue: str | None = None
    outbound: bool = False
    users: tuple[str, ...] = ()


def read_event(body: bytes, content_type: str) -> PhoneEvent:
    """Return the event in a body: a form (the usual way of push APIs) or a JSON object.

    Raises `UserError(INVALID_REQUEST)` for anything else.
    """
    if content_type.partition(";")[0].strip().lower() == _JSON:
        values = _json_values(body)
    else:
        try:
            values = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1_000)
        except ValueError as failure:
            raise UserError(Code.INVALID_REQUEST) from failure
    direction = _first(values, "direction").lower()
    call_id = _first(values, "callId")
    name = _first(values, "event")
    if name not in set(EventName) or not call_id or direction not in _INBOUND | _OUTBOUND:
        raise UserError(Code.INVALID_REQUEST)
    users = dict.fromkeys(_clean(one) for key in _USERS for one in values.get(key, ()))
    return PhoneEvent(
        name=EventName(name),
        call_id=call_id,
        caller=_first(values, "from"),
        called=_first(values, "to") or None,
        queue=_first(values, "queue") or None,
        outbound=direction in _OUTBOUND,
        users=tuple(user for user in users if user)[:_MOST_USERS],
    )


def _json_values(body: bytes) -> dict[str, list[str]]:
    """Return a JSON object as a form would be: each name with one or several texts."""
    told = decode_json(body, dict[str, Any])
    return {key: _texts(value) for key, value in told.items()}


def _texts(value: Any) -> list[str]:
    match value:
        case None:
            return []
        case list():
            return [text for one in value if not isinstance(one, list) for text in _texts(one)]
        case str():
            return [value]
        case bool() | dict():
            raise UserError(Code.INVALID_REQUEST)
        case _:
            return [str(value)]


def _first(values: dict[str, list[str]], key: str) -> str:
    found = values.get(key) or [""]
    return _clean(found[0])


def _clean(text: str) -> str:
    return storable(text).strip()[:_MOST_CHARS]
