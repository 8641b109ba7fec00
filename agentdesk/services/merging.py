"""Making two customers one with a choice for every field, and taking that back whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import ContactPoint, Customer, Fact
from agentdesk.domain.history import Event
from agentdesk.domain.kinds import KINDS, RESTRICTIVENESS, KindName
from agentdesk.errors import Code, UserError
from agentdesk.services.duplicates import merging
from agentdesk.services.people import checked_value
from agentdesk.store import tables as t
from agentdesk.store.aliases import losers_of, successor
from agentdesk.store.rows import StoredRow, get_entity, get_row, select_entities
from agentdesk.sync.edits import Edits
from agentdesk.sync.merge import more_restrictive
from agentdesk.sync.protocol import Mutation, Operation, Remove

ELEMENTS = (KindName.CONTACT_POINT, KindName.FACT)
"""What a customer has several of: both customers' are kept, unless one is left out."""

_FOLLOWING = frozenset({"created_at", "customer_type_source", "team_id"})
"""Fields that nobody chooses: when they were added, what follows from the type, whose they are."""

COUNTED = (
    KindName.INTERACTION,
    KindName.NOTE,
    KindName.PROMISE,
    KindName.CASE,
    KindName.PURCHASE,
)
"""What goes to the one customer whole, and is only counted beforehand."""


class Side(StrEnum):
    """Whose value is kept."""

    WINNER = "winner"
    LOSER = "loser"


@dataclass(frozen=True, slots=True)
class MergeField:
    """A field on which the two customers differ, and what is kept unless somebody chooses."""

    name: str
    winner: Any
    loser: Any
    usual: Side


@dataclass(frozen=True, slots=True)
class MergeElement:
    """A contact point or fact of one of the two; `twin` says the same for the other."""

    kind: KindName
    record: ContactPoint | Fact
    side: Side
    twin: str | None = None


@dataclass(frozen=True, slots=True)
class MergePreview:
    """Everything that a merge will do, before it is done.

    `same` counts the filled fields on which both agree. `joined` says how many records of each
    kind of `COUNTED` the winner has, and how many come to them.
    """

    winner: Customer
    loser: Customer
    fields: tuple[MergeField, ...]
    elements: tuple[MergeElement, ...]
    same: int
    joined: Mapping[KindName, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class MergeDone:
    """A merge that was made here, for taking it back: what was left out, as it was."""

    winner: str
    loser: str
    left_out: tuple[tuple[KindName, str, StoredRow], ...] = ()


@dataclass(frozen=True, slots=True)
class EarlierMerge:
    """Somebody who became a part of a customer: by whom and when, if it is known yet.

    `pending` tells that Central has not answered yet.
    """

    loser: str
    name: str
    merged_by: str | None = None
    merged_at: datetime | None = None
    pending: bool = False


# --- The preview --------------------------------------------------------------------------------


def preview_merge(connection: sa.Connection, one: str, other: str) -> MergePreview:
    """Return what merging two customers will do.

    The one with more contacts remains, the earlier one among equals. Raises
    `UserError(NOT_FOUND)` if one is not there or both are one already.
    """
    one, other = (successor(connection, who) for who in (one, other))
    people = [get_entity(connection, Customer, who) for who in (one, other)]
    if one == other or people[0] is None or people[1] is None:
        raise UserError(Code.NOT_FOUND)
    counts = {who: _counts(connection, who) for who in (one, other)}
    first, second = sorted(
        (people[0], people[1]),
        key=lambda who: (-counts[who.id][KindName.INTERACTION], who.id),
    )
    fields, same = _fields(first, second)
    return MergePreview(
        winner=first,
        loser=second,
        fields=fields,
        elements=_elements(connection, first.id, second.id),
        same=same,
        joined={kind: (counts[first.id][kind], counts[second.id][kind]) for kind in COUNTED},
    )


def _counts(connection: sa.Connection, customer_id: str) -> dict[KindName, int]:
    counts = {}
    for kind in COUNTED:
        table = t.TABLES[kind]
        query = sa.select(sa.func.count()).where(table.c.customer_id == customer_id)
        counts[kind] = connection.execute(query).scalar_one()
    return counts


def _fields(winner: Customer, loser: Customer) -> tuple[tuple[MergeField, ...], int]:
    one, other = (msgspec.to_builtins(who) for who in (winner, loser))
    differing, same = [], 0
    for name in KINDS[KindName.CUSTOMER].fields:
        if name in _FOLLOWING:
            continue
        mine, theirs = one[name], other[name]
        if mine == theirs:
            same += mine not in (None, "", False, "unknown")
            continue
        kept = usual_value(name, mine, theirs)
        side = Side.WINNER if kept == mine else Side.LOSER
        differing.append(MergeField(name, mine, theirs, side))
    # What has to be decided first; what only fills a gap after it.
    differing.sort(key=lambda field: field.winner is None or field.loser is None)
    return tuple(differing), same


def usual_value(name: str, winners: Any, losers: Any) -> Any:
    """Return what Central keeps of a field if nobody chooses; see `central.customers`."""
    if name in RESTRICTIVENESS:
        return more_restrictive(name, winners, losers)
    return losers if winners is None else winners


def _elements(connection: sa.Connection, winner: str, loser: str) -> tuple[MergeElement, ...]:
    found: list[MergeElement] = []
    for side, customer_id in ((Side.WINNER, winner), (Side.LOSER, loser)):
        p, f = t.contact_point.c, t.fact.c
        mine = p.customer_id == customer_id, f.customer_id == customer_id
        points = select_entities(connection, ContactPoint, mine[0], order=[p.id])
        facts = select_entities(connection, Fact, mine[1], order=[f.id])
        found += [MergeElement(KindName.CONTACT_POINT, point, side) for point in points]
        found += [MergeElement(KindName.FACT, fact, side) for fact in facts]
    said: dict[object, list[MergeElement]] = {}
    for element in found:
        said.setdefault(_saying(element.record), []).append(element)
    return tuple(_with_twin(element, said[_saying(element.record)]) for element in found)


def _with_twin(element: MergeElement, same: Sequence[MergeElement]) -> MergeElement:
    twin = next((e.record.id for e in same if e.side is not element.side), None)
    return MergeElement(element.kind, element.record, element.side, twin)


def _saying(record: ContactPoint | Fact) -> object:
    if isinstance(record, ContactPoint):
        return record.kind, record.e164 or record.value.casefold().strip(), record.extension
    return record.kind, record.text.casefold().strip(), record.sensitive


# --- Merging and taking it back -----------------------------------------------------------------


def merge(
    connection: sa.Connection,
    winner: str,
    loser: str,
    choices: Mapping[str, Side],
    leave_out: Sequence[tuple[KindName, str]],
    author_id: str,
) -> tuple[MergeDone, ChangeSet]:
    """Make two customers one, as one group for Central: all of it happens, or nothing.

    `choices` says whose value of a field is kept; only what is other than Central's usual way is
    sent, so that a colleague's newer value of the rest is not overwritten. `leave_out` names
    contact points and facts that go. Shows once Central has answered, what is left out at once.
    Raises `UserError`: `NOT_FOUND`, `BAD_FIELD`.
    """
    winner, loser = (successor(connection, who) for who in (winner, loser))
    people = [get_entity(connection, Customer, who) for who in (winner, loser)]
    if winner == loser or people[0] is None or people[1] is None:
        raise UserError(Code.NOT_FOUND)
    one, other = (msgspec.to_builtins(who) for who in people)
    keep: dict[str, Any] = {}
    for name, side in choices.items():
        if name not in one or name in _FOLLOWING:
            raise UserError(Code.BAD_FIELD, field=name)
        chosen = one[name] if side is Side.WINNER else other[name]
        if chosen != usual_value(name, one[name], other[name]):
            keep[name] = checked_value(name, chosen)
            if name == "customer_type":
                source = one if side is Side.WINNER else other
                keep["customer_type_source"] = source["customer_type_source"]
    edits = Edits(connection, author_id)
    removed = []
    for kind, record_id in leave_out:
        row = get_row(connection, kind, record_id)
        if kind not in ELEMENTS or row is None or row.fields["customer_id"] not in (winner, loser):
            raise UserError(Code.NOT_FOUND)
        removed.append((kind, record_id, edits.remove(kind, record_id)))
    edits.merge_customers(winner, loser, keep)
    return MergeDone(winner, loser, tuple(removed)), edits.finish()


def undo_merge(connection: sa.Connection, done: MergeDone, author_id: str) -> ChangeSet:
    """Take a merge back that was just made here, with what had been left out."""
    edits = Edits(connection, author_id)
    edits.unmerge(done.winner, done.loser)
    for kind, record_id, row in done.left_out:
        edits.restore(kind, record_id, row)
    return edits.finish()


def earlier_merges(connection: sa.Connection, customer_id: str) -> tuple[EarlierMerge, ...]:
    """Return who became a part of a customer and could be taken out again, the latest first.

    Central keeps what a merge did for as long as it keeps the customer.
    """
    customer_id = successor(connection, customer_id)
    on_the_way = [who for who, into in merging(connection).items() if into == customer_id]
    names = {
        who.id: who.full_name
        for who in select_entities(connection, Customer, t.customer.c.id.in_(on_the_way))
    }
    waiting = [EarlierMerge(who, names[who], pending=True) for who in on_the_way if who in names]
    known = _told_merges(connection, customer_id)
    merged = [known[who] for who in losers_of(connection, customer_id) if who in known]
    merged.sort(key=lambda one: str(one.merged_at), reverse=True)
    return (*waiting, *merged)


def _told_merges(connection: sa.Connection, customer_id: str) -> dict[str, EarlierMerge]:
    v = t.field_version.c
    query = (
        sa.select(v.value, t.user.c.name, v.replaced_at)
        .outerjoin(t.user, t.user.c.id == v.replaced_by)
        .where(
            v.customer_id == customer_id,
            v.record_kind == KindName.CUSTOMER.value,
            v.field == Event.MERGED.value,
        )
        .order_by(v.replaced_at, v.id)
    )
    told: dict[str, EarlierMerge] = {}
    for value, by, at in connection.execute(query):
        about = decode_json(value)
        name = about.get("full_name") or ""
        told[about["id"]] = EarlierMerge(about["id"], name, by, datetime.fromisoformat(at))
    return told


def undo_earlier_merge(
    connection: sa.Connection, customer_id: str, loser: str, author_id: str
) -> ChangeSet:
    """Take a merge back that may be long ago, with what was left out when it was made.

    Raises `UserError(NOT_FOUND)` if `loser` is no part of the customer.
    """
    customer_id = successor(connection, customer_id)
    pending = merging(connection).get(loser) == customer_id
    if not pending and loser not in losers_of(connection, customer_id):
        raise UserError(Code.NOT_FOUND)
    edits = Edits(connection, author_id)
    edits.unmerge(customer_id, loser)
    for kind, record_id in _left_out(connection, customer_id, loser):
        edits.restore(kind, record_id)
    return edits.finish()


def _left_out(
    connection: sa.Connection, customer_id: str, loser: str
) -> list[tuple[KindName, str]]:
    """Return what was removed along with a merge: in its group, where that was made here."""
    own = _group_of(connection, loser)
    if own is not None:
        return [(one.kind, one.id) for one in own if isinstance(one, Remove)]
    v = t.field_version.c
    merged = connection.execute(
        sa.select(v.replaced_at, v.replaced_by)
        .where(v.record_id == loser, v.field == Event.MERGED.value)
        .order_by(v.replaced_at.desc())
        .limit(1)
    ).first()
    if merged is None:
        return []
    # What one person's desk sent in one go has reached Central at one moment.
    removed = connection.execute(
        sa.select(v.record_kind, v.record_id).where(
            v.customer_id == customer_id,
            v.field == Event.REMOVED.value,
            v.replaced_at == merged.replaced_at,
            v.replaced_by.is_not_distinct_from(merged.replaced_by),
            v.record_kind.in_([kind.value for kind in ELEMENTS]),
        )
    )
    return [(KindName(kind), record_id) for kind, record_id in removed]


def _group_of(connection: sa.Connection, loser: str) -> list[Operation] | None:
    """Return the operations of the group in which this desk last merged `loser`."""
    mark = f'"loser":"{loser}"'.encode()
    found: sa.Row[Any] | None = None
    for table in (t.outbox, t.journal):
        c = table.c
        query = (
            sa.select(c.group_id)
            .where(
                c.kind == KindName.CUSTOMER,
                sa.func.instr(c.payload, mark) > 0,
                sa.func.instr(c.payload, b'"op":"merge_customers"') > 0,
            )
            .order_by(c.n.desc())
            .limit(1)
        )
        found = connection.execute(query).first()
        if found is not None:
            payloads = connection.execute(sa.select(c.payload).where(c.group_id == found.group_id))
            return [decode_json(p, Mutation).operation for p in payloads.scalars()]
    return None
