"""Taking in what Central sends: verdicts and pages of changes, under the desk's own edits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import Changed, ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.store import outbox
from agentdesk.store.aliases import is_merged
from agentdesk.store.rows import StoredRow, delete_rows, get_row, owner_of, owners_before, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.state import set_state
from agentdesk.sync import erasure, merges, outside
from agentdesk.sync.edits import INDEXED
from agentdesk.sync.overlay import overlay
from agentdesk.sync.protocol import (
    GoneReason,
    Mutation,
    Outcome,
    PageEnd,
    PageGone,
    PageRow,
    Patch,
    Verdict,
)
from agentdesk.sync.purge import note_arrival
from agentdesk.sync.verdicts import tell_person

WHOLESALE_ROWS = 500
"""A page with more rows than this is announced as one wholesale change."""

_KNOWN_KINDS = frozenset(kind.value for kind in KindName)

CURSOR = "cursor"
LAST_PULL_AT = "last_pull_at"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of changes whose checksum has been verified."""

    lines: Sequence[PageRow | PageGone]
    end: PageEnd


def absorb_page(connection: sa.Connection, page: Page) -> ChangeSet:
    """Take a page in and move the cursor behind it, both in this transaction (invariant 2)."""
    changes = absorb_lines(connection, page.lines, page.end.absorbed)
    set_state(connection, **{CURSOR: page.end.cursor, LAST_PULL_AT: to_text(now())})
    note_arrival(connection, page.end)
    return changes


def absorb_lines(
    connection: sa.Connection, lines: Sequence[PageRow | PageGone], absorbed: int
) -> ChangeSet:
    """Take records in beneath what is pending, and settle what they contain of this desk's edits.

    `absorbed` is the highest number of which all is contained.
    """
    again = merges.follow(connection, lines)
    erasure.forget(connection, lines)
    known = [(KindName(line.kind), line) for line in lines if line.kind in _KNOWN_KINDS]
    named = [(kind, line.id) for kind, line in known]
    pending = outbox.pending_records(connection, named)
    settled = outbox.settle(connection, absorbed, to_text(now()))
    waiting = outbox.pending_records(connection, named) if settled else pending
    answered = {(i.kind, i.record_id) for i in settled}
    answered |= merges.successors(connection, answered)
    owners = _Owners(connection, {*named, *again, *answered})
    leaving = [(k, line.id) for k, line in known if _leaves(line)]
    staying = outside.hold(connection, [(k, i, owners.before(k, i)) for k, i in leaving], pending)
    outside.came_back(connection, [(k, line.id) for k, line in known if not _leaves(line)])
    told: dict[tuple[KindName, str], StoredRow | None] = {}
    for kind, line in known:
        if (kind, line.id) in staying:
            owners.note_held(kind, line.id)
            continue
        told[kind, line.id] = _stored(line)
        owners.note(kind, line.id, told[kind, line.id])
    for record, row in told.items():
        if record in waiting:
            outbox.replace_shadow(connection, *record, row)
    # What has just been read is Central's word as it is, unless more waits on top of it.
    plain = {record: row for record, row in told.items() if record not in waiting}
    _put(connection, plain)
    outbox.drop_shadows(connection, [r for r in plain if r in pending or r in again])
    outside.fold(connection, [i for i in settled if (i.kind, i.record_id) not in told])
    for kind, record_id in sorted((again | answered | (told.keys() & waiting)) - plain.keys()):
        owners.note(kind, record_id, show_again(connection, kind, record_id))
    for kind, record_id, owner_id in outside.purge(connection, now()):
        owners.note_gone(kind, record_id, owner_id)
    reindex_customers(connection, owners.indexed)
    if len(lines) > WHOLESALE_ROWS:
        return ChangeSet(wholesale=True)
    return ChangeSet.of(owners.changed)


class _Owners:
    """Gathers which records and which customers a page touches."""

    def __init__(self, connection: sa.Connection, touched: Iterable[tuple[KindName, str]]) -> None:
        self.changed: set[Changed] = set()
        self.indexed: set[str] = set()
        self._before = owners_before(connection, touched)

    def before(self, kind: KindName, record_id: str) -> str | None:
        """Return the customer that the record belonged to in the cache before the page."""
        return self._before.get((kind, record_id))

    def note_held(self, kind: KindName, record_id: str) -> None:
        """Count a record that stays as it is, though its standing has changed."""
        self.changed.add(Changed(kind, record_id, self.before(kind, record_id)))

    def note_gone(self, kind: KindName, record_id: str, owner_id: str | None) -> None:
        """Count a record that the page did not name and that has left the cache with it."""
        self.changed.add(Changed(kind, record_id, owner_id))
        if owner_id is not None and kind in INDEXED:
            self.indexed.add(owner_id)

    def note(self, kind: KindName, record_id: str, row: StoredRow | None) -> None:
        """Count the customer that the record belongs to now, and the one it belonged to."""
        owners = {self._before.get((kind, record_id))}
        if row is not None:
            owners.add(owner_of(kind, record_id, row.fields))
        for customer_id in (owners - {None}) or {None}:
            self.changed.add(Changed(kind, record_id, customer_id))
            if customer_id is not None and kind in INDEXED:
                self.indexed.add(customer_id)


def _put(connection: sa.Connection, told: Mapping[tuple[KindName, str], StoredRow | None]) -> None:
    """Write records as Central has them; those that are no more go."""
    arrived: dict[KindName, list[tuple[str, StoredRow]]] = defaultdict(list)
    departed: dict[KindName, list[str]] = defaultdict(list)
    for (kind, record_id), row in told.items():
        if row is None:
            departed[kind].append(record_id)
        else:
            arrived[kind].append((record_id, row))
    for kind, ids in departed.items():
        delete_rows(connection, kind, ids)
    for kind, rows in arrived.items():
        put_rows(connection, kind, rows)


def _leaves(line: PageRow | PageGone) -> bool:
    return isinstance(line, PageGone) and line.reason is GoneReason.LEFT_SCOPE


def _stored(line: PageRow | PageGone) -> StoredRow | None:
    if isinstance(line, PageGone):
        return None
    return StoredRow(line.fields, line.seq, line.created_seq, line.versions)


def show_again(connection: sa.Connection, kind: KindName, record_id: str) -> StoredRow | None:
    """Make the visible row Central's version with what is still pending on top; return it.

    Forgets Central's version once nothing is pending.
    """
    waiting = outbox.of_record(connection, kind, record_id)
    # Without one, what is visible is Central's: of a successor, say, for whom nothing waited.
    outbox.keep_shadow(connection, kind, record_id, get_row(connection, kind, record_id))
    central = outbox.get_shadow(connection, kind, record_id)
    mutations = [(i, decode_json(i.payload, Mutation)) for i in waiting]
    fields = overlay(
        central.fields if central else None,
        # Of edits of somebody who was merged into this customer, Central applies changes alone.
        [m for i, m in mutations if i.record_id == record_id or isinstance(m.operation, Patch)],
    )
    if not waiting:
        outbox.drop_shadow(connection, kind, record_id)
    if fields is not None and waiting:
        fields = merges.to_successor(connection, fields)
    if fields is None or is_merged(connection, kind, record_id):
        delete_rows(connection, kind, [record_id])
        return None
    base = central or StoredRow({})
    shown = StoredRow(fields, base.seq, base.created_seq, base.versions)
    put_rows(connection, kind, [(record_id, shown)])
    return shown


def absorb_verdicts(connection: sa.Connection, verdicts: Iterable[Verdict]) -> ChangeSet:
    """Keep Central's answers; what it refused, contests or merged is put before a person.

    A repeated answer changes nothing. `RETRY` leaves the mutation waiting.
    """
    final = {v.n: v for v in verdicts if v.outcome is not Outcome.RETRY}
    encoded = {n: msgspec.json.encode(verdict) for n, verdict in final.items()}
    changed: set[Changed] = set()
    for judged in outbox.keep_verdicts(connection, encoded):
        changed.add(Changed(judged.kind, judged.record_id, judged.owner_id))
        tell_person(connection, judged, final[judged.n])
    return ChangeSet.of(changed)


def show_pending(connection: sa.Connection) -> None:
    """Show every pending edit again, as after a cache was made anew around its outbox."""
    pending = outbox.pending_records(connection)
    for kind, record_id in pending:
        outbox.keep_shadow(connection, kind, record_id, None)
    show_records(connection, pending)


def send_again(connection: sa.Connection, last_n: int) -> ChangeSet:
    """Let what was judged above `last_n` wait and show again: Central, restored, has lost it.

    Numbers up to `last_n` are not given out again, should this cache be the one that was restored.
    """
    outbox.raise_numbers(connection, last_n)
    again = outbox.rewind(connection, last_n)
    return show_records(connection, {(i.kind, i.record_id) for i in again})


def show_records(connection: sa.Connection, records: set[tuple[KindName, str]]) -> ChangeSet:
    """Show each of `records` again as it is at Central, with what is still pending on top.

    So is everybody who stands for one of them: their edits show there.
    """
    records = records | merges.successors(connection, records)
    owners = _Owners(connection, records)
    for kind, record_id in sorted(records):
        owners.note(kind, record_id, show_again(connection, kind, record_id))
    reindex_customers(connection, owners.indexed)
    return ChangeSet.of(owners.changed)
