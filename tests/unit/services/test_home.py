"""Without a call the desk shows what is to be done, who was spoken with, and one good thing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agentdesk.domain.entities import Direction, Disposition, Note, Promise, PromiseState
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.services.home import Home, load_home
from agentdesk.services.missed import MissedCaller, missed_callers
from agentdesk.store import outbox
from agentdesk.store.workers import Store
from tests.real import ANN, BEN, ORGANISATION
from tests.stock import NOON, ago, contact, customer, phone, stock

LONDON, WARSAW = "+442079460958", "+48221234567"
MISSED = Disposition.MISSED


def home(store: Store) -> Home:
    return store.read_here(load_home, ANN.id, NOON)


def missed(store: Store) -> list[tuple[str | None, int]]:
    return [(call.name or call.e164, call.times) for call in home(store).missed.callers]


def promise(who_id: str, hours: float, **fields: object) -> Promise:
    plain = Promise(
        id=new_id(),
        customer_id=who_id,
        text="Call",
        due_at=NOON + timedelta(hours=hours),
        made_at=ago(days=3),
    )
    values = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return Promise(**(values | fields))


def test_an_empty_cache_has_an_empty_home(store: Store) -> None:
    assert home(store) == Home()


def test_missed_calls_are_gathered_by_number_the_latest_first(store: Store) -> None:
    anna = customer()
    stock(
        store,
        anna,
        contact(anna, ago(hours=5), disposition=MISSED, e164=LONDON),
        contact(None, ago(hours=3), disposition=MISSED, e164=WARSAW),
        contact(anna, ago(hours=1), disposition=MISSED, e164=LONDON),
        contact(None, ago(days=31), disposition=MISSED, e164="+442079460000"),
        contact(anna, ago(hours=2), disposition=Disposition.SOLVED, e164="+442079460001"),
    )
    # Anna was spoken with two hours ago, on another line: only the later call is to be returned.
    assert missed(store) == [("Anna Blunt", 1), (WARSAW, 1)]
    first = home(store).missed.callers[0]
    assert (first.at, first.customer_id, first.e164) == (ago(hours=1), anna.id, LONDON)


def test_a_missed_call_that_was_returned_is_done(store: Store) -> None:
    stock(store, contact(None, ago(hours=5), disposition=MISSED, e164=LONDON))
    assert missed(store) == [(LONDON, 1)]
    outbound = {"direction": Direction.OUTBOUND, "e164": LONDON}
    stock(store, contact(None, ago(hours=4), disposition=Disposition.NO_ANSWER, **outbound))
    assert missed(store) == [(LONDON, 1)]
    stock(store, contact(None, ago(hours=3), disposition=Disposition.INFORMED, **outbound))
    assert missed(store) == []
    stock(store, contact(None, ago(hours=1), disposition=MISSED, e164=LONDON))
    assert missed(store) == [(LONDON, 1)]


def callers(store: Store, desk: Desk | None = None) -> tuple[MissedCaller, ...]:
    recognise = desk._recognise if desk is not None else None
    return store.read_here(missed_callers, NOON, recognise=recognise).callers


def test_a_caller_is_told_with_how_often_and_since_when(store: Store) -> None:
    calls = [contact(None, ago(hours=h), disposition=MISSED, e164=LONDON) for h in (1, 5, 30)]
    stock(store, *calls)
    [caller] = callers(store)
    assert (caller.times, caller.at, caller.since) == (3, ago(hours=1), ago(hours=30))
    assert caller.interaction_id == calls[0].id


def test_an_unknown_caller_is_told_with_who_it_may_be(store: Store, desk: Desk) -> None:
    anna = customer()
    note = Note(id=new_id(), customer_id=anna.id, text=f"Or {LONDON}", created_at=ago(days=3))
    stock(store, ORGANISATION, anna, note)
    stock(store, contact(None, ago(hours=1), disposition=MISSED, e164=LONDON))
    stock(store, contact(None, ago(hours=2), disposition=MISSED, e164=WARSAW))
    first, second = callers(store, desk)
    assert first.maybe == "perhaps Anna Blunt: number mentioned in a note of 18 November"
    assert second.maybe == "Poland"


def test_a_caller_whom_only_this_desk_knows_is_named(store: Store, desk: Desk) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, anna, ben, phone(anna, LONDON), phone(anna, WARSAW), phone(ben, WARSAW))
    stock(store, contact(None, ago(hours=1), disposition=MISSED, e164=LONDON))
    stock(store, contact(None, ago(hours=2), disposition=MISSED, e164=WARSAW))
    first, second = callers(store, desk)
    assert (first.name, first.customer_id, first.maybe) == ("Anna Blunt", anna.id, "")
    assert (second.name, second.maybe) == (None, "perhaps Anna Blunt: shared line: 2 people")


def test_what_is_dealt_with_leaves_the_list_until_they_call_again(store: Store, desk: Desk) -> None:
    earlier = contact(None, ago(hours=5), disposition=MISSED, e164=LONDON)
    last = contact(None, ago(hours=3), disposition=MISSED, e164=LONDON)
    stock(store, earlier, last)
    assert desk.deal_with_missed(last.id).result()
    assert callers(store) == ()
    assert not desk.deal_with_missed(last.id).result()
    assert desk.reopen_missed(last.id).result()
    assert [caller.times for caller in callers(store)] == [2]
    desk.deal_with_missed(last.id).result()
    stock(store, contact(None, ago(hours=1), disposition=MISSED, e164=LONDON))
    assert [caller.times for caller in callers(store)] == [1]


def test_only_a_missed_call_can_be_dealt_with(store: Store, desk: Desk) -> None:
    anna = customer()
    answered = contact(anna, ago(hours=5), disposition=Disposition.SOLVED)
    stock(store, anna, answered)
    for call_id in (answered.id, "nothing"):
        with pytest.raises(UserError) as refused:
            desk.deal_with_missed(call_id).result()
        assert refused.value.code is Code.NOT_FOUND


def test_an_attached_number_names_its_missed_calls_and_waits_for_central(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    call = contact(None, ago(hours=5), disposition=MISSED, e164=LONDON)
    stock(store, anna, call)
    desk.attach_number(anna.id, parse_number(LONDON, "GB")).result()
    assert [caller.name for caller in callers(store)] == ["Anna Blunt"]
    waiting = store.read_here(outbox.all_waiting)
    assert (KindName.INTERACTION, call.id) in [(one.kind, one.record_id) for one in waiting]


def test_a_call_of_our_own_that_nobody_took_is_none_to_return(store: Store) -> None:
    outbound = {"direction": Direction.OUTBOUND, "e164": LONDON}
    stock(store, contact(None, ago(hours=1), disposition=MISSED, **outbound))
    assert callers(store) == ()


def test_withheld_missed_calls_are_each_their_own(store: Store) -> None:
    stock(store, *(contact(None, ago(hours=h), disposition=MISSED) for h in (1, 2)))
    assert missed(store) == [(None, 1), (None, 1)]


def test_promises_that_are_late_or_due_within_two_days_are_shown(store: Store) -> None:
    anna = customer()
    stock(
        store,
        anna,
        promise(anna.id, 47, text="soon"),
        promise(anna.id, -1, text="late"),
        promise(anna.id, 49, text="later"),
        promise(anna.id, -2, text="kept", state=PromiseState.KEPT),
        promise(new_id(), -3, text="of nobody here"),
    )
    due = home(store).due
    assert [(d.promise.text, d.late, d.name) for d in due] == [
        ("late", True, "Anna Blunt"),
        ("soon", False, "Anna Blunt"),
    ]


def test_recent_people_are_this_operators_and_each_once(store: Store) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(
        store,
        anna,
        ben,
        contact(anna, ago(hours=3), user_id=ANN.id, subject="Old"),
        contact(ben, ago(hours=2), user_id=ANN.id),
        contact(anna, ago(hours=1), user_id=ANN.id, subject="New"),
        contact(customer("Not Cached"), ago(hours=1), user_id=ANN.id),
        contact(ben, ago(minutes=5), user_id=BEN.id),
    )
    assert [(p.name, p.subject) for p in home(store).recent] == [
        ("Anna Blunt", "New"),
        ("Ben Sharp", "A question"),
    ]


def test_the_good_thing_is_of_this_week_and_of_this_operator(store: Store) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    praised = {"satisfaction": 5, "summary": "Thank you, Ann!"}
    kept = {"state": PromiseState.KEPT, "made_by": ANN.id}
    stock(
        store,
        anna,
        ben,
        contact(ben, ago(days=8), user_id=ANN.id, **praised),
        contact(ben, ago(days=1), user_id=BEN.id, **praised),
        promise(anna.id, 0, settled_at=ago(days=9), **kept),
    )
    assert home(store).good is None
    stock(
        store,
        contact(anna, ago(days=2), user_id=ANN.id, **praised),
        contact(anna, ago(days=1), user_id=ANN.id, satisfaction=4, summary="Fine"),
        contact(ben, ago(days=1), user_id=ANN.id),
        promise(anna.id, 0, settled_at=ago(days=1), **kept),
    )
    good = home(store).good
    assert good is not None
    assert (good.name, good.praise, good.customer_id) == ("Anna Blunt", "Thank you, Ann!", anna.id)
    assert (good.promises_kept, good.people_helped) == (1, 2)
