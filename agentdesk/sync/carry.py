"""What a desk brings from its cache into one that was loaded anew: all that is its own."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.store import outbox, swap
from agentdesk.store import tables as t
from agentdesk.store.loading import LOADING
from agentdesk.store.mentions import MENTIONS_READ, note_mentions
from agentdesk.store.rows import delete_rows, get_row, owner_of, put_rows
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.state import get_all_states, get_state, set_state
from agentdesk.sync import erasure, merges, outside
from agentdesk.sync.absorb import CURSOR, LAST_PULL_AT, show_records
from agentdesk.sync.brake import REMOVALS
from agentdesk.sync.digest_check import CHECKED
from agentdesk.sync.edits import INDEXED
from agentdesk.sync.outside import is_outside
from agentdesk.sync.protocol import GoneReason, PageGone, PageRow
from agentdesk.sync.purge import ARRIVED

_CENTRALS = frozenset(
    table.name
    for table in (
        *(*t.TABLES.values(), t.shadow, t.alias, t.sync_state),
        *(t.search_entry, t.search_gone, t.search_word, t.search_near, t.mention),
    )
)
OWN = tuple(table for table in t.metadata.sorted_tables if table.name not in _CENTRALS)
"""Tables whose content no snapshot has; what a later version adds belongs to them unless said."""

_ERASED = "loading_erased"
_OF_THE_FILE = frozenset(
    {
        *(CURSOR, LAST_PULL_AT, ARRIVED, CHECKED, *REMOVALS),
        *(LOADING, _ERASED, swap.LOADING_FILE, swap.SUPERSEDED_BY, MENTIONS_READ),
    }
)
"""What is said of a file's content, and does not go with the rest into another."""

_BATCH = 500
_Record = tuple[KindName, str]


def carry(old: sa.Connection, new: sa.Connection) -> None:
    """Bring what is the desk's own from `old` to `new`, and show its pending edits there.

    Doing it again, after it was committed and the files were not swapped, comes to the same.
    """
    _take_back(new)
    # What an earlier carrying has brought of those outside is not Central's word on the scope.
    outside.remove_all(new)
    for table in OWN:
        new.execute(table.delete())
        _copy(old, new, table, sa.select(table))
    outside.unmark_present(new)
    _carry_states(old, new)
    _keep_held(old, new)
    erasure.forget(new, _erased(new))
    again = merges.follow(new, _merged(new))
    pending = outbox.pending_records(new)
    for kind, record_id in pending:
        outside_scope = is_outside(new, kind, record_id)
        row = outbox.get_shadow(old, kind, record_id) if outside_scope else None
        outbox.keep_shadow(new, kind, record_id, row or get_row(new, kind, record_id))
    show_records(new, pending | again)


def note_erased(connection: sa.Connection, lines: Iterable[PageRow | PageGone]) -> None:
    """Remember, in a file that is being loaded, who was erased: what is carried may tell of them.

    In the transaction that takes the lines in.
    """
    erased = [line for line in lines if _is_erased(line)]
    if erased:
        known = get_state(connection, _ERASED) or []
        set_state(connection, **{_ERASED: known + [[line.kind, line.id] for line in erased]})


def _is_erased(line: PageRow | PageGone) -> bool:
    return isinstance(line, PageGone) and line.reason is GoneReason.ERASED


def _erased(new: sa.Connection) -> list[PageGone]:
    return [
        PageGone(kind=kind, id=record_id, seq=0, reason=GoneReason.ERASED)
        for kind, record_id in get_state(new, _ERASED) or []
    ]


def _merged(new: sa.Connection) -> list[PageGone]:
    """Return, as a page would tell it, who was merged of those for whom something waits here."""
    mentioned: set[str] = set(new.execute(sa.select(t.draft.c.id)).scalars())
    for table in (t.outbox, t.attention, t.conflict, t.merged, t.draft):
        column = table.c.customer_id if table is t.draft else table.c.owner_id
        mentioned |= set(new.execute(sa.select(column).distinct()).scalars())
    lines: list[PageGone] = []
    for part in _batches(mentioned - {None}):
        found = new.execute(sa.select(t.alias).where(t.alias.c.loser.in_(part)))
        lines += [
            PageGone(
                kind=KindName.CUSTOMER.value,
                id=row.loser,
                seq=0,
                reason=GoneReason.MERGED,
                into=row.winner,
            )
            for row in found
        ]
    return lines


def _take_back(new: sa.Connection) -> None:
    """Make visible again what Central has of the records with pending edits."""
    shadows = new.execute(sa.select(t.shadow.c.kind, t.shadow.c.record_id)).all()
    owners: set[str | None] = set()
    for name, record_id in shadows:
        kind = KindName(name)
        row = outbox.get_shadow(new, kind, record_id)
        shown = get_row(new, kind, record_id)
        if row is None:
            delete_rows(new, kind, [record_id])
        else:
            put_rows(new, kind, [(record_id, row)])
        if kind in INDEXED:
            owners |= {owner_of(kind, record_id, r.fields) for r in (row, shown) if r is not None}
    new.execute(t.shadow.delete())
    reindex_customers(new, {owner for owner in owners if owner is not None})


def _carry_states(old: sa.Connection, new: sa.Connection) -> None:
    mine = {key: v for key, v in get_all_states(old).items() if key not in _OF_THE_FILE}
    theirs = {key: None for key in get_all_states(new) if key not in _OF_THE_FILE}
    set_state(new, **(theirs | mine))


def _copy(
    old: sa.Connection, new: sa.Connection, table: sa.Table, query: sa.Select[tuple[object, ...]]
) -> None:
    found = old.execute(query).mappings()
    while rows := found.fetchmany(_BATCH):
        new.execute(insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])


def _keep_held(old: sa.Connection, new: sa.Connection) -> None:
    """Keep what is not in the scope any more and on which something waits, marked as such."""
    kept: set[str] = set()
    for table in (t.outbox, t.attention, t.conflict):
        query = sa.select(table.c.owner_id).where(table.c.owner_id.is_not(None)).distinct()
        kept |= set(old.execute(query).scalars())
    kept |= set(old.execute(sa.select(t.outside.c.customer_id)).scalars()) - {None}
    kept |= set(old.execute(sa.select(t.visitor.c.customer_id)).scalars())
    missing = kept - _there(new, kept)
    # What Central has never had is no matter of scope.
    known = missing & _there(old, missing, known=True)
    for kind in KINDS:
        owner = KINDS[kind].owner
        if owner is None:
            continue
        for customers in _batches(known):
            _keep_kind(old, new, kind, t.TABLES[kind].c[owner].in_(customers))
    reindex_customers(new, known)


def _there(connection: sa.Connection, ids: set[str], *, known: bool = False) -> set[str]:
    found: set[str] = set()
    for part in _batches(ids):
        query = sa.select(t.customer.c.id).where(t.customer.c.id.in_(part))
        if known:
            query = query.where(t.customer.c.row_seq > 0)
        found |= set(connection.execute(query).scalars())
    return found


def _keep_kind(
    old: sa.Connection, new: sa.Connection, kind: KindName, condition: sa.ColumnElement[bool]
) -> None:
    table = t.TABLES[kind]
    owner = KINDS[kind].owner or "id"
    query = sa.select(table).where(condition, table.c.row_seq > 0)
    found = old.execute(query).mappings().all()
    # Central may have removed a customer alone: what belonged to them is still inside.
    there = sa.select(table.c.id).where(table.c.id.in_([row["id"] for row in found]))
    inside = set(new.execute(there).scalars()) if found else set()
    rows = [row for row in found if row["id"] not in inside]
    if not rows:
        return
    new.execute(insert(table).on_conflict_do_nothing(), [dict(row) for row in rows])
    note_mentions(new, kind, rows)
    marks = [
        {"kind": kind.value, "record_id": row["id"], "customer_id": row[owner]} for row in rows
    ]
    new.execute(insert(t.outside).on_conflict_do_nothing(), marks)


def _batches(ids: Iterable[str]) -> Iterable[list[str]]:
    wanted = sorted(ids)
    return (wanted[start : start + _BATCH] for start in range(0, len(wanted), _BATCH))
