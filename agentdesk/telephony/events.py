"""A call as any source announces it: a command, a link, the simulator, a telephone system."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from agentdesk.domain.entities import Direction
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.domain.names import storable
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError

MOST_CHARS = 256
LINK_SCHEMES = ("tel", "agentdesk")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call that has begun to ring. `number` is as the source wrote it, empty if withheld.

    `name` is what the telephone network shows, `line` which of our numbers was called, `queue`
    what the callers wait in. `call_id` is that of this call at this desk; `shared_id`, where there
    is one, is the same at every desk that it rings at: a call that nobody took is kept once, under
    it. `customer_id` is whom the operator has chosen to dial.
    """

    number: str
    call_id: str = msgspec.field(default_factory=new_id)
    name: str | None = None
    line: str | None = None
    direction: Direction = Direction.INBOUND
    rang_at: datetime = msgspec.field(default_factory=now)
    queue: str | None = None
    passed_on_by: str | None = None
    shared_id: str | None = None
    customer_id: str | None = None


class Step(StrEnum):
    """What has happened to a call, as one desk sees it."""

    RINGING = "ringing"
    """It rings here, or is being dialled from here."""
    ANSWERED = "answered"
    """It was answered here, or whom this desk dialled has answered."""
    STOPPED = "stopped"
    """It rings here no more: somebody else has it, or the telephone system tries another desk."""
    MISSED = "missed"
    """It is over and nobody has taken it."""
    ENDED = "ended"
    """It was answered here and is over."""
    PASSED_ON = "passed-on"
    """It was answered here and goes on elsewhere."""
    CHANGED = "changed"
    """Somebody else is on the line now: a colleague who asked first has passed the caller on."""
    FAILED = "failed"
    """Whom this desk dialled was not reached."""


class CallEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a call. `by` is who has it now, if the telephone system tells."""

    step: Step
    call: Call
    by: str | None = None


def announced(number: str, name: str | None = None, line: str | None = None) -> Call:
    """Return the call that a command announces; text that is too long is cut."""
    return Call(
        number=storable(number).strip()[:MOST_CHARS],
        name=_trimmed(name),
        line=_trimmed(line),
    )


def from_link(link: str) -> Call:
    """Return the call in a `tel:` link (RFC 3966) or an `agentdesk:call?number=…` link.

    The parameters of an `agentdesk:` link are `number`, `name` and `line`. Raises
    `UserError(BAD_NUMBER)` if the link is neither.
    """
    try:
        parts = urlsplit(link.strip()[: 4 * MOST_CHARS])
    except ValueError as failure:
        raise UserError(Code.BAD_NUMBER) from failure
    if parts.scheme == "tel":
        return announced(unquote(link.strip()))
    if parts.scheme == "agentdesk" and (parts.netloc or parts.path).strip("/") == "call":
        asked = parse_qs(parts.query, keep_blank_values=True)
        first = {key: values[0] for key, values in asked.items()}
        number = first.get("number", "")
        if number.startswith(" "):
            # A plus sign that whoever made the link did not escape.
            number = f"+{number.lstrip()}"
        return announced(number, first.get("name"), first.get("line"))
    raise UserError(Code.BAD_NUMBER)


def told_text(text: str | None) -> str | None:
    """Return what another system says, fit to be kept and of bounded length, None if nothing."""
    return _trimmed(text)


def in_region(number: str, region: str) -> str:
    """Return a number in E.164 if it is one by the plan of `region`, else as it was told."""
    parsed = parse_number(number, region)
    return parsed.e164 if parsed.e164 is not None and parsed.extension is None else number


def is_link(argument: str) -> bool:
    """Tell whether a command-line argument is a link that `from_link` may understand."""
    return argument.split(":", 1)[0].lower() in LINK_SCHEMES and ":" in argument


def _trimmed(text: str | None) -> str | None:
    return storable(text or "").strip()[:MOST_CHARS] or None
