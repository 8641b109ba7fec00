"""The ways to reach somebody as lines of the form: change, add, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from agentdesk.domain.entities import ContactKind, ContactPoint
from agentdesk.domain.labels import label
from agentdesk.errors import Code
from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.fields import InlineError
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label
from agentdesk.views.customers.form_state import ContactLine
from agentdesk.views.desk.card_words import CONTACT_ICONS

_ADDABLE = (ContactKind.PHONE, ContactKind.EMAIL, ContactKind.ADDRESS, ContactKind.HANDLE)


def _add_words(kind: ContactKind) -> str:
    return {
        ContactKind.PHONE: tr("Add number"),
        ContactKind.EMAIL: tr("Add e-mail"),
        ContactKind.ADDRESS: tr("Add address"),
        ContactKind.HANDLE: tr("Add handle"),
    }[kind]


class ContactRow(QWidget):
    """One way to reach somebody: value, label, and a button that removes it."""

    edited = Signal()
    remove_wanted = Signal()

    def __init__(self, themes: ThemeSwitch, line: ContactLine, region: str) -> None:
        super().__init__()
        self._line = line
        self._region = region
        self._layout = column(self)
        self._fields = row()
        self._value = QLineEdit(line.value)
        self._value.setCursorPosition(0)
        self._value.setAccessibleName(label(line.kind))
        self._value.setPlaceholderText(label(line.kind))
        self._value.setObjectName("contact_value")
        self._label = QLineEdit(line.label)
        self._label.setAccessibleName(tr("Label"))
        self._label.setPlaceholderText(tr("Label, such as “work”"))
        self._remove = IconButton(themes, Icon.REMOVE, tr("Remove %(what)s", what=line.value))
        self._changed = Label(themes, tr("changed") if line.point else tr("new"), tone=Tone.ACCENT)
        self._error = InlineError(themes)
        self._fields.addWidget(ToneIcon(themes, CONTACT_ICONS[line.kind], quiet=True))
        self._fields.addWidget(self._value, 3)
        self._fields.addWidget(self._label, 2)
        self._fields.addWidget(self._changed)
        self._fields.addWidget(self._remove)
        self._layout.addLayout(self._fields)
        self._layout.addWidget(self._error)
        self.setFocusProxy(self._value)
        self._value.textEdited.connect(self._take)
        self._label.textEdited.connect(self._take)
        self._value.editingFinished.connect(self.check)
        self._remove.clicked.connect(self.remove_wanted)
        self._mark()
        themes.follow(self._restyle)

    @property
    def line(self) -> ContactLine:
        """What the row holds."""
        return self._line

    def settle(self, point: ContactPoint) -> None:
        """Take over what is kept now; what is being typed over it stays."""
        untouched = not self._line.differs
        self._line.point = point
        if untouched:
            self._line.value, self._line.label = point.value, point.label or ""
            if self._value.text() != point.value:
                self._value.setText(point.value)
            if self._label.text() != self._line.label:
                self._label.setText(self._line.label)
        self._mark()

    def check(self) -> bool:
        """Say what is wrong with the value; True when nothing is."""
        problem = self._line.problem(self._region)
        words = {
            None: "",
            Code.BAD_NUMBER: tr(
                "This is not a telephone number. Check the digits, and add the country code."
            ),
        }.get(problem, tr("Write something here, or remove the line."))
        self._error.say(words)
        return problem is None

    def _take(self) -> None:
        self._line.value, self._line.label = self._value.text(), self._label.text()
        if self._line.problem(self._region) is None:
            self._error.say("")
        self._mark()
        self.edited.emit()

    def _mark(self) -> None:
        self._changed.setText(tr("changed") if self._line.point else tr("new"))
        self._changed.setVisible(self._line.differs)

    def _restyle(self, theme: Theme) -> None:
        self._fields.setSpacing(theme.px(Space.S))
        self._layout.setSpacing(theme.px(2))


class ContactLines(QWidget):
    """All ways to reach one person, and buttons that add one."""

    edited = Signal()
    """Something differs now, or does not any more."""
    remove_wanted = Signal(object)
    """This kept `ContactPoint` is to go."""

    def __init__(self, themes: ThemeSwitch, region: str) -> None:
        super().__init__()
        self._themes = themes
        self._region = region
        self._rows: list[ContactRow] = []
        self._layout = column(self)
        self._list = column()
        self._layout.addLayout(self._list)
        self._adders = Flow(themes, gap=Space.XS)
        for kind in _ADDABLE:
            button = Button(themes, _add_words(kind), ButtonKind.QUIET, glyph=Icon.ADD)
            button.setObjectName(f"add_{kind.value}")
            button.clicked.connect(lambda _checked, chosen=kind: self.add(ContactLine(chosen)))
            self._adders.add(button)
        self._layout.addWidget(self._adders)
        themes.follow(self._restyle)

    @property
    def lines(self) -> tuple[ContactLine, ...]:
        """What the rows hold, kept or new."""
        return tuple(row.line for row in self._rows)

    @property
    def unsaved(self) -> tuple[ContactLine, ...]:
        """Copies of the lines that differ, for a draft."""
        return tuple(replace(line) for line in self.lines if line.differs)

    def show_points(
        self, points: Sequence[ContactPoint], unsaved: Sequence[ContactLine] = ()
    ) -> None:
        """Show what is kept, with the unsaved edits of a draft over it."""
        while self._rows:
            self._drop(self._rows[-1])
        edits = {line.point.id: line for line in unsaved if line.point is not None}
        for point in points:
            line = ContactLine.of(point)
            edit = edits.get(point.id)
            if edit is not None:
                line.value, line.label = edit.value, edit.label
            self._add_row(line)
        for line in unsaved:
            if line.point is None:
                self._add_row(replace(line))

    def keep_up(self, points: Sequence[ContactPoint]) -> None:
        """Take over what changed elsewhere; rows that are being typed in stay as they are."""
        kept = {point.id: point for point in points}
        for row_ in list(self._rows):
            point = row_.line.point
            if point is None:
                continue
            if point.id in kept:
                row_.settle(kept.pop(point.id))
            elif not row_.line.differs:
                self._drop(row_)
        for point in kept.values():
            self._add_row(ContactLine.of(point))

    def add(self, line: ContactLine) -> None:
        """Add a new line and put the keyboard there."""
        self._add_row(line).setFocus()

    def check(self) -> bool:
        """Say at every line what is wrong; True when nothing is."""
        found = [row_.check() for row_ in self._rows]
        return all(found)

    def forget(self, point_id: str) -> None:
        """Take away the line of what was removed, with whatever was typed in it."""
        for row_ in list(self._rows):
            if row_.line.point is not None and row_.line.point.id == point_id:
                self._drop(row_)

    def saved(self, line: ContactLine, point: ContactPoint) -> None:
        """Take over that `line` is kept as `point` now."""
        line.point = point
        for row_ in self._rows:
            if row_.line is line:
                row_.settle(point)

    def _add_row(self, line: ContactLine) -> ContactRow:
        made = ContactRow(self._themes, line, self._region)
        made.edited.connect(self.edited)
        made.remove_wanted.connect(lambda: self._remove(made))
        self._rows.append(made)
        self._list.addWidget(made)
        return made

    def _remove(self, row_: ContactRow) -> None:
        point = row_.line.point
        if point is None:
            self._drop(row_)
            self.edited.emit()
        else:
            self.remove_wanted.emit(point)

    def _drop(self, row_: ContactRow) -> None:
        self._rows.remove(row_)
        self._list.removeWidget(row_)
        row_.hide()
        row_.deleteLater()

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.S))
        self._list.setSpacing(theme.px(Space.S))
        lead = theme.px(Space.S)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._layout.setContentsMargins(0 if mirrored else lead, 0, lead if mirrored else 0, 0)
