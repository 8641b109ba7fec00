"""A telephone system that tells Central of calls, and what Central tells the desks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import phone_lines
from agentdesk.central import tables as t
from agentdesk.central.database import Database
from agentdesk.domain.kinds import KindName
from agentdesk.sync.protocol import CallSignal
from tests.unit.central.driver import Company, TurnedClock, look_into

PATH = "/v1/telephony/events"
CALLER = "+442079460001"


@dataclass
class Line:
    """A telephone system with a secret, and what Central tells the desks."""

    client: TestClient[Litestar]
    database: Database
    org_id: str
    line_id: str
    secret: str
    told: list[tuple[str, CallSignal]] = field(default_factory=list)

    def say(self, event: str, call_id: str = "c-1", **more: Any) -> Response:
        """Tell of an event, as a form."""
        users = more.pop("users", ())
        pairs = [("event", event), ("callId", call_id), *more.items()]
        pairs += [("user", user) for user in users]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(
            PATH, content=urlencode(pairs), headers=headers, auth=(self.line_id, self.secret)
        )

    def ring(self, *users: str, call_id: str = "c-1", **more: str) -> None:
        """Let a call ring."""
        more = {"from": CALLER, "to": "+442079460999", "direction": "in"} | more
        assert self.say("newCall", call_id, users=users, **more).status_code == 204

    def steps(self) -> list[tuple[str, str]]:
        """Return who was told what since the last time."""
        steps = [(user, signal.step) for user, signal in self.told]
        self.told.clear()
        return steps


def make_line(
    database: Database, client: TestClient[Litestar], company: Company, clock: TurnedClock
) -> Line:
    """Add a line to the company; its signals are heard before they leave."""
    line_id, secret = database.write(
        phone_lines.add_line, company.organisation.id, "Main", clock.now
    )
    made = Line(client, database, company.organisation.id, line_id, secret)

    def hear(_org_id: str, events: Any) -> None:
        for user, event in events:
            data = event.removeprefix(b"event: call\ndata: ")
            assert data.endswith(b"\n\n")
            made.told.append((user, msgspec.json.decode(data, type=CallSignal)))

    client.app.state.hub.tell = hear
    return made


def interactions(url: str) -> list[dict[str, Any]]:
    """Return the interactions that Central has, as fields."""
    query = sa.select(t.record.c.fields).where(t.record.c.kind == KindName.INTERACTION.value)
    return [json.loads(row.fields) for row in look_into(url, query)]
