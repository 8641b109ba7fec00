"""Trying a connection out: how far it comes, what is seen there, and what went wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace

from agentdesk.errors import AgentDeskError, Code
from agentdesk.telephony.connection import dialect_of
from agentdesk.telephony.events import CallEvent
from agentdesk.telephony.session import Progress, Session, Stage
from agentdesk.telephony.system import PhoneSystem
from agentdesk.telephony.wire import Peer

LISTEN_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trial has seen so far. `code` says why it went no further; `done` that it is over.

    `events` counts what the system told meanwhile, `calls` how many of these were steps of calls
    for the desk's own extensions.
    """

    stages: tuple[Stage, ...] = ()
    peer: Peer = field(default_factory=Peer)
    system: str = ""
    events: int = 0
    calls: int = 0
    answered_ping: bool = False
    code: Code | None = None
    done: bool = False


class Trial:
    """One attempt, on a thread of its own. `told` is called there with all that is new."""

    def __init__(
        self, system: PhoneSystem, told: Callable[[Seen], None], *, listen_s: float = LISTEN_S
    ) -> None:
        self._system = system
        self._told = told
        self._listen_s = listen_s
        self._seen = Seen()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._cancelled = False
        self.result: Future[Seen] = Future()
        """What was seen in the end; cancelled if the trial was."""

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name="telephony-trial", daemon=True).start()

    def cancel(self) -> None:
        """End it soon. May be called from any thread, at any time."""
        self._cancelled = True
        loop, work = self._loop, self._work
        if loop is not None and work is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(work.cancel)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as failure:  # noqa: BLE001 - whoever waits for it gets it
            self.result.set_exception(failure)
            return
        if self._cancelled:
            self.result.cancel()
        else:
            self.result.set_result(self._seen)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.create_task(self._try())
        if self._cancelled:
            self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work

    async def _try(self) -> None:
        code: Code | None = None
        try:
            async with dialect_of(self._system.kind).open(self._system, self._reached) as session:
                await self._listen(session)
        except AgentDeskError as failure:
            code = failure.code
        self._see(code=code, done=True)

    def _reached(self, progress: Progress) -> None:
        self._see(
            stages=(*self._seen.stages, progress.stage),
            peer=progress.peer,
            system=progress.system,
        )

    async def _listen(self, session: Session) -> None:
        """Count what comes, for as long as a person will wait."""
        calls = dialect_of(self._system.kind).calls(self._system, self._count_call)

        async def take() -> None:
            async for message in session.events():
                calls.take(message)
                self._see(events=self._seen.events + 1)

        taking = asyncio.create_task(take())
        try:
            asking = asyncio.create_task(session.ping())
            await asyncio.wait({taking, asking}, return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                asking.cancel()
                taking.result()
            asking.result()
            self._see(answered_ping=True)
            await asyncio.wait({taking}, timeout=self._listen_s)
            if taking.done():
                taking.result()
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    def _count_call(self, _event: CallEvent) -> None:
        self._see(calls=self._seen.calls + 1)

    def _see(self, **new: object) -> None:
        self._seen = replace(self._seen, **new)  # type: ignore[arg-type]  # by name
        self._told(self._seen)
