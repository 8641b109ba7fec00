"""Long work: what is being done, how far it is, how long it still takes, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.meter import Bar
from agentdesk.ui.widgets.text import ElidedLabel, Label


class ProgressStrip(QWidget):
    """Words, a bar, and Cancel; hidden until `show_progress`.

    Work that was cancelled and can go on later is shown by `show_paused`.
    """

    cancelled = Signal()
    """The person wants the work to stop."""
    resumed = Signal()
    """The person wants the work to go on."""

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
        self.resume = Button(themes, tr("Resume"), ButtonKind.SECONDARY)
        self.resume.clicked.connect(self.resumed)
        self.resume.setVisible(False)
        self._line.addLayout(self._body, 1)
        for button in (self.cancel, self.resume):
            self._line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setVisible(False)
        themes.follow(self._restyle)

    def show_progress(self, words: str, share: float, time_left: str = "") -> None:
        """Show `words` ("Importing 1,200 of 9,000"), `share` 0..1, and the time left in words."""
        self._show(words, share, time_left, paused=False)

    def show_paused(self, words: str, share: float) -> None:
        """Show how far the work had come when it was cancelled, with the way to go on."""
        self._show(words, share, "", paused=True)

    def _show(self, words: str, share: float, time_left: str, *, paused: bool) -> None:
        self._words.set_full_text(words)
        self._left.setText(time_left)
        self._bar.set_share(share, Tone.NEUTRAL if paused else Tone.ACCENT)
        self.setAccessibleName(f"{words}. {time_left}" if time_left else words)
        # The keyboard stays where it is when one button takes the other's place.
        held = self.cancel.hasFocus() or self.resume.hasFocus()
        shown, hidden = (self.resume, self.cancel) if paused else (self.cancel, self.resume)
        shown.setVisible(True)
        if held:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)
        hidden.setVisible(False)
        self.setVisible(True)

    def _restyle(self, theme: Theme) -> None:
        self._line.setContentsMargins(
            theme.px(Space.M), theme.px(Space.S), theme.px(Space.M), theme.px(Space.S)
        )
        self._line.setSpacing(theme.px(Space.L))
        self._body.setSpacing(theme.px(6))
        self._texts.setSpacing(theme.px(Space.M))
