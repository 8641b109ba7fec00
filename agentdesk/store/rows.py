"""Reading and writing records of every kind, with the versions that Central gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert

from agentdesk.domain.entities import Entity
from agentdesk.domain.kinds import KINDS, NAME_OF, KindName, Row, from_row
from agentdesk.domain.names import fold, latin
from agentdesk.store.mentions import forget_mentions, note_mentions
from agentdesk.store.tables import META_COLUMNS, TABLES

_E = TypeVar("_E", bound=Entity)

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A record without its id, and the versions that Central gave its fields."""

    fields: Row
    seq: int = 0
    created_seq: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)

    def version_of(self, name: str) -> int:
        """Return the version of a field; 0 if Central has never seen the record."""
        return self.versions.get(name, self.created_seq)


def get_row(connection: sa.Connection, kind: KindName, record_id: str) -> StoredRow | None:
    """Return the record as the cache shows it, or None."""
    table = TABLES[kind]
    found = connection.execute(sa.select(table).where(table.c.id == record_id)).mappings().first()
    if found is None:
        return None
    fields = {name: found[name] for name in KINDS[kind].fields} | (found["extra"] or {})
    return StoredRow(fields, found["row_seq"], found["created_seq"], found["versions"] or {})


def put_rows(
    connection: sa.Connection, kind: KindName, rows: Iterable[tuple[str, StoredRow]]
) -> None:
    """Add the records, or put them in place of what is there under their ids."""
    statement = _UPSERTS[kind]
    batch: list[dict[str, Any]] = []
    for record_id, row in rows:
        batch.append(_column_values(kind, record_id, row))
        if len(batch) == _BATCH:
            connection.execute(statement, batch)
            note_mentions(connection, kind, batch)
            batch = []
    if batch:
        connection.execute(statement, batch)
        note_mentions(connection, kind, batch)


def _upsert(kind: KindName) -> Insert:
    table = TABLES[kind]
    statement = insert(table)
    replaced = {c.name: statement.excluded[c.name] for c in table.columns if c.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=replaced)


_UPSERTS = {kind: _upsert(kind) for kind in KINDS}
"""Built once: building such a statement costs as much as running it for one row."""


@dataclass(frozen=True, slots=True)
class BulkInsert:
    """How records of one kind whose members come in one order go into its table, many at a time.

    `members` are `id`, `seq`, `created_seq`, `versions`, and the names of fields. Records that are
    there already stay as they are.
    """

    statement: str
    kind: KindName
    json_at: tuple[int, ...]
    unknown_at: tuple[tuple[int, str], ...]
    name_at: tuple[int | None, int | None, int | None] | None

    def put(self, connection: sa.Connection, rows: list[list[Any]]) -> None:
        """Add `rows`, which are changed on the way. At most some thousand at a time."""
        for at in self.json_at:
            for row in rows:
                if row[at] is not None:
                    row[at] = _json(row[at]).decode()
        if self.name_at is not None:
            family, given, full = self.name_at
            for row in rows:
                row.append(
                    _sort_name(
                        None if family is None else row[family],
                        None if given is None else row[given],
                        "" if full is None else row[full] or "",
                    )
                )
        if self.unknown_at:
            _gather_unknown(rows, self.unknown_at)
        connection.connection.cursor().executemany(self.statement, rows)


def bulk_insert(kind: KindName, members: Sequence[str]) -> BulkInsert:
    """Return how to add records of `kind` that come as arrays of `members`."""
    table = TABLES[kind]
    columns: list[str] = []
    values: list[str] = []
    json_at: list[int] = []
    unknown: list[tuple[int, str]] = []
    for at, member in enumerate(members):
        name = _MEMBER_COLUMNS.get(member, member)
        if name != "id" and name not in META_COLUMNS and name not in KINDS[kind].fields:
            unknown.append((at, member))
            continue
        columns.append(name)
        values.append(_placeholder(kind, table.c[name]))
        if isinstance(table.c[name].type, sa.JSON):
            json_at.append(at)
    name_at = None
    if kind is KindName.CUSTOMER:
        columns.append("sort_name")
        values.append("?")
        at_of = {member: at for at, member in enumerate(members)}
        name_at = (at_of.get("family_name"), at_of.get("given_name"), at_of.get("full_name"))
    if unknown:
        columns.append("extra")
        values.append("?")
    for name, default in _DEFAULTS[kind].items():
        if name not in columns and name != "id" and not table.c[name].nullable:
            columns.append(name)
            values.append(_literal(default))
    named = ", ".join(f'"{name}"' for name in columns)
    statement = f'INSERT OR IGNORE INTO "{kind.value}" ({named}) VALUES ({", ".join(values)})'  # noqa: S608 - names of our own columns
    return BulkInsert(statement, kind, tuple(json_at), tuple(unknown), name_at)


_MEMBER_COLUMNS = {"seq": "row_seq"}
_json = msgspec.json.Encoder().encode


def _placeholder(kind: KindName, column: sa.Column[Any]) -> str:
    """Return the value of a column as it is bound, its default where a record lacks it."""
    if column.nullable or column.name in ("id", "row_seq", "created_seq"):
        return "?"
    return f"ifnull(?, {_literal(_DEFAULTS[kind][column.name])})"


def _literal(default: Any) -> str:
    """Return a field's default as SQL; these are ours, no quotes in them."""
    if isinstance(default, bool | int):
        return str(int(default))
    text = default if isinstance(default, str) else msgspec.json.encode(default).decode()
    return f"'{text}'"


def _gather_unknown(rows: list[list[Any]], unknown_at: tuple[tuple[int, str], ...]) -> None:
    """Put members that this program does not know into one, at the end of each row."""
    for row in rows:
        extra = {name: row[at] for at, name in unknown_at if row[at] is not None}
        row.append(_json(extra).decode() if extra else None)
        for at, _name in reversed(unknown_at):
            del row[at]


def delete_rows(connection: sa.Connection, kind: KindName, ids: Sequence[str]) -> None:
    """Take the records out of the cache; those that are not there are passed over."""
    table = TABLES[kind]
    for start in range(0, len(ids), _BATCH):
        chunk = ids[start : start + _BATCH]
        connection.execute(table.delete().where(table.c.id.in_(chunk)))
        forget_mentions(connection, kind, chunk)


class EntityQuery(Generic[_E]):
    """A query for records of one kind, built once: building one costs more than running it.

    What differs from one time to the next are `sa.bindparam`s, given by name when it is called.
    """

    def __init__(
        self,
        entity: type[_E],
        *conditions: sa.ColumnElement[bool],
        order: Sequence[sa.ColumnElement[Any]] = (),
        limit: int | None = None,
    ) -> None:
        kind = NAME_OF[entity]
        self._entity = entity
        self._names = ("id", *KINDS[kind].fields)
        columns = (TABLES[kind].c[name] for name in self._names)
        self._query = sa.select(*columns).where(*conditions).order_by(*order).limit(limit)

    def __call__(self, connection: sa.Connection, **values: Any) -> list[_E]:
        """Return the records for which the conditions hold."""
        return [
            from_row(self._entity, dict(zip(self._names, row, strict=True)))
            for row in connection.execute(self._query, values)
        ]


def get_entity(connection: sa.Connection, entity: type[_E], record_id: str) -> _E | None:
    """Return one record, or None."""
    query: EntityQuery[_E] = _by_id(NAME_OF[entity])
    return next(iter(query(connection, id=record_id)), None)


@cache
def _by_id(kind: KindName) -> EntityQuery[Any]:
    return EntityQuery(KINDS[kind].entity, TABLES[kind].c.id == sa.bindparam("id"))


def select_entities(
    connection: sa.Connection,
    entity: type[_E],
    *conditions: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]] = (),
    limit: int | None = None,
) -> list[_E]:
    """Return the records for which `conditions` on their kind's table hold."""
    return EntityQuery(entity, *conditions, order=order, limit=limit)(connection)


def owner_of(kind: KindName, record_id: str, fields: Mapping[str, Any]) -> str | None:
    """Return the customer that a record belongs to; a customer belongs to itself."""
    owner = KINDS[kind].owner
    if owner is None:
        return None
    return record_id if owner == "id" else fields.get(owner)


def _column_values(kind: KindName, record_id: str, row: StoredRow) -> dict[str, Any]:
    known = KINDS[kind].fields
    defaults = _DEFAULTS[kind]
    values = {name: row.fields.get(name, defaults[name]) for name in known}
    extra = {name: value for name, value in row.fields.items() if name not in _KNOWN[kind]}
    values["id"] = record_id
    values["row_seq"] = row.seq
    values["created_seq"] = row.created_seq
    values["versions"] = dict(row.versions) or None
    values["extra"] = extra or None
    if kind is KindName.CUSTOMER:
        values["sort_name"] = sort_name(values)
    return values


def sort_name(fields: Mapping[str, Any]) -> str:
    """Return what customers are sorted by: the family name, then the rest, folded and in Latin."""
    return _sort_name(fields.get("family_name"), fields.get("given_name"), fields["full_name"])


def _sort_name(family: str | None, given: str | None, full_name: str) -> str:
    name = f"{family} {given or ''}" if family else str(full_name)
    return fold(latin(name)).strip()


def _default(info: msgspec.structs.FieldInfo) -> Any:
    """Return what stands for a member that a row lacks; empty text where one is required."""
    return "" if info.default is msgspec.NODEFAULT else msgspec.to_builtins(info.default)


_DEFAULTS = {
    name: {info.name: _default(info) for info in msgspec.structs.fields(kind.entity)}
    for name, kind in KINDS.items()
}
_KNOWN = {kind: frozenset(KINDS[kind].fields) | {"id", *META_COLUMNS} for kind in KINDS}


def owners_before(
    connection: sa.Connection, records: Iterable[tuple[KindName, str]]
) -> dict[tuple[KindName, str], str | None]:
    """Return the customer that each of `records` belongs to in the cache, where it is there."""
    gathered: dict[KindName, list[str]] = defaultdict(list)
    for kind, record_id in records:
        gathered[kind].append(record_id)
    owners: dict[tuple[KindName, str], str | None] = {}
    for kind, ids in gathered.items():
        owner = KINDS[kind].owner
        if owner is None:
            continue
        table = TABLES[kind]
        for start in range(0, len(ids), _BATCH):
            query = sa.select(table.c.id, table.c[owner]).where(
                table.c.id.in_(ids[start : start + _BATCH])
            )
            owners |= {
                (kind, record_id): customer for record_id, customer in connection.execute(query)
            }
    return owners
