"""What two desks did at once is told to people, who settle it, take it back, or undo the rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from agentdesk.central.database import open_database
from agentdesk.central.erasing import erase_customer
from agentdesk.central.records import Origin, RecordBook
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import Customer, Entity, Fact, FactKind, Review, Role, Team
from agentdesk.domain.history import Event
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.errors import Code, UserError
from agentdesk.services.conflicts import Choice, ContestedField
from agentdesk.services.merged import MergedField
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import Reason
from tests.exchanges import central_notes, desk_on, notes_of, push_all, settle
from tests.real import ANN, ORGANISATION, Central, central_with, person

ANNA = person("Anna Blunt", "+442079460958")
WHO = ANNA[0].id


@pytest.fixture
def central(tmp_path: Path) -> Iterator[Central]:
    """A Central that serves a company with one customer."""
    with central_with(tmp_path, ANNA) as running:
        yield running


def anna_on(store: Store) -> Customer:
    """Return the customer as a desk shows them."""
    shown = store.read_here(get_entity, Customer, WHO)
    assert shown is not None
    return shown


def both_set(ann: Store, ben: Store, field: str, hers: Any, his: Any) -> None:
    """Let Ben change a field, and Ann too without knowing of it; Ann's arrives later."""
    desk_on(ben).set_fields(WHO, {field: his}).result()
    desk_on(ann).set_fields(WHO, {field: hers}).result()
    settle(ben)
    push_all(ann)


def the_conflict(store: Store) -> ContestedField:
    """Return the only conflict of a desk."""
    [conflict] = desk_on(store).queue().result().conflicts
    return conflict


def the_merge(store: Store) -> MergedField:
    """Return the only thing that was merged."""
    [merged] = desk_on(store).queue().result().merged
    return merged


def refuse(store: Store, *entities: Entity) -> None:
    """Let a desk ask for what its person may not do, and be refused."""

    def work(connection: sa.Connection) -> None:
        edits = Edits(connection, ANN.id)
        for entity in entities:
            edits.append(entity)
        edits.finish()

    store.write_here(work)
    settle(store)


def promote(central: Central) -> None:
    """Make Ann a lead."""
    database = open_database(central.database_url)
    with database.writing() as connection:
        book = RecordBook(connection, ORGANISATION.id)
        user = book.get(KindName.USER, ANN.id)
        assert user is not None
        book.write(user, "role", Role.LEAD.value, Origin(None, None, None, user.created.at))
        book.write_all()
    database.close()


# --- Merged silently ---------------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [False, True])
def test_a_later_arrival_is_told_and_can_be_taken_back(
    ann: Store, ben: Store, arrived: bool
) -> None:
    both_set(ann, ben, "hometown", "York", "Leeds")
    if arrived:
        settle(ann)
    merged = the_merge(ann)
    assert (merged.reason, merged.field, merged.base) == (Reason.LATER, "hometown", None)
    assert (merged.mine, merged.theirs, merged.stands) == ("York", "Leeds", "York")
    assert (merged.their_author, merged.customer_name) == ("Ben Wood", "Anna Blunt")
    assert merged.can_undo
    desk_on(ann).undo_merged(merged.id).result()
    assert anna_on(ann).hometown == "Leeds"
    assert desk_on(ann).queue().result().merged == ()
    settle(ann)
    settle(ben)
    assert anna_on(ann).hometown == anna_on(ben).hometown == "Leeds"
    assert desk_on(ann).queue().result().conflicts == ()


@pytest.mark.parametrize(("hers", "his"), [("granted", "refused"), ("refused", "granted")])
def test_a_consent_that_the_rules_decided_is_changed_knowingly_by_undoing(
    ann: Store, ben: Store, hers: str, his: str
) -> None:
    both_set(ann, ben, "consent", hers, his)
    merged = the_merge(ann)
    assert (merged.reason, merged.stands) == (Reason.RESTRICTIVE, "refused")
    desk_on(ann).undo_merged(merged.id).result()
    settle(ann)
    settle(ben)
    assert anna_on(ann).consent == anna_on(ben).consent == "granted"


@pytest.mark.parametrize("mine", [False, True])
def test_a_merged_text_can_be_made_theirs_or_ours_again(ann: Store, ben: Store, mine: bool) -> None:
    note = desk_on(ann).add_note(WHO, "first\nmiddle\nlast").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_note(note.id, "first, by Ben\nmiddle\nlast").result()
    desk_on(ann).edit_note(note.id, "first\nmiddle\nlast, by Ann").result()
    settle(ben)
    settle(ann)
    merged = the_merge(ann)
    assert merged.reason == Reason.TEXT_MERGED
    assert merged.stands == "first, by Ben\nmiddle\nlast, by Ann"
    desk_on(ann).undo_merged(merged.id, mine=mine).result()
    settle(ann)
    settle(ben)
    expected = "first\nmiddle\nlast, by Ann" if mine else "first, by Ben\nmiddle\nlast"
    assert notes_of(ben, WHO) == [expected]


def test_what_somebody_changed_again_is_not_undone_over_their_head(ann: Store, ben: Store) -> None:
    both_set(ann, ben, "hometown", "York", "Leeds")
    settle(ann)
    settle(ben)
    desk_on(ben).set_fields(WHO, {"hometown": "Hull"}).result()
    settle(ben)
    settle(ann)
    merged = the_merge(ann)
    assert not merged.can_undo
    with pytest.raises(UserError) as changed:
        desk_on(ann).undo_merged(merged.id).result()
    assert changed.value.code is Code.CHANGED_SINCE
    desk_on(ann).dismiss_merged([merged.id]).result()
    assert desk_on(ann).queue().result().merged == ()


def test_two_who_confirm_a_fact_are_not_told_of_each_other(ann: Store, ben: Store) -> None:
    fact = desk_on(ann).add_fact(WHO, FactKind.LIKES, "tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).confirm_fact(fact.id).result()
    desk_on(ann).edit_fact(fact.id, "green tea").result()
    settle(ben)
    settle(ann)
    assert desk_on(ann).queue().result().merged == ()


# --- Conflicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("arrived", [False, True])
@pytest.mark.parametrize(
    ("choice", "value", "stands"),
    [
        (Choice.MINE, None, "Annie"),
        (Choice.THEIRS, None, "Ann"),
        (Choice.ANEW, "Anna-Lena", "Anna-Lena"),
    ],
)
def test_a_conflict_is_settled_at_once_or_after_its_page_and_opened_again(
    ann: Store, ben: Store, choice: Choice, value: str | None, stands: str, arrived: bool
) -> None:
    both_set(ann, ben, "preferred_name", "Annie", "Ann")
    if arrived:
        settle(ann)
    conflict = the_conflict(ann)
    assert (conflict.base, conflict.mine, conflict.theirs) == (None, "Annie", "Ann")
    assert (conflict.their_author, conflict.reason) == ("Ben Wood", Reason.CONTESTED)
    assert conflict.made_at is not None
    assert conflict.changed_at is not None
    desk_on(ann).settle_conflict(conflict.id, choice, value).result()
    settle(ann)
    settle(ben)
    assert anna_on(ann).preferred_name == anna_on(ben).preferred_name == stands
    desk_on(ann).reopen_conflict(conflict.id).result()
    assert the_conflict(ann).id == conflict.id
    settle(ann)
    settle(ben)
    assert anna_on(ben).preferred_name == "Ann"


def test_a_number_and_what_follows_from_it_are_one_conflict(ann: Store, ben: Store) -> None:
    point = ANNA[1].id
    desk_on(ben).edit_contact_point(point, "020 7946 0001").result()
    desk_on(ann).edit_contact_point(point, "020 7946 0002").result()
    settle(ben)
    settle(ann)
    conflict = the_conflict(ann)
    assert (conflict.field, [also.field for also in conflict.also]) == ("value", ["e164"])
    desk_on(ann).settle_conflict(conflict.id, Choice.ANEW, "020 7946 0003").result()
    settle(ann)
    assert desk_on(ann).recognise("+442079460003").result().best is not None
    with pytest.raises(UserError) as wrong:
        desk_on(ann).settle_conflict(conflict.id, Choice.MINE).result()
    assert wrong.value.code is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("choice", "value", "left"),
    [
        (Choice.MINE, None, ["as Ann says"]),
        (Choice.THEIRS, None, ["as Ben says"]),
        (Choice.ANEW, "as both say", ["as both say"]),
        (Choice.BOTH, None, ["as Ann says", "as Ben says"]),
    ],
)
def test_a_note_that_became_two_is_one_again_once_settled(
    central: Central, ann: Store, ben: Store, choice: Choice, value: str | None, left: list[str]
) -> None:
    note = desk_on(ann).add_note(WHO, "as it was").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_note(note.id, "as Ben says").result()
    desk_on(ann).edit_note(note.id, "as Ann says").result()
    settle(ben)
    push_all(ann)
    conflict = the_conflict(ann)
    desk_on(ann).settle_conflict(conflict.id, choice, value).result()
    settle(ann)
    settle(ben)
    assert notes_of(ann, WHO) == notes_of(ben, WHO) == central_notes(central) == left
    desk_on(ann).reopen_conflict(conflict.id).result()
    settle(ann)
    settle(ben)
    assert notes_of(ben, WHO) == ["as Ann says", "as Ben says"]


def test_what_somebody_removed_comes_back_with_my_edit_by_one_key(ann: Store, ben: Store) -> None:
    fact = desk_on(ann).add_fact(WHO, FactKind.LIKES, "tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).remove(KindName.FACT, fact.id).result()
    desk_on(ann).edit_fact(fact.id, "green tea").result()
    settle(ben)
    settle(ann)
    conflict = the_conflict(ann)
    assert (conflict.reason, conflict.field) == (Reason.REMOVED, "text")
    assert conflict.their_author == "Ben Wood"
    assert conflict.choices == (Choice.MINE, Choice.THEIRS)
    desk_on(ann).settle_conflict(conflict.id, Choice.MINE).result()
    settle(ann)
    settle(ben)
    back = ben.read_here(get_entity, Fact, fact.id)
    assert back is not None
    assert back.text == "green tea"
    desk_on(ann).reopen_conflict(conflict.id).result()
    settle(ann)
    settle(ben)
    assert ben.read_here(get_entity, Fact, fact.id) is None
    assert desk_on(ann).queue().result().conflicts[0].id == conflict.id


def test_what_i_removed_comes_back_as_they_left_it_by_one_key(ann: Store, ben: Store) -> None:
    fact = desk_on(ann).add_fact(WHO, FactKind.LIKES, "tea").result()
    settle(ann)
    settle(ben)
    desk_on(ben).edit_fact(fact.id, "green tea").result()
    desk_on(ann).remove(KindName.FACT, fact.id).result()
    settle(ben)
    settle(ann)
    conflict = the_conflict(ann)
    assert conflict.reason == Reason.EDITED
    desk_on(ann).settle_conflict(conflict.id, Choice.THEIRS).result()
    settle(ann)
    back = ann.read_here(get_entity, Fact, fact.id)
    assert back is not None
    assert back.text == "green tea"


def test_a_note_for_a_removed_customer_brings_them_back_or_stays_hidden(
    ann: Store, ben: Store
) -> None:
    desk_on(ben).remove(KindName.CUSTOMER, WHO).result()
    desk_on(ann).add_note(WHO, "She called").result()
    settle(ben)
    settle(ann)
    conflict = the_conflict(ann)
    assert (conflict.reason, conflict.their_author) == (Reason.REMOVED, "Ben Wood")
    desk_on(ann).settle_conflict(conflict.id, Choice.MINE).result()
    settle(ann)
    settle(ben)
    assert anna_on(ben).full_name == "Anna Blunt"
    assert notes_of(ben, WHO) == ["She called"]


def test_a_choice_or_a_value_that_is_not_possible_is_refused(ann: Store, ben: Store) -> None:
    both_set(ann, ben, "preferred_name", "Annie", "Ann")
    conflict = the_conflict(ann)
    for choice, value in ((Choice.BOTH, None), (Choice.ANEW, "x" * 20_000)):
        with pytest.raises(UserError) as wrong:
            desk_on(ann).settle_conflict(conflict.id, choice, value).result()
        assert wrong.value.code is Code.BAD_VALUE
    assert the_conflict(ann).id == conflict.id


def test_conflicts_refusals_and_merges_are_shown_to_whose_edits_they_were(
    ann: Store, ben: Store
) -> None:
    both_set(ann, ben, "preferred_name", "Annie", "Ann")
    both_set(ann, ben, "hometown", "York", "Leeds")
    settle(ann)

    def become_somebody_else(connection: sa.Connection) -> None:
        for table in (t.conflict, t.merged):
            connection.execute(table.update().values(author_id="somebody else"))

    ann.write_here(become_somebody_else)
    shown = desk_on(ann).queue().result()
    waiting = ann.read_here(outbox.count_waiting)
    assert (shown.conflicts, shown.merged) == ((), ())
    assert (waiting.conflicts, waiting.others) == (0, 1)


# --- Refused -----------------------------------------------------------------------------------


def test_a_refused_edit_is_sent_again_once_it_is_permitted(central: Central, ann: Store) -> None:
    team = Team(id=new_id(), name="Tigers")
    refuse(ann, team)
    desk = desk_on(ann)
    [refused] = desk.queue().result().attention
    assert refused.reason == Code.NO_PERMISSION
    desk.retry_refused(refused.n).result()
    settle(ann)
    [again] = desk.queue().result().attention
    assert again.n > refused.n
    promote(central)
    desk.retry_refused(again.n).result()
    settle(ann)
    assert desk.queue().result().attention == ()
    assert ann.read_here(get_entity, Team, team.id) == team


def test_what_built_on_a_refused_edit_goes_again_with_it(central: Central, ann: Store) -> None:
    team = Team(id=new_id(), name="Tigers")
    refuse(ann, team, Review(id=new_id(), subject_id=team.id, verdict="good", reviewed_at=now()))
    refuse(ann, Review(id=new_id(), subject_id=team.id, verdict="fine", reviewed_at=now()))
    refused = desk_on(ann).queue().result().attention
    assert [one.reason for one in refused] == [Code.NO_PERMISSION, "blocked", "blocked"]
    promote(central)
    desk_on(ann).retry_refused(refused[0].n).result()
    settle(ann)
    assert desk_on(ann).queue().result().attention == ()
    assert len(ann.read_here(select_entities, Review)) == 2


def test_a_discarded_edit_comes_back_and_its_words_stay_in_the_journal(ann: Store) -> None:
    refuse(ann, Team(id=new_id(), name="Tigers"))
    desk = desk_on(ann)
    [refused] = desk.queue().result().attention
    assert desk.refused_text(refused.n).result() == "name: Tigers"
    desk.discard_refused(refused.n).result()
    assert desk.queue().result().attention == ()
    assert ann.read_here(outbox.count_waiting).attention == 0
    payload = ann.read_here(outbox.payload_of, refused.n)
    assert payload is not None
    assert b"Tigers" in payload
    desk.keep_refused(refused.n).result()
    assert [one.n for one in desk.queue().result().attention] == [refused.n]


def test_what_was_handed_over_is_on_the_customer_and_on_the_leads_list(
    ann: Store, ben: Store
) -> None:
    asked = Review(
        id=new_id(), customer_id=WHO, subject_id=WHO, verdict="x" * 1_100_000, reviewed_at=now()
    )
    refuse(ann, asked)
    [refused] = desk_on(ann).queue().result().attention
    done = desk_on(ann).hand_over(refused.n, "Please look at her case").result()
    settle(ann)
    settle(ben)
    assert desk_on(ann).queue().result().attention == ()
    assert notes_of(ben, WHO) == ["Please look at her case"]
    [on_list] = desk_on(ben).asked_of_leads().result()
    assert (on_list.review_id, on_list.text) == (done.review_id, "Please look at her case")
    assert (on_list.asked_by, on_list.customer_name) == ("Ann Reed", "Anna Blunt")
    desk_on(ben).close_handover(done.review_id).result()
    settle(ben)
    settle(ann)
    assert desk_on(ann).asked_of_leads().result() == ()


def test_what_is_nobodys_is_handed_over_without_a_note(ann: Store, ben: Store) -> None:
    refuse(ann, Team(id=new_id(), name="Tigers"))
    [refused] = desk_on(ann).queue().result().attention
    done = desk_on(ann).hand_over(refused.n).result()
    settle(ann)
    settle(ben)
    assert done.note_id is None
    assert [one.text for one in desk_on(ben).asked_of_leads().result()] == ["name: Tigers"]


# --- History -----------------------------------------------------------------------------------


def test_every_value_that_stood_or_was_lost_is_seen_with_its_authors(
    ann: Store, ben: Store
) -> None:
    both_set(ann, ben, "preferred_name", "Annie", "Ann")
    both_set(ann, ben, "hometown", "York", "Leeds")
    settle(ann)
    settle(ben)
    for store in (ann, ben):
        entries = desk_on(store).history(WHO).result().entries
        told = {(e.field, e.value, e.now, e.author, e.replaced_by) for e in entries}
        assert ("preferred_name", "Annie", "Ann", "Ann Reed", "Ben Wood") in told
        assert ("hometown", "Leeds", "York", "Ben Wood", "Ann Reed") in told
        assert ("hometown", None, "Leeds", None, "Ben Wood") in told
        assert [e.field for e in entries if e.arrived_late] == ["preferred_name"]
        assert [e.replaced_at for e in entries] == sorted(
            (e.replaced_at for e in entries), reverse=True
        )


def test_the_history_comes_by_the_page_and_by_the_field(ann: Store) -> None:
    for town in ("Leeds", "York", "Hull", "Ripon"):
        desk_on(ann).set_fields(WHO, {"hometown": town}).result()
        settle(ann)
    desk_on(ann).set_fields(WHO, {"company": "Acme"}).result()
    settle(ann)
    desk = desk_on(ann)
    pages: list[list[tuple[Any, Any]]] = []
    after = None
    while not pages or after is not None:
        page = desk.history(WHO, after, 2, field="hometown").result()
        pages.append([(e.value, e.now) for e in page.entries])
        after = page.after
    assert [one for page in pages for one in page] == [
        ("Hull", "Ripon"),
        ("York", "Hull"),
        ("Leeds", "York"),
        (None, "Leeds"),
    ]


def test_removals_notes_and_sensitive_facts_stand_in_the_history(ann: Store) -> None:
    desk = desk_on(ann)
    note = desk.add_note(WHO, "tea").result()
    fact = desk.add_fact(WHO, FactKind.FAMILY, "divorced", sensitive=True).result()
    desk.edit_note(note.id, "green tea").result()
    desk.edit_fact(fact.id, "married").result()
    settle(ann)
    desk.remove(KindName.FACT, fact.id).result()
    desk.remove(KindName.NOTE, note.id).result()
    settle(ann)
    entries = desk.history(WHO).result().entries
    removed = {e.kind: e for e in entries if e.event is Event.REMOVED}
    [text] = [e for e in entries if e.kind is KindName.NOTE and e.field == "text"]
    [masked] = [e for e in entries if e.kind is KindName.FACT and e.field == "text"]
    assert removed[KindName.NOTE].value["text"] == "green tea"
    assert removed[KindName.NOTE].replaced_by == "Ann Reed"
    assert (text.value, text.author, text.replaced_by) == ("tea", "Ann Reed", "Ann Reed")
    assert (masked.masked, masked.value, masked.now) == (True, None, None)
    assert removed[KindName.FACT].value is None


# --- Erased by law -----------------------------------------------------------------------------


def test_a_person_erased_by_law_leaves_both_sides_and_late_edits_are_discarded(
    central: Central, ann: Store, ben: Store
) -> None:
    secret = "whispered"
    desk_on(ann).set_fields(WHO, {"hometown": secret}).result()
    note = desk_on(ann).add_note(WHO, secret).result()
    settle(ann)
    settle(ben)
    desk_on(ben).add_note(WHO, f"{secret} again").result()
    desk_on(ben).edit_note(note.id, f"{secret} more").result()
    desk_on(ben).save_draft(Draft(id=WHO, text=secret, customer_id=WHO)).result()
    database = open_database(central.database_url)
    erased = database.write(erase_customer, ORGANISATION.id, WHO, now())
    database.close()
    assert erased.customers == 1
    for store in (ann, ben):
        settle(store)
        assert store.read_here(get_entity, Customer, WHO) is None
        assert notes_of(store, WHO) == []
        assert secret.encode() not in everything(store)
    refused = desk_on(ben).queue().result().attention
    assert [one.reason for one in refused] == [Code.ERASED, Code.ERASED]
    assert [dict(one.values) for one in refused] == [{}, {}]
    with pytest.raises(UserError) as gone:
        desk_on(ben).retry_refused(refused[0].n).result()
    assert gone.value.code is Code.ERASED
    central.stop()
    file = Path(central.database_url.removeprefix("sqlite:///"))
    engine = sa.create_engine(central.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret.encode() not in file.read_bytes()


def everything(store: Store) -> bytes:
    """Return all that stands in a cache."""

    def work(connection: sa.Connection) -> bytes:
        rows = [
            repr(tuple(row)).encode()
            for table in t.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
        return b"\n".join(rows)

    return store.read_here(work)
