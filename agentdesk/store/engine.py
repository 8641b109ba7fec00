"""Opening the encrypted file: connections, transactions and what their errors mean."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, QueuePool
from sqlcipher3 import dbapi2 as sqlcipher

from agentdesk.domain.names import fold
from agentdesk.errors import Code, ExternalError

BUSY_TIMEOUT_MS = 8_000
"""How long a writer waits for another process's transaction before it says so."""

KEY_BYTES = 32

_FILE = "agentdesk_file"

_BULK_PRAGMAS = (
    # A commit may be lost by a power cut, its order never: the log is synchronised before it is
    # folded into the file, so that what is believed whole is whole.
    "synchronous = NORMAL",
    "cache_size = -32000",
    "wal_autocheckpoint = 4000",
)
"""How a file is filled that nobody works with yet."""


@dataclass(frozen=True, slots=True)
class CacheFile:
    """An encrypted file and its key."""

    path: Path
    key: bytes = field(repr=False)

    def beside(self, name: str) -> CacheFile:
        """Return the file `name` in the same folder, under the same key."""
        return CacheFile(self.path.with_name(name), self.key)


def _connect(path: Path, key: bytes, *, create: bool) -> Any:
    """Return a connection to the file at `path`, decrypted with the raw 256-bit `key`."""
    if len(key) != KEY_BYTES:
        raise ValueError("the key of the cache is 32 bytes")
    mode = "rwc" if create else "rw"
    connection = sqlcipher.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        check_same_thread=False,
        isolation_level=None,
    )
    try:
        # SQLCipher would write its diagnostics to standard error, past our log.
        connection.execute("PRAGMA cipher_log_level = NONE")
        # A raw key skips the key derivation: it is already 256 random bits, or argon2id's.
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -16000")
        # SQLite itself knows no case but that of ASCII.
        connection.create_function("folded", 1, _folded, deterministic=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _folded(text: str | None) -> str | None:
    if text is None or text.isascii():
        return text and text.lower()
    return fold(text)


def make_engine(
    path: Path, key: bytes, *, readers: int = 3, create: bool = False, bulk: bool = False
) -> sa.Engine:
    """Return an engine on the file at `path`; no connection is made yet.

    Transactions begin as SQLite's deferred ones; `write_transaction` begins immediate ones. With
    `bulk`, one that lasts is fast rather than on the disk at once.
    """
    engine = sa.create_engine(
        "sqlite+pysqlite://",
        # What customers said does not belong into messages of errors, which are logged.
        hide_parameters=True,
        module=sqlcipher,
        creator=lambda: _connect(path, key, create=create),
        execution_options={_FILE: CacheFile(path, key)},
        poolclass=NullPool if create else QueuePool,
        **({} if create else {"pool_size": readers + 1, "max_overflow": 2}),
    )

    if bulk:

        @sa.event.listens_for(engine, "connect")
        def _hurry(connection: Any, _record: object) -> None:
            for pragma in _BULK_PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("agentdesk_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def file_of(engine: sa.Engine) -> CacheFile:
    """Return the file that an engine was made for."""
    return cast("CacheFile", engine.get_execution_options()[_FILE])


@contextmanager
def read_transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that sees one state of the cache from its first query to its end."""
    with explained(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def write_transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open the one writing transaction; commits at the end, rolls back on an error.

    Waits up to `BUSY_TIMEOUT_MS` for a writer in another process.
    """
    with (
        explained(),
        engine.connect().execution_options(agentdesk_write=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def explained() -> Iterator[None]:
    """Turn errors of the database and the disk into `ExternalError` with a code."""
    try:
        yield
    except sa.exc.DBAPIError as failure:
        raise ExternalError(meaning_of(failure.orig or failure)) from failure
    except (sqlcipher.Error, sqlite3.Error) as failure:
        raise ExternalError(meaning_of(failure)) from failure
    except OSError as failure:
        full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ExternalError(Code.DISK_FULL if full else Code.DISK_FAILED) from failure


_MEANINGS = (
    ("database or disk is full", Code.DISK_FULL),
    ("disk i/o error", Code.DISK_FAILED),
    ("unable to open database", Code.DISK_FAILED),
    ("readonly database", Code.DISK_FAILED),
    ("locked", Code.STORE_LOCKED),
    ("busy", Code.STORE_LOCKED),
    ("not a database", Code.STORE_DAMAGED),
    ("malformed", Code.STORE_DAMAGED),
    ("hmac", Code.STORE_DAMAGED),
)


def meaning_of(failure: BaseException) -> Code:
    """Return the code for a database error by SQLite's own words for it."""
    text = str(failure).lower()
    return next((code for words, code in _MEANINGS if words in text), Code.UNEXPECTED)
