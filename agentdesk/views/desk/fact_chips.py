"""Filing a line as a fact without leaving the keyboard: chips of kinds, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agentdesk.domain.entities import FactKind
from agentdesk.domain.labels import label
from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon, fact_icon
from agentdesk.ui.theme import Space, TextRole
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import ChoiceChip
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Panel
from agentdesk.ui.widgets.text import ElidedLabel

_NUMBERED = 9


class FactChips(Panel):
    """Arrows or a first letter move, 1–9 choose at once, Enter files, Escape goes back.

    0 marks the fact as sensitive, so that it stays hidden until a caller is verified. The chips
    float over what stands above the note box, so that nothing moves for them.
    """

    chosen = Signal(object, bool)
    """File the line as this `FactKind`; whether it is sensitive."""
    left = Signal()
    """The person does not want to file it."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, framed=True, padding=Space.M, parent=parent)
        self._themes = themes
        self.setObjectName("fact_chips")
        self._order: tuple[FactKind, ...] = ()
        self._line = ElidedLabel(themes, "", TextRole.QUIET)
        self._flow = Flow(themes)
        self._chips = {kind: self._chip(themes, kind) for kind in FactKind}
        self.sensitive = ChoiceChip(
            themes, tr("0 Sensitive"), glyph=Icon.LOCK, checkable=True, parent=self
        )
        self.sensitive.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.body.addWidget(self._line)
        self.body.addWidget(self._flow)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def _chip(self, themes: ThemeSwitch, kind: FactKind) -> ChoiceChip:
        chip = ChoiceChip(themes, label(kind), glyph=fact_icon(kind.value), parent=self)
        chip.clicked.connect(lambda: self._file(kind))
        return chip

    @property
    def order(self) -> tuple[FactKind, ...]:
        return self._order

    def offer(self, text: str, kinds: Sequence[FactKind]) -> None:
        """Offer to file `text`; `kinds` come with the likeliest first, which has the keyboard."""
        self._order = tuple(kinds)
        self._line.set_full_text(tr("File “%(text)s” as:", text=text))
        self.sensitive.setChecked(False)
        while self._flow.flow.takeAt(0) is not None:
            pass
        for number, kind in enumerate(self._order, 1):
            chip = self._chips[kind]
            words = label(kind)
            chip.setText(f"{number} {words}" if number <= _NUMBERED else words)
            chip.setAccessibleName(words)
            self._flow.add(chip)
            chip.show()
        self._flow.add(self.sensitive)
        self.sensitive.show()
        self.setVisible(True)
        self._chips[self._order[0]].setFocus(Qt.FocusReason.TabFocusReason)

    def _file(self, kind: FactKind) -> None:
        self.chosen.emit(kind, self.sensitive.isChecked())

    def _current(self) -> int:
        for index, kind in enumerate(self._order):
            if self._chips[kind].hasFocus():
                return index
        return 0

    def _go(self, index: int) -> None:
        kind = self._order[index % len(self._order)]
        self._chips[kind].setFocus(Qt.FocusReason.TabFocusReason)

    def stand_over(self, area: QRect) -> None:
        """Stand at the bottom of `area`, in px of the parent, as high as the chips need."""
        theme = self._themes.theme
        gap = theme.px(Space.S)
        width = area.width() - 2 * gap
        inner = width - 2 * theme.px(Space.M)
        height = self._flow.heightForWidth(inner) + self._line.sizeHint().height()
        height += 2 * theme.px(Space.M) + theme.px(Space.S)
        self.setGeometry(area.left() + gap, area.bottom() - height - gap, width, height)
        self.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, words = Qt.Key(event.key()), event.text()
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._file(self._order[self._current()])
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self._go(self._current() + 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self._go(self._current() - 1)
        elif words == "0":
            self.sensitive.toggle()
        elif words.isdigit() and int(words) <= min(_NUMBERED, len(self._order)):
            self._file(self._order[int(words) - 1])
        elif words.isalpha():
            self._go_to_letter(words)
        else:
            super().keyPressEvent(event)

    def _go_to_letter(self, letter: str) -> None:
        count = len(self._order)
        for step in range(1, count + 1):
            index = (self._current() + step) % count
            if label(self._order[index]).casefold().startswith(letter.casefold()):
                self._go(index)
                return
