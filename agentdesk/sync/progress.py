"""What the threads of synchronisation have found out, and the status that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from agentdesk.domain.moments import from_text
from agentdesk.errors import Code
from agentdesk.store import outbox
from agentdesk.sync.plan import Pace, needs_a_person, state_after
from agentdesk.sync.status import SyncState, SyncStatus

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and the client with that person's tokens and no others."""

    client: CentralClient
    device_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the threads have found out; replaced under the engine's guard.

    `reading` is how far the pull is. `faults` holds what keeps each loop from its work: one that
    goes on does not make another's trouble disappear.
    """

    reading: SyncState = SyncState.SIGNED_OUT
    faults: Mapping[str, Code] = field(default_factory=dict)
    offline_since: datetime | None = None
    received: int = 0
    expected: int | None = None
    skew_s: float | None = None
    work: float | None = None
    pace: Pace | None = None
    paused: bool = False
    again: bool = False

    @property
    def error(self) -> Code | None:
        """The fault that says most: one that waits for a person, before one that may pass."""
        codes = sorted(self.faults.values(), key=lambda c: not needs_a_person(state_after(c)))
        return codes[0] if codes else None

    @property
    def state(self) -> SyncState:
        """Where synchronisation stands as a whole."""
        idle = self.reading in (SyncState.SIGNED_OUT, SyncState.ELSEWHERE)
        return self.reading if idle or self.error is None else state_after(self.error)


def status_of(p: Progress, waiting: outbox.Waiting, last_pull: str | None) -> SyncStatus:
    """Return the status by what the threads know, what waits, and when was last pulled."""
    oldest = waiting.oldest_made_at
    return SyncStatus(
        state=p.state,
        pending=waiting.pending,
        attention=waiting.attention,
        conflicts=waiting.conflicts,
        others=waiting.others,
        oldest_pending_at=from_text(oldest) if oldest else None,
        offline_since=p.offline_since,
        last_sync_at=from_text(last_pull) if last_pull else None,
        error=p.error,
        received=p.received,
        expected=p.expected,
        skew_s=p.skew_s,
        rate_per_s=p.pace.rate_per_s if p.pace else None,
        left_s=p.pace.left_s(p.work) if p.pace else None,
        paused=p.paused,
        again=p.again,
    )
