"""Where calls come from, for the window: the source in force, its secret, dialling, trials."""

from __future__ import annotations

import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from shutil import which

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from agentdesk.credentials import Keyring, load_phone_secret, save_phone_secret
from agentdesk.errors import UserError
from agentdesk.settings import OWN_SYSTEM, PHONE_SOURCE, Preferences
from agentdesk.telephony.chosen import CENTRAL, chosen_system
from agentdesk.telephony.connection import PhoneConnection
from agentdesk.telephony.events import Call
from agentdesk.telephony.from_central import CentralSource, Follow
from agentdesk.telephony.source import LineState, LineStatus, Source
from agentdesk.telephony.switchboard import Switchboard
from agentdesk.telephony.system import dialled_number
from agentdesk.telephony.trial import LISTEN_S, Seen, Trial
from agentdesk.ui import tasks

_OWN_ENTRY = "agentdesk.desktop"
_ASK_S = 5.0


class Phones(QObject):
    """The telephony of one window; for its thread alone. `follow` listens to Central's signals.

    Without a keyring the secret is known until the program ends.
    """

    happened = Signal(object)
    """A `CallEvent`."""
    stands = Signal(object)
    """The source stands otherwise: a `LineStatus`."""
    dialling_changed = Signal(bool)
    """Whether calls can be placed is another thing now."""
    seen = Signal(object)
    """What a trial has `Seen` so far."""

    _event_arrived = Signal(object)
    _status_arrived = Signal(object)
    _seen_arrived = Signal(object, object)

    def __init__(
        self,
        preferences: Preferences,
        keys: Keyring | None,
        profile_id: str,
        follow: Follow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._keys = keys
        self._profile_id = profile_id
        self._follow = follow
        self._secret = ""
        self._trial: Trial | None = None
        self._system_dials = False
        self._dials = False
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="phones")
        self._event_arrived.connect(self.happened)
        self._status_arrived.connect(self._stands)
        self._seen_arrived.connect(self._pass_seen)
        self.switchboard = Switchboard(self._event_arrived.emit, self._status_arrived.emit)
        self._stop_following = preferences.on_change(self._setting_changed)

    # --- The source in use ----------------------------------------------------------------------

    @property
    def status(self) -> LineStatus:
        """How the source in use stands."""
        return self.switchboard.status

    @property
    def has_secret(self) -> bool:
        """Whether a secret for the telephone system is known."""
        return bool(self._secret)

    async def start(self) -> None:
        """Listen to what the settings say, after reading the secret where that needs one."""
        if self._preferences.get(PHONE_SOURCE) == CENTRAL:
            # Without delay: a call may be ringing.
            self.use_settings()
        kept = await tasks.in_thread(self._workers.submit(self._load_secret))
        # A keyring may take its time: what was entered meanwhile is newer.
        self._secret = self._secret or kept
        if self._preferences.get(PHONE_SOURCE) != CENTRAL:
            self.use_settings()
        self._system_dials = await tasks.in_thread(self._workers.submit(system_takes_tel_links))
        self._tell_dialling()

    def use_settings(self) -> None:
        """Listen to what the settings say now."""
        self.switchboard.use(self._source())
        self._tell_dialling()

    def _source(self) -> Source | None:
        if self._preferences.get(PHONE_SOURCE) == CENTRAL:
            return CentralSource(self._follow)
        try:
            system = chosen_system(self._preferences, self._secret)
        except UserError:
            return None
        if system is None or not system.host or not system.extensions:
            # Not set up yet: there is nobody to ask.
            return None
        return PhoneConnection(system)

    def _setting_changed(self, key: str, _value: object) -> None:
        if key == PHONE_SOURCE.key or any(setting.key == key for setting in OWN_SYSTEM):
            self.use_settings()

    def _stands(self, status: LineStatus) -> None:
        self.stands.emit(status)
        self._tell_dialling()

    async def stop(self) -> None:
        """Hear nothing any more; return once that is so."""
        self._stop_following()
        self.cancel_trial()
        await tasks.in_thread(self._workers.submit(self.switchboard.stop))
        self._workers.shutdown(wait=False)

    def close(self) -> None:
        """Do the same where no event loop runs any more; blocks."""
        self._stop_following()
        self.cancel_trial()
        self.switchboard.stop()
        self._workers.shutdown()

    # --- The secret -----------------------------------------------------------------------------

    def _load_secret(self) -> str:
        return load_phone_secret(self._keys, self._profile_id) if self._keys is not None else ""

    def keep_secret(self, secret: str) -> Future[bool]:
        """Use this secret, and keep it in the keyring; the result tells whether that worked."""
        self._secret = secret
        self.use_settings()

        def keep() -> bool:
            return self._keys is not None and save_phone_secret(
                self._keys, self._profile_id, secret
            )

        return self._workers.submit(keep)

    # --- Dialling -------------------------------------------------------------------------------

    @property
    def can_dial(self) -> bool:
        """Whether a call can be placed: by the source in use, else by another program."""
        if self.switchboard.can_dial:
            return self.status.state is LineState.CONNECTED
        return self._system_dials

    async def dial(self, call: Call) -> None:
        """Place a call; raises `AgentDeskError` with what is to be said."""
        if self.switchboard.can_dial:
            await tasks.in_thread(self.switchboard.dial(call))
            return
        link = QUrl(f"tel:{dialled_number(call.number)}")
        QDesktopServices.openUrl(link)
        self.switchboard.by_hand.announce(call)

    def _tell_dialling(self) -> None:
        dials = self.can_dial
        if dials is not self._dials:
            self._dials = dials
            self.dialling_changed.emit(dials)

    # --- Trying out -----------------------------------------------------------------------------

    def try_out(self) -> None:
        """Try the connection of the settings in force; `seen` tells how far it comes.

        Raises `UserError(BAD_VALUE)` if the settings make no system.
        """
        self.cancel_trial()
        system = chosen_system(self._preferences, self._secret)
        if system is None:
            return
        system.check()

        def told(seen: Seen) -> None:
            self._seen_arrived.emit(trial, seen)

        trial = self._trial = Trial(system, told, listen_s=LISTEN_S)
        trial.start()

    def cancel_trial(self) -> None:
        """Go no further with a trial."""
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.cancel()

    def _pass_seen(self, trial: Trial, seen: Seen) -> None:
        if trial is not self._trial:
            return
        if seen.done:
            self._trial = None
        self.seen.emit(seen)


def system_takes_tel_links() -> bool:
    """Tell whether another program than this one answers `tel:` links. Blocks for a moment."""
    asking = which("xdg-mime")
    if asking is None:
        return False
    command = [asking, "query", "default", "x-scheme-handler/tel"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    handler = told.stdout.strip()
    # Our own would only ring here.
    return bool(handler) and handler != _OWN_ENTRY
