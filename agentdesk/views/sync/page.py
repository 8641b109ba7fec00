"""The Sync screen: where it stands, and what waits, was refused, is contested or was merged."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now
from agentdesk.i18n import mark, tr, trc, trn
from agentdesk.services.desk import Desk
from agentdesk.services.queue import Queue
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions, ActionSpec
from agentdesk.ui.bridge import DeskBridge, SyncControl
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Space, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.choices import Segmented
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.views.sync.conflicts import ConflictSection
from agentdesk.views.sync.exchange import ExchangeSection
from agentdesk.views.sync.header import SyncHeader
from agentdesk.views.sync.merged import MergedSection
from agentdesk.views.sync.parts import SYNC, Parts
from agentdesk.views.sync.refused import RefusedSection
from agentdesk.views.sync.undoing import Undoing
from agentdesk.views.sync.waiting import WaitingSection
from agentdesk.views.values import ValueWords

SYNC_NOW = ActionSpec("sync.now", mark("Sync now"), "F5", SYNC, "sync", mark("send refresh"))
NEXT = ActionSpec("sync.next-section", mark("Next section"), "Ctrl+PgDown", SYNC, "expand")
BEFORE = ActionSpec("sync.section-before", mark("Section before"), "Ctrl+PgUp", SYNC, "back")

CHECK = ActionSpec(
    "sync.check", mark("Compare with Central"), "", SYNC, "verified", mark("check digest doctor")
)
NEW_DEVICE = ActionSpec(
    "sync.new-device", mark("Continue as a new device"), "", SYNC, "desk", mark("copy fork clone")
)
UNDO = ActionSpec("sync.undo", mark("Undo the last decision"), "Ctrl+Z", SYNC, "undo")

CONFLICTS, REFUSED, WAITING, MERGED, EXCHANGE = (
    "conflicts",
    "refused",
    "waiting",
    "merged",
    "exchange",
)


def _sections() -> list[tuple[str, str]]:
    """Return the sections with their names, in the order in which they stand."""
    return [
        (CONFLICTS, tr("Conflicts")),
        (REFUSED, trc("edits", "Refused")),
        (WAITING, trc("edits", "Waiting")),
        (MERGED, tr("Merged")),
        (EXCHANGE, tr("Exchange")),
    ]


class SyncPage(Panel):
    """The truth at the top; under it one section at a time."""

    customer_opened = Signal(str)
    """The person wants this customer on the Desk."""
    page_wanted = Signal()
    """An action of this screen was asked for from elsewhere: show the screen."""

    def __init__(
        self,
        desk: Desk,
        bridge: DeskBridge,
        sync: SyncControl,
        themes: ThemeSwitch,
        actions: Actions,
        notices: Notices,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self.setObjectName("sync_page")
        self._desk = desk
        self._sync = sync
        self._actions = actions
        self._notices = notices
        self._status = sync.status()
        self._stale = True
        self._led = False
        self._keyboard_waits = False
        self._reading: asyncio.Task[None] | None = None
        self.header = SyncHeader(themes, desk.language)
        self.switch = Segmented(themes, tr("Sections of this screen"), _sections())
        self.switch.setObjectName("sync_sections")
        self._values = ValueWords(desk.language)
        self.undoing = Undoing(notices)
        parts = Parts(self, desk, themes, actions, notices, self._values, self.undoing)
        self.conflicts = ConflictSection(parts)
        self.refused = RefusedSection(parts)
        self.waiting = WaitingSection(parts)
        self.merged = MergedSection(parts)
        self.exchange = ExchangeSection(themes, desk.language)
        self._pages = QStackedWidget()
        self._sections: dict[str, QWidget] = {
            CONFLICTS: self.conflicts,
            REFUSED: self.refused,
            WAITING: self.waiting,
            MERGED: self.merged,
            EXCHANGE: self.exchange,
        }
        self._build(themes)
        self._bind(actions)
        for section in (self.conflicts, self.refused, self.waiting, self.merged):
            section.customer_opened.connect(self.customer_opened)
        self.switch.chosen.connect(self.show_section)
        self.header.sign_in_wanted.connect(self._sign_in_again)
        bridge.changed.connect(self._take_changes)
        bridge.sync_changed.connect(self._take_status)
        self._say_status()
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        for section in self._sections.values():
            self._pages.addWidget(section)
        bar = QWidget()
        self._bar = row(bar)
        self._bar.addWidget(self.switch)
        self._bar.addStretch(1)
        self.body.addWidget(self.header)
        self.body.addWidget(bar)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._pages, 1)

    def _bind(self, actions: Actions) -> None:
        self.header.perform(
            actions.bind(SYNC_NOW, self._sync.sync_now, scope=self),
            actions.bind(NEW_DEVICE, self._go_on, scope=self, enabled=self._is_forked),
        )
        self.exchange.perform(actions.bind(CHECK, self._check, scope=self))
        actions.bind(NEXT, partial(self._step, 1), scope=self, enabled=self.isVisible)
        actions.bind(UNDO, self.undoing.take_back, scope=self, enabled=self.isVisible)
        actions.bind(BEFORE, partial(self._step, -1), scope=self, enabled=self.isVisible)

    def _refresh_actions(self) -> None:
        for spec in (NEXT, BEFORE, UNDO, NEW_DEVICE):
            self._actions.refresh(spec.id)

    # --- Sections -----------------------------------------------------------------------------

    @property
    def section(self) -> str:
        """The section that is shown."""
        return self.switch.value

    def show_section(self, key: str) -> None:
        """Show a section; the keyboard stays where it is if that is outside of the sections."""
        inside = self._has_keyboard()
        self.switch.set_value(key)
        self._pages.setCurrentWidget(self._sections[key])
        self._led = True
        if inside:
            self.take_keyboard()

    def take_keyboard(self) -> None:
        """Put the keyboard into the list of the section, or on the switch when it is empty."""
        current = self._pages.currentWidget()
        take = getattr(current, "take_keyboard", None)
        if callable(take) and take():
            return
        self.switch.take_keyboard()
        # What fills the section may still be on its way from the disk.
        self._keyboard_waits = self._reading is not None and not self._reading.done()

    def _has_keyboard(self) -> bool:
        """Tell whether the keyboard is in a section, not in the header or elsewhere."""
        focus = QApplication.focusWidget()
        return focus is not None and self._pages.isAncestorOf(focus)

    def _step(self, by: int) -> None:
        keys = list(self._sections)
        self.show_section(keys[(keys.index(self.section) + by) % len(keys)])
        self.take_keyboard()

    def _lead(self) -> None:
        """Open what wants a person first, until the person has chosen a section."""
        if self._led:
            return
        for key in (CONFLICTS, REFUSED, WAITING):
            section = self._sections[key]
            if not getattr(section, "is_empty", True):
                inside = self._has_keyboard()
                self.switch.set_value(key)
                self._pages.setCurrentWidget(section)
                if inside:
                    self.take_keyboard()
                return

    # --- Guarding the cache -------------------------------------------------------------------

    def _is_forked(self) -> bool:
        return self._status.state is SyncState.FORKED

    def _go_on(self) -> None:
        """Let this copy of a profile be a desk of its own; the program then asks for a sign-in."""
        tasks.start(self._become_new_device(), owner=self, on_failure=self._notices.report)

    async def _become_new_device(self) -> None:
        await tasks.in_thread(self._desk.central.new_device())

    def _check(self) -> None:
        tasks.start(self._compare(), owner=self, on_failure=self._notices.report)

    async def _compare(self) -> None:
        await tasks.in_thread(self._desk.central.check_now())
        self._notices.say(tr("Comparing everything here with Central"))

    # --- Keeping up ---------------------------------------------------------------------------

    def _sign_in_again(self) -> None:
        """Forget the sign-in that ran out, so that the program asks for a new one."""
        tasks.start(self._forget_sign_in(), owner=self)

    async def _forget_sign_in(self) -> None:
        await tasks.in_thread(self._sync.sign_out())

    def _take_changes(self, _changes: ChangeSet) -> None:
        self._read_again()

    def _take_status(self, status: SyncStatus) -> None:
        self._status = status
        self._say_status()
        self._actions.refresh(NEW_DEVICE.id)
        self._read_again()

    def _say_status(self) -> None:
        self.header.show_status(self._status)
        self.exchange.show_status(self._status)
        self.waiting.say_empty(self._status)
        self._count(self._status)

    def _read_again(self) -> None:
        self._stale = True
        if self.isVisible() and (self._reading is None or self._reading.done()):
            self._reading = tasks.start(self._read(), owner=self)

    async def _read(self) -> None:
        if not self._values.types:
            books = await tasks.in_thread(self._desk.playbooks())
            self._values.types = {key: book.name for key, book in books.items()}
        while self._stale:
            self._stale = False
            self._show_queue(await tasks.in_thread(self._desk.queue()))

    def _show_queue(self, queue: Queue) -> None:
        status = self._status
        # The status may be a moment behind what was just written.
        pending = max(status.pending, len(queue.waiting)) if queue.waiting else 0
        self._status = replace(
            status,
            pending=pending,
            attention=max(status.attention, len(queue.attention)) if queue.attention else 0,
            conflicts=max(status.conflicts, len(queue.conflicts)) if queue.conflicts else 0,
        )
        moment = now()
        self.conflicts.show_conflicts(queue.conflicts, moment)
        self.refused.show_edits(queue.attention, moment)
        self.waiting.show_edits(queue.waiting, moment)
        self.merged.show_merged(queue.merged, moment)
        self._count_merged(len(queue.merged))
        self._say_status()
        self._lead()
        if self._keyboard_waits and self.switch.isAncestorOf(QApplication.focusWidget() or self):
            self.take_keyboard()
        self._keyboard_waits = False

    def _count(self, status: SyncStatus) -> None:
        for key, n, tone, words in (
            (CONFLICTS, status.conflicts, Tone.ACCENT, _needs(status.conflicts)),
            (REFUSED, status.attention, Tone.ACCENT, _needs(status.attention)),
            (
                WAITING,
                status.pending,
                Tone.NEUTRAL,
                trn("%(n)d edit", "%(n)d edits", status.pending),
            ),
        ):
            self.switch.set_count(key, n, tone, words if n else "")

    def _count_merged(self, n: int) -> None:
        words = trn("%(n)d not seen yet", "%(n)d not seen yet", n) if n else ""
        self.switch.set_count(MERGED, n, Tone.NEUTRAL, words)

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._bar.setContentsMargins(side, 0, side, theme.px(Space.M))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._led = False
        self._refresh_actions()
        self._read_again()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._refresh_actions()


def _needs(n: int) -> str:
    return trn("%(n)d needs your decision", "%(n)d need your decision", n)
