"""Numbers and facts are added and removed one by one, whatever another desk does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentdesk.domain.entities import ContactKind, Fact, FactKind
from agentdesk.domain.kinds import KindName
from agentdesk.services.cards import Card
from agentdesk.store.rows import select_entities
from agentdesk.store.workers import Store
from tests.exchanges import desk_on, settle
from tests.real import Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")
WHO, NUMBER = ANNA[0].id, ANNA[1].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with one customer."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def card_on(store: Store) -> Card:
    """Return the customer's card on a desk."""
    card = desk_on(store).card(WHO).result()
    assert card is not None
    return card


def exchange_all(ann: Store, ben: Store) -> None:
    """Let both desks send and receive until they are alike."""
    for store in (ann, ben, ann):
        settle(store)


def test_one_number_added_on_two_desks_is_seen_once_and_removed_once(
    ann: Store, ben: Store
) -> None:
    desk_on(ann).add_contact_point(WHO, ContactKind.PHONE, "020 7946 0001").result()
    desk_on(ben).add_contact_point(WHO, ContactKind.PHONE, "+44 20 7946 0001").result()
    exchange_all(ann, ben)
    shown = [[p.id for p in card_on(store).contact_points] for store in (ann, ben)]
    assert shown[0] == shown[1]
    assert len(shown[0]) == 2
    [added] = [point for point in shown[0] if point != NUMBER]
    desk_on(ben).remove(KindName.CONTACT_POINT, added).result()
    exchange_all(ann, ben)
    assert [p.id for p in card_on(ann).contact_points] == [NUMBER]


def test_correcting_a_number_that_two_added_leaves_no_old_one_behind(
    ann: Store, ben: Store
) -> None:
    for store in (ann, ben):
        desk_on(store).add_contact_point(WHO, ContactKind.EMAIL, "anna@example.com").result()
    exchange_all(ann, ben)
    [mail] = [p for p in card_on(ben).contact_points if p.kind is ContactKind.EMAIL]
    desk_on(ben).edit_contact_point(mail.id, "anna@example.org").result()
    exchange_all(ann, ben)
    reached = [p.value for p in card_on(ann).contact_points if p.kind is ContactKind.EMAIL]
    assert reached == ["anna@example.org"]


def test_adding_on_one_desk_and_removing_on_another_do_not_touch_each_other(
    ann: Store, ben: Store
) -> None:
    desk_on(ann).remove(KindName.CONTACT_POINT, NUMBER).result()
    desk_on(ben).add_contact_point(WHO, ContactKind.PHONE, "020 7946 0001").result()
    exchange_all(ann, ben)
    for store in (ann, ben):
        assert [p.e164 for p in card_on(store).contact_points] == ["+442079460001"]
        assert desk_on(store).queue().result().conflicts == ()


def test_one_fact_filed_on_two_desks_is_seen_once_and_corrected_once(
    ann: Store, ben: Store
) -> None:
    desk_on(ann).add_fact(WHO, FactKind.LIKES, "green tea").result()
    desk_on(ben).add_fact(WHO, FactKind.LIKES, "Green Tea").result()
    exchange_all(ann, ben)
    [shown] = card_on(ann).facts
    desk_on(ann).edit_fact(shown.id, "white tea").result()
    exchange_all(ann, ben)
    assert [fact.text for fact in card_on(ben).facts] == ["white tea"]
    assert len(ben.read_here(select_entities, Fact)) == 1
