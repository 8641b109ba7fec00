"""Writing a contested value anew, in place: prefilled, saved with Ctrl+Enter, left with Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QStackedWidget, QWidget

from agentdesk.domain.kinds import KindName
from agentdesk.i18n import tr
from agentdesk.messages import Words
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.fields import ComboBox, InlineError
from agentdesk.ui.widgets.frames import Ground, Panel, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import Paragraph, SectionCaption
from agentdesk.views.customers.fields import FIELDS, Control

_TEXTS = {(KindName.NOTE, "text"), (KindName.FACT, "text"), (KindName.PROMISE, "text")}
_LINES = {(KindName.CONTACT_POINT, "value"), (KindName.CONTACT_POINT, "label")}
_DECLARED = {declared.name: declared for declared in FIELDS}
_TEXT_LINES = 5


def can_be_written(kind: KindName, field: str) -> bool:
    """Tell whether a person can write this field anew; a yes or no has no third value."""
    if (kind, field) in _TEXTS | _LINES:
        return True
    declared = _DECLARED.get(field)
    if kind is not KindName.CUSTOMER or declared is None:
        return False
    return declared.control is Control.TEXT or declared.choices is not None


class Anew(Panel):
    """A field of the right shape under a caption; hidden until `begin`."""

    saved = Signal(str)
    """The person wants this value, as they wrote it."""
    left = Signal()
    """Escape or "Back": what was written is kept until another thing is chosen."""

    def __init__(self, themes: ThemeSwitch, language: str) -> None:
        super().__init__(themes, Ground.RAISED, framed=True, padding=Space.L, gap=Space.S)
        self._language = language
        self._key = self._first = ""
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setObjectName("conflict_text")
        self.line = QLineEdit()
        self.line.setObjectName("conflict_line")
        self.box = ComboBox(themes)
        self.box.setObjectName("conflict_choice")
        self._fields = QStackedWidget()
        self._caption = SectionCaption(themes, "")
        for field in (self.text, self.line, self.box):
            self._fields.addWidget(field)
            field.installEventFilter(self)
        self.save = Button(themes, tr("Save this instead"), ButtonKind.PRIMARY)
        self.back = Button(themes, tr("Back"))
        self.save.clicked.connect(self._save)
        self.back.clicked.connect(self._leave)
        self._foot = row()
        self._foot.addWidget(self.save)
        self._foot.addWidget(KeyHint(themes, "Ctrl+Return"))
        self._foot.addWidget(self.back)
        self._foot.addStretch(1)
        self.error = InlineError(themes)
        hint = Paragraph(themes, tr("It is sent in place of both values."), TextRole.QUIET)
        for part in (self._caption, self._fields, self.error, hint):
            self.body.addWidget(part)
        self.body.addLayout(self._foot)
        self.setVisible(False)
        themes.follow(self._follow_theme)

    @property
    def key(self) -> str:
        """What is being written anew, as it was named to `begin`; "" for nothing."""
        return self._key

    @property
    def is_changed(self) -> bool:
        """Whether something has been typed that is not saved."""
        return not self.isHidden() and self._value() != self._first

    def begin(self, key: str, caption: str, kind: KindName, field: str, value: str) -> None:
        """Offer to write the field `field` of `kind`, which says `value` now.

        What was written for the same `key` before is still there.
        """
        if key != self._key:
            self._key, self._first = key, value
            self._caption.setText(caption)
            self.error.say("")
            self._fill(kind, field, value)
        for widget in (self.text, self.line, self.box):
            widget.setAccessibleName(caption)
        self.setVisible(True)
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_error(self, words: Words) -> None:
        """Say why what was written cannot be saved; it stays."""
        self.error.say(f"{words.what} {words.next_step}".strip())
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Put it away; what was written is gone."""
        self._key = ""
        self.error.say("")
        self.setVisible(False)

    @property
    def _field(self) -> QWidget:
        return self._fields.currentWidget() or self.line

    def _fill(self, kind: KindName, field: str, value: str) -> None:
        declared = _DECLARED.get(field) if kind is KindName.CUSTOMER else None
        if declared is not None and declared.choices is not None:
            self.box.clear()
            for choice, words in declared.choices(self._language):
                self.box.addItem(words, choice)
            self.box.setCurrentIndex(max(self.box.findData(value), 0))
            self._fields.setCurrentWidget(self.box)
        elif (kind, field) in _TEXTS:
            self.text.setPlainText(value)
            self.text.moveCursor(QTextCursor.MoveOperation.End)
            self._fields.setCurrentWidget(self.text)
        else:
            self.line.setText(value)
            self._fields.setCurrentWidget(self.line)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the field that is shown, not as the highest."""
        field = self._field
        theme = self._themes.theme
        if field is self.text:
            height = theme.line_px() * _TEXT_LINES + theme.px(Space.L)
        else:
            height = theme.px(Size.CONTROL)
        self._fields.setFixedHeight(height)

    def _value(self) -> str:
        if self._field is self.box:
            return str(self.box.currentData() or "")
        return self.line.text() if self._field is self.line else self.text.toPlainText()

    def _save(self) -> None:
        self.saved.emit(self._value().strip())

    def _leave(self) -> None:
        self.setVisible(False)
        self.left.emit()

    def _follow_theme(self, theme: Theme) -> None:
        for field in (self.text, self.line, self.box):
            field.setFont(theme.font())
        self._foot.setSpacing(theme.px(Space.S))
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        keys = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
        if isinstance(event, QKeyEvent) and event.type() in keys and self._take_key(event):
            return True
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Save on Ctrl+Enter, leave on Escape; True if the key was one of these."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        saving = ctrl and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not saving and event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif saving:
            self._save()
        else:
            self._leave()
        return True
