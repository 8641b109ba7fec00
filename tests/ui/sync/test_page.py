"""The Sync screen as a whole: its sections, what waits, and the truth at the top."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer, FactKind
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.services.central import NoCentral
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.views.sync import words
from agentdesk.views.sync.page import SyncPage
from agentdesk.views.sync.rows import RowsModel, SyncRow
from tests.ui.customers.world import World, now_of
from tests.ui.sync.arranged import Wire, contest, merge_silently, refuse_all, titles

CTRL = Qt.KeyboardModifier.ControlModifier


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)


def test_nothing_waiting_reassures(world: World, page: SyncPage, qtbot: QtBot) -> None:
    world.show(page, qtbot)
    assert page.header.state.text == "All saved centrally"
    page.show_section("waiting")
    assert page.waiting.is_empty
    assert page.waiting.empty.accessibleDescription() == (
        "Everything you wrote here is safely at Central."
    )


def test_an_empty_queue_reassures_nobody_while_something_was_refused(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    refuse_all(world, Code.NO_PERMISSION)
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: not page.refused.is_empty)
    assert "safely at Central" not in page.waiting.empty.accessibleDescription()
    assert page.header.state.text == "1 needs your decision"


def test_what_waits_is_listed_in_peoples_words(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print.\nTwice."))
    now_of(world.desk.add_fact(anna.id, FactKind.HOMETOWN, "Leeds"))
    now_of(world.desk.set_fields(anna.id, {"hometown": "Leeds", "vip": True}))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.waiting.model.rowCount() == 3)
    assert titles(page.waiting) == [
        "Note for Anna Blunt",
        "Fact about Anna Blunt",
        "Changes to Anna Blunt",
    ]
    details = [page.waiting.model.rows[n].detail for n in (0, 2)]
    assert details == ["Asks for large print. · Twice.", "Hometown: Leeds · VIP: yes"]
    assert page.waiting.edit.text.text == "Asks for large print.\nTwice."
    assert page.header.state.text == "Sending 3"
    qtmodeltester.check(page.waiting.model)  # type: ignore[no-untyped-call] # pytest-qt has no types here


def test_a_note_that_is_saved_elsewhere_joins_the_list_and_keeps_the_choice(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "First"))
    now_of(world.desk.add_note(anna.id, "Second"))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.waiting.model.rowCount() == 2)
    page.take_keyboard()
    press(Qt.Key.Key_Down)
    assert page.waiting.edit.text.text == "Second"
    now_of(world.desk.add_note(anna.id, "Third"))
    qtbot.waitUntil(lambda: page.waiting.model.rowCount() == 3)
    assert page.waiting.edit.text.text == "Second"


def test_what_wants_a_person_is_opened_first(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    refuse_all(world, Code.NO_PERMISSION)
    now_of(world.desk.add_note(anna.id, "Second"))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.section == "refused")
    assert page.refused.isVisible()


def test_the_sections_are_reached_by_keyboard_and_carry_counts(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    contest(world, anna)
    merge_silently(world, anna)
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: not page.conflicts.is_empty)
    page.take_keyboard()
    seen = [page.section]
    for _section in range(5):
        press(Qt.Key.Key_PageDown, CTRL)
        seen.append(page.section)
    assert seen == ["conflicts", "refused", "waiting", "merged", "exchange", "conflicts"]
    names = [button.accessibleName() for button in page.switch._group.buttons()]
    assert names == [
        "Conflicts, 1 needs your decision",
        "Refused",
        "Waiting, 1 edit",
        "Merged, 1 not seen yet",
        "Exchange",
    ]


def test_arrows_on_the_switch_change_the_section(
    world: World, page: SyncPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    page.take_keyboard()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    press(Qt.Key.Key_Right)
    assert page.section == "refused"
    assert page.refused.isVisible()


def test_sync_now_is_asked_for_by_key(
    world: World, page: SyncPage, wire: Wire, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    page.take_keyboard()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    press(Qt.Key.Key_F5)
    assert wire.asked == ["now"]


def test_the_text_of_an_edit_is_copied(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.waiting.isVisible() and not page.waiting.is_empty)
    page.take_keyboard()
    press(Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "Asks for large print."
    assert world.notices.bar.current is not None


def test_enter_opens_the_customer(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.waiting.isVisible() and not page.waiting.is_empty)
    page.take_keyboard()
    with qtbot.waitSignal(page.customer_opened) as opened:
        press(Qt.Key.Key_Return)
    assert opened.args == [anna.id]


def test_an_error_is_told_with_meaning_next_step_and_code(
    world: World, page: SyncPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    status = SyncStatus(SyncState.OFFLINE, error=Code.SERVER_UNREACHABLE)
    world.bridge.sync_changed.emit(status)
    assert page.header.trouble.text.startswith("Central cannot be reached.")
    assert "server-unreachable" in page.header.trouble._code.text()
    world.bridge.sync_changed.emit(SyncStatus(SyncState.LIVE))
    assert page.header.trouble.text == ""


def test_a_sign_in_that_ran_out_can_be_renewed(
    world: World, page: SyncPage, wire: Wire, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    world.bridge.sync_changed.emit(SyncStatus(SyncState.LOCKED, pending=3))
    assert page.header.state.text == "3 waiting, sign in again to send"
    page.header.sign_in.click()
    qtbot.waitUntil(lambda: wire.asked == ["out"])
    assert not page.header.sync_now.isVisible()


@pytest.mark.parametrize(
    ("skew_s", "told"),
    [
        (0.4, "this computer and Central agree"),
        (42.0, "Central is 42 seconds ahead of this computer; nothing depends on it"),
        (-7200.0, "Central is 2 hours behind this computer; nothing depends on it"),
    ],
)
def test_the_difference_of_the_clocks_is_told_and_excuses_nothing(
    world: World, page: SyncPage, qtbot: QtBot, skew_s: float, told: str
) -> None:
    world.show(page, qtbot)
    world.bridge.sync_changed.emit(SyncStatus(SyncState.LIVE, skew_s=skew_s))
    assert page.exchange.clock.value.text == told


def test_every_edit_that_a_desk_can_make_has_a_title_of_its_own() -> None:
    made: dict[tuple[KindName, str], str] = dict(words._TITLES)
    assert len(set(made.values())) == len(made)
    assert all("%(name)s" in title for title in made.values())


def test_rows_come_and_go_without_a_reset(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    model = RowsModel()
    qtmodeltester.check(model)  # type: ignore[no-untyped-call] # pytest-qt has no types here

    def shows(keys: str) -> str:
        model.show_rows([SyncRow(key, key, None) for key in keys])
        return "".join(row.key for row in model.rows)

    with qtbot.assertNotEmitted(model.modelReset):
        assert [shows(keys) for keys in ("abc", "bc", "bxcd", "", "dcb")] == [
            "abc",
            "bc",
            "bxcd",
            "",
            "dcb",
        ]


def test_a_copied_profile_can_go_on_as_a_new_device(
    world: World, page: SyncPage, wire: Wire, qtbot: QtBot
) -> None:
    class Central(NoCentral):
        """Remembers that it was asked."""

        def new_device(self) -> Future[None]:
            wire.asked.append("new device")
            done: Future[None] = Future()
            done.set_result(None)
            return done

    world.desk.central = Central()
    world.show(page, qtbot)
    assert not page.header.new_device.isVisible()
    world.bridge.sync_changed.emit(SyncStatus(SyncState.FORKED, error=Code.DEVICE_FORKED))
    qtbot.waitUntil(page.header.new_device.isVisible)
    page.header.new_device.click()
    qtbot.waitUntil(lambda: "new device" in wire.asked)
    assert wire.asked == ["new device"]
