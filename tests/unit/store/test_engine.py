"""The encrypted file: whole transactions, one writer at a time, errors with a meaning."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from agentdesk.errors import Code, ExternalError
from agentdesk.store import engine as engine_module
from agentdesk.store.engine import (
    explained,
    make_engine,
    meaning_of,
    read_transaction,
    write_transaction,
)

KEY = bytes(range(32))
SECRET = "Anna Blunt likes tea"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache with one small table."""
    engine = make_engine(tmp_path / "cache.db", KEY, create=True)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE word (text TEXT)")
    engine.dispose()
    return tmp_path / "cache.db"


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    """An engine on that cache."""
    engine = make_engine(path, KEY)
    yield engine
    engine.dispose()


def add(engine: sa.Engine, text: str) -> None:
    with write_transaction(engine) as connection:
        connection.execute(sa.text("INSERT INTO word VALUES (:text)"), {"text": text})


def words(connection: sa.Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT text FROM word ORDER BY rowid").scalars())


def all_words(engine: sa.Engine) -> list[str]:
    with read_transaction(engine) as connection:
        return words(connection)


def statements(engine: sa.Engine) -> list[str]:
    """Return the list into which all SQL of the engine will be written."""
    heard: list[str] = []

    def listen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    sa.event.listen(engine, "before_cursor_execute", listen)
    return heard


def test_what_is_written_is_there_and_unreadable_without_the_key(
    engine: sa.Engine, path: Path
) -> None:
    add(engine, SECRET)
    assert all_words(engine) == [SECRET]
    engine.dispose()
    for file in path.parent.glob("cache.db*"):
        assert SECRET.encode() not in file.read_bytes()
    with pytest.raises(sqlite3.DatabaseError), sqlite3.connect(path) as plain:
        plain.execute("SELECT * FROM word")
    plain.close()


def test_another_key_does_not_open_the_file(path: Path) -> None:
    engine = make_engine(path, os.urandom(32))
    with pytest.raises(ExternalError) as refused, read_transaction(engine) as connection:
        words(connection)
    engine.dispose()
    assert refused.value.code is Code.STORE_DAMAGED


def test_a_key_of_another_length_is_a_mistake_of_ours(path: Path) -> None:
    engine = make_engine(path, b"short")
    with pytest.raises(ValueError, match="32 bytes"), read_transaction(engine):
        pass


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "missing.db", KEY)
    with pytest.raises(ExternalError) as refused, read_transaction(engine):
        pass
    assert refused.value.code is Code.DISK_FAILED
    assert list(tmp_path.iterdir()) == []


def test_writers_begin_immediately_and_readers_do_not_hold_them_up(engine: sa.Engine) -> None:
    heard = statements(engine)
    add(engine, "one")
    assert all_words(engine) == ["one"]
    with engine.connect() as connection:
        words(connection)
    with engine.begin() as connection:
        words(connection)
    begun = [statement for statement in heard if statement.startswith("BEGIN")]
    assert begun == ["BEGIN IMMEDIATE", "BEGIN", "BEGIN", "BEGIN"]


def test_a_reader_sees_one_state_from_its_first_query_to_its_end(engine: sa.Engine) -> None:
    add(engine, "one")
    with read_transaction(engine) as connection:
        before = words(connection)
        add(engine, "two")
        after = words(connection)
    assert before == after == ["one"]
    assert all_words(engine) == ["one", "two"]


def test_an_error_takes_the_whole_transaction_back(engine: sa.Engine) -> None:
    def half() -> None:
        with write_transaction(engine) as connection:
            connection.exec_driver_sql("INSERT INTO word VALUES ('half')")
            raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        half()
    assert all_words(engine) == []
    add(engine, "whole")
    assert all_words(engine) == ["whole"]


def test_a_writer_waits_for_another_and_says_so_when_it_takes_too_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 40)
    ours, theirs = make_engine(path, KEY), make_engine(path, KEY)
    with write_transaction(theirs) as connection:
        connection.exec_driver_sql("INSERT INTO word VALUES ('theirs')")
        with pytest.raises(ExternalError) as refused:
            add(ours, "ours")
        assert all_words(ours) == []
    assert refused.value.code is Code.STORE_LOCKED
    # Being refused leaves nothing begun behind.
    add(ours, "ours")
    assert all_words(theirs) == ["theirs", "ours"]
    ours.dispose()
    theirs.dispose()


def test_a_writer_goes_on_as_soon_as_the_other_has_ended(path: Path) -> None:
    ours, theirs = make_engine(path, KEY), make_engine(path, KEY)
    begun = threading.Event()

    def later() -> None:
        begun.set()
        add(ours, "second")

    with write_transaction(theirs) as connection:
        waiting = threading.Thread(target=later)
        waiting.start()
        assert begun.wait(5)
        connection.exec_driver_sql("INSERT INTO word VALUES ('first')")
    waiting.join(8)
    assert all_words(theirs) == ["first", "second"]
    ours.dispose()
    theirs.dispose()


def test_a_full_disk_is_told_loses_nothing_and_can_be_overcome(path: Path) -> None:
    engine = make_engine(path, KEY)
    pages = [20]

    @sa.event.listens_for(engine, "checkout")
    def limit(connection: Any, *_rest: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    add(engine, "small")
    with pytest.raises(ExternalError) as refused:
        add(engine, "big" * 100_000)
    assert refused.value.code is Code.DISK_FULL
    assert all_words(engine) == ["small"]
    add(engine, "smaller")
    pages[0] = 10_000
    add(engine, "big" * 100_000)
    assert [len(word) for word in all_words(engine)] == [5, 7, 300_000]
    engine.dispose()


def test_a_damaged_page_is_told_as_damage(engine: sa.Engine, path: Path) -> None:
    with write_transaction(engine) as connection:
        insert = sa.text("INSERT INTO word VALUES (:text)")
        connection.execute(insert, [{"text": "x" * 900}] * 200)
    engine.dispose()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(8_192))
    damaged = make_engine(path, KEY)
    with pytest.raises(ExternalError) as refused:
        all_words(damaged)
    damaged.dispose()
    assert refused.value.code is Code.STORE_DAMAGED


def test_errors_never_carry_what_was_written(engine: sa.Engine) -> None:
    with pytest.raises(ExternalError) as failed, write_transaction(engine) as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:text)"), {"text": SECRET})
    assert failed.value.code is Code.UNEXPECTED
    assert SECRET not in str(failed.value.__cause__)
    assert SECRET not in repr(failed.value.__cause__)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("database or disk is full", Code.DISK_FULL),
        ("disk I/O error", Code.DISK_FAILED),
        ("unable to open database file", Code.DISK_FAILED),
        ("attempt to write a readonly database", Code.DISK_FAILED),
        ("database is locked", Code.STORE_LOCKED),
        ("database table is locked: word", Code.STORE_LOCKED),
        ("file is not a database", Code.STORE_DAMAGED),
        ("database disk image is malformed", Code.STORE_DAMAGED),
        ("no such table: word", Code.UNEXPECTED),
    ],
)
def test_sqlites_words_have_a_meaning(words: str, code: Code) -> None:
    assert meaning_of(sqlite3.OperationalError(words)) is code


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OSError(28, "No space left on device"), Code.DISK_FULL),
        (OSError(122, "Disk quota exceeded"), Code.DISK_FULL),
        (OSError(5, "Input/output error"), Code.DISK_FAILED),
        (sqlite3.OperationalError("database is locked"), Code.STORE_LOCKED),
    ],
)
def test_errors_of_the_disk_have_a_meaning(failure: Exception, code: Code) -> None:
    with pytest.raises(ExternalError) as told, explained():
        raise failure
    assert told.value.code is code


@pytest.mark.parametrize(("text", "folded"), [("ŻÓŁĆ", "zolc"), ("Tea", "tea"), (None, None)])
def test_sql_can_compare_without_case_and_accents(
    engine: sa.Engine, text: str | None, folded: str | None
) -> None:
    with read_transaction(engine) as connection:
        result = connection.execute(sa.select(sa.func.folded(sa.literal(text)))).scalar()
    assert result == folded
