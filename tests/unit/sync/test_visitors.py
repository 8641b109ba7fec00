"""A caller from outside the scope visits the cache: whole, marked, and not for long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agentdesk.domain.areas import Area
from agentdesk.domain.entities import Customer, Fact, FactKind, User
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.domain.moments import now
from agentdesk.services.desk import Desk
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, get_row
from agentdesk.store.workers import Store
from agentdesk.sync import outside
from agentdesk.sync.absorb import absorb_page, absorb_verdicts
from agentdesk.sync.protocol import Outcome, PageRow, Verdict
from agentdesk.sync.visitors import absorb_visitors
from tests.real import BEN
from tests.unit.sync.test_absorb import count, page, shown


def row_of(entity: Customer | Fact | User, seq: int) -> PageRow:
    """Return a record as Central sends it."""
    fields = {name: value for name, value in to_row(entity).items() if name != "id"}
    return PageRow(
        kind=NAME_OF[type(entity)], id=entity.id, seq=seq, created_seq=seq, fields=fields
    )


@pytest.fixture
def anna() -> Customer:
    return Customer(id=new_id(), full_name="Anna Blunt", given_name="Anna", hometown="Leeds")


@pytest.fixture
def fact(anna: Customer) -> Fact:
    return Fact(id=new_id(), customer_id=anna.id, kind=FactKind.INTEREST, text="plays chess")


def visit(store: Store, *rows: PageRow, ago: timedelta = timedelta()) -> None:
    """Let somebody visit, so long ago."""
    store.write_here(absorb_visitors, rows, now() - ago)


def test_a_visitor_is_shown_whole_and_as_such(
    store: Store, desk: Desk, anna: Customer, fact: Fact
) -> None:
    visit(store, row_of(BEN, 3), row_of(anna, 5), row_of(fact, 6))
    card = desk.card(anna.id).result()
    assert card is not None
    assert card.area is Area.VISITING
    assert [f.text for f in card.facts] == ["plays chess"]
    assert [hit.id for hit in desk.search("blunt").result()] == [anna.id]
    assert store.read_here(get_entity, User, BEN.id) == BEN


def test_a_visit_ends_after_a_week(store: Store, anna: Customer, fact: Fact) -> None:
    visit(store, row_of(anna, 5), row_of(fact, 6), ago=timedelta(days=6))
    store.write_here(absorb_page, page())
    assert shown(store, anna.id) is not None
    visit(store, row_of(anna, 5), row_of(fact, 6), ago=timedelta(days=8))
    store.write_here(absorb_page, page())
    assert shown(store, anna.id) is None
    assert [count(store, table) for table in (t.fact, t.outside, t.visitor)] == [0, 0, 0]


def test_an_edit_that_waits_holds_a_visitor_until_its_verdict(
    store: Store, desk: Desk, anna: Customer
) -> None:
    visit(store, row_of(anna, 5), ago=timedelta(days=8))
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page())
    assert shown(store, anna.id) is not None
    store.write_here(absorb_verdicts, [Verdict(n=1, outcome=Outcome.APPLIED, seq=9)])
    store.write_here(absorb_page, page(absorbed=1))
    assert shown(store, anna.id) is None


def test_an_accepted_edit_of_a_visitor_stays_visible_and_their_next_visit_keeps_edits_on_top(
    store: Store, desk: Desk, anna: Customer
) -> None:
    visit(store, row_of(anna, 5))
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_verdicts, [Verdict(n=1, outcome=Outcome.APPLIED, seq=9)])
    store.write_here(absorb_page, page(absorbed=1))
    customer = shown(store, anna.id)
    assert customer is not None
    assert customer.hometown == "York"
    desk.set_fields(anna.id, {"company": "Acme"}).result()
    visit(store, row_of(anna, 12))
    customer = shown(store, anna.id)
    assert customer is not None
    assert (customer.hometown, customer.company) == ("Leeds", "Acme")


def test_somebody_in_the_scope_is_not_touched_by_a_lookup(
    store: Store, desk: Desk, anna: Customer
) -> None:
    store.write_here(absorb_page, page(row_of(anna, 5)))
    older = row_of(anna, 4)
    visit(store, PageRow(kind=older.kind, id=older.id, seq=4, created_seq=4, fields=older.fields))
    row = store.read_here(get_row, KindName.CUSTOMER, anna.id)
    assert row is not None
    assert row.seq == 5
    assert store.read_here(outside.area_of, anna.id) is Area.INSIDE
    assert count(store, t.visitor) == 0
    assert desk.card(anna.id).result() is not None


def test_a_visitor_who_enters_the_scope_stays_for_good(
    store: Store, anna: Customer, fact: Fact
) -> None:
    visit(store, row_of(anna, 5), row_of(fact, 6), ago=timedelta(days=8))
    store.write_here(absorb_page, page(row_of(anna, 20), row_of(fact, 21)))
    store.write_here(absorb_page, page())
    assert shown(store, anna.id) is not None
    assert store.read_here(outside.area_of, anna.id) is Area.INSIDE


def test_what_central_no_longer_has_of_a_visitor_goes_at_the_next_visit(
    store: Store, desk: Desk, anna: Customer, fact: Fact
) -> None:
    visit(store, row_of(anna, 5), row_of(fact, 6))
    note = desk.add_note(anna.id, "Called about the bill").result()
    visit(store, row_of(anna, 7))
    assert store.read_here(get_row, KindName.FACT, fact.id) is None
    assert store.read_here(get_row, KindName.NOTE, note.id) is not None
