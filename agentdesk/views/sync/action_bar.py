"""What can be done with the thing that is shown, always in the same place, each with its key."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint


class KeyedButton(QWidget):
    """A button and, beside it, the key that does the same."""

    def __init__(self, themes: ThemeSwitch, button: Button, action: QAction) -> None:
        super().__init__()
        self.button = button
        button.perform(action)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.PortableText)
        self._hint = KeyHint(themes, keys)
        self._line = row(self)
        self._line.addWidget(button)
        self._line.addWidget(self._hint)
        themes.follow(self._follow_theme)

    def _follow_theme(self, theme: Theme) -> None:
        self._line.setSpacing(theme.px(Space.XS))


class ActionBar(Panel):
    """Buttons that wrap when the words are long; it stays while the text above it scrolls."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__(themes, Ground.SURFACE)
        self._themes = themes
        self._inside = Flow(themes, gap=Space.M)
        self._frame = QWidget()
        self._line = row(self._frame)
        self._line.addWidget(self._inside)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._frame)
        themes.follow(self._pad)

    def offer(self, button: Button, action: QAction) -> KeyedButton:
        """Let `button` carry out `action`, at the end of the bar."""
        made = KeyedButton(self._themes, button, action)
        self._inside.add(made)
        return made

    def _pad(self, theme: Theme) -> None:
        side, over = theme.px(Space.XL), theme.px(Space.M)
        self._line.setContentsMargins(side, over, side, over)
