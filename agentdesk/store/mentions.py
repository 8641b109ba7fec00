"""Which numbers are mentioned in notes, contacts, facts and promises, and what was forgotten of it.

Kept up in the same transaction as the rows, by whoever puts or deletes them. Rows that were loaded
in bulk, or by an earlier version, are read afterwards, in small steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from agentdesk.decoding import convert
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.domain.texts import may_hold_number, numbers_in
from agentdesk.store import tables as t
from agentdesk.store.state import get_state, set_state

MENTIONS_READ = "mentions_read"
"""How far texts have been read; speaks of the content of one file."""

ROWS_AT_ONCE = 1_000
_BATCH = 500
_Row = Mapping[str, Any] | sa.RowMapping


class _Source(msgspec.Struct, frozen=True):
    """In which columns the texts of a kind stand, and in which the moment."""

    texts: tuple[str, ...]
    at: str


SOURCES: Mapping[KindName, _Source] = {
    KindName.NOTE: _Source(("text",), "created_at"),
    KindName.INTERACTION: _Source(("subject", "summary"), "occurred_at"),
    KindName.FACT: _Source(("text",), "learned_at"),
    KindName.PROMISE: _Source(("text",), "made_at"),
}


class Progress(msgspec.Struct, frozen=True):
    """Which texts have been read for numbers of `region`: those from row `down_to` on, by kind."""

    region: str
    down_to: dict[str, int] = {}

    @property
    def is_complete(self) -> bool:
        """Whether all texts of all kinds have been read."""
        return all(self.down_to.get(kind) == 0 for kind in SOURCES)


# --- Kept up with the rows ----------------------------------------------------------------------


def note_mentions(connection: sa.Connection, kind: KindName, rows: Sequence[_Row]) -> None:
    """Keep which numbers these records mention, in the place of what they mentioned before."""
    if kind not in SOURCES or not rows:
        return
    forget_mentions(connection, kind, [row["id"] for row in rows])
    region = None
    found: list[dict[str, Any]] = []
    for row in rows:
        text = _text_of(kind, row)
        if not text:
            continue
        if region is None:
            region = home_region(connection)
        if may_hold_number(text, region):
            found += _mentions(kind, row, text, region)
    if found:
        connection.execute(_ADD, found)


def forget_mentions(connection: sa.Connection, kind: KindName, ids: Sequence[str]) -> None:
    """Forget what these records mention: they are changed, or gone."""
    if kind not in SOURCES:
        return
    m = t.mention.c
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        connection.execute(t.mention.delete().where(m.record_id.in_(part), m.kind == kind.value))


def home_region(connection: sa.Connection) -> str:
    """Return where numbers without a country code belong; "" before that is known."""
    known = connection.execute(sa.select(t.organisation.c.region).limit(1)).scalar()
    # Before the first page has come, what Central said at sign-in stands in.
    return known or get_state(connection, "region") or ""


def _text_of(kind: KindName, row: _Row) -> str:
    """Return what is looked through; nothing of nobody, and nothing that is masked."""
    if not row["customer_id"] or row.get("sensitive"):
        return ""
    return "\n".join(row[column] for column in SOURCES[kind].texts if row[column])


def _mentions(kind: KindName, row: _Row, text: str, region: str) -> list[dict[str, Any]]:
    return [
        {
            "e164": e164,
            "at": row[SOURCES[kind].at] or "",
            "kind": kind.value,
            "record_id": row["id"],
            "customer_id": row["customer_id"],
        }
        for e164 in _numbers_in(text, region)
    ]


# What was found while it was read need not be found again while the file is locked to write it.
_numbers_in = lru_cache(maxsize=1024)(numbers_in)


_ADD = insert(t.mention).on_conflict_do_nothing()


# --- Read afterwards ----------------------------------------------------------------------------


def progress(connection: sa.Connection) -> Progress:
    """Return how far the texts have been read; from the start, if that was for another region."""
    region = home_region(connection)
    kept = get_state(connection, MENTIONS_READ)
    if not isinstance(kept, dict) or kept.get("region") != region:
        return Progress(region)
    return convert(kept, Progress)


def read_on(
    connection: sa.Connection, state: Progress
) -> tuple[Progress, dict[KindName, list[str]]]:
    """Look through the next texts, the latest first; return how far that is, and what may matter.

    Writes nothing: `keep_read` does, in a short transaction.
    """
    for kind, source in SOURCES.items():
        down_to = state.down_to.get(kind)
        if down_to == 0:
            continue
        table = t.TABLES[kind]
        masked = [table.c.sensitive] if kind is KindName.FACT else []
        columns = [table.c[name] for name in ("id", "customer_id", *source.texts)]
        rowid: sa.ColumnElement[int] = sa.literal_column("rowid", sa.Integer)
        query = sa.select(rowid.label("row"), *columns, *masked).select_from(table)
        if down_to is not None:
            query = query.where(rowid < down_to)
        rows = connection.execute(query.order_by(rowid.desc()).limit(ROWS_AT_ONCE)).mappings().all()
        last = rows[-1]["row"] if len(rows) == ROWS_AT_ONCE else 0
        texts = ((row["id"], _text_of(kind, row)) for row in rows)
        ids = [
            record_id
            for record_id, text in texts
            if may_hold_number(text, state.region) and _numbers_in(text, state.region)
        ]
        return Progress(state.region, {**state.down_to, kind.value: last}), {kind: ids}
    return state, {}


def keep_read(
    connection: sa.Connection,
    before: Progress,
    after: Progress,
    found: Mapping[KindName, Sequence[str]],
) -> None:
    """Keep what the records `found` mention as they are now, and that this led to `after`.

    Nothing is kept if the file no longer stands at `before`: it may be another one by now.
    """
    if progress(connection) != before:
        return
    for kind, ids in found.items():
        table = t.TABLES[kind]
        for start in range(0, len(ids), _BATCH):
            query = sa.select(table).where(table.c.id.in_(ids[start : start + _BATCH]))
            note_mentions(connection, kind, connection.execute(query).mappings().all())
    set_state(connection, **{MENTIONS_READ: msgspec.to_builtins(after)})


def read_again(connection: sa.Connection) -> None:
    """Forget how far the texts have been read, and what was found in them."""
    connection.execute(t.mention.delete())
    set_state(connection, **{MENTIONS_READ: None})


# --- Forgotten by a person ------------------------------------------------------------------------


def dismiss(connection: sa.Connection, numbers: Iterable[str], customer_id: str) -> None:
    """Remember that these numbers are not the customer's, wherever they are mentioned."""
    values = [{"e164": e164, "customer_id": customer_id, "at": to_text(now())} for e164 in numbers]
    connection.execute(insert(t.mention_dismissed).on_conflict_do_nothing(), values)


def allow_again(connection: sa.Connection, numbers: Iterable[str], customer_id: str) -> None:
    """Take `dismiss` back."""
    c = t.mention_dismissed.c
    connection.execute(
        t.mention_dismissed.delete().where(c.e164.in_(list(numbers)), c.customer_id == customer_id)
    )


def follow_merge(connection: sa.Connection, loser: str, winner: str) -> None:
    """Let what was dismissed for a customer hold for whom they were merged into."""
    c = t.mention_dismissed.c
    rows = connection.execute(sa.select(c.e164, c.at).where(c.customer_id == loser)).all()
    if not rows:
        return
    values = [{"e164": row.e164, "customer_id": winner, "at": row.at} for row in rows]
    connection.execute(insert(t.mention_dismissed).on_conflict_do_nothing(), values)
    connection.execute(t.mention_dismissed.delete().where(c.customer_id == loser))


def erase(connection: sa.Connection, customers: Sequence[str]) -> None:
    """Forget, of customers who were erased, even what was dismissed."""
    c = t.mention_dismissed.c
    connection.execute(t.mention_dismissed.delete().where(c.customer_id.in_(customers)))
