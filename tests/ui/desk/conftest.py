"""A whole window on a real cache, for the tests of the Desk screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.services.desk import Desk
from agentdesk.settings import Preferences
from agentdesk.store.workers import Store
from agentdesk.telephony.events import Call, announced
from agentdesk.ui.bridge import DeskBridge, SyncState, SyncStatus
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.views.desk.page import DeskPage
from agentdesk.views.main_window import MainWindow
from tests.real import new_desk, new_store
from tests.ui.customers.world import fill

ANNA = e.Customer(
    id=new_id(),
    full_name="Anna Kowalska",
    given_name="Anna",
    family_name="Kowalska",
    preferred_name="Ania",
    form_of_address="Mrs Kowalska",
    pronouns="she/her",
    language="pl",
    time_zone="Europe/Warsaw",
    hometown="Gdańsk",
    vip=True,
    respelling="AN-na ko-VAL-ska",
)
BOB = e.Customer(id=new_id(), full_name="Bob Miller", given_name="Bob", family_name="Miller")
CAROL = e.Customer(id=new_id(), full_name="Carol Miller")
ANNA_NUMBER = "+442079460001"
SHARED_NUMBER = "+442079460002"
UNKNOWN_NUMBER = "+442079460099"


def phone(owner: e.Customer, number: str, *, shared: bool = False) -> e.ContactPoint:
    """Return the telephone of a customer."""
    return e.ContactPoint(
        id=new_id(),
        customer_id=owner.id,
        kind=e.ContactKind.PHONE,
        value=number,
        e164=number,
        shared=shared,
    )


def contact(owner: e.Customer, subject: str, *, days_ago: float, **more: object) -> e.Interaction:
    """Return an earlier contact."""
    values: dict[str, object] = {
        "id": new_id(),
        "customer_id": owner.id,
        "channel": e.Channel.CALL,
        "direction": e.Direction.INBOUND,
        "occurred_at": now() - timedelta(days=days_ago),
        "subject": subject,
        **more,
    }
    return e.Interaction(**values)  # type: ignore[arg-type] # each has the type of its field


FACTS = (
    e.Fact(
        id=new_id(),
        customer_id=ANNA.id,
        kind=e.FactKind.LIKES,
        text="Sailing on the bay",
        learned_at=now() - timedelta(days=800),
    ),
    e.Fact(
        id=new_id(),
        customer_id=ANNA.id,
        kind=e.FactKind.ACCESS,
        text="Hard of hearing on the left",
        sensitive=True,
        learned_at=now(),
    ),
)

PEOPLE: Sequence[e.Entity] = (
    ANNA,
    BOB,
    CAROL,
    phone(ANNA, ANNA_NUMBER),
    phone(BOB, SHARED_NUMBER, shared=True),
    phone(CAROL, SHARED_NUMBER, shared=True),
    contact(BOB, "Garden pump", days_ago=2, e164=SHARED_NUMBER),
    contact(CAROL, "Invoice", days_ago=9, e164=SHARED_NUMBER),
    contact(ANNA, "Delivery of the boat", days_ago=3),
    *FACTS,
)


class StillSync:
    """Synchronisation that says that all is well and does nothing."""

    def status(self) -> SyncStatus:
        """Return that all is saved."""
        return SyncStatus(SyncState.LIVE, last_sync_at=now())

    def on_status(
        self,
        listener: Callable[[SyncStatus], None],  # noqa: ARG002 - as the protocol has it
    ) -> Callable[[], None]:
        """Never call `listener`."""
        return lambda: None

    def sync_now(self) -> None:
        """Do nothing."""

    def sign_out(self) -> Future[None]:
        """Succeed at once."""
        return _done()

    def sign_in(
        self,
        url: str,  # noqa: ARG002 - as the protocol has it
        name: str,  # noqa: ARG002 - as the protocol has it
        password: str,  # noqa: ARG002 - as the protocol has it
        ca_file: str | None = None,  # noqa: ARG002 - as the protocol has it
    ) -> Future[None]:
        """Succeed at once."""
        return _done()


def _done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future


@dataclass
class Station:
    """A window and what stands behind it; `open_window` opens another on the same cache."""

    store: Store
    desk: Desk
    themes: ThemeSwitch
    preferences: Preferences
    qtbot: QtBot
    loop: asyncio.AbstractEventLoop
    windows: list[tuple[MainWindow, DeskBridge]]

    @property
    def window(self) -> MainWindow:
        """The window opened last."""
        return self.windows[-1][0]

    @property
    def page(self) -> DeskPage:
        """The Desk screen of that window."""
        return self.window.desk_page

    def open_window(self, size: tuple[int, int] = (1366, 768)) -> MainWindow:
        """Open a window and wait for its home page."""
        bridge = DeskBridge(self.desk)
        window = MainWindow(self.desk, bridge, StillSync(), self.themes, self.preferences)
        self.windows.append((window, bridge))
        window.resize(*size)
        window.show()
        self.qtbot.waitExposed(window)
        window.activateWindow()
        self.settle()
        return window

    def close_window(self) -> None:
        """Close the window as the composition root does."""
        window, bridge = self.windows.pop()
        task = self.loop.create_task(window.finish())
        self.qtbot.waitUntil(task.done)
        bridge.stop()
        window.notices.bar.dismiss()
        window.allow_close()
        window.close()
        window.deleteLater()

    def settle(self) -> None:
        """Wait until nothing is being read or written for the window."""
        self.qtbot.waitUntil(lambda: not asyncio.all_tasks(self.loop))

    def turn(self) -> None:
        """Let the window handle what is posted to it: layouts, paints, fonts."""
        done: list[bool] = []
        QTimer.singleShot(0, lambda: done.append(True))
        self.qtbot.waitUntil(lambda: bool(done))

    def ring(self, number: str, name: str | None = None) -> Call:
        """Let a call ring, and wait until its card is painted or it waits in the bar."""
        call = announced(number, name)
        painted: list[str] = []
        self.window.card_painted.connect(painted.append)
        self.window.take_call(call)
        self.qtbot.waitUntil(
            lambda: (
                call.call_id in painted
                or any(s.id == call.call_id for s in self.page.calls.book.waiting)
            )
        )
        self.settle()
        return call

    def type_note(self, text: str) -> None:
        """Put the keyboard into the note box by its shortcut and type."""
        self.press(Qt.Key.Key_J, ctrl=True)
        assert self.page.person.note.edit.hasFocus()
        QTest.keyClicks(self.page.person.note.edit, text)

    def press(self, key: Qt.Key, *, ctrl: bool = False, shift: bool = False) -> None:
        """Press a key where the keyboard is."""
        modifiers = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        if shift:
            modifiers |= Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(self.focus(), key, modifiers)

    def write(self, text: str) -> None:
        """Type where the keyboard is."""
        QTest.keyClicks(self.focus(), text)

    def focus(self) -> QWidget:
        """Return where the keyboard is."""
        return QApplication.focusWidget() or self.window

    def timeline(self) -> list[str]:
        """Return the subjects of the loaded rows of the timeline."""
        model = self.page.person.timeline.model
        items = (model.item(row) for row in range(model.rowCount()))
        return [item.subject or (item.summary or "") for item in items if item is not None]


@pytest.fixture
def station(
    tmp_path: Path, qtbot: QtBot, themes: ThemeSwitch, loop: asyncio.AbstractEventLoop
) -> Iterator[Station]:
    """A window on a cache with three people."""
    store = new_store(tmp_path / "cache.db")
    fill(store, PEOPLE)
    made = Station(store, new_desk(store), themes, Preferences(), qtbot, loop, [])
    made.open_window()
    yield made
    while made.windows:
        made.close_window()
    made.settle()
    store.close()
