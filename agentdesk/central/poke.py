"""Telling connected desks that there is something new: pokes, without data, that may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

from agentdesk.sync.protocol import POKE_HEARTBEAT_S

POKE = b"event: poke\ndata:\n\n"
HEARTBEAT = b": heartbeat\n\n"


class PokeHub:
    """Carries pokes from the threads that commit to the streams of the event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._closed = False

    def open(self) -> None:
        """Serve the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._closed = False

    def close(self) -> None:
        """End all streams. Call on the event loop."""
        self._closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    @property
    def listening(self) -> Mapping[str, int]:
        """How many streams are open per organisation. Read on the event loop."""
        return {org_id: len(events) for org_id, events in self._waiting.items()}

    def poke(self, org_id: str) -> None:
        """Poke all streams of an organisation. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, org_id)

    async def stream(
        self, org_id: str, *, lasts_s: float, heartbeat_s: float = POKE_HEARTBEAT_S
    ) -> AsyncIterator[bytes]:
        """Yield server-sent events for at most `lasts_s` seconds, the first one at once."""
        event = asyncio.Event()
        self._waiting.setdefault(org_id, set()).add(event)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + lasts_s
        try:
            yield HEARTBEAT
            if self._closed:
                event.set()
            while (left_s := ends_at - loop.time()) > 0:
                poked = await _is_set_within(event, min(heartbeat_s, left_s))
                if self._closed:
                    return
                event.clear()
                yield POKE if poked else HEARTBEAT
        finally:
            self._forget(org_id, event)

    def _wake(self, org_id: str) -> None:
        for event in self._waiting.get(org_id, ()):
            event.set()

    def _forget(self, org_id: str, event: asyncio.Event) -> None:
        events = self._waiting.get(org_id, set())
        events.discard(event)
        if not events:
            self._waiting.pop(org_id, None)


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
