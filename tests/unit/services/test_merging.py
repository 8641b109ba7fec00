"""What merging two customers would do, and what is sent for it."""

from __future__ import annotations

import msgspec
import pytest

from agentdesk.domain.entities import Consent, Customer, Fact, FactKind
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.services.merging import Side
from agentdesk.store import outbox
from agentdesk.store.workers import Store
from agentdesk.sync.protocol import MergeCustomers, Mutation, Operation, Remove, Restore, Unmerge
from tests.stock import contact, customer, phone, stock

NUMBER = "+442079460958"


@pytest.fixture
def anna(store: Store) -> Customer:
    """Who has been in touch more often."""
    who = customer("Anna Blunt", hometown="Leeds", consent=Consent.GRANTED, vip=True)
    stock(store, who, phone(who, NUMBER), contact(who), contact(who))
    return who


@pytest.fixture
def annie(store: Store) -> Customer:
    """The same person, entered again."""
    who = customer("Annie Blunt", hometown="York", company="Acme", consent=Consent.REFUSED)
    fact = Fact(id=new_id(), customer_id=who.id, kind=FactKind.LIKES, text="tea")
    stock(store, who, phone(who, NUMBER), fact, contact(who))
    return who


def sent(store: Store) -> list[list[Operation]]:
    """Return what waits for Central, by groups."""
    groups: dict[str, list[Operation]] = {}
    for one in store.read_here(outbox.all_waiting):
        operation = msgspec.json.decode(one.payload, type=Mutation).operation
        groups.setdefault(one.group_id, []).append(operation)
    return list(groups.values())


def test_the_preview_tells_everything_that_differs_and_how_much_is_joined(
    desk: Desk, anna: Customer, annie: Customer
) -> None:
    preview = desk.preview_merge(annie.id, anna.id).result()
    assert (preview.winner.id, preview.loser.id) == (anna.id, annie.id)
    usual = {field.name: (field.winner, field.loser, field.usual) for field in preview.fields}
    assert usual == {
        "full_name": ("Anna Blunt", "Annie Blunt", Side.WINNER),
        "hometown": ("Leeds", "York", Side.WINNER),
        "company": (None, "Acme", Side.LOSER),
        "vip": (True, False, Side.WINNER),
        "consent": ("granted", "refused", Side.LOSER),
    }
    assert preview.joined[KindName.INTERACTION] == (2, 1)
    told = [(e.kind, e.side, e.twin is not None) for e in preview.elements]
    assert told == [
        (KindName.CONTACT_POINT, Side.WINNER, True),
        (KindName.CONTACT_POINT, Side.LOSER, True),
        (KindName.FACT, Side.LOSER, False),
    ]


def test_only_what_is_not_usual_is_sent_so_that_newer_values_of_others_stand(
    desk: Desk, store: Store, anna: Customer, annie: Customer
) -> None:
    choices = {"full_name": Side.WINNER, "hometown": Side.LOSER, "company": Side.LOSER}
    desk.merge(anna.id, annie.id, choices).result()
    [[merge]] = sent(store)
    assert merge == MergeCustomers(winner=anna.id, loser=annie.id, keep={"hometown": "York"})


def test_an_empty_value_can_be_kept(
    desk: Desk, store: Store, anna: Customer, annie: Customer
) -> None:
    desk.merge(anna.id, annie.id, {"company": Side.WINNER, "consent": Side.WINNER}).result()
    [[merge]] = sent(store)
    assert isinstance(merge, MergeCustomers)
    assert merge.keep == {"company": None, "consent": "granted"}


def test_what_is_left_out_goes_in_the_same_group_and_comes_back_with_it(
    desk: Desk, store: Store, anna: Customer, annie: Customer
) -> None:
    [fact] = [
        e for e in desk.preview_merge(anna.id, annie.id).result().elements if e.kind == "fact"
    ]
    done = desk.merge(anna.id, annie.id, {}, [(fact.kind, fact.record.id)]).result()
    [[remove, merge]] = sent(store)
    assert isinstance(remove, Remove)
    assert isinstance(merge, MergeCustomers)
    assert desk.preview_merge(anna.id, annie.id).result().elements[-1].kind != "fact"
    desk.undo_merge(done).result()
    _first, [unmerge, restore] = sent(store)
    assert isinstance(unmerge, Unmerge)
    assert isinstance(restore, Restore)
    assert desk.preview_merge(anna.id, annie.id).result().elements[-1].kind == "fact"


def test_a_merge_on_its_way_is_told_of_and_no_longer_suggested(
    desk: Desk, anna: Customer, annie: Customer
) -> None:
    [pair] = desk.duplicates_of(anna.id).result()
    assert set(pair.ids) == {anna.id, annie.id}
    desk.merge(anna.id, annie.id).result()
    assert desk.duplicates_of(anna.id).result() == ()
    [waiting] = desk.earlier_merges(anna.id).result()
    assert (waiting.loser, waiting.name, waiting.pending) == (annie.id, "Annie Blunt", True)
    desk.undo_earlier_merge(anna.id, annie.id).result()
    assert desk.earlier_merges(anna.id).result() == ()
    assert [pair.ids for pair in desk.duplicates_of(anna.id).result()] == [pair.ids]


def test_a_merge_of_somebody_with_themselves_is_refused(desk: Desk, anna: Customer) -> None:
    with pytest.raises(UserError) as refused:
        desk.merge(anna.id, anna.id).result()
    assert refused.value.code is Code.NOT_FOUND


def test_nothing_of_a_third_person_is_left_out(
    desk: Desk, store: Store, anna: Customer, annie: Customer
) -> None:
    other = customer("Robert Blunt")
    number = phone(other, "+442079460000")
    stock(store, other, number)
    with pytest.raises(UserError) as refused:
        desk.merge(anna.id, annie.id, {}, [(KindName.CONTACT_POINT, number.id)]).result()
    assert refused.value.code is Code.NOT_FOUND
    assert sent(store) == []
