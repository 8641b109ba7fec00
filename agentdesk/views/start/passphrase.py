"""The passphrase of the cache, where no keyring answers: choosing it, giving it at each start."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr, trc, trn
from agentdesk.ui.theme import Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.fields import LabelledField
from agentdesk.ui.widgets.meter import Meter
from agentdesk.views.start.card import CardPage, SecretField

SHORTEST = 10
"""A new passphrase has at least this many characters."""


@dataclass(frozen=True)
class Strength:
    """How hard a passphrase is to guess: in words, as a share 0..1, and whether it will do."""

    words: str
    share: float
    tone: Tone
    enough: bool


def strength_of(passphrase: str) -> Strength:
    """Judge by length and variety alone (NIST SP 800-63B, 3.1.1: length counts, not symbols)."""
    length, distinct = len(passphrase), len(set(passphrase.casefold()))
    if length < SHORTEST:
        words = trn("%(n)d more character", "%(n)d more characters", SHORTEST - length)
        return Strength(words, 0.3 * length / SHORTEST, Tone.DANGER, enough=False)
    if distinct < 6:
        return Strength(tr("Too much alike: use more letters"), 0.3, Tone.DANGER, enough=False)
    if length >= 20 and distinct >= 10:
        return Strength(tr("Strong"), 1.0, Tone.GOOD, enough=True)
    if length >= 15:
        return Strength(tr("Good"), 0.75, Tone.GOOD, enough=True)
    return Strength(tr("Fair: three or four words are better"), 0.5, Tone.WARN, enough=True)


class PassphrasePage(CardPage):
    """Asks for the passphrase that opens this desk's cache, or lets one be chosen."""

    passphrase_entered = Signal(str)
    quit_requested = Signal()

    def __init__(self, themes: ThemeSwitch, *, create: bool, parent: QWidget | None = None) -> None:
        super().__init__(themes, _title(create), _sentence(create), parent)
        self.setObjectName("passphrase_page")
        self._create = create
        self.passphrase = SecretField(themes)
        self.passphrase.setObjectName("passphrase")
        self._field = LabelledField(themes, tr("Passphrase"), self.passphrase)
        self.body.addWidget(self._field)
        self.strength = Meter(themes)
        self.repeated = SecretField(themes)
        self.repeated.setObjectName("passphrase_repeated")
        self._repeat = LabelledField(themes, tr("Passphrase, once more"), self.repeated)
        for widget in (self.strength, self._repeat):
            self.body.addWidget(widget)
            widget.setVisible(create)
        self.open = self.add_primary(self._verb())
        self.open.setObjectName("passphrase_button")
        self.open.clicked.connect(self._submit)
        self.leave = Button(themes, tr("Quit"), ButtonKind.QUIET)
        self.leave.clicked.connect(self.quit_requested)
        self.add_quiet(self.leave)
        self.passphrase.textEdited.connect(self._judge)
        self.repeated.textEdited.connect(lambda: self._repeat.show_error(""))
        self.passphrase.returnPressed.connect(self._go_on)
        self.repeated.returnPressed.connect(self._submit)
        self._judge()

    def _verb(self) -> str:
        return tr("Use this passphrase") if self._create else trc("button", "Open")

    def set_busy(self, busy: bool) -> None:
        """Wait for the key; deriving it takes a noticeable moment, by intention."""
        for widget in (self._field, self._repeat, self.open):
            widget.setEnabled(not busy)
        self.open.set_words(tr("Opening…") if busy else self._verb())
        if busy:
            self.trouble.clear()

    def take_keyboard(self) -> None:
        """Go to the passphrase, with what stands there chosen."""
        self.passphrase.setFocus()
        self.passphrase.selectAll()

    def _judge(self) -> None:
        self._field.show_error("")
        judged = strength_of(self.passphrase.text())
        self.strength.set_value(judged.words, judged.share, judged.tone)

    def _go_on(self) -> None:
        if self._create and not self.repeated.text():
            self.repeated.setFocus()
            return
        self._submit()

    def _submit(self) -> None:
        if not self.open.isEnabled() or not self._good():
            return
        self.set_busy(True)
        self.passphrase_entered.emit(self.passphrase.text())

    def _good(self) -> bool:
        passphrase = self.passphrase.text()
        if not passphrase:
            self._field.show_error(tr("The passphrase is missing."))
            self.passphrase.setFocus()
            return False
        if self._create and not strength_of(passphrase).enough:
            self._field.show_error(
                tr("Easy to guess. Take at least %(n)d characters, best several words.", n=SHORTEST)
            )
            self.passphrase.setFocus()
            return False
        if self._create and self.repeated.text() != passphrase:
            self._repeat.show_error(tr("This is not the same passphrase. Type it once more."))
            self.repeated.setFocus()
            self.repeated.selectAll()
            return False
        return True


def _title(create: bool) -> str:
    return tr("Choose a passphrase for this desk") if create else tr("Open this desk")


def _sentence(create: bool) -> str:
    if create:
        return tr(
            "This computer's keyring did not answer, so AgentDesk cannot keep the key of its "
            "encrypted cache there. A passphrase takes its place and is asked for at each start. "
            "It is kept nowhere: if it is forgotten, what has not reached Central is lost."
        )
    return tr(
        "This computer's keyring does not hold the key of the encrypted cache. "
        "The passphrase that you chose opens it."
    )
