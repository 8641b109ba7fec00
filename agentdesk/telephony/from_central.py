"""Calls that Central tells of, over the stream by which it also tells that there is news."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from agentdesk.errors import Code, UserError
from agentdesk.sync.protocol import CallSignal
from agentdesk.telephony.events import Call, CallEvent, Step, told_text
from agentdesk.telephony.source import LineState, LineStatus, Stands, Tell

Follow = Callable[[Callable[[CallSignal], None]], Callable[[], None]]
"""Calls a listener for every signal; returns how to stop that."""


class CentralSource:
    """Takes the signals of the synchronisation, whose connection it shares."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._stop: Callable[[], None] | None = None
        self._tell: Tell | None = None
        self._latest: dict[str, CallSignal] = {}

    @property
    def can_dial(self) -> bool:
        """Central hears of calls, and places none."""
        return False

    def start(self, tell: Tell, stands: Stands) -> None:
        """Listen from now on."""
        self._tell = tell
        self._stop = self._follow(self._take)
        stands(LineStatus(LineState.CONNECTED))

    def stop(self) -> None:
        """Listen no more."""
        if self._stop is not None:
            self._stop()
            self._stop = self._tell = None
        self._latest.clear()

    def dial(self, call: Call) -> Future[None]:  # noqa: ARG002 - the signature is the interface's
        """Refuse."""
        refused: Future[None] = Future()
        refused.set_exception(UserError(Code.CANNOT_DIAL))
        return refused

    def _take(self, signal: CallSignal) -> None:
        tell = self._tell
        if tell is None or signal.step not in set(Step) or self._is_known(signal):
            return
        call = Call(
            number=told_text(signal.number) or "",
            call_id=signal.call_id,
            line=told_text(signal.line),
            queue=told_text(signal.queue),
            rang_at=signal.rang_at,
            passed_on_by=told_text(signal.passed_on_by),
        )
        tell(CallEvent(step=Step(signal.step), call=call, by=told_text(signal.by)))

    def _is_known(self, signal: CallSignal) -> bool:
        """Tell whether this is what was told of the call last.

        A stream that opens tells what goes on, and perhaps once more what was just happening.
        """
        if self._latest.get(signal.call_id) == signal:
            return True
        if signal.step in (Step.RINGING, Step.ANSWERED):
            self._latest[signal.call_id] = signal
        else:
            self._latest.pop(signal.call_id, None)
        return False
