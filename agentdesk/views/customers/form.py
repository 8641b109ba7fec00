"""The customer form itself: sections of fields in two columns, calm, in the order of the eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from agentdesk.domain.entities import ContactPoint
from agentdesk.i18n import tr
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Label
from agentdesk.views.customers.contact_lines import ContactLines
from agentdesk.views.customers.controls import FormControl
from agentdesk.views.customers.fields import FIELDS, Choices, FormSection
from agentdesk.views.customers.form_state import EditorDraft, FormState


class CustomerForm(QWidget):
    """Shows a `FormState` and takes down what is typed; knows nothing of saving."""

    edited = Signal()
    """Something differs now, or does not any more."""
    contact_remove_wanted = Signal(object)
    """This kept `ContactPoint` is to go."""

    def __init__(self, themes: ThemeSwitch, region: str, language: str) -> None:
        super().__init__()
        self._themes = themes
        self._state = FormState({})
        self._controls: dict[str, FormControl] = {}
        self.contacts = ContactLines(themes, region)
        self.contacts.edited.connect(self.edited)
        self.contacts.remove_wanted.connect(self.contact_remove_wanted)
        self._layout = column(self)
        self._grids: list[QGridLayout] = []
        for section in FormSection:
            self._add_section(section, language)
            if section is FormSection.NAME:
                self._caption(tr("Reach"))
                self._layout.addWidget(self.contacts)
        themes.follow(self._follow_theme)

    @property
    def state(self) -> FormState:
        """What is kept and what was typed."""
        return self._state

    def control(self, name: str) -> FormControl:
        """Return the control of a field."""
        return self._controls[name]

    def show_state(self, state: FormState) -> None:
        """Show another customer."""
        self._state = state
        for name, control in self._controls.items():
            control.show_value(state.value(name))
            self._mark(name)

    def keep_up(self, kept: Mapping[str, Any]) -> None:
        """Take over what changed elsewhere; what was typed here stays."""
        for name in self._state.keep_up(kept):
            self._controls[name].show_value(self._state.value(name))
        for name in self._controls:
            self._mark(name)

    def offer_types(self, choices: Choices) -> None:
        """Offer the customer types."""
        self._controls["customer_type"].offer(choices)

    def draft(self) -> EditorDraft | None:
        """Return what is unsaved, None if nothing is."""
        lines = self.contacts.unsaved
        if not self._state.typed and not lines:
            return None
        return EditorDraft(dict(self._state.typed), lines)

    def count(self) -> int:
        """Return how many fields and lines differ."""
        return len(self._state.typed) + len(self.contacts.unsaved)

    def check(self) -> bool:
        """Say at every field what is wrong, and go to the first; True when nothing is."""
        problems = self._state.problems()
        if not str(self._state.value("full_name") or "").strip():
            problems["full_name"] = "empty"
        for name, control in self._controls.items():
            control.say(problem_words(problems.get(name, "")))
        lines_good = self.contacts.check()
        first = next((name for name in self._controls if name in problems), None)
        if first is not None:
            self._controls[first].inner.setFocus(Qt.FocusReason.OtherFocusReason)
        return first is None and lines_good

    def refuse(self, name: str, reason: str) -> bool:
        """Say at a field that the service refused it; False if the form has no such field."""
        control = self._controls.get(name)
        if control is None:
            return False
        control.say(problem_words(reason))
        control.inner.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def show_points(self, points: tuple[ContactPoint, ...], draft: EditorDraft | None) -> None:
        """Show the ways to reach the person, with unsaved edits over them."""
        self.contacts.show_points(points, draft.lines if draft else ())

    def _add_section(self, section: FormSection, language: str) -> None:
        self._caption(tr(section.value))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        for at in (0, 1):
            grid.setColumnStretch(at, 1)
        line, side = 0, 0
        for declared in FIELDS:
            if declared.section is not section:
                continue
            choices = declared.choices(language) if declared.choices else ()
            control = FormControl(self._themes, declared, choices)
            control.edited.connect(self._take)
            self._controls[declared.name] = control
            if declared.wide and side:
                line, side = line + 1, 0
            grid.addWidget(control, line, side, 1, 2 if declared.wide else 1)
            full = declared.wide or side == 1
            line, side = (line + 1, 0) if full else (line, 1)
        self._grids.append(grid)
        self._layout.addLayout(grid)

    def _caption(self, words: str) -> None:
        caption = Label(self._themes, words, TextRole.SUBJECT)
        self._layout.addWidget(caption)

    def _take(self, name: str, value: object) -> None:
        self._state.type_in(name, value)
        self._mark(name)
        self.edited.emit()

    def _mark(self, name: str) -> None:
        control = self._controls[name]
        differs = name in self._state.typed
        control.mark(differs=differs, before=self._state.kept[name])
        control.say(problem_words(self._state.problem(name)))

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))
        for grid in self._grids:
            grid.setHorizontalSpacing(theme.px(Space.S))
            grid.setVerticalSpacing(theme.px(Space.M))


def problem_words(reason: str) -> str:
    """Return what to do about a value that was refused for `reason`; "" for none."""
    if not reason:
        return ""
    return {
        "empty": tr("A name is needed."),
        "not a date": tr("Write it like 1984-03-07, or --03-07 without the year."),
        "too long": tr("This is too long."),
    }.get(reason, tr("This value is not possible here. Choose or write another one."))
