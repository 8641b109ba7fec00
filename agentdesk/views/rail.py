"""The rail at the left: the screens, each with its key and what needs attention there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import Ground, Panel
from agentdesk.ui.widgets.rail import RailButton


@dataclass(frozen=True)
class Screen:
    """A screen of the window; `name` is marked for translation."""

    id: str
    name: str
    icon: Icon


class Rail(Panel):
    """One button per screen, in the order given."""

    chosen = Signal(str)
    """The screen with this id is wanted."""

    def __init__(
        self, themes: ThemeSwitch, screens: Sequence[Screen], parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self.setObjectName("rail")
        self.setAccessibleName(tr("Screens"))
        self._buttons: dict[str, RailButton] = {}
        for screen in screens:
            button = RailButton(themes, screen.icon, tr(screen.name), self)
            button.setObjectName(f"rail_{screen.id}")
            button.clicked.connect(lambda _on=False, key=screen.id: self.chosen.emit(key))
            self._buttons[screen.id] = button
            self.body.addWidget(button)
        self.body.addStretch(1)
        themes.follow(self._lay_out)

    def show_screen(self, screen_id: str) -> None:
        """Mark the screen that is open."""
        self._buttons[screen_id].setChecked(True)

    def set_count(self, screen_id: str, count: int) -> None:
        """Show how many things need attention on a screen."""
        if screen_id in self._buttons:
            self._buttons[screen_id].set_count(count)

    def _lay_out(self, theme: Theme) -> None:
        self.body.setContentsMargins(0, theme.px(Space.S), 0, theme.px(Space.S))
        self.body.setSpacing(theme.px(Space.XS))
        widest = max(button.sizeHint().width() for button in self._buttons.values())
        self.setFixedWidth(max(theme.px(Size.RAIL), widest))
