"""The rows of a cache, written again as barely as can be: what a first sync is measured against."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agentdesk.credentials import SystemKeyring
from agentdesk.paths import ProfilePaths
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.profile import find_key, open_profile, read_header
from agentdesk.store.tables import TABLES, search_entry, search_near, search_word
from benchmarks.search_texts import search_texts

_SLICE = 20_000


def bare_load(paths: ProfilePaths, passphrase: str, folder: Path) -> tuple[float, int]:
    """Write all rows of the profile's cache into a new encrypted file, rows first.

    Returns the seconds spent writing, indexing and committing, without those for reading the
    rows, and how many rows there were.
    """
    key = find_key(read_header(paths), SystemKeyring(), passphrase)
    # Being opened gives a file that was loaded anew the usual name.
    open_profile(paths, SystemKeyring(), passphrase).store.close()
    source = make_engine(paths.cache, key)
    target = make_engine(folder / "bare.db", key, create=True)
    upgrade(target, folder / "bare.db")
    stopwatch = _Stopwatch()
    rows = 0
    try:
        with source.connect() as reading, target.connect() as writing:
            indexes = [index for table in TABLES.values() for index in table.indexes]
            for index in indexes:
                index.drop(writing)
            writing.commit()
            for table in TABLES.values():
                rows += stopwatch.copy(reading, writing, table)
            for table in (search_entry, search_word, search_near):
                stopwatch.copy(reading, writing, table)
            with stopwatch:
                for index in indexes:
                    index.create(writing)
                writing.commit()
            for texts in search_texts(reading, _SLICE):
                with stopwatch:
                    writing.exec_driver_sql(
                        "INSERT INTO search_index (rowid, words) VALUES (?, ?)",
                        [(docid, words) for docid, words, _parts in texts],
                    )
                    writing.exec_driver_sql(
                        "INSERT INTO search_number (rowid, parts) VALUES (?, ?)",
                        [(docid, parts) for docid, _words, parts in texts],
                    )
            with stopwatch:
                writing.commit()
    finally:
        source.dispose()
        target.dispose()
    return stopwatch.seconds, rows


class _Stopwatch:
    """Adds up the time spent in its blocks."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_raised: object) -> None:
        self.seconds += time.perf_counter() - self._began

    def copy(self, reading: sa.Connection, writing: sa.Connection, table: sa.Table) -> int:
        """Write a table's rows again, timing the writing; return their number."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" for _ in table.columns)
        insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - our names
        count = 0
        for rows in _slices(reading, f'SELECT {names} FROM "{table.name}"'):  # noqa: S608 - as above
            count += len(rows)
            with self:
                writing.exec_driver_sql(insert, rows)
        with self:
            writing.commit()
        return count


def _slices(reading: sa.Connection, query: str) -> Iterator[Sequence[tuple[Any, ...]]]:
    found = reading.exec_driver_sql(query)
    while rows := found.fetchmany(_SLICE):
        yield [tuple(row) for row in rows]
