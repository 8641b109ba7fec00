"""Edits that meet others, stand on each other or are taken back: none is lost, none is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agentdesk.domain.entities import Customer
from agentdesk.domain.kinds import KindName
from agentdesk.services.conflicts import Choice
from agentdesk.store import outbox
from agentdesk.store.rows import get_entity
from agentdesk.store.workers import Store
from agentdesk.sync import exchange
from agentdesk.sync.account import open_client
from agentdesk.sync.transport import CentralClient
from tests.exchanges import central_notes, desk_on, notes_of, push_all, settle
from tests.real import Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def test_two_edits_stacked_offline_do_not_write_over_a_colleagues_text(
    central: Central, ann: Store, ben: Store
) -> None:
    note = desk_on(ann).add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_note(note.id, "Likes coffee").result()
    settle(ben)
    desk_on(ann).edit_note(note.id, "Likes green tea").result()
    desk_on(ann).edit_note(note.id, "Likes green tea, no milk").result()
    settle(ann)
    assert "Likes coffee" in central_notes(central)
    assert "Likes green tea, no milk" in central_notes(central)
    assert notes_of(ann, ANNA[0].id) == central_notes(central)


def test_keeping_ones_own_text_of_a_contested_note_reaches_central(
    central: Central, ann: Store, ben: Store
) -> None:
    note = desk_on(ann).add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_note(note.id, "Likes coffee").result()
    settle(ben)
    desk = desk_on(ann)
    desk.edit_note(note.id, "Likes green tea").result()
    settle(ann)
    [contested] = desk.queue().result().conflicts
    desk.settle_conflict(contested.id, Choice.MINE).result()
    settle(ann)
    waiting = ann.read_here(outbox.count_waiting)
    assert (waiting.pending, waiting.attention, waiting.conflicts) == (0, 0, 0)
    assert "Likes coffee" not in central_notes(central)


def test_keeping_ones_own_value_of_a_removed_record_brings_it_back(
    central: Central, ann: Store, ben: Store
) -> None:
    note = desk_on(ann).add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).remove(KindName.NOTE, note.id).result()
    settle(ben)
    desk = desk_on(ann)
    desk.edit_note(note.id, "Likes green tea").result()
    settle(ann)
    assert notes_of(ann, ANNA[0].id) == []
    [contested] = desk.queue().result().conflicts
    desk.settle_conflict(contested.id, Choice.MINE).result()
    settle(ann)
    settle(ben)
    assert central_notes(central) == ["Likes green tea"]
    assert notes_of(ann, ANNA[0].id) == notes_of(ben, ANNA[0].id) == ["Likes green tea"]


@pytest.mark.parametrize(("keep_mine", "left"), [(True, []), (False, ["Likes coffee"])])
def test_a_removal_of_what_a_colleague_had_edited_is_decided_by_a_person(
    central: Central, ann: Store, ben: Store, keep_mine: bool, left: list[str]
) -> None:
    note = desk_on(ann).add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_note(note.id, "Likes coffee").result()
    settle(ben)
    desk = desk_on(ann)
    desk.remove(KindName.NOTE, note.id).result()
    settle(ann)
    for contested in desk.queue().result().conflicts:
        desk.settle_conflict(contested.id, Choice.MINE if keep_mine else Choice.THEIRS).result()
    settle(ann)
    assert notes_of(ann, ANNA[0].id) == central_notes(central) == left
    assert ann.read_here(outbox.count_waiting).conflicts == 0


def test_a_removal_taken_back_shows_at_once_even_after_central_has_it(
    central: Central, ann: Store
) -> None:
    desk = desk_on(ann)
    note = desk.add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    desk.remove(KindName.NOTE, note.id).result()
    settle(ann)
    central.stop()
    desk.restore(KindName.NOTE, note.id).result()
    assert notes_of(ann, ANNA[0].id) == ["Likes tea"]
    central.start()
    settle(ann)
    assert notes_of(ann, ANNA[0].id) == central_notes(central) == ["Likes tea"]


def test_a_removal_taken_back_stays_on_screen_while_central_has_only_the_removal(
    central: Central, ann: Store
) -> None:
    desk = desk_on(ann)
    note = desk.add_note(ANNA[0].id, "Likes tea").result()
    settle(ann)
    desk.remove(KindName.NOTE, note.id).result()
    push_all(ann)
    desk.restore(KindName.NOTE, note.id).result()
    exchange.pull_once(ann, open_client(ann))
    assert notes_of(ann, ANNA[0].id) == ["Likes tea"]
    settle(ann)
    assert notes_of(ann, ANNA[0].id) == central_notes(central) == ["Likes tea"]


def test_an_edit_made_while_a_push_of_the_same_record_is_under_way_stands(
    central: Central, ann: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_on(ann)
    desk.set_fields(ANNA[0].id, {"full_name": "Anna Sharp"}).result()
    whole = CentralClient.push

    def edit_meanwhile(self: CentralClient, groups: list[object]) -> object:
        desk.set_fields(ANNA[0].id, {"full_name": "Anna Blunt-Sharp"}).result()
        return whole(self, groups)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as busy:
        busy.setattr(CentralClient, "push", edit_meanwhile)
        exchange.push_once(ann, open_client(ann), ann_id(ann))
    exchange.pull_once(ann, open_client(ann))
    shown = ann.read_here(get_entity, Customer, ANNA[0].id)
    assert shown is not None
    assert shown.full_name == "Anna Blunt-Sharp"
    settle(ann)
    waiting = ann.read_here(outbox.count_waiting)
    assert (waiting.pending, waiting.conflicts) == (0, 0)


def ann_id(store: Store) -> str:
    """Return who is signed in."""
    return desk_on(store).identity.user.id


def test_a_page_that_another_reader_has_overtaken_is_dropped(
    central: Central, ann: Store, ben: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_on(ben).set_fields(ANNA[0].id, {"hometown": "Leeds"}).result()
    settle(ben)
    whole = CentralClient.changes

    def be_overtaken(self: CentralClient, cursor: str | None, limit: int = 1) -> object:
        late = whole(self, cursor, limit)
        monkeypatch.undo()
        desk_on(ben).set_fields(ANNA[0].id, {"hometown": "York"}).result()
        settle(ben)
        exchange.pull_once(ann, open_client(ann))
        return late

    monkeypatch.setattr(CentralClient, "changes", be_overtaken)
    exchange.pull_once(ann, open_client(ann))
    shown = ann.read_here(get_entity, Customer, ANNA[0].id)
    assert shown is not None
    assert shown.hometown == "York"


def test_a_listener_that_fails_does_not_make_a_saved_note_look_unsaved(ann: Store) -> None:
    desk = desk_on(ann)

    def fail(_changes: object) -> None:
        raise RuntimeError("the window is gone")

    desk.on_change(fail)
    note = desk.add_note(ANNA[0].id, "Saved all the same").result()
    assert notes_of(ann, ANNA[0].id) == [note.text]


def test_an_edit_that_central_had_already_stays_until_its_record_has_come(
    central: Central, ann: Store, ben: Store
) -> None:
    town = {"hometown": "York"}
    desk_on(ben).set_fields(ANNA[0].id, town).result()
    settle(ben)
    desk_on(ann).set_fields(ANNA[0].id, town).result()
    push_all(ann)
    desk_on(ben).add_note(ANNA[0].id, "In between").result()
    desk_on(ben).set_fields(ANNA[0].id, {"company": "Acme"}).result()
    settle(ben)
    # The town that was overwritten, and the note; the customer's row comes later.
    exchange.pull_once(ann, open_client(ann), 2)
    assert notes_of(ann, ANNA[0].id) == ["In between"]
    shown = ann.read_here(get_entity, Customer, ANNA[0].id)
    assert shown is not None
    assert shown.hometown == "York"
