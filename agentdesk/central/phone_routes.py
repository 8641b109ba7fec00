"""The call by which telephone systems tell Central what happens on a line."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from agentdesk.central.calls import Told, encoded, take_event
from agentdesk.central.database import Database
from agentdesk.central.phone_events import read_event
from agentdesk.central.phone_lines import Line, recognise_line
from agentdesk.central.poke import PokeHub
from agentdesk.central.sequencer import number_all
from agentdesk.central.throttle import SignInThrottle
from agentdesk.errors import Code, UserError

_MOST_SECRET_CHARS = 512


@dataclass(frozen=True, slots=True)
class PhoneDesk:
    """Takes events of lines that prove themselves, and tells the desks concerned."""

    database: Database
    hub: PokeHub
    clock: Callable[[], datetime]
    _throttle: SignInThrottle = field(default_factory=SignInThrottle)

    def take(self, authorization: str, peer: str, body: bytes, content_type: str) -> None:
        """Take one event, from a client at the address `peer`.

        Raises `UserError(NOT_SIGNED_IN)` unless the line proves itself, `TooManyFailuresError` for
        who has failed too often, `UserError(INVALID_REQUEST)` for what is no event.
        """
        line = self._recognise(authorization, peer)
        event = read_event(body, content_type)
        told = self.database.write(take_event, line, event, self.clock())
        self._tell(line, told)

    def _tell(self, line: Line, told: Told) -> None:
        users = [user for user, _signal in told.signals]
        events = encoded(signal for _user, signal in told.signals)
        if events:
            self.hub.tell(line.org_id, zip(users, events, strict=True))
        if told.kept:
            number_all(self.database, line.org_id)
            self.hub.poke(line.org_id)

    def _recognise(self, authorization: str, peer: str) -> Line:
        line_id, secret = _credentials(authorization)
        # By address as well: whoever guesses must not be able to keep the line itself out.
        who, now = f"{line_id} {peer}", self.clock()
        self._throttle.check(who, now)
        line = self.database.read(recognise_line, line_id, secret)
        if line is None:
            self._throttle.failed(who, now)
            raise UserError(Code.NOT_SIGNED_IN)
        self._throttle.succeeded(who)
        return line


def _credentials(authorization: str) -> tuple[str, str]:
    """Return line and secret from `Basic` (RFC 7617) or from `Bearer line:secret`."""
    scheme, _, value = authorization.partition(" ")
    text = ""
    if scheme.lower() == "bearer":
        text = value.strip()
    elif scheme.lower() == "basic":
        try:
            text = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
    line_id, _, secret = text.partition(":")
    if not line_id or not secret or len(line_id) > 64 or len(secret) > _MOST_SECRET_CHARS:
        raise UserError(Code.NOT_SIGNED_IN)
    return line_id, secret
