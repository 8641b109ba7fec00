"""The call bar: who calls, how they were found, for how long; and who waits meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.domain.entities import Direction
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr, trn
from agentdesk.telephony.events import Step
from agentdesk.ui.actions import Actions, ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.chip import ChoiceChip
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import ElidedLabel, Label
from agentdesk.views import times
from agentdesk.views.desk.call_session import CallSession, CallState

_TICK_MS = 1000
_MOST_WAITING = 3
"""Whatever rings, the caller and the buttons keep their room."""

SOMEONE_ELSE = ActionSpec("call.someone-else", mark("Someone else"), "F6", icon="people")
BEGIN_WRAP_UP = ActionSpec("call.wrap-up", mark("Wrap up"), "F9", icon="check")
MISSED = ActionSpec("call.missed", mark("Mark as missed"), "Ctrl+Shift+M", icon="missed")
SWITCH = ActionSpec("call.switch", mark("Switch to the waiting call"), "F10", icon="phone-in")
BACK_TO_CALLER = ActionSpec("call.caller", mark("Back to the caller"), "F4", icon="back")
ATTACH = ActionSpec(
    "call.attach", mark("Attach the number to somebody"), "Ctrl+Shift+A", icon="link"
)
NEW_CUSTOMER = ActionSpec("call.new-customer", mark("New customer"), "Ctrl+Shift+N", icon="add")
ACTIONS = (
    SOMEONE_ELSE,
    BEGIN_WRAP_UP,
    MISSED,
    SWITCH,
    BACK_TO_CALLER,
    ATTACH,
    NEW_CUSTOMER,
)


def shown_number(session: CallSession) -> str:
    """Return the caller's number as people write it, or that it was withheld."""
    recognition = session.recognition
    if recognition is not None and recognition.facts is not None:
        return for_display(recognition.facts.shown)
    if session.is_withheld:
        return tr("Number withheld")
    return for_display(session.call.number, 60) or tr("Number withheld")


def caller_words(session: CallSession) -> str:
    """Return who calls: the person, else what the network shows, else the number."""
    return (
        for_display(session.customer_name, 80)
        or for_display(session.call.name or "", 80)
        or shown_number(session)
    )


def _told_words(session: CallSession) -> list[str]:
    """Return what the telephone system tells of the call, beside number and line."""
    call, words = session.call, []
    if call.queue:
        words.append(tr("queue %(queue)s", queue=for_display(call.queue, 40)))
    if call.passed_on_by:
        words.append(tr("passed on by %(name)s", name=for_display(call.passed_on_by, 40)))
    return words


def _over_words(session: CallSession) -> str:
    who = for_display(session.has_it or "", 40)
    match session.step:
        case Step.STOPPED if who:
            return tr("taken by %(name)s", name=who)
        case Step.STOPPED:
            return tr("rings here no more")
        case Step.PASSED_ON if who:
            return tr("passed on to %(name)s", name=who)
        case Step.PASSED_ON:
            return tr("passed on")
        case Step.FAILED:
            return tr("not reached")
        case _:
            return tr("call ended")


def waiting_words(session: CallSession) -> str:
    """Return what a waiting call says of itself."""
    who = caller_words(session)
    if session.is_over:
        return tr("%(who)s, call ended: switch to it", who=who)
    return tr("%(who)s waits: switch to it", who=who)


class CallBar(QWidget):
    """Shows one call and those that wait; it never takes the keyboard."""

    switch_wanted = Signal(str)
    """The waiting call with this id is to come to the screen."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._session: CallSession | None = None
        self.setObjectName("call_bar")
        self._line = row(self)
        self._icon = ToneIcon(themes, Icon.PHONE_IN, Tone.ACCENT)
        self.who = ElidedLabel(themes, "", TextRole.SUBJECT)
        self.who.setObjectName("caller")
        self.how = ElidedLabel(themes, "", TextRole.QUIET)
        self.how.setObjectName("how_found")
        self._texts = column()
        self._texts.addStretch(1)
        self._texts.addWidget(self.who)
        self._texts.addWidget(self.how)
        self._texts.addStretch(1)
        self.timer = Label(themes, "", TextRole.SUBJECT, tabular=True)
        self.timer.setObjectName("call_timer")
        self.back = Button(themes, tr("Back to the caller"), glyph=Icon.BACK)
        self.someone_else = Button(themes, tr("Someone else"), glyph=Icon.PEOPLE)
        self.missed = Button(themes, tr("Mark as missed"), ButtonKind.QUIET)
        self.wrap_up = Button(themes, tr("Wrap up"), ButtonKind.PRIMARY)
        self._waiting: list[ChoiceChip] = []
        self._waiting_line = row()
        self.more = Label(themes, "", TextRole.QUIET)
        self.more.setObjectName("more_waiting")
        self.more.hide()
        self._line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        self._line.addLayout(self._texts, 1)
        self._line.addLayout(self._waiting_line)
        self._line.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.back, self.someone_else, self.timer, self.missed, self.wrap_up):
            self._line.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()
        themes.follow(self._restyle)

    def bind(self, actions: Actions) -> None:
        """Let the buttons carry out the actions of the desk."""
        for button, spec in (
            (self.back, BACK_TO_CALLER),
            (self.someone_else, SOMEONE_ELSE),
            (self.missed, MISSED),
            (self.wrap_up, BEGIN_WRAP_UP),
        ):
            button.setObjectName(spec.id.replace(".", "_").replace("-", "_"))
            button.perform(actions.action(spec.id))

    def show_calls(
        self, session: CallSession | None, waiting: Sequence[CallSession], *, away: bool
    ) -> None:
        """Show the current call and those that wait; `away` says another person is on the card."""
        self._session = session
        self.setVisible(session is not None or bool(waiting))
        for widget in (self._icon, self.who, self.how, self.timer, self.missed, self.wrap_up):
            widget.setVisible(session is not None)
        if session is not None and session.answered_at is not None:
            # Nobody has missed a call that was taken.
            self.missed.hide()
        self.back.setVisible(session is not None and away)
        self.someone_else.setVisible(session is not None and len(session.candidates) > 1)
        if session is not None:
            self._show_session(session)
            self._clock.start()
        else:
            self._clock.stop()
        self._show_waiting(waiting)

    def _show_session(self, session: CallSession) -> None:
        outbound = session.call.direction is Direction.OUTBOUND
        wrapping = session.state is CallState.WRAP_UP
        glyph = Icon.PHONE_OUT if outbound else Icon.PHONE_IN
        self.missed.set_words(tr("No answer") if outbound else tr("Mark as missed"))
        self._icon.show_icon(Icon.HANG_UP if wrapping else glyph, Tone.ACCENT)
        self.who.set_full_text(caller_words(session))
        # What has just happened comes first: the end of the line may have no room.
        parts = [_over_words(session)] if session.is_over else []
        if session.customer_id is not None or session.call.name:
            parts.append(shown_number(session))
        if session.recognition is not None and not session.is_withheld:
            parts.append(session.recognition.explanation)
        if session.call.line:
            parts.append(tr("called %(line)s", line=for_display(session.call.line, 60)))
        parts += _told_words(session)
        if wrapping:
            parts.append(tr("wrap-up"))
        self.how.set_full_text(" · ".join(parts))
        self._tick()

    def _show_waiting(self, waiting: Sequence[CallSession]) -> None:
        shown = waiting[:_MOST_WAITING]
        while len(self._waiting) < len(shown):
            chip = ChoiceChip(self._themes, "", glyph=Icon.PHONE_IN, parent=self)
            chip.setObjectName("waiting_call")
            chip.clicked.connect(lambda _on=False, chip=chip: self._switch(chip))
            self._waiting.append(chip)
            self._waiting_line.addWidget(chip)
        for index, chip in enumerate(self._waiting):
            chip.setVisible(index < len(shown))
            if index < len(shown):
                words = waiting_words(shown[index])
                chip.setText(words)
                chip.setAccessibleName(words)
                chip.setProperty("call_id", shown[index].id)
                chip.updateGeometry()
        more = len(waiting) - len(shown)
        self.more.setText(trn("%(n)d more waits", "%(n)d more wait", more) if more else "")
        self.more.setVisible(more > 0)

    def _switch(self, chip: ChoiceChip) -> None:
        self.switch_wanted.emit(str(chip.property("call_id")))

    def _tick(self) -> None:
        if self._session is not None:
            session = self._session
            since = session.answered_at or session.call.rang_at
            gone = (session.ended_at or datetime.now(UTC)) - since
            self.timer.setText(times.duration(int(gone.total_seconds())))

    def _restyle(self, theme: Theme) -> None:
        self.setFixedHeight(theme.px(Size.CALL_BAR))
        self._line.setContentsMargins(theme.px(Space.L), 0, theme.px(Space.L), 0)
        self._line.setSpacing(theme.px(Space.M))
        self._waiting_line.setSpacing(theme.px(Space.XS))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(theme.colours.accent_soft))
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, colour(theme.colours.hairline))
        edge = theme.px(3)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - edge if mirrored else 0
        painter.fillRect(QRectF(left, 0, edge, self.height()), colour(theme.colours.accent))
        painter.end()
