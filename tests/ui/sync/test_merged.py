"""What was merged without asking: told with its reason, undone or seen, never a thing to do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer
from agentdesk.sync.protocol import Reason
from agentdesk.views.sync.page import SyncPage
from tests.ui.customers.world import World, fill, now_of
from tests.ui.sync.arranged import merge_silently, titles


def open_merged(world: World, page: SyncPage, qtbot: QtBot, n: int = 1) -> None:
    """Show the section with its `n` entries and the keyboard in their list."""
    world.show(page, qtbot)
    page.show_section("merged")
    qtbot.waitUntil(lambda: page.merged.model.rowCount() == n)
    page.take_keyboard()


def living_in(anna: Customer, town: str) -> Customer:
    return Customer(id=anna.id, full_name=anna.full_name, hometown=town)


def test_a_merge_tells_whose_value_stands_and_why(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    fill(world.store, [living_in(anna, "York")])
    merge_silently(world, anna)
    open_merged(world, page, qtbot)
    assert titles(page.merged) == ["Hometown of Anna Blunt"]
    detail = page.merged.merged
    assert [c.value.text for c in (detail.stands, detail.theirs, detail.mine)] == [
        "York",
        "Hull",
        "York",
    ]
    assert "Yours reached Central later" in detail.why.text
    assert "by Ben Wood" in detail.theirs.remark.text
    assert page.header.state.text == "All saved centrally", "it is nothing that waits"


def test_the_value_that_lost_is_put_back_by_one_key(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    fill(world.store, [living_in(anna, "York")])
    merge_silently(world, anna)
    open_merged(world, page, qtbot)
    assert not page.merged.take_mine.isVisible(), "mine stands already"
    QTest.keyClick(page.merged.list, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: page.merged.is_empty)
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    assert card.customer.hometown == "Hull"


def test_what_was_changed_since_is_not_undone_blindly(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    fill(world.store, [living_in(anna, "Bath")])
    merge_silently(world, anna)
    open_merged(world, page, qtbot)
    assert page.merged.merged.since.isVisible()
    assert not page.merged.take_theirs.isVisible()


@pytest.mark.parametrize(("modifier", "left"), [(False, 1), (True, 0)])
def test_what_was_seen_leaves_the_list(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot, modifier: bool, left: int
) -> None:
    merge_silently(world, anna)
    merge_silently(world, anna, id="m2", n=3, reason=Reason.RESTRICTIVE.value, field="consent")
    open_merged(world, page, qtbot, 2)
    shift = Qt.KeyboardModifier.ShiftModifier
    held = shift if modifier else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(page.merged.list, Qt.Key.Key_S, held)
    qtbot.waitUntil(lambda: page.merged.model.rowCount() == left)
    assert len(now_of(world.desk.queue()).merged) == left
