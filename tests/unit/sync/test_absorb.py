"""Pages and verdicts of Central go in beneath the desk's own edits."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.services.conflicts import Choice
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_state
from agentdesk.store.tables import journal, shadow
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import Page, absorb_page, absorb_verdicts
from agentdesk.sync.protocol import (
    Contested,
    GoneReason,
    Outcome,
    PageEnd,
    PageGone,
    PageRow,
    Verdict,
)
from tests.real import ANN


def row(record_id: str, seq: int, **fields: Any) -> PageRow:
    """Return a customer's row as Central sends it."""
    complete = {"full_name": "Anna Blunt", "vip": False, "do_not_call": False} | fields
    return PageRow(kind=KindName.CUSTOMER, id=record_id, seq=seq, created_seq=seq, fields=complete)


def page(*lines: PageRow | PageGone, absorbed: int = 0, cursor: str = "c1") -> Page:
    """Return a page as the transport hands it over."""
    end = PageEnd(cursor=cursor, count=len(lines), checksum="", more=False, absorbed=absorbed)
    return Page(lines, end)


def shown(store: Store, record_id: str) -> Customer | None:
    """Return what the desk shows."""
    return store.read_here(get_entity, Customer, record_id)


def count(store: Store, table: sa.Table) -> int:
    """Return how many rows a table has."""
    query = sa.select(sa.func.count()).select_from(table)
    return store.read_here(lambda connection: connection.execute(query).scalar_one())


def test_a_page_and_its_cursor_arrive_together(store: Store) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5, hometown="Leeds"), cursor="c7"))
    customer = shown(store, anna)
    assert customer is not None
    assert customer.hometown == "Leeds"
    assert store.read_here(get_state, "cursor") == "c7"


def test_an_own_edit_stays_on_top_until_central_has_absorbed_it(store: Store, desk: Desk) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5)))
    desk.set_fields(anna, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(row(anna, 6, hometown="Hull", company="Acme")))
    customer = shown(store, anna)
    assert customer is not None
    assert (customer.hometown, customer.company) == ("York", "Acme")

    store.write_here(absorb_verdicts, [Verdict(n=1, outcome=Outcome.APPLIED, seq=7)])
    customer = shown(store, anna)
    assert customer is not None
    assert customer.hometown == "York"

    store.write_here(absorb_page, page(row(anna, 7, hometown="York"), absorbed=1))
    assert store.read_here(outbox.count_waiting).pending == 0
    assert count(store, shadow) == 0
    assert count(store, journal) == 1


def test_a_page_that_absorbs_without_a_verdict_keeps_the_edit(store: Store, desk: Desk) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5)))
    desk.set_fields(anna, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(row(anna, 7, hometown="York"), absorbed=1))
    assert store.read_here(outbox.count_waiting).pending == 1


def test_a_refused_edit_asks_for_attention_and_central_shows_again(
    store: Store, desk: Desk
) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5, hometown="Leeds")))
    desk.set_fields(anna, {"hometown": "York"}).result()
    refusal = Verdict(n=1, outcome=Outcome.REJECTED, seq=5, reason="no-permission")
    store.write_here(absorb_verdicts, [refusal])
    store.write_here(absorb_verdicts, [refusal])
    store.write_here(absorb_page, page(absorbed=1))
    waiting = store.read_here(outbox.count_waiting)
    assert (waiting.pending, waiting.attention) == (0, 1)
    customer = shown(store, anna)
    assert customer is not None
    assert customer.hometown == "Leeds"
    queue = desk.queue().result()
    assert [edit.reason for edit in queue.attention] == ["no-permission"]


def test_a_conflict_is_kept_with_both_values_and_can_be_settled(store: Store, desk: Desk) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5)))
    desk.set_fields(anna, {"full_name": "Anna Sharp"}).result()
    contested = Contested(field="full_name", base="Anna Blunt", mine="Anna Sharp", theirs="Ann B")
    store.write_here(
        absorb_verdicts, [Verdict(n=1, outcome=Outcome.CONFLICT, seq=6, contested=[contested])]
    )
    store.write_here(absorb_page, page(row(anna, 6, full_name="Ann B"), absorbed=1))
    conflict = desk.queue().result().conflicts[0]
    assert (conflict.mine, conflict.theirs) == ("Anna Sharp", "Ann B")
    desk.settle_conflict(conflict.id, Choice.MINE).result()
    customer = shown(store, anna)
    assert customer is not None
    assert customer.full_name == "Anna Sharp"
    waiting = store.read_here(outbox.count_waiting)
    assert (waiting.pending, waiting.conflicts) == (1, 0)


def test_a_record_that_is_gone_leaves_the_screen_and_the_index(store: Store, desk: Desk) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5)))
    assert len(desk.search("blunt").result()) == 1
    gone = PageGone(kind=KindName.CUSTOMER, id=anna, seq=6, reason=GoneReason.REMOVED)
    store.write_here(absorb_page, page(gone))
    assert shown(store, anna) is None
    assert desk.search("blunt").result() == []


def test_unknown_kinds_and_members_of_a_newer_central_do_no_harm(store: Store, desk: Desk) -> None:
    anna = new_id()
    stranger = PageRow(kind="hologram", id=new_id(), seq=4, created_seq=4, fields={"x": 1})
    store.write_here(absorb_page, page(stranger, row(anna, 5, shoe_size=39)))
    desk.set_fields(anna, {"hometown": "York"}).result()
    body = store.read_here(outbox.get_shadow, KindName.CUSTOMER, anna)
    assert body is not None
    assert body.fields["shoe_size"] == 39


def test_after_a_restore_everything_central_lost_waits_again(store: Store, desk: Desk) -> None:
    anna = new_id()
    store.write_here(absorb_page, page(row(anna, 5)))
    for town in ("York", "Hull", "Ripon"):
        desk.set_fields(anna, {"hometown": town}).result()
    verdicts = [Verdict(n=n, outcome=Outcome.APPLIED, seq=5 + n) for n in (1, 2, 3)]
    sent = [i.payload for i in store.read_here(outbox.unjudged, ANN.id, 10)]
    store.write_here(absorb_verdicts, verdicts)
    store.write_here(absorb_page, page(row(anna, 7, hometown="Hull"), absorbed=2))
    store.write_here(outbox.rewind, 1)
    again = store.read_here(outbox.unjudged, ANN.id, 10)
    assert [i.n for i in again] == [2, 3]
    assert [i.payload for i in again] == sent[1:]


def test_a_repeated_verdict_changes_nothing(store: Store, desk: Desk) -> None:
    desk.add_customer("Anna Blunt").result()
    verdict = Verdict(n=1, outcome=Outcome.APPLIED, seq=9)
    first = store.write_here(absorb_verdicts, [verdict])
    second = store.write_here(absorb_verdicts, [msgspec.structs.replace(verdict, seq=10)])
    assert first
    assert not second


def test_a_small_page_overwrites_nothing_of_many_pending_edits(store: Store, desk: Desk) -> None:
    people = [new_id() for _ in range(4)]
    store.write_here(absorb_page, page(*(row(who, 5, hometown="York") for who in people)))
    for who in people[:3]:
        desk.set_fields(who, {"hometown": "Leeds"}).result()
    told = [row(people[0], 6, hometown="Hull", vip=True), row(people[3], 7, hometown="Hull")]
    store.write_here(absorb_page, page(*told, cursor="c2"))
    towns = [found.hometown for who in people if (found := shown(store, who)) is not None]
    assert towns == ["Leeds", "Leeds", "Leeds", "Hull"]
    first = shown(store, people[0])
    assert first is not None
    assert first.vip


def test_a_small_page_leaves_what_the_loser_of_a_merge_had_pending_on_the_successor(
    store: Store, desk: Desk
) -> None:
    winner, loser, *others = (new_id() for _ in range(5))
    everybody = (winner, loser, *others)
    store.write_here(absorb_page, page(*(row(who, 5, hometown="York") for who in everybody)))
    for who in (loser, *others):
        desk.set_fields(who, {"hometown": "Leeds"}).result()
    gone = PageGone(kind=KindName.CUSTOMER, id=loser, seq=6, reason=GoneReason.MERGED, into=winner)
    store.write_here(absorb_page, page(gone, cursor="c2"))
    store.write_here(absorb_page, page(row(winner, 7, vip=True), cursor="c3"))
    found = shown(store, winner)
    assert found is not None
    assert (found.hometown, found.vip) == ("Leeds", True)
