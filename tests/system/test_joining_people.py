"""Two desks and people who are there twice: told apart, merged with a choice, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentdesk.central.database import open_database
from agentdesk.central.erasing import erase_customer
from agentdesk.domain.entities import ContactPoint, Customer, DistinctPair, FactKind
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.services.merging import Side
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import contact_point
from agentdesk.store.workers import Store
from tests.exchanges import desk_on, settle
from tests.real import ORGANISATION, Central, central_with, person

ANNA, ANNIE = person("Anna Blunt", "+442079460958"), person("Annie Blunt", "+442079460958")
WINNER, LOSER = ANNA[0].id, ANNIE[0].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company in which Anna is there twice."""
    with central_with(tmp_path, [*ANNA, *ANNIE]) as running:
        yield running


def shown(store: Store, customer_id: str) -> Customer | None:
    """Return a customer as a desk shows them."""
    return store.read_here(get_entity, Customer, customer_id)


def numbers_of(store: Store, customer_id: str) -> set[str]:
    """Return the ids of a customer's contact points."""
    mine = contact_point.c.customer_id == customer_id
    return {p.id for p in store.read_here(select_entities, ContactPoint, mine)}


def said(store: Store) -> list[DistinctPair]:
    """Return what a cache holds of people who are two."""
    return store.read_here(select_entities, DistinctPair)


def test_who_is_told_apart_on_one_desk_is_not_suggested_on_the_other(
    ann: Store, ben: Store
) -> None:
    assert desk_on(ben).duplicates_of(WINNER).result()
    desk_on(ann).say_distinct(WINNER, LOSER).result()
    settle(ann)
    settle(ben)
    assert desk_on(ben).duplicates_of(WINNER).result() == ()
    desk_on(ben).unsay_distinct(WINNER, LOSER).result()
    settle(ben)
    settle(ann)
    assert desk_on(ann).duplicates_of(LOSER).result()


def test_both_desks_may_say_so_and_one_takes_it_all_back(ann: Store, ben: Store) -> None:
    for store in (ann, ben):
        desk_on(store).say_distinct(WINNER, LOSER).result()
    settle(ann)
    settle(ben)
    settle(ann)
    assert len(said(ann)) == 2
    desk_on(ann).unsay_distinct(LOSER, WINNER).result()
    settle(ann)
    settle(ben)
    assert (said(ann), said(ben)) == ([], [])


def test_erasing_somebody_takes_along_that_they_are_not_the_other(
    central: Central, ann: Store
) -> None:
    desk_on(ann).say_distinct(WINNER, LOSER).result()
    settle(ann)
    [pair] = said(ann)
    database = open_database(central.database_url)
    database.write(erase_customer, ORGANISATION.id, pair.customer_id, now())
    database.close()
    settle(ann)
    assert said(ann) == []


def test_a_merge_with_choices_arrives_whole_and_is_taken_back_whole(ann: Store, ben: Store) -> None:
    desk_on(ann).set_fields(WINNER, {"hometown": "Leeds"}).result()
    desk_on(ann).set_fields(LOSER, {"hometown": "York", "company": "Acme"}).result()
    settle(ann)
    twin = ANNIE[1].id
    choices = {"hometown": Side.LOSER, "company": Side.WINNER}
    desk_on(ann).merge(WINNER, LOSER, choices, [(KindName.CONTACT_POINT, twin)]).result()
    settle(ann)
    settle(ben)
    merged = shown(ben, WINNER)
    assert merged is not None
    assert (merged.hometown, merged.company) == ("York", None)
    assert numbers_of(ben, WINNER) == {ANNA[1].id}
    [earlier] = desk_on(ben).earlier_merges(WINNER).result()
    assert (earlier.name, earlier.merged_by, earlier.pending) == ("Annie Blunt", "Ann Reed", False)
    desk_on(ben).undo_earlier_merge(WINNER, LOSER).result()
    settle(ben)
    settle(ann)
    for store in (ann, ben):
        winner, loser = shown(store, WINNER), shown(store, LOSER)
        assert winner is not None
        assert loser is not None
        assert (winner.hometown, winner.company) == ("Leeds", None)
        assert (loser.hometown, loser.company) == ("York", "Acme")
        assert numbers_of(store, LOSER) == {twin}
        assert desk_on(store).earlier_merges(WINNER).result() == ()


def test_a_merge_made_and_undone_offline_leaves_everything_as_it_was(
    ann: Store, ben: Store
) -> None:
    before = [shown(ben, who) for who in (WINNER, LOSER)]
    desk = desk_on(ann)
    done = desk.merge(
        WINNER, LOSER, {"full_name": Side.LOSER}, [(KindName.CONTACT_POINT, ANNIE[1].id)]
    ).result()
    desk.undo_merge(done).result()
    settle(ann)
    settle(ben)
    assert [shown(ben, who) for who in (WINNER, LOSER)] == before
    assert numbers_of(ben, LOSER) == {ANNIE[1].id}
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_what_the_other_desk_typed_meanwhile_stands_unless_it_was_chosen_against(
    ann: Store, ben: Store
) -> None:
    desk_on(ann).set_fields(LOSER, {"hometown": "York"}).result()
    settle(ann)
    desk_on(ann).merge(WINNER, LOSER, {"hometown": Side.LOSER}).result()
    desk_on(ben).set_fields(WINNER, {"company": "Newer & Co"}).result()
    desk_on(ben).add_fact(LOSER, FactKind.LIKES, "tea").result()
    settle(ben)
    settle(ann)
    settle(ben)
    for store in (ann, ben):
        merged = shown(store, WINNER)
        assert merged is not None
        assert (merged.hometown, merged.company) == ("York", "Newer & Co")
        card = desk_on(store).card(WINNER).result()
        assert card is not None
        assert [fact.text for fact in card.facts] == ["tea"]


def test_two_desks_merge_the_same_two_and_nothing_is_lost(ann: Store, ben: Store) -> None:
    desk_on(ann).merge(WINNER, LOSER).result()
    desk_on(ben).merge(LOSER, WINNER, {"full_name": Side.WINNER}).result()
    for store in (ann, ben, ann):
        settle(store)
    remaining = [w for w in (WINNER, LOSER) if shown(ann, w) is not None]
    assert len(remaining) == 1
    assert numbers_of(ann, remaining[0]) == {ANNA[1].id, ANNIE[1].id}
    assert [shown(ben, w) for w in (WINNER, LOSER)] == [shown(ann, w) for w in (WINNER, LOSER)]
