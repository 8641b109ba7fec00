"""A call's whole way: from a telephone system over Central's stream to the desks of its users."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from agentdesk.central import phone_lines
from agentdesk.central.database import open_database
from agentdesk.domain.moments import now
from agentdesk.sync.status import SyncState
from agentdesk.telephony.events import CallEvent, Step
from agentdesk.telephony.from_central import CentralSource
from tests.exchanges import Watched
from tests.real import BEN, ORGANISATION, Central, Maker, central_with, signed_in

CALLER = "+442079460001"


@dataclass
class Phone:
    """A telephone system that may tell Central of calls."""

    central: Central
    auth: tuple[str, str]

    def tell(self, event: str, *users: str) -> None:
        """Tell of an event of the one call."""
        form = [("event", event), ("callId", "1"), ("from", CALLER), ("direction", "in")]
        form += [("user", user) for user in users]
        url = f"{self.central.address.url}/v1/telephony/events"
        requests.post(url, data=form, auth=self.auth, timeout=20).raise_for_status()


class Listening:
    """A desk that is connected, and what its source tells."""

    def __init__(self, central: Central, make_store: Maker, folder: Path, name: str) -> None:
        self._steps: queue.Queue[CallEvent] = queue.Queue()
        self.watched = Watched(signed_in(make_store(name), central, name), folder / name)
        self._source = CentralSource(self.watched.engine.on_call)
        self._source.start(self._steps.put, lambda _status: None)
        self.watched.engine.start()

    def next(self) -> CallEvent:
        """Return the next step."""
        return self._steps.get(timeout=20)

    def close(self) -> None:
        """Hang up."""
        self._source.stop()
        self.watched.engine.stop()


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    """A Central with a line."""
    with central_with(tmp_path, []) as central:
        database = open_database(central.database_url)
        auth = database.write(phone_lines.add_line, ORGANISATION.id, "Main", now())
        database.close()
        yield Phone(central, auth)


def test_a_ring_group_rings_at_two_desks_and_leaves_the_one_that_was_too_late(
    phone: Phone, make_store: Maker, tmp_path: Path
) -> None:
    ann = Listening(phone.central, make_store, tmp_path, "ann")
    ben = Listening(phone.central, make_store, tmp_path, "ben")
    try:
        phone.tell("newCall", "ann", "ben")
        rung = ann.next(), ben.next()
        assert [event.step for event in rung] == [Step.RINGING, Step.RINGING]
        assert {event.call.number for event in rung} == {CALLER}
        phone.tell("answer", "ben")
        left = ann.next()
        assert (left.step, left.by) == (Step.STOPPED, BEN.name)
        assert left.call.call_id == rung[0].call.call_id
        assert ben.next().step is Step.ANSWERED
        phone.tell("hangup")
        assert ben.next().step is Step.ENDED
    finally:
        ann.close()
        ben.close()


def test_a_desk_that_comes_while_it_rings_hears_it(
    phone: Phone, make_store: Maker, tmp_path: Path
) -> None:
    phone.tell("newCall", "ann")
    ann = Listening(phone.central, make_store, tmp_path, "ann")
    try:
        assert ann.next().step is Step.RINGING
        ann.watched.wait_for_state(SyncState.LIVE)
    finally:
        ann.close()
