"""The changes of a customer: what stood, who wrote it, and putting it back with Undo."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer, Fact, FactKind, FieldVersion, TechnicalLevel
from agentdesk.domain.history import Event
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.views.customers.page import CustomersPage
from tests.real import ANN, BEN
from tests.ui.customers.world import World, fill, now_of

ANNA = Customer(
    id=new_id(), full_name="Anna Blunt", hometown="York", technical_level=TechnicalLevel.EXPERT
)
DOGS = Fact(id=new_id(), customer_id=ANNA.id, kind=FactKind.LIKES, text="Two dogs")


def version(field: str, value: object, *, minutes_ago: int, **more: object) -> FieldVersion:
    """Return a value that Ann wrote and Ben replaced."""
    values: dict[str, object] = {
        "id": new_id(),
        "customer_id": ANNA.id,
        "record_kind": KindName.CUSTOMER.value,
        "record_id": ANNA.id,
        "field": field,
        "value": json.dumps(value),
        "author_id": ANN.id,
        "written_at": now() - timedelta(days=2),
        "replaced_by": BEN.id,
        "replaced_at": now() - timedelta(minutes=minutes_ago),
        **more,
    }
    return FieldVersion(**values)  # type: ignore[arg-type] # each has the type of its field


@pytest.fixture
def page(world: World) -> CustomersPage:
    return CustomersPage(
        world.desk, world.bridge, world.themes, world.actions, world.notices, world.preferences
    )


def open_changes(world: World, page: CustomersPage, qtbot: QtBot, n: int) -> None:
    """Open Anna's changes by keyboard and wait for `n` of them."""
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.panel.current_id == ANNA.id)
    page.panel.list.setFocus()
    QTest.keyClick(page.panel.list, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: page.history.model.rowCount() == n)
    assert page.history.list.hasFocus()


def test_overwritten_values_are_listed_with_who_and_what_replaced_them(
    world: World, page: CustomersPage, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    fill(
        world.store,
        [
            ANNA,
            ANN,
            BEN,
            version("hometown", "Leeds", minutes_ago=9),
            version("technical_level", "novice", minutes_ago=3),
            version("hometown", "Hull", minutes_ago=1, arrived_late=True),
        ],
    )
    open_changes(world, page, qtbot, 3)
    rows = page.history.model.rows
    assert [row.title for row in rows] == [
        "Hometown: Hull",
        "Technical level: Needs plain words",
        "Hometown: Leeds",
    ]
    assert [row.detail for row in rows] == [
        "by Ann Reed · what Ben Wood wrote stands",
        "by Ann Reed · replaced by Ben Wood: Technical expert",
        "by Ann Reed · replaced by Ben Wood: York",
    ]
    assert rows[0].word == "never stood"
    qtmodeltester.check(page.history.model)  # type: ignore[no-untyped-call] # pytest-qt has no types here


def test_a_value_is_put_back_by_one_key_and_taken_back_by_undo(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, [ANNA, ANN, BEN, version("hometown", "Leeds", minutes_ago=9)])
    open_changes(world, page, qtbot, 1)

    def hometown() -> str | None:
        card = now_of(world.desk.card(ANNA.id))
        return card.customer.hometown if card else None

    QTest.keyClick(page.history.list, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: world.notices.bar.current is not None)
    assert hometown() == "Leeds"
    world.notices.bar.undo.click()
    qtbot.waitUntil(lambda: hometown() == "York")


def test_what_was_removed_comes_back(world: World, page: CustomersPage, qtbot: QtBot) -> None:
    removed = version(
        Event.REMOVED.value,
        {"text": "Two dogs", "sensitive": False},
        minutes_ago=1,
        record_kind=KindName.FACT.value,
        record_id=DOGS.id,
    )
    fill(world.store, [ANNA, ANN, BEN, DOGS, removed])
    now_of(world.desk.remove(KindName.FACT, DOGS.id))
    open_changes(world, page, qtbot, 1)
    assert page.history.model.rows[0].title == "Fact removed"
    QTest.keyClick(page.history.list, Qt.Key.Key_B)

    def facts() -> list[str]:
        card = now_of(world.desk.card(ANNA.id))
        return [fact.text for fact in card.facts] if card else []

    qtbot.waitUntil(lambda: facts() == ["Two dogs"] and world.notices.bar.current is not None)


def test_what_is_sensitive_stays_hidden_in_the_history(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fact = Fact(
        id=new_id(),
        customer_id=ANNA.id,
        kind=FactKind.ACCESS,
        text="Hard of hearing",
        sensitive=True,
    )
    before = version(
        "text", "Deaf", minutes_ago=1, record_kind=KindName.FACT.value, record_id=fact.id
    )
    fill(world.store, [ANNA, ANN, BEN, fact, before])
    open_changes(world, page, qtbot, 1)
    assert page.history.was.value.text == "hidden, as it is sensitive"
    assert not page.history.put_back.isEnabled()


def test_escape_goes_back_to_the_list_of_customers(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, [ANNA, ANN, BEN, version("hometown", "Leeds", minutes_ago=9)])
    open_changes(world, page, qtbot, 1)
    QTest.keyClick(page.history.list, Qt.Key.Key_Escape)
    assert page.panel.list.hasFocus()


def test_further_pages_are_read_on_scrolling(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    towns = [version("hometown", f"Town {n}", minutes_ago=n + 1) for n in range(250)]
    fill(world.store, [ANNA, ANN, BEN, *towns])
    open_changes(world, page, qtbot, 100)
    page.history.list.scrollToBottom()
    qtbot.waitUntil(lambda: page.history.model.rowCount() == 200)
    page.history.list.scrollToBottom()
    qtbot.waitUntil(lambda: page.history.model.rowCount() == 250)
    assert page.history.model.rows[-1].title == "Hometown: Town 249"
