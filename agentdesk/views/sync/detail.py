"""One thing of the queue in full: a conflict side by side, a refused edit, one that waits."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QWidget

from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.errors import AgentDeskError, Code
from agentdesk.i18n import tr
from agentdesk.messages import words_for
from agentdesk.services.conflicts import ContestedField
from agentdesk.services.queue import QueuedEdit
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import Ground, Panel, column, row
from agentdesk.ui.widgets.keyhint import KeyHint
from agentdesk.ui.widgets.text import Paragraph, SectionCaption
from agentdesk.views import times
from agentdesk.views.sync import words
from agentdesk.views.words_panel import WordsPanel


class ValueCard(Panel):
    """One of the values of a contested field: whose it is, the value, by whom and when."""

    def __init__(self, themes: ThemeSwitch, caption: str) -> None:
        super().__init__(themes, Ground.CANVAS, framed=True, padding=Space.L, gap=Space.S)
        self.value = Paragraph(themes, "", TextRole.OPENING)
        self._remark = Paragraph(themes, "", TextRole.QUIET)
        self.body.addWidget(SectionCaption(themes, caption))
        self.body.addWidget(self.value)
        self.body.addWidget(self._remark)
        self.body.addStretch(1)

    def show_value(self, value: str, remark: str = "") -> None:
        """Show a value in words and where it comes from."""
        self.value.set_text(value)
        self._remark.set_text(remark)
        self._remark.setVisible(bool(remark))


class ConflictDetail(QWidget):
    """What stood there, what Central has and what was typed here, side by side."""

    def __init__(self, themes: ThemeSwitch, language: str) -> None:
        super().__init__()
        self._language = language
        self._layout = column(self)
        self._title = Paragraph(themes, "", TextRole.NAME)
        self._why = Paragraph(
            themes,
            tr("Both of you changed the same thing. Central's value stays until you decide."),
            quiet=True,
        )
        self.base = ValueCard(themes, tr("Before"))
        self.theirs = ValueCard(themes, tr("At Central"))
        self.mine = ValueCard(themes, tr("Yours"))
        self.keep_theirs = Button(themes, tr("Keep Central's"))
        self.keep_mine = Button(themes, tr("Keep mine"), ButtonKind.PRIMARY)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        for at, card in enumerate((self.base, self.theirs, self.mine)):
            self._grid.addWidget(card, 0, at)
            self._grid.setColumnStretch(at, 1)
        for at, (button, key) in enumerate(((self.keep_theirs, "1"), (self.keep_mine, "2")), 1):
            line = row(gap=themes.theme.px(Space.S))
            line.addWidget(button, 1)
            line.addWidget(KeyHint(themes, key))
            self._grid.addLayout(line, 1, at)
        self._layout.addWidget(self._title)
        self._layout.addWidget(self._why)
        self._layout.addLayout(self._grid)
        self._layout.addStretch(1)
        themes.follow(self._follow_theme)

    def show_conflict(self, contested: ContestedField) -> None:
        """Show one contested field."""
        field, language = contested.field, self._language
        name = for_display(contested.customer_name or tr("an unknown caller"), 120)
        self._title.set_text(tr("%(field)s of %(name)s", field=words.field_words(field), name=name))
        self.base.show_value(words.value_words(field, contested.base, language))
        by = for_display(contested.their_author or tr("somebody else"), 80)
        remark = tr("by %(author)s", author=by)
        if contested.changed_at is not None:
            when = words.stamp(contested.changed_at, now(), language)
            remark = tr("by %(author)s, %(when)s", author=by, when=when)
        self.theirs.show_value(words.value_words(field, contested.theirs, language), remark)
        self.mine.show_value(
            words.value_words(field, contested.mine, language), tr("typed at this desk")
        )

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))
        self._grid.setHorizontalSpacing(theme.px(Space.M))
        self._grid.setVerticalSpacing(theme.px(Space.M))


class EditDetail(QWidget):
    """An edit that waits or was refused: what it says, why it was refused, what can be done."""

    discarded = Signal(int)
    """The person gives the refused edit with this number up for good."""

    def __init__(self, themes: ThemeSwitch, language: str) -> None:
        super().__init__()
        self._language = language
        self._edit: QueuedEdit | None = None
        self._layout = column(self)
        self._title = Paragraph(themes, "", TextRole.NAME)
        self._when = Paragraph(themes, "", TextRole.QUIET)
        self.reason = WordsPanel(themes)
        self._text = Panel(themes, Ground.CANVAS, framed=True, padding=Space.L)
        self.text = Paragraph(themes)
        self._text.body.addWidget(self.text)
        self._buttons = Flow(themes, gap=Space.S)
        self.open = Button(themes, tr("Open on the Desk"))
        self.copy = Button(themes, tr("Copy text"), glyph=Icon.COPY)
        self.discard = Button(themes, tr("Discard…"), ButtonKind.DANGER)
        for button in (self.open, self.copy, self.discard):
            self._buttons.add(button)
        self._sure = self._build_question(themes)
        for widget in (
            self._title,
            self._when,
            self.reason,
            self._text,
            self._buttons,
            self._sure,
        ):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        themes.follow(self._follow_theme)

    def _build_question(self, themes: ThemeSwitch) -> QWidget:
        question = Panel(themes, Ground.SURFACE, framed=True, padding=Space.L, gap=Space.M)
        line = row(gap=themes.theme.px(Space.S))
        line.addWidget(ToneIcon(themes, Icon.WARN, Tone.DANGER), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(
            Paragraph(themes, tr("What this says exists nowhere else. It cannot be brought back.")),
            1,
        )
        answers = Flow(themes, gap=Space.S)
        self.keep = Button(themes, tr("Keep it"))
        self.discard_for_good = Button(themes, tr("Discard for good"), ButtonKind.DANGER)
        self.discard_for_good.setObjectName("discard_for_good")
        answers.add(self.keep)
        answers.add(self.discard_for_good)
        question.body.addLayout(line)
        question.body.addWidget(answers)
        self.keep.clicked.connect(self._keep)
        self.discard_for_good.clicked.connect(self._tell_discarded)
        question.setVisible(False)
        return question

    def perform(self, open_: QAction, copy: QAction, discard: QAction) -> None:
        """Let the buttons carry these actions out."""
        self.open.perform(open_)
        self.copy.perform(copy)
        self.discard.perform(discard)

    def show_edit(self, edit: QueuedEdit, *, refused: bool) -> None:
        """Show one edit."""
        self._edit = edit
        self._title.set_text(words.title(edit))
        made = times.exact(edit.made_at, self._language)
        self._when.set_text(tr("Written %(when)s", when=made))
        said = words.content(edit, self._language)
        self.text.set_text(said)
        self._text.setVisible(bool(said))
        self.copy.setVisible(bool(said))
        self.open.setVisible(edit.customer_id is not None)
        self.discard.setVisible(refused)
        self._sure.setVisible(False)
        if refused:
            self.reason.show_words(words_for(_refusal(edit)))
        else:
            self.reason.clear()

    def ask_to_discard(self) -> None:
        """Ask once, as this cannot be undone; the keyboard stands on the safe answer."""
        self._sure.setVisible(True)
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def copy_text(self) -> bool:
        """Put what the edit says into the clipboard; False if it says nothing."""
        if not self.text.text:
            return False
        QGuiApplication.clipboard().setText(self.text.text)
        return True

    def _keep(self) -> None:
        self._sure.setVisible(False)
        self.discard.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_discarded(self) -> None:
        self._sure.setVisible(False)
        if self._edit is not None:
            self.discarded.emit(self._edit.n)

    def _follow_theme(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.M))


def _refusal(edit: QueuedEdit) -> AgentDeskError:
    """Return the error that Central's reason stands for."""
    known = {code.value: code for code in Code}
    return AgentDeskError(known.get(edit.reason or "", Code.INVALID_REQUEST))
