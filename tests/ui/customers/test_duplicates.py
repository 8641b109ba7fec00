"""Working through possible duplicates by keyboard: merge, two people, later, and Undo."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Entity,
    Fact,
    FactKind,
)
from agentdesk.domain.ids import new_id
from agentdesk.store import outbox
from agentdesk.store.lookalikes import distinct_pairs
from agentdesk.store.workers import Store
from agentdesk.sync.protocol import MergeCustomers, Mutation, Operation, Remove, Unmerge
from agentdesk.views.customers.page import CustomersPage
from tests.ui.customers.world import World, fill, now_of


def twice(name: str, number: str, **fields: Any) -> list[Entity]:
    """Return a person with a number; the same name and number again are probably the same."""
    given, _, family = name.partition(" ")
    who = Customer(id=new_id(), full_name=name, given_name=given, family_name=family, **fields)
    phone = ContactPoint(
        id=new_id(), customer_id=who.id, kind=ContactKind.PHONE, value=number, e164=number
    )
    return [who, phone]


ANNA = twice("Anna Szczukin", "+442079460958", hometown="Leeds", birthday="1984-03-07")
ANA = twice("Ana Szchukin", "+442079460958", hometown="York", birthday="1984-03-07")
TEA = Fact(id=new_id(), customer_id=ANA[0].id, kind=FactKind.LIKES, text="tea")
OLA = twice("Ola Wrzos", "+442079460957")
OLA_TOO = twice("Ola Wrzos", "+442079460957")


@pytest.fixture
def page(world: World, qtbot: QtBot) -> CustomersPage:
    """The screen, with the keyboard in the list of customers."""
    fill(world.store, [*ANNA, *ANA, TEA, *OLA, *OLA_TOO])
    made = CustomersPage(
        world.desk, world.bridge, world.themes, world.actions, world.notices, world.preferences
    )
    world.show(made, qtbot)
    qtbot.waitUntil(lambda: bool(made.panel.current_id))
    made.panel.list.setFocus()
    return made


@pytest.fixture
def found(world: World, page: CustomersPage, qtbot: QtBot) -> CustomersPage:
    """The list of possible duplicates, after a search, with the keyboard there."""
    now_of(world.desk.search_duplicates())
    QTest.keyClick(page.panel.list, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.duplicates.model.rowCount() == 2)
    assert page.duplicates.list.hasFocus()
    return page


def sent(store: Store) -> list[Operation]:
    """Return what waits for Central."""
    return [
        msgspec.json.decode(one.payload, type=Mutation).operation
        for one in store.read_here(outbox.all_waiting)
    ]


def test_the_pairs_are_listed_the_surest_first_and_explained(
    found: CustomersPage, qtmodeltester: ModelTester
) -> None:
    rows = found.duplicates.model.rows
    assert {*rows[0].title.split(" and ")} == {"Anna Szczukin", "Ana Szchukin"}
    assert rows[0].word in ("very likely", "almost certain")
    assert "same birthday" in rows[0].detail
    assert "Leeds" in found.duplicates.detail.accessibleDescription()
    qtmodeltester.check(found.duplicates.model)  # type: ignore[no-untyped-call]


def test_a_search_is_begun_by_key_and_shows_what_it_found(
    page: CustomersPage, qtbot: QtBot
) -> None:
    QTest.keyClick(page.panel.list, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.duplicates.empty.title == "Nobody has searched yet")
    QTest.keyClick(page.duplicates.list, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: page.duplicates.model.rowCount() == 2)
    qtbot.waitUntil(lambda: not page.duplicates.progress.isVisible())


def test_two_people_go_off_the_list_and_come_back_with_undo(
    world: World, found: CustomersPage, qtbot: QtBot
) -> None:
    QTest.keyClick(found.duplicates.list, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: found.duplicates.model.rowCount() == 1)
    assert len(world.store.read_here(distinct_pairs)) == 1
    world.notices.bar.take_back()
    qtbot.waitUntil(lambda: found.duplicates.model.rowCount() == 2)
    assert world.store.read_here(distinct_pairs) == {}


def test_later_moves_a_pair_to_the_end_and_the_next_is_there(
    found: CustomersPage, qtbot: QtBot
) -> None:
    first = found.duplicates.model.rows[0].key
    QTest.keyClick(found.duplicates.list, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: found.duplicates.model.rows[1].key == first)
    assert found.duplicates.model.rows[1].word == "later"


def open_merge(page: CustomersPage, qtbot: QtBot) -> None:
    """Open the merge of the first pair by keyboard."""
    QTest.keyClick(page.duplicates.list, Qt.Key.Key_M)
    qtbot.waitUntil(page.duplicates.merge_panel.isVisible)
    assert page.duplicates.merge_panel.list.hasFocus()


def go_to(page: CustomersPage, caption: str) -> int:
    """Move to the row with this caption by keyboard; return where it stands."""
    panel = page.duplicates.merge_panel
    at = next(i for i, row in enumerate(panel.model.rows) if row.caption == caption)
    QTest.keyClick(panel.list, Qt.Key.Key_Home)
    for _step in range(at):
        QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.list.currentIndex().row() == at
    return at


def test_every_choice_shows_its_result_before_anything_is_done(
    world: World, found: CustomersPage, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    open_merge(found, qtbot)
    panel = found.duplicates.merge_panel
    qtmodeltester.check(panel.model)  # type: ignore[no-untyped-call]
    at = go_to(found, "Hometown")
    winner, loser = panel.model.rows[at].winner, panel.model.rows[at].loser
    assert {winner, loser} == {"Leeds", "York"}
    for key, result in (
        (Qt.Key.Key_2, loser),
        (Qt.Key.Key_1, winner),
        (Qt.Key.Key_Right, loser),
        (Qt.Key.Key_Left, winner),
    ):
        QTest.keyClick(panel.list, key)
        assert panel.model.rows[at].result == result
    tea = go_to(found, "Likes")
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    assert panel.model.rows[tea].result == "left out"
    assert sent(world.store) == []
    QTest.keyClick(panel.list, Qt.Key.Key_Escape)
    qtbot.waitUntil(found.duplicates.list.hasFocus)
    assert sent(world.store) == []


def test_a_merge_by_keyboard_is_sent_and_undone(
    world: World, found: CustomersPage, qtbot: QtBot
) -> None:
    open_merge(found, qtbot)
    panel = found.duplicates.merge_panel
    at = go_to(found, "Hometown")
    QTest.keyClick(panel.list, Qt.Key.Key_2)
    other = panel.model.rows[at].loser
    go_to(found, "Likes")
    QTest.keyClick(panel.list, Qt.Key.Key_Space)
    QTest.keyClick(panel.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: found.duplicates.model.rowCount() == 1)
    remove, merge = sent(world.store)
    assert isinstance(remove, Remove)
    assert isinstance(merge, MergeCustomers)
    assert (remove.id, merge.keep) == (TEA.id, {"hometown": other})
    assert found.duplicates.list.hasFocus()
    world.notices.bar.take_back()
    qtbot.waitUntil(lambda: found.duplicates.model.rowCount() == 2)
    assert isinstance(sent(world.store)[2], Unmerge)


def test_escape_leads_back_to_the_customers(found: CustomersPage, qtbot: QtBot) -> None:
    QTest.keyClick(found.duplicates.list, Qt.Key.Key_Escape)
    qtbot.waitUntil(found.panel.list.hasFocus)
    assert not found.duplicates.isVisible()


def test_a_customer_who_is_probably_there_twice_says_so_and_compares(
    page: CustomersPage, qtbot: QtBot
) -> None:
    page.panel.select(ANNA[0].id)
    qtbot.waitUntil(lambda: "Ana Szchukin" in page.summary.twice.text)
    assert page.summary.twice.isVisible()
    page.summary.twice.button.setFocus()
    QTest.keyClick(page.summary.twice.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.duplicates.model.rowCount() == 1)
    pair = page.duplicates.pair
    assert pair is not None
    assert set(pair.ids) == {ANNA[0].id, ANA[0].id}


def test_a_merge_on_its_way_stands_at_the_customer_with_its_undo(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    now_of(world.desk.merge(ANNA[0].id, ANA[0].id))
    page.panel.select(ANNA[0].id)
    qtbot.waitUntil(lambda: "Ana Szchukin becomes a part" in page.summary.merged.text)
    assert not page.summary.twice.isVisible()
    page.summary.merged.button.setFocus()
    QTest.keyClick(page.summary.merged.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not page.summary.merged.isVisible())
    assert isinstance(sent(world.store)[-1], Unmerge)


def test_a_cancelled_search_says_so_no_more(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    page.show_duplicates()
    page.duplicates.search()
    assert page.duplicates.progress.isVisible()
    QTest.keyClick(page.duplicates.progress.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not page.duplicates.progress.isVisible())
