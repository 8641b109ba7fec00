"""What a call leaves behind is saved whole and once, whoever called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import (
    Channel,
    Direction,
    Disposition,
    Interaction,
    Mood,
    Note,
    Promise,
    PromiseState,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.services.calls import MOST_SUMMARY_CHARS, Promised, WrapUp
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import interaction, note, promise
from agentdesk.store.workers import Store
from tests.real import ANN
from tests.stock import NOON, customer, stock

LONDON = "+442079460958"


def wrap_up(customer_id: str | None, **fields: object) -> WrapUp:
    plain = WrapUp(
        call_id=new_id(),
        customer_id=customer_id,
        direction=Direction.INBOUND,
        began_at=NOON,
        ended_at=NOON + timedelta(seconds=93.6),
        disposition=Disposition.SOLVED,
        summary="Router replaced",
        e164=LONDON,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # named as the fields are


def interactions(store: Store) -> list[Interaction]:
    return store.read_here(select_entities, Interaction, interaction.c.id != "")


def notes(store: Store) -> list[Note]:
    return store.read_here(select_entities, Note, note.c.id != "")


def promises(store: Store) -> list[Promise]:
    return store.read_here(select_entities, Promise, promise.c.id != "")


def waiting(store: Store) -> int:
    return store.read_here(outbox.count_waiting).pending


def test_a_wrapped_up_call_leaves_all_its_traces(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.save_draft(Draft(id=anna.id, text="Likes", customer_id=anna.id)).result()
    due = NOON + timedelta(days=1)
    call = wrap_up(
        anna.id,
        mood=Mood.CONTENT,
        promise=Promised(" Call back ", due, Channel.EMAIL),
        note="Likes tea",
        draft_id=anna.id,
        extension="12",
    )
    saved = desk.wrap_up(call).result()
    assert interactions(store) == [saved]
    assert (saved.id, saved.customer_id, saved.user_id) == (call.call_id, anna.id, ANN.id)
    assert (saved.duration_s, saved.mood, saved.subject) == (94, Mood.CONTENT, "Router replaced")
    [promised], [written] = promises(store), notes(store)
    assert (promised.text, promised.due_at, promised.channel) == ("Call back", due, Channel.EMAIL)
    assert promised.interaction_id == written.interaction_id == call.call_id
    assert (promised.made_by, written.text) == (ANN.id, "Likes tea")
    assert desk.drafts().result() == []
    assert waiting(store) == 3


def test_wrapping_up_twice_saves_once(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    call = wrap_up(anna.id, promise=Promised("Call back", NOON), note="Likes tea")
    first = desk.wrap_up(call).result()
    assert desk.wrap_up(call).result() == first
    assert [len(found) for found in (interactions(store), promises(store), notes(store))] == [1] * 3
    assert waiting(store) == 3
    desk.wrap_up(replace(call, note="Likes cake")).result()
    assert [n.text for n in notes(store)] == ["Likes tea", "Likes cake"]


def test_what_was_written_of_an_unknown_caller_comes_to_light_with_their_number(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    stock(store, anna)
    call = wrap_up(
        None, promise=Promised("Send the form", NOON), note="Sounds like Anna", draft_id="draft"
    )
    desk.save_draft(Draft(id="draft", text="Sounds like", call_id=call.call_id)).result()
    desk.wrap_up(call).result()
    assert (promises(store), notes(store), desk.drafts().result()) == ([], [], [])
    desk.attach_number(anna.id, parse_number(LONDON, "GB")).result()
    [item] = desk.timeline(anna.id).result().items
    assert item.subject == "Router replaced"
    assert item.summary == "Router replaced\nSend the form\nSounds like Anna"


def test_an_empty_promise_is_refused_and_nothing_is_saved(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    for text in ("", " \n", "\x00"):
        with pytest.raises(UserError) as refused:
            desk.wrap_up(wrap_up(anna.id, promise=Promised(text, NOON), note="tea")).result()
        assert refused.value.code is Code.BAD_VALUE
    assert (interactions(store), notes(store), waiting(store)) == ([], [], 0)


def test_a_note_that_is_too_long_takes_the_whole_wrap_up_back(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    with pytest.raises(UserError):
        desk.wrap_up(wrap_up(anna.id, note="x" * 20_001)).result()
    assert (interactions(store), waiting(store)) == ([], 0)


def test_summaries_are_one_line_long_and_clocks_may_run_backwards(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.wrap_up(
        wrap_up(anna.id, summary="ж" * 900 + "\x00", ended_at=NOON - timedelta(hours=1))
    ).result()
    desk.wrap_up(wrap_up(anna.id, summary=" ", note=" ")).result()
    first, second = interactions(store)
    assert first.summary == "ж" * MOST_SUMMARY_CHARS
    assert (first.subject, first.duration_s) == ("ж" * 80, 0)
    assert (second.summary, second.subject, notes(store)) == (None, "", [])


def test_a_missed_call_is_kept_once(store: Store, desk: Desk) -> None:
    call_id = new_id()
    for _ in range(2):
        desk.record_missed_call(
            call_id,
            customer_id=None,
            number=parse_number("020 7946 0958 x12", "GB"),
            subject="Missed call",
            began_at=NOON,
        ).result()
    [missed] = interactions(store)
    assert (missed.disposition, missed.e164, missed.extension) == (
        Disposition.MISSED,
        LONDON,
        "12",
    )
    assert (missed.customer_id, missed.user_id) == (None, None)


def test_a_withheld_missed_call_has_no_number(store: Store, desk: Desk) -> None:
    desk.record_missed_call(
        new_id(), customer_id=None, number=None, subject="Missed call", began_at=NOON
    ).result()
    assert [(i.e164, i.extension) for i in interactions(store)] == [(None, None)]


def test_a_promise_is_settled_and_opened_again(store: Store, desk: Desk) -> None:
    anna = customer()
    made = Promise(id=new_id(), customer_id=anna.id, text="Call", due_at=NOON, made_at=NOON)
    stock(store, anna, made)
    desk.settle_promise(made.id, PromiseState.KEPT).result()
    kept = store.read_here(get_entity, Promise, made.id)
    assert kept is not None
    assert kept.state is PromiseState.KEPT
    assert kept.settled_at is not None
    desk.settle_promise(made.id, PromiseState.OPEN).result()
    assert store.read_here(get_entity, Promise, made.id) == made
    with pytest.raises(UserError) as missing:
        desk.settle_promise(new_id(), PromiseState.KEPT).result()
    assert missing.value.code is Code.NOT_FOUND
