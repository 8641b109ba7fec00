"""Refused edits on the Sync screen: why in words, and what a person can do with each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer
from agentdesk.errors import Code
from agentdesk.sync.protocol import Outcome
from agentdesk.views.sync.page import SyncPage
from tests.ui.customers.world import World, now_of
from tests.ui.sync.arranged import refuse_all, titles


def open_refused(world: World, page: SyncPage, anna: Customer, qtbot: QtBot, reason: str) -> None:
    """Let Central have refused a note, and show it."""
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    refuse_all(world, reason)
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.refused.isVisible() and not page.refused.is_empty)
    page.take_keyboard()


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        (Code.NO_PERMISSION.value, "Your role does not allow this."),
        (Outcome.BLOCKED.value, "This builds on another edit that was refused."),
        ("something-new", "Central"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot, reason: str, what: str
) -> None:
    open_refused(world, page, anna, qtbot, reason)
    told = page.refused.edit.reason.text.split("\n")
    assert what in told[0]
    assert len(told) == 3


def test_a_refused_edit_is_tried_again(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    open_refused(world, page, anna, qtbot, Code.NO_PERMISSION)
    QTest.keyClick(page.refused.list, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: page.refused.is_empty and not page.waiting.is_empty)
    assert titles(page.waiting) == ["Note for Anna Blunt"]


def test_what_the_law_had_erased_is_not_tried_again(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    open_refused(world, page, anna, qtbot, Code.ERASED)
    assert page.refused.discard.isVisible()
    assert not page.refused.retry.isVisible()


def test_a_discarded_edit_comes_back_by_undo(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    open_refused(world, page, anna, qtbot, Code.NO_PERMISSION)
    QTest.keyClick(page.refused.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.refused.is_empty and page.undoing.is_possible)
    assert now_of(world.desk.queue()).attention == ()
    QTest.keyClick(page.switch, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not page.refused.is_empty)
    assert page.refused.edit.text.text == "Asks for large print."


def test_an_edit_is_handed_over_with_what_it_says(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    open_refused(world, page, anna, qtbot, Code.NO_PERMISSION)
    QTest.keyClick(page.refused.list, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: page.refused.is_empty)
    asked = now_of(world.desk.asked_of_leads())
    assert [one.text for one in asked] == ["Note for Anna Blunt\nAsks for large print."]
