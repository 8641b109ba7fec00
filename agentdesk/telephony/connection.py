"""A desk's own connection to a telephone system: kept up, on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.sync.plan import retry_delay_s
from agentdesk.telephony.asterisk import Asterisk
from agentdesk.telephony.events import Call
from agentdesk.telephony.freeswitch import FreeSwitch
from agentdesk.telephony.session import Calls, Dialect, Session
from agentdesk.telephony.source import LineState, LineStatus, Stands, Tell
from agentdesk.telephony.system import PhoneSystem, SystemKind, dialled_number
from agentdesk.telephony.wire import PING_EVERY_S

logger = logging.getLogger(__name__)

_CEILING_S = 60.0
_REFUSED_S = 300.0
"""A wrong secret is not tried again and again: many systems lock out who does that."""
_JOIN_S = 5.0

Pause = Callable[[float], Awaitable[None]]


def dialect_of(kind: SystemKind) -> Dialect:
    """Return the protocol of a kind of telephone system."""
    return Asterisk() if kind is SystemKind.ASTERISK else FreeSwitch()


@dataclass(frozen=True, slots=True)
class _Live:
    """A conversation that goes on."""

    session: Session
    calls: Calls


class PhoneConnection:
    """A source that speaks with one telephone system, and comes back when it was cut off.

    `jitter` returns a factor for pauses; `pause` waits, on the thread's event loop.
    """

    def __init__(
        self,
        system: PhoneSystem,
        *,
        jitter: Callable[[], float] = lambda: random.uniform(0.8, 1.2),  # noqa: S311
        pause: Pause = asyncio.sleep,
        ping_every_s: float = PING_EVERY_S,
    ) -> None:
        self._system = system
        self._dialect = dialect_of(system.kind)
        self._jitter = jitter
        self._pause = pause
        self._ping_every_s = ping_every_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._live: _Live | None = None
        self._work: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telephony", daemon=True)
        self._tell: Tell
        self._stands: Stands

    @property
    def can_dial(self) -> bool:
        """Both kinds can."""
        return True

    def start(self, tell: Tell, stands: Stands) -> None:
        """Connect, and stay connected."""
        self._tell, self._stands = tell, stands
        self._thread.start()

    def stop(self) -> None:
        """Hang up and end the thread; blocks for that."""
        if not self._thread.is_alive():
            return
        self._ready.wait(_JOIN_S)
        loop, work = self._loop, self._work
        if loop is not None and work is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(work.cancel)
        self._thread.join(_JOIN_S)

    def dial(self, call: Call) -> Future[None]:
        """Ask for a call; the future is done once the system has agreed to try."""
        refused: Future[None] = Future()
        try:
            dialled_number(call.number)
        except UserError as failure:
            refused.set_exception(failure)
            return refused
        loop = self._loop
        if loop is None or self._live is None:
            refused.set_exception(ExternalError(Code.PHONES_UNREACHABLE))
            return refused
        return asyncio.run_coroutine_threadsafe(self._place(call), loop)

    async def _place(self, call: Call) -> None:
        live = self._live
        if live is None:
            raise ExternalError(Code.PHONES_UNREACHABLE)
        # Before it is asked for: its first event may come before the answer.
        live.calls.dialled(call)
        try:
            await live.session.place(call)
        except AgentDeskError:
            live.calls.refused(call)
            raise

    # --- The thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:  # the sink of a thread: without calls, all else goes on
            logger.exception("telephony has ended")
            self._stands(LineStatus(LineState.WAITING, Code.UNEXPECTED))

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.create_task(self._keep_up())
        self._ready.set()
        with suppress(asyncio.CancelledError):
            await self._work
        self._live = None

    async def _keep_up(self) -> None:
        failures = 0
        while True:
            self._stands(LineStatus(LineState.CONNECTING))
            was_live = False
            try:
                async with self._dialect.open(self._system, lambda _progress: None) as session:
                    was_live = True
                    await self._listen(session)
            except AgentDeskError as failure:
                code = failure.code
            except Exception:  # the sink of the connection: a message that trips us is not the end
                logger.exception("telephony was cut off over something unexpected")
                code = Code.UNEXPECTED
            finally:
                self._live = None
            failures = 1 if was_live else failures + 1
            logger.info("telephony is cut off: %s", code.value)
            self._stands(LineStatus(LineState.WAITING, code))
            await self._pause(_delay_s(failures, code) * self._jitter())

    async def _listen(self, session: Session) -> None:
        """Take events until the line drops, which raises."""
        calls = self._dialect.calls(self._system, self._tell)
        self._live = _Live(session, calls)
        self._stands(LineStatus(LineState.CONNECTED, system=session.system))
        listening = asyncio.create_task(self._take_events(session, calls))
        beating = asyncio.create_task(self._beat(session))
        try:
            done, _left = await asyncio.wait(
                {listening, beating}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            for task in (listening, beating):
                task.cancel()
            await asyncio.gather(listening, beating, return_exceptions=True)

    async def _take_events(self, session: Session, calls: Calls) -> None:
        async for message in session.events():
            calls.take(message)

    async def _beat(self, session: Session) -> None:
        while True:
            await asyncio.sleep(self._ping_every_s)
            await session.ping()


def _delay_s(failures: int, code: Code) -> float:
    if code in (Code.PHONES_REFUSED, Code.PHONES_UNTRUSTED, Code.BAD_VALUE):
        return _REFUSED_S
    return retry_delay_s(failures, ceiling_s=_CEILING_S)
