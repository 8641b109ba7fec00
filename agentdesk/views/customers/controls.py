"""The form's controls: one way to show and read a value, and a mark on what differs."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.ui.theme import Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.choices import CheckBox
from agentdesk.ui.widgets.fields import ComboBox, LabelledField
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import ElidedLabel
from agentdesk.views.customers.fields import Choices, Control, FormField

_BEFORE_CHARS = 120


class FormControl(QWidget):
    """A field of the form with its caption, hint, error, and what stood there before.

    Values are plain: text, "" for none, or a truth.
    """

    edited = Signal(str, object)
    """The person changed the field of this name to this value."""

    def __init__(self, themes: ThemeSwitch, declared: FormField, choices: Choices = ()) -> None:
        super().__init__()
        self._themes = themes
        self._declared = declared
        self._choices = choices
        self._differs = False
        self._line: QLineEdit | None = None
        self._box: ComboBox | None = None
        self._tick: CheckBox | None = None
        self._labelled: LabelledField | None = None
        self._layout = column(self)
        self._layout.addWidget(self._make())
        self._before = ElidedLabel(themes, "", TextRole.QUIET)
        self._before.setVisible(False)
        self._layout.addWidget(self._before)
        self._layout.addStretch(1)
        self.setFocusProxy(self.inner)
        self.inner.setObjectName(f"field_{declared.name}")
        themes.follow(self._restyle)

    def _make(self) -> QWidget:
        words = tr(self._declared.label)
        if self._declared.control is Control.TRUTH:
            self._tick = CheckBox(self._themes, words)
            self._tick.clicked.connect(self._tell)
            return self._tick
        if self._declared.control is Control.CHOICE:
            self._box = ComboBox(self._themes)
            self._box.setMaxVisibleItems(14)
            self._box.setMinimumContentsLength(8)
            self._box.setSizeAdjustPolicy(
                ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            self._fill(self._choices)
            self._box.activated.connect(self._tell)
            field: QWidget = self._box
        else:
            self._line = QLineEdit()
            self._line.textEdited.connect(self._tell)
            field = self._line
        self._labelled = LabelledField(self._themes, words, field, hint=tr(self._declared.help))
        return self._labelled

    @property
    def inner(self) -> QWidget:
        """The widget that has the keyboard."""
        made = self._line or self._box or self._tick
        assert made is not None  # noqa: S101 - one of the three was made
        return made

    def value(self) -> Any:
        """Return what the control shows."""
        if self._line is not None:
            return self._line.text()
        if self._box is not None:
            return self._box.currentData()
        return bool(self._tick and self._tick.isChecked())

    def show_value(self, value: Any) -> None:
        """Show `value` without telling; one that is no choice joins the choices."""
        if self._line is not None:
            text = "" if value is None else str(value)
            if text != self._line.text():
                self._line.setText(text)
                self._line.setCursorPosition(0)
        elif self._box is not None:
            at = self._box.findData(value or "")
            if at < 0:
                self._box.addItem(for_display(str(value), 80), value)
                at = self._box.count() - 1
            self._box.setCurrentIndex(at)
        elif self._tick is not None:
            self._tick.setChecked(bool(value))

    def offer(self, choices: Choices) -> None:
        """Offer other choices, with the same one chosen."""
        value = self.value()
        self._fill(choices)
        self.show_value(value)

    def words_of(self, value: Any) -> str:
        """Return a value as the person reads it."""
        if self._tick is not None:
            return tr("yes") if value else tr("no")
        if self._box is not None:
            at = self._box.findData(value or "")
            return self._box.itemText(at) if at >= 0 else str(value or "")
        return for_display(str(value or ""), _BEFORE_CHARS)

    def mark(self, *, differs: bool, before: Any) -> None:
        """Show beside the field that it differs, and under it what is kept."""
        self._differs = differs
        words = self.words_of(before)
        self._before.set_full_text(
            tr("Before: %(value)s", value=words) if words else tr("Before: nothing")
        )
        self._before.setVisible(differs)
        self.update()

    def say(self, problem: str) -> None:
        """Say what is wrong with the value; "" when nothing is."""
        if self._labelled is not None and self._labelled.error.text != problem:
            self._labelled.show_error(problem)

    def _fill(self, choices: Choices) -> None:
        if self._box is None:
            return
        self._box.clear()
        for value, words in choices:
            self._box.addItem(words, value)

    def _tell(self) -> None:
        self.edited.emit(self._declared.name, self.value())

    def _restyle(self, theme: Theme) -> None:
        lead = theme.px(Space.S)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._layout.setContentsMargins(0 if mirrored else lead, 0, lead if mirrored else 0, 0)
        self._layout.setSpacing(theme.px(2))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._differs:
            return
        theme = self._themes.theme
        bar = QRectF(
            0,
            theme.px(2),
            theme.px(3),
            self.inner.mapTo(self, self.inner.rect().bottomLeft()).y() - theme.px(2),
        )
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            bar.moveRight(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.colours.accent))
        painter.drawRoundedRect(bar, bar.width() / 2, bar.width() / 2)
        painter.end()
