"""That the feed loses only what no desk needs, and that a desk that needs it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from agentdesk.central import pruning
from agentdesk.central import tables as t
from agentdesk.central.database import Database, open_database
from agentdesk.central.feed import START, decode_cursor
from agentdesk.central.pages import PageRequest, page_lines
from agentdesk.central.pruning import prune, prune_due
from agentdesk.domain.kinds import KindName
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    TurnedClock,
    a_fact,
    look_into,
    patch_customer,
    read_page,
    sign_in,
)

BACKENDS = EVERYWHERE
KEPT = timedelta(days=30)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Give Central's database beside the application."""
    database = open_database(url)
    yield database
    database.close()


def later(desk: Desk, clock: TurnedClock, days: int) -> Desk:
    """Let days pass, and sign the desk in again."""
    clock.turn(days=days)
    desk.tokens = sign_in(desk.client, desk.name, desk.device_id).tokens
    return desk


def rename(desk: Desk, company: Company, before: str, after: str) -> None:
    desk.push(patch_customer(company.customer.id, hometown=(before, after)))


def seqs(url: str) -> list[int]:
    return [row.seq for row in look_into(url, sa.select(t.changes).order_by(t.changes.c.seq))]


def run(database: Database, company: Company, clock: TurnedClock) -> int:
    return prune(database, company.organisation.id, clock(), KEPT).changes


def test_old_superseded_lines_go_and_everything_is_still_read_from_the_start(
    ann: Desk, company: Company, database: Database, clock: TurnedClock, url: str
) -> None:
    removed = a_fact(company.customer.id)
    ann.push(removed)
    rename(ann, company, "Riga", "Ventspils")
    rename(ann, company, "Ventspils", "Cesis")
    ann.push(p.Remove(kind=KindName.FACT, id=removed.id))
    ann.push(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    ann.push(a_fact(company.customer.id))
    before = ann.pull()
    # The first run only notes where the feed stands.
    assert run(database, company, clock) == 0
    ann = later(ann, clock, 31)
    dropped = run(database, company, clock)
    page = ann.pull()
    assert dropped == 6
    assert page.rows == before.rows
    assert before.gone.keys() - page.gone.keys() == {removed.id}
    assert page.gone[company.other.id].into == company.customer.id
    assert len(seqs(url)) == len(page.lines)


def test_a_desk_that_was_away_for_too_long_starts_afresh_and_another_goes_on(
    ann: Desk, cole: Desk, company: Company, database: Database, clock: TurnedClock
) -> None:
    long_ago = ann.pull().end.cursor
    rename(ann, company, "Riga", "Ventspils")
    in_time = cole.pull().end.cursor
    run(database, company, clock)
    ann, cole = later(ann, clock, 31), later(cole, clock, 0)
    rename(ann, company, "Ventspils", "Cesis")
    assert ann.hello(long_ago).reset is False
    run(database, company, clock)
    assert ann.hello(long_ago).reset is True
    assert cole.hello(in_time).reset is False
    assert cole.pull(in_time).rows[company.customer.id].fields["hometown"] == "Cesis"


def test_what_was_superseded_only_lately_stays(
    ann: Desk, company: Company, database: Database, clock: TurnedClock, url: str
) -> None:
    rename(ann, company, "Riga", "Ventspils")
    run(database, company, clock)
    ann = later(ann, clock, 31)
    rename(ann, company, "Ventspils", "Cesis")
    before = seqs(url)
    # Its last line is the oldest that a desk may stand at, and stays whatever becomes of it.
    assert run(database, company, clock) == 1
    assert before[-3:] == seqs(url)[-3:] == [8, 9, 10]
    assert len(seqs(url)) == len(before) - 1


def test_a_desk_that_reads_everything_from_the_start_gets_to_the_end_past_what_was_pruned(
    ann: Desk, company: Company, database: Database, clock: TurnedClock
) -> None:
    ann.push(*(a_fact(company.customer.id) for _ in range(6)))
    rename(ann, company, "Riga", "Ventspils")
    run(database, company, clock)
    ann = later(ann, clock, 31)
    page = ann.pull(limit=3)
    ids = {line.id for line in page.lines}
    # Its own position goes, as the record there is changed and that is old too.
    run(database, company, clock)
    while page.end.more:
        page = ann.pull(page.end.cursor, limit=3)
        ids |= {line.id for line in page.lines}
        assert page.end.absorbed in (0, 7)
    assert ids == ann.pull().rows.keys()
    assert page.end.absorbed == 7
    cursor = decode_cursor(page.end.cursor)
    assert cursor is not None
    assert cursor.fresh == START


def test_a_page_during_which_its_lines_are_pruned_leads_to_a_reset(
    ann: Desk, company: Company, database: Database, clock: TurnedClock
) -> None:
    start = decode_cursor(ann.pull().end.cursor)
    assert start is not None
    fact = a_fact(company.customer.id)
    ann.push(fact)
    ann.push(p.Remove(kind=KindName.FACT, id=fact.id))
    run(database, company, clock)
    ann = later(ann, clock, 31)
    pieces = page_lines(
        database, PageRequest(company.organisation.id, ann.device_id, start, limit=100)
    )
    head = next(pieces)
    assert run(database, company, clock) > 0
    page = read_page(head + b"".join(pieces))
    told = decode_cursor(page.end.cursor)
    assert told is not None
    assert told.position == start.position
    assert ann.hello(page.end.cursor).reset is True


def test_pruning_stops_when_it_is_told_to_and_goes_on_the_next_time(
    ann: Desk, company: Company, database: Database, clock: TurnedClock
) -> None:
    rename(ann, company, "Riga", "Ventspils")
    org_id = company.organisation.id
    run(database, company, clock)
    later(ann, clock, 31)
    assert prune(database, org_id, clock(), KEPT, going_on=lambda: False).changes == 0
    assert run(database, company, clock) == 1


def test_central_prunes_once_a_day(
    database: Database, company: Company, clock: TurnedClock, url: str
) -> None:
    def marks() -> int:
        return len(look_into(url, sa.select(t.feed_mark)))

    counts = []
    for hours in (0, 1, 24, 1):
        clock.turn(hours=hours)
        prune_due(database, clock, lambda: True)
        counts.append(marks())
    assert counts == [1, 1, 2, 2]
    clock.turn(hours=24)
    prune_due(database, clock, lambda: False)
    assert marks() == 2


def test_marks_that_are_of_no_use_any_more_go(
    database: Database, company: Company, clock: TurnedClock, url: str
) -> None:
    for _ in range(40):
        run(database, company, clock)
        clock.turn(days=1)
    assert len(look_into(url, sa.select(t.feed_mark))) == 31


def test_a_large_feed_is_pruned_in_several_steps(
    ann: Desk,
    company: Company,
    database: Database,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pruning, "_AT_ONCE", 2)
    for at in range(5):
        rename(ann, company, "Riga" if at == 0 else f"Place {at}", f"Place {at + 1}")
    run(database, company, clock)
    ann = later(ann, clock, 31)
    assert run(database, company, clock) == 5
    assert len(ann.pull().lines) == 6 + 5
