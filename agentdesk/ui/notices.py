"""What the window tells by itself: done with Undo, faults in the background, errors of a task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import NOTICE_MS, Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import TONE_ICONS, ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label, Paragraph

_log = logging.getLogger(__name__)

_LAST_LOOK_MS = 2_000
"""A notice that was looked at stays at least so long afterwards."""
_OVER_UNDO_MS = 4_000
"""How long a notice without Undo may cover one that has it."""


class Words(Protocol):
    """What `agentdesk.messages.words_for` returns for an error, in the active language."""

    @property
    def what(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def next_step(self) -> str: ...
    @property
    def code(self) -> str: ...


@dataclass(frozen=True)
class Notice:
    """One sentence for the bar; `undo` takes the thing back."""

    text: str
    undo: Callable[[], object] | None = None
    tone: Tone = Tone.NEUTRAL


class NoticeBar(QWidget):
    """The latest notice, for ten seconds; the time stops while mouse or keyboard is there.

    A notice with Undo is never dropped for another one: it comes back afterwards for the time it
    had left, so that Undo takes back the latest thing first, then the one before it.
    """

    shown = Signal(str)
    """This text is to be read now."""
    closed = Signal()
    """Nothing is left to tell."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._covered: list[tuple[Notice, int]] = []
        self._current: Notice | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._left_ms = NOTICE_MS
        self._timer.timeout.connect(self.dismiss)
        self._line = row(self)
        self._icon = ToneIcon(themes, Icon.GOOD)
        self._words = Paragraph(themes, "", max_lines=2)
        self.undo = Button(themes, tr("Undo"), ButtonKind.QUIET, glyph=Icon.UNDO)
        self.undo.clicked.connect(self.take_back)
        self._close = IconButton(themes, Icon.CLOSE, tr("Close notice"))
        self._close.clicked.connect(self.dismiss)
        self._line.addWidget(self._icon)
        self._line.addWidget(self._words, 1, Qt.AlignmentFlag.AlignVCenter)
        self._line.addWidget(self.undo)
        self._line.addWidget(self._close)
        for widget in (self.undo, self._close):
            widget.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setVisible(False)
        themes.follow(self._restyle)

    @property
    def current(self) -> Notice | None:
        return self._current

    def show_notice(self, notice: Notice) -> None:
        """Show `notice` now; one that offers Undo comes back afterwards."""
        if self._current is not None and self._current.undo is not None:
            self._covered.append((self._current, self._time_left()))
        brief = self._covered and notice.undo is None
        self._show(notice, _OVER_UNDO_MS if brief else NOTICE_MS)

    def take_back(self) -> None:
        """Undo what the bar tells of; a notice without Undo only makes room for one that has it."""
        notice = self._current
        if notice is None:
            return
        if notice.undo is not None:
            self.dismiss()
            notice.undo()
        elif self._covered:
            self.dismiss()

    def dismiss(self) -> None:
        """Go back to the notice that was covered, or away."""
        self._timer.stop()
        self._current = None
        if self._covered:
            self._show(*self._covered.pop())
            return
        self.setVisible(False)
        self.closed.emit()

    def _show(self, notice: Notice, for_ms: int) -> None:
        self._current = notice
        neutral = Icon.GOOD if notice.tone is Tone.NEUTRAL else TONE_ICONS[notice.tone]
        self._icon.show_icon(neutral, notice.tone)
        self._words.set_text(notice.text)
        self.undo.setVisible(notice.undo is not None)
        self.setAccessibleName(notice.text)
        self.setVisible(True)
        self._left_ms = for_ms
        self._timer.stop()
        self._resume()
        self.shown.emit(notice.text)

    def _time_left(self) -> int:
        """Return how long the current notice has still to be seen, in ms."""
        left = self._timer.remainingTime() if self._timer.isActive() else self._left_ms
        return max(left, _LAST_LOOK_MS)

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.M)
        self._line.setContentsMargins(
            side, theme.px(Space.XS), theme.px(Space.S), theme.px(Space.XS)
        )
        self._line.setSpacing(theme.px(Space.S))
        self.update()

    def _pause(self) -> None:
        """Stop the clock; what is left of the time counts on later."""
        if self._timer.isActive():
            self._left_ms = self._time_left()
            self._timer.stop()

    def _resume(self) -> None:
        busy = self.underMouse() or self.undo.hasFocus() or self._close.hasFocus()
        if self._current is not None and not busy and not self._timer.isActive():
            self._timer.start(self._left_ms)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = theme.px(Size.RADIUS_PANEL)
        painter.setPen(colour(theme.colours.edge))
        painter.setBrush(colour(theme.colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._pause()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._resume()

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override] # only widgets are filtered
        if event.type() == QEvent.Type.FocusIn:
            self._pause()
        elif event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self._resume)
        return super().eventFilter(watched, event)


class Banner(QWidget):
    """A fault in the background, over the content: what, what it means, what to do, a code."""

    acted = Signal()
    """The next step was asked for."""
    dismissed = Signal()
    """The person has read it."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = Tone.WARN
        self._line = row(self)
        self._icon = ToneIcon(themes, Icon.WARN, Tone.WARN)
        self._what = Paragraph(themes, "", TextRole.SUBJECT)
        self._rest = Paragraph(themes)
        self._code = Label(themes, "", TextRole.QUIET)
        self._code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = Button(themes, "")
        self.button.clicked.connect(self.acted)
        self._close = IconButton(themes, Icon.CLOSE, tr("Close message"))
        self._close.clicked.connect(self._dismiss)
        self._texts = column()
        for widget in (self._what, self._rest, self._code):
            self._texts.addWidget(widget)
        top = Qt.AlignmentFlag.AlignTop
        self._line.addWidget(self._icon, 0, top)
        self._line.addLayout(self._texts, 1)
        self._line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._line.addWidget(self._close, 0, top)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setVisible(False)
        themes.follow(self._restyle)

    def show_words(self, words: Words, *, tone: Tone = Tone.WARN, action: str = "") -> None:
        """Show `words` until closed; `action` is a verb for the button, none without it."""
        self._tone = tone
        self._icon.show_icon(TONE_ICONS[tone], tone)
        rest = " ".join(part for part in (words.meaning, words.next_step) if part)
        self._what.set_text(words.what)
        self._rest.set_text(rest)
        self._rest.setVisible(bool(rest))
        self._code.setText(tr("Code to quote: %(code)s", code=words.code) if words.code else "")
        self._code.setVisible(bool(words.code))
        self.button.set_words(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(words.what)
        self.setAccessibleDescription(rest)
        self.setVisible(True)
        self.update()

    def _dismiss(self) -> None:
        self.setVisible(False)
        self.dismissed.emit()

    def _restyle(self, theme: Theme) -> None:
        self._line.setContentsMargins(
            theme.px(Space.L), theme.px(Space.S), theme.px(Space.S), theme.px(Space.S)
        )
        self._line.setSpacing(theme.px(Space.S))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        tones = theme.tone(self._tone)
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(tones.ground))
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, colour(tones.edge))
        painter.end()


class Notices:
    """The sink of the window: says what is done, offers Undo, and shows what failed.

    `words_for` turns an error into words (`agentdesk.messages.words_for`). The main window puts
    `bar` at its bottom and `banner` over its content.
    """

    def __init__(self, themes: ThemeSwitch, words_for: Callable[[BaseException], Words]) -> None:
        self.bar = NoticeBar(themes)
        self.banner = Banner(themes)
        self._words_for = words_for

    def say(self, text: str, *, tone: Tone = Tone.NEUTRAL) -> None:
        """Tell that something is done."""
        self.bar.show_notice(Notice(text, tone=tone))

    def offer_undo(self, text: str, undo: Callable[[], object]) -> None:
        """Tell that something is done, and take it back when the person asks within ten seconds."""
        self.bar.show_notice(Notice(text, undo=undo))

    def report(self, error: BaseException) -> None:
        """Log `error` and show it in the banner; the sink of tasks that nobody awaits."""
        words = self._words_for(error)
        _log.error("background fault %s", words.code, exc_info=error)
        self.banner.show_words(words, tone=Tone.DANGER)
