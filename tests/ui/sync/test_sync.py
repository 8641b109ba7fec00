"""The Sync screen: the truth in words, conflicts, refusals, and nothing lost by accident."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer, FactKind
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code
from agentdesk.store import tables as t
from agentdesk.store.state import set_state
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.views.sync import words
from agentdesk.views.sync.page import SyncPage
from agentdesk.views.sync.queue_model import QueueRole
from tests.real import BEN, person
from tests.ui.customers.world import World, fill, now_of

MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Wire:
    """Stands for the network: a synchronisation that says what the test wants."""

    told: SyncStatus = field(default_factory=lambda: SyncStatus(SyncState.LIVE))
    asked: list[str] = field(default_factory=list)

    def status(self) -> SyncStatus:
        return self.told

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        return lambda: self.asked.append(f"stopped {listener}")

    def sync_now(self) -> None:
        self.asked.append("now")

    def sign_out(self) -> Future[None]:
        self.asked.append("out")
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def sign_in(
        self, url: str, name: str, password: str, ca_file: str | None = None
    ) -> Future[None]:
        raise NotImplementedError


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def page(world: World, wire: Wire) -> SyncPage:
    return SyncPage(world.desk, world.bridge, wire, world.themes, world.actions, world.notices)


@pytest.fixture
def anna(world: World) -> Customer:
    """A customer who is at Central already."""
    entity = person("Anna Blunt")[0]
    assert isinstance(entity, Customer)
    fill(world.store, [entity])
    return entity


def titles(page: SyncPage) -> list[str]:
    """Return what the list says, captions too."""
    model = page.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def contest(world: World, anna: Customer) -> None:
    """Let Central have kept Ben's hometown for Anna over ours."""

    def work(connection: sa.Connection) -> None:
        connection.execute(
            t.conflict.insert().values(
                id="c1",
                n=1,
                kind="customer",
                record_id=anna.id,
                owner_id=anna.id,
                field="preferred_name",
                base=None,
                mine="Anna",
                theirs="Annie",
                their_author=BEN.id,
                changed_at=to_text(now()),
                raised_at=to_text(now()),
            )
        )

    fill(world.store, [BEN])
    world.store.write_here(work)


def refuse_all(world: World, reason: Code) -> None:
    """Let Central have refused everything that waits."""

    def work(connection: sa.Connection) -> None:
        columns = ("n", "group_id", "kind", "record_id", "owner_id", "author_id", "payload")
        chosen = sa.select(*(t.outbox.c[name] for name in columns))
        for row in connection.execute(chosen).mappings().all():
            connection.execute(
                t.attention.insert().values(**row, reason=reason.value, raised_at=to_text(now()))
            )
        connection.execute(t.outbox.delete())
        set_state(connection, seen="1")

    world.store.write_here(work)


def test_nothing_waiting_reassures(world: World, page: SyncPage, qtbot: QtBot) -> None:
    world.show(page, qtbot)
    assert page.header.state.text == "All saved centrally"
    assert page._pages.currentWidget() is page._nothing


def test_what_waits_is_listed_in_peoples_words(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print.\nTwice."))
    now_of(world.desk.add_fact(anna.id, FactKind.HOMETOWN, "Leeds"))
    now_of(world.desk.set_fields(anna.id, {"hometown": "Leeds", "vip": True}))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 4)
    assert titles(page) == [
        "3 waiting for Central",
        "Note for Anna Blunt",
        "Fact about Anna Blunt",
        "Changes to Anna Blunt",
    ]
    details = [page.model.index(n).data(QueueRole.ROW).detail for n in (1, 3)]
    assert details == ["Asks for large print. · Twice.", "Hometown: Leeds · VIP: yes"]
    assert page.edit.text.text == "Asks for large print.\nTwice."
    assert page.header.state.text == "Sending 3"
    qtmodeltester.check(page.model)  # type: ignore[no-untyped-call] # pytest-qt has no types here


def test_a_note_that_is_saved_elsewhere_joins_the_list_and_keeps_the_choice(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "First"))
    now_of(world.desk.add_note(anna.id, "Second"))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    page.take_keyboard()
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.edit.text.text == "Second"
    now_of(world.desk.add_note(anna.id, "Third"))
    qtbot.waitUntil(lambda: page.model.rowCount() == 4)
    assert page.edit.text.text == "Second"


def test_sync_now_is_asked_for_by_key(
    world: World, page: SyncPage, wire: Wire, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    page.take_keyboard()
    qtbot.waitUntil(page.header.sync_now.hasFocus)
    QTest.keyClick(page.header.sync_now, Qt.Key.Key_F5)
    assert wire.asked == ["now"]


@pytest.mark.parametrize(("key", "value"), [(Qt.Key.Key_1, None), (Qt.Key.Key_2, "Anna")])
def test_a_conflict_is_decided_by_one_key(
    world: World,
    page: SyncPage,
    anna: Customer,
    qtbot: QtBot,
    key: Qt.Key,
    value: str | None,
) -> None:
    contest(world, anna)
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert titles(page) == ["1 to decide", "Preferred name of Anna Blunt"]
    shown = [card.value.text for card in (page.conflict.base, page.conflict.theirs)]
    assert [*shown, page.conflict.mine.value.text] == ["nothing", "Annie", "Anna"]
    assert "by Ben Wood" in page.conflict.theirs._remark.text
    page.header.sync_now.setFocus()
    QTest.keyClick(page.header.sync_now, key)
    qtbot.waitUntil(lambda: "caption:conflicts" not in [r.key for r in page.model._rows])
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    assert card.customer.preferred_name == value


def test_a_refused_edit_says_why_and_is_discarded_only_after_a_question(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    refuse_all(world, Code.NO_PERMISSION)
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert titles(page)[0] == "1 refused by Central"
    assert "Your role does not allow this." in page.edit.reason.text
    page.take_keyboard()
    QTest.keyClick(page.list, Qt.Key.Key_Delete)
    assert page.edit.keep.hasFocus()
    QTest.keyClick(page.edit.keep, Qt.Key.Key_Space)
    assert page.model.rowCount() == 2
    page.edit.discard.click()
    QTest.keyClick(page.edit.keep, Qt.Key.Key_Tab)
    QTest.keyClick(page.edit.discard_for_good, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page._pages.currentWidget() is page._nothing)
    assert now_of(world.desk.queue()).attention == ()


def test_the_text_of_an_edit_is_copied(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.take_keyboard()
    QTest.keyClick(page.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Asks for large print."
    assert world.notices.bar.current is not None


def test_enter_opens_the_customer(
    world: World, page: SyncPage, anna: Customer, qtbot: QtBot
) -> None:
    now_of(world.desk.add_note(anna.id, "Asks for large print."))
    world.show(page, qtbot)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.take_keyboard()
    with qtbot.waitSignal(page.customer_opened) as opened:
        QTest.keyClick(page.list, Qt.Key.Key_Return)
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


def test_progress_counts_what_came_and_what_will(
    world: World, page: SyncPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    status = SyncStatus(SyncState.FIRST_SYNC, received=1200, expected=9000)
    world.bridge.sync_changed.emit(status)
    assert page.header.progress.isVisible()
    assert page.header.progress.accessibleName() == "1\u202f200 of 9\u202f000 received"


def test_a_sign_in_that_ran_out_can_be_renewed(
    world: World, page: SyncPage, wire: Wire, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    world.bridge.sync_changed.emit(SyncStatus(SyncState.LOCKED, pending=3))
    assert page.header.state.text == "3 waiting, sign in again to send"
    page.header.sign_in.click()
    qtbot.waitUntil(lambda: wire.asked == ["out"])
    assert not page.header.sync_now.isVisible()


@pytest.mark.parametrize("state", list(SyncState))
def test_no_state_claims_that_all_is_saved_while_something_waits(state: SyncState) -> None:
    for status in (
        SyncStatus(state, pending=2),
        SyncStatus(state, attention=1),
        SyncStatus(state, conflicts=1),
    ):
        told = words.status_words(status, "en", MOMENT)
        assert told.words != "All saved centrally"
        assert told.words


def test_offline_says_since_when() -> None:
    since = MOMENT - timedelta(minutes=78)
    status = SyncStatus(SyncState.OFFLINE, pending=3, offline_since=since)
    told = words.status_words(status, "en", MOMENT)
    assert told.words == f"3 waiting, offline since {since.astimezone():%H:%M}"


def test_every_edit_that_a_desk_can_make_has_a_title_of_its_own() -> None:
    made: dict[tuple[KindName, str], Any] = dict(words._TITLES)
    assert len(set(made.values())) == len(made)
    assert all("%(name)s" in title for title in made.values())
