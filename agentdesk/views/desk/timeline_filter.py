"""What the timeline shows: chips for kinds and channels, a department, words to look for."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from agentdesk.domain.entities import Channel
from agentdesk.domain.labels import label
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.services.timeline import Facets, ItemKind, TimelineFilter
from agentdesk.ui.icons import Icon, channel_icon
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import IconButton
from agentdesk.ui.widgets.chip import ChoiceChip
from agentdesk.ui.widgets.fields import SearchField
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import column, row

_PAUSE_MS = 180
_KINDS = {
    ItemKind.NOTE: mark("Notes"),
    ItemKind.PROMISE: mark("Promises"),
    ItemKind.PURCHASE: mark("Purchases"),
}


class TimelineFilterBar(QWidget):
    """Chips say what is left; none pressed shows everything.

    Channels and departments are those of contacts, so pressing one releases the kinds that have
    neither, and the other way round.
    """

    changed = Signal(object)
    """The `TimelineFilter` that the person wants."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._layout = column(self)
        self.search = SearchField(themes, tr("Search this timeline"))
        self.search.setObjectName("timeline_search")
        self.search.dismissed.connect(self.reset)
        self._chips = Flow(themes, gap=Space.XS)
        self._kinds = {kind: self._chip(tr(said), kind.value) for kind, said in _KINDS.items()}
        self._channels: dict[str, ChoiceChip] = {}
        for channel in Channel:
            self._channels[channel.value] = self._chip(label(channel), channel.value)
        self._departments: dict[str, ChoiceChip] = {}
        self.toggle = IconButton(themes, Icon.FILTER, tr("Filter by kind, channel and department"))
        self.toggle.setObjectName("filter_toggle")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._chips.setVisible)
        self._line = row()
        self._line.addWidget(self.search, 1)
        self._line.addWidget(self.toggle)
        self._layout.addLayout(self._line)
        self._layout.addWidget(self._chips)
        self._chips.hide()
        for group in (self._channels, self._kinds):
            for chip in group.values():
                self._chips.add(chip)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self.search.textChanged.connect(self._pause.start)
        themes.follow(self._restyle)

    @property
    def current(self) -> TimelineFilter:
        """The filter as it is set now."""
        channels = frozenset(key for key, chip in self._channels.items() if chip.isChecked())
        departments = frozenset(key for key, chip in self._departments.items() if chip.isChecked())
        kinds = frozenset(kind for kind, chip in self._kinds.items() if chip.isChecked())
        if channels or departments:
            kinds = frozenset({ItemKind.INTERACTION})
        return TimelineFilter(kinds, channels, departments, self.search.text())

    def show_facets(self, facets: Facets) -> None:
        """Offer the channels and departments that occur; nothing is pressed afterwards."""
        self._release([*self._kinds.values(), *self._channels.values()])
        for key, chip in self._channels.items():
            chip.setVisible(key in facets.channels and len(facets.channels) > 1)
        wanted = facets.departments if len(facets.departments) > 1 else ()
        for name in wanted:
            if name not in self._departments:
                self._departments[name] = self._chip(for_display(name, 40), "")
                self._chips.add(self._departments[name])
        for name, chip in self._departments.items():
            chip.setChecked(False)
            chip.setVisible(name in wanted)
        self.toggle.setChecked(False)
        self._pause.stop()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)

    def reset(self) -> None:
        """Show everything again."""
        self._release(
            [*self._kinds.values(), *self._channels.values(), *self._departments.values()]
        )
        self.search.clear()
        self._tell()

    def _chip(self, text: str, glyph: str) -> ChoiceChip:
        icon = channel_icon(glyph) if glyph else None
        chip = ChoiceChip(self._themes, text, glyph=icon, checkable=True, parent=self)
        chip.setObjectName(f"filter_{glyph}" if glyph else "filter_department")
        chip.clicked.connect(lambda: self._pressed(chip))
        return chip

    def _pressed(self, chip: ChoiceChip) -> None:
        if chip.isChecked():
            if chip in self._kinds.values():
                self._release([*self._channels.values(), *self._departments.values()])
            else:
                self._release(list(self._kinds.values()))
        self._tell()

    @staticmethod
    def _release(chips: list[ChoiceChip]) -> None:
        for chip in chips:
            chip.setChecked(False)

    def _tell(self) -> None:
        self._pause.stop()
        self.changed.emit(self.current)

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._layout.setContentsMargins(side, theme.px(Space.S), side, theme.px(Space.S))
        self._layout.setSpacing(theme.px(Space.S))
        self._line.setSpacing(theme.px(Space.S))
