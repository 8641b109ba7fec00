"""Who is signed in where, and signing out without losing what has not been sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agentdesk.domain.entities import Role
from agentdesk.domain.names import for_display
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.identity import Identity
from agentdesk.services.queue import QueuedEdit
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.flow import Flow
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.preferences.rows import FactRow
from agentdesk.views.sync.words import gist, title
from agentdesk.views.values import ValueWords

_ROLES: Mapping[Role, str] = {
    Role.AGENT: mark("Operator"),
    Role.LEAD: mark("Team lead"),
    Role.FIELD: mark("Field worker"),
    Role.ADMIN: mark("Administrator"),
}
_NAMED = 5
_SAID_CHARS = 72


class AccountSection(QWidget):
    """Person, company and Central; "Sign out" asks first only if something is unsent."""

    sign_out_wanted = Signal()
    """The button was pressed: find out what is unsent."""
    sign_out_confirmed = Signal()
    """The person signs out although something is unsent."""

    def __init__(self, themes: ThemeSwitch, identity: Identity, language: str) -> None:
        super().__init__()
        self._values = ValueWords(language)
        self._layout = column(self)
        self.person = FactRow(themes, tr("Signed in as"))
        self.company = FactRow(themes, tr("Company"))
        self.central = FactRow(themes, tr("Central"))
        self.central.setVisible(False)
        name = for_display(identity.user.name, 120)
        role = tr(_ROLES[identity.user.role])
        self.person.show_value(tr("%(name)s, %(role)s", name=name, role=role))
        self.company.show_value(for_display(identity.organisation.name, 120))
        for line in (self.person, self.company, self.central):
            self._layout.addWidget(line)
        self.sign_out = Button(themes, tr("Sign out"))
        self.sign_out.setObjectName("sign_out")
        self.sign_out.clicked.connect(self.sign_out_wanted)
        self._foot = row()
        self._foot.addWidget(self.sign_out)
        self._foot.addStretch(1)
        self._layout.addLayout(self._foot)
        self.question = self._build_question(themes)
        self._layout.addWidget(self.question)
        themes.follow(self._follow_theme)

    def _build_question(self, themes: ThemeSwitch) -> QWidget:
        question = QWidget()
        question.setObjectName("sign_out_question")
        self._asked = row(question)
        texts = column(gap=Space.S)
        self.unsent = Paragraph(themes, "", TextRole.SUBJECT)
        self.named = Paragraph(themes)
        self.named.setObjectName("sign_out_named")
        self._undecided = Paragraph(themes)
        self._meaning = Paragraph(
            themes,
            tr("They stay on this computer, encrypted, and are sent when you sign in here again."),
            quiet=True,
        )
        answers = Flow(themes, gap=Space.S)
        self.stay = Button(themes, tr("Stay signed in"))
        self.leave = Button(themes, tr("Keep them and sign out"))
        self.leave.setObjectName("sign_out_confirmed")
        answers.add(self.stay)
        answers.add(self.leave)
        for widget in (self.unsent, self.named, self._undecided, self._meaning, answers):
            texts.addWidget(widget)
        icon = ToneIcon(themes, Icon.WARN, Tone.WARN)
        self._asked.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        self._asked.addLayout(texts, 1)
        self.stay.clicked.connect(self._stay)
        self.leave.clicked.connect(self._leave)
        question.setVisible(False)
        return question

    def show_central(self, address: str) -> None:
        """Show where Central is."""
        self.central.show_value(address)
        self.central.setVisible(bool(address))

    def ask(
        self,
        waiting: Sequence[QueuedEdit],
        refused: Sequence[QueuedEdit],
        in_all: int,
        contested: int = 0,
    ) -> None:
        """Name what is unsent and ask; the keyboard stands on the careful answer.

        `in_all` is how many edits are unsent or refused, `contested` how many wait for a decision.
        """
        unsent = (*waiting, *refused)
        self.unsent.set_text(
            trn(
                "%(n)d edit has not reached Central",
                "%(n)d edits have not reached Central",
                max(in_all, len(unsent)),
            )
        )
        lines = [self._line(edit) for edit in unsent[:_NAMED]]
        if in_all > len(lines):
            lines.append(trn("and %(n)d more", "and %(n)d more", in_all - len(lines)))
        self.named.set_text("\n".join(lines))
        self._undecided.set_text(_undecided_words(len(refused), contested))
        self._undecided.setVisible(bool(self._undecided.text))
        self.question.setVisible(True)
        self.stay.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, edit: QueuedEdit) -> str:
        """Return an edit in one line: what it is, whose, and how what it says begins."""
        said = for_display(gist(edit, self._values), _SAID_CHARS)
        return tr("%(what)s: %(said)s", what=title(edit), said=said) if said else title(edit)

    def _stay(self) -> None:
        self.question.setVisible(False)
        self.sign_out.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self) -> None:
        self.question.setVisible(False)
        self.sign_out_confirmed.emit()

    def _follow_theme(self, theme: Theme) -> None:
        side, over = theme.px(Space.L), theme.px(Space.M)
        self._foot.setContentsMargins(side, over, side, over)
        self._asked.setContentsMargins(side, 0, side, over)
        self._asked.setSpacing(theme.px(Space.S))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.question.isHidden():
            self._stay()
            return
        super().keyPressEvent(event)


def _undecided_words(refused: int, contested: int) -> str:
    """Return what signing in again does not send by itself: it waits for this person."""
    lines = []
    if refused:
        lines.append(
            trn(
                "%(n)d of them was refused by Central and waits for you.",
                "%(n)d of them were refused by Central and wait for you.",
                refused,
            )
        )
    if contested:
        lines.append(
            trn(
                "%(n)d conflict waits for your decision.",
                "%(n)d conflicts wait for your decision.",
                contested,
            )
        )
    return "\n".join(lines)
