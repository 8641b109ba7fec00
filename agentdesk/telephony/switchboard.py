"""All sources of calls of one desk, behind one listener."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from agentdesk.errors import Code, UserError
from agentdesk.telephony.command import CommandSource
from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.source import LineStatus, Source, Stands, Tell


class Switchboard:
    """Hears what is announced by hand, and one more source at a time.

    `tell` and `stands` are called on threads of the sources, or of whoever announces. Nothing here
    waits but `stop`.
    """

    def __init__(self, tell: Tell, stands: Stands) -> None:
        self._tell = tell
        self._stands = stands
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._status = LineStatus()
        # One after the other: a source has to be gone before the next one speaks.
        self._changing = ThreadPoolExecutor(1, thread_name_prefix="telephony-change")
        self.by_hand = CommandSource()
        self.by_hand.start(tell, lambda _status: None)

    @property
    def status(self) -> LineStatus:
        """How the source in use stands."""
        with self._lock:
            return self._status

    @property
    def can_dial(self) -> bool:
        """Whether calls can be placed, should the source be connected."""
        source = self._source
        return source is not None and source.can_dial

    def use(self, source: Source | None) -> Future[None]:
        """Hear calls from `source` from now on, and from the former one no more."""
        with self._lock:
            former, self._source = self._source, source
        self._note(source, LineStatus())
        return self._changing.submit(self._change, former, source)

    def _change(self, former: Source | None, source: Source | None) -> None:
        if former is not None:
            former.stop()
        if source is not None and source is self._source:
            source.start(
                lambda event: self._pass_on(source, event),
                lambda status: self._note(source, status),
            )

    def dial(self, call: Call) -> Future[None]:
        """Place a call; the future fails with `AgentDeskError` where that cannot be."""
        source = self._source
        if source is None:
            refused: Future[None] = Future()
            refused.set_exception(UserError(Code.CANNOT_DIAL))
            return refused
        return source.dial(call)

    def stop(self) -> None:
        """Hear nothing any more; blocks until that is so."""
        self.use(None).result()
        self.by_hand.stop()
        self._changing.shutdown()

    def _pass_on(self, source: Source, event: CallEvent) -> None:
        if source is self._source:
            self._tell(event)

    def _note(self, source: Source | None, status: LineStatus) -> None:
        with self._lock:
            if source is not self._source:
                return
            self._status = status
        self._stands(status)
