"""The timeline of a person: filters, rows, the open row, and what to do with it."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import PromiseState
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.i18n import mark, tr
from agentdesk.services.desk import Desk
from agentdesk.services.timeline import (
    KIND_OF,
    SUMMARY_CHARS,
    Facets,
    ItemKind,
    Position,
    TimelineFilter,
    TimelineItem,
    TimelinePage,
)
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel
from agentdesk.views.desk.timeline_detail import TimelineDetail
from agentdesk.views.desk.timeline_filter import TimelineFilterBar
from agentdesk.views.desk.timeline_model import TimelineModel
from agentdesk.views.desk.timeline_view import TimelineView
from agentdesk.views.desk.timeline_words import detail_meta, detail_text

_PAGE = 100
_MOST_RELOADED = 400

TIMELINE = ActionContext("timeline", mark("Timeline"))
OPEN_ROW = ActionSpec("timeline.open", mark("Open row"), "Return", TIMELINE, "expand")
COPY_ROW = ActionSpec("timeline.copy", mark("Copy text of row"), "Ctrl+C", TIMELINE, "copy")
CHANGE_NOTE = ActionSpec("timeline.change", mark("Change note"), "E", TIMELINE, "edit")
REMOVE_NOTE = ActionSpec("timeline.remove", mark("Remove note"), "Delete", TIMELINE, "remove")
ACTIONS = (OPEN_ROW, COPY_ROW, CHANGE_NOTE, REMOVE_NOTE)


class TimelinePanel(Panel):
    """Shows what `show_person` was given, reads on by itself, and keeps its place on changes."""

    def __init__(
        self, themes: ThemeSwitch, desk: Desk, notices: Notices, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._desk = desk
        self._notices = notices
        self._customer_id: str | None = None
        self._generation = 0
        self._opening: asyncio.Task[None] | None = None
        self.setObjectName("timeline")
        self.filters = TimelineFilterBar(themes)
        self.model = TimelineModel(desk.language, self)
        self.view = TimelineView(themes, self.model)
        self.view.setObjectName("timeline_list")
        self.detail = TimelineDetail(themes)
        self.view.set_detail(self.detail)
        self._nothing = EmptyState(
            themes,
            tr("No contacts yet"),
            tr("Calls, messages, notes and purchases will be listed here."),
            glyph=Icon.RECENT,
        )
        self._no_match = EmptyState(
            themes,
            tr("Nothing matches"),
            tr("No row has all of this."),
            glyph=Icon.FILTER,
            action=tr("Show everything"),
        )
        self._no_match.acted.connect(self.filters.reset)
        self._pages = QStackedWidget()
        for page in (self.view, self._nothing, self._no_match):
            self._pages.addWidget(page)
        self.body.addWidget(self.filters)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._pages, 1)
        self._connect()

    def _connect(self) -> None:
        self.filters.changed.connect(self._filter)
        self.model.more_wanted.connect(self._load_more)
        self.view.opened.connect(self.toggle)
        self.detail.height_changed.connect(self._fit_detail)
        self.detail.left.connect(self.view.close_row)
        self.detail.save_wanted.connect(self._save_note)
        self.detail.remove_wanted.connect(self._remove_note)
        self.detail.settle_wanted.connect(self._settle)

    def bind(self, actions: Actions) -> None:
        """Bind the actions of the timeline, which work while the keyboard is in it."""
        actions.bind(OPEN_ROW, self._toggle_current, scope=self.view)
        actions.bind(COPY_ROW, self._copy_current, scope=self.view)
        actions.bind(CHANGE_NOTE, self._change_current, scope=self.view, enabled=self._on_note)
        actions.bind(REMOVE_NOTE, self._remove_current, scope=self.view, enabled=self._on_note)
        self.view.selectionModel().currentChanged.connect(lambda: actions.refresh(CHANGE_NOTE.id))
        self.view.selectionModel().currentChanged.connect(lambda: actions.refresh(REMOVE_NOTE.id))

    # --- Showing --------------------------------------------------------------------------------

    def show_person(self, customer_id: str, page: TimelinePage, facets: Facets) -> None:
        """Show somebody's first page; filters of the last person are gone."""
        self._generation += 1
        self._customer_id = customer_id
        self.filters.show_facets(facets)
        self.filters.setVisible(bool(page.items))
        self._show_first(page)

    def clear(self) -> None:
        """Show nobody."""
        self._generation += 1
        self._customer_id = None
        self.filters.setVisible(False)
        self._show_first(TimelinePage())

    def reload(self, changes: ChangeSet) -> None:
        """Read again what `changes` touch, keeping place, selection and the open row."""
        if self._customer_id is not None and changes.touches_customer(self._customer_id):
            tasks.start(self._reload(changes), owner=self)

    def _show_first(self, page: TimelinePage) -> None:
        self.model.show_page(page)
        self._show_page_of_stack()

    def _show_page_of_stack(self) -> None:
        if self.model.rowCount():
            self._pages.setCurrentWidget(self.view)
            self.filters.setVisible(True)
        elif self.filters.current == TimelineFilter():
            self._pages.setCurrentWidget(self._nothing)
        else:
            self._pages.setCurrentWidget(self._no_match)

    def _filter(self, shown: TimelineFilter) -> None:
        if self._customer_id is None:
            return
        self._generation += 1
        tasks.start(self._read_filtered(self._customer_id, shown, self._generation), owner=self)

    async def _read_filtered(
        self, customer_id: str, shown: TimelineFilter, generation: int
    ) -> None:
        page = await tasks.in_thread(self._desk.timeline(customer_id, shown, limit=_PAGE))
        if generation == self._generation:
            self._show_first(page)

    def _load_more(self) -> None:
        tasks.start(self._read_more(), owner=self, on_failure=self._could_not_read)

    async def _read_more(self) -> None:
        if self._customer_id is None:
            return
        generation = self._generation
        page = await tasks.in_thread(
            self._desk.timeline(
                self._customer_id, self.filters.current, self.model.after, limit=_PAGE
            )
        )
        if generation == self._generation:
            self.model.append_page(page)

    def _could_not_read(self, error: BaseException) -> None:
        self.model.give_up_page()
        self._notices.report(error)

    async def _reload(self, changes: ChangeSet) -> None:
        customer_id, generation = self._customer_id, self._generation
        if customer_id is None:
            return
        count = min(max(self.model.loaded + 1, _PAGE), _MOST_RELOADED)
        shown = self.filters.current
        page = await tasks.in_thread(self._desk.timeline(customer_id, shown, limit=count))
        if generation != self._generation:
            return
        self.model.refresh(page)
        self._show_page_of_stack()
        await self._reload_beyond(customer_id, changes, count, generation)
        self._reopen()

    async def _reload_beyond(
        self, customer_id: str, changes: ChangeSet, count: int, generation: int
    ) -> None:
        """Read the changed rows again that lie behind those just read."""
        for changed in changes.changed:
            kind = next((k for k, name in KIND_OF.items() if name is changed.kind), None)
            row = self.model.row_of(kind, changed.id) if kind is not None else -1
            if kind is None or row <= count:
                continue
            above = self.model.before(row)
            after = Position(to_text(above.at), above.id) if above is not None else None
            page = await tasks.in_thread(
                self._desk.timeline(customer_id, self.filters.current, after, 1)
            )
            if generation != self._generation:
                return
            self.model.refresh_item(kind, changed.id, page.items[0] if page.items else None)

    # --- The open row ---------------------------------------------------------------------------

    def toggle(self, index: QModelIndex) -> None:
        """Open the row at `index`, or close it if it is open."""
        item = self.model.item(index.row())
        if item is None:
            return
        if self.view.open_index == index:
            if not self.detail.is_changing:
                self.view.close_row()
            return
        if self.detail.is_changing and self.view.open_index.isValid():
            return
        self._opening = tasks.start(self._open(item), owner=self)

    async def _open(self, item: TimelineItem, *, change: bool = False) -> None:
        whole = None
        if len(item.summary or "") >= SUMMARY_CHARS:
            whole = await tasks.in_thread(self._desk.entry_text(item.kind, item.id))
        row = self.model.row_of(item.kind, item.id)
        if row < 0:
            return
        language = self._desk.language
        self.detail.show_item(
            item,
            detail_meta(item, language),
            detail_text(item, whole, now(), language),
            self.view.detail_left(),
        )
        height = self.detail.height_for(self.view.viewport().width())
        self.view.open_row(self.model.index(row), height)
        if change:
            self.detail.begin_change()

    def _reopen(self) -> None:
        """Show the open row as it is now, unless it is being rewritten."""
        index = self.view.open_index
        item = self.model.item(index.row()) if index.isValid() else None
        if item is not None and item != self.detail.item and not self.detail.is_changing:
            tasks.start(self._open(item), owner=self)

    def _fit_detail(self) -> None:
        if self.view.open_index.isValid():
            self.view.set_detail_height(self.detail.height_for(self.view.viewport().width()))

    def _current(self) -> TimelineItem | None:
        index = self.view.currentIndex()
        return self.model.item(index.row()) if index.isValid() else None

    def _on_note(self) -> bool:
        item = self._current()
        return item is not None and item.kind is ItemKind.NOTE

    def _toggle_current(self) -> None:
        self.toggle(self.view.currentIndex())

    def _copy_current(self) -> None:
        tasks.start(self._copy(), owner=self)

    async def _copy(self) -> None:
        item = self._current()
        if item is None:
            return
        whole = None
        if len(item.summary or "") >= SUMMARY_CHARS:
            whole = await tasks.in_thread(self._desk.entry_text(item.kind, item.id))
        text = detail_text(item, whole, now(), self._desk.language)
        QGuiApplication.clipboard().setText(text)
        self._notices.say(tr("Copied"))

    def _change_current(self) -> None:
        item = self._current()
        if item is not None and item.kind is ItemKind.NOTE and not self.detail.is_changing:
            self._opening = tasks.start(self._open(item, change=True), owner=self)

    def _remove_current(self) -> None:
        item = self._current()
        if item is not None and item.kind is ItemKind.NOTE:
            self._remove_note(item)

    # --- What it changes ------------------------------------------------------------------------

    def _save_note(self, item: TimelineItem, text: str) -> None:
        tasks.start(self._write_note(item, text), owner=self, on_failure=self._notices.report)

    async def _write_note(self, item: TimelineItem, text: str) -> None:
        await tasks.in_thread(self._desk.edit_note(item.id, text))
        if self.detail.item is not None and self.detail.item.id == item.id:
            self.detail.end_change()
            self.view.close_row()
        self._notices.say(tr("Note changed"))

    def _remove_note(self, item: TimelineItem) -> None:
        tasks.start(self._take_note_away(item), owner=self, on_failure=self._notices.report)

    async def _take_note_away(self, item: TimelineItem) -> None:
        await tasks.in_thread(self._desk.remove(KindName.NOTE, item.id))
        self._notices.offer_undo(tr("Note removed"), lambda: self._restore(item))

    def _restore(self, item: TimelineItem) -> None:
        tasks.start(self._put_back(item), owner=self, on_failure=self._notices.report)

    async def _put_back(self, item: TimelineItem) -> None:
        await tasks.in_thread(self._desk.restore(KindName.NOTE, item.id))

    def _settle(self, item: TimelineItem, state: PromiseState) -> None:
        tasks.start(self._write_state(item, state), owner=self, on_failure=self._notices.report)

    async def _write_state(self, item: TimelineItem, state: PromiseState) -> None:
        await tasks.in_thread(self._desk.settle_promise(item.id, state))
