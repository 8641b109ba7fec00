"""The desk without a call."""

from __future__ import annotations

from agentdesk.domain.moments import now
from agentdesk.services.home import MOST, Home, RecentPerson
from agentdesk.views.desk.home_row import HomeRow
from tests.ui.desk.conftest import Station

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
