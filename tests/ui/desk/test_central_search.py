"""Whom only Central has: shown under a heading of their own, behind what the desk knows."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt

from agentdesk.domain.entities import Customer
from agentdesk.domain.found import AtCentral, Hit, Why
from agentdesk.domain.ids import new_id
from agentdesk.errors import Code, ExternalError
from agentdesk.services.central import NoCentral
from agentdesk.views import central_search
from agentdesk.views.palette_provider import AT_CENTRAL, PEOPLE
from tests.stock import stock
from tests.ui.desk.conftest import ANNA, Station

DORA = Customer(id=new_id(), full_name="Dora Kowalczyk", hometown="Gdynia")


class Wire(NoCentral):
    """Stands for the network: knows Dora, or gives no answer."""

    def __init__(self, station: Station, *, all_held: bool = False) -> None:
        self._station = station
        self._all_held = all_held
        self.asked: list[str] = []
        self.reachable = True

    def search(self, text: str) -> Future[AtCentral]:
        """Answer at once."""
        self.asked.append(text)
        answer: Future[AtCentral] = Future()
        dora = Hit(DORA.id, DORA.full_name, 0.5, Why.NAME, None, DORA.hometown, at_central=True)
        if not self.reachable:
            answer.set_exception(ExternalError(Code.SERVER_UNREACHABLE))
        elif self._all_held:
            answer.set_result(AtCentral(all_held=True))
        else:
            answer.set_result(AtCentral((dora,)))
        return answer

    def visit(self, customer_id: str) -> Future[int]:
        """Let Dora into the cache."""
        assert customer_id == DORA.id
        stock(self._station.store, DORA)
        answer: Future[int] = Future()
        answer.set_result(1)
        return answer


@pytest.fixture
def wire(station: Station, monkeypatch: pytest.MonkeyPatch) -> Wire:
    monkeypatch.setattr(central_search, "PAUSE_S", 0.0)
    station.desk.central = found = Wire(station)
    return found


def sections(station: Station) -> list[str]:
    model = station.window.palette_list.model
    return [model.section_of(row) for row in range(model.rowCount())]


def ask(station: Station, words: str) -> None:
    station.press(Qt.Key.Key_K, ctrl=True)
    station.settle()
    station.write(words)


def test_people_at_central_stand_behind_those_of_the_desk(station: Station, wire: Wire) -> None:
    ask(station, "kowal")
    station.qtbot.waitUntil(lambda: AT_CENTRAL in sections(station))
    found = sections(station)
    assert found.index(PEOPLE) < found.index(AT_CENTRAL)
    current = station.window.palette_list.current_item
    assert current is not None
    assert current.key == ANNA.id
    assert wire.asked[-1] == "kowal"


def test_somebody_at_central_is_fetched_and_opened_by_keyboard(
    station: Station, wire: Wire
) -> None:
    ask(station, "kowal")
    station.qtbot.waitUntil(lambda: AT_CENTRAL in sections(station))
    for _step in range(len(sections(station))):
        station.press(Qt.Key.Key_Down)
    palette = station.window.palette_list
    assert palette.current_item is not None
    assert palette.current_item.key == DORA.id
    station.press(Qt.Key.Key_Return)
    station.qtbot.waitUntil(lambda: station.page.subject == DORA.id)
    assert wire.asked


def test_a_central_that_gives_no_answer_is_said_to_give_none(station: Station, wire: Wire) -> None:
    ask(station, "kowal")
    station.qtbot.waitUntil(lambda: AT_CENTRAL in sections(station))
    wire.reachable = False
    station.write("s")
    station.qtbot.waitUntil(lambda: wire.asked[-1] == "kowals")
    station.qtbot.waitUntil(lambda: sections(station)[-1:] == [AT_CENTRAL])
    assert PEOPLE in sections(station)


def test_a_desk_that_holds_everybody_asks_once_and_says_nothing(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(central_search, "PAUSE_S", 0.0)
    station.desk.central = wire = Wire(station, all_held=True)
    ask(station, "kowal")
    station.qtbot.waitUntil(lambda: bool(wire.asked))
    station.settle()
    before = len(wire.asked)
    station.write("s")
    station.settle()
    assert len(wire.asked) == before
    assert AT_CENTRAL not in sections(station)
