"""Three cards side by side, or the first over the other two where it is narrow."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.views.sync.value_card import ValueCard

_ROOM_FOR_THREE = 640
"""Where three columns no longer read well, in px at 100 %, the first goes on top."""


class SideBySide(QWidget):
    """The reading order of the cards is that of the arguments."""

    def __init__(
        self, themes: ThemeSwitch, first: ValueCard, second: ValueCard, third: ValueCard
    ) -> None:
        super().__init__()
        self._themes = themes
        self._cards = (first, second, third)
        self._stacked: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._arrange()
        themes.follow(self._follow_theme)

    @property
    def is_stacked(self) -> bool:
        """Whether the first card stands over the others."""
        return bool(self._stacked)

    def _arrange(self) -> None:
        stacked = 0 < self.width() < self._themes.theme.px(_ROOM_FOR_THREE)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        places = ((0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1))
        for at, card in enumerate(self._cards):
            self._grid.removeWidget(card)
            self._grid.addWidget(card, *(places[at] if stacked else (0, at, 1, 1)))
            self._grid.setColumnStretch(at, 0 if stacked and at == len(places) - 1 else 1)

    def _follow_theme(self, theme: Theme) -> None:
        self._grid.setSpacing(theme.px(Space.M))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
