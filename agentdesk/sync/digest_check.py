"""Comparing what a desk has with what Central says that its scope holds, bucket by bucket.

Only equal positions are compared: the desk reads all changes first, Central answers as of the head
of the feed, and what a desk has at another cursor says nothing. A desk's own edits do not count:
of a record with pending edits Central's version beneath them does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.domain.moments import from_text, now, to_text
from agentdesk.errors import Code, ExternalError
from agentdesk.store import tables as t
from agentdesk.store.rows import owner_of
from agentdesk.store.state import get_state, get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import CURSOR
from agentdesk.sync.digests import BUCKETS, bucket_of, check_of
from agentdesk.sync.protocol import SCHEMA, BucketDigest, Digest

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

CHECK_EVERY = timedelta(days=1)
CHECK_AGAIN = timedelta(minutes=15)
RESET_AT_MOST_EVERY = timedelta(hours=6)
"""A cache that differs again soon after it was made anew would differ once more."""

CHECKED = "digest_checked"
"""What the last comparison found: `{"at", "differing"}`; forgotten with what it was made of."""
RESET_AT = "digest_reset_at"
CENTRAL_SCHEMA = "central_schema"

_SLICE_ROWS = 500
_TRIES = 5
_Record = tuple[KindName, str]


@dataclass
class Tally:
    """Counts and checksums by bucket; `skipped` are the buckets of records that were left out."""

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    checks: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    skipped: set[int] = field(default_factory=set)

    def add(self, kind: KindName, record_id: str, owner_id: str | None, seq: int) -> None:
        """Count a record at version `seq`."""
        bucket = bucket_of(owner_id or record_id)
        self.counts[bucket] += 1
        self.checks[bucket] = (self.checks[bucket] + check_of(kind, record_id, seq)) % (1 << 64)

    def differing(self, buckets: list[BucketDigest]) -> list[int]:
        """Return the buckets that are not as Central has them."""
        mine = zip(self.counts, self.checks, strict=True)
        return [n for n, both in enumerate(mine) if both != (buckets[n].count, buckets[n].checksum)]


def tally(store: Store, cursor: str | None, without: Collection[_Record] = ()) -> Tally | None:
    """Count what the cache has of the scope at `cursor`; None if it has moved on meanwhile.

    Reads in slices, each in a short transaction of its own: what a person writes meanwhile does
    not wait, and changes nothing in Central's versions. Blocks for some seconds on a large cache.
    """
    found = Tally()
    for kind in KINDS:
        after: str | None = ""
        while after is not None:
            read = store.read_here(_tally_slice, found, kind, after, cursor, without)
            if read is None:
                return None
            after = read or None
    return found


def _tally_slice(
    connection: sa.Connection,
    found: Tally,
    kind: KindName,
    after: str,
    cursor: str | None,
    without: Collection[_Record],
) -> str | None:
    """Count a slice of a kind; return its last id, "" after the last slice, None if it moved."""
    if get_state(connection, CURSOR) != cursor:
        return None
    table = t.TABLES[kind]
    owner = table.c[KINDS[kind].owner or "id"]
    query = sa.select(table.c.id, owner, table.c.row_seq).where(table.c.id > after)
    rows = connection.execute(query.order_by(table.c.id).limit(_SLICE_ROWS)).all()
    last = rows[-1][0] if len(rows) == _SLICE_ROWS else ""
    beneath = _between(connection, t.shadow, kind, after, last)
    visible = [
        (record_id, owner_id, seq) for record_id, owner_id, seq in rows if record_id not in beneath
    ]
    below = [
        (record_id, owner_of(kind, record_id, row.body), row.row_seq)
        for record_id, row in beneath.items()
        if row.body is not None
    ]
    apart = _between(connection, t.outside, kind, after, last)
    for record_id, owner_id, seq in (*visible, *below):
        if not seq or record_id in apart:
            continue
        if (kind, record_id) in without:
            found.skipped.add(bucket_of(owner_id or record_id))
        else:
            found.add(kind, record_id, owner_id, seq)
    return last


def _between(
    connection: sa.Connection, table: sa.Table, kind: KindName, after: str, last: str
) -> dict[str, sa.Row[tuple[object, ...]]]:
    query = sa.select(table).where(table.c.kind == kind.value, table.c.record_id > after)
    if last:
        query = query.where(table.c.record_id <= last)
    return {row.record_id: row for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison found: how many buckets differ, and how many records each side has."""

    differing: int
    here: int
    there: int


def compare(store: Store, client: CentralClient, catch_up: Callable[[], None]) -> Compared | None:
    """Compare the cache with Central; `catch_up` reads all changes there are.

    None if there was no comparing: Central does not offer it, speaks of records that this program
    does not know, or moves on faster than it can be caught up with.
    """
    if store.read_here(get_state, CENTRAL_SCHEMA) not in (None, SCHEMA):
        return None
    for _try in range(_TRIES):
        catch_up()
        digest = ask(client)
        if digest is None:
            return None
        if digest.cursor != store.read_here(get_state, CURSOR):
            continue
        mine = tally(store, digest.cursor)
        if mine is not None:
            there = sum(bucket.count for bucket in digest.buckets)
            return Compared(len(mine.differing(digest.buckets)), sum(mine.counts), there)
    return None


def ask(client: CentralClient) -> Digest | None:
    """Return Central's digest; None from a Central that offers none."""
    try:
        digest = client.digest()
    except ExternalError as failure:
        if failure.params.get("status") == _NOT_THERE or failure.code is Code.NOT_FOUND:
            return None
        raise
    if len(digest.buckets) != BUCKETS:
        raise ExternalError(Code.ANSWER_DAMAGED)
    return digest


_NOT_THERE = 404


def check_if_due(store: Store, client: CentralClient, catch_up: Callable[[], None]) -> None:
    """Compare once the cache is new, then every day, and on demand; see `check`.

    Raises `ExternalError(CACHE_DIFFERS)`, too, for as long as the last comparison stands that found
    a difference.
    """
    checked = store.read_here(get_state, CHECKED)
    differs = checked is not None and bool(checked["differing"])
    # A clock that was turned back must not put it off for years.
    age = now() - from_text(checked["at"]) if checked is not None else CHECK_EVERY
    if not timedelta() <= age < (CHECK_AGAIN if differs else CHECK_EVERY):
        check(store, client, catch_up)
    elif differs:
        raise ExternalError(Code.CACHE_DIFFERS)


def check(store: Store, client: CentralClient, catch_up: Callable[[], None]) -> Compared | None:
    """Compare, and have everything read anew if the cache is not what Central has.

    Raises `ExternalError(CACHE_DIFFERS)` for a cache that differs: it is never accepted in
    silence. The next exchange then begins with a reset, unless one of these was made shortly
    before. The log gets counts only.
    """
    compared = compare(store, client, catch_up)
    if compared is None:
        return None
    anew = store.write_here(_keep, compared, now())
    if not compared.differing:
        return compared
    logger.error(
        "the cache differs from Central in %d buckets (%d records here, %d there); %s",
        compared.differing,
        compared.here,
        compared.there,
        "reading it anew" if anew else "it was read anew already",
    )
    raise ExternalError(Code.CACHE_DIFFERS)


def _keep(connection: sa.Connection, compared: Compared, moment: datetime) -> bool:
    """Note what was found; tell whether everything is to be read anew because of it."""
    found = {"at": to_text(moment), "differing": compared.differing}
    reset_at = get_state(connection, RESET_AT)
    recent = reset_at is not None and (
        timedelta() <= moment - from_text(reset_at) < RESET_AT_MOST_EVERY
    )
    anew = bool(compared.differing) and not recent
    set_state(connection, **{CHECKED: found})
    if anew:
        set_state(connection, **{CURSOR: None, RESET_AT: to_text(moment), CHECKED: None})
    return anew


def ask_for_check(connection: sa.Connection) -> None:
    """Have the cache compared at the next opportunity."""
    set_state(connection, **{CHECKED: None})


def last_check(connection: sa.Connection) -> tuple[datetime, int] | None:
    """Return when the cache was last compared, and in how many buckets it differed."""
    checked = get_states(connection, [CHECKED])[CHECKED]
    return None if checked is None else (from_text(checked["at"]), checked["differing"])
