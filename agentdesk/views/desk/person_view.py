"""One person on the Desk: card, timeline with the note box under it, playbook; fits the width."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.settings import DESK_COLUMNS, DESK_NOTE_HEIGHT, Preferences
from agentdesk.ui.notices import Notices
from agentdesk.ui.tab_order import lead_through
from agentdesk.ui.theme import Size, Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.choices import Segmented
from agentdesk.ui.widgets.frames import Ground, HairlineSplitter, Panel, column
from agentdesk.ui.widgets.text import Label, Paragraph
from agentdesk.views.desk.card_panel import CardPanel
from agentdesk.views.desk.note_box import NoteBox
from agentdesk.views.desk.playbook_panel import PlaybookPanel
from agentdesk.views.desk.timeline_panel import TimelinePanel
from agentdesk.views.desk.unknown_card import UnknownCard
from agentdesk.views.desk.wrap_up import WrapUpPanel

_PLAYBOOK_IS_A_TAB_BELOW = 1200
_CARD_IS_SHORT_BELOW = 1000
_CARD_WIDTH, _PLAYBOOK_WIDTH = (320, 360), (290, 330)
_CENTRE_LEAST = 340
_NOTE_HEIGHT = 176


class PersonView(QWidget):
    """Three columns; below 1200 px the playbook is a tab, below 1000 the card is short.

    The widths count at 100 % text size and grow with it.
    """

    def __init__(
        self,
        themes: ThemeSwitch,
        desk: Desk,
        notices: Notices,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._preferences = preferences
        self._tabbed: bool | None = None
        me, region = desk.identity.user.id, desk.region
        self.card = CardPanel(themes, me, region)
        self.unknown = UnknownCard(themes, desk)
        self.timeline = TimelinePanel(themes, desk, notices)
        self.playbook = PlaybookPanel(themes, desk.identity)
        self.note = NoteBox(themes)
        self._cards = QStackedWidget()
        self._cards.addWidget(self.card)
        self._cards.addWidget(self.unknown)
        self._centre = QWidget()
        self.wrap_up = WrapUpPanel(themes, self._centre)
        self._tabs = Segmented(
            themes,
            tr("What is shown"),
            [("timeline", tr("Timeline")), ("playbook", tr("Playbook"))],
        )
        self._tabs.setObjectName("desk_tabs")
        self._tab_bar = Panel(themes, Ground.SURFACE, padding=Space.S)
        self._tab_bar.body.addWidget(self._tabs)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.timeline)
        self._notes = HairlineSplitter(Qt.Orientation.Vertical)
        self._columns = HairlineSplitter()
        self._build()
        self.note.chips.setParent(self._centre)
        self.note.chips_offered.connect(self._place_chips)
        self._tabs.chosen.connect(self._show_tab)
        self._columns.splitterMoved.connect(self._remember)
        self._notes.splitterMoved.connect(self._remember)
        themes.follow(self._lay_out)

    def _build(self) -> None:
        self._notes.addWidget(self._middle)
        self._notes.addWidget(self.note)
        self._notes.setStretchFactor(0, 1)
        self._notes.setStretchFactor(1, 0)
        centre = column(self._centre)
        centre.addWidget(self._tab_bar)
        centre.addWidget(self._notes, 1)
        self._columns.addWidget(self._cards)
        self._columns.addWidget(self._centre)
        self._columns.addWidget(self.playbook)
        for index, stretch in enumerate((0, 1, 0)):
            self._columns.setStretchFactor(index, stretch)
        column(self).addWidget(self._columns)

    # --- What is shown --------------------------------------------------------------------------

    def show_known(self) -> None:
        """Show the card of somebody known."""
        self._cards.setCurrentWidget(self.card)

    def show_unknown(self) -> None:
        """Show the empty card; there is no timeline and no playbook to go with it."""
        self._cards.setCurrentWidget(self.unknown)

    @property
    def is_unknown(self) -> bool:
        """Whether the card is that of somebody nobody knows yet."""
        return self._cards.currentWidget() is self.unknown

    @property
    def playbook_is_tab(self) -> bool:
        return bool(self._tabbed)

    def show_tab(self, name: str) -> None:
        """Show "timeline" or "playbook", where they share their place."""
        self._tabs.set_value(name)
        self._show_tab(name)

    def _show_tab(self, name: str) -> None:
        if self._tabbed:
            wanted = self.playbook if name == "playbook" else self.timeline
            self._middle.setCurrentWidget(wanted)

    def _set_tabbed(self, tabbed: bool) -> None:
        if tabbed == self._tabbed:
            return
        self._tabbed = tabbed
        self._tab_bar.setVisible(tabbed)
        if tabbed:
            self._middle.addWidget(self.playbook)
            self._show_tab(self._tabs.value)
        else:
            self._middle.setCurrentWidget(self.timeline)
            self._columns.addWidget(self.playbook)
            self._columns.setStretchFactor(2, 0)
            self.playbook.show()
        # Qt dresses what it moves anew, and gives it the font that it had when it was dressed last.
        for part in self.playbook.findChildren(QWidget):
            if isinstance(part, Label | Paragraph):
                part.take_font()
        self._restore()

    def _place_chips(self) -> None:
        """Let the chips of facts stand right over the note box."""
        top = self.note.mapTo(self._centre, QPoint(0, 0)).y()
        self.note.chips.stand_over(QRect(0, 0, self._centre.width(), top))

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802 - Qt's names
        """Lead from column to column; rows are made as they are needed, so just before a step."""
        lead_through(
            (
                *(self._cards, self._tab_bar, self.timeline, self.note),
                *(*self.wrap_up.thinking_order, self.playbook),
            )
        )
        return super().focusNextPrevChild(next)

    # --- Width ----------------------------------------------------------------------------------

    def _fit(self) -> None:
        theme = self._themes.theme
        whole = self.width() + theme.px(Size.RAIL)
        self._set_tabbed(whole < theme.px(_PLAYBOOK_IS_A_TAB_BELOW))
        self.card.set_short(whole < theme.px(_CARD_IS_SHORT_BELOW))

    def _restore(self) -> None:
        """Give the columns the widths they had, or those of the design."""
        theme = self._themes.theme
        kept = self._preferences.get(DESK_COLUMNS)
        card, playbook = theme.px(_CARD_WIDTH[1]), theme.px(_PLAYBOOK_WIDTH[1])
        if isinstance(kept, list) and len(kept) == 2 and all(isinstance(n, int) for n in kept):
            card, playbook = kept
        room = max(self.width(), 600)
        if self._tabbed:
            self._columns.setSizes([card, room - card])
        else:
            self._columns.setSizes([card, room - card - playbook, playbook])
        note = self._preferences.get(DESK_NOTE_HEIGHT)
        height = note if isinstance(note, int) else theme.px(_NOTE_HEIGHT)
        self._notes.setSizes([max(self.height() - height, 200), height])

    def _remember(self) -> None:
        sizes = self._columns.sizes()
        if not self._tabbed and len(sizes) == 3:
            self._preferences.set(DESK_COLUMNS, [sizes[0], sizes[2]])
        self._preferences.set(DESK_NOTE_HEIGHT, self._notes.sizes()[1])

    def _lay_out(self, theme: Theme) -> None:
        self._cards.setMinimumWidth(theme.px(_CARD_WIDTH[0] - 60))
        self.playbook.setMinimumWidth(theme.px(_PLAYBOOK_WIDTH[0] - 40))
        self._centre.setMinimumWidth(theme.px(_CENTRE_LEAST))
        self._fit()
        self._restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        first = event.oldSize().width() <= 0
        self._fit()
        self.note.leave_chips(keep_focus=True)
        if first:
            self._restore()
