"""That a reader of the feed gets everything once, in any coding, and knows where it stands."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import zstandard
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.app import create_app
from agentdesk.central.database import Database, open_database
from agentdesk.central.feed import (
    START,
    Change,
    Cursor,
    cursor_at,
    decode_cursor,
    head,
    take_numbers,
)
from agentdesk.central.pages import PageRequest, accepted_coding, compressed, page_lines
from agentdesk.central.records import Origin, RecordBook
from agentdesk.central.sequencer import number_all
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    Pulled,
    a_fact,
    error_of,
    patch_customer,
    read_page,
    sign_in,
)

BACKENDS = EVERYWHERE

NOBODY = Origin(None, None, None, "2026-03-02T09:00:00.000Z")


@pytest.fixture
def database(url: str) -> Database:
    """Return the filled database without an application."""
    return open_database(url)


def test_paging_to_the_end_gives_every_record_once_and_as_it_is_now(
    ann: Desk, company: Company
) -> None:
    facts = [a_fact(company.customer.id, f"fact {i}") for i in range(25)]
    ann.push(*facts)
    ann.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    ids: list[str] = []
    cursor, more = None, True
    while more:
        page = ann.pull(cursor, limit=4)
        assert len(page.lines) <= 4
        ids += [line.id for line in page.lines]
        cursor, more = page.end.cursor, page.end.more
    # The former hometown has become a record of its own.
    assert len(ids) == len(set(ids)) == 6 + 25 + 1
    assert ids[-1] == company.customer.id
    assert page.rows[company.customer.id].fields["hometown"] == "Ventspils"
    assert ann.pull(cursor).lines == []


def test_a_desk_that_goes_on_from_its_cursor_gets_only_what_is_new(
    ann: Desk, cole: Desk, company: Company
) -> None:
    cursor = ann.pull().end.cursor
    fact = a_fact(company.customer.id)
    cole.push(fact)
    page = ann.pull(cursor)
    assert list(page.rows) == [fact.id]
    assert page.end.more is False
    assert page.end.head_seq == page.rows[fact.id].seq


def test_a_page_says_up_to_which_edit_it_contains_the_desks_own(
    ann: Desk, cole: Desk, company: Company
) -> None:
    start = ann.pull().end.cursor
    ann.push(a_fact(company.customer.id))
    ann.push(a_fact(company.customer.id))
    cole.push(a_fact(company.customer.id))
    first = ann.pull(start, limit=1)
    second = ann.pull(first.end.cursor, limit=1)
    whole = ann.pull(start)
    assert [page.end.absorbed for page in (first, second, whole)] == [1, 2, 2]
    assert cole.pull(start, limit=1).end.absorbed == 0


def test_an_edit_is_not_called_absorbed_while_its_record_is_still_to_come(
    ann: Desk, cole: Desk, company: Company
) -> None:
    start = ann.pull().end.cursor
    fact = a_fact(company.customer.id)
    ann.push(fact)
    ann.push(a_fact(company.customer.id))
    cole.push(p.Patch(kind=fact.kind, id=fact.id, changes={"text": p.FieldChange(new="x")}))
    first = ann.pull(start, limit=1)
    assert fact.id not in first.rows
    assert first.end.absorbed == 0
    last = ann.pull(first.end.cursor)
    assert fact.id in last.rows
    assert last.end.absorbed == 2


def test_what_was_called_absorbed_stays_so_for_who_has_read_it(
    ann: Desk, cole: Desk, company: Company
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    has_it, has_not = ann.pull().end, cole.pull(limit=1).end
    cole.push(p.Patch(kind=fact.kind, id=fact.id, changes={"text": p.FieldChange(new="x")}))
    cole.push(a_fact(company.customer.id), a_fact(company.customer.id))
    cole.push(p.Patch(kind=fact.kind, id=fact.id, changes={"text": p.FieldChange(new="y")}))
    assert has_it.absorbed == 1
    assert ann.pull(has_it.cursor, limit=1).end.absorbed == 1
    assert ann.pull(has_not.cursor, limit=1).end.absorbed == 0


def test_a_verdict_without_effect_is_absorbed_where_it_was_given(
    ann: Desk, cole: Desk, company: Company
) -> None:
    start = ann.pull().end.cursor
    cole.push(a_fact(company.customer.id))
    cole.push(a_fact(company.customer.id))
    assert ann.push_one(patch_customer("nobody", hometown=(None, "x"))).seq > 0
    assert ann.pull(start, limit=1).end.absorbed == 0
    assert ann.pull(start).end.absorbed == 1


@pytest.mark.parametrize("cursor", ["", "nonsense", "eyJlIjoieCJ9", "%F0%9F"])
def test_a_cursor_that_is_none_of_ours_asks_for_a_fresh_start(ann: Desk, cursor: str) -> None:
    answer = ann.client.get("/v1/sync/changes", params={"cursor": cursor}, headers=ann.headers)
    assert error_of(answer) == (409, Code.CURSOR_RESET)
    assert ann.hello(cursor).reset is True


def test_a_central_restored_from_a_backup_is_noticed(
    ann: Desk, company: Company, backed_up: Callable[[], str]
) -> None:
    before = ann.pull().end.cursor
    restored = backed_up()
    ann.push(a_fact(company.customer.id))
    after = ann.pull().end.cursor
    with TestClient(create_app(restored)) as fresh:
        desk = sign_in(fresh, "ann", ann.device_id)
        assert desk.hello(before).reset is False
        assert desk.hello(after).reset is True
        # Others have written as many changes since: the number exists, its tag is another.
        desk.push(a_fact(company.customer.id))
        assert desk.hello(after).reset is True
        assert desk.hello(before).reset is False
    assert ann.hello(after).reset is False


def test_each_coding_carries_the_same_lines(ann: Desk, company: Company) -> None:
    ann.push(*(a_fact(company.customer.id, f"fact {i}") for i in range(50)))
    bodies = {}
    for accepted, coding in (("zstd, gzip", "zstd"), ("gzip", "gzip"), ("identity", None)):
        with ann.client.stream(
            "GET", "/v1/sync/changes", headers=ann.headers | {"Accept-Encoding": accepted}
        ) as response:
            bodies[coding] = b"".join(response.iter_raw())
            assert response.headers.get("content-encoding") == coding
            assert response.headers["content-type"] == p.PAGE_MEDIA_TYPE
            assert "Accept-Encoding" in response.headers["vary"]
    plain = bodies[None]
    assert zstandard.ZstdDecompressor().decompressobj().decompress(bodies["zstd"]) == plain
    assert gzip.decompress(bodies["gzip"]) == plain
    assert len(read_page(plain).lines) == 56


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("br, deflate", None),
        ("gzip;q=0, zstd; q=0.0", None),
        ("GZIP, br", "gzip"),
        ("gzip;q=0.5, zstd;q=0.1", "zstd"),
    ],
)
def test_the_coding_is_one_that_the_desk_accepts(accepted: str, coding: str | None) -> None:
    assert accepted_coding(accepted) == coding


def test_a_long_page_comes_in_pieces(database: Database, company: Company) -> None:
    write_facts(database, company, 2_500)
    request = PageRequest(company.organisation.id, "none", start_of(database, company), 50_000)
    pieces = list(page_lines(database, request))
    packed = list(compressed(iter(pieces), "zstd"))
    database.close()
    assert len(pieces) == 1 + 3 + 1
    assert max(piece.count(b"\n") for piece in pieces) == 1_000
    assert len(read_page(b"".join(pieces)).lines) == 2_506
    assert sum(map(len, packed)) < sum(map(len, pieces)) / 5


def test_what_changes_while_a_page_is_read_comes_with_a_later_page(
    database: Database, company: Company
) -> None:
    write_facts(database, company, 1_500)
    request = PageRequest(company.organisation.id, "none", start_of(database, company), 50_000)
    pieces = page_lines(database, request)
    read = [next(pieces), next(pieces)]
    last = rewrite(database, company, "fact 1499")
    page = read_page(b"".join([*read, *pieces]))
    cursor = cursor_of(page)
    rest = read_page(
        b"".join(page_lines(database, PageRequest(company.organisation.id, "none", cursor, 50_000)))
    )
    database.close()
    assert "fact 1499" not in page.rows
    # The fact, and what it said before.
    assert {row.kind for row in rest.rows.values()} == {"fact", "field_version"}
    assert rest.rows["fact 1499"].seq == last
    assert len(page.lines) + len(rest.lines) == 1_507


def test_writers_that_run_at_once_leave_no_number_out_and_a_reader_misses_none(
    database: Database, company: Company
) -> None:
    org_id = company.organisation.id
    seen: list[str] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for i in range(20):
            with database.writing() as connection:
                book = RecordBook(connection, org_id)
                for part in "ab":
                    add_fact(book, company, f"{writer}-{i}-{part}")
                book.write_all()
            number_all(database, org_id)

    def read() -> None:
        cursor = start_of(database, company)
        finishing = False
        while True:
            body = b"".join(page_lines(database, PageRequest(org_id, "none", cursor, 7)))
            page = read_page(body)
            cursor = cursor_of(page)
            seen.extend(line.id for line in page.lines if line.kind == KindName.FACT)
            if finishing and not page.end.more:
                return
            finishing = done.is_set()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    with database.reading() as connection:
        numbers = connection.execute(
            sa.select(t.changes.c.seq).where(t.changes.c.org_id == org_id).order_by(t.changes.c.seq)
        ).scalars()
        assert list(numbers) == list(range(1, 6 + 160 + 1))
    database.close()
    assert len(seen) == len(set(seen)) == 160


def test_numbers_of_a_transaction_that_fails_are_given_again(
    database: Database, company: Company
) -> None:
    org_id = company.organisation.id
    change = Change(KindName.FACT, "x")

    def fail() -> None:
        with database.writing() as connection:
            assert take_numbers(connection, org_id, [change, change]) == 6
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.writing() as connection:
        before = take_numbers(connection, org_id, [change])
    database.close()
    assert before == 6


def start_of(database: Database, company: Company) -> Cursor:
    """Return the cursor of a desk that has nothing yet."""
    with database.reading() as connection:
        epoch = connection.execute(
            sa.select(t.org.c.epoch).where(t.org.c.org_id == company.organisation.id)
        ).scalar_one()
    return cursor_at(epoch, 1, START)


def cursor_of(page: Pulled) -> Cursor:
    """Return the cursor behind a page."""
    cursor = decode_cursor(page.end.cursor)
    assert cursor is not None
    return cursor


def add_fact(book: RecordBook, company: Company, record_id: str) -> None:
    """Add a fact with an id of our choice."""
    fields = a_fact(company.customer.id, record_id).fields
    book.add(KindName.FACT, record_id, fields, NOBODY)


def write_facts(database: Database, company: Company, count: int) -> None:
    """Write facts with the ids `fact 0`, `fact 1` and so on, in one transaction."""
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        for i in range(count):
            add_fact(book, company, f"fact {i}")
        book.write_all()
    number_all(database, company.organisation.id)


def rewrite(database: Database, company: Company, record_id: str) -> int:
    """Change the text of a fact and return the number of the change."""
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        fact = book.get(KindName.FACT, record_id)
        assert fact is not None
        book.write(fact, "text", "changed", NOBODY)
        book.write_all()
    number_all(database, company.organisation.id)
    with database.reading() as connection:
        return head(connection, company.organisation.id).seq
