"""The desk without a call."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from agentdesk.domain.entities import Direction, Disposition, Interaction
from agentdesk.domain.moments import now
from agentdesk.services.home import MOST, Home, RecentPerson
from agentdesk.views.desk.home_row import HomeRow
from tests.stock import contact, stock
from tests.ui.desk.conftest import ANNA_NUMBER, UNKNOWN_NUMBER, Station

SECTIONS = 4


def test_the_first_people_find_their_rows_made(station: Station) -> None:
    page = station.page.home
    station.qtbot.waitUntil(lambda: len(page.findChildren(HomeRow)) == SECTIONS * MOST)
    people = tuple(
        RecentPerson(customer_id=str(n), name=f"Person {n}", at=now(), subject="Billing")
        for n in range(MOST)
    )
    made = set(page.findChildren(HomeRow))
    page.show_home(Home(recent=people), (), "en")
    assert set(page.findChildren(HomeRow)) == made
    assert [row.key for row in page.recent.rows] == [person.customer_id for person in people]


def missed(station: Station, number: str) -> None:
    """Let a call be missed, and come back home."""
    station.ring(number)
    station.page.mark_missed()
    station.settle()
    station.page.go_home()
    station.settle()


def test_a_missed_caller_is_dealt_with_by_key_and_back_by_undo(station: Station) -> None:
    missed(station, UNKNOWN_NUMBER)
    missed(station, ANNA_NUMBER)
    rows = station.page.home.missed
    assert [row.title for row in rows.rows] == ["Anna Kowalska", "020 7946 0099"]
    station.press(Qt.Key.Key_R, ctrl=True, shift=True)
    assert rows.rows[0].hasFocus()
    station.press(Qt.Key.Key_K, ctrl=True, shift=True)
    station.qtbot.waitUntil(lambda: [row.title for row in rows.rows] == ["020 7946 0099"])
    station.settle()
    station.window.notices.bar.take_back()
    station.qtbot.waitUntil(lambda: len(rows.rows) == 2)


def test_an_unknown_caller_is_called_back_by_key_and_leaves_when_reached(
    station: Station,
) -> None:
    missed(station, UNKNOWN_NUMBER)
    station.press(Qt.Key.Key_R, ctrl=True, shift=True)
    station.press(Qt.Key.Key_F11)
    station.qtbot.waitUntil(lambda: station.page.person.is_unknown)
    station.settle()
    session = station.page.calls.current
    assert session is not None
    assert (session.call.number, session.call.direction) == (UNKNOWN_NUMBER, Direction.OUTBOUND)
    assert QGuiApplication.clipboard().text() == UNKNOWN_NUMBER
    assert station.page.bar.missed.text() == "No answer"
    station.page.mark_missed()
    station.settle()
    # Nobody was reached: the call is still to be returned.
    assert [row.title for row in station.page.home.missed.rows] == ["020 7946 0099"]
    station.page.home.missed.rows[0].action.click()
    station.qtbot.waitUntil(lambda: station.page.calls.current is not None)
    station.settle()
    station.press(Qt.Key.Key_F9)
    station.write("i")
    station.page.wrapping.save()
    station.qtbot.waitUntil(lambda: station.page.is_home)
    station.qtbot.waitUntil(lambda: not station.page.home.missed.rows)


def test_more_callers_than_fit_are_counted_and_shown_when_asked_for(station: Station) -> None:
    calls = [
        interaction(f"+4420794600{n:02}", now() - timedelta(minutes=n)) for n in range(MOST + 3)
    ]
    stock(station.store, *calls)
    station.page.go_home()
    station.settle()
    home = station.page.home
    assert (len(home.missed.rows), home.more.text()) == (MOST, "3 more calls to return")
    home.more.click()
    assert len(home.missed.rows) == MOST + 3
    assert not home.more.isVisible()


def interaction(e164: str, at: datetime) -> Interaction:
    """Return a missed call of somebody unknown."""
    return contact(None, at, e164=e164, disposition=Disposition.MISSED)
