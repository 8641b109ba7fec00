"""Calls that are announced by hand: a command, a link, the simulator."""

from __future__ import annotations

from concurrent.futures import Future

from agentdesk.errors import Code, UserError
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.telephony.source import LineState, LineStatus, Stands, Tell


class CommandSource:
    """Passes on what is announced to it, at once and on the caller's thread."""

    def __init__(self) -> None:
        self._tell: Tell | None = None

    @property
    def can_dial(self) -> bool:
        """Nobody is behind it who could."""
        return False

    def start(self, tell: Tell, stands: Stands) -> None:
        """Pass on from now on."""
        self._tell = tell
        stands(LineStatus(LineState.CONNECTED))

    def stop(self) -> None:
        """Pass nothing on any more."""
        self._tell = None

    def announce(self, call: Call, step: Step = Step.RINGING, by: str | None = None) -> None:
        """Say what has happened to a call."""
        if self._tell is not None:
            self._tell(CallEvent(step=step, call=call, by=by))

    def dial(self, call: Call) -> Future[None]:  # noqa: ARG002 - the signature is the interface's
        """Refuse."""
        refused: Future[None] = Future()
        refused.set_exception(UserError(Code.CANNOT_DIAL))
        return refused
