"""What synchronisation does next, decided from what is known; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import msgspec

from agentdesk.errors import Code
from agentdesk.store.outbox import Intention
from agentdesk.sync.protocol import MAX_PUSH_BYTES, MAX_PUSH_GROUPS, Group
from agentdesk.sync.status import SyncState

PULL_FLOOR_S = 60.0
"""A desk pulls at least this often, pokes or not."""


def retry_delay_s(attempt: int, *, ceiling_s: float = 300.0) -> float:
    """Return the pause before retry `attempt` (the first is 1), in seconds.

    Doubles from 2 s up to `ceiling_s`. Jitter is the caller's, so that tests stay exact.
    """
    return min(ceiling_s, 2.0 ** min(attempt, 20))


def batch(waiting: Iterable[Intention]) -> list[Group]:
    """Return the groups of the next push: whole ones, in order, within the protocol's bounds.

    A first group that alone exceeds the bounds is sent all the same: Central says what it
    thinks of it, and nothing stays stuck behind it unsaid.
    """
    groups: list[Group] = []
    size = 0
    for group_id, members in groupby(waiting, key=lambda intention: intention.group_id):
        payloads = [intention.payload for intention in members]
        size += sum(len(payload) for payload in payloads)
        if groups and (size > MAX_PUSH_BYTES // 2 or len(groups) == MAX_PUSH_GROUPS):
            break
        groups.append(Group(id=group_id, mutations=[msgspec.Raw(p) for p in payloads]))
    return groups


_STATES = {
    Code.SERVER_UNREACHABLE: SyncState.OFFLINE,
    Code.SERVER_UNTRUSTED: SyncState.OFFLINE,
    Code.SERVER_NOT_CENTRAL: SyncState.OFFLINE,
    Code.SERVER_BUSY: SyncState.OFFLINE,
    Code.SERVER_FAILED: SyncState.OFFLINE,
    Code.ANSWER_DAMAGED: SyncState.OFFLINE,
    Code.REMOVALS_UNCONFIRMED: SyncState.DIFFERS,
    Code.CACHE_DIFFERS: SyncState.DIFFERS,
    Code.TOKEN_EXPIRED: SyncState.LOCKED,
    Code.SIGNED_OUT: SyncState.LOCKED,
    Code.NO_PERMISSION: SyncState.LOCKED,
    Code.DEVICE_LOCKED: SyncState.LOCKED,
    Code.NOT_SIGNED_IN: SyncState.SIGNED_OUT,
    Code.PROGRAM_TOO_OLD: SyncState.UPGRADE,
    Code.PROGRAM_TOO_NEW: SyncState.UPGRADE,
    Code.DEVICE_FORKED: SyncState.FORKED,
    Code.NUMBERS_LOST: SyncState.FORKED,
    Code.DEVICE_WIPED: SyncState.WIPED,
}


def state_after(failure: Code) -> SyncState:
    """Return where a failed exchange leaves the desk; whatever waits is kept in every state."""
    return _STATES.get(failure, SyncState.OFFLINE)


def needs_a_person(state: SyncState) -> bool:
    """Tell whether trying again by itself would be of no use."""
    return state in (
        SyncState.SIGNED_OUT,
        SyncState.LOCKED,
        SyncState.UPGRADE,
        SyncState.FORKED,
        SyncState.WIPED,
    )


_PACE_WINDOW_S = 3.0
_SHORTEST_S = 0.01


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast work is done: so much of it `done` by `at_s`, a monotonic clock in seconds."""

    done: float
    at_s: float
    rate_per_s: float | None = None

    def on(self, done: float, at_s: float) -> Pace:
        """Return the pace once so much is done at `at_s`.

        What lies further back than some seconds counts less and less, so that the rate neither
        jumps with every batch nor keeps to a speed that is over.
        """
        seconds = at_s - self.at_s
        if seconds < _SHORTEST_S:
            return self
        now = max(0.0, done - self.done) / seconds
        if self.rate_per_s is None:
            return Pace(done, at_s, now)
        weight = seconds / (seconds + _PACE_WINDOW_S)
        return Pace(done, at_s, self.rate_per_s + weight * (now - self.rate_per_s))

    def left_s(self, work: float | None) -> float | None:
        """Return how long it takes until `work` is done; None while that cannot be told."""
        if work is None or not self.rate_per_s:
            return None
        return max(0.0, work - self.done) / self.rate_per_s
