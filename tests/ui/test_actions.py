"""Actions: declared once, bound once, found by words, never two on one key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from agentdesk.ui.actions import (
    WINDOW,
    ActionContext,
    Actions,
    ActionSpec,
    DuplicateActionError,
    check_declarations,
)

DESK = ActionContext("desk", "Desk")
SYNC = ActionContext("sync", "Sync")
SAVE = ActionSpec("note.save", "Save note", "Ctrl+Return", DESK, "check", "keep write")
PALETTE = ActionSpec("palette.open", "Search people & actions", "Ctrl+K", WINDOW, "search")


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_shortcut_may_be_used_again_in_another_context_only() -> None:
    again = ActionSpec("sync.now", "Sync now", "Ctrl+Return", SYNC)
    check_declarations([SAVE, PALETTE, again])
    with pytest.raises(DuplicateActionError, match=r"note\.save"):
        check_declarations([SAVE, ActionSpec("x", "X", "Ctrl+Return", DESK)])
    with pytest.raises(DuplicateActionError, match=r"palette\.open"):
        check_declarations([PALETTE, ActionSpec("y", "Y", "Ctrl+K", SYNC)])
    with pytest.raises(DuplicateActionError, match="twice"):
        check_declarations([SAVE, ActionSpec("note.save", "Save again")])


def test_binding_a_taken_shortcut_is_refused(window: QWidget) -> None:
    actions = Actions(window)
    actions.bind(SAVE, lambda: None, scope=window)
    with pytest.raises(DuplicateActionError):
        actions.bind(ActionSpec("z", "Z", "Ctrl+Return", WINDOW), lambda: None, scope=window)
    assert [entry.id for entry in actions.entries()] == ["note.save"]


def test_a_shortcut_carries_its_action_out(qtbot: QtBot, window: QWidget) -> None:
    done: list[str] = []
    field = QLineEdit(window)
    actions = Actions(window)
    actions.bind(PALETTE, lambda: done.append("palette"), scope=window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    with qtbot.waitSignal(actions.triggered):
        QTest.keyClick(field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert done == ["palette"]


def test_a_disabled_action_does_nothing_and_is_not_found(window: QWidget) -> None:
    done: list[str] = []
    typed: list[str] = []
    actions = Actions(window)
    actions.bind(SAVE, lambda: done.append("saved"), scope=window, enabled=lambda: bool(typed))
    assert not actions.trigger("note.save")
    assert actions.find("save") == []
    typed.append("a")
    assert actions.trigger("note.save")
    assert [entry.id for entry in actions.find("save")] == ["note.save"]
    assert done == ["saved"]


def test_actions_are_found_by_beginnings_of_words_and_by_keywords(window: QWidget) -> None:
    actions = Actions(window)
    actions.bind(SAVE, lambda: None, scope=window)
    actions.bind(PALETTE, lambda: None, scope=window)
    assert [entry.id for entry in actions.find("peo act")] == ["palette.open"]
    assert [entry.id for entry in actions.find("WRITE")] == ["note.save"]
    assert [entry.id for entry in actions.find("")] == ["note.save", "palette.open"]
    assert actions.find("nothing like it") == []


def test_an_action_explains_itself_with_its_keys(window: QWidget) -> None:
    actions = Actions(window)
    action = actions.bind(PALETTE, lambda: None, scope=window)
    assert action.text() == "Search people && actions"
    assert action.toolTip().startswith("Search people & actions (")
    assert actions.entries()[0].text == "Search people & actions"


def test_actions_leave_the_lists_with_their_screen(qtbot: QtBot, window: QWidget) -> None:
    actions = Actions(window)
    screen = QWidget(window)
    actions.bind(SAVE, lambda: None, scope=screen)
    with qtbot.waitSignal(screen.destroyed):
        screen.deleteLater()
    assert actions.entries() == []
