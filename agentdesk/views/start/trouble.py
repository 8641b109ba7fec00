"""A start that failed: what happened, what it means, and the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.ui.notices import Words
from agentdesk.ui.theme import TextRole
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.text import Label, Paragraph
from agentdesk.views.start.card import CardPage


@dataclass(frozen=True)
class WayOn:
    """One way on: `id` comes back with the choice; `text` is a verb; `hint` what it will do."""

    id: str
    text: str
    hint: str = ""
    primary: bool = False
    danger: bool = False


class TroublePage(CardPage):
    """Words of an error and the ways on, the first one chosen by Enter."""

    chosen = Signal(str)
    """The id of the way on that the person took."""

    def __init__(
        self,
        themes: ThemeSwitch,
        words: Words,
        ways: Sequence[WayOn],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, words.what, words.meaning, parent)
        self.setObjectName("trouble_page")
        self._busy = ""
        self.next_step = Paragraph(themes, words.next_step)
        self.next_step.setVisible(bool(words.next_step))
        self.body.addWidget(self.next_step)
        self.buttons: dict[str, Button] = {}
        for way in ways:
            kind = ButtonKind.DANGER if way.danger else ButtonKind.SECONDARY
            button = Button(themes, way.text, ButtonKind.PRIMARY if way.primary else kind)
            button.setObjectName(f"way_{way.id}")
            button.setAccessibleDescription(way.hint)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _checked, chosen=way.id: self.chosen.emit(chosen))
            self.body.addWidget(button)
            if way.hint:
                self.body.addWidget(Paragraph(themes, way.hint, TextRole.QUIET))
            self.buttons[way.id] = button
        code = tr("Code to quote: %(code)s", code=words.code) if words.code else ""
        self.code = Label(themes, code, TextRole.QUIET)
        self.body.addWidget(self.code)

    def set_busy(self, busy: bool) -> None:
        """Lock the ways on while one is being taken."""
        for button in self.buttons.values():
            button.setEnabled(not busy)

    def take_keyboard(self) -> None:
        """Go to the first way on."""
        for button in self.buttons.values():
            button.setFocus()
            return
