"""Changes of a customer: every overwritten value with its author, and the way to put it back."""

from __future__ import annotations

import asyncio
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.domain.moments import now
from agentdesk.i18n import mark, tr
from agentdesk.services.desk import Desk
from agentdesk.services.history import HistoryEntry, HistoryPosition
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.difference import changed_words
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Hairline, column, row
from agentdesk.ui.widgets.tables import RowList
from agentdesk.views.customers.history_words import (
    entry_title,
    history_row,
    now_words,
    was_words,
)
from agentdesk.views.customers.put_back import PutBack, can_put_back
from agentdesk.views.sync.action_bar import ActionBar
from agentdesk.views.sync.row_delegate import RowDelegate
from agentdesk.views.sync.rows import RowRole, RowsModel, SyncRow
from agentdesk.views.sync.value_card import ValueCard
from agentdesk.views.values import ValueWords

HISTORY = ActionContext("history", mark("Changes of a customer"))
PUT_BACK = ActionSpec("history.put-back", mark("Put this value back"), "B", HISTORY, "undo")

_PAGE = 100
_MOST_TITLE = 80


class _HistoryList(RowList):
    """Escape goes back to the customers."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class CustomerHistory(QWidget):
    """The newest first, read by the page while it is shown; the chosen value stands below."""

    left = Signal()
    """The person is done here."""

    def __init__(self, desk: Desk, themes: ThemeSwitch, actions: Actions, notices: Notices) -> None:
        super().__init__()
        self.setObjectName("customer_history")
        self._desk = desk
        self._actions = actions
        self._notices = notices
        self._values = ValueWords(desk.language)
        self._customer = ""
        self._entries: list[HistoryEntry] = []
        self._after: HistoryPosition | None = None
        self._stale = True
        self._reading: asyncio.Task[None] | None = None
        self.model = RowsModel(self)
        self.model.more_wanted.connect(self._read_more)
        self.list = _HistoryList(themes, tr("Changes of a customer"))
        self.list.setObjectName("history_list")
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowDelegate(themes, self.list))
        self.list.left.connect(self.left)
        self.list.selectionModel().currentChanged.connect(lambda *_indexes: self._show_chosen())
        self.was = ValueCard(themes, tr("Was"))
        self.then = ValueCard(themes, tr("Then"))
        self.empty = EmptyState(
            themes,
            tr("Nothing has been overwritten"),
            tr("Every value that is replaced stays here, with who wrote it and when."),
            glyph=Icon.RECENT,
        )
        self._build(themes)
        self._bind(themes, actions)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        self.bar = ActionBar(themes)
        cards = QWidget()
        self._cards = row(cards)
        self._cards.addWidget(self.was, 1)
        self._cards.addWidget(self.then, 1)
        whole = QWidget()
        inside = column(whole)
        inside.addWidget(self.list, 1)
        inside.addWidget(Hairline(themes))
        inside.addWidget(cards)
        inside.addWidget(self.bar)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(whole)
        column(self).addWidget(self._pages)

    def _bind(self, themes: ThemeSwitch, actions: Actions) -> None:
        self.put_back = Button(themes, tr("Put back"))
        action = actions.bind(PUT_BACK, self._put_back, scope=self, enabled=self._can)
        shown = self.bar.offer(self.put_back, action)
        action.enabledChanged.connect(shown.setEnabled)

    # --- For the page -------------------------------------------------------------------------

    def show_customer(self, customer_id: str) -> None:
        """Show the history of a customer, at once if it is seen, else when it is."""
        if customer_id != self._customer:
            self._customer = customer_id
            self._entries, self._after = [], None
            if self._reading is not None:
                self._reading.cancel()
                self._reading = None
        self._stale = True
        if self.isVisible():
            self._read_again()

    def take_keyboard(self) -> None:
        """Put the keyboard into the list; it may fill a moment later."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def entry(self) -> HistoryEntry | None:
        """What is chosen."""
        found = self.list.currentIndex().data(RowRole.ROW)
        item = found.item if isinstance(found, SyncRow) else None
        return item if isinstance(item, HistoryEntry) else None

    # --- Reading ------------------------------------------------------------------------------

    def _read_again(self) -> None:
        if self._customer and (self._reading is None or self._reading.done()):
            self._reading = tasks.start(self._read(), owner=self)

    async def _read(self) -> None:
        if not self._values.types:
            books = await tasks.in_thread(self._desk.playbooks())
            self._values.types = {key: book.name for key, book in books.items()}
        while self._stale:
            self._stale = False
            wanted = max(_PAGE, len(self._entries))
            page = await tasks.in_thread(self._desk.history(self._customer, None, wanted))
            self._entries, self._after = list(page.entries), page.after
            self._show_entries()

    def _read_more(self) -> None:
        tasks.start(self._add_page(self._customer, self._after), owner=self)

    async def _add_page(self, customer_id: str, after: HistoryPosition | None) -> None:
        page = await tasks.in_thread(self._desk.history(customer_id, after, _PAGE))
        if customer_id == self._customer and after == self._after:
            self._entries += page.entries
            self._after = page.after
            self._show_entries()

    def _show_entries(self) -> None:
        moment = now()
        rows = [history_row(entry, moment, self._values) for entry in self._entries]
        self.model.show_rows(rows, more=self._after is not None)
        self._pages.setCurrentIndex(1 if rows else 0)
        if rows and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))
        self._show_chosen()

    def _show_chosen(self) -> None:
        entry = self.entry
        if entry is not None:
            was, then = was_words(entry, self._values), now_words(entry, self._values)
            self.was.show_value(was or tr("no text"), marks=changed_words(then, was))
            self.then.show_value(then, marks=changed_words(was, then))
            self.then.setVisible(bool(then))
        self._actions.refresh(PUT_BACK.id)

    # --- Putting back -------------------------------------------------------------------------

    def _can(self) -> bool:
        return self.isVisible() and self.entry is not None and can_put_back(self.entry)

    def _put_back(self) -> None:
        if self.entry is not None:
            work = PutBack(self._desk, self._customer, self.entry)
            tasks.start(self._carry_out(work), owner=self)

    async def _carry_out(self, work: PutBack) -> None:
        before = await work.standing()
        await work.do()
        title = entry_title(work.entry, self._values)[:_MOST_TITLE]
        said = tr("%(what)s: put back.", what=title)
        self._notices.offer_undo(said, partial(self._take_back, work, before))

    def _take_back(self, work: PutBack, before: object) -> None:
        tasks.start(work.undo(before), owner=self)

    # --- Beneath ------------------------------------------------------------------------------

    def _follow_theme(self, theme: Theme) -> None:
        side, gap = theme.px(Space.XL), theme.px(Space.M)
        self._cards.setContentsMargins(side, gap, side, gap)
        self._cards.setSpacing(gap)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read_again()
        self._actions.refresh(PUT_BACK.id)
