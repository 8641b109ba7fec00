"""A conversation with a telephone system: what both protocols have in common."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from agentdesk.errors import Code, ExternalError
from agentdesk.telephony.events import Call, CallEvent
from agentdesk.telephony.system import PhoneSystem
from agentdesk.telephony.wire import ANSWER_S, Peer

Message = Mapping[str, str]


class Stage(StrEnum):
    """How far connecting has come."""

    CONNECTED = "connected"
    """The network reaches it and, where asked for, its certificate is known."""
    GREETED = "greeted"
    """It speaks the protocol."""
    LOGGED_IN = "logged-in"


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage that was reached, and what was seen there."""

    stage: Stage
    peer: Peer = field(default_factory=Peer)
    system: str = ""


Reached = Callable[[Progress], None]


class Session(Protocol):
    """A conversation after the login. Its coroutines are for one event loop."""

    @property
    def system(self) -> str:
        """Who answers, in its own words."""
        ...

    def events(self) -> AsyncIterator[Message]:
        """Yield events until the line drops, which raises `ExternalError`; to be iterated once.

        Answers to what is asked meanwhile are read here too.
        """
        ...

    async def ping(self) -> None:
        """Ask whether the other side is there; raises `ExternalError(PHONES_UNREACHABLE)`."""
        ...

    async def place(self, call: Call) -> None:
        """Ask for a call; raises `AgentDeskError` if it is refused."""
        ...


class Calls(Protocol):
    """Makes the steps of calls out of a protocol's events."""

    def take(self, message: Message) -> None:
        """Understand one event."""
        ...

    def dialled(self, call: Call) -> None:
        """This desk asks for a call, whose id is the one that the system is given."""
        ...

    def refused(self, call: Call) -> None:
        """That call will not come about."""
        ...


class Dialect(Protocol):
    """A protocol."""

    def open(self, system: PhoneSystem, reached: Reached) -> AbstractAsyncContextManager[Session]:
        """Connect and log in; every stage is told. Raises `ExternalError` with the cause."""
        ...

    def calls(self, system: PhoneSystem, tell: Callable[[CallEvent], None]) -> Calls:
        """Return what understands the events."""
        ...


class Pending:
    """Answers that are waited for, by the id of what was asked."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Message]] = {}

    async def answer(self, key: str) -> Message:
        """Wait for the answer to `key`; raises `PHONES_UNREACHABLE` if none comes."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[key] = future
        try:
            async with asyncio.timeout(ANSWER_S):
                return await future
        except TimeoutError as failure:
            raise ExternalError(Code.PHONES_UNREACHABLE) from failure
        finally:
            self._waiting.pop(key, None)

    def settle(self, key: str, message: Message) -> bool:
        """Pass an answer on; tells whether somebody waits for it."""
        future = self._waiting.get(key)
        if future is None or future.done():
            return False
        future.set_result(message)
        return True
