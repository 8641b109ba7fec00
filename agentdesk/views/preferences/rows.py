"""Rows of Preferences: words at the left, a control or a fact at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from agentdesk.i18n import tr
from agentdesk.settings import Choice, Preferences, Setting, SettingKind
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.choices import Segmented, Toggle
from agentdesk.ui.widgets.fields import ComboBox
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label, Paragraph

_MOST_SEGMENTS = 3
_WORDS_SHARE, _CONTROL_SHARE = 1, 1


class Row(QWidget):
    """Words with a quiet explanation at the left, `control` at the right."""

    def __init__(
        self, themes: ThemeSwitch, words: str, control: QWidget, explanation: str = ""
    ) -> None:
        super().__init__()
        self._line = row(self)
        texts = column()
        texts.addStretch(1)
        texts.addWidget(Paragraph(themes, words))
        if explanation:
            texts.addWidget(Paragraph(themes, explanation, TextRole.QUIET))
        texts.addStretch(1)
        self._line.addLayout(texts, _WORDS_SHARE)
        self._held = row()
        self._held.addWidget(control)
        if not isinstance(control, Paragraph | QLineEdit):
            self._held.addStretch(1)
        self._line.addLayout(self._held, _CONTROL_SHARE)
        control.setAccessibleName(words)
        control.setAccessibleDescription(explanation)
        self.setFocusProxy(control)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._line.setContentsMargins(side, theme.px(Space.M), side, theme.px(Space.M))
        self._line.setSpacing(theme.px(Space.XL))


class FactRow(Row):
    """Something that is only read, such as where the data lies."""

    def __init__(self, themes: ThemeSwitch, words: str) -> None:
        self.value = Paragraph(themes)
        super().__init__(themes, words, self.value)

    def show_value(self, value: str) -> None:
        """Show the fact in words."""
        self.value.set_text(value)
        self.value.setAccessibleDescription(value)


class Stepper(QWidget):
    """A number between − and +; arrows, Page and Home keys of the buttons are theirs."""

    stepped = Signal(int)
    """The person wants this value."""

    def __init__(self, themes: ThemeSwitch, setting: Setting[int]) -> None:
        super().__init__()
        self._setting = setting
        self._number = setting.default
        self._layout = row(self)
        self.less = Button(themes, "−")
        self.more = Button(themes, "+")
        self.usual = Button(themes, tr("Usual"))
        self.value = Label(themes, "", tabular=True)
        self.value.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.less, self.value, self.more, self.usual):
            self._layout.addWidget(widget)
        words = tr(setting.label)
        self.less.setAccessibleName(tr("%(what)s: less", what=words))
        self.more.setAccessibleName(tr("%(what)s: more", what=words))
        self.usual.setAccessibleName(tr("%(what)s: as usual", what=words))
        self.less.clicked.connect(lambda: self.stepped.emit(self._number - setting.step))
        self.more.clicked.connect(lambda: self.stepped.emit(self._number + setting.step))
        self.usual.clicked.connect(lambda: self.stepped.emit(setting.default))
        self.setFocusProxy(self.more)
        themes.follow(self._restyle)

    def show_number(self, number: int) -> None:
        """Show the value in force; a button that leads nowhere is disabled."""
        self._number = number
        self.value.setText(f"{number}\N{NO-BREAK SPACE}{self._setting.unit}")
        self.less.setEnabled(number > self._setting.low)
        self.more.setEnabled(number < self._setting.high)
        self.usual.setEnabled(number != self._setting.default)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.S))
        self.value.setMinimumWidth(theme.px(56))


class SettingRow(Row):
    """A setting as its declaration wants it: alternatives, a list, a switch or a stepper.

    A change works at once and is kept; changes made elsewhere are shown.
    """

    def __init__(
        self, themes: ThemeSwitch, preferences: Preferences, setting: Setting[object]
    ) -> None:
        self._preferences = preferences
        self.setting = setting
        self.control = self._make(themes)
        self.control.setObjectName(f"setting_{setting.key}")
        super().__init__(themes, tr(setting.label), self.control, tr(setting.help))
        self._show(preferences.get(setting))
        self.destroyed.connect(preferences.on_change(self._follow))

    def _make(self, themes: ThemeSwitch) -> QWidget:
        setting = self.setting
        match setting.kind:
            case SettingKind.TRUTH:
                toggle = Toggle(themes, "")
                toggle.clicked.connect(self._set)
                return toggle
            case SettingKind.TEXT:
                line = QLineEdit()
                line.setMaxLength(setting.high)
                line.editingFinished.connect(lambda: self._set_text(line))
                return line
            case SettingKind.NUMBER:
                stepper = Stepper(themes, setting)  # type: ignore[arg-type] # the kind says so
                stepper.stepped.connect(self._set)
                return stepper
            case _:
                return self._make_choice(themes)

    def _make_choice(self, themes: ThemeSwitch) -> QWidget:
        pairs = [(choice.value, _words(choice)) for choice in self.setting.choices]
        if len(pairs) <= _MOST_SEGMENTS:
            segments = Segmented(themes, tr(self.setting.label), pairs)
            segments.chosen.connect(self._set)
            return segments
        box = ComboBox(themes)
        for value, words in pairs:
            box.addItem(words, value)
        box.activated.connect(lambda _at: self._set(box.currentData()))
        return box

    def _set_text(self, line: QLineEdit) -> None:
        """Keep what was typed, once the keyboard leaves or Enter is pressed."""
        text = line.text().strip()
        if self.setting.allows(text):
            self._set(text)
        else:
            self._show(self._preferences.get(self.setting))

    def _set(self, value: object) -> None:
        self._preferences.set(self.setting, value)

    def _follow(self, key: str, value: object) -> None:
        if key == self.setting.key:
            self._show(value)

    def _show(self, value: object) -> None:
        control = self.control
        if isinstance(control, Toggle):
            control.setChecked(bool(value))
        elif isinstance(control, Stepper) and isinstance(value, int):
            control.show_number(value)
        elif isinstance(control, Segmented):
            control.set_value(str(value))
        elif isinstance(control, QLineEdit):
            control.setText(str(value))
        elif isinstance(control, ComboBox):
            control.setCurrentIndex(control.findData(value))


def _words(choice: Choice) -> str:
    return choice.label if choice.as_is else tr(choice.label)
