"""What leaves a desk's scope goes from its cache, but never while an edit on it waits."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import sqlalchemy as sa

from agentdesk.domain.areas import Area
from agentdesk.domain.entities import Customer, Fact, FactKind, Note
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.domain.moments import now, to_text
from agentdesk.services.conflicts import Choice
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, get_row
from agentdesk.store.workers import Store
from agentdesk.sync import outside
from agentdesk.sync.absorb import absorb_page, absorb_verdicts
from agentdesk.sync.protocol import (
    Contested,
    GoneReason,
    Outcome,
    PageGone,
    PageRow,
    Verdict,
)
from tests.unit.sync.test_absorb import count, page, shown


def row_of(entity: Customer | Fact | Note, seq: int) -> PageRow:
    """Return a record as Central sends it."""
    fields = {name: value for name, value in to_row(entity).items() if name != "id"}
    kind = NAME_OF[type(entity)]
    return PageRow(kind=kind, id=entity.id, seq=seq, created_seq=seq, fields=fields)


def left(entity: Customer | Fact | Note, seq: int) -> PageGone:
    """Return what Central says once a record has left the desk's scope."""
    kind = NAME_OF[type(entity)]
    return PageGone(kind=kind, id=entity.id, seq=seq, reason=GoneReason.LEFT_SCOPE)


def anna_and_fact(store: Store) -> tuple[Customer, Fact]:
    """Put a customer and a fact about them into the cache."""
    anna = Customer(id=new_id(), full_name="Anna Blunt", given_name="Anna")
    fact = Fact(id=new_id(), customer_id=anna.id, kind=FactKind.INTEREST, text="plays chess")
    store.write_here(absorb_page, page(row_of(anna, 5), row_of(fact, 6)))
    return anna, fact


def area(store: Store, customer: Customer) -> Area:
    """Return how a customer stands to the desk's scope."""
    return store.read_here(outside.area_of, customer.id)


def applied(n: int) -> Verdict:
    """Return Central's consent to an edit."""
    return Verdict(n=n, outcome=Outcome.APPLIED, seq=20)


def test_a_customer_without_edits_leaves_with_all_that_belongs_to_them(
    store: Store, desk: Desk
) -> None:
    anna, fact = anna_and_fact(store)
    store.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    assert shown(store, anna.id) is None
    assert store.read_here(get_row, KindName.FACT, fact.id) is None
    assert desk.search("blunt").result() == []
    assert count(store, t.outside) == 0


def test_the_territory_moves_while_an_edit_waits_and_the_person_stays_to_be_seen(
    store: Store, desk: Desk
) -> None:
    anna, fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    changes = store.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    assert {changed.id for changed in changes.changed} == {anna.id, fact.id}
    card = desk.card(anna.id).result()
    assert card is not None
    assert (card.customer.hometown, card.area) == ("York", Area.LEFT)
    assert [f.text for f in card.facts] == ["plays chess"]
    assert store.read_here(outbox.count_waiting).pending == 1


def test_what_left_goes_with_the_verdict_and_not_before(store: Store, desk: Desk) -> None:
    anna, fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    store.write_here(absorb_page, page())
    assert shown(store, anna.id) is not None
    store.write_here(absorb_verdicts, [applied(1)])
    assert shown(store, anna.id) is not None
    store.write_here(absorb_page, page(absorbed=1))
    assert shown(store, anna.id) is None
    assert store.read_here(get_row, KindName.FACT, fact.id) is None
    assert [count(store, table) for table in (t.outside, t.shadow, t.outbox)] == [0, 0, 0]
    assert desk.search("blunt").result() == []


def test_an_accepted_edit_stays_visible_while_another_one_still_waits(
    store: Store, desk: Desk
) -> None:
    anna, _fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7)))
    desk.add_note(anna.id, "moved house").result()
    store.write_here(absorb_verdicts, [applied(1)])
    store.write_here(absorb_page, page(absorbed=1))
    customer = shown(store, anna.id)
    assert customer is not None
    assert customer.hometown == "York"


def test_a_note_that_was_added_to_somebody_who_left_goes_with_them(
    store: Store, desk: Desk
) -> None:
    anna, _fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7)))
    note = desk.add_note(anna.id, "moved house").result()
    desk.set_fields(anna.id, {"company": "Acme"}).result()
    store.write_here(absorb_verdicts, [applied(2)])
    store.write_here(absorb_page, page(absorbed=2))
    assert store.read_here(get_entity, Note, note.id) == note
    store.write_here(absorb_verdicts, [applied(1), applied(3)])
    store.write_here(absorb_page, page(absorbed=3))
    assert store.read_here(get_entity, Note, note.id) is None


def test_a_refused_edit_is_taken_back_and_holds_the_person_until_it_was_read(
    store: Store, desk: Desk
) -> None:
    anna, _fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7)))
    refusal = Verdict(n=1, outcome=Outcome.REJECTED, seq=7, reason="no-permission")
    store.write_here(absorb_verdicts, [refusal])
    store.write_here(absorb_page, page(absorbed=1))
    customer = shown(store, anna.id)
    assert customer is not None
    assert customer.hometown is None
    desk.discard_refused(1).result()
    store.write_here(absorb_page, page(absorbed=1))
    assert shown(store, anna.id) is None


def test_what_central_gave_to_somebody_here_stays_when_the_one_it_was_meant_for_leaves(
    store: Store, desk: Desk
) -> None:
    anna, _fact = anna_and_fact(store)
    ben = Customer(id=new_id(), full_name="Ben Nevis", given_name="Ben")
    typed = desk.add_note(anna.id, "moved house").result()
    store.write_here(absorb_verdicts, [applied(1)])
    redirected = msgspec.structs.replace(typed, customer_id=ben.id)
    told = page(left(anna, 18), row_of(ben, 19), row_of(redirected, 20), absorbed=1)
    store.write_here(absorb_page, told)
    assert shown(store, anna.id) is None
    kept = store.read_here(get_entity, Note, typed.id)
    assert kept is not None
    assert kept.customer_id == ben.id


def test_an_open_conflict_holds_the_person(store: Store, desk: Desk) -> None:
    anna, _fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"full_name": "Anna Sharp"}).result()
    store.write_here(absorb_page, page(left(anna, 7)))
    contested = Contested(field="full_name", base="Anna Blunt", mine="Anna Sharp", theirs="Ann B")
    conflict = Verdict(n=1, outcome=Outcome.CONFLICT, seq=6, contested=[contested])
    store.write_here(absorb_verdicts, [conflict])
    store.write_here(absorb_page, page(absorbed=1))
    assert area(store, anna) is Area.LEFT
    raised = desk.queue().result().conflicts[0]
    desk.settle_conflict(raised.id, Choice.THEIRS).result()
    store.write_here(absorb_page, page(absorbed=1))
    assert shown(store, anna.id) is None


def test_somebody_who_comes_back_is_no_longer_marked(store: Store, desk: Desk) -> None:
    anna, fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    store.write_here(absorb_page, page(row_of(anna, 9), row_of(fact, 10)))
    assert area(store, anna) is Area.INSIDE
    store.write_here(absorb_verdicts, [applied(1)])
    store.write_here(absorb_page, page(absorbed=1))
    assert shown(store, anna.id) is not None
    assert count(store, t.outside) == 0


def test_somebody_who_was_removed_meanwhile_is_removed(store: Store, desk: Desk) -> None:
    anna, fact = anna_and_fact(store)
    desk.set_fields(anna.id, {"hometown": "York"}).result()
    store.write_here(absorb_page, page(left(anna, 7), left(fact, 8)))
    gone = PageGone(kind=KindName.FACT, id=fact.id, seq=11, reason=GoneReason.REMOVED)
    store.write_here(absorb_page, page(gone))
    assert store.read_here(get_row, KindName.FACT, fact.id) is None
    assert shown(store, anna.id) is not None


def test_a_visitor_stays_though_central_says_again_that_they_have_left(store: Store) -> None:
    anna, _fact = anna_and_fact(store)

    def visit(connection: sa.Connection) -> None:
        fetched = {"customer_id": anna.id, "fetched_at": to_text(now())}
        connection.execute(t.visitor.insert().values(fetched))
        outside.add(connection, [(KindName.CUSTOMER, anna.id, anna.id)])

    store.write_here(visit)
    store.write_here(absorb_page, page(left(anna, 9)))
    assert shown(store, anna.id) is not None
    assert area(store, anna) is Area.VISITING


def test_purging_counts_from_the_time_it_is_told(store: Store) -> None:
    anna, _fact = anna_and_fact(store)
    fetched = {"customer_id": anna.id, "fetched_at": "2026-03-02T09:00:00.000Z"}

    def visit(connection: sa.Connection) -> None:
        connection.execute(t.visitor.insert().values(fetched))
        outside.add(connection, [(KindName.CUSTOMER, anna.id, anna.id)])

    store.write_here(visit)
    assert area(store, anna) is Area.VISITING
    begun = now().replace(year=2026, month=3, day=2, hour=9, minute=0, second=0, microsecond=0)
    store.write_here(outside.purge, begun + outside.VISIT_LASTS)
    assert shown(store, anna.id) is not None
    store.write_here(outside.purge, begun + outside.VISIT_LASTS + timedelta(minutes=1))
    assert shown(store, anna.id) is None
