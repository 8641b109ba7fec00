"""Where calls come from: the choice, the telephone system's settings, and trying them out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from agentdesk import settings as s
from agentdesk.errors import AgentDeskError, UserError
from agentdesk.i18n import tr, trn
from agentdesk.messages import words_for
from agentdesk.settings import SETTINGS, Preferences, Section
from agentdesk.telephony.chosen import CENTRAL, NONE
from agentdesk.telephony.session import Stage
from agentdesk.telephony.source import LineState, LineStatus
from agentdesk.telephony.trial import LISTEN_S, Seen
from agentdesk.ui import tasks
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.phones import Phones
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.frames import Hairline, column, row
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.preferences.rows import FactRow, Row, SettingRow

_STAGES = (Stage.CONNECTED, Stage.GREETED, Stage.LOGGED_IN)


class TelephonySection(QWidget):
    """The declared settings, a secret that only the keyring knows, and a test of the connection."""

    def __init__(
        self, themes: ThemeSwitch, preferences: Preferences, phones: Phones, notices: Notices
    ) -> None:
        super().__init__()
        self._themes = themes
        self._preferences = preferences
        self._phones = phones
        self._notices = notices
        self._body = column(self)
        self.rows: dict[str, SettingRow] = {}
        self.state = FactRow(themes, tr("Now"))
        self._own: list[QWidget] = []
        for setting in SETTINGS:
            if setting.section is not Section.TELEPHONY:
                continue
            made = self.rows[setting.key] = SettingRow(themes, preferences, setting)
            self._add(made, own=setting is not s.PHONE_SOURCE)
            if setting is s.PHONE_SOURCE:
                self._add(self.state)
            if setting is s.PHONE_USER:
                self._add(self._make_secret(), own=True)
        self.test = ConnectionTest(themes)
        self._add(self.test, own=True)
        self.test.wanted.connect(self._try_out)
        self.test.cancelled.connect(self._cancel)
        phones.stands.connect(self._show_status)
        phones.seen.connect(self.test.show_seen)
        self.destroyed.connect(preferences.on_change(self._setting_changed))
        self._show_own()
        self._show_status(phones.status)

    def _add(self, widget: QWidget, *, own: bool = False) -> None:
        line = Hairline(self._themes)
        if self._body.count():
            self._body.addWidget(line)
        self._body.addWidget(widget)
        if own:
            self._own += [line, widget]

    def _make_secret(self) -> Row:
        self.secret = QLineEdit()
        self.secret.setObjectName("telephony_secret")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.secret.setMaxLength(512)
        self.secret.editingFinished.connect(self._keep_secret)
        return Row(
            self._themes,
            tr("Secret"),
            self.secret,
            tr("Kept in this computer's keyring, nowhere else."),
        )

    # --- What is in force -----------------------------------------------------------------------

    def _setting_changed(self, key: str, _value: object) -> None:
        if key == s.PHONE_SOURCE.key:
            self._show_own()
        if key in self.rows:
            self._cancel()
            self.test.show_nothing()

    def _show_own(self) -> None:
        source = self._preferences.get(s.PHONE_SOURCE)
        own = source not in (CENTRAL, NONE)
        for widget in self._own:
            widget.setVisible(own)
        self._show_secret()

    def _show_secret(self) -> None:
        kept = tr("Unchanged") if self._phones.has_secret else ""
        self.secret.setPlaceholderText(kept)

    def _show_status(self, status: LineStatus) -> None:
        self.state.show_value(self._status_words(status))
        self._show_secret()

    def _status_words(self, status: LineStatus) -> str:
        source = self._preferences.get(s.PHONE_SOURCE)
        if source == NONE:
            return tr("Calls open by link and by command only.")
        if source == CENTRAL:
            return tr("Central tells this desk of your calls, as long as it can be reached.")
        match status.state:
            case LineState.CONNECTED:
                return tr("Connected to %(system)s.", system=status.system)
            case LineState.CONNECTING:
                return tr("Connecting…")
            case LineState.WAITING if status.code is not None:
                words = words_for(UserError(status.code))
                return f"{words.what} {words.next_step}"
            case _:
                return tr("Not set up yet: enter address, user, secret and extension.")

    # --- The secret -----------------------------------------------------------------------------

    def _keep_secret(self) -> None:
        secret = self.secret.text()
        if not secret:
            return
        self.secret.clear()
        kept = self._phones.keep_secret(secret)
        self.test.show_nothing()

        async def tell() -> None:
            if await tasks.in_thread(kept):
                self._notices.say(tr("The secret is kept in the keyring"))
            else:
                self._notices.say(
                    tr("No keyring answers: the secret is known until the program ends")
                )
            self._show_secret()

        tasks.start(tell(), owner=self)

    # --- Trying out -----------------------------------------------------------------------------

    def _try_out(self) -> None:
        self._keep_secret()
        self.test.begin()
        try:
            self._phones.try_out()
        except AgentDeskError as failure:
            words = words_for(failure)
            self.test.refuse(f"{words.what} {words.next_step}")

    def _cancel(self) -> None:
        self._phones.cancel_trial()


class ConnectionTest(QWidget):
    """A button, and under it what was seen, step by step."""

    wanted = Signal()
    """The connection is to be tried."""
    cancelled = Signal()
    """It is to be tried no further."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self._themes = themes
        self._layout = column(self)
        self.button = Button(themes, tr("Test this connection"))
        self.button.setObjectName("test_connection")
        self.button.clicked.connect(self.wanted)
        self.cancel = Button(themes, tr("Cancel"))
        self.cancel.setObjectName("cancel_test")
        self.cancel.clicked.connect(self._cancel)
        self._buttons = row()
        self._buttons.addWidget(self.button)
        self._buttons.addWidget(self.cancel)
        self._buttons.addStretch(1)
        self._layout.addLayout(self._buttons)
        self.steps = [_Step(themes) for _stage in range(len(_STAGES) + 2)]
        for step in self.steps:
            self._layout.addWidget(step)
        self.show_nothing()
        themes.follow(self._restyle)

    @property
    def is_running(self) -> bool:
        """Whether a trial goes on."""
        return not self.cancel.isHidden()

    def show_nothing(self) -> None:
        """Forget what an earlier trial has seen."""
        self._run(False)
        for step in self.steps:
            step.hide()

    def begin(self) -> None:
        """Show that a trial goes on."""
        self.show_nothing()
        self._run(True)
        self.steps[0].show_words(tr("Connecting…"), Icon.WAITING, Tone.INFO)

    def refuse(self, words: str) -> None:
        """Say that it could not begin."""
        self.show_nothing()
        self.steps[0].show_words(words, Icon.WRONG, Tone.DANGER)

    def show_seen(self, seen: Seen) -> None:
        """Show how far it has come, and what was wrong."""
        lines = [(words, Icon.CHECK, Tone.GOOD) for words in _stage_words(seen)]
        if seen.code is not None:
            words = words_for(UserError(seen.code))
            lines.append((f"{words.what} {words.next_step}", Icon.WRONG, Tone.DANGER))
        elif seen.answered_ping:
            glyph, tone = (Icon.CHECK, Tone.GOOD) if seen.done else (Icon.WAITING, Tone.INFO)
            lines.append((_event_words(seen), glyph, tone))
        elif not seen.done:
            lines.append((tr("Waiting for an answer…"), Icon.WAITING, Tone.INFO))
        for at, step in enumerate(self.steps):
            step.setVisible(at < len(lines))
            if at < len(lines):
                step.show_words(*lines[at])
        self._run(not seen.done)

    def _run(self, running: bool) -> None:
        had = self.cancel.hasFocus() or self.button.hasFocus()
        self.button.setEnabled(not running)
        self.cancel.setVisible(running)
        if had:
            wanted = self.cancel if running else self.button
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cancel(self) -> None:
        self.cancelled.emit()
        self.show_nothing()

    def _restyle(self, theme: Theme) -> None:
        side, over = theme.px(Space.L), theme.px(Space.M)
        self._layout.setContentsMargins(side, over, side, over)
        self._layout.setSpacing(theme.px(Space.S))
        self._buttons.setSpacing(theme.px(Space.S))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_running:
            self._cancel()
            return
        super().keyPressEvent(event)


class _Step(QWidget):
    """An icon and a sentence."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self._line = row(self)
        self.icon = ToneIcon(themes, Icon.CHECK, Tone.GOOD)
        self.words = Paragraph(themes, "", TextRole.TEXT)
        self._line.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self.words, 1)
        themes.follow(self._restyle)

    def show_words(self, words: str, glyph: Icon, tone: Tone) -> None:
        """Show a sentence; the icon says the same as its tone."""
        self.icon.show_icon(glyph, tone)
        self.words.set_text(words)
        self.setAccessibleName(words)
        self.show()

    def _restyle(self, theme: Theme) -> None:
        self._line.setSpacing(theme.px(Space.S))


def _stage_words(seen: Seen) -> list[str]:
    said = []
    if Stage.CONNECTED in seen.stages:
        said.append(_peer_words(seen))
    if Stage.GREETED in seen.stages:
        said.append(tr("It says that it is %(system)s.", system=seen.system))
    if Stage.LOGGED_IN in seen.stages:
        said.append(tr("It lets this desk in."))
    return said


def _peer_words(seen: Seen) -> str:
    peer = seen.peer
    if not peer.encryption:
        return tr("Connected, without encryption.")
    if not peer.certified:
        return tr("Connected, encrypted with %(how)s.", how=peer.encryption)
    return tr(
        "Connected, encrypted with %(how)s; the certificate names %(who)s.",
        how=peer.encryption,
        who=peer.certified,
    )


def _event_words(seen: Seen) -> str:
    if not seen.done:
        return tr(
            "It answers. Listening for %(seconds)s seconds: call this desk now. Events so far: "
            "%(events)s.",
            seconds=int(LISTEN_S),
            events=seen.events,
        )
    if seen.calls:
        return trn(
            "It told of %(n)d event, and of calls for this desk.",
            "It told of %(n)d events, and of calls for this desk.",
            seen.events,
        )
    if seen.events:
        return trn(
            "It told of %(n)d event, but of no call for this desk: if you called it, check the "
            "extensions.",
            "It told of %(n)d events, but of no call for this desk: if you called it, check the "
            "extensions.",
            seen.events,
        )
    return tr("It answers. Nothing happened meanwhile; call this desk and test again.")
