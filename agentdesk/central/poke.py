"""Telling connected desks that there is something new: pokes, and calls that ring for somebody.

Pokes carry no data and may be lost. What is told about a call is for the desks of one person; a
desk that connects later asks what goes on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agentdesk.sync.protocol import POKE_HEARTBEAT_S

POKE = b"event: poke\ndata:\n\n"
HEARTBEAT = b": heartbeat\n\n"
_MOST_WAITING = 200
"""Who does not read for so many events of calls has lost the first of them."""


async def _nothing() -> Sequence[bytes]:
    return ()


@dataclass(slots=True, eq=False)
class _Listener:
    """One open stream; for the event loop alone."""

    user_id: str
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    poked: bool = False
    told: deque[bytes] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))

    def take(self) -> list[bytes]:
        """Return what there is to send, calls first."""
        events = list(self.told)
        self.told.clear()
        if self.poked:
            events.append(POKE)
        self.poked = False
        self.awake.clear()
        return events


class PokeHub:
    """Carries pokes and calls from the threads that commit to the streams of the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[_Listener]] = {}
        self._closed = False

    def open(self) -> None:
        """Serve the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def close(self) -> None:
        """End all streams. Call on the event loop."""
        self._closed = True
        for listeners in self._waiting.values():
            for listener in listeners:
                listener.awake.set()

    @property
    def listening(self) -> Mapping[str, int]:
        """How many streams are open per organisation. Read on the event loop."""
        return {org_id: len(listeners) for org_id, listeners in self._waiting.items()}

    def poke(self, org_id: str) -> None:
        """Poke all streams of an organisation. May be called from any thread."""
        self._call(self._wake, org_id)

    def tell(self, org_id: str, events: Iterable[tuple[str, bytes]]) -> None:
        """Send events to the streams of the users named with them. May be called from any thread.

        An event is whole: server-sent, with the empty line at its end.
        """
        self._call(self._pass_on, org_id, tuple(events))

    def _call(self, work: Callable[..., None], *args: object) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work, *args)

    async def stream(
        self,
        org_id: str,
        *,
        lasts_s: float,
        user_id: str = "",
        heartbeat_s: float = POKE_HEARTBEAT_S,
        first: Callable[[], Awaitable[Sequence[bytes]]] = _nothing,
    ) -> AsyncIterator[bytes]:
        """Yield server-sent events for at most `lasts_s` seconds, the first one at once.

        What `first` returns follows; it is asked when nothing that comes later can be missed.
        """
        listener = _Listener(user_id)
        self._waiting.setdefault(org_id, set()).add(listener)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + lasts_s
        try:
            yield HEARTBEAT
            for event in await first():
                yield event
            while (left_s := ends_at - loop.time()) > 0:
                woken = self._closed or await _is_set_within(
                    listener.awake, min(heartbeat_s, left_s)
                )
                if self._closed:
                    return
                for event in listener.take() if woken else (HEARTBEAT,):
                    yield event
        finally:
            self._forget(org_id, listener)

    def _wake(self, org_id: str) -> None:
        for listener in self._waiting.get(org_id, ()):
            listener.poked = True
            listener.awake.set()

    def _pass_on(self, org_id: str, events: Sequence[tuple[str, bytes]]) -> None:
        for listener in self._waiting.get(org_id, ()):
            mine = [event for user_id, event in events if user_id == listener.user_id]
            if mine:
                listener.told.extend(mine)
                listener.awake.set()

    def _forget(self, org_id: str, listener: _Listener) -> None:
        listeners = self._waiting.get(org_id, set())
        listeners.discard(listener)
        if not listeners:
            self._waiting.pop(org_id, None)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
