"""What operators write down is kept as written, waits for Central, and can be taken back."""

from __future__ import annotations

import pytest

from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Fact, FactKind, Note
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.services.notes import MOST_FACT_CHARS, MOST_NOTE_CHARS
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.tables import note
from agentdesk.store.workers import Store
from tests.real import ANN
from tests.stock import ago, customer, stock


def notes(store: Store) -> list[str]:
    return [n.text for n in store.read_here(select_entities, Note, note.c.id != "")]


def waiting(store: Store) -> int:
    return store.read_here(outbox.count_waiting).pending


def test_a_saved_note_is_shown_waits_and_forgets_its_draft(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.save_draft(Draft(id=anna.id, text="Likes te", customer_id=anna.id)).result()
    saved = desk.add_note(anna.id, "  Likes tea\n\nand cake \n", draft_id=anna.id).result()
    assert store.read_here(get_entity, Note, saved.id) == saved
    assert (saved.text, saved.author_id, saved.revision) == ("Likes tea\n\nand cake", ANN.id, 1)
    assert waiting(store) == 1
    assert desk.drafts().result() == []


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "x" * (MOST_NOTE_CHARS + 1)])
def test_a_note_that_cannot_be_saved_keeps_its_draft(store: Store, desk: Desk, text: str) -> None:
    anna = customer()
    stock(store, anna)
    desk.save_draft(Draft(id=anna.id, text="typed", customer_id=anna.id)).result()
    with pytest.raises(UserError) as refused:
        desk.add_note(anna.id, text, draft_id=anna.id).result()
    assert refused.value.code is Code.BAD_VALUE
    assert [draft.text for draft in desk.drafts().result()] == ["typed"]
    assert (notes(store), waiting(store)) == ([], 0)


def test_a_note_may_be_long_and_hold_anything(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    long = "ж" * MOST_NOTE_CHARS
    for text in (long, "<script>\u202e'; DROP TABLE note;--\u0007", "half \ud83d a character\x00"):
        desk.add_note(anna.id, text).result()
    assert notes(store) == [
        long,
        "<script>\u202e'; DROP TABLE note;--\u0007",
        "half ? a character",
    ]


def test_an_edited_note_counts_its_revisions(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    saved = desk.add_note(anna.id, "tea").result()
    assert desk.edit_note(saved.id, "green tea").result()
    assert not desk.edit_note(saved.id, " green tea ").result()
    shown = store.read_here(get_entity, Note, saved.id)
    assert shown is not None
    assert (shown.text, shown.revision) == ("green tea", 2)
    assert shown.updated_at is not None
    with pytest.raises(UserError):
        desk.edit_note(saved.id, "").result()
    with pytest.raises(UserError) as missing:
        desk.edit_note(new_id(), "text").result()
    assert missing.value.code is Code.NOT_FOUND


def test_a_fact_is_filed_as_confirmed_by_who_heard_it(store: Store, desk: Desk) -> None:
    anna, call_id = customer(), new_id()
    stock(store, anna)
    filed = desk.add_fact(
        anna.id, FactKind.FAMILY, " Two \n cats ", interaction_id=call_id, sensitive=True
    ).result()
    assert store.read_here(get_entity, Fact, filed.id) == filed
    assert (filed.text, filed.sensitive, filed.interaction_id) == ("Two cats", True, call_id)
    assert (filed.learned_by, filed.confirmed_by) == (ANN.id, ANN.id)
    assert filed.learned_at == filed.confirmed_at is not None


def test_still_true_takes_one_step_and_a_correction_confirms(store: Store, desk: Desk) -> None:
    anna = customer()
    old = Fact(
        id=new_id(),
        customer_id=anna.id,
        kind=FactKind.LIKES,
        text="Tea",
        learned_by="somebody",
        confirmed_at=ago(days=900),
    )
    stock(store, anna, old)
    desk.confirm_fact(old.id).result()
    confirmed = store.read_here(get_entity, Fact, old.id)
    assert confirmed is not None
    assert confirmed.confirmed_at is not None
    assert confirmed.confirmed_at > ago(days=1)
    assert (confirmed.text, confirmed.confirmed_by, confirmed.learned_by) == (
        "Tea",
        ANN.id,
        "somebody",
    )
    desk.edit_fact(old.id, "Green tea").result()
    edited = store.read_here(get_entity, Fact, old.id)
    assert edited is not None
    assert (edited.text, edited.confirmed_by) == ("Green tea", ANN.id)


@pytest.mark.parametrize("text", ["", " ", "x" * (MOST_FACT_CHARS + 1)])
def test_a_fact_is_one_small_thing(store: Store, desk: Desk, text: str) -> None:
    anna = customer()
    stock(store, anna)
    with pytest.raises(UserError) as refused:
        desk.add_fact(anna.id, FactKind.LIKES, text).result()
    assert refused.value.code is Code.BAD_VALUE
    assert waiting(store) == 0


def test_what_is_removed_comes_back_as_it_was(store: Store, desk: Desk) -> None:
    anna = customer()
    fact = Fact(id=new_id(), customer_id=anna.id, kind=FactKind.LIKES, text="Tea")
    stock(store, anna, fact)
    desk.remove(KindName.FACT, fact.id).result()
    assert store.read_here(get_entity, Fact, fact.id) is None
    desk.restore(KindName.FACT, fact.id).result()
    assert store.read_here(get_entity, Fact, fact.id) == fact
    with pytest.raises(UserError) as missing:
        desk.remove(KindName.FACT, new_id()).result()
    assert missing.value.code is Code.NOT_FOUND


def test_listeners_hear_whom_a_change_is_about(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    heard: list[bool] = []
    woken: list[int] = []
    stop = desk.on_change(lambda changes: heard.append(changes.touches_customer(anna.id)))
    desk.wake_sync_with(lambda: woken.append(1))
    desk.add_note(anna.id, "tea").result()
    stop()
    desk.add_note(anna.id, "cake").result()
    assert heard == [True]
    assert woken == [1, 1]
