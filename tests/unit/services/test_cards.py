"""The card tells one person, whole, from one state of the cache."""

from __future__ import annotations

from typing import Any

import pytest

from agentdesk.domain.alerts import AlertKind
from agentdesk.domain.entities import (
    Case,
    CaseState,
    Channel,
    Customer,
    Direction,
    Fact,
    FactKind,
    Mood,
    Note,
    Photo,
    Promise,
    PromiseState,
    Purchase,
    StepTried,
    User,
)
from agentdesk.domain.ids import new_id
from agentdesk.services.cards import Card, load_card
from agentdesk.services.desk import Desk
from agentdesk.services.evidence import gather_evidence
from agentdesk.services.playbooks import shipped_playbooks
from agentdesk.store.workers import Store
from tests.real import ANN
from tests.stock import NOON, ago, contact, customer, phone, stock

HARD_TEXTS = [
    "<b onclick='x'>Anna</b> & <i>co</i>",
    '=HYPERLINK("http://example.com")',
    "\u202eשלום Anna\u202c",
    "👩‍👧 e\u0301 Ł \u0007",
    "Ж" * 10_000,
]


def card(store: Store, who: Customer, operator: User = ANN) -> Card:
    found = store.read_here(
        load_card,
        who.id,
        operator=operator,
        playbooks=shipped_playbooks(),
        moment=NOON,
        today=NOON.date(),
    )
    assert found is not None
    return found


def fact(who: Customer, kind: FactKind, text: str, **fields: Any) -> Fact:
    return Fact(id=new_id(), customer_id=who.id, kind=kind, text=text, **fields)


def case(who: Customer, state: CaseState = CaseState.OPEN, **fields: Any) -> Case:
    values: dict[str, Any] = {
        "number": "C-7",
        "subject": "No picture",
        "opened_at": ago(days=4),
    } | fields
    return Case(id=new_id(), customer_id=who.id, state=state, **values)


def step(who: Customer, text: str, days: int, in_case: Case | None = None) -> StepTried:
    case_id = in_case.id if in_case else None
    return StepTried(
        id=new_id(), customer_id=who.id, case_id=case_id, text=text, tried_at=ago(days=days)
    )


def promise(who: Customer, **fields: Any) -> Promise:
    values: dict[str, Any] = {
        "text": "Call back",
        "due_at": ago(hours=1),
        "made_at": ago(days=2),
    } | fields
    return Promise(id=new_id(), customer_id=who.id, **values)


def shared(store: Store, who: Customer, **about: Any) -> list[tuple[FactKind, str]]:
    values: dict[str, Any] = {"hometown": None, "interests": ()} | about
    operator = User(id=ANN.id, name="Ann", role=ANN.role, **values)
    return [(common.kind, common.what) for common in card(store, who, operator).common_ground]


def test_whoever_is_not_in_the_cache_has_no_card(desk: Desk) -> None:
    assert desk.card(new_id()).result() is None
    assert desk.open_person(new_id()).result() is None


def test_a_person_of_whom_only_the_name_is_known_has_a_card(store: Store) -> None:
    anna = customer()
    stock(store, anna)
    found = card(store, anna)
    assert found.customer == anna
    assert (found.contacts, found.last_contact, found.last_purchase) == (0, None, None)
    assert (found.alerts, found.common_ground, found.photo) == ((), (), None)
    assert found.satisfaction.mean is None
    assert not found.pending


def test_a_card_shows_its_person_and_nobody_else(store: Store) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    for who in (anna, ben):
        solved = case(who, CaseState.SOLVED, subject=f"Old {who.full_name}")
        stock(
            store,
            who,
            phone(who, "+442079460958"),
            fact(who, FactKind.LIKES, f"Likes {who.full_name}"),
            fact(who, FactKind.HOMETOWN, "York"),
            solved,
            case(who, subject=f"New {who.full_name}"),
            step(who, "Restarted", 1),
            promise(who, text=f"For {who.full_name}"),
            promise(who, state=PromiseState.KEPT),
            contact(who, ago(days=1), satisfaction=4, mood=Mood.CONTENT),
            contact(who, ago(days=9), satisfaction=1),
            Purchase(id=new_id(), customer_id=who.id, product="Old", purchased_at=ago(days=9)),
            Purchase(id=new_id(), customer_id=who.id, product="New", purchased_at=ago(days=3)),
            Photo(id=new_id(), customer_id=who.id, media_type="image/png", data="AA=="),
        )
    found = card(store, anna)
    everything = [
        *found.contact_points,
        *found.facts,
        *found.steps_tried,
        *found.open_cases,
        *found.open_promises,
        found.last_purchase,
        found.last_contact,
        found.photo,
    ]
    assert {record.customer_id for record in everything if record} == {anna.id}
    assert [f.kind for f in found.facts] == [FactKind.HOMETOWN, FactKind.LIKES]
    assert [c.subject for c in found.open_cases] == ["New Anna Blunt"]
    assert [p.text for p in found.open_promises] == ["For Anna Blunt"]
    assert found.last_purchase is not None
    assert (found.last_purchase.product, found.contacts) == ("New", 2)
    assert (found.satisfaction.ratings, found.satisfaction.mean) == ((4, 1), 2.5)
    assert found.satisfaction.last_mood == Mood.CONTENT
    assert found.customer_since == ago(days=9)


def test_the_alerts_of_a_card_are_the_three_most_urgent(store: Store) -> None:
    anna = customer(birthday="1984-11-21")
    stock(store, anna, promise(anna), case(anna, complaint=True))
    stock(store, *(contact(anna, ago(hours=hour)) for hour in (1, 2, 3)))
    stock(store, fact(anna, FactKind.LIKES, "Tea", confirmed_at=ago(days=400)))
    assert [alert.kind for alert in card(store, anna).alerts] == [
        AlertKind.PROMISE_BROKEN,
        AlertKind.COMPLAINT_OPEN,
        AlertKind.REPEAT_CONTACT,
    ]


def test_what_was_tried_is_told_the_latest_first_without_solved_cases(store: Store) -> None:
    anna = customer()
    still_open, solved = case(anna), case(anna, CaseState.SOLVED)
    stock(
        store,
        anna,
        still_open,
        solved,
        step(anna, "Restarted", 3, still_open),
        step(anna, "Changed the cable", 1, still_open),
        step(anna, "Long done", 2, solved),
        step(anna, "Told us the model", 2),
    )
    assert [s.text for s in card(store, anna).steps_tried] == [
        "Changed the cable",
        "Told us the model",
        "Restarted",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "common"),
    [
        ("Leeds", "Leeds", True),
        ("Leeds", "LEEDS, West Yorkshire", True),
        ("Leeds, UK", "Leeds", True),
        ("Łódź", "Lodz", True),
        ("Москва", "Moskva", True),
        ("Ely", "Chelyabinsk", False),
        ("", "Leeds", False),
        ("Leeds", None, False),
        (None, "Leeds", False),
    ],
)
def test_a_shared_hometown_is_common_ground(
    store: Store, ours: str | None, theirs: str | None, common: bool
) -> None:
    anna = customer(hometown=theirs)
    stock(store, anna)
    assert shared(store, anna, hometown=ours) == ([(FactKind.HOMETOWN, ours)] if common else [])


def test_a_shared_interest_is_told_in_the_customers_words(store: Store) -> None:
    anna = customer()
    stock(
        store,
        anna,
        fact(anna, FactKind.INTEREST, "Plays blitz chess on Sundays"),
        fact(anna, FactKind.TEAM, "Supports Leeds United"),
        fact(anna, FactKind.INTEREST, "Collects шахматы"),
    )
    assert shared(store, anna, interests=("chess",)) == [
        (FactKind.INTEREST, "Plays blitz chess on Sundays")
    ]
    assert shared(store, anna, interests=("Leeds United", "united")) == [
        (FactKind.TEAM, "Supports Leeds United")
    ]
    assert shared(store, anna, interests=("shakhmaty",)) == [
        (FactKind.INTEREST, "Collects шахматы")
    ]
    assert shared(store, anna, interests=("Manchester United", "che", "")) == []


def test_what_a_customer_dislikes_is_no_common_ground(store: Store) -> None:
    anna = customer()
    stock(store, anna, fact(anna, FactKind.DISLIKES, "Cannot stand chess"))
    assert shared(store, anna, interests=("chess",)) == []


def test_sensitive_facts_are_neither_common_ground_nor_alerts(store: Store) -> None:
    anna = customer()
    old = ago(days=900)
    stock(
        store,
        anna,
        fact(anna, FactKind.INTEREST, "Chess", sensitive=True, confirmed_at=old),
        fact(anna, FactKind.HOMETOWN, "Leeds", sensitive=True, confirmed_at=old),
    )
    assert shared(store, anna, hometown="Leeds", interests=("chess",)) == []
    assert card(store, anna).alerts == ()


def test_the_evidence_counts_what_happened(store: Store) -> None:
    anna = customer(birthday="1961-04-05", technical_level="expert")
    recent = [
        contact(anna, ago(hours=1), duration_s=60, satisfaction=5, summary="All well"),
        contact(anna, ago(days=9), duration_s=120, satisfaction=2),
        contact(anna, ago(days=10), channel=Channel.CHAT, direction=Direction.OUTBOUND),
        contact(anna, ago(days=11), channel=Channel.EMAIL),
        contact(anna, ago(days=500)),
    ]
    note = Note(id=new_id(), customer_id=anna.id, text="Hi, it's Bob", created_at=ago(days=1))
    stock(store, anna, note, *recent)
    cases = [case(anna, complaint=True), case(anna, CaseState.SOLVED, complaint=True)]
    found = store.read_here(
        gather_evidence, anna, recent, cases, [], since=ago(days=731), moment=NOON
    )
    assert (found.contacts_last_year, found.calls, found.mean_call_s) == (4, 3, 90)
    assert (found.share_digital_channels, found.repeat_contacts_48h) == (0.4, 1)
    assert (found.open_complaints, found.low_ratings, found.high_ratings) == (1, 1, 1)
    assert (found.birth_year, found.technical_level) == (1961, "expert")
    assert found.years_customer == pytest.approx(2.0, abs=0.01)
    assert found.texts[:2] == ("Hi, it's Bob", "A question. All well")


def test_a_person_without_history_is_evidence_of_nothing(store: Store) -> None:
    anna = customer(birthday="--04-05")
    stock(store, anna)
    found = store.read_here(gather_evidence, anna, [], [], [], since=None, moment=NOON)
    assert (found.mean_call_s, found.years_customer, found.birth_year) == (None, None, None)
    assert found.share_digital_channels == 0


def test_types_are_suggested_from_what_was_written(store: Store) -> None:
    anna = customer(loyalty_stage="regular")
    stock(store, anna, *(contact(anna, ago(days=day)) for day in range(14)))
    stock(
        store,
        Note(id=new_id(), customer_id=anna.id, text="Opened with “Hi, it's Bob”", created_at=NOON),
    )
    suggestions = card(store, anna).suggestions
    assert {s.key for s in suggestions} == {book.key for book in shipped_playbooks()}
    assert suggestions[0].score > 0
    assert suggestions[0].reasons


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_any_text_comes_back_as_it_was_put_in(store: Store, desk: Desk, text: str) -> None:
    added = desk.add_customer(text, company=text).result()
    desk.add_note(added.id, text).result()
    person = desk.open_person(added.id).result()
    assert person is not None
    assert person.card.customer.full_name == text
    assert person.card.customer.company == text
    written = person.timeline.items[0]
    assert desk.entry_text(written.kind, written.id).result() == text
    assert person.card.pending
