"""Founding an organisation, and writing records that no desk has sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import SHARD, Change, insert_many, take_numbers
from agentdesk.central.name_index import name_rows
from agentdesk.central.placing import place
from agentdesk.central.records import is_indexed, phone_row
from agentdesk.central.rows import owner_of
from agentdesk.domain.entities import Customer, Entity, Organisation
from agentdesk.domain.kinds import KINDS, NAME_OF, KindName, Row, to_row
from agentdesk.domain.moments import to_text

_encoder = msgspec.json.Encoder()
_ASKED_AT_ONCE = 500


def found(connection: sa.Connection, organisation: Organisation, now: datetime) -> None:
    """Make an organisation with an empty feed and a key of its own; its record comes first."""
    connection.execute(
        sa.insert(t.org).values(
            org_id=organisation.id,
            epoch=secrets.token_urlsafe(12),
            scope_revision=1,
            signing_key=secrets.token_bytes(32),
            created_at=to_text(now),
        )
    )
    connection.execute(sa.insert(t.feed_head).values(org_id=organisation.id, shard=SHARD, seq=0))
    write_entities(connection, organisation.id, [organisation], now)


def organisation_ids(connection: sa.Connection) -> list[str]:
    """Return the ids of all organisations, the oldest first."""
    return list(
        connection.execute(sa.select(t.org.c.org_id).order_by(t.org.c.created_at)).scalars()
    )


def write_entities(
    connection: sa.Connection, org_id: str, entities: Sequence[Entity], now: datetime
) -> None:
    """Add records that are not there yet, through the feed, in bulk.

    Customers come before what belongs to them, which is in their team.
    """
    kinds = [NAME_OF[type(entity)] for entity in entities]
    changes = [Change(kind, e.id) for kind, e in zip(kinds, entities, strict=True)]
    before = take_numbers(connection, org_id, changes)
    made_at = to_text(now)
    teams = _teams(connection, org_id, kinds, entities)
    rows: list[dict[str, Any]] = []
    phones: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for seq, (kind, entity) in enumerate(zip(kinds, entities, strict=True), before + 1):
        fields = to_row(entity)
        del fields["id"]
        row = _row(org_id, kind, entity.id, fields, seq, made_at)
        row["team_id"] = teams.get(row["owner_id"])
        rows.append(row)
        if kind is KindName.CONTACT_POINT and is_indexed(fields):
            phones.append(phone_row(org_id, entity.id, fields))
        if kind is KindName.CUSTOMER:
            names += name_rows(org_id, entity.id, fields)
    insert_many(connection, t.record, rows)
    insert_many(connection, t.phone_index, phones)
    insert_many(connection, t.name_index, names)


def _teams(
    connection: sa.Connection, org_id: str, kinds: Sequence[KindName], entities: Sequence[Entity]
) -> dict[str | None, str | None]:
    """Return the teams of the customers whom `entities` are or belong to."""
    teams: dict[str | None, str | None] = {}
    owners: set[str] = set()
    for kind, entity in zip(kinds, entities, strict=True):
        if isinstance(entity, Customer):
            teams[entity.id] = entity.team_id
        elif (member := KINDS[kind].owner) is not None:
            owners.add(getattr(entity, member))
    unknown = sorted(owners - teams.keys() - {None})
    for start in range(0, len(unknown), _ASKED_AT_ONCE):
        found = connection.execute(
            sa.select(t.record.c.id, t.record.c.team_id).where(
                t.record.c.org_id == org_id,
                t.record.c.kind == KindName.CUSTOMER.value,
                t.record.c.id.in_(unknown[start : start + _ASKED_AT_ONCE]),
            )
        )
        teams.update((row.id, row.team_id) for row in found)
    return teams


def _row(
    org_id: str, kind: KindName, record_id: str, fields: Row, seq: int, made_at: str
) -> dict[str, Any]:
    owner_id = owner_of(KINDS[kind], record_id, fields)
    return {
        "org_id": org_id,
        "kind": str(kind),
        "id": record_id,
        "owner_id": owner_id,
        **place(kind, record_id, owner_id, seq),
        "fields": _encoder.encode(fields).decode(),
        "versions": "{}",
        "origins": "{}",
        "created_seq": seq,
        "seq": seq,
        "created_at": made_at,
    }
