"""Finding who is there twice in a cache, and what stays off the list."""

from __future__ import annotations

import pytest

from agentdesk.domain.entities import Customer, DistinctPair
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.domain.sameness import Trait
from agentdesk.errors import Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.services.duplicates import PossiblePair, SearchProgress, search_base
from agentdesk.store.aliases import note_merge
from agentdesk.store.workers import Store
from tests.stock import customer, email, phone, stock

NUMBER, OTHER_NUMBER = "+442079460958", "+442079460959"


@pytest.fixture
def twice(store: Store) -> tuple[Customer, Customer]:
    """Anna Szczukin, entered twice, beside a family on one line and somebody else."""
    anna = customer(
        "Anna Szczukin", given_name="Anna", family_name="Szczukin", birthday="1984-03-07"
    )
    again = customer("Szchukin Ana", given_name="Ana", family_name="Szchukin", birthday="--03-07")
    jan = customer("Jan Lis", given_name="Jan", family_name="Lis", birthday="1951-02-01")
    ewa = customer("Ewa Lis", given_name="Ewa", family_name="Lis", birthday="1953-09-11")
    stock(
        store,
        *(anna, again, jan, ewa),
        *(phone(anna, NUMBER), phone(again, NUMBER), phone(jan, OTHER_NUMBER)),
        *(phone(ewa, OTHER_NUMBER), email(anna, "anna.s@example.com")),
    )
    return anna, again


def ids(pairs: tuple[PossiblePair, ...]) -> list[tuple[str, str]]:
    """Return the pairs' ids."""
    return [pair.ids for pair in pairs]


def pair_of(twice: tuple[Customer, Customer]) -> tuple[str, str]:
    """Return the ids of who is there twice, the lesser first."""
    one, other = sorted(who.id for who in twice)
    return one, other


def test_a_search_finds_who_is_there_twice_and_no_family(
    desk: Desk, twice: tuple[Customer, Customer]
) -> None:
    searched = desk.search_duplicates().result()
    found = desk.possible_duplicates().result()
    assert (searched.customers, searched.found, searched.stopped) == (4, 1, False)
    assert ids(found.pairs) == [pair_of(twice)]
    assert found.searched_at is not None
    number = next(s for s in found.pairs[0].said if s.trait is Trait.NUMBER)
    assert (number.one, number.other, number.bits > 0) == (NUMBER, NUMBER, True)


def test_the_hint_on_a_card_needs_no_search(desk: Desk, twice: tuple[Customer, Customer]) -> None:
    for who in twice:
        assert ids(desk.duplicates_of(who.id).result()) == [pair_of(twice)]
    assert desk.possible_duplicates().result().searched_at is None


def test_progress_rises_to_the_whole(store: Store, twice: tuple[Customer, Customer]) -> None:
    told: list[SearchProgress] = []
    search_base(store, progress=told.append)
    shares = [step.done / step.total for step in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_cancelled_search_leaves_what_an_earlier_one_found(
    desk: Desk, store: Store, twice: tuple[Customer, Customer]
) -> None:
    desk.search_duplicates().result()
    stopped = search_base(store, cancelled=lambda: True)
    assert stopped.stopped
    assert ids(desk.possible_duplicates().result().pairs) == [pair_of(twice)]


def test_two_people_are_not_suggested_again_until_that_is_taken_back(
    desk: Desk, twice: tuple[Customer, Customer]
) -> None:
    desk.search_duplicates().result()
    one, other = twice
    desk.say_distinct(one.id, other.id).result()
    assert desk.possible_duplicates().result().pairs == ()
    assert desk.duplicates_of(one.id).result() == ()
    desk.search_duplicates().result()
    assert desk.possible_duplicates().result().pairs == ()
    desk.unsay_distinct(other.id, one.id).result()
    assert ids(desk.possible_duplicates().result().pairs) == [pair_of(twice)]


def test_saying_it_twice_waits_for_central_once(
    desk: Desk, twice: tuple[Customer, Customer]
) -> None:
    one, other = twice
    desk.say_distinct(one.id, other.id).result()
    desk.say_distinct(other.id, one.id).result()
    assert [edit.kind for edit in desk.queue().result().waiting] == ["distinct_pair"]


def test_two_people_stay_two_when_one_becomes_part_of_another(
    desk: Desk, store: Store, twice: tuple[Customer, Customer]
) -> None:
    one, other = twice
    former = new_id()
    stock(store, DistinctPair(id=new_id(), customer_id=one.id, other_id=former, said_at=now()))
    desk.search_duplicates().result()
    assert ids(desk.possible_duplicates().result().pairs) == [pair_of(twice)]
    store.write_here(note_merge, former, other.id)
    assert desk.possible_duplicates().result().pairs == ()


def test_what_is_put_off_comes_last(
    desk: Desk, store: Store, twice: tuple[Customer, Customer]
) -> None:
    more = [customer("Ola Wrzos", given_name="Ola", family_name="Wrzos") for _ in range(2)]
    stock(store, *more, *(phone(who, "+442079460000") for who in more))
    desk.search_duplicates().result()
    first, second = desk.possible_duplicates().result().pairs
    desk.put_off_pair(*first.ids).result()
    assert ids(desk.possible_duplicates().result().pairs) == [second.ids, first.ids]
    desk.search_duplicates().result()
    assert desk.possible_duplicates().result().pairs[-1].put_off
    desk.put_off_pair(*first.ids, later=False).result()
    assert ids(desk.possible_duplicates().result().pairs) == [first.ids, second.ids]


def test_who_was_edited_apart_since_is_not_suggested(
    desk: Desk, twice: tuple[Customer, Customer]
) -> None:
    desk.search_duplicates().result()
    changes = {"full_name": "Zofia Wrona", "given_name": "Zofia", "family_name": "Wrona"}
    desk.set_fields(twice[1].id, changes | {"birthday": "1990-01-01"}).result()
    assert desk.possible_duplicates().result().pairs == ()


def test_nobody_is_told_apart_from_themselves(desk: Desk, twice: tuple[Customer, Customer]) -> None:
    with pytest.raises(UserError) as refused:
        desk.say_distinct(twice[0].id, twice[0].id).result()
    assert refused.value.code is Code.NOT_FOUND


def test_any_two_can_be_compared_however_little_alike(
    desk: Desk, store: Store, twice: tuple[Customer, Customer]
) -> None:
    other = customer("Robert Blunt")
    stock(store, other)
    compared = desk.compared_pair(twice[0].id, other.id).result()
    assert compared is not None
    assert compared.bits < 0
