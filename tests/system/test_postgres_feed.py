"""That a reader of the feed misses nothing on PostgreSQL, where cursors made otherwise do."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import permutations

import psycopg
import pytest
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.feed import Numbering
from agentdesk.central.records import RecordBook
from agentdesk.domain.kinds import KindName
from tests.postgres import Postgres
from tests.system.postgres_company import NOBODY, Feed, feed_on
from tests.unit.central.driver import a_fact

WRITERS = ("one", "two", "three")
TRANSACTIONS = 20
NEW_AT_ONCE = 16
# Three changed facts, and the former text of each.
CHANGES_AT_ONCE = 3 * 2 + NEW_AT_ONCE


@pytest.fixture(params=list(Numbering))
def feed(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Feed]:
    """Return a feed that is numbered in either way."""
    with feed_on(postgres, request.param) as made:
        yield made


@pytest.fixture
def head_feed(postgres: Postgres) -> Iterator[Feed]:
    """Return a feed whose numbers transactions take themselves."""
    with feed_on(postgres, Numbering.HEAD) as made:
        yield made


@dataclass
class NaiveReader:
    """Reads a table of changes by cursors that look right and are not."""

    connection: psycopg.Connection
    by_number: list[str] = field(default_factory=list)
    by_time: list[str] = field(default_factory=list)
    by_number_below_xmin: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection.execute(
            "CREATE TABLE naive (id BIGSERIAL PRIMARY KEY,"
            " at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),"
            " xid XID8 NOT NULL DEFAULT pg_current_xact_id(), what TEXT NOT NULL)"
        )
        # What the first number of a sequence costs, a transaction's own number, is paid here.
        self.connection.execute("SELECT nextval('naive_id_seq')")
        self._number = self._number_below_xmin = 0
        self._time = "-infinity"

    def read(self) -> None:
        """Ask, by each kind of cursor, for what is new."""
        rows = self.connection.execute(
            "SELECT id, what FROM naive WHERE id > %s ORDER BY id", (self._number,)
        ).fetchall()
        self.by_number += [what for _id, what in rows]
        self._number = max([self._number, *(number for number, _what in rows)])
        rows = self.connection.execute(
            "SELECT at::text, what FROM naive WHERE at > %s::timestamptz ORDER BY at", (self._time,)
        ).fetchall()
        self.by_time += [what for _at, what in rows]
        self._time = rows[-1][0] if rows else self._time
        rows = self.connection.execute(
            "SELECT id, what FROM naive WHERE id > %s"
            " AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id",
            (self._number_below_xmin,),
        ).fetchall()
        self.by_number_below_xmin += [what for _id, what in rows]
        self._number_below_xmin = max([self._number_below_xmin, *(n for n, _what in rows)])


def write_naively(connection: sa.Connection, what: str) -> None:
    connection.execute(sa.text("INSERT INTO naive (what) VALUES (:what)"), {"what": what})


def commit_with(feed: Feed, stack: ExitStack, connection: sa.Connection, *ids: str) -> None:
    """Add facts to the feed as a transaction's last act, and commit it."""
    feed.add(connection, *ids)
    stack.close()
    feed.settle()


@pytest.mark.parametrize("commits", list(permutations(WRITERS)), ids="-".join)
def test_whatever_order_transactions_commit_in_a_reader_gets_all_that_number_cursors_miss(
    head_feed: Feed, postgres: Postgres, commits: tuple[str, ...]
) -> None:
    seen = interleave(head_feed, postgres, commits)
    assert seen.by_cursor == [f"{name}-{part}" for name in commits for part in "ab"]
    assert seen.missed_by_number == seen.missed_by_time == overtaken(commits)


@pytest.mark.parametrize("commits", [WRITERS[::-1], ("two", "three", "one")], ids="-".join)
def test_the_sequencer_gives_a_reader_all_that_number_cursors_miss(
    postgres: Postgres, commits: tuple[str, ...]
) -> None:
    with feed_on(postgres, Numbering.SEQUENCER) as feed:
        seen = interleave(feed, postgres, commits)
    assert seen.by_cursor == [f"{name}-{part}" for name in commits for part in "ab"]
    assert seen.missed_by_number == seen.missed_by_time == overtaken(commits)


@dataclass(frozen=True)
class Seen:
    """What readers got: all that our cursor led to, and which writers the naive ones missed."""

    by_cursor: list[str]
    missed_by_number: list[str]
    missed_by_time: list[str]


def overtaken(commits: tuple[str, ...]) -> list[str]:
    """Return the writers before whose commit a later one has committed."""
    return [
        name
        for at, name in enumerate(WRITERS)
        if any(commits.index(later) < commits.index(name) for later in WRITERS[at + 1 :])
    ]


def interleave(feed: Feed, postgres: Postgres, commits: tuple[str, ...]) -> Seen:
    """Let three transactions write in one order and commit in another; read after each commit."""
    database_name = feed.url.partition("?")[0].rpartition("/")[2]
    with postgres.connect(database_name) as reading:
        naive = NaiveReader(reading)
        writers = {name: ExitStack() for name in WRITERS}
        connections = {
            name: stack.enter_context(feed.database.writing()) for name, stack in writers.items()
        }
        for name in WRITERS:
            write_naively(connections[name], name)
        _page, cursor = feed.page(feed.start)
        seen: list[str] = []
        for name in commits:
            commit_with(feed, writers[name], connections[name], f"{name}-a", f"{name}-b")
            page, cursor = feed.page(cursor)
            seen += [line.id for line in page.lines]
            naive.read()
    return Seen(
        seen,
        [name for name in WRITERS if name not in naive.by_number],
        [name for name in WRITERS if name not in naive.by_time],
    )


def test_leaving_out_what_may_be_under_way_does_not_mend_a_number_cursor(
    feed: Feed, postgres: Postgres
) -> None:
    database_name = feed.url.partition("?")[0].rpartition("/")[2]
    with postgres.connect(database_name) as reading, ExitStack() as early, ExitStack() as late:
        naive = NaiveReader(reading)
        one = early.enter_context(feed.database.writing())
        # The number is taken before the transaction is known as one that writes.
        number = one.execute(sa.text("SELECT nextval('naive_id_seq')")).scalar_one()
        two = late.enter_context(feed.database.writing())
        write_naively(two, "two")
        _page, cursor = feed.page(feed.start)
        commit_with(feed, late, two, "two")
        after_two, cursor = feed.page(cursor)
        naive.read()
        one.execute(sa.text("INSERT INTO naive (id, what) VALUES (:id, 'one')"), {"id": number})
        commit_with(feed, early, one, "one")
        after_one, cursor = feed.page(cursor)
        naive.read()
    assert [line.id for page in (after_two, after_one) for line in page.lines] == ["two", "one"]
    assert naive.by_number_below_xmin == ["two"]


def test_who_has_taken_numbers_and_not_committed_makes_others_wait_not_overtake(
    head_feed: Feed, postgres: Postgres
) -> None:
    feed = head_feed
    _page, cursor = feed.page(feed.start)
    with ExitStack() as stack:
        connection = stack.enter_context(feed.database.writing())
        feed.add(connection, "first")
        other = threading.Thread(target=feed.database.write, args=(feed.add, "second"))
        other.start()
        wait_until_somebody_waits(postgres)
        meanwhile, cursor = feed.page(cursor)
    other.join()
    page, _cursor = feed.page(cursor)
    assert meanwhile.lines == []
    assert [line.id for line in page.lines] == ["first", "second"]


def test_the_sequencer_passes_over_what_is_being_changed_and_all_that_may_build_on_it(
    postgres: Postgres,
) -> None:
    with feed_on(postgres, Numbering.SEQUENCER) as feed:
        _page, cursor = feed.page(feed.start)
        feed.database.write(feed.add, "busy", "free")
        with feed.database.writing() as connection:
            book = RecordBook(connection, feed.org_id)
            busy = book.get(KindName.FACT, "busy")
            assert busy is not None
            # Nobody waits for anybody, in one thread.
            feed.settle()
            first, cursor = feed.page(cursor)
            book.write(busy, "text", "changed", NOBODY)
            book.write_all()
        feed.settle()
        second, _cursor = feed.page(cursor)
    assert [line.id for line in first.lines] == ["free"]
    assert [line.id for line in second.lines if line.kind == KindName.FACT] == ["busy"]
    row = second.rows["busy"]
    assert (row.fields["text"], row.seq) == ("changed", row.versions["text"])


def wait_until_somebody_waits(postgres: Postgres) -> None:
    """Return once a transaction waits for another's lock."""
    with postgres.connect() as connection:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while connection.execute(waiting).fetchone() == (0,):
            pass


@dataclass
class Crowd:
    """Writers at work on new records and on the same few old ones, and those who read along."""

    feed: Feed
    shared: list[str]
    failures: list[BaseException] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    states: list[dict[str, int]] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)

    def write(self, writer: int, transactions: int) -> None:
        """Add a record and change some, again and again."""
        chance = random.Random(writer)

        def work(connection: sa.Connection, at: int) -> None:
            book = RecordBook(connection, self.feed.org_id)
            # In any order: some of these have to give way to each other.
            for record_id in chance.sample(self.shared, 3):
                record = book.get(KindName.FACT, record_id)
                assert record is not None
                book.write(record, "text", f"{writer}/{at}", NOBODY)
            fields = a_fact(self.feed.company.customer.id).fields
            for part in range(NEW_AT_ONCE):
                book.add(KindName.FACT, f"w{writer}-{at}-{part}", dict(fields), NOBODY)
            book.write_all()

        with self.noting_failures():
            for at in range(transactions):
                self.feed.database.write(work, at)
                self.feed.settle()

    def read(self, limit: int) -> None:
        """Page along, and keep of every record the newest number."""
        newest: dict[str, int] = {}
        cursor = self.feed.start
        with self.noting_failures():
            while True:
                finishing = self.done.is_set()
                page, cursor = self.feed.page(cursor, limit)
                newest.update((line.id, line.seq) for line in page.lines)
                if finishing and not page.end.more:
                    self.states.append(newest)
                    return

    def watch(self) -> None:
        """Note when a number is there without all before it."""
        query = sa.select(sa.func.count(), sa.func.max(t.changes.c.seq))
        with self.noting_failures():
            while not self.done.is_set():
                with self.feed.database.reading() as connection:
                    count, newest = connection.execute(query).one()
                if count != newest:
                    self.gaps.append((count, newest))

    def noting_failures(self) -> _Noting:
        """Keep what fails in a thread for the test."""
        return _Noting(self.failures)


@dataclass
class _Noting:
    failures: list[BaseException]

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> bool:
        if error is not None:
            self.failures.append(error)
        return True


def test_a_crowd_of_writers_leaves_no_gap_and_readers_end_with_what_is_there(feed: Feed) -> None:
    shared = [f"shared {at}" for at in range(12)]
    feed.database.write(feed.add, *shared)
    feed.settle()
    crowd = Crowd(feed, shared)
    writers = [threading.Thread(target=crowd.write, args=(n, TRANSACTIONS)) for n in range(6)]
    readers = [threading.Thread(target=crowd.read, args=(limit,)) for limit in (7, 400)]
    watcher = threading.Thread(target=crowd.watch)
    for thread in (*writers, *readers, watcher):
        thread.start()
    for thread in writers:
        thread.join()
    feed.settle()
    crowd.done.set()
    for thread in (*readers, watcher):
        thread.join()
    with feed.database.reading() as connection:
        there = connection.execute(sa.select(t.record.c.id, t.record.c.seq)).all()
        numbers = connection.execute(sa.select(t.changes.c.seq).order_by(t.changes.c.seq)).scalars()
        assert list(numbers) == list(range(1, 6 + 12 + 6 * TRANSACTIONS * CHANGES_AT_ONCE + 1))
    assert crowd.failures == []
    assert crowd.gaps == []
    assert crowd.states == [{row.id: row.seq for row in there}] * 2
