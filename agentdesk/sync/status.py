"""What the status bar may say: never more than is true (invariant 9 of the protocol)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agentdesk.errors import Code


class SyncState(StrEnum):
    """Where synchronisation stands."""

    SIGNED_OUT = "signed-out"
    FIRST_SYNC = "first-sync"
    CATCHING_UP = "catching-up"
    LIVE = "live"
    OFFLINE = "offline"
    LOCKED = "locked"
    """The sign-in has run out or was taken back; what waits is kept."""
    UPGRADE = "upgrade"
    """Central speaks another schema; the desk goes on working locally."""
    FORKED = "forked"
    """Another copy of this profile has sent edits under its numbers; uploads have stopped."""
    DIFFERS = "differs"
    """What is here and what Central says of it do not agree; edits are sent as always."""
    WIPED = "wiped"
    """Central had this desk wiped: its key is destroyed."""
    ELSEWHERE = "elsewhere"
    """Another process synchronises this profile."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """One truth for status bar, sync screen and `agentdesk status`.

    `received` and `expected` count changes of the exchange under way; `skew_s` is Central's
    clock minus ours. `error` is what ended the last exchange, if it failed. During a first sync
    `rate_per_s` counts records, `left_s` is how long the rest will take, `paused` tells that a
    person has cancelled it for now, and `again` that everything is read anew, while the desk goes
    on showing what it had. `attention` and `conflicts` wait for the signed-in person, `others` for
    other people of this profile.
    """

    state: SyncState = SyncState.SIGNED_OUT
    pending: int = 0
    attention: int = 0
    conflicts: int = 0
    others: int = 0
    oldest_pending_at: datetime | None = None
    offline_since: datetime | None = None
    last_sync_at: datetime | None = None
    error: Code | None = None
    received: int = 0
    expected: int | None = None
    skew_s: float | None = None
    rate_per_s: float | None = None
    left_s: float | None = None
    paused: bool = False
    again: bool = False

    @property
    def can_cancel(self) -> bool:
        """Tell whether a first sync is under way that a person may cancel, to resume it later."""
        return self.state is SyncState.FIRST_SYNC and not self.paused

    @property
    def all_saved(self) -> bool:
        """Tell whether everything that was typed here is safely at Central."""
        return not (self.pending or self.attention or self.conflicts or self.others)
