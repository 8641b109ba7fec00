"""Reading and writing records of every kind, with the versions that Central gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert

from agentdesk.domain.entities import Entity
from agentdesk.domain.kinds import KINDS, NAME_OF, KindName, Row, from_row
from agentdesk.domain.names import fold, latin
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
            batch = []
    if batch:
        connection.execute(statement, batch)


def _upsert(kind: KindName) -> Insert:
    table = TABLES[kind]
    statement = insert(table)
    replaced = {c.name: statement.excluded[c.name] for c in table.columns if c.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=replaced)


_UPSERTS = {kind: _upsert(kind) for kind in KINDS}
"""Built once: building such a statement costs as much as running it for one row."""


def delete_rows(connection: sa.Connection, kind: KindName, ids: Sequence[str]) -> None:
    """Take the records out of the cache; those that are not there are passed over."""
    table = TABLES[kind]
    for start in range(0, len(ids), _BATCH):
        chunk = ids[start : start + _BATCH]
        connection.execute(table.delete().where(table.c.id.in_(chunk)))


def get_entity(connection: sa.Connection, entity: type[_E], record_id: str) -> _E | None:
    """Return one record, or None."""
    table = TABLES[NAME_OF[entity]]
    return next(iter(select_entities(connection, entity, table.c.id == record_id)), None)


def select_entities(
    connection: sa.Connection,
    entity: type[_E],
    *conditions: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]] = (),
    limit: int | None = None,
) -> list[_E]:
    """Return the records for which `conditions` on their kind's table hold."""
    names, columns = _COLUMNS[NAME_OF[entity]]
    query = columns.where(*conditions).order_by(*order).limit(limit)
    return [
        from_row(entity, dict(zip(names, row, strict=True))) for row in connection.execute(query)
    ]


def _columns(kind: KindName) -> tuple[tuple[str, ...], sa.Select[Any]]:
    names = ("id", *KINDS[kind].fields)
    return names, sa.select(*(TABLES[kind].c[name] for name in names))


_COLUMNS = {kind: _columns(kind) for kind in KINDS}
"""What a record is read from, built once: its members' names and the query for all of them."""


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
    family = fields.get("family_name")
    given = fields.get("given_name")
    name = f"{family} {given or ''}" if family else str(fields["full_name"])
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
