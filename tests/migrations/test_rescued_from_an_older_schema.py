"""A damaged cache of an earlier release is mended with everything that a person has to decide."""

from __future__ import annotations

import os
from pathlib import Path

import sqlalchemy as sa

from agentdesk.domain.moments import now, to_text
from agentdesk.paths import ProfilePaths
from agentdesk.store import revisions
from agentdesk.store.engine import make_engine, read_transaction, write_transaction
from agentdesk.store.profile import profile_paths
from agentdesk.store.repair import rebuild
from agentdesk.store.tables import attention, conflict

_KEPT = {"kind": "note", "record_id": "r", "owner_id": "c"}


def first_cache(paths: ProfilePaths, key: bytes) -> None:
    """Leave a cache of the first release with a refused edit and a conflict."""
    paths.folder.mkdir(parents=True)
    engine = make_engine(paths.cache, key, create=True)
    at = to_text(now())
    with write_transaction(engine) as connection:
        revisions.run(connection, "0001")
        refused = {"n": 1, "group_id": "g", "author_id": "ann", "payload": b"{}", "raised_at": at}
        insert(connection, "attention", reason="no-permission", **_KEPT, **refused)
        insert(connection, "conflict", id="x", n=2, field="text", raised_at=at, **_KEPT)
    engine.dispose()


def insert(connection: sa.Connection, table: str, **values: object) -> None:
    """Add a row to a table of the schema as it was."""
    columns = sa.table(table, *(sa.column(name) for name in values))
    connection.execute(sa.insert(columns).values(values))


def test_refused_edits_and_conflicts_of_an_older_schema_are_rescued(tmp_path: Path) -> None:
    paths, key = profile_paths(tmp_path, "default"), os.urandom(32)
    first_cache(paths, key)
    rebuild(paths, key)
    engine = make_engine(paths.cache, key)
    with read_transaction(engine) as connection:
        refused = connection.execute(sa.select(attention.c.n, attention.c.settled_at)).all()
        contested = connection.execute(sa.select(conflict.c.id, conflict.c.settled_how)).all()
    engine.dispose()
    # Numbers from before the damage lie below 0 if nothing vouches for them.
    assert [row.settled_at for row in refused] == [None]
    assert [tuple(row) for row in contested] == [("x", None)]
