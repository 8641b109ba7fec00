"""The sync screen tells what waits, what was refused and what is contested, as people say it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code, UserError
from agentdesk.services import queue
from agentdesk.services.conflicts import Choice
from agentdesk.services.desk import Desk
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import absorb_verdicts
from agentdesk.sync.protocol import Contested, Outcome, Verdict
from tests.real import ANN, BEN
from tests.stock import NOON, customer, stock


def contested(store: Store, desk: Desk) -> Customer:
    """Return a customer whose company is contested: ours "Acme", Central's "Forge"."""
    anna = customer(company="Forge")
    stock(store, BEN, anna)
    desk.set_fields(anna.id, {"company": "Acme"}).result()
    field = Contested(
        field="company",
        base=None,
        mine="Acme",
        theirs="Forge",
        their_author=BEN.id,
        changed_at=NOON,
    )
    verdict = Verdict(n=1, outcome=Outcome.CONFLICT, seq=9, contested=[field])
    store.write_here(absorb_verdicts, [verdict])
    return anna


def test_what_waits_is_told_by_name_and_in_order(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.set_fields(anna.id, {"hometown": "Leeds", "vip": True}).result()
    note = desk.add_note(anna.id, "tea").result()
    desk.edit_note(note.id, "green tea").result()
    desk.remove(KindName.NOTE, note.id).result()
    waiting = desk.queue().result().waiting
    assert [edit.action for edit in waiting] == ["patch", "append", "note_edit", "remove"]
    assert [edit.customer_name for edit in waiting] == ["Anna Blunt"] * 4
    assert waiting[0].fields == ("hometown", "vip")
    assert waiting[2].values == {"text": "green tea"}
    assert waiting[3].values == {}
    assert not any(edit.judged or edit.attempted_at for edit in waiting)


def test_what_was_sent_and_judged_says_so(store: Store, desk: Desk) -> None:
    desk.add_customer("Anna Blunt").result()
    store.write_here(outbox.mark_attempted, [1], "2026-11-21T12:00:00.000Z")
    store.write_here(absorb_verdicts, [Verdict(n=1, outcome=Outcome.APPLIED, seq=1)])
    [edit] = desk.queue().result().waiting
    assert (edit.attempted_at, edit.judged) == (NOON, True)


def test_a_refused_edit_stays_until_a_person_has_read_why(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, anna)
    desk.set_fields(anna.id, {"hometown": "Leeds"}).result()
    refusal = Verdict(n=1, outcome=Outcome.REJECTED, seq=1, reason="no-permission")
    store.write_here(absorb_verdicts, [refusal])
    [refused] = desk.queue().result().attention
    assert (refused.n, refused.reason, refused.values) == (
        1,
        "no-permission",
        {"hometown": "Leeds"},
    )
    assert desk.discard_refused(1).result().touches_customer(anna.id)
    assert desk.queue().result().attention == ()
    with pytest.raises(UserError) as missing:
        desk.discard_refused(1).result()
    assert missing.value.code is Code.NOT_FOUND


def test_a_contested_field_shows_both_values_and_whose_they_are(store: Store, desk: Desk) -> None:
    anna = contested(store, desk)
    [field] = desk.queue().result().conflicts
    assert (field.mine, field.theirs, field.base) == ("Acme", "Forge", None)
    assert (field.their_author, field.changed_at) == (BEN.name, NOON)
    assert (field.customer_id, field.customer_name, field.field) == (
        anna.id,
        "Anna Blunt",
        "company",
    )


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_contested_field_is_settled_once(store: Store, desk: Desk, keep_mine: bool) -> None:
    anna = contested(store, desk)
    # Central's value has arrived: it is what stands beneath our next edit.
    stock(store, anna)
    [field] = desk.queue().result().conflicts
    changes = desk.settle_conflict(field.id, Choice.MINE if keep_mine else Choice.THEIRS).result()
    assert changes.touches_customer(anna.id)
    shown = store.read_here(get_entity, Customer, anna.id)
    assert shown is not None
    assert shown.company == ("Acme" if keep_mine else "Forge")
    assert len(desk.queue().result().waiting) == (2 if keep_mine else 1)
    assert desk.queue().result().conflicts == ()
    with pytest.raises(UserError) as settled:
        desk.settle_conflict(field.id, Choice.MINE if keep_mine else Choice.THEIRS).result()
    assert settled.value.code is Code.NOT_FOUND


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_conflict_about_what_was_removed_can_be_settled_too(
    store: Store, desk: Desk, keep_mine: bool
) -> None:
    anna = contested(store, desk)
    desk.remove(KindName.CUSTOMER, anna.id).result()
    [field] = desk.queue().result().conflicts
    assert field.customer_name is None
    desk.settle_conflict(field.id, Choice.MINE if keep_mine else Choice.THEIRS).result()
    assert desk.queue().result().conflicts == ()
    shown = store.read_here(get_entity, Customer, anna.id)
    assert (shown and shown.company) == ("Acme" if keep_mine else None)


def test_a_conflict_that_is_unknown_cannot_be_settled(desk: Desk) -> None:
    with pytest.raises(UserError) as missing:
        desk.settle_conflict(new_id(), Choice.MINE).result()
    assert missing.value.code is Code.NOT_FOUND


def test_a_long_queue_shows_its_oldest_part(
    store: Store, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST", 3)
    for n in range(5):
        desk.add_customer(f"Person {n}").result()
    assert [edit.n for edit in desk.queue().result().waiting] == [1, 2, 3]
    assert store.read_here(outbox.count_waiting).pending == 5


def test_edits_of_everybody_on_this_profile_are_shown(store: Store, desk: Desk) -> None:
    desk.add_customer("Anna Blunt").result()

    def somebody_else(connection: sa.Connection) -> None:
        connection.execute(sa.text("UPDATE outbox SET author_id = 'ben'"))

    store.write_here(somebody_else)
    assert len(desk.queue().result().waiting) == 1
    assert store.read_here(outbox.unjudged, ANN.id, 10) == []
