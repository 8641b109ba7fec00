"""That what PostgreSQL gives up is done again, with one effect, and in the end told as busy."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from litestar.testing import TestClient

from agentdesk.central import database as database_module
from agentdesk.central import tables as t
from agentdesk.central.app import create_app
from agentdesk.central.database import ATTEMPTS, Database, open_database
from agentdesk.central.feed import Numbering
from agentdesk.central.push import push
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync import protocol as p
from tests.postgres import Postgres
from tests.system.postgres_company import Feed, feed_on
from tests.unit.central.driver import (
    Desk,
    a_fact,
    error_of,
    group_of,
    patch_customer,
    sign_in,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def feed(postgres: Postgres) -> Iterator[Feed]:
    """Return a company on PostgreSQL."""
    with feed_on(postgres, Numbering.HEAD) as made:
        yield made


def name_of(feed: Feed) -> str:
    return feed.url.partition("?")[0].rpartition("/")[2]


def customer_row(feed: Feed) -> sa.Update:
    """Return an update of the company's first customer, to be given values."""
    return sa.update(t.record).where(t.record.c.id == feed.company.customer.id)


def test_the_migrations_lead_to_the_tables_as_they_are_declared(postgres: Postgres) -> None:
    name = postgres.create()
    database = open_database(postgres.url(name))
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), t.metadata)
        isolation = connection.execute(sa.text("SHOW transaction_isolation")).scalar_one()
        read_only = connection.execute(sa.text("SHOW transaction_read_only")).scalar_one()
    with database.writing() as connection:
        writing = connection.execute(sa.text("SHOW transaction_isolation")).scalar_one()
    database.close()
    postgres.drop(name)
    assert differences == []
    assert (isolation, read_only, writing) == ("repeatable read", "on", "read committed")


def test_programs_may_open_a_new_database_at_once(postgres: Postgres) -> None:
    name = postgres.create()
    opening = (
        "import sys; from agentdesk.central.database import open_database;"
        " open_database(sys.argv[1]).close()"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", opening, postgres.url(name)]) for _ in range(3)
    ]
    ended = [program.wait(60) for program in programs]
    postgres.drop(name)
    assert ended == [0, 0, 0]


def test_a_transaction_that_saw_an_older_state_than_it_changes_is_done_again(feed: Feed) -> None:
    attempts: list[str] = []

    def work(connection: sa.Connection) -> None:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        town = connection.execute(
            sa.select(t.record.c.created_by).where(t.record.c.id == feed.company.customer.id)
        ).scalar_one()
        attempts.append(town)
        if len(attempts) == 1:
            with feed.database.writing() as other:
                other.execute(customer_row(feed).values(created_by="other"))
        connection.execute(customer_row(feed).values(created_by=f"{town}, then mine"))

    feed.database.write(work)
    with feed.database.reading() as connection:
        [[after]] = connection.execute(
            sa.select(t.record.c.created_by).where(t.record.c.id == feed.company.customer.id)
        ).all()
    assert attempts == [None, "other"]
    assert after == "other, then mine"


def test_of_two_that_wait_for_each_other_one_is_done_again(feed: Feed) -> None:
    ids = (feed.company.customer.id, feed.company.other.id)
    both_hold_one = threading.Barrier(2, timeout=20)
    attempts: list[str] = []

    def work(connection: sa.Connection, name: str, order: tuple[str, ...]) -> None:
        attempts.append(name)
        for at, record_id in enumerate(order):
            mine = sa.update(t.record).where(t.record.c.id == record_id)
            connection.execute(mine.values(created_on=sa.func.concat(t.record.c.created_on, name)))
            if at == 0 and attempts.count(name) == 1:
                both_hold_one.wait()

    threads = [
        threading.Thread(target=feed.database.write, args=(work, name, order))
        for name, order in (("a", ids), ("b", ids[::-1]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with feed.database.reading() as connection:
        written = connection.execute(
            sa.select(t.record.c.created_on).where(t.record.c.id.in_(ids))
        ).scalars()
        assert [sorted(text) for text in written] == [["a", "b"]] * 2
    assert sorted(attempts) in (["a", "a", "b"], ["a", "b", "b"])


def test_desks_that_edit_the_same_customers_in_other_orders_never_block_each_other(
    feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [feed.company.customer.id, feed.company.other.id]
    failures: list[BaseException] = []

    def edit(device_id: str, order: list[str]) -> None:
        caller = feed.caller(device_id)
        desk = Desk(None, "ann", device_id, None)  # type: ignore[arg-type] # only encodes
        try:
            for at in range(25):
                group = group_of(
                    *(
                        desk.encode(patch_customer(i, hometown=(None, f"{device_id}{at}")))
                        for i in order
                    )
                )
                request = p.PushRequest(device_id=device_id, groups=[group])
                push(feed.database, caller, request, received_at=NOW)
        except BaseException as error:
            failures.append(error)
            raise

    with caplog.at_level(logging.INFO, logger="agentdesk.central.database"):
        threads = [
            threading.Thread(target=edit, args=("one", ids)),
            threading.Thread(target=edit, args=("two", ids[::-1])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert "tried again" not in caplog.text


def test_a_connection_that_breaks_before_the_commit_is_no_failure(
    feed: Feed, postgres: Postgres
) -> None:
    attempts: list[int] = []

    def work(connection: sa.Connection) -> None:
        attempts.append(connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())
        connection.execute(customer_row(feed).values(created_on="mine"))
        if len(attempts) == 1:
            with postgres.connect() as operator:
                operator.execute("SELECT pg_terminate_backend(%s, 5000)", (attempts[0],))
        feed.add(connection, "fact")

    feed.database.write(work)
    page, _cursor = feed.page(feed.start)
    assert len(set(attempts)) == 2
    assert [line.id for line in page.lines].count("fact") == 1


class CuttingProxy:
    """Passes bytes on to PostgreSQL, and once breaks off between a COMMIT and its answer."""

    def __init__(self, listening: Path, server: Path) -> None:
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(listening))
        self._listening.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self._open: list[socket.socket] = []
        self.armed = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                self._open += [client, server]
                for args in ((client, server, True), (server, client, False)):
                    thread = threading.Thread(target=self._pass_on, args=args)
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if from_client and self.armed and b"COMMIT" in data:
                    self.armed = False
                    # The server commits, and nobody hears of it.
                    source.shutdown(socket.SHUT_RDWR)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for end in (self._listening, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join()


@contextmanager
def through_proxy(feed: Feed, postgres: Postgres, folder: Path) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(folder / ".s.PGSQL.5432", postgres.sockets / ".s.PGSQL.5432")
    try:
        yield proxy
    finally:
        proxy.close()


def test_a_push_whose_commit_may_have_happened_is_sent_again_and_has_one_effect(
    feed: Feed, postgres: Postgres, tmp_path: Path
) -> None:
    caller = feed.caller("desk")
    desk = Desk(None, "ann", "desk", None)  # type: ignore[arg-type] # only encodes
    fact = a_fact(feed.company.customer.id)
    request = p.PushRequest(device_id="desk", groups=[group_of(desk.encode(fact))])
    _page, cursor = feed.page(feed.start)
    with through_proxy(feed, postgres, tmp_path) as proxy:
        database = Database(feed.url.replace(str(postgres.sockets), str(tmp_path)))
        database.read(lambda connection: connection.execute(sa.select(1)).one())
        proxy.armed = True
        answer = push(database, caller, request, received_at=NOW)
        database.close()
        assert proxy.armed is False
    page, _cursor = feed.page(cursor)
    assert [v.outcome for v in answer.verdicts] == [p.Outcome.APPLIED]
    assert [line.id for line in page.lines] == [fact.id]
    assert page.end.head_seq == answer.verdicts[0].seq


def test_what_stays_locked_is_told_as_busy_after_some_attempts(
    feed: Feed, postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    with postgres.connect() as operator:
        operator.execute(f"ALTER DATABASE {name_of(feed)} SET lock_timeout = '10ms'")
    with TestClient(create_app(feed.url)) as client:
        ann = sign_in(client, "ann")
        group = group_of(ann.encode(a_fact(feed.company.customer.id)))
        body = p.PushRequest(device_id=ann.device_id, groups=[group])
        with (
            psycopg.connect(host=str(postgres.sockets), user="postgres", dbname=name_of(feed)) as c,
            caplog.at_level(logging.INFO, logger="agentdesk.central.database"),
        ):
            c.execute("SELECT 1 FROM device FOR UPDATE")
            busy = ann.post("/v1/sync/push", body)
            c.rollback()
            answer = ann.post("/v1/sync/push", body)
    assert error_of(busy) == (503, Code.SERVER_BUSY)
    assert int(busy.headers["retry-after"]) > 0
    assert caplog.text.count("tried again") == ATTEMPTS - 1
    assert msgspec.json.decode(answer.content, type=p.PushResponse).last_n == 1


def test_a_file_that_another_process_keeps_writing_to_is_told_as_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 1)
    url = f"sqlite:///{tmp_path / 'central.sqlite3'}"
    database = open_database(url)
    ran: list[int] = []
    work: Callable[[sa.Connection], None] = lambda _connection: ran.append(1)  # noqa: E731
    with open_database(url).writing(), pytest.raises(AgentDeskError) as caught:
        database.write(work)
    database.write(work)
    database.close()
    assert caught.value.code is Code.SERVER_BUSY
    assert ran == [1]
