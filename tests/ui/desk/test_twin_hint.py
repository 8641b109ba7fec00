"""A customer who is probably there twice: a quiet line on the card, and the way to compare."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from agentdesk.domain.ids import new_id
from tests.ui.customers.world import fill
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, SHARED_NUMBER, Station, phone

AGAIN = replace(ANNA, id=new_id(), full_name="Ana Kowalska", given_name="Ana")


def test_the_card_tells_quietly_and_leads_to_the_comparison(station: Station) -> None:
    fill(station.store, [AGAIN, phone(AGAIN, ANNA_NUMBER)])
    station.page.open_customer(ANNA.id)
    strip = station.page.person.card.twin
    station.qtbot.waitUntil(lambda: "Ana Kowalska" in strip.text)
    assert not strip.isHidden()
    strip.button.setFocus()
    QTest.keyClick(strip.button, Qt.Key.Key_Space)
    duplicates = station.window.customers_page.duplicates
    station.qtbot.waitUntil(lambda: duplicates.model.rowCount() == 1)
    assert station.window.screen_id == "customers"
    pair = duplicates.pair
    assert pair is not None
    assert set(pair.ids) == {ANNA.id, AGAIN.id}


def test_people_who_share_a_line_are_not_told_to_be_one(station: Station) -> None:
    station.ring(SHARED_NUMBER)
    station.settle()
    assert station.page.person.card.twin.isHidden()
