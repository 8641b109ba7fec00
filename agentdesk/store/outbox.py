"""The desk's intentions: what waits for Central, what it judged, and its own view beneath."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert

from agentdesk.domain.kinds import KindName
from agentdesk.store.rows import StoredRow, get_row
from agentdesk.store.state import get_state, set_state
from agentdesk.store.tables import alias, attention, conflict, journal, merged, outbox, shadow

_NEXT_N = "next_n"
_BATCH = 500
_JOURNALED = (
    "n",
    "group_id",
    "kind",
    "record_id",
    "owner_id",
    "author_id",
    "payload",
    "made_at",
    "verdict",
)


# Built once: building such a statement costs more than running it for one record.
_OF_RECORD = (
    sa.select(outbox)
    .where(outbox.c.kind == sa.bindparam("of_kind"), outbox.c.record_id == sa.bindparam("of_id"))
    .order_by(outbox.c.n)
)
_OF_CUSTOMER = (
    sa.select(outbox)
    .where(
        outbox.c.kind == sa.bindparam("of_kind"),
        sa.or_(
            outbox.c.record_id == sa.bindparam("of_id"),
            outbox.c.record_id.in_(
                sa.select(alias.c.loser).where(alias.c.winner == sa.bindparam("of_id"))
            ),
        ),
    )
    .order_by(outbox.c.n)
)
_KEEP_VERDICT = outbox.update().where(outbox.c.n == sa.bindparam("of_n"))
_SHADOWED = (shadow.c.kind == sa.bindparam("of_kind")) & (
    shadow.c.record_id == sa.bindparam("of_id")
)
_SHADOW = sa.select(shadow).where(_SHADOWED)
_DROP_SHADOW = shadow.delete().where(_SHADOWED)
_KEEP_SHADOW = insert(shadow).on_conflict_do_nothing()


def _replace_shadow() -> Insert:
    statement = insert(shadow)
    replaced = {c.name: statement.excluded[c.name] for c in shadow.columns if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=["kind", "record_id"], set_=replaced)


_REPLACE_SHADOW = _replace_shadow()


@dataclass(frozen=True, slots=True)
class Intention:
    """One mutation as the outbox holds it; `payload` and `verdict` are encoded."""

    n: int
    group_id: str
    kind: KindName
    record_id: str
    owner_id: str | None
    author_id: str
    payload: bytes
    made_at: str
    attempted_at: str | None = None
    verdict: bytes | None = None


def take_numbers(connection: sa.Connection, count: int) -> int:
    """Reserve `count` numbers for mutations and return the first."""
    first = int(get_state(connection, _NEXT_N) or 1)
    set_state(connection, **{_NEXT_N: first + count})
    return first


def raise_numbers(connection: sa.Connection, last_n: int) -> None:
    """Make sure that no number up to `last_n` is given out again."""
    if int(get_state(connection, _NEXT_N) or 1) <= last_n:
        set_state(connection, **{_NEXT_N: last_n + 1})


def add_intentions(connection: sa.Connection, intentions: Sequence[Intention]) -> None:
    """Put intentions into the outbox."""
    if intentions:
        connection.execute(outbox.insert(), [_values(i) for i in intentions])


def _values(intention: Intention) -> dict[str, object]:
    return {name: getattr(intention, name) for name in Intention.__slots__}


def _intention(row: sa.RowMapping) -> Intention:
    return Intention(**{**row, "kind": KindName(row["kind"])})


def of_record(connection: sa.Connection, kind: KindName, record_id: str) -> list[Intention]:
    """Return what waits for one record, in the order of numbers.

    What waits for customers who have been merged into this one is part of it.
    """
    query = _OF_CUSTOMER if kind is KindName.CUSTOMER else _OF_RECORD
    found = connection.execute(query, {"of_kind": kind.value, "of_id": record_id})
    return [_intention(row) for row in found.mappings()]


def unjudged(connection: sa.Connection, author_id: str, limit: int) -> list[Intention]:
    """Return the author's intentions without a verdict in the order of numbers.

    Groups are whole, whatever `limit` says.
    """
    waiting = outbox.c.verdict.is_(None) & (outbox.c.author_id == author_id)
    query = sa.select(outbox).where(waiting).order_by(outbox.c.n)
    found: list[Intention] = []
    for row in connection.execute(query).mappings():
        if len(found) >= limit and found[-1].group_id != row["group_id"]:
            break
        found.append(_intention(row))
    return found


def all_waiting(connection: sa.Connection) -> list[Intention]:
    """Return everything in the outbox, judged or not, in the order of numbers."""
    rows = connection.execute(sa.select(outbox).order_by(outbox.c.n)).mappings()
    return [_intention(row) for row in rows]


def journal_all(connection: sa.Connection, settled: Sequence[Intention], at: str) -> None:
    """Put judged intentions into the journal as settled."""
    if settled:
        connection.execute(
            insert(journal).on_conflict_do_nothing(),
            [{name: getattr(i, name) for name in _JOURNALED} | {"settled_at": at} for i in settled],
        )


def payload_of(connection: sa.Connection, n: int) -> bytes | None:
    """Return the encoded mutation with this number, waiting or settled; None if it is not known."""
    return _kept(connection, n, "payload")


def verdict_of(connection: sa.Connection, n: int) -> bytes | None:
    """Return the encoded answer to the mutation with this number; None if there is none."""
    return _kept(connection, n, "verdict")


def _kept(connection: sa.Connection, n: int, column: str) -> bytes | None:
    for table in (outbox, journal):
        found = connection.execute(sa.select(table.c[column]).where(table.c.n == n)).scalar()
        if found is not None:
            return bytes(found)
    return None


def next_author(connection: sa.Connection) -> str | None:
    """Return whose edit has to be sent next; None if none waits to be sent."""
    query = sa.select(outbox.c.author_id).where(outbox.c.verdict.is_(None)).order_by(outbox.c.n)
    return connection.execute(query.limit(1)).scalar()


def has_gap_after(connection: sa.Connection, last_n: int) -> bool:
    """Tell whether the edit after number `last_n` is not here, though later ones wait."""
    lowest = sa.select(sa.func.min(outbox.c.n)).where(outbox.c.verdict.is_(None))
    first = connection.execute(lowest).scalar()
    return first is not None and first > last_n + 1


def mark_attempted(connection: sa.Connection, numbers: Iterable[int], at: str) -> None:
    """Note that intentions are about to be sent; from now on they never change."""
    connection.execute(
        outbox.update()
        .where(outbox.c.n.in_(list(numbers)), outbox.c.attempted_at.is_(None))
        .values(attempted_at=at)
    )


def keep_verdicts(connection: sa.Connection, verdicts: Mapping[int, bytes]) -> list[Intention]:
    """Keep Central's answers by number; returns the intentions that had none, in their order."""
    judged: list[Intention] = []
    numbers = sorted(verdicts)
    for start in range(0, len(numbers), _BATCH):
        part = outbox.c.n.in_(numbers[start : start + _BATCH]) & outbox.c.verdict.is_(None)
        rows = connection.execute(sa.select(outbox).where(part).order_by(outbox.c.n)).mappings()
        judged += [_intention(row) for row in rows]
    if judged:
        kept = [{"of_n": i.n, "verdict": verdicts[i.n]} for i in judged]
        connection.execute(_KEEP_VERDICT, kept)
    return judged


def empty_judged(connection: sa.Connection, n: int, payload: bytes) -> None:
    """Put `payload` in the place of what an edit said that has its verdict: it was erased."""
    connection.execute(
        outbox.update()
        .where(outbox.c.n == n, outbox.c.verdict.is_not(None))
        .values(payload=payload)
    )


def settle(connection: sa.Connection, absorbed: int, at: str) -> list[Intention]:
    """Move what is judged and absorbed up to `absorbed` into the journal, and return it."""
    done = (outbox.c.n <= absorbed) & outbox.c.verdict.is_not(None)
    rows = connection.execute(sa.select(outbox).where(done)).mappings().all()
    settled = [_intention(row) for row in rows]
    if settled:
        journal_all(connection, settled, at)
        connection.execute(outbox.delete().where(done))
    return settled


def rewind(connection: sa.Connection, last_n: int) -> list[Intention]:
    """Let all that was judged above `last_n` wait again, and return it: Central has lost it.

    What had left the outbox comes back from the journal, under its number and as it was sent.
    What was put before a person because of it is taken back: it will be judged anew.
    """
    for raised in (attention, conflict, merged):
        connection.execute(raised.delete().where(raised.c.n > last_n))
    unsaid = (
        outbox.update()
        .where(outbox.c.n > last_n, outbox.c.verdict.is_not(None))
        .values(verdict=None)
        .returning(*outbox.c)
    )
    again = [_intention(row) for row in connection.execute(unsaid).mappings().all()]
    lost = journal.c.n > last_n
    rows = connection.execute(sa.select(journal).where(lost).order_by(journal.c.n)).mappings()
    for row in rows.all():
        kind = KindName(row["kind"])
        keep_shadow(connection, kind, row["record_id"], get_row(connection, kind, row["record_id"]))
        kept = {name: row[name] for name in _JOURNALED if name != "verdict"}
        back = Intention(**{**kept, "kind": kind, "attempted_at": row["settled_at"]})
        add_intentions(connection, [back])
        again.append(back)
    connection.execute(journal.delete().where(lost))
    return again


def pending_records(
    connection: sa.Connection, among: Collection[tuple[KindName, str]] | None = None
) -> set[tuple[KindName, str]]:
    """Return every record that has something in the outbox, and who stands for it.

    If `among` is given, others may be left out.
    """
    own = sa.select(outbox.c.kind, outbox.c.record_id)
    successors = (
        sa.select(outbox.c.kind, alias.c.winner)
        .join(alias, alias.c.loser == outbox.c.record_id)
        .where(outbox.c.kind == KindName.CUSTOMER)
    )
    queries: list[sa.CompoundSelect[Any]] = []
    count = sa.select(sa.func.count()).select_from(outbox)
    if among is None or connection.execute(count).scalar_one() <= len(among):
        queries.append(own.union(successors))
    else:
        for kind, ids in _by_kind(among).items():
            for start in range(0, len(ids), _BATCH):
                part = ids[start : start + _BATCH]
                named = own.where(outbox.c.kind == kind, outbox.c.record_id.in_(part))
                queries.append(named.union(successors.where(alias.c.winner.in_(part))))
    return {
        (KindName(kind), record_id)
        for query in queries
        for kind, record_id in connection.execute(query)
    }


def _by_kind(records: Iterable[tuple[KindName, str]]) -> dict[KindName, list[str]]:
    ids: dict[KindName, list[str]] = defaultdict(list)
    for kind, record_id in records:
        ids[kind].append(record_id)
    return ids


def keep_shadow(
    connection: sa.Connection, kind: KindName, record_id: str, row: StoredRow | None
) -> None:
    """Remember Central's version of a record before its first pending edit."""
    connection.execute(_KEEP_SHADOW, _shadow(kind, record_id, row))


def replace_shadow(
    connection: sa.Connection, kind: KindName, record_id: str, row: StoredRow | None
) -> None:
    """Put what Central has now in place of the version that was remembered."""
    connection.execute(_REPLACE_SHADOW, _shadow(kind, record_id, row))


def _shadow(kind: KindName, record_id: str, row: StoredRow | None) -> dict[str, object]:
    return {
        "kind": kind.value,
        "record_id": record_id,
        "body": None if row is None else row.fields,
        "row_seq": 0 if row is None else row.seq,
        "created_seq": 0 if row is None else row.created_seq,
        "versions": None if row is None else dict(row.versions) or None,
    }


def get_shadow(connection: sa.Connection, kind: KindName, record_id: str) -> StoredRow | None:
    """Return Central's version of a record with pending edits; None where it has none."""
    at = {"of_kind": kind.value, "of_id": record_id}
    row = connection.execute(_SHADOW, at).mappings().first()
    if row is None or row["body"] is None:
        return None
    return StoredRow(row["body"], row["row_seq"], row["created_seq"], row["versions"] or {})


def drop_shadow(connection: sa.Connection, kind: KindName, record_id: str) -> None:
    """Forget Central's version of a record that has nothing pending any more."""
    connection.execute(_DROP_SHADOW, {"of_kind": kind.value, "of_id": record_id})


def drop_shadows(connection: sa.Connection, records: Iterable[tuple[KindName, str]]) -> None:
    """Forget Central's version of many records at once."""
    gone = [{"of_kind": kind.value, "of_id": record_id} for kind, record_id in records]
    if gone:
        connection.execute(_DROP_SHADOW, gone)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, and since when.

    `attention` and `conflicts` are for the signed-in person to decide, `others` for whoever else
    works on this profile.
    """

    pending: int
    attention: int
    conflicts: int
    oldest_made_at: str | None
    others: int = 0


def count_waiting(connection: sa.Connection) -> Waiting:
    """Count what is not safely at Central, and what a person has to decide."""
    pending, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.min(outbox.c.made_at)).select_from(outbox)
    ).one()
    me = get_state(connection, "user_id")
    refused, refused_others = _unsettled(connection, attention, me)
    contested, contested_others = _unsettled(connection, conflict, me)
    return Waiting(pending, refused, contested, oldest, refused_others + contested_others)


def _unsettled(
    connection: sa.Connection, table: sa.Table, author_id: str | None
) -> tuple[int, int]:
    """Count what waits for a decision: the author's (and nobody's), and everybody else's."""
    mine = sa.or_(table.c.author_id == author_id, table.c.author_id.is_(None))
    total, own = connection.execute(
        sa.select(sa.func.count(), sa.func.count().filter(mine)).where(table.c.settled_at.is_(None))
    ).one()
    return own, total - own
