"""The Customers screen: find somebody, look at them, open them on the Desk, edit them."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.i18n import mark, tr
from agentdesk.services.cards import Card
from agentdesk.services.desk import Desk
from agentdesk.settings import CUSTOMERS_COLUMNS, NUMBER_STYLE, Preferences
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.bridge import DeskBridge
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.choices import Segmented
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Ground, Hairline, HairlineSplitter, Panel, column, row
from agentdesk.views.customers.duplicates_page import DuplicatesPage
from agentdesk.views.customers.editor import CustomerEditor
from agentdesk.views.customers.fields import customer_types
from agentdesk.views.customers.form_state import EditorDraft
from agentdesk.views.customers.history import CustomerHistory
from agentdesk.views.customers.list_panel import CustomerListPanel
from agentdesk.views.customers.summary import CustomerSummary

CUSTOMERS = ActionContext("customers", mark("Customers"))
OPEN = ActionSpec("customers.open", mark("Open on the Desk"), "Return", CUSTOMERS, "desk")
NEW = ActionSpec("customers.new", mark("New customer"), "N", CUSTOMERS, "add", mark("add create"))
EDIT = ActionSpec("customers.edit", mark("Edit customer"), "E", CUSTOMERS, "edit", mark("change"))
CHANGES = ActionSpec(
    "customers.changes",
    mark("Changes of the customer"),
    "H",
    CUSTOMERS,
    "recent",
    mark("history overwritten put back"),
)

TWICE = ActionSpec(
    "customers.duplicates",
    mark("Possible duplicates"),
    "D",
    CUSTOMERS,
    "people",
    mark("merge join twice same person"),
)

_OVERVIEW, _CHANGES = "overview", "changes"
_NEW = ""
"""The key of the draft of somebody who is not a customer yet."""
_LIST_WIDTH = (260, 400)


class CustomersPage(Panel):
    """The list at the left; at the right the current customer, or the form over them."""

    customer_opened = Signal(str)
    """The person wants this customer on the Desk."""
    visitor_opened = Signal(str)
    """The person wants this customer, whom only Central has, on the Desk."""
    page_wanted = Signal()
    """An action of this screen was asked for from elsewhere: show the screen."""

    def __init__(
        self,
        desk: Desk,
        bridge: DeskBridge,
        themes: ThemeSwitch,
        actions: Actions,
        notices: Notices,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self.setObjectName("customers_page")
        self._desk = desk
        self._notices = notices
        self._preferences = preferences
        self._actions = actions
        self._drafts: dict[str, EditorDraft] = {}
        self._reading: asyncio.Task[None] | None = None
        self.panel = CustomerListPanel(desk, themes, preferences)
        self.summary = CustomerSummary(themes, desk.region, desk.language)
        self.editor = CustomerEditor(desk, themes, actions, notices)
        self._nobody = EmptyState(
            themes,
            tr("Choose somebody from the list"),
            tr("Arrow keys move, Enter opens on the Desk."),
            glyph=Icon.PERSON,
        )
        self.history = CustomerHistory(desk, themes, actions, notices)
        self.history.left.connect(self._leave_history)
        self.tabs = Segmented(
            themes,
            tr("What to show of the customer"),
            ((_OVERVIEW, tr("Overview")), (_CHANGES, tr("Changes"))),
        )
        self.tabs.setObjectName("customer_tabs")
        self.tabs.chosen.connect(self._show_tab)
        self._person = self._build_person(themes)
        self._side = QStackedWidget()
        for widget in (self._nobody, self._person, self.editor):
            self._side.addWidget(widget)
        self.splitter = HairlineSplitter()
        self.splitter.addWidget(self.panel)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.splitterMoved.connect(self._remember_columns)
        self.duplicates = DuplicatesPage(desk, themes, actions, notices)
        self.duplicates.left.connect(self._leave_duplicates)
        self._whole = QStackedWidget()
        self._whole.addWidget(self.splitter)
        self._whole.addWidget(self.duplicates)
        self.body.addWidget(self._whole)
        self._bind(actions)
        self.panel.current_changed.connect(self._show_current)
        self.panel.opened.connect(self.customer_opened)
        self.panel.visitor_opened.connect(self.visitor_opened)
        self.panel.new_wanted.connect(self.new_customer)
        self.editor.close_wanted.connect(self.close_editor)
        self.editor.saved.connect(self._show_saved)
        bridge.changed.connect(self._take_changes)
        self.destroyed.connect(preferences.on_change(self._follow_preferences))
        themes.follow(self._follow_theme)

    def _build_person(self, themes: ThemeSwitch) -> QWidget:
        person = QWidget()
        inside = column(person)
        self._tab_line = row()
        self._tab_line.addWidget(self.tabs)
        self._tab_line.addStretch(1)
        self._tab_pages = QStackedWidget()
        self._tab_pages.addWidget(self.summary)
        self._tab_pages.addWidget(self.history)
        inside.addLayout(self._tab_line)
        inside.addWidget(Hairline(themes))
        inside.addWidget(self._tab_pages, 1)
        return person

    def _bind(self, actions: Actions) -> None:
        somebody = self._somebody
        scope = self.panel.list
        open_ = actions.bind(OPEN, self.panel.open_current, scope=scope, enabled=somebody)
        actions.bind(NEW, self.new_customer, scope=scope)
        edit = actions.bind(EDIT, self._edit_current, scope=scope, enabled=somebody)
        actions.bind(CHANGES, self._show_changes, scope=scope, enabled=somebody)
        twice = actions.bind(TWICE, self.show_duplicates, scope=scope)
        self.panel.offer_duplicates(twice)
        self.summary.perform(open_, edit)
        self.summary.compare_wanted.connect(self.show_duplicates_of)
        self.summary.unmerge_wanted.connect(self._undo_merge)

    def _somebody(self) -> bool:
        return self.isVisible() and bool(self.panel.current_id)

    def _refresh_actions(self) -> None:
        for spec in (OPEN, EDIT, CHANGES):
            self._actions.refresh(spec.id)

    @property
    def editing(self) -> bool:
        """Tell whether the form is open."""
        return self._side.currentWidget() is self.editor

    def take_keyboard(self) -> None:
        """Put the keyboard into the search line, or into the form if that is open."""
        if self._whole.currentWidget() is self.duplicates:
            self.duplicates.take_keyboard()
        elif self.editing:
            self.editor.take_keyboard()
        else:
            self.panel.search.setFocus(Qt.FocusReason.OtherFocusReason)
            self.panel.search.selectAll()

    def search_for(self, text: str) -> None:
        """Search for `text`, as if it had been typed."""
        self.panel.search.setText(text)

    def new_customer(self, number: str = "") -> None:
        """Open the form for a new customer, with the number they called from."""
        self._keep_draft()
        self.page_wanted.emit()
        self._whole.setCurrentWidget(self.splitter)
        tasks.start(self._open_form(_NEW, number), owner=self)

    def edit_customer(self, customer_id: str) -> None:
        """Open the form for a customer."""
        self._keep_draft()
        self.page_wanted.emit()
        self._whole.setCurrentWidget(self.splitter)
        self.panel.select(customer_id)
        tasks.start(self._open_form(customer_id), owner=self)

    def close_editor(self) -> None:
        """Put the form away; what is unsaved is kept and offered again."""
        if not self.editing:
            return
        who, name = self.editor.customer_id or _NEW, self.editor.form.state.kept["full_name"]
        kept = self._keep_draft()
        somebody = bool(self.panel.current_id)
        self._side.setCurrentWidget(self._person if somebody else self._nobody)
        self.panel.list.setFocus(Qt.FocusReason.OtherFocusReason)
        if kept:
            words = tr("Your unsaved changes to %(name)s are kept.", name=name or "…")
            if who == _NEW:
                words = tr("The new customer is not saved yet; what you typed is kept.")
            self._notices.offer_undo(words, lambda: self._reopen(who))

    # --- Duplicates ---------------------------------------------------------------------------

    def show_duplicates(self) -> None:
        """Show who is probably one person, all of them."""
        self.page_wanted.emit()
        self.duplicates.show_all()
        self._open_duplicates()

    def show_duplicates_of(self, customer_id: str) -> None:
        """Show with whom one customer is probably one."""
        self.page_wanted.emit()
        self.duplicates.show_of(customer_id)
        self._open_duplicates()

    def _open_duplicates(self) -> None:
        self._whole.setCurrentWidget(self.duplicates)
        self.duplicates.take_keyboard()

    def _leave_duplicates(self) -> None:
        self._whole.setCurrentWidget(self.splitter)
        self.panel.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _undo_merge(self, loser: str) -> None:
        tasks.start(self._unmerge(self.panel.current_id, loser), owner=self)

    async def _unmerge(self, customer_id: str, loser: str) -> None:
        await tasks.in_thread(self._desk.undo_earlier_merge(customer_id, loser))
        self._notices.say(tr("The two are two again as soon as Central has answered."))

    # --- Changes ------------------------------------------------------------------------------

    def _show_tab(self, tab: str) -> None:
        page = self.history if tab == _CHANGES else self.summary
        self._tab_pages.setCurrentWidget(page)

    def _show_changes(self) -> None:
        """Show what was overwritten of the current customer, with the keyboard there."""
        self.tabs.set_value(_CHANGES)
        self._show_tab(_CHANGES)
        self.history.take_keyboard()

    def _leave_history(self) -> None:
        self.panel.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- Beneath ------------------------------------------------------------------------------

    def _reopen(self, who: str) -> None:
        if who == _NEW:
            self.new_customer()
        else:
            self.edit_customer(who)

    def _keep_draft(self) -> bool:
        """Keep what is unsaved in the open form; True if something is."""
        if not self.editing:
            return False
        who, draft = self.editor.customer_id or _NEW, self.editor.draft()
        if draft is None:
            self._drafts.pop(who, None)
            return False
        self._drafts[who] = draft
        return True

    def _edit_current(self) -> None:
        if self.panel.current_id:
            self.edit_customer(self.panel.current_id)

    async def _open_form(self, who: str, number: str = "") -> None:
        books = await tasks.in_thread(self._desk.playbooks())
        self.editor.offer_types(customer_types(books.values()))
        draft = self._drafts.get(who)
        if who == _NEW:
            self.editor.begin_new(number, draft)
        else:
            card = await tasks.in_thread(self._desk.card(who))
            if card is None:
                return
            self.editor.edit(card, draft)
        self._side.setCurrentWidget(self.editor)
        self.editor.take_keyboard()

    def _show_current(self, customer_id: str) -> None:
        if self.editing and customer_id not in ("", self.editor.customer_id):
            self.close_editor()
        self._refresh_actions()
        if self._reading is not None:
            self._reading.cancel()
        if not customer_id:
            if not self.editing:
                self._side.setCurrentWidget(self._nobody)
            return
        self._reading = tasks.start(self._read(customer_id), owner=self)

    async def _read(self, customer_id: str) -> None:
        card = await tasks.in_thread(self._desk.card(customer_id))
        if card is None or customer_id != self.panel.current_id:
            return
        self._show_card(card)
        merges = await tasks.in_thread(self._desk.earlier_merges(customer_id))
        pairs = await tasks.in_thread(self._desk.duplicates_of(customer_id))
        if customer_id == self.panel.current_id:
            self.summary.show_relations(pairs, merges)

    def _show_card(self, card: Card) -> None:
        typed = self._preferences.get(NUMBER_STYLE) == "typed"
        self.summary.show_card(card, as_typed=typed)
        self.history.show_customer(card.customer.id)
        if not self.editing:
            self._side.setCurrentWidget(self._person)

    async def _keep_form_up(self, customer_id: str) -> None:
        card = await tasks.in_thread(self._desk.card(customer_id))
        if card is not None and self.editing:
            self.editor.keep_up(card)

    def _take_changes(self, changes: ChangeSet) -> None:
        self.panel.refresh(changes)
        self.duplicates.refresh(changes)
        current, edited = self.panel.current_id, self.editor.customer_id
        if current and changes.touches_customer(current):
            self._show_current(current)
        if self.editing and edited and changes.touches_customer(edited):
            tasks.start(self._keep_form_up(edited), owner=self)

    def _show_saved(self, customer_id: str) -> None:
        self._drafts.pop(customer_id, None)
        self._drafts.pop(_NEW, None)
        self._side.setCurrentWidget(self._person)
        self.panel.list.setFocus(Qt.FocusReason.OtherFocusReason)
        tasks.start(self._find(customer_id), owner=self)

    async def _find(self, customer_id: str) -> None:
        """Make somebody who was just saved current, searching for them if need be."""
        card = await tasks.in_thread(self._desk.card(customer_id))
        if card is None:
            return
        if self.panel.model.row_of(customer_id) < 0:
            self.panel.search_for_person(customer_id, card.customer.full_name)
        else:
            self.panel.select(customer_id)
            self._show_card(card)

    def _follow_preferences(self, key: str, _value: object) -> None:
        if key == NUMBER_STYLE.key and self.panel.current_id:
            self._show_current(self.panel.current_id)

    def _remember_columns(self) -> None:
        self._preferences.set(CUSTOMERS_COLUMNS, self.splitter.sizes())

    def _follow_theme(self, theme: Theme) -> None:
        narrowest, usual = (theme.px(width) for width in _LIST_WIDTH)
        self.panel.setMinimumWidth(narrowest)
        side, over = theme.px(Space.XL), theme.px(Space.M)
        self._tab_line.setContentsMargins(side, over, side, over)
        kept = self._preferences.get(CUSTOMERS_COLUMNS)
        good = isinstance(kept, list) and len(kept) == 2
        self.splitter.setSizes(kept if good else [usual, usual * 2])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_actions()
