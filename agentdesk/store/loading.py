"""Filling a new cache beside the one that is worked with: rows first, indexes and search after.

Nobody reads the file meanwhile. What has been loaded and the note of it commit together, so that
a kill costs at most the chunk under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import convert
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import (
    CacheFile,
    explained,
    make_engine,
    read_transaction,
    write_transaction,
)
from agentdesk.store.rows import bulk_insert
from agentdesk.store.search_index import begin_bulk_index, bulk_index, end_bulk_index
from agentdesk.store.state import get_state, set_state
from agentdesk.store.swap import discard, sync_folder

LOADING = "loading"
"""Kept in a file that is being filled: what has been loaded."""

_INDEXED_AT_ONCE = 500
_LONGEST_PATH = 64
_INDEXES_SHARE = 0.4
"""How much of the work after the rows is making indexes; the rest is the search index."""

MERGED = "alias"
"""The kind of those arrays that tell of merged customers: `id`, `seq` and `into`."""

Rows = tuple[str, Sequence[str], list[list[Any]]]
"""Records of one kind as arrays, and the names of their members; see `bulk_insert`."""

Buckets = tuple[int, int]
"""A range of buckets, without its end."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is filled.

    `source` is what the content comes from (epoch and scope, for whoever loads to compare),
    `cursor` the feed's position from which it has to be caught up: that of the first chunk, also
    if others are newer. `chunks` are those that are whole, with their numbers of records, and
    `buckets` what they cover. `searchable` is the last row that can be searched for.
    """

    source: str
    cursor: str
    chunks: dict[str, int] = {}
    buckets: tuple[Buckets, ...] = ()
    indexed: bool = False
    searchable: int = -1
    complete: bool = False

    @property
    def rows(self) -> int:
        """How many records have been loaded."""
        return sum(self.chunks.values())

    def covers(self, name: str, buckets: Buckets) -> bool:
        """Tell whether a chunk, or all that it would bring, is there already."""
        wanted = set(range(*buckets)).difference(*(range(*known) for known in self.buckets))
        return name in self.chunks or (not wanted and buckets[0] < buckets[1])


class LoadingFile:
    """A new cache that is being filled, by one thread. `close` it in the end."""

    def __init__(self, file: CacheFile) -> None:
        self.file = file
        # One connection that stays: what it has in memory is worth keeping.
        self._engine = make_engine(file.path, file.key, readers=0, bulk=True)

    @classmethod
    def create(cls, like: sa.Connection, file: CacheFile, opening: Loaded) -> LoadingFile:
        """Make the file, with the tables of the cache `like` and none of its indexes."""
        discard(file.path)
        with explained():
            make_engine(file.path, file.key, create=True).connect().close()
            sync_folder(file.path.parent)
        made = cls(file)
        schema = like.exec_driver_sql(_TABLES).scalars().all()
        revision = schema_revision(like)
        with write_transaction(made._engine) as connection:
            for statement in schema:
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
            made._note(connection, opening)
        return made

    @property
    def engine(self) -> sa.Engine:
        """The engine that fills the file."""
        return self._engine

    def loaded(self) -> Loaded:
        """Return how far the file is filled; raises `ExternalError` for a file that says nothing.

        One that was cut off while it was made has no tables yet.
        """
        with read_transaction(self._engine) as connection:
            return self._noted(connection)

    def add_chunk(
        self, name: str, buckets: Buckets, batches: Iterable[Rows], went_on: Callable[[int], None]
    ) -> Loaded:
        """Take a chunk in, whole or not at all, and return how far the file is filled then.

        Records that are there already stay as they are: what has changed since `cursor` comes from
        the feed. `went_on` is told of each batch, and may raise.
        """
        with write_transaction(self._engine) as connection:
            count = 0
            for kind, members, rows in batches:
                if kind == MERGED:
                    _add_merged(connection, members, rows)
                else:
                    bulk_insert(KindName(kind), members).put(connection, rows)
                count += len(rows)
                went_on(len(rows))
            before = self._noted(connection)
            state = msgspec.structs.replace(
                before,
                chunks=before.chunks | {name: count},
                buckets=(*before.buckets, buckets),
            )
            self._note(connection, state)
        return state

    def build_indexes(self, like: Sequence[str], went_on: Callable[[float], None]) -> None:
        """Make what is missing of the indexes whose statements are `like`, and the search index.

        `went_on` is told between the steps which part of the work is done, and may raise.
        """
        with read_transaction(self._engine) as connection:
            state = self._noted(connection)
            made = set(index_statements(connection))
            last_row = connection.exec_driver_sql("SELECT max(rowid) FROM customer").scalar()
        if not state.indexed:
            missing = [statement for statement in like if statement not in made]
            for done, statement in enumerate(missing, len(like) - len(missing) + 1):
                with write_transaction(self._engine) as connection:
                    connection.exec_driver_sql(statement)
                went_on(_INDEXES_SHARE * done / len(like))
            with write_transaction(self._engine) as connection:
                _shorten_merges(connection)
                begin_bulk_index(connection)
                state = msgspec.structs.replace(self._noted(connection), indexed=True)
                self._note(connection, state)
        while not state.complete:
            state = self._index_some(state)
            searchable = min(1.0, state.searchable / max(1, last_row or 0))
            went_on(_INDEXES_SHARE + (1 - _INDEXES_SHARE) * searchable)

    def _index_some(self, state: Loaded) -> Loaded:
        with write_transaction(self._engine) as connection:
            last = bulk_index(connection, state.searchable, _INDEXED_AT_ONCE)
            if last is None:
                end_bulk_index(connection)
                state = msgspec.structs.replace(state, complete=True)
            else:
                state = msgspec.structs.replace(state, searchable=last)
            self._note(connection, state)
        return state

    def close(self) -> None:
        """Close the file, with its log folded into it."""
        try:
            # Closing would do it too, and hold Python's lock meanwhile.
            with explained(), self._engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._engine.dispose()

    def _noted(self, connection: sa.Connection) -> Loaded:
        try:
            return convert(get_state(connection, LOADING), Loaded)
        except msgspec.ValidationError as failure:
            raise ExternalError(Code.STORE_DAMAGED) from failure

    def _note(self, connection: sa.Connection, loaded: Loaded) -> None:
        set_state(connection, **{LOADING: msgspec.to_builtins(loaded)})


def _add_merged(connection: sa.Connection, members: Sequence[str], rows: list[list[Any]]) -> None:
    loser, winner = members.index("id"), members.index("into")
    connection.connection.cursor().executemany(
        "INSERT OR IGNORE INTO alias (loser, winner) VALUES (?, ?)",
        [(row[loser], row[winner]) for row in rows],
    )


def _shorten_merges(connection: sa.Connection) -> None:
    """Let every merged customer lead to the last one of its path."""
    for _step in range(_LONGEST_PATH):
        found = connection.exec_driver_sql(
            "UPDATE alias SET winner = (SELECT winner FROM alias AS further "
            "WHERE further.loser = alias.winner) WHERE winner IN (SELECT loser FROM alias)"
        )
        if not found.rowcount:
            return


def schema_revision(connection: sa.Connection) -> str:
    """Return the revision of a cache's schema."""
    query = "SELECT version_num FROM alembic_version"
    return str(connection.exec_driver_sql(query).scalar_one())


def index_statements(connection: sa.Connection) -> list[str]:
    """Return the statements that made a cache's indexes, and the triggers that keep some up."""
    return list(connection.exec_driver_sql(_INDEXES).scalars())


_TABLES = (
    "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
    # A full-text index makes its own tables.
    "AND name NOT IN (SELECT whole.name || part.value FROM sqlite_schema AS whole, "
    'json_each(\'["_data", "_idx", "_content", "_docsize", "_config"]\') AS part '
    "WHERE whole.sql LIKE 'CREATE VIRTUAL TABLE %') ORDER BY rowid"
)
_INDEXES = (
    "SELECT sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL "
    # What triggers keep up is made at once when all rows are there.
    "ORDER BY type, rowid"
)
