"""The Sync screen: the truth about what waits, what was refused and what is contested."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now
from agentdesk.i18n import mark, tr
from agentdesk.services.conflicts import Choice, ContestedField
from agentdesk.services.desk import Desk
from agentdesk.services.queue import Queue, QueuedEdit
from agentdesk.sync.status import SyncStatus
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.bridge import DeskBridge, SyncControl
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Space, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Ground, Hairline, HairlineSplitter, Panel, column
from agentdesk.ui.widgets.tables import RowList
from agentdesk.views.sync.detail import ConflictDetail, EditDetail
from agentdesk.views.sync.header import SyncHeader
from agentdesk.views.sync.queue_delegate import QueueDelegate
from agentdesk.views.sync.queue_model import QueueModel, QueueRole, QueueRow

SYNC = ActionContext("sync", mark("Sync"))
SYNC_NOW = ActionSpec("sync.now", mark("Sync now"), "F5", SYNC, "sync", mark("send refresh"))
KEEP_THEIRS = ActionSpec("sync.keep-theirs", mark("Keep Central's value"), "1", SYNC, "cloud-ok")
KEEP_MINE = ActionSpec("sync.keep-mine", mark("Keep my value"), "2", SYNC, "person")
OPEN = ActionSpec("sync.open", mark("Open on the Desk"), "Return", SYNC, "desk")
COPY = ActionSpec("sync.copy", mark("Copy text of the edit"), "Ctrl+C", SYNC, "copy")
DISCARD = ActionSpec("sync.discard", mark("Discard the refused edit…"), "Del", SYNC, "remove")

_LIST_WIDTH = 220


class SyncPage(Panel):
    """Where sync stands at the top; under it the queue, and the chosen thing of it in full."""

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
        self._reading: asyncio.Task[None] | None = None
        self._chosen = ""
        self.header = SyncHeader(themes, desk.language)
        self.model = QueueModel(desk.language, self)
        self.list = RowList(themes, tr("What waits for Central"))
        self.list.setObjectName("sync_list")
        self.list.setModel(self.model)
        self.list.setItemDelegate(QueueDelegate(themes, self.list))
        self.list.selectionModel().currentChanged.connect(self._show_chosen)
        self.conflict = ConflictDetail(themes, desk.language)
        self.edit = EditDetail(themes, desk.language)
        self.edit.discarded.connect(self._discard)
        self._nothing = EmptyState(
            themes,
            tr("Nothing waits"),
            tr("Everything you wrote here is safely at Central."),
            glyph=Icon.CLOUD_OK,
        )
        self._nothing.setObjectName("sync_nothing")
        self._build(themes)
        self._bind(actions)
        self.header.sign_in_wanted.connect(self._sign_in_again)
        bridge.changed.connect(self._take_changes)
        bridge.sync_changed.connect(self._take_status)
        self.header.show_status(self._status)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        self._details = QStackedWidget()
        for widget in (self.conflict, self.edit):
            self._details.addWidget(widget)
        inside = QWidget()
        self._margin = column(inside)
        self._margin.addWidget(self._details)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        self.splitter = HairlineSplitter()
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(scroll)
        self.splitter.setStretchFactor(0, 2)
        self.splitter.setStretchFactor(1, 3)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self.splitter)
        self.body.addWidget(self.header)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._pages, 1)

    def _bind(self, actions: Actions) -> None:
        bind, scope = actions.bind, self.splitter
        self.header.perform(bind(SYNC_NOW, self._sync_now, scope=self))
        contested, refused = self._contested, self._refused
        theirs = bind(KEEP_THEIRS, lambda: self._settle(False), scope=self, enabled=contested)
        mine = bind(KEEP_MINE, lambda: self._settle(True), scope=self, enabled=contested)
        self.conflict.keep_theirs.perform(theirs)
        self.conflict.keep_mine.perform(mine)
        # Enter and Ctrl+C belong to the list alone: buttons and texts beside it have their own.
        open_ = bind(OPEN, self._open, scope=self.list, enabled=self._has_customer)
        copy = bind(COPY, self._copy, scope=self.list, enabled=self._has_edit)
        discard = bind(DISCARD, self.edit.ask_to_discard, scope=scope, enabled=refused)
        self.edit.perform(open_, copy, discard)

    def take_keyboard(self) -> None:
        """Put the keyboard into the list, or on "Sync now" when there is nothing in it."""
        if self.model.rowCount():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.header.sync_now.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- What is chosen -----------------------------------------------------------------------

    @property
    def _row(self) -> QueueRow | None:
        row = self.list.currentIndex().data(QueueRole.ROW)
        chosen = isinstance(row, QueueRow) and row.item is not None
        return row if chosen and self.isVisible() else None

    @property
    def _item(self) -> QueuedEdit | ContestedField | None:
        return self._row.item if self._row else None

    def _contested(self) -> bool:
        return isinstance(self._item, ContestedField)

    def _refused(self) -> bool:
        return self._has_edit() and self._row is not None and self._row.tone is Tone.DANGER

    def _has_edit(self) -> bool:
        return isinstance(self._item, QueuedEdit)

    def _has_customer(self) -> bool:
        return self._item is not None and self._item.customer_id is not None

    def _show_chosen(self, _index: QModelIndex | None = None) -> None:
        row, item = self._row, self._item
        self._chosen = row.key if row else ""
        if isinstance(item, ContestedField):
            self.conflict.show_conflict(item)
            self._details.setCurrentWidget(self.conflict)
        elif isinstance(item, QueuedEdit):
            self.edit.show_edit(item, refused=self._refused())
            self._details.setCurrentWidget(self.edit)
        for spec in (KEEP_THEIRS, KEEP_MINE, OPEN, COPY, DISCARD):
            self._actions.refresh(spec.id)

    # --- What can be done ---------------------------------------------------------------------

    def _sync_now(self) -> None:
        self._sync.sync_now()

    def _sign_in_again(self) -> None:
        """Forget the sign-in that ran out, so that the program asks for a new one."""
        tasks.start(self._forget_sign_in(), owner=self)

    async def _forget_sign_in(self) -> None:
        await tasks.in_thread(self._sync.sign_out())

    def _settle(self, keep_mine: bool) -> None:
        item = self._item
        if isinstance(item, ContestedField):
            tasks.start(self._settle_conflict(item, keep_mine), owner=self)

    async def _settle_conflict(self, item: ContestedField, keep_mine: bool) -> None:
        choice = Choice.MINE if keep_mine else Choice.THEIRS
        await tasks.in_thread(self._desk.settle_conflict(item.id, choice))
        words = tr("Your value is kept and sent.") if keep_mine else tr("Central's value is kept.")
        self._notices.say(words)

    def _open(self) -> None:
        if self._item is not None and self._item.customer_id is not None:
            self.customer_opened.emit(self._item.customer_id)

    def _copy(self) -> None:
        if self.edit.copy_text():
            self._notices.say(tr("Copied."))

    def _discard(self, n: int) -> None:
        tasks.start(self._discard_refused(n), owner=self)

    async def _discard_refused(self, n: int) -> None:
        await tasks.in_thread(self._desk.discard_refused(n))
        self._notices.say(tr("The edit is discarded."))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- Keeping up ---------------------------------------------------------------------------

    def _take_changes(self, _changes: ChangeSet) -> None:
        self._read_again()

    def _take_status(self, status: SyncStatus) -> None:
        self._status = status
        self.header.show_status(self._status)
        self._read_again()

    def _read_again(self) -> None:
        self._stale = True
        if self.isVisible() and (self._reading is None or self._reading.done()):
            self._reading = tasks.start(self._read(), owner=self)

    async def _read(self) -> None:
        while self._stale:
            self._stale = False
            self._show_queue(await tasks.in_thread(self._desk.queue()))

    def _show_queue(self, queue: Queue) -> None:
        before, chosen = self.list.currentIndex().row(), self._chosen
        pending = max(self._status.pending, len(queue.waiting))
        # The status may be a moment behind what was just written.
        self.header.show_status(replace(self._status, pending=pending))
        self.model.show_queue(queue, pending, now())
        at = self.model.row_of(chosen) if chosen else -1
        if at < 0:
            at = self.model.first_item(max(before, 0))
        self._pages.setCurrentWidget(self.splitter if at >= 0 else self._nothing)
        index = self.model.index(at) if at >= 0 else QModelIndex()
        if index != self.list.currentIndex():
            self.list.setCurrentIndex(index)
        elif self._row is None or self._row.key != chosen:
            self._show_chosen()

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._margin.setContentsMargins(side, side, side, side)
        self.list.setMinimumWidth(theme.px(_LIST_WIDTH))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_again()
