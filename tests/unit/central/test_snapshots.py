"""That a snapshot is what the feed tells, is made once, and comes whole or in parts."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import zstandard
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import chunks, snapshots
from agentdesk.central import tables as t
from agentdesk.central.database import open_database
from agentdesk.central.records import Origin, RecordBook
from agentdesk.central.scopes import EVERYTHING
from agentdesk.central.tallies import BucketTally, Tally
from agentdesk.domain.kinds import KindName
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    TurnedClock,
    a_fact,
    a_note,
    error_of,
    look_into,
    patch_customer,
    sign_in,
)
from tests.unit.central.unpacking import Loaded, digest_of, fetch, load, load_recent

BACKENDS = EVERYWHERE
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.decompress,
    "gzip": gzip.decompress,
    "": bytes,
}
NOBODY = Origin(None, None, None, "2026-03-02T09:00:00.000Z")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chunks be so short that the small company has several."""
    monkeypatch.setattr(snapshots, "MOST_ROWS", 3)


def test_a_snapshot_holds_what_the_feed_tells_record_for_record(
    ann: Desk, cole: Desk, company: Company
) -> None:
    fact, note = a_fact(company.customer.id), a_note(company.other.id, "Says “hello”\nand leaves.")
    ann.push(fact, note)
    cole.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    gone = a_fact(company.customer.id)
    ann.push(gone)
    ann.push(p.Remove(kind=KindName.FACT, id=gone.id))
    page = ann.pull()
    manifest = ann.manifest()
    loaded = load(ann, manifest)
    assert list(page.gone) == [gone.id]
    assert {row.id: row for row in loaded.rows.values()} == page.rows
    assert manifest.rows == len(loaded.rows) == 10
    assert manifest.customers == 2
    assert manifest.schema == p.SCHEMA


def test_what_changes_after_a_snapshot_is_read_from_its_cursor_on(
    ann: Desk, company: Company
) -> None:
    manifest = ann.manifest()
    fact = a_fact(company.customer.id)
    ann.push(fact)
    assert list(ann.pull(manifest.cursor).rows) == [fact.id]
    assert ann.hello(manifest.cursor).reset is False


def test_merged_customers_are_told_as_aliases(ann: Desk, company: Company) -> None:
    winner, loser = company.customer.id, company.other.id
    ann.push(p.MergeCustomers(winner=winner, loser=loser))
    loaded = load(ann)
    assert loaded.aliases == {loser: winner}
    assert loser not in loaded.ids
    assert digest_of(list(loaded.rows.values())) == ann.digest().buckets


def test_members_that_only_a_newer_program_knows_come_along(ann: Desk, company: Company) -> None:
    ann.push(patch_customer(company.customer.id, star_sign=(None, "lion")))
    loaded = load(ann)
    row = loaded.rows["customer", company.customer.id]
    assert row.fields["star_sign"] == "lion"
    assert "star_sign" not in loaded.rows["customer", company.other.id].fields
    assert row.fields["full_name"] == company.customer.full_name


@pytest.mark.usefixtures("many")
def test_each_chunk_holds_the_buckets_that_it_names_and_all_of_them_are_named(
    ann: Desk, company: Company
) -> None:
    ann.push(*(a_fact(company.customer.id) for _ in range(10)))
    manifest = ann.manifest()
    spans = [(info.first_bucket, info.end_bucket) for info in manifest.chunks]
    assert len(spans) == 8
    assert [end for _first, end in spans[:-1]] == [first for first, _end in spans[1:]]
    assert (spans[0][0], spans[-1][1]) == (0, 1024)
    for info in manifest.chunks:
        loaded = Loaded()
        loaded.read(fetch(ann, info))
        counted = digest_of(list(loaded.rows.values()))
        held = {at for at, bucket in enumerate(counted) if bucket.count}
        assert held <= set(range(info.first_bucket, info.end_bucket))


def test_owners_come_before_what_belongs_to_them(ann: Desk, company: Company) -> None:
    ann.push(a_note(company.customer.id, "A note."), a_fact(company.customer.id))
    kinds = load(ann).kinds
    assert kinds == ["organisation", "user", "customer", "fact", "note"]


def test_the_recent_chunk_has_the_customers_touched_last_whole_and_what_all_need(
    ann: Desk, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentdesk.central.chunks.RECENT_CUSTOMERS", 1)
    early, late = a_fact(company.other.id), a_note(company.other.id, "Called.")
    ann.push(early)
    ann.push(a_fact(company.customer.id))
    ann.push(late)
    users = {company.agent.id, company.colleague.id, company.lead.id}
    assert load_recent(ann).ids == {
        company.organisation.id, company.other.id, early.id, late.id, *users
    }  # fmt: skip


@pytest.mark.usefixtures("many")
def test_a_snapshot_is_made_once_for_all_who_ask(
    ann: Desk, cole: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_chunks(monkeypatch)
    first = ann.manifest()
    assert cole.manifest().chunks == first.chunks
    assert len(made) == len(first.chunks) + 1


def count_chunks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows with every chunk that is made."""
    made: list[None] = []

    def counted(rows: Iterable[Any]) -> chunks.Chunk:
        made.append(None)
        return chunks.make_chunk(rows)

    monkeypatch.setattr(snapshots, "make_chunk", counted)
    return made


def test_only_buckets_that_have_changed_are_read_again(
    ann: Desk, company: Company, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_ROWS", 4)
    before = ann.manifest()
    ann.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    clock.turn(hours=13)
    ann = again(ann)
    made = count_chunks(monkeypatch)
    after = ann.manifest()
    shared = {info.sha256 for info in before.chunks} & {info.sha256 for info in after.chunks}
    assert len(before.chunks) == len(after.chunks)
    assert len(shared) == len(before.chunks) - 1
    assert len(made) == 2
    customer = load(ann, after).rows["customer", company.customer.id]
    assert customer.fields["hometown"] == "Ventspils"


def again(desk: Desk) -> Desk:
    """Return the desk with a token that is valid now."""
    desk.tokens = sign_in(desk.client, desk.name, desk.device_id).tokens
    return desk


@pytest.mark.usefixtures("many")
def test_a_record_that_moves_away_leaves_no_trace_in_the_chunk_it_was_in(
    ann: Desk, company: Company, clock: TurnedClock
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    ann.manifest()
    change = p.FieldChange(base=company.customer.id, new=company.other.id)
    ann.push(p.Patch(kind=KindName.FACT, id=fact.id, changes={"customer_id": change}))
    clock.turn(hours=13)
    ann = again(ann)
    rows = load(ann).rows
    assert rows["fact", fact.id].fields["customer_id"] == company.other.id
    assert digest_of(list(rows.values())) == ann.digest().buckets


def test_whatever_becomes_of_some_buckets_shows_in_their_fingerprint() -> None:
    before = BucketTally(Tally(3, 60, 9), Tally(1, 5, 4))
    after = [
        before._replace(records=Tally(2, 40, 9)),  # one left
        before._replace(records=Tally(3, 60, 10)),  # one changed, by chance with the same sum
        before._replace(records=Tally(3, 50, 9)),  # one left and an older one came
        before._replace(aliases=Tally(0, 0, 0)),  # a merge was undone
        before._replace(aliases=Tally(1, 6, 5)),  # an alias leads elsewhere now
    ]
    assert len({chunks.fingerprint(tally) for tally in (before, *after)}) == 6


def test_a_snapshot_is_made_anew_when_the_feed_has_moved_far(
    ann: Desk, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_MOVED_ON_ROWS", 3)
    first = ann.manifest()
    ann.push(*(a_fact(company.customer.id) for _ in range(3)))
    assert ann.manifest() == first
    ann.push(a_fact(company.customer.id))
    assert ann.manifest().rows == first.rows + 4


def test_chunks_are_given_out_for_a_day_and_then_deleted(
    ann: Desk, company: Company, clock: TurnedClock, url: str
) -> None:
    [old] = ann.manifest().chunks
    ann.push(a_fact(company.customer.id))
    clock.turn(hours=23)
    ann = again(ann)
    assert ann.chunk(old.sha256).status_code == 200
    clock.turn(hours=2)
    ann = again(ann)
    assert error_of(ann.chunk(old.sha256)) == (404, "not-found")
    after = ann.manifest()
    kept = {row.sha256 for row in look_into(url, sa.select(t.snapshot_chunk))}
    assert kept == {info.sha256 for info in (after.recent, *after.chunks)}
    assert old.sha256 not in kept


def test_an_erased_record_is_in_no_chunk_from_that_moment_on(
    ann: Desk, company: Company, url: str
) -> None:
    before = ann.manifest()
    database = open_database(url)
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        customer = book.get(KindName.CUSTOMER, company.customer.id)
        assert customer is not None
        book.remove(customer, NOBODY, p.GoneReason.ERASED)
        book.write_all()
    database.close()
    assert look_into(url, sa.select(t.snapshot_chunk)) == []
    for info in (before.recent, *before.chunks):
        assert error_of(ann.chunk(info.sha256)) == (404, "not-found")
    assert company.customer.id not in load(ann).ids | load_recent(ann).ids


# --- Made while it is given out -----------------------------------------------------------------


@pytest.mark.usefixtures("many")
def test_a_large_snapshot_grows_while_it_is_read(
    client: TestClient[Litestar], ann: Desk, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_WHILE_ASKED_ROWS", 0)
    first = ann.manifest()
    assert first.recent.rows == 6
    manifest = first
    while manifest.awaited:
        manifest = ann.manifest()
        assert manifest.cursor == first.cursor
        assert len(manifest.chunks) + manifest.awaited == 2
    assert manifest.rows == first.rows == len(load(ann, manifest).rows)


@pytest.mark.usefixtures("many")
def test_what_another_central_left_unfinished_is_finished_when_its_lease_is_over(
    ann: Desk, cole: Desk, clock: TurnedClock, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(url)
    maker = snapshots._Maker(database, clock, ann.tokens.organisation_id, EVERYTHING)
    with database.writing() as connection:
        assert maker.take(connection, lambda _c, _f: False, lambda _f: False)
    answer = cole.client.get("/v1/sync/snapshot", headers=cole.headers)
    assert error_of(answer) == (503, "server-busy")
    assert answer.headers["retry-after"] == "1"
    maker.prepare()
    database.close()
    begun = cole.manifest()
    assert (begun.chunks, begun.awaited) == ([], 2)
    clock.turn(seconds=61)
    finished = cole.manifest()
    assert finished.cursor == begun.cursor
    assert (len(finished.chunks), finished.awaited) == (2, 0)


# --- Parts of a chunk (RFC 9110) ------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["zstd", "gzip", ""])
def test_a_chunk_that_was_cut_is_continued_in_every_coding(ann: Desk, coding: str) -> None:
    [info] = ann.manifest().chunks
    whole = raw(ann, info.sha256, coding)
    cut = len(whole.body) // 3
    rest = raw(ann, info.sha256, coding, **{"Range": f"bytes={cut}-", "If-Range": whole.etag})
    assert (whole.status, rest.status) == (200, 206)
    assert rest.headers["content-range"] == f"bytes {cut}-{len(whole.body) - 1}/{len(whole.body)}"
    assert rest.etag == whole.etag
    assert rest.headers.get("content-encoding", "") == coding
    assert UNPACK[coding](whole.body[:cut] + rest.body) == fetch(ann, info)


class Raw(msgspec.Struct):
    """An answer before its content coding is undone."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        """Its entity tag."""
        return self.headers["etag"]


def raw(desk: Desk, sha256: str, coding: str, **headers: str) -> Raw:
    """Fetch a chunk as it comes over the wire."""
    sent = desk.headers | {"Accept-Encoding": coding} | headers
    with desk.client.stream("GET", f"/v1/sync/chunk/{sha256}", headers=sent) as answer:
        body = b"".join(answer.iter_raw())
        return Raw(answer.status_code, dict(answer.headers), body)


@pytest.mark.parametrize(
    ("asked", "status", "taken"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=2-99999999", 206, slice(2, None)),
        ("bytes=-99999999", 206, slice(0, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
        # No range, several, or one of another unit: all of it is sent.
        ("bytes=7-2", 200, slice(0, None)),
        ("bytes=0-1,4-5", 200, slice(0, None)),
        ("bytes=-", 200, slice(0, None)),
        ("lines=1-2", 200, slice(0, None)),
    ],
)
def test_ranges_are_answered_as_http_says(ann: Desk, asked: str, status: int, taken: slice) -> None:
    [info] = ann.manifest().chunks
    whole = raw(ann, info.sha256, "zstd").body
    part = raw(ann, info.sha256, "zstd", Range=asked)
    assert (part.status, part.body) == (status, whole[taken])
    if status == 416:
        assert part.headers["content-range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize("validator", ['"another"', 'W/"x"', "Mon, 02 Mar 2026 09:00:00 GMT"])
def test_a_part_of_other_bytes_is_not_continued(ann: Desk, validator: str) -> None:
    [info] = ann.manifest().chunks
    answer = raw(ann, info.sha256, "zstd", **{"Range": "bytes=5-", "If-Range": validator})
    assert answer.status == 200


# --- Digests --------------------------------------------------------------------------------------


def test_digests_are_those_of_what_a_desk_holds_at_their_cursor(
    ann: Desk, company: Company
) -> None:
    ann.push(a_fact(company.customer.id), a_note(company.other.id, "A note."))
    ann.push(p.Remove(kind=KindName.CUSTOMER, id=company.other.id))
    page = ann.pull()
    digest = ann.digest()
    assert digest.buckets == digest_of(list(page.rows.values()))
    assert digest.cursor == page.end.cursor
    ann.push(patch_customer(company.customer.id, company=(None, "Blunt Ltd")))
    assert ann.digest().buckets != digest.buckets


@pytest.mark.parametrize("path", ["snapshot", "digest", "chunk/" + 64 * "0"])
def test_a_locked_device_gets_none_of_it(ann: Desk, url: str, path: str) -> None:
    lock = sa.update(t.device).values(locked_at="2026-03-02T09:00:00.000Z")
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(lock.where(t.device.c.device_id == ann.device_id))
    answer = ann.client.get(f"/v1/sync/{path}", headers=ann.headers)
    assert error_of(answer) == (403, "device-locked")
