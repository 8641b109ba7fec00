"""Desks and Central together, over HTTP: nothing typed is lost, nothing arrives twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import Customer
from agentdesk.domain.kinds import KindName
from agentdesk.errors import AgentDeskError, Code
from agentdesk.store import outbox
from agentdesk.store.rows import select_entities
from agentdesk.sync.status import SyncState
from agentdesk.sync.transport import CentralClient
from tests.exchanges import Watched, desk_on, notes_of, settle
from tests.real import PASSWORD, Central, Maker, central_with, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with Anna Blunt."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def test_a_note_of_one_desk_reaches_the_other(central: Central, make_store: Maker) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ann).add_note(ANNA[0].id, "Prefers mornings").result()
    settle(ann)
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == ["Prefers mornings"]
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_an_offline_edit_is_sent_once_after_reconnecting(
    central: Central, make_store: Maker
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    central.stop()
    desk_on(ann).add_note(ANNA[0].id, "Written in a cellar").result()
    with pytest.raises(AgentDeskError) as offline:
        settle(ann)
    assert offline.value.code is Code.SERVER_UNREACHABLE
    assert ann.read_here(outbox.count_waiting).pending == 1
    central.start()
    settle(ann)
    settle(ann)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == ["Written in a cellar"]


def test_an_answer_lost_after_commit_does_not_double_the_note(
    central: Central, make_store: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    desk_on(ann).add_note(ANNA[0].id, "Said once").result()
    whole = CentralClient.push

    def lose_the_answer(self: CentralClient, groups: list[object]) -> object:
        whole(self, groups)  # type: ignore[arg-type]  # passed on as it came
        raise AgentDeskError(Code.SERVER_UNREACHABLE)

    with monkeypatch.context() as cut:
        cut.setattr(CentralClient, "push", lose_the_answer)
        with pytest.raises(AgentDeskError):
            settle(ann)
    settle(ann)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == ["Said once"]
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_two_names_given_apart_raise_a_conflict_and_lose_neither(
    central: Central, make_store: Maker
) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ann).set_fields(ANNA[0].id, {"full_name": "Anna Sharp"}).result()
    desk_on(ben).set_fields(ANNA[0].id, {"full_name": "Anne Blunt"}).result()
    settle(ann)
    settle(ben)
    conflict = desk_on(ben).queue().result().conflicts[0]
    assert (conflict.mine, conflict.theirs) == ("Anne Blunt", "Anna Sharp")
    assert not ben.read_here(outbox.count_waiting).pending
    shown = desk_on(ben).card(ANNA[0].id).result()
    assert shown is not None
    assert shown.customer.full_name == "Anna Sharp"


def test_different_fields_changed_apart_both_stand(central: Central, make_store: Maker) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ann)
    settle(ben)
    desk_on(ann).set_fields(ANNA[0].id, {"hometown": "Leeds"}).result()
    desk_on(ben).set_fields(ANNA[0].id, {"company": "Acme"}).result()
    for store in (ann, ben, ann):
        settle(store)
    seen = []
    for store in (ann, ben):
        card = desk_on(store).card(ANNA[0].id).result()
        assert card is not None
        seen.append((card.customer.hometown, card.customer.company))
    assert seen == [("Leeds", "Acme")] * 2


def test_a_removed_note_comes_back_on_both_desks(central: Central, make_store: Maker) -> None:
    ann = signed_in(make_store("ann"), central)
    ben = signed_in(make_store("ben"), central, "ben")
    desk = desk_on(ann)
    settle(ann)
    written = desk.add_note(ANNA[0].id, "Allergic to menus").result()
    settle(ann)
    desk.remove(KindName.NOTE, written.id).result()
    settle(ann)
    settle(ben)
    assert notes_of(ben, ANNA[0].id) == []
    desk.restore(KindName.NOTE, written.id).result()
    settle(ann)
    settle(ben)
    assert notes_of(ann, ANNA[0].id) == notes_of(ben, ANNA[0].id) == ["Allergic to menus"]


def test_unsent_edits_are_not_sent_under_another_name(central: Central, make_store: Maker) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    desk_on(ann).add_note(ANNA[0].id, "Ann's own").result()
    with pytest.raises(AgentDeskError) as refused:
        signed_in(ann, central, "ben")
    assert refused.value.code is Code.EDITS_WAIT
    settle(signed_in(ann, central, "ann"))
    assert ann.read_here(outbox.count_waiting).pending == 0


def test_the_engine_tells_the_truth_from_sign_in_to_offline_and_back(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = make_store("ann")
    watched = Watched(store, tmp_path / "sync.lock")
    engine = watched.engine
    engine.start()
    try:
        watched.wait_for_state(SyncState.SIGNED_OUT)
        engine.sign_in(central.address.url, "ann", PASSWORD).result(20)
        assert watched.wait_for_state(SyncState.LIVE).all_saved
        desk = desk_on(store)
        desk.wake_sync_with(engine.wake)
        central.stop()
        desk.add_note(ANNA[0].id, "Offline").result()
        status = watched.wait_for_state(SyncState.OFFLINE, pending=1)
        assert not status.all_saved
        assert status.offline_since is not None
        central.start()
        engine.sync_now()
        assert watched.wait_for_state(SyncState.LIVE).all_saved
    finally:
        engine.stop()
    assert any(s.state is SyncState.FIRST_SYNC for s in watched.states)


def test_a_poke_brings_the_other_desks_change_without_waiting_for_the_floor(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    watched = Watched(signed_in(make_store("ann"), central), tmp_path / "ann.lock")
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ben)
    arrived = threading.Event()
    watched.engine.start()
    try:
        watched.wait_for_state(SyncState.LIVE)
        watched.changes.clear()
        watched._changed = lambda changes: arrived.set() if changes else None  # type: ignore[method-assign]  # from now on any change will do
        watched.engine._announce = watched._changed
        desk_on(ben).add_note(ANNA[0].id, "Poked").result()
        settle(ben)
        assert arrived.wait(10)
    finally:
        watched.engine.stop()


def test_only_one_process_synchronises_a_profile(
    central: Central, make_store: Maker, tmp_path: Path
) -> None:
    store = signed_in(make_store("ann"), central)
    first = Watched(store, tmp_path / "sync.lock")
    second = Watched(store, tmp_path / "sync.lock")
    first.engine.start()
    try:
        first.wait_for_state(SyncState.LIVE)
        second.engine.start()
        second.wait_for_state(SyncState.ELSEWHERE)
    finally:
        second.engine.stop()
        first.engine.stop()


def test_a_customer_made_offline_is_there_for_everybody(
    central: Central, make_store: Maker
) -> None:
    ann = signed_in(make_store("ann"), central)
    settle(ann)
    made = desk_on(ann).add_customer("Борис Щукин", number="+48 601 234 567").result()
    settle(ann)
    ben = signed_in(make_store("ben"), central, "ben")
    settle(ben)
    opened = desk_on(ben).open_call("601 234 567").result()
    assert opened.recognition.best is None  # a British desk reads this as another number
    opened = desk_on(ben).open_call("0048601234567").result()
    assert opened.recognition.best is not None
    assert opened.recognition.best.customer_id == made.id
    everybody = ben.read_here(select_entities, Customer, sa.true())
    assert {c.full_name for c in everybody} == {"Anna Blunt", "Борис Щукин"}
