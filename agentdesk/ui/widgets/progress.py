"""Long work: what is being done, how far it is, how long it still takes, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.meter import Bar
from agentdesk.ui.widgets.text import ElidedLabel, Label


class ProgressStrip(QWidget):
    """Words, a bar, and Cancel; hidden until `show_progress`."""

    cancelled = Signal()
    """The person wants the work to stop."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = row(self)
        self._words = ElidedLabel(themes)
        self._left = Label(themes, "", TextRole.QUIET, tabular=True)
        self._bar = Bar(themes)
        self._texts = row()
        self._texts.addWidget(self._words, 1)
        self._texts.addWidget(self._left)
        self._body = column()
        self._body.addLayout(self._texts)
        self._body.addWidget(self._bar)
        self.cancel = Button(themes, tr("Cancel"), ButtonKind.SECONDARY)
        self.cancel.clicked.connect(self.cancelled)
        self._line.addLayout(self._body, 1)
        self._line.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setVisible(False)
        themes.follow(self._restyle)

    def show_progress(self, words: str, share: float, time_left: str = "") -> None:
        """Show `words` ("Importing 1,200 of 9,000"), `share` 0..1, and the time left in words."""
        self._words.set_full_text(words)
        self._left.setText(time_left)
        self._bar.set_share(share)
        self.setAccessibleName(f"{words}. {time_left}" if time_left else words)
        self.setVisible(True)

    def _restyle(self, theme: Theme) -> None:
        self._line.setContentsMargins(
            theme.px(Space.M), theme.px(Space.S), theme.px(Space.M), theme.px(Space.S)
        )
        self._line.setSpacing(theme.px(Space.L))
        self._body.setSpacing(theme.px(6))
        self._texts.setSpacing(theme.px(Space.M))
