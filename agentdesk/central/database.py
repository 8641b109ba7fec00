"""Central's database: opening and migrating it, and its two ways of being used."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from agentdesk.errors import Code, ExternalError, UserError

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS = 10_000
_WRITING = "agentdesk_writing"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # An acknowledged mutation has to outlive a power cut.
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -32768",
)


class Database:
    """One open database. May be used from any thread; close it when done."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite has one writer. Waiting here is fair and immediate; its own waiting is neither.
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the database; keep it for a short time."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes commit together when the block ends without error."""
        if not self._is_sqlite:
            with self._engine.begin() as connection:
                yield connection
            return
        with self._writer, self._engine.connect() as connection:
            connection.execution_options(**{_WRITING: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(url: str) -> Database:
    """Open the database at `url`, an SQLAlchemy URL, and bring it to this program's schema.

    An SQLite file that is not there yet is made, for its owner's eyes only. Raises
    `ExternalError`: `STORE_TOO_NEW` for a database that a newer program has written,
    `DISK_FAILED` if it cannot be opened; `UserError(EXTRA_MISSING)` without its driver.
    """
    try:
        database = Database(url)
    except ModuleNotFoundError as error:
        raise UserError(Code.EXTRA_MISSING, extra="central") from error
    except (sa.exc.ArgumentError, OSError) as error:
        raise ExternalError(Code.DISK_FAILED) from error
    try:
        with database.writing() as connection:
            _migrate(connection)
    except sa.exc.DBAPIError as error:
        database.close()
        raise ExternalError(Code.DISK_FAILED) from error
    except BaseException:
        database.close()
        raise
    # The pool fills again at first use; who never uses the database has nothing to close.
    database.close()
    return database


def sqlite_url(path: Path) -> str:
    """Return the URL of the SQLite file at `path`."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = set(MigrationContext.configure(connection).get_current_heads())
    if not present <= known:
        raise ExternalError(Code.STORE_TOO_NEW)
    command.upgrade(config, "head")


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True, pool_size=8, max_overflow=32)
    if not parsed.database or parsed.database == ":memory:":
        raise ExternalError(Code.DISK_FAILED)
    Path(parsed.database).touch(mode=0o600)
    engine = sa.create_engine(parsed, pool_size=8, max_overflow=32)
    sa.event.listen(engine, "connect", _configure_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(dbapi_connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not begin transactions by its own rules; `_begin_sqlite` does.
    dbapi_connection.isolation_level = None
    for pragma in _PRAGMAS:
        dbapi_connection.execute(pragma).close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its lock at once: a reader that turns writer could fail half way.
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
