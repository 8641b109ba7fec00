"""The page of shortcuts, over the window: every action with its keys, by where it works."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.actions import Actions
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.frames import column
from agentdesk.views.preferences.shortcuts import ShortcutsTable

_SIZE = (620, 640)


class ShortcutsPage(QDialog):
    """Lists what has a key; opened by F1."""

    def __init__(self, themes: ThemeSwitch, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle(tr("Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._layout = column(self)
        self.table = ShortcutsTable(themes, actions)
        close = Button(themes, tr("Close"))
        close.clicked.connect(self.accept)
        self._layout.addWidget(self.table, 1)
        self._layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTrailing)
        themes.follow(self._lay_out)

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._layout.setContentsMargins(side, side, side, side)
        self._layout.setSpacing(theme.px(Space.M))
        width, height = _SIZE
        self.resize(theme.px(width), theme.px(height))
