"""Possible duplicates: work through them by keyboard, one pair after the other."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.likeness_words import certainty_words, reasons
from agentdesk.domain.sameness import SURE
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.desk import Desk
from agentdesk.services.duplicates import PossibleDuplicates, PossiblePair, SearchProgress
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Ground, Hairline, HairlineSplitter, Panel, column, row
from agentdesk.ui.widgets.progress import ProgressStrip
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Label
from agentdesk.views.customers.merge_panel import MergePanel
from agentdesk.views.customers.pair_detail import PairDetail, shown_name
from agentdesk.views.sync.action_bar import ActionBar
from agentdesk.views.sync.row_delegate import RowDelegate
from agentdesk.views.sync.rows import RowRole, RowsModel, SyncRow

DUPLICATES = ActionContext("duplicates", mark("Possible duplicates"))
MERGE_PAIR = ActionSpec("duplicates.merge", mark("Merge the two…"), "M", DUPLICATES, "check")
TWO_PEOPLE = ActionSpec("duplicates.distinct", mark("These are two people"), "T", DUPLICATES)
LATER = ActionSpec("duplicates.later", mark("Decide later"), "L", DUPLICATES, "clock")
SEARCH_ALL = ActionSpec("duplicates.search", mark("Search everybody"), "S", DUPLICATES, "search")
LEAVE = ActionSpec("duplicates.back", mark("Back to the customers"), "Escape", DUPLICATES, "back")

_UNSEARCHED = mark("Nobody has searched yet")
_WHAT_SEARCHING_DOES = mark(
    "Everybody is compared with whom they could be. "
    "It takes a minute or two; you can go on working."
)
_MOST = 200
_LIST_WIDTH = (300, 420)
_TOUCHING = (KindName.CUSTOMER, KindName.CONTACT_POINT, KindName.DISTINCT_PAIR)


class DuplicatesPage(Panel):
    """The pairs at the left, at the right why they may be one, or what a merge will keep.

    Shows what a search of everybody has found, or the pairs of one customer alone.
    """

    left = Signal()
    """The person is done here."""
    merged = Signal(str)
    """The customer with this id has become one with another, as soon as Central has answered."""
    _stepped = Signal(object)
    """A search has come so far; crosses from the reader's thread."""

    def __init__(self, desk: Desk, themes: ThemeSwitch, actions: Actions, notices: Notices) -> None:
        super().__init__(themes, Ground.SURFACE)
        self.setObjectName("duplicates_page")
        self._desk = desk
        self._actions = actions
        self._notices = notices
        self._of = ""
        self._stale = True
        self._reading: asyncio.Task[None] | None = None
        self._stop: threading.Event | None = None
        self._began = 0.0
        self.model = RowsModel(self)
        self.list = RowList(themes, tr("Possible duplicates"))
        self.list.setObjectName("duplicates_list")
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowDelegate(themes, self.list))
        self.list.selectionModel().currentChanged.connect(lambda *_indexes: self._show_current())
        self.list.activated.connect(lambda _index: self._begin_merge())
        self.detail = PairDetail(themes)
        self.merge_panel = MergePanel(desk, themes, actions, notices)
        self.merge_panel.left.connect(self._leave_merge)
        self.merge_panel.merged.connect(self._take_merged)
        self.progress = ProgressStrip(themes)
        self.progress.cancelled.connect(self.cancel_search)
        self._stepped.connect(self._show_progress)
        self._title = Label(themes, tr("Possible duplicates"), TextRole.OPENING)
        self._count = Label(themes, "", TextRole.QUIET, tabular=True)
        self._count.setObjectName("duplicates_count")
        self._build(themes)
        self._bind(themes)
        self.destroyed.connect(self.cancel_search)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        self.empty = EmptyState(
            themes,
            tr(_UNSEARCHED),
            tr(_WHAT_SEARCHING_DOES),
            glyph=Icon.PEOPLE,
            action=tr("Search everybody"),
        )
        self.empty.acted.connect(self.search)
        whole = QWidget()
        inside = column(whole)
        self.bar = ActionBar(themes)
        inside.addWidget(self.detail, 1)
        inside.addWidget(self.bar)
        self._side = QStackedWidget()
        for widget in (self.empty, whole, self.merge_panel):
            self._side.addWidget(widget)
        self._pair_side = whole
        listing = Panel(themes, Ground.SURFACE)
        self._line = row()
        self._line.addWidget(self._title)
        self._line.addStretch(1)
        self._line.addWidget(self._count, 0, Qt.AlignmentFlag.AlignBottom)
        self._buttons = row()
        self._top = column()
        self._top.addLayout(self._line)
        self._top.addLayout(self._buttons)
        listing.body.addLayout(self._top)
        listing.body.addWidget(self.progress)
        listing.body.addWidget(Hairline(themes))
        listing.body.addWidget(self.list, 1)
        self._listing = listing
        self.splitter = HairlineSplitter()
        self.splitter.addWidget(listing)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(1, 1)
        self.body.addWidget(self.splitter)

    def _bind(self, themes: ThemeSwitch) -> None:
        bind = self._actions.bind
        on_pair = self._has_pair
        for spec, handler, words in (
            (MERGE_PAIR, self._begin_merge, tr("Merge…")),
            (TWO_PEOPLE, self._tell_apart, tr("Two people")),
            (LATER, self._put_off, tr("Later")),
        ):
            action = bind(spec, handler, scope=self._scope(), enabled=on_pair)
            self.bar.offer(Button(themes, words), action)
        again = bind(SEARCH_ALL, self.search, scope=self._scope(), enabled=self._may_search)
        back = bind(LEAVE, self.left.emit, scope=self._scope(), enabled=self._in_list)
        self.search_button = Button(themes, tr("Search everybody"), glyph=Icon.SEARCH)
        self.search_button.perform(again)
        self.back_button = Button(themes, tr("Back"), glyph=Icon.BACK)
        self.back_button.perform(back)
        for button in (self.back_button, self.search_button):
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def _scope(self) -> QWidget:
        """Keys of the list do not reach into the merge, which has its own."""
        return self._listing

    # --- For the screen -----------------------------------------------------------------------

    def show_all(self) -> None:
        """Show what the last search of everybody found."""
        self._show_of("")

    def show_of(self, customer_id: str) -> None:
        """Show with whom this customer is probably one."""
        self._show_of(customer_id)

    def _show_of(self, customer_id: str) -> None:
        self._of = customer_id
        self._leave_merge()
        self._stale = True
        self._read_stale()

    def take_keyboard(self) -> None:
        """Put the keyboard where the work is."""
        if self._side.currentWidget() is self.merge_panel:
            self.merge_panel.take_keyboard()
        else:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    def refresh(self, changes: ChangeSet) -> None:
        """Read again what a change may have touched: at once if it is seen, else when shown."""
        if changes.touches_kind(*_TOUCHING):
            self._stale = True
            if self.isVisible() and self._side.currentWidget() is not self.merge_panel:
                self._read_stale()

    @property
    def pair(self) -> PossiblePair | None:
        """What is chosen."""
        found = self.list.currentIndex().data(RowRole.ROW)
        item = found.item if isinstance(found, SyncRow) else None
        return item if isinstance(item, PossiblePair) else None

    # --- Reading ------------------------------------------------------------------------------

    def _read_stale(self) -> None:
        if self._reading is None or self._reading.done():
            self._reading = tasks.start(self._read(), owner=self)

    async def _read(self) -> None:
        while self._stale:
            self._stale = False
            if self._of:
                pairs = await tasks.in_thread(self._desk.duplicates_of(self._of))
                self._show_pairs(pairs, len(pairs), tr("Nobody else is this person"), "")
                continue
            found = await tasks.in_thread(self._desk.possible_duplicates(_MOST))
            self._show_found(found)

    def _show_found(self, found: PossibleDuplicates) -> None:
        if found.searched_at is None:
            title = tr("Nobody has searched yet")
            text = tr(
                "Everybody is compared with everybody they could be; it takes a minute or two."
            )
        else:
            title = tr("Nobody is here twice")
            text = tr("As far as it can be told. Search again when many have been added.")
        self._show_pairs(found.pairs, found.total, title, text)

    def _show_pairs(self, pairs: Sequence[PossiblePair], total: int, title: str, text: str) -> None:
        self.empty.say(title, text)
        at = self.list.currentIndex().row()
        self.model.show_rows([_row(pair) for pair in pairs])
        self._count.setText(trn("%(n)d pair", "%(n)d pairs", total))
        if self._side.currentWidget() is not self.merge_panel:
            self._side.setCurrentWidget(self._pair_side if pairs else self.empty)
        if pairs:
            # After a decision the next pair stands where the last one stood.
            self.list.setCurrentIndex(self.model.index(min(max(at, 0), len(pairs) - 1)))
        self._show_current()

    def _show_current(self) -> None:
        if self.pair is not None:
            self.detail.show_pair(self.pair)
        self._refresh()

    # --- Deciding -----------------------------------------------------------------------------

    def _has_pair(self) -> bool:
        return self.pair is not None and self._in_list()

    def _in_list(self) -> bool:
        return self.isVisible() and self._side.currentWidget() is not self.merge_panel

    def _begin_merge(self) -> None:
        if self.pair is not None and self._in_list():
            tasks.start(self._open_merge(*self.pair.ids), owner=self)

    async def _open_merge(self, one: str, other: str) -> None:
        await self.merge_panel.open(one, other)
        self._side.setCurrentWidget(self.merge_panel)
        self.merge_panel.take_keyboard()
        self._refresh()

    def _leave_merge(self) -> None:
        if self._side.currentWidget() is self.merge_panel:
            self._side.setCurrentWidget(self._pair_side if self.model.rowCount() else self.empty)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            self._refresh()

    def _take_merged(self, winner: str) -> None:
        self._leave_merge()
        self._stale = True
        self._read_stale()
        self.merged.emit(winner)

    def _tell_apart(self) -> None:
        if self.pair is not None:
            tasks.start(self._remember_two(self.pair), owner=self)

    async def _remember_two(self, pair: PossiblePair) -> None:
        await tasks.in_thread(self._desk.say_distinct(*pair.ids))
        said = tr(
            "%(one)s and %(other)s stay two people.",
            one=shown_name(pair.one),
            other=shown_name(pair.other),
        )
        self._notices.offer_undo(said, lambda: self._take_back_two(pair))

    def _take_back_two(self, pair: PossiblePair) -> None:
        tasks.start(self._suggest_again(pair), owner=self)

    async def _suggest_again(self, pair: PossiblePair) -> None:
        await tasks.in_thread(self._desk.unsay_distinct(*pair.ids))

    def _put_off(self) -> None:
        if self.pair is not None:
            tasks.start(self._move_to_end(self.pair), owner=self)

    async def _move_to_end(self, pair: PossiblePair) -> None:
        await tasks.in_thread(self._desk.put_off_pair(*pair.ids))
        self._stale = True
        self._read_stale()

    # --- Searching everybody ------------------------------------------------------------------

    def _may_search(self) -> bool:
        return self._stop is None and self._in_list()

    def search(self) -> None:
        """Search everybody; what was found before stays until that is done."""
        if self._stop is None:
            self._of = ""
            self._stop = threading.Event()
            self._began = time.monotonic()
            self._show_progress(SearchProgress(0, 1))
            tasks.start(self._search(self._stop), owner=self)
            self._refresh()

    def cancel_search(self) -> None:
        """Stop a search; what an earlier one found still stands."""
        if self._stop is not None:
            self._stop.set()

    async def _search(self, stop: threading.Event) -> None:
        try:
            await tasks.in_thread(self._desk.search_duplicates(self._stepped.emit, stop))
        finally:
            stop.set()
            self._stop = None
            self.progress.setVisible(False)
        self._stale = True
        self._read_stale()
        self._refresh()

    def _show_progress(self, step: object) -> None:
        if not isinstance(step, SearchProgress) or self._stop is None:
            return
        share = step.done / step.total
        left = ""
        if share > 0.05:
            left_s = round((time.monotonic() - self._began) * (1 - share) / share)
            left = tr("about %(left)d s left", left=left_s)
        words = trn("Searching: %(n)d pair so far", "Searching: %(n)d pairs so far", step.found)
        self.progress.show_progress(words, share, left)

    # --- Beneath ------------------------------------------------------------------------------

    def _refresh(self) -> None:
        for spec in (MERGE_PAIR, TWO_PEOPLE, LATER, SEARCH_ALL, LEAVE):
            self._actions.refresh(spec.id)

    def _follow_theme(self, theme: Theme) -> None:
        narrowest, usual = (theme.px(width) for width in _LIST_WIDTH)
        self._listing.setMinimumWidth(narrowest)
        self.splitter.setSizes([usual, usual * 2])
        side = theme.px(Space.L)
        self._top.setContentsMargins(side, side, side, theme.px(Space.M))
        self._top.setSpacing(theme.px(Space.M))
        self._buttons.setSpacing(theme.px(Space.S))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._read_stale()
        self._refresh()


def _row(pair: PossiblePair) -> SyncRow:
    one, other = (shown_name(who) for who in (pair.one, pair.other))
    certainty = certainty_words(pair.bits)
    return SyncRow(
        key="/".join(pair.ids),
        title=tr("%(one)s and %(other)s", one=one, other=other),
        item=pair,
        detail=reasons((said.trait, said.level, said.bits) for said in pair.said),
        word=tr("later") if pair.put_off else certainty,
        glyph=Icon.PEOPLE,
        tone=Tone.INFO if pair.bits >= SURE and not pair.put_off else Tone.NEUTRAL,
    )
