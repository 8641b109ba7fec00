"""Wrapping a call up: five fields in the order one thinks, saved by Ctrl+Enter, left by Escape."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, QEasingCurve, QEvent, QObject, QPropertyAnimation, QRect, Qt
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDateTimeEdit,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from agentdesk.domain.entities import Channel, Disposition, Mood
from agentdesk.domain.labels import label
from agentdesk.i18n import mark, tr
from agentdesk.ui.actions import ActionContext, ActionSpec
from agentdesk.ui.tab_order import lead_through
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.fields import ComboBox, InlineError
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import Label
from agentdesk.views.desk import due_times
from agentdesk.views.desk.call_session import WrapUpDraft
from agentdesk.views.desk.chip_choice import ChipChoice

_DISPOSITIONS = (
    Disposition.SOLVED,
    Disposition.INFORMED,
    Disposition.FOLLOW_UP,
    Disposition.PASSED_ON,
    Disposition.NO_ANSWER,
    Disposition.WRONG_NUMBER,
)
_HINT_UP_TO = 1.5
_CHANNELS = (Channel.CALL, Channel.EMAIL, Channel.SMS, Channel.CHAT, Channel.POST)
_MOST_SUMMARY = 240
_CAPTION_WIDTH = 96

WRAP_UP = ActionContext("wrap-up", mark("Wrap-up"))
SAVE = ActionSpec("wrap-up.save", mark("Save the call"), "Ctrl+Return", WRAP_UP, "check")
LEAVE = ActionSpec("wrap-up.leave", mark("Back to the call"), "Escape", WRAP_UP, "back")
ACTIONS = (SAVE, LEAVE)


class WrapUpPanel(Panel):
    """Lies over the note box while it is open; what stands in it is kept when it is left."""

    save_wanted = QtSignal()
    left = QtSignal()

    def __init__(self, themes: ThemeSwitch, parent: QWidget) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._themes = themes
        self._host = parent
        self.setObjectName("wrap_up")
        self.hide()
        self.disposition = ChipChoice(
            themes, tr("How it ended"), [(d.value, label(d), None) for d in _DISPOSITIONS]
        )
        self.summary = QLineEdit()
        self.summary.setMaxLength(_MOST_SUMMARY)
        self.mood = ChipChoice(themes, tr("Mood"), [(m.value, label(m), None) for m in Mood])
        self.promise = QLineEdit()
        self.due = ChipChoice(
            themes,
            tr("By when"),
            [(key, tr(words), None) for key, words in due_times.CHOICES],
            required=True,
        )
        self.due_at = QDateTimeEdit()
        self.due_at.setCalendarPopup(True)
        self.channel = ComboBox(themes)
        self.next_step = QLineEdit()
        self.save = Button(themes, tr("Save the call"), ButtonKind.PRIMARY)
        self.back = Button(themes, tr("Back to the call"))
        self.error = InlineError(themes)
        self._captions: list[Label] = []
        self._rows: list[QHBoxLayout] = []
        self._promise_line = row()
        self._buttons = row()
        self._hint = KeyHint(themes, SAVE.shortcut)
        self._inside = Panel(themes, Ground.SURFACE)
        self._fields = Panel(themes, Ground.SURFACE)
        self._scroll = QScrollArea()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._fields)
        self._name_fields()
        self._build(themes)
        self._slide = QPropertyAnimation(self, b"geometry", self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        parent.installEventFilter(self)
        self.promise.textChanged.connect(self._enable_promise)
        self.due.chosen.connect(self._due_chosen)
        self.save.clicked.connect(self.save_wanted)
        self.back.clicked.connect(self.left)
        themes.follow(self._lay_out)

    def _name_fields(self) -> None:
        for name, widget, words in (
            ("disposition", self.disposition, tr("How it ended")),
            ("summary", self.summary, tr("Summary in one line")),
            ("mood", self.mood, tr("Mood")),
            ("promise", self.promise, tr("What was promised")),
            ("due", self.due, tr("By when")),
            ("due_at", self.due_at, tr("Date and time")),
            ("channel", self.channel, tr("Promised on which channel")),
            ("next_step", self.next_step, tr("Next step")),
            ("save_call", self.save, tr("Save the call")),
            ("back_to_call", self.back, tr("Back to the call")),
        ):
            widget.setObjectName(name)
            widget.setAccessibleName(words)
        self.summary.setPlaceholderText(tr("What it was about, in one line"))
        self.promise.setPlaceholderText(tr("Nothing promised"))
        self.next_step.setPlaceholderText(tr("Who does what now"))
        for channel in _CHANNELS:
            self.channel.addItem(label(channel), channel.value)

    def _build(self, themes: ThemeSwitch) -> None:
        self._promise_line.addWidget(self.due, 1)
        self._promise_line.addWidget(self.due_at)
        self._promise_line.addWidget(self.channel)
        for caption, field in (
            (tr("How it ended"), self.disposition),
            (tr("Summary"), self.summary),
            (tr("Mood"), self.mood),
            (tr("Promise"), self.promise),
            ("", self._promise_line),
            (tr("Next step"), self.next_step),
        ):
            self._add_row(caption, field)
        self._buttons.addWidget(self.error, 1)
        self._buttons.addStretch(1)
        self._buttons.addWidget(self.back)
        self._buttons.addWidget(self._hint)
        self._buttons.addWidget(self.save)
        self._inside.body.addWidget(self._scroll, 1)
        self._inside.body.addLayout(self._buttons)
        self.body.addWidget(Hairline(themes))
        self.body.addWidget(self._inside)
        self.thinking_order: tuple[QWidget, ...] = (
            self.disposition,
            self.summary,
            self.mood,
            self.promise,
            self.due,
            self.due_at,
            self.channel,
            self.next_step,
            self.save,
            self.back,
        )
        lead_through(self.thinking_order)

    def _add_row(self, caption: str, field: QWidget | QHBoxLayout) -> None:
        words = Label(self._themes, caption, TextRole.CAPTION)
        self._captions.append(words)
        line = row()
        line.addWidget(words, 0, Qt.AlignmentFlag.AlignTop)
        if isinstance(field, QWidget):
            line.addWidget(field, 1)
        else:
            line.addLayout(field, 1)
        self._rows.append(line)
        self._fields.body.addLayout(line)

    # --- Opening and leaving --------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    def open_with(self, fields: WrapUpDraft) -> None:
        """Slide in with what was filled in before; the keyboard goes to the first field."""
        here = datetime.now().astimezone()
        for key, _words in due_times.CHOICES:
            self.due.chip(key).setVisible(due_times.is_offered(key, here))
        self.disposition.set_value(fields.disposition or "")
        self.summary.setText(fields.summary)
        self.mood.set_value(fields.mood or "")
        self.promise.setText(fields.promise)
        self.due.set_value(fields.due_choice or due_times.TOMORROW)
        due = fields.due_at or due_times.due_at(self.due.value, here)
        self.due_at.setDateTime(_to_qt(due))
        self.channel.setCurrentIndex(max(self.channel.findData(fields.channel.value), 0))
        self.next_step.setText(fields.next_step)
        self.error.say("")
        self._enable_promise(fields.promise)
        self._slide_in()
        self.take_keyboard()

    def take_keyboard(self) -> None:
        """Go to the first field."""
        self.disposition.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.verticalScrollBar().setValue(0)

    def take_fields(self) -> WrapUpDraft:
        """Return what stands in the fields now."""
        here = datetime.now().astimezone()
        choice = self.due.value
        other = choice == due_times.OTHER
        return WrapUpDraft(
            disposition=Disposition(self.disposition.value) if self.disposition.value else None,
            summary=self.summary.text(),
            mood=Mood(self.mood.value) if self.mood.value else None,
            promise=self.promise.text(),
            due_at=_from_qt(self.due_at.dateTime()) if other else due_times.due_at(choice, here),
            due_choice=choice,
            channel=Channel(self.channel.currentData()),
            next_step=self.next_step.text(),
        )

    def leave(self) -> None:
        """Slide out of the way at once."""
        self._slide.stop()
        self.hide()

    def _enable_promise(self, text: str) -> None:
        there = bool(text.strip())
        for field in (self.due, self.due_at, self.channel):
            field.setEnabled(there)
        self._due_chosen(self.due.value)

    def _due_chosen(self, choice: str) -> None:
        self.due_at.setVisible(choice == due_times.OTHER)

    # --- Where it lies --------------------------------------------------------------------------

    def _place(self) -> QRect:
        area = self._host.rect()
        layout = self.layout()
        if layout is not None:
            layout.activate()
        height = min(self._fitting_height(area.width()), area.height())
        return QRect(0, area.height() - height, area.width(), height)

    def _fitting_height(self, width: int) -> int:
        """Return the height at which no field has to be scrolled to, in px."""
        margins = self._inside.body.contentsMargins()
        room = width - margins.left() - margins.right()
        fields = self._fields.body
        needed = fields.heightForWidth(room)
        around = self._buttons.sizeHint().height() + self._inside.body.spacing() + 1
        around += margins.top() + margins.bottom()
        return (needed if needed > 0 else fields.sizeHint().height()) + around

    def _slide_in(self) -> None:
        was_open = self.is_open
        if not was_open:
            # Only what is shown can tell how high it needs to be; it is shown out of sight first.
            self.setGeometry(self._host.rect().translated(0, self._host.height()))
            self.show()
        place = self._place()
        self.raise_()
        fade_ms = self._themes.theme.fade_ms
        if not fade_ms or was_open:
            self.setGeometry(place)
            return
        below = place.translated(0, place.height() // 3)
        self.setGeometry(below)
        self._slide.setDuration(fade_ms)
        self._slide.setStartValue(below)
        self._slide.setEndValue(place)
        self._slide.start()

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._inside.body.setContentsMargins(side, theme.px(Space.M), side, theme.px(Space.M))
        self._inside.body.setSpacing(theme.px(Space.S))
        self._fields.body.setSpacing(theme.px(Space.S))
        # The button says less than the words on it, where there is no room for both.
        self._hint.setVisible(theme.text_scale <= _HINT_UP_TO)
        self._promise_line.setSpacing(theme.px(Space.S))
        for words, line in zip(self._captions, self._rows, strict=True):
            words.setFixedSize(theme.px(_CAPTION_WIDTH), theme.px(Size.CONTROL))
            line.setSpacing(theme.px(Space.S))
        self._buttons.setSpacing(theme.px(Space.S))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize and self.is_open:
            self._slide.stop()
            self.setGeometry(self._place())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on to the next field; it never saves by accident."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextChild()
            now_at = QApplication.focusWidget()
            if now_at is not None and self._fields.isAncestorOf(now_at):
                self._scroll.ensureWidgetVisible(now_at)
            return
        super().keyPressEvent(event)


def _to_qt(moment: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))


def _from_qt(moment: QDateTime) -> datetime:
    return datetime.fromtimestamp(moment.toSecsSinceEpoch(), UTC)
