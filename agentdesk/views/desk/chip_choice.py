"""A few alternatives as chips: one stop for Tab, arrows and letters move, Space takes back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agentdesk.ui.icons import Icon
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import ChoiceChip
from agentdesk.ui.widgets.flow import Flow

_STEPS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
}


class ChipChoice(Flow):
    """At most one of the chips is pressed; with `required` at least one is, too."""

    chosen = Signal(str)
    """The person chose this value, or "" when the choice was taken back."""

    def __init__(
        self,
        themes: ThemeSwitch,
        name: str,
        choices: Sequence[tuple[str, str, Icon | None]],
        *,
        required: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make chips from (value, words, icon) triples."""
        super().__init__(themes, parent=parent)
        self._required = required
        self._value = ""
        self.setAccessibleName(name)
        self._chips: dict[str, ChoiceChip] = {}
        for value, words, glyph in choices:
            chip = ChoiceChip(themes, words, glyph=glyph, checkable=True, parent=self)
            chip.setObjectName(value)
            chip.setAccessibleName(f"{name}: {words}")
            chip.clicked.connect(lambda _on=False, value=value: self._press(value))
            chip.installEventFilter(self)
            self._chips[value] = chip
            self.add(chip)
        self.set_value("")
        if self._chips:
            self.setFocusProxy(next(iter(self._chips.values())))

    @property
    def value(self) -> str:
        return self._value

    def set_value(self, value: str) -> None:
        """Press the chip of `value`, or none for ""; tells nobody."""
        self._value = value if value in self._chips else ""
        stop = self._value or next(iter(self._chips), "")
        for key, chip in self._chips.items():
            chip.setChecked(key == self._value)
            chip.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if key == stop else Qt.FocusPolicy.ClickFocus
            )
        if stop:
            self.setFocusProxy(self._chips[stop])

    def chip(self, value: str) -> ChoiceChip:
        """Return the chip of a value."""
        return self._chips[value]

    def _press(self, value: str) -> None:
        again = value == self._value
        self._take("" if again and not self._required else value)

    def _take(self, value: str) -> None:
        self.set_value(value)
        self.chosen.emit(self._value)

    def _go(self, value: str) -> None:
        self._take(value)
        self._chips[value].setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            values = [key for key, chip in self._chips.items() if not chip.isHidden()]
            here = next((n for n, key in enumerate(values) if self._chips[key] is watched), 0)
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                first = not self._value
                self._go(values[here if first else (here + step) % len(values)])
                return True
            letter = event.text().casefold()
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
            )
            if letter.isalpha() and plain:
                return self._go_to_letter(values, here, letter)
        return super().eventFilter(watched, event)

    def _go_to_letter(self, values: Sequence[str], here: int, letter: str) -> bool:
        for step in range(0 if not self._value else 1, len(values) + 1):
            value = values[(here + step) % len(values)]
            if self._chips[value].text().casefold().startswith(letter):
                self._go(value)
                break
        return True
