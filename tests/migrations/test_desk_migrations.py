"""The desk's migrations lead to exactly the tables that the program uses."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import make_engine, read_transaction, write_transaction
from agentdesk.store.migrate import upgrade
from agentdesk.store.tables import metadata


def is_ours(_object: Any, name: str | None, *_rest: Any) -> bool:
    """Leave out the tables that SQLite keeps beneath the full-text index."""
    return not (name or "").startswith(("search_index", "search_number", "search_text"))


def test_the_newest_revision_equals_the_tables(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "cache.db", os.urandom(32), create=True)
    upgrade(engine, tmp_path / "cache.db")
    with read_transaction(engine) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_a_cache_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    engine = make_engine(path, os.urandom(32), create=True)
    upgrade(engine, path)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ExternalError) as refused:
        upgrade(engine, path)
    assert refused.value.code is Code.STORE_TOO_NEW
    with read_transaction(engine) as connection:
        kept = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    engine.dispose()
    assert kept == "9999"


def test_opening_again_changes_nothing_and_copies_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    engine = make_engine(path, os.urandom(32), create=True)
    upgrade(engine, path)
    upgrade(engine, path)
    engine.dispose()
    assert [p.name for p in tmp_path.glob("*.before-*")] == []
