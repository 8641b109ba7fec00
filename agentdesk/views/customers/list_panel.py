"""The list of customers with its search line: typing searches, arrows move, Enter opens."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.phone import format_for_display
from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr, trn
from agentdesk.services.desk import Desk
from agentdesk.settings import NUMBER_STYLE, Preferences
from agentdesk.ui import tasks
from agentdesk.ui.delegates.customer import CustomerDelegate
from agentdesk.ui.icons import Icon
from agentdesk.ui.roles import CustomerRole
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.fields import SearchField
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, column, row
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Label, Paragraph
from agentdesk.views.central_search import CentralSearch
from agentdesk.views.customers.list_model import PAGE, CustomerListModel, ListedCustomer
from agentdesk.views.customers.matches import filters_hint

_MOST_FOUND = 100
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}


class CustomerListPanel(Panel):
    """All customers by name, or those that what is typed has found; one of them is current.

    Answers that were overtaken by a later question are dropped.
    """

    current_changed = Signal(str)
    """Another customer is current now; "" for none."""
    opened = Signal(str)
    """The person wants to go to the customer with this id."""
    visitor_opened = Signal(str)
    """The person wants to go to the customer with this id, whom only Central has."""
    new_wanted = Signal()

    def __init__(
        self,
        desk: Desk,
        themes: ThemeSwitch,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._desk = desk
        self._preferences = preferences
        self._asked = 0
        self._stale = True
        self._reading: asyncio.Task[None] | None = None
        self._current = ""
        self._central = CentralSearch(desk)
        self._asking: asyncio.Task[None] | None = None
        self.model = CustomerListModel(self._shown_number, self)
        self.model.page_wanted.connect(self._read_page)
        self.search = SearchField(themes, tr("Search by name, number or e-mail"))
        self.search.setObjectName("customer_search")
        self.search.setToolTip(filters_hint())
        self.search.textChanged.connect(self._typed)
        self.search.installEventFilter(self)
        self._title = Label(themes, tr("Customers"), TextRole.OPENING)
        self._count = Label(themes, "", TextRole.QUIET, tabular=True)
        self._count.setObjectName("customer_count")
        self.partial = Paragraph(themes, tr("Not everybody is here yet."), TextRole.QUIET)
        self.partial.setObjectName("customers_partial")
        self.partial.setVisible(False)
        self.list = RowList(themes, tr("Customers"))
        self.list.setObjectName("customer_list")
        self.list.setModel(self.model)
        self.list.setItemDelegate(CustomerDelegate(themes, self.list))
        self.list.setUniformItemSizes(True)
        self.list.installEventFilter(self)
        self.list.activated.connect(lambda _index: self.open_current())
        self.list.selectionModel().currentChanged.connect(self._tell_current)
        self._nobody = EmptyState(
            themes,
            tr("Nobody found"),
            tr("Try a part of the name, another spelling, or the number."),
            glyph=Icon.SEARCH,
            action=tr("New customer"),
        )
        self._none = EmptyState(
            themes,
            tr("Your customers will be here"),
            tr("They come from Central with the first exchange, or add the first one yourself."),
            glyph=Icon.CUSTOMERS,
            action=tr("New customer"),
        )
        self._pages = QStackedWidget()
        for page in (self.list, self._nobody, self._none):
            self._pages.addWidget(page)
        for empty in (self._nobody, self._none):
            empty.acted.connect(self.new_wanted)
        self._build(themes)
        self._stop = preferences.on_change(self._follow_preferences)
        self.destroyed.connect(self._stop)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        self._line = row()
        self._line.addWidget(self._title)
        self._line.addStretch(1)
        self._line.addWidget(self._count, 0, Qt.AlignmentFlag.AlignBottom)
        self._top = column()
        self._top.addLayout(self._line)
        self._top.addWidget(self.search)
        self._top.addWidget(self.partial)
        self.body.addLayout(self._top)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._pages, 1)
        self.twice = Button(themes, tr("Possible duplicates"), ButtonKind.QUIET, glyph=Icon.PEOPLE)
        self.twice.setObjectName("customers_twice")
        self._foot = row()
        self._foot.addWidget(self.twice)
        self._foot.addStretch(1)
        self.body.addWidget(Hairline(themes))
        self.body.addLayout(self._foot)

    def offer_duplicates(self, action: QAction) -> None:
        """Let the button below the list carry out `action`."""
        self.twice.perform(action)

    @property
    def current_id(self) -> str:
        """The customer that is current; "" for none."""
        return self._current

    @property
    def current_name(self) -> str:
        """The name of the current customer."""
        index = self.list.currentIndex()
        return self.model.name_of(index.row()) if index.isValid() else ""

    def open_current(self) -> None:
        """Go to the current customer."""
        row = self.list.currentIndex().row()
        if row >= 0 and self.model.is_at_central(row):
            self.visitor_opened.emit(self.model.id_of(row))
        elif self._current:
            self.opened.emit(self._current)

    def select(self, customer_id: str) -> None:
        """Make a customer current, in the list if they are there."""
        at = self.model.row_of(customer_id)
        if at >= 0:
            self.list.setCurrentIndex(self.model.index(at))

    def search_for_person(self, customer_id: str, name: str) -> None:
        """Search for somebody who is too far down the list to be there yet."""
        self._current = customer_id
        self.search.setText(name)
        self.current_changed.emit(customer_id)

    def tell_partial(self, partial: bool) -> None:
        """Say from now on that customers are still on their way, or that all are here."""
        self.partial.setVisible(partial)
        if partial:
            text = tr("Perhaps they are still on their way. Try again in a while.")
        else:
            text = tr("Try a part of the name, another spelling, or the number.")
        self._nobody.say(tr("Nobody found"), text)

    def refresh(self, changes: ChangeSet) -> None:
        """Read again what a change may have touched; at once if it is seen, else when shown."""
        if not changes.touches_kind(KindName.CUSTOMER, KindName.CONTACT_POINT):
            return
        self._stale = True
        if self.isVisible():
            self._read_stale()

    # --- Reading ------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._stale = True
        for task in (self._reading, self._asking):
            if task is not None:
                task.cancel()
        self._reading = self._asking = None
        self._read_stale()

    def _read_stale(self) -> None:
        """Read until nothing has changed meanwhile; one reading at a time."""
        if self._reading is None or self._reading.done():
            self._reading = tasks.start(self._read(), owner=self)

    async def _read(self) -> None:
        while self._stale:
            self._stale = False
            self._asked += 1
            typed = self.search.text().strip()
            if typed:
                hits = await tasks.in_thread(self._desk.search(typed, _MOST_FOUND, box="customers"))
                self.model.show_found(hits)
                self._tell_count(len(hits), typed)
            else:
                wanted = max(PAGE, self.model.rowCount() if self.model.last_key else 0)
                rows = await tasks.in_thread(self._desk.customers(None, wanted))
                count = await tasks.in_thread(self._desk.customer_count())
                self.model.show_all(rows, asked=wanted)
                self._tell_count(count, "")
            self._settle(first=bool(typed))
            if typed and not self._stale:
                self._asking = tasks.start(self._add_central(typed), owner=self)

    async def _add_central(self, typed: str) -> None:
        """Put behind the people of this desk those whom only Central has."""
        try:
            hits = await self._central.ask(typed)
        except AgentDeskError:
            self._count.setText(tr("Central gives no answer now"))
            return
        if hits and typed == self.search.text().strip():
            here = self.model.rowCount()
            self.model.add_found(hits)
            self._count.setText(
                tr("%(here)d here, %(there)d at Central", here=here, there=len(hits))
            )
            self._pages.setCurrentWidget(self.list)

    def _read_page(self) -> None:
        tasks.start(self._add_page(self._asked), owner=self)

    async def _add_page(self, asked: int) -> None:
        rows = await tasks.in_thread(self._desk.customers(self.model.last_key, PAGE))
        if asked == self._asked:
            self.model.add_page(rows)

    def _settle(self, *, first: bool) -> None:
        """Keep the same customer current; else the first, if that is what is looked for."""
        at = self.model.row_of(self._current) if self._current else -1
        if first and at < 0:
            at = 0
        if at >= 0 and self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(max(at, 0)))
        elif self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0))
        else:
            self._tell_current(QModelIndex())

    def _tell_count(self, count: int, typed: str) -> None:
        if typed and count >= _MOST_FOUND:
            words = tr("the best %(n)d", n=count)
        elif typed:
            words = trn("%(n)d found", "%(n)d found", count)
        else:
            words = trn("%(count)s customer", "%(count)s customers", count, count=f"{count:n}")
        self._count.setText(words)
        empty = self._nobody if typed else self._none
        self._pages.setCurrentWidget(self.list if count else empty)

    def _tell_current(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        here = index.isValid() and not self.model.is_at_central(index.row())
        chosen = str(index.data(CustomerRole.ID) or "") if here else ""
        if chosen != self._current:
            self._current = chosen
            self.current_changed.emit(chosen)

    # --- Beneath ------------------------------------------------------------------------------

    def _shown_number(self, row: ListedCustomer) -> str:
        if not row.e164 or self._preferences.get(NUMBER_STYLE) == "typed":
            return row.number
        return _grouped(row.e164, row.extension, self._desk.region)

    def _follow_preferences(self, key: str, _value: object) -> None:
        if key == NUMBER_STYLE.key:
            self.model.numbers_changed()

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._top.setContentsMargins(side, side, side, theme.px(Space.M))
        self._top.setSpacing(theme.px(Space.M))
        near = theme.px(Space.S)
        self._foot.setContentsMargins(near, near, near, near)
        QTimer.singleShot(0, self.list, self.list.doItemsLayout)

    def _key_in_search(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _MOVES and self.model.rowCount():
            last = self.model.rowCount() - 1
            at = min(max(self.list.currentIndex().row() + _MOVES[key], 0), last)
            self.list.setCurrentIndex(self.model.index(at))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_current()
            return True
        return False

    def _key_in_list(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.search.clear()
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
        held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        text = event.text()
        if held == Qt.KeyboardModifier.NoModifier and text and text.isprintable() and text != " ":
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.insert(text)
            return True
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read_stale()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.search and self._key_in_search(event):
                return True
            if watched is self.list and self._key_in_list(event):
                return True
        return super().eventFilter(watched, event)


@lru_cache(maxsize=4096)
def _grouped(e164: str, extension: str, region: str) -> str:
    return format_for_display(e164, region, extension or None)
