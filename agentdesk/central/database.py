"""Central's database: opening and migrating it, its transactions, and doing them again.

A transaction that reads sees one state of the database: REPEATABLE READ on PostgreSQL. One that
writes is READ COMMITTED there, and locks the rows that it decides upon. A transaction that the
database gave up, to serve the others or because the connection broke, is done again.
"""

from __future__ import annotations

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from agentdesk.errors import Code, ExternalError, UserError

log = logging.getLogger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 2_000
"""How long SQLite waits for another process to finish writing, at each attempt."""

_WRITING = "agentdesk_writing"
_DRIVER = "postgresql+psycopg"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # An acknowledged mutation has to outlive a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -32768",
)

ATTEMPTS = 6
"""How often a transaction is tried before its caller is told that Central is busy."""

_FIRST_PAUSE_S = 0.02
_LOST_RACES = frozenset(
    {
        "23505",  # unique_violation: somebody else has just added it; now it can be seen
        "42P07",  # duplicate_table: somebody else is migrating
    }
)
_GIVEN_UP = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "55P03",  # lock_not_available
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
    }
)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Database:
    """One open database. May be used from any thread; close it when done.

    `random_factor` returns by how much the pauses between attempts are shortened, 0 to 1.
    """

    def __init__(self, url: str, *, random_factor: Callable[[], float] = random.random) -> None:
        self._engine = _engine(url)
        self._random_factor = random_factor
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        """Whether there is one writer at a time."""
        if self.is_sqlite:
            self._reading = self._engine
            self._writing = self._engine.execution_options(**{_WRITING: True})
        else:
            self._reading = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            self._writing = self._engine.execution_options(isolation_level="READ COMMITTED")
        # SQLite has one writer. Waiting here is fair and immediate; its own waiting is neither.
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one state of the database; keep it for a short time."""
        with self._reading.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection whose changes commit together when the block ends without error.

        The block is run once; `write` runs its work again where that helps.
        """
        if self.is_sqlite:
            with self._writer, self._writing.begin() as connection:
                yield connection
        else:
            with self._writing.begin() as connection:
                yield connection

    def read(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Return what `work` returns, given a connection as `reading` gives it.

        Run again as in `write`.
        """
        return self._attempt(self.reading, lambda connection: work(connection, *args, **kwargs))

    def write(
        self,
        work: Callable[Concatenate[sa.Connection, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Return what `work` returns, given a connection as `writing` gives it.

        `work` is run again, a bounded number of times, if the database gave the transaction up or
        the connection broke. It may be run again although it was committed, if the connection broke
        while the answer was on its way, and has to recognise that. Raises
        `ExternalError(SERVER_BUSY)` if nothing helps.
        """
        return self._attempt(self.writing, lambda connection: work(connection, *args, **kwargs))

    def _attempt(
        self,
        transaction: Callable[[], AbstractContextManager[sa.Connection]],
        work: Callable[[sa.Connection], _T],
    ) -> _T:
        for attempt in range(1, ATTEMPTS):
            try:
                with transaction() as connection:
                    return work(connection)
            except sa.exc.DBAPIError as error:
                if not (_is_given_up(error) or _is_lost_race(error)):
                    raise
                log.info("transaction tried again: %s", type(error.orig).__name__)
            time.sleep(_pause_s(attempt) * self._random_factor())
        try:
            with transaction() as connection:
                return work(connection)
        except sa.exc.DBAPIError as error:
            if _is_given_up(error):
                raise ExternalError(Code.SERVER_BUSY) from error
            raise

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(url: str) -> Database:
    """Open the database at `url`, an SQLAlchemy URL, and bring it to this program's schema.

    An SQLite file that is not there yet is made, for its owner's eyes only. Raises
    `ExternalError`: `STORE_TOO_NEW` for a database that a newer program has written,
    `DISK_FAILED` if it cannot be opened, `SERVER_BUSY` if it does not answer;
    `UserError(EXTRA_MISSING)` without its driver.
    """
    try:
        database = Database(url)
    except ModuleNotFoundError as error:
        raise UserError(Code.EXTRA_MISSING, extra="central") from error
    except (sa.exc.ArgumentError, OSError) as error:
        raise ExternalError(Code.DISK_FAILED) from error
    try:
        database.write(_migrate)
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


def _pause_s(attempt: int) -> float:
    """Return the longest pause after the failed `attempt`, the first of which is 1."""
    return _FIRST_PAUSE_S * 2.0 ** (attempt - 1)


def _is_given_up(error: sa.exc.DBAPIError) -> bool:
    """Say whether the database ended the transaction for reasons that pass."""
    if error.connection_invalidated:
        return True
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    state = _state(error)
    # Without a state it is the connection that failed, not a statement.
    return state in _GIVEN_UP or (state is None and isinstance(error, sa.exc.OperationalError))


def _is_lost_race(error: sa.exc.DBAPIError) -> bool:
    """Say whether somebody else did at the same moment what a second look will find done."""
    return _state(error) in _LOST_RACES


def _state(error: sa.exc.DBAPIError) -> str | None:
    """Return the SQLSTATE, None for an error that has none."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername=_DRIVER)
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
    dbapi_connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its lock at once: a reader that turns writer could fail half way.
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
