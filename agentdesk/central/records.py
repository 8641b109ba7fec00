"""The records that one transaction reads and changes, written together at its end.

Nothing is written before `RecordBook.write_all`: the numbers that versions are made of are known
only then, and a group of which one member is refused just drops its book.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import (
    Change,
    insert_many,
    leave_without_numbers,
    numbers_come_later,
    take_numbers,
)
from agentdesk.central.name_index import name_rows
from agentdesk.central.placing import former_text, moved, place
from agentdesk.central.rows import may_be_id, owner_of
from agentdesk.central.snapshots import forget_bucket
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KINDS, KindName, Row
from agentdesk.sync.digests import bucket_of
from agentdesk.sync.protocol import GoneReason

UNNUMBERED = 0
"""Stands where a number will be: in versions, in `created_seq`, in `removed_seq`."""

_KEYS_AT_ONCE = 250
_E164 = re.compile(r"\+[0-9]{3,15}")


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Who wrote a value, on which device, as which mutation, and when Central received it."""

    user_id: str | None
    device_id: str | None
    n: int | None
    at: str


class Written(NamedTuple):
    """What a transaction's changes came to: the numbers in (before, after].

    If they have none yet both are 0, and `batch` is what the sequencer knows them by.
    """

    before: int
    after: int
    batch: str | None = None


@dataclass(slots=True, eq=False)
class Record:
    """A record in the course of a transaction. Change it through its book only.

    `owner_id`, `team_id` and `former_teams` are as stored, until everything is written.
    """

    kind: KindName
    id: str
    fields: Row
    created: Origin
    versions: dict[str, int] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    created_seq: int = 0
    seq: int = 0
    removed_at: str | None = None
    removed_seq: int | None = None
    removed_by: str | None = None
    removed_reason: GoneReason | None = None
    merged_into: str | None = None
    owner_id: str | None = None
    team_id: str | None = None
    former_teams: tuple[str, ...] = ()
    is_new: bool = False
    changed: set[str] = field(default_factory=set)
    removed_now: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others of its organisation."""
        return self.kind.value, self.id

    @property
    def is_removed(self) -> bool:
        """Whether it has been removed, or merged into another."""
        return self.removed_reason is not None

    def version_of(self, name: str) -> int:
        """Return since when the field has its value; 0 if that has no number yet."""
        return 0 if name in self.changed else self.versions.get(name, self.created_seq)

    def origin_of(self, name: str) -> Origin:
        """Return where the field's value comes from."""
        return self.origins.get(name, self.created)


class RecordBook:
    """Records of one organisation, in one transaction."""

    def __init__(self, connection: sa.Connection, org_id: str) -> None:
        self._connection = connection
        self._org_id = org_id
        self._known: dict[tuple[KindName, str], Record | None] = {}
        self._touched: dict[tuple[KindName, str], Record] = {}
        self._later: list[sa.Executable] = []
        self.refused: dict[str, bool] = {}
        """Which ids were found to be of records that Central refused, or not to be; an answer
        holds for the whole transaction."""

    def get(self, kind: KindName, record_id: str) -> Record | None:
        """Return a record, removed ones too; None if there never was one."""
        key = (kind, record_id)
        if not may_be_id(record_id):
            return None
        if key not in self._known:
            row = self._connection.execute(
                self._select().where(t.record.c.kind == kind.value, t.record.c.id == record_id)
            ).one_or_none()
            self._known[key] = None if row is None else _from_row(row)
        return self._known[key]

    def prepare(self, keys: Iterable[tuple[KindName, str]]) -> None:
        """Read, and lock, the records that a group names, in one order for everybody.

        Otherwise two groups that name the same records could wait for each other.
        """
        wanted = sorted({key for key in keys if may_be_id(key[1])} - self._known.keys())
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            some = wanted[start : start + _KEYS_AT_ONCE]
            names = [(kind.value, record_id) for kind, record_id in some]
            self._find(sa.tuple_(t.record.c.kind, t.record.c.id).in_(names))
            for key in some:
                self._known.setdefault(key, None)

    def holds(self, record_id: str) -> bool:
        """Tell whether this transaction has read or added a record of any kind with this id."""
        return any(self._known.get((kind, record_id)) is not None for kind in KindName)

    def has(self, record_id: str) -> bool:
        """Tell whether this transaction knows a record of any kind with this id, or finds it."""
        if self.holds(record_id):
            return True
        mine = (t.record.c.org_id == self._org_id, t.record.c.id == record_id)
        kinds = t.record.c.kind.in_([kind.value for kind in KindName])
        found = self._connection.execute(sa.select(t.record.c.id).where(*mine, kinds).limit(1))
        return found.first() is not None

    def customer(self, customer_id: str) -> Record | None:
        """Return a customer, or the one that it has been merged into."""
        found = self.get(KindName.CUSTOMER, customer_id)
        while found is not None and found.merged_into is not None:
            found = self.get(KindName.CUSTOMER, found.merged_into)
        return found

    def owned_by(self, customer_id: str) -> list[Record]:
        """Return all records that belong to a customer, the customer's own row excepted."""
        return [
            record
            for record in self._find(t.record.c.owner_id == customer_id)
            if record.kind is not KindName.CUSTOMER and _owner(record) == customer_id
        ]

    def merged_into(self, customer_id: str) -> list[Record]:
        """Return the customers whose successor a customer is."""
        found = self._find(t.record.c.merged_into == customer_id)
        return [record for record in found if record.merged_into == customer_id]

    def add(self, kind: KindName, record_id: str, fields: Row, origin: Origin) -> Record:
        """Make a new record of fields in the stored form."""
        record = Record(kind, record_id, fields, origin, is_new=True)
        record.changed.update(fields)
        self._known[kind, record_id] = record
        self._touch(record)
        return record

    def write(self, record: Record, name: str, value: Any, origin: Origin) -> None:
        """Give a field its value; the former one goes to history with its author."""
        if name in record.fields and not record.is_new:
            self.keep(record, name, record.fields[name], record.origin_of(name), origin)
        self.set(record, name, value, origin)

    def set(self, record: Record, name: str, value: Any, origin: Origin) -> None:
        """Give a field its value; whoever calls this keeps the former one elsewhere."""
        record.fields[name] = value
        record.origins[name] = origin
        record.changed.add(name)
        self._touch(record)

    def lose(self, record: Record, name: str, value: Any, origin: Origin) -> None:
        """Keep in history a value that arrived and does not stand."""
        self.keep(record, name, value, origin, record.origin_of(name), late=True)

    def keep(
        self,
        record: Record,
        name: str,
        value: Any,
        author: Origin,
        by: Origin,
        *,
        late: bool = False,
        owner_id: str | None = None,
    ) -> None:
        """Add a value by `author`, in whose place `by` wrote what stands, to the visible history.

        It belongs to the history of the customer `owner_id`, the record's own if none is given.
        """
        fields = {
            "customer_id": owner_id or _owner(record),
            "record_kind": record.kind.value,
            "record_id": record.id,
            "field": name,
            "value": msgspec.json.encode(value).decode(),
            "author_id": author.user_id,
            "written_at": author.at,
            "replaced_by": by.user_id,
            "replaced_at": max(author.at, by.at),
            "arrived_late": late,
        }
        self.add(KindName.FIELD_VERSION, new_id(), fields, by)

    def remove(self, record: Record, origin: Origin, reason: GoneReason) -> None:
        """Remove a record softly."""
        record.removed_at, record.removed_by = origin.at, origin.user_id
        record.removed_reason, record.removed_now = reason, True
        self._touch(record)

    def restore(self, record: Record) -> None:
        """Bring a removed or merged record back."""
        record.removed_at = record.removed_by = record.removed_seq = None
        record.removed_reason = record.merged_into = None
        record.removed_now = False
        self._touch(record)

    def erase(self, record: Record, origin: Origin) -> None:
        """Empty a record for good; its id stays, and whose it was, so that all desks are told."""
        owner = KINDS[record.kind].owner
        kept = {"team_id"} if record.kind is KindName.CUSTOMER else {owner}
        record.fields = {name: record.fields.get(name) for name in kept if name}
        record.created = Origin(None, None, None, record.created.at)
        record.versions, record.origins, record.merged_into = {}, {}, None
        self.remove(record, Origin(None, None, None, origin.at), GoneReason.ERASED)

    def redirect(self, record: Record, successor_id: str) -> None:
        """Name the successor of a merged customer."""
        record.merged_into = successor_id
        self._touch(record)

    def also(self, statement: sa.Executable) -> None:
        """Execute `statement` together with everything else at the end."""
        self._later.append(statement)

    def write_all(self) -> Written:
        """Number and write everything, or leave the numbers to the sequencer.

        The last thing to do in a transaction.
        """
        # Before the numbers: it still locks what it finds.
        self._follow_teams()
        records = list(self._touched.values())
        changes = [Change(r.kind, r.id, r.removed_reason) for r in records]
        if numbers_come_later(self._connection, self._org_id):
            batch = leave_without_numbers(self._connection, self._org_id, changes)
            written = Written(0, 0, batch)
            for record in records:
                _number(record, UNNUMBERED)
        else:
            before = take_numbers(self._connection, self._org_id, changes)
            written = Written(before, before + len(records))
            for seq, record in enumerate(records, before + 1):
                _number(record, seq)
        # In one order for everybody: who adds the same records waits, instead of for each other.
        added = sorted((r for r in records if r.is_new), key=lambda record: record.key)
        insert_many(self._connection, t.record, [self._row(r) for r in added])
        self._update([r for r in records if not r.is_new])
        self._index_phones([r for r in records if r.kind is KindName.CONTACT_POINT])
        self._index_names([r for r in records if r.kind is KindName.CUSTOMER])
        for statement in self._later:
            self._connection.execute(statement)
        for bucket in {
            bucket_of(r.owner_id or r.id)
            for r in records
            if r.removed_now and r.removed_reason is GoneReason.ERASED
        }:
            forget_bucket(self._connection, self._org_id, bucket)
        return written

    def _follow_teams(self) -> None:
        """Give everything the team of its customer.

        What belongs to a customer who changes teams is numbered anew, so that it reaches the
        desks that it now is for, and those that it is no longer for are told.
        """
        for record in list(self._touched.values()):
            if record.kind is not KindName.CUSTOMER or record.is_new:
                continue
            if record.fields.get("team_id") != record.team_id:
                for child in self.owned_by(record.id):
                    self._touch(child)
        for record in self._touched.values():
            team_id = self._team_of(record)
            if not record.is_new:
                record.former_teams = moved(record.former_teams, record.team_id, team_id)
            record.owner_id, record.team_id = _owner(record), team_id

    def _team_of(self, record: Record) -> str | None:
        owner_id = _owner(record)
        if owner_id is None:
            return None
        key = (KindName.CUSTOMER, owner_id)
        if key not in self._known and record.owner_id == owner_id:
            # Whoever moves its customer has to lock this record too.
            return record.team_id
        owner = self.get(*key)
        return None if owner is None else owner.fields.get("team_id")

    def _touch(self, record: Record) -> None:
        self._touched.setdefault((record.kind, record.id), record)

    def _select(self) -> sa.Select[Any]:
        # PostgreSQL: nobody else may change what this transaction decides upon.
        return sa.select(t.record).where(t.record.c.org_id == self._org_id).with_for_update()

    def _find(self, condition: sa.ColumnElement[bool]) -> list[Record]:
        """Return what the database finds, and all that this transaction has touched."""
        found: dict[tuple[KindName, str], Record] = {}
        query = self._select().where(condition).order_by(t.record.c.kind, t.record.c.id)
        for row in self._connection.execute(query):
            key = (KindName(row.kind), row.id)
            known = self._known.get(key)
            self._known[key] = found[key] = _from_row(row) if known is None else known
        return list((found | self._touched).values())

    def _update(self, records: Sequence[Record]) -> None:
        if not records:
            return
        rows = [{f"new_{name}": value for name, value in self._row(r).items()} for r in records]
        key = ("org_id", "kind", "id")
        columns = [c.name for c in t.record.columns if c.name not in key]
        self._connection.execute(
            sa.update(t.record)
            .where(*(t.record.c[name] == sa.bindparam(f"new_{name}") for name in key))
            .values({name: sa.bindparam(f"new_{name}") for name in columns}),
            rows,
        )

    def _index_phones(self, points: Sequence[Record]) -> None:
        for point in points:
            index = t.phone_index
            self._connection.execute(
                sa.delete(index).where(
                    index.c.org_id == self._org_id, index.c.contact_point_id == point.id
                )
            )
        insert_many(
            self._connection,
            t.phone_index,
            [
                phone_row(self._org_id, p.id, p.fields)
                for p in points
                if is_indexed(p.fields) and not p.is_removed
            ],
        )

    def _index_names(self, customers: Sequence[Record]) -> None:
        for customer in customers:
            if not customer.is_new:
                index = t.name_index
                self._connection.execute(
                    sa.delete(index).where(
                        index.c.org_id == self._org_id, index.c.customer_id == customer.id
                    )
                )
        insert_many(
            self._connection,
            t.name_index,
            [
                row
                for c in customers
                if not c.is_removed
                for row in name_rows(self._org_id, c.id, c.fields)
            ],
        )

    def _row(self, record: Record) -> dict[str, Any]:
        return {
            "org_id": self._org_id,
            "kind": record.kind.value,
            "id": record.id,
            "owner_id": record.owner_id,
            "fields": msgspec.json.encode(record.fields).decode(),
            "versions": msgspec.json.encode(record.versions).decode(),
            "origins": msgspec.json.encode(record.origins).decode(),
            "created_seq": record.created_seq,
            "seq": record.seq,
            "created_by": record.created.user_id,
            "created_on": record.created.device_id,
            "created_at": record.created.at,
            "removed_at": record.removed_at,
            "removed_seq": record.removed_seq,
            "removed_by": record.removed_by,
            "removed_reason": record.removed_reason and record.removed_reason.value,
            "merged_into": record.merged_into,
            "team_id": record.team_id,
            "former_teams": former_text(record.former_teams),
            **place(record.kind.value, record.id, record.owner_id, record.seq),
        }


def phone_row(org_id: str, contact_point_id: str, fields: Row) -> dict[str, Any]:
    """Return the index row by which a caller's number finds the customer."""
    return {
        "org_id": org_id,
        "e164": fields["e164"],
        "contact_point_id": contact_point_id,
        "customer_id": fields["customer_id"],
    }


def is_indexed(fields: Row) -> bool:
    """Say whether a contact point can be found by its number."""
    e164 = fields.get("e164")
    return isinstance(e164, str) and _E164.fullmatch(e164) is not None


def _owner(record: Record) -> str | None:
    return owner_of(KINDS[record.kind], record.id, record.fields)


def _number(record: Record, seq: int) -> None:
    """Note the number of what has become of `record`, or that it has none yet."""
    if record.is_new:
        record.created_seq = seq
        # What a second mutation of the group changed has the number of the record itself.
        record.origins.clear()
    else:
        record.versions.update(dict.fromkeys(record.changed, seq))
    if seq != UNNUMBERED:
        record.seq = seq
    if record.removed_now:
        record.removed_seq = seq


def _from_row(row: sa.Row[Any]) -> Record:
    return Record(
        kind=KindName(row.kind),
        id=row.id,
        fields=decode_json(row.fields),
        created=Origin(row.created_by, row.created_on, None, row.created_at),
        versions=decode_json(row.versions, dict[str, int]),
        origins=decode_json(row.origins, dict[str, Origin]),
        created_seq=row.created_seq,
        seq=row.seq,
        removed_at=row.removed_at,
        removed_seq=row.removed_seq,
        removed_by=row.removed_by,
        removed_reason=None if row.removed_reason is None else GoneReason(row.removed_reason),
        merged_into=row.merged_into,
        owner_id=row.owner_id,
        team_id=row.team_id,
        former_teams=decode_json(row.former_teams, tuple[str, ...]),
    )
