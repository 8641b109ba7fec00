"""Values that Central had overwritten before desks could see them reach the desks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import agentdesk.central.migrations
from agentdesk.central import tables as t
from agentdesk.central.database import open_database, sqlite_url
from agentdesk.sync.digests import bucket_of, check_of
from tests.unit.central.driver import look_into

_AT = "2026-03-02T09:00:00.000Z"


@pytest.fixture
def third_schema(tmp_path: Path) -> str:
    """Return a database of the third schema, with values in its table of history."""
    url = sqlite_url(tmp_path / "third.sqlite3")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    config = Config()
    config.set_main_option("script_location", agentdesk.central.migrations.__path__[0])
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        insert(
            connection,
            "org",
            org_id="o",
            epoch="e",
            scope_revision=1,
            signing_key=b"",
            created_at=_AT,
        )
        insert(connection, "feed_head", org_id="o", shard=0, seq=7)
        for seq, kind, record_id in ((6, "customer", "c"), (7, "note", "n")):
            insert(
                connection, "record", org_id="o", kind=kind, id=record_id, owner_id="c",
                fields="{}", versions="{}", origins="{}", created_seq=seq, seq=seq,
                created_at=_AT, team_id="north",
            )  # fmt: skip
        for n in range(4_100):
            history(connection, f"h{n:05}", "customer", "c", "hometown", n + 1, f'"town {n}"')
        history(connection, "lost", "customer", "c", "full_name", 0, '"Annie"')
        history(connection, "note1", "note", "n", "text", 3, '"in a version of its own"')
        history(connection, "note2", "note", "n", "text", 0, '"lost"')
    return url


def insert(connection: sa.Connection, table: str, **values: Any) -> None:
    """Add a row to a table of the schema as it was."""
    columns = sa.table(table, *(sa.column(name) for name in values))
    connection.execute(sa.insert(columns).values(values))


def history(
    connection: sa.Connection,
    id_: str,
    kind: str,
    record_id: str,
    field: str,
    version: int,
    value: str,
) -> None:
    """Add an overwritten value."""
    insert(
        connection, "field_history", org_id="o", id=id_, kind=kind, record_id=record_id,
        field=field, version=version, value=value, author_id="ann", overwritten_at=_AT,
        overwritten_by="ben",
    )  # fmt: skip


def test_overwritten_values_are_numbered_and_belong_to_their_customer(third_schema: str) -> None:
    open_database(third_schema).close()
    rows = look_into(third_schema, sa.select(t.record).where(t.record.c.kind == "field_version"))
    assert sorted(row.seq for row in rows) == list(range(8, 8 + 4_102))
    assert {row.id for row in rows if not row.id.startswith("h")} == {"lost", "note2"}
    assert {(row.owner_id, row.team_id) for row in rows} == {("c", "north")}
    assert all(row.bucket == bucket_of("c") for row in rows)
    assert all(row.check_sum == check_of(row.kind, row.id, row.seq) for row in rows)
    [lost] = [json.loads(row.fields) for row in rows if row.id == "lost"]
    assert lost == {
        "customer_id": "c",
        "record_kind": "customer",
        "record_id": "c",
        "field": "full_name",
        "value": '"Annie"',
        "author_id": "ann",
        "written_at": _AT,
        "replaced_by": "ben",
        "replaced_at": _AT,
        "arrived_late": True,
    }


def test_the_feed_tells_of_them_behind_everything_else(third_schema: str) -> None:
    open_database(third_schema).close()
    [head] = look_into(third_schema, sa.select(t.feed_head.c.seq))
    told = look_into(third_schema, sa.select(t.changes.c.seq).where(t.changes.c.seq > 7))
    assert head.seq == 7 + 4_102
    assert sorted(row.seq for row in told) == list(range(8, head.seq + 1))
