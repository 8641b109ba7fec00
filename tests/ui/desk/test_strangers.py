"""A caller whom this desk does not know is asked for at Central, and nothing is lost by it."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtWidgets import QApplication

from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.errors import Code, ExternalError
from agentdesk.services.central import NoCentral
from agentdesk.sync.protocol import PageRow
from agentdesk.sync.visitors import absorb_visitors
from agentdesk.telephony.events import announced
from tests.ui.desk.conftest import UNKNOWN_NUMBER, Station, phone

DORA = Customer(id=new_id(), full_name="Dora Nowak")


class Wire(NoCentral):
    """Stands for the network: answers when the test wants it to."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.asked: list[str] = []
        self.answers: list[Future[int]] = []

    def lookup(self, e164: str) -> Future[int]:
        """Remember what was asked for."""
        self.asked.append(e164)
        self.answers.append(Future())
        return self.answers[-1]

    def find_dora(self) -> None:
        """Answer with a customer from another area."""
        point = phone(DORA, UNKNOWN_NUMBER)
        rows = [
            PageRow(
                kind="customer",
                id=DORA.id,
                seq=5,
                created_seq=5,
                fields={"full_name": DORA.full_name},
            ),
            PageRow(
                kind="contact_point",
                id=point.id,
                seq=6,
                created_seq=6,
                fields={
                    "customer_id": DORA.id,
                    "kind": "phone",
                    "value": UNKNOWN_NUMBER,
                    "e164": UNKNOWN_NUMBER,
                    "shared": False,
                },
            ),
        ]
        self._station.store.write_here(absorb_visitors, rows, now())
        self.answers[-1].set_result(1)


@pytest.fixture
def wire(station: Station) -> Wire:
    wire = Wire(station)
    station.desk.central = wire
    return wire


def ring(station: Station, wire: Wire) -> None:
    """Let somebody unknown call, and wait until Central is asked."""
    station.window.take_call(announced(UNKNOWN_NUMBER, None))
    station.qtbot.waitUntil(lambda: bool(wire.answers))
    assert station.page.person.unknown.asking.text == "Asking Central…"


def test_whom_central_knows_is_shown_with_the_note_that_was_begun(
    station: Station, wire: Wire
) -> None:
    ring(station, wire)
    edit = station.page.person.note.edit
    edit.setFocus()
    edit.insertPlainText("asks about the boat")
    wire.find_dora()
    station.qtbot.waitUntil(lambda: station.page.subject == DORA.id)
    station.settle()
    card = station.page.person.card.card
    assert card is not None
    assert card.customer.full_name == "Dora Nowak"
    assert station.page.person.note.text == "asks about the boat"
    assert QApplication.focusWidget() is edit
    edit.insertPlainText(" again")
    assert station.page.person.note.text == "asks about the boat again"
    assert wire.asked == [UNKNOWN_NUMBER]


def test_a_person_being_added_is_not_disturbed_but_offered_whom_central_knows(
    station: Station, wire: Wire
) -> None:
    ring(station, wire)
    unknown = station.page.person.unknown
    station.page._new_customer()
    wire.find_dora()
    station.qtbot.waitUntil(unknown.found.isVisible)
    assert station.page.subject is None
    assert unknown.is_busy
    unknown.found.click()
    station.qtbot.waitUntil(lambda: station.page.subject == DORA.id)
    station.settle()
    assert not unknown.found.isVisible()


def test_a_number_that_central_does_not_know_either_is_said_so(
    station: Station, wire: Wire
) -> None:
    ring(station, wire)
    wire.answers[-1].set_result(0)
    station.settle()
    asking = station.page.person.unknown.asking
    assert asking.text == "Central does not know this number either."
    assert station.page.person.is_unknown


def test_a_central_that_cannot_be_asked_is_no_news_during_a_call(
    station: Station, wire: Wire
) -> None:
    ring(station, wire)
    wire.answers[-1].set_exception(ExternalError(Code.SERVER_UNREACHABLE))
    station.settle()
    assert not station.page.person.unknown.asking.isVisible()
    assert station.page.person.is_unknown


def test_looking_elsewhere_meanwhile_is_not_interrupted(station: Station, wire: Wire) -> None:
    ring(station, wire)
    station.page.go_home()
    wire.find_dora()
    station.settle()
    assert station.page.is_home
    station.page.back_to_caller()
    station.qtbot.waitUntil(lambda: station.page.subject == DORA.id)
    station.settle()
