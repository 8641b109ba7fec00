"""Two customers become one while a desk is offline, and one becomes two again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Customer, FactKind
from agentdesk.domain.history import Event
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, UserError
from agentdesk.store import outbox
from agentdesk.store.aliases import successor
from agentdesk.store.rows import get_entity
from agentdesk.store.workers import Store
from agentdesk.sync import exchange
from agentdesk.sync.account import open_client
from agentdesk.sync.edits import Edits
from agentdesk.sync.fork import become_new_device
from tests.exchanges import central_notes, desk_on, notes_of, push_all, settle
from tests.real import BEN, Central, central_with, person

ANNA, ANNIE, THIRD = (
    person("Anna Blunt", "+442079460958"),
    person("Annie Blunt", "+442079460959"),
    person("A. Blunt"),
)
WINNER, LOSER, LAST = ANNA[0].id, ANNIE[0].id, THIRD[0].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with three customers."""
    with central_with(tmp_path, [*ANNA, *ANNIE, *THIRD]) as running:
        yield running


def shown(store: Store, customer_id: str) -> Customer | None:
    """Return a customer as a desk shows them."""
    return store.read_here(get_entity, Customer, customer_id)


def merge(store: Store, winner: str, loser: str) -> None:
    """Merge two customers on a desk, and exchange."""
    desk_on(store).merge_customers(winner, loser).result()
    settle(store)


def test_edits_of_the_loser_made_offline_arrive_at_the_winner(ann: Store, ben: Store) -> None:
    offline = desk_on(ben)
    offline.set_fields(LOSER, {"hometown": "Leeds"}).result()
    offline.add_note(LOSER, "Rings late").result()
    merge(ann, WINNER, LOSER)
    settle(ben)
    settle(ann)
    for store in (ann, ben):
        customer = shown(store, WINNER)
        assert customer is not None
        assert customer.hometown == "Leeds"
        assert notes_of(store, WINNER) == ["Rings late"]
        assert shown(store, LOSER) is None
        assert store.read_here(successor, LOSER) == WINNER
        assert store.read_here(outbox.count_waiting).pending == 0
    told = {(m.field, m.reason) for m in desk_on(ben).queue().result().merged}
    assert ("hometown", "redirected") in told


def test_what_waits_for_the_loser_shows_on_the_winner_before_it_is_sent(
    central: Central, ann: Store, ben: Store
) -> None:
    offline = desk_on(ben)
    offline.set_fields(LOSER, {"hometown": "Leeds"}).result()
    offline.add_fact(LOSER, FactKind.LIKES, "tea").result()
    offline.save_draft(Draft(id=LOSER, text="half a", customer_id=LOSER)).result()
    merge(ann, WINNER, LOSER)
    sent = [i.payload for i in ben.read_here(outbox.unjudged, BEN.id, 10)]
    exchange.pull_once(ben, open_client(ben))
    opened = offline.open_person(LOSER).result()
    assert opened is not None
    assert opened.card.customer.id == WINNER
    assert opened.card.customer.hometown == "Leeds"
    assert [fact.text for fact in opened.card.facts] == ["tea"]
    assert opened.card.pending
    assert opened.draft is not None
    assert opened.draft.text == "half a"
    assert [i.payload for i in ben.read_here(outbox.unjudged, BEN.id, 10)] == sent
    settle(ben)
    customer = shown(ben, WINNER)
    assert customer is not None
    assert customer.hometown == "Leeds"


def test_an_edit_under_the_losers_name_after_the_merge_is_the_winners(
    central: Central, ann: Store
) -> None:
    merge(ann, WINNER, LOSER)
    desk = desk_on(ann)
    desk.add_note(LOSER, "Still open elsewhere").result()
    desk.set_fields(LOSER, {"company": "Acme"}).result()
    customer = shown(ann, WINNER)
    assert customer is not None
    assert customer.company == "Acme"
    assert notes_of(ann, WINNER) == ["Still open elsewhere"]
    settle(ann)
    assert central_notes(central) == ["Still open elsewhere"]
    assert desk.queue().result().attention == ()


def test_a_chain_of_merges_leads_every_desk_to_the_last(ann: Store, ben: Store) -> None:
    offline = desk_on(ben)
    offline.add_note(LOSER, "For the first").result()
    merge(ann, WINNER, LOSER)
    merge(ann, LAST, WINNER)
    settle(ben)
    assert ben.read_here(successor, LOSER) == ben.read_here(successor, WINNER) == LAST
    assert notes_of(ben, LAST) == ["For the first"]


def test_taken_apart_again_each_has_what_was_meant_for_them(ann: Store, ben: Store) -> None:
    offline = desk_on(ben)
    offline.add_note(LOSER, "For Annie").result()
    offline.set_fields(LOSER, {"birthday": "--03-07"}).result()
    merge(ann, WINNER, LOSER)
    settle(ben)
    settle(ann)
    desk_on(ann).add_note(WINNER, "For Anna").result()
    desk_on(ann).unmerge_customers(WINNER, LOSER).result()
    settle(ann)
    settle(ben)
    for store in (ann, ben):
        winner, loser = shown(store, WINNER), shown(store, LOSER)
        assert winner is not None
        assert loser is not None
        assert (winner.birthday, loser.birthday) == (None, "--03-07")
        assert (notes_of(store, WINNER), notes_of(store, LOSER)) == (["For Anna"], ["For Annie"])
        assert store.read_here(successor, LOSER) == LOSER


def test_the_history_tells_of_merging_and_of_what_stands_nowhere_any_more(ann: Store) -> None:
    merge(ann, WINNER, LOSER)
    entries = desk_on(ann).history(WINNER).result().entries
    [merged] = [e for e in entries if e.event is Event.MERGED]
    [name] = [e for e in entries if e.field == "full_name"]
    assert merged.value == {"id": LOSER, "full_name": "Annie Blunt"}
    assert merged.replaced_by == "Ann Reed"
    assert (name.value, name.now) == ("Annie Blunt", "Anna Blunt")


def test_removing_the_loser_offline_leaves_the_winner_and_is_told(ann: Store, ben: Store) -> None:
    desk_on(ben).remove(KindName.CUSTOMER, LOSER).result()
    merge(ann, WINNER, LOSER)
    settle(ben)
    assert shown(ben, WINNER) is not None
    [refused] = desk_on(ben).queue().result().attention
    assert refused.reason == "merged"


def test_a_decision_about_the_loser_leaves_the_winner(ann: Store, ben: Store) -> None:
    merge(ann, WINNER, LOSER)
    settle(ben)

    def remove(connection: sa.Connection) -> None:
        edits = Edits(connection, BEN.id)
        edits.remove_unseen(KindName.CUSTOMER, LOSER)
        edits.finish()

    ben.write_here(remove)
    settle(ben)
    assert shown(ben, WINNER) is not None
    assert shown(ben, LOSER) is None


def test_a_new_device_keeps_nothing_beneath_the_winner_once_all_is_judged(
    ann: Store, ben: Store
) -> None:
    desk_on(ben).set_fields(LOSER, {"hometown": "Leeds"}).result()
    merge(ann, WINNER, LOSER)
    exchange.pull_once(ben, open_client(ben))
    push_all(ben)
    ben.write_here(become_new_device)
    assert ben.read_here(outbox.get_shadow, KindName.CUSTOMER, WINNER) is None
    assert shown(ben, WINNER) is not None


def test_merging_with_somebody_who_is_not_here_is_refused_at_once(ann: Store) -> None:
    with pytest.raises(UserError) as missing:
        desk_on(ann).merge_customers(WINNER, new_id()).result()
    assert missing.value.code is Code.NOT_FOUND
