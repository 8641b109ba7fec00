"""People with whom the caller's number is mentioned: perhaps it is one of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr
from agentdesk.services.callers import Mentioned
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.keys import keys_words
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Panel, column
from agentdesk.ui.widgets.text import Paragraph

ATTACH_MAYBE = ActionSpec(
    "call.maybe",
    mark("It is the person mentioned"),
    "Ctrl+Shift+Y",
    icon="check",
    keywords=mark("attach the number to whom a note or an e-mail mentions it with"),
)
FORGET_MAYBE = ActionSpec(
    "call.not-mentioned",
    mark("Not the person mentioned: forget it"),
    "Ctrl+Shift+X",
    icon="close",
    keywords=mark("forget that the number is mentioned with somebody"),
)


class _MaybeRow(Panel):
    """One person: where the number stands, and the two answers."""

    agreed = Signal()
    denied = Signal()

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__(themes, Ground.RAISED, framed=True, padding=Space.M, gap=Space.S)
        self.setObjectName("maybe")
        self.person: Mentioned | None = None
        self._who = Paragraph(themes, "", TextRole.SUBJECT, max_lines=2)
        self._why = Paragraph(themes, "", TextRole.QUIET)
        self.yes = Button(themes, tr("Attach the number"), glyph=Icon.CHECK)
        self.no = Button(themes, tr("Forget"), glyph=Icon.CLOSE)
        self.yes.clicked.connect(self.agreed)
        self.no.clicked.connect(self.denied)
        buttons = Flow(themes, gap=Space.S)
        buttons.add(self.yes)
        buttons.add(self.no)
        for widget in (self._who, self._why, buttons):
            self.body.addWidget(widget)

    def show_person(self, person: Mentioned) -> None:
        """Show whom it may be, and why."""
        self.person = person
        name = for_display(person.name, 80)
        self._who.set_text(tr("Perhaps %(name)s", name=name))
        self._why.set_text(person.explanation)
        self.yes.setAccessibleName(tr("Attach the number to %(name)s", name=name))
        self.no.setAccessibleName(tr("Forget that it is mentioned with %(name)s", name=name))
        self.setAccessibleName(f"{self._who.text}: {person.explanation}")


class MaybeRows(QWidget):
    """The rows, the latest mention first; takes no room without any."""

    agreed = Signal(object)
    """This `Mentioned` calls: the number is theirs."""
    denied = Signal(object)
    """The number is not this `Mentioned`'s."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("maybes")
        self._themes = themes
        self._rows: list[_MaybeRow] = []
        self._column = column(self)
        self.setVisible(False)
        themes.follow(self._restyle)

    @property
    def people(self) -> tuple[Mentioned, ...]:
        """Who is shown."""
        shown = (made for made in self._rows if not made.isHidden())
        return tuple(made.person for made in shown if made.person is not None)

    def show_people(self, people: Sequence[Mentioned]) -> None:
        """Show these, and nobody else."""
        while len(self._rows) < len(people):
            self._add()
        for index, made in enumerate(self._rows):
            made.setVisible(index < len(people))
            if index < len(people):
                made.show_person(people[index])
        self.setVisible(bool(people))

    def _add(self) -> None:
        made = _MaybeRow(self._themes)
        made.agreed.connect(lambda: self.agreed.emit(made.person))
        made.denied.connect(lambda: self.denied.emit(made.person))
        if not self._rows:
            # The keys answer for the first.
            made.yes.setToolTip(keys_words(ATTACH_MAYBE.shortcut))
            made.no.setToolTip(keys_words(FORGET_MAYBE.shortcut))
        self._rows.append(made)
        self._column.addWidget(made)

    def _restyle(self, theme: Theme) -> None:
        self._column.setSpacing(theme.px(Space.S))
