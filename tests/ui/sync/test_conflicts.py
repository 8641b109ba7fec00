"""Conflicts on the Sync screen: side by side, settled by one key, taken back by another."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer, Fact, FactKind
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.sync.protocol import Reason
from agentdesk.views.sync.page import SyncPage
from tests.ui.customers.world import World, fill, now_of
from tests.ui.sync.arranged import contest, titles

CTRL = Qt.KeyboardModifier.ControlModifier


def open_conflicts(world: World, page: SyncPage, qtbot: QtBot, n: int = 1) -> None:
    """Show the page with its `n` conflicts and the keyboard in their list."""
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.conflicts.model.rowCount() == n)
    qtbot.waitUntil(page.conflicts.isVisible)
    page.take_keyboard()
    assert page.conflicts.list.hasFocus()


def preferred_name(world: World, anna: Customer) -> str | None:
    """Return what the desk calls Anna now."""
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    return card.customer.preferred_name


@pytest.mark.parametrize(("key", "value"), [(Qt.Key.Key_1, None), (Qt.Key.Key_2, "Anna")])
def test_a_conflict_is_decided_by_one_key_from_anywhere_on_the_screen(
    world: World,
    page: SyncPage,
    anna: Customer,
    qtbot: QtBot,
    key: Qt.Key,
    value: str | None,
) -> None:
    contest(world, anna)
    open_conflicts(world, page, qtbot)
    assert titles(page.conflicts) == ["Preferred name of Anna Blunt"]
    detail = page.conflicts.conflict
    shown = [card.value.text for card in (detail.base, detail.theirs, detail.mine)]
    assert shown == ["nothing", "Annie", "Anna"]
    assert "by Ben Wood" in detail.theirs.remark.text
    page.header.sync_now.setFocus()
    QTest.keyClick(page.header.sync_now, key)
    qtbot.waitUntil(lambda: page.conflicts.is_empty)
    assert preferred_name(world, anna) == value


def test_the_next_conflict_is_chosen_after_a_decision(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    contest(world, anna, id="c2", n=2, field="full_name", mine="Anna B.", theirs="Dr Blunt")
    open_conflicts(world, page, qtbot, 2)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: page.conflicts.model.rowCount() == 1)
    assert page.conflicts.conflict.title.text == "Full name of Anna Blunt"
    assert page.conflicts.list.hasFocus()


@pytest.mark.parametrize("by_notice", [True, False])
def test_a_decision_is_taken_back(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot, by_notice: bool
) -> None:
    contest(world, anna)
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: page.conflicts.is_empty)
    qtbot.waitUntil(lambda: page.undoing.is_possible)
    assert preferred_name(world, anna) == "Anna"
    if by_notice:
        world.notices.bar.undo.click()
    else:
        QTest.keyClick(page.header.sync_now, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: page.conflicts.model.rowCount() == 1)
    assert preferred_name(world, anna) == "Annie"
    assert world.notices.bar.current is None
    assert not page.undoing.is_possible


def test_a_value_is_written_anew_in_place(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_3)
    line = page.conflicts.conflict.anew.line
    assert line.hasFocus()
    assert line.text() == "Anna"
    QTest.keyClicks(line, "123")
    assert line.text() == "Anna123", "figures typed into the editor decide nothing"
    line.selectAll()
    QTest.keyClicks(line, "Nan")
    QTest.keyClick(line, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.conflicts.is_empty)
    assert preferred_name(world, anna) == "Nan"


def test_escape_leaves_the_editor_and_keeps_what_was_typed(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_3)
    anew = page.conflicts.conflict.anew
    QTest.keyClicks(anew.line, " B")
    QTest.keyClick(anew.line, Qt.Key.Key_Escape)
    assert page.conflicts.list.hasFocus()
    assert not anew.isVisible()
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_3)
    assert anew.line.text() == "Anna B"


def test_a_value_that_cannot_be_is_explained_where_it_was_typed(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna, field="birthday", mine="--03-07", theirs="--03-08")
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_3)
    anew = page.conflicts.conflict.anew
    anew.line.setText("spring")
    QTest.keyClick(anew.line, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(anew.error.isVisible)
    assert anew.line.text() == "spring"
    assert anew.line.hasFocus()


def test_a_choice_is_written_anew_as_a_choice(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna, field="technical_level", mine="expert", theirs="beginner")
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_3)
    box = page.conflicts.conflict.anew.box
    assert box.hasFocus()
    assert box.currentData() == "expert"


def test_a_yes_or_no_has_no_third_value(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna, field="vip", base=False, mine=True, theirs=False)
    open_conflicts(world, page, qtbot)
    assert page.conflicts.keep_mine.isVisible()
    assert not page.conflicts.write.isVisible()
    assert page.conflicts.conflict.mine.value.text == "yes"


def test_the_words_that_differ_are_marked(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    base = "Ring after five, she works in a hospital."
    mine = "Ring after six, she works in a hospital."
    contest(
        world,
        anna,
        kind="note",
        record_id="n" * 32,
        field="text",
        base=base,
        mine=mine,
        theirs=base + " Not on Mondays.",
    )
    open_conflicts(world, page, qtbot)
    detail = page.conflicts.conflict
    marked = [
        [card.value.text[at : at + n] for at, n in card.value.marks]
        for card in (detail.base, detail.theirs, detail.mine)
    ]
    assert marked == [["five"], ["Not on Mondays."], ["six"]]


def fact_about(anna: Customer) -> Fact:
    return Fact(id=new_id(), customer_id=anna.id, kind=FactKind.LIKES, text="Two dogs")


def test_what_was_removed_at_central_is_restored_with_what_was_typed(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    fact = fact_about(anna)
    contest(
        world,
        anna,
        kind="fact",
        record_id=fact.id,
        field="text",
        base="Two dogs",
        mine="Three dogs",
        theirs="Two dogs",
        reason=Reason.REMOVED.value,
    )
    open_conflicts(world, page, qtbot)
    section = page.conflicts
    assert section.conflict.theirs.value.text == "removed"
    assert [section.keep_theirs.text(), section.keep_mine.text()] == [
        "Leave it removed",
        "Restore it with mine",
    ]
    assert not section.write.isVisible()
    QTest.keyClick(section.list, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: section.is_empty and page.undoing.is_possible)
    assert world.notices.bar.current is not None
    assert "It stays removed." in world.notices.bar.current.text


def test_what_was_removed_here_comes_back_as_they_left_it(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    fact = fact_about(anna)
    fill(world.store, [fact])
    now_of(world.desk.remove(KindName.FACT, fact.id))
    contest(
        world,
        anna,
        kind="fact",
        record_id=fact.id,
        field="text",
        base="Two dogs",
        mine=None,
        theirs="Three dogs",
        reason=Reason.EDITED.value,
    )
    open_conflicts(world, page, qtbot)
    assert page.conflicts.keep_theirs.text() == "Restore theirs"
    assert page.conflicts.conflict.mine.value.text == "removed"
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: page.conflicts.is_empty)
    waiting = now_of(world.desk.queue()).waiting
    assert [edit.action for edit in waiting] == ["remove", "restore"]


def test_both_notes_can_stay(world: World, page: SyncPage, anna: Customer, qtbot: QtBot) -> None:
    note = now_of(world.desk.add_note(anna.id, "Likes black tea."))
    contest(
        world,
        anna,
        kind="note",
        record_id=note.id,
        field="text",
        base="Likes tea.",
        mine="Likes green tea.",
        theirs="Likes black tea.",
        copy_id=new_id(),
        reason=Reason.TEXT_COPIED.value,
    )
    open_conflicts(world, page, qtbot)
    assert page.conflicts.keep_both.isVisible()
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_4)
    qtbot.waitUntil(lambda: page.conflicts.is_empty)
    assert [edit.action for edit in now_of(world.desk.queue()).waiting] == ["append"]


def test_cards_stack_where_it_is_narrow(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    world.show(page, qtbot, (760, 560))
    qtbot.waitUntil(lambda: not page.conflicts.is_empty)
    detail = page.conflicts.conflict
    qtbot.waitUntil(lambda: detail.base.y() < detail.theirs.y())
    assert detail.theirs.y() == detail.mine.y()


def test_tab_leads_from_the_list_to_the_decisions(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    open_conflicts(world, page, qtbot)
    QTest.keyClick(page.conflicts.list, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.conflicts.keep_theirs
