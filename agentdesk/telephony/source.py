"""The one interface of everything that calls come from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from agentdesk.errors import Code
from agentdesk.telephony.events import Call, CallEvent


class LineState(StrEnum):
    """Whether a source hears of calls."""

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    """It could not connect, or was cut off, and tries again by itself."""


@dataclass(frozen=True, slots=True)
class LineStatus:
    """How a source stands; `code` says why it waits, `system` who answers there."""

    state: LineState = LineState.OFF
    code: Code | None = None
    system: str = ""


Tell = Callable[[CallEvent], None]
"""Called for every step of a call, on a thread of the source."""

Stands = Callable[[LineStatus], None]
"""Called whenever a source stands otherwise, on a thread of the source."""


class Source(Protocol):
    """Where calls come from. Nothing here waits: the work is done on a thread of the source."""

    @property
    def can_dial(self) -> bool:
        """Whether it can place calls as well."""
        ...

    def start(self, tell: Tell, stands: Stands) -> None:
        """Begin to listen; once only."""
        ...

    def stop(self) -> None:
        """Listen no more. Blocks until its thread has ended: not for the window's thread."""
        ...

    def dial(self, call: Call) -> Future[None]:
        """Have this desk's telephone call `call.number`; what becomes of it is told as steps.

        Fails with `AgentDeskError`: for a number that cannot be dialled, without a connection, and
        if the telephone system refuses.
        """
        ...
