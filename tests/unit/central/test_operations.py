"""What edits do that did not know of each other, and who may make them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    DATABASES,
    Company,
    Desk,
    a_fact,
    a_note,
    append,
    look_into,
    patch_customer,
)

BACKENDS = DATABASES


def history_of(url: str, record_id: str) -> list[tuple[str, str, str | None]]:
    """Return field, value and author of everything that was overwritten."""
    query = sa.select(t.record.c.fields).where(t.record.c.kind == KindName.FIELD_VERSION.value)
    kept = [msgspec.json.decode(row.fields) for row in look_into(url, query)]
    return [(k["field"], k["value"], k["author_id"]) for k in kept if k["record_id"] == record_id]


def test_an_uncontested_edit_is_applied_and_gets_a_version_of_its_own(
    ann: Desk, company: Company, url: str
) -> None:
    verdict = ann.push_one(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    row = ann.row(company.customer.id)
    assert verdict == p.Verdict(n=1, outcome=p.Outcome.APPLIED, seq=row.seq)
    assert row.fields["hometown"] == "Ventspils"
    assert row.versions == {"hometown": row.seq}
    assert history_of(url, company.customer.id) == [("hometown", '"Riga"', None)]


def test_of_two_edits_of_low_stakes_the_later_arrival_stands_and_the_other_is_kept(
    ann: Desk, cole: Desk, company: Company, url: str
) -> None:
    ann.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    verdict = cole.push_one(patch_customer(company.customer.id, hometown=("Riga", "Cesis")))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.MERGED, p.Reason.LATER)
    assert ann.row(company.customer.id).fields["hometown"] == "Cesis"
    assert ("hometown", '"Ventspils"', company.agent.id) in history_of(url, company.customer.id)


def test_of_two_edits_of_a_name_centrals_stands_and_a_person_decides(
    ann: Desk, cole: Desk, company: Company, url: str
) -> None:
    ann.push(patch_customer(company.customer.id, preferred_name=(None, "Bob")))
    verdict = cole.push_one(patch_customer(company.customer.id, preferred_name=(None, "Rob")))
    [contested] = verdict.contested
    row = ann.row(company.customer.id)
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.CONTESTED)
    assert (contested.field, contested.mine, contested.theirs) == ("preferred_name", "Rob", "Bob")
    assert contested.their_author == company.agent.id
    assert contested.their_version == row.versions["preferred_name"]
    assert contested.changed_at is not None
    assert row.fields["preferred_name"] == "Bob"
    assert ("preferred_name", '"Rob"', company.colleague.id) in history_of(url, company.customer.id)


@pytest.mark.parametrize(("first", "second"), [("refused", "granted"), ("granted", "refused")])
def test_of_two_edits_of_consent_the_more_restrictive_stands(
    ann: Desk, cole: Desk, company: Company, url: str, first: str, second: str
) -> None:
    ann.push(patch_customer(company.customer.id, consent=("unknown", first)))
    verdict = cole.push_one(patch_customer(company.customer.id, consent=("unknown", second)))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.MERGED, p.Reason.RESTRICTIVE)
    assert ann.row(company.customer.id).fields["consent"] == "refused"
    assert '"granted"' in {value for _, value, _ in history_of(url, company.customer.id)}


def test_an_offline_chain_of_own_edits_collides_with_nothing(ann: Desk, company: Company) -> None:
    version = ann.row(company.customer.id).created_seq
    steps = [(None, "Bob"), ("Bob", "Bobby"), ("Bobby", "Robert")]
    verdicts = [
        ann.push_one(
            p.Patch(
                kind=KindName.CUSTOMER,
                id=company.customer.id,
                changes={"preferred_name": p.FieldChange(base_version=version, base=base, new=new)},
            )
        )
        for base, new in steps
    ]
    assert [v.outcome for v in verdicts] == [p.Outcome.APPLIED] * 3
    assert ann.row(company.customer.id).fields["preferred_name"] == "Robert"


def test_two_edits_of_one_note_in_different_lines_are_both_in_it(
    ann: Desk, cole: Desk, company: Company
) -> None:
    note = a_note(company.customer.id, "first\nmiddle\nlast")
    ann.push(note)
    ann.push(note_edit(note, "first, by Ann\nmiddle\nlast"))
    verdict = cole.push_one(note_edit(note, "first\nmiddle\nlast, by Cole"))
    rows = ann.pull().rows
    versions = [row.fields for row in rows.values() if row.kind == KindName.NOTE_VERSION]
    assert (verdict.outcome, verdict.reason) == (p.Outcome.MERGED, p.Reason.TEXT_MERGED)
    assert rows[note.id].fields["text"] == "first, by Ann\nmiddle\nlast, by Cole"
    assert rows[note.id].fields["revision"] == 3
    assert sorted((v["revision"], v["text"], v["note_id"]) for v in versions) == [
        (1, "first\nmiddle\nlast", note.id),
        (2, "first, by Ann\nmiddle\nlast", note.id),
    ]
    assert [v["author_id"] for v in versions if v["revision"] == 2] == [company.agent.id]


def test_two_edits_of_one_line_of_a_note_become_two_notes(
    ann: Desk, cole: Desk, company: Company
) -> None:
    note = a_note(company.customer.id, "as it was")
    ann.push(note)
    ann.push(note_edit(note, "as Ann says"))
    verdict = cole.push_one(note_edit(note, "as Cole says"))
    notes = [row for row in ann.pull().rows.values() if row.kind == KindName.NOTE]
    [contested] = verdict.contested
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.TEXT_COPIED)
    assert (contested.mine, contested.theirs) == ("as Cole says", "as Ann says")
    assert {row.fields["text"] for row in notes} == {"as Ann says", "as Cole says"}
    [copy] = [row for row in notes if row.id != note.id]
    assert copy.fields["author_id"] == company.colleague.id
    assert copy.fields["customer_id"] == company.customer.id
    assert copy.fields["revision"] == 1


def test_a_notes_text_cannot_be_replaced_unseen(ann: Desk, company: Company) -> None:
    note = a_note(company.customer.id, "old")
    ann.push(note)
    verdict = ann.push_one(
        p.Patch(kind=KindName.NOTE, id=note.id, changes={"text": p.FieldChange(new="new")})
    )
    assert (verdict.outcome, verdict.reason) == (p.Outcome.REJECTED, Code.INVALID_REQUEST)


def test_a_removed_record_is_gone_and_comes_back_as_it_was(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    seen = ann.row(fact.id)
    assert ann.push_one(remove(fact, seen.seq)).outcome is p.Outcome.APPLIED
    page = ann.pull()
    assert page.gone[fact.id].reason is p.GoneReason.REMOVED
    assert fact.id not in page.rows
    assert ann.push_one(remove(fact, seen.seq)).outcome is p.Outcome.APPLIED
    assert ann.push_one(p.Restore(kind=fact.kind, id=fact.id)).outcome is p.Outcome.APPLIED
    assert ann.row(fact.id).fields == seen.fields


def test_an_edit_of_what_somebody_removed_is_a_conflict_and_is_kept(
    ann: Desk, cole: Desk, company: Company, url: str
) -> None:
    fact, note = a_fact(company.customer.id), a_note(company.customer.id, "old")
    ann.push(fact, note)
    ann.push(remove(fact), remove(note))
    edit = p.Patch(
        kind=fact.kind,
        id=fact.id,
        changes={"text": p.FieldChange(base=fact.fields["text"], new="likes rowing")},
    )
    of_fact = cole.push_one(edit)
    of_note = cole.push_one(note_edit(note, "new"))
    assert (of_fact.outcome, of_fact.reason) == (p.Outcome.CONFLICT, p.Reason.REMOVED)
    assert (of_note.outcome, of_note.reason) == (p.Outcome.CONFLICT, p.Reason.REMOVED)
    assert [c.mine for c in (*of_fact.contested, *of_note.contested)] == ["likes rowing", "new"]
    assert ("text", '"likes rowing"', company.colleague.id) in history_of(url, fact.id)
    assert ("text", '"new"', company.colleague.id) in history_of(url, note.id)
    assert {c.their_author for c in (*of_fact.contested, *of_note.contested)} == {company.agent.id}


def test_who_removes_what_somebody_has_edited_meanwhile_is_told(
    ann: Desk, cole: Desk, company: Company
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    seen = cole.row(fact.id).seq
    ann.push(
        p.Patch(
            kind=fact.kind,
            id=fact.id,
            changes={"text": p.FieldChange(base=fact.fields["text"], new="likes rowing")},
        )
    )
    verdict = cole.push_one(remove(fact, seen))
    [contested] = verdict.contested
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.EDITED)
    assert (contested.field, contested.theirs) == ("text", "likes rowing")
    assert contested.their_author == company.agent.id
    assert fact.id in cole.pull().gone


def test_removing_what_only_oneself_has_edited_is_no_conflict(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    ann.push(p.Patch(kind=fact.kind, id=fact.id, changes={"text": p.FieldChange(new="x")}))
    assert ann.push_one(remove(fact)).outcome is p.Outcome.APPLIED


def test_what_is_added_to_a_removed_customer_is_kept_and_told(
    ann: Desk, cole: Desk, company: Company
) -> None:
    ann.push(p.Remove(kind=KindName.CUSTOMER, id=company.customer.id))
    fact = a_fact(company.customer.id)
    verdict = cole.push_one(fact)
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.REMOVED)
    assert fact.id in cole.pull().rows


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (KindName.TEAM, {"name": "Tigers"}),
        (KindName.USER, {"name": "Eve", "role": "admin"}),
        (KindName.ORGANISATION, {"name": "Eve Ltd"}),
        (KindName.NOTE_VERSION, {"text": "forged"}),
        (KindName.PLAYBOOK, {"key": "calm"}),
    ],
)
def test_an_agent_adds_nothing_that_is_left_to_others(
    ann: Desk, kind: KindName, fields: dict[str, Any]
) -> None:
    verdict = ann.push_one(p.Append(kind=kind, id=new_id(), fields=fields))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.REJECTED, Code.NO_PERMISSION)


def test_a_lead_may_do_what_is_left_to_leads(lea: Desk) -> None:
    team = append(e.Team(id=new_id(), name="Tigers"), KindName.TEAM)
    assert lea.push_one(team).outcome is p.Outcome.APPLIED
    assert lea.row(team.id).fields == {"name": "Tigers"}


def test_fixed_fields_and_foreign_profiles_are_not_changed(
    ann: Desk, lea: Desk, company: Company
) -> None:
    def profile(user_id: str, field: str, value: str) -> p.Patch:
        changes = {field: p.FieldChange(new=value)}
        return p.Patch(kind=KindName.USER, id=user_id, changes=changes)

    refused = [
        ann.push_one(profile(company.agent.id, "role", "admin")),
        ann.push_one(profile(company.colleague.id, "hometown", "Riga")),
        lea.push_one(profile(company.lead.id, "team_id", "x")),
        ann.push_one(
            patch_customer(company.customer.id, created_at=(None, "2026-01-01T00:00:00Z"))
        ),
    ]
    assert {(v.outcome, v.reason) for v in refused} == {(p.Outcome.REJECTED, Code.NO_PERMISSION)}
    own = ann.push_one(profile(company.agent.id, "hometown", "Riga"))
    assert own.outcome is p.Outcome.APPLIED


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("vip", "perhaps", Code.BAD_VALUE),
        ("full_name", None, Code.BAD_VALUE),
        ("consent", "maybe", Code.BAD_VALUE),
        ("id", "other", Code.BAD_FIELD),
        ("no such name!", 1, Code.BAD_FIELD),
    ],
)
def test_a_value_that_cannot_stand_there_is_refused(
    ann: Desk, company: Company, field: str, value: object, reason: Code
) -> None:
    verdict = ann.push_one(patch_customer(company.customer.id, **{field: (None, value)}))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.REJECTED, reason)


def test_attaching_an_unknown_call_to_a_customer_changes_only_whose_it_is(
    ann: Desk, company: Company
) -> None:
    call = p.Append(
        kind=KindName.INTERACTION,
        id=new_id(),
        fields={
            "channel": "call",
            "direction": "inbound",
            "occurred_at": "2026-03-01T10:00:00.000Z",
            "subject": "who is it",
            "e164": "+442079460000",
        },
    )
    ann.push(call)
    attach = p.Patch(
        kind=KindName.INTERACTION,
        id=call.id,
        changes={"customer_id": p.FieldChange(new=company.customer.id)},
    )
    rewrite = p.Patch(
        kind=KindName.INTERACTION, id=call.id, changes={"subject": p.FieldChange(new="x")}
    )
    assert ann.push_one(attach).outcome is p.Outcome.APPLIED
    assert ann.push_one(rewrite).reason == Code.NO_PERMISSION
    assert ann.row(call.id).fields["customer_id"] == company.customer.id


def test_a_number_finds_its_customer_as_long_as_the_contact_point_is_there(
    ann: Desk, company: Company, url: str
) -> None:
    point = p.Append(
        kind=KindName.CONTACT_POINT,
        id=new_id(),
        fields={
            "customer_id": company.customer.id,
            "kind": "phone",
            "value": "020 7946 0000",
            "e164": "+442079460000",
        },
    )
    indexed = sa.select(t.phone_index.c.e164, t.phone_index.c.customer_id)
    ann.push(point)
    assert look_into(url, indexed) == [("+442079460000", company.customer.id)]
    change = p.FieldChange(base="+442079460000", new="+442079460001")
    ann.push(p.Patch(kind=point.kind, id=point.id, changes={"e164": change}))
    assert look_into(url, indexed) == [("+442079460001", company.customer.id)]
    ann.push(p.Remove(kind=point.kind, id=point.id))
    assert look_into(url, indexed) == []


def note_edit(note: p.Append, text: str) -> p.NoteEdit:
    """Return the edit of a note by somebody who has seen its first revision."""
    return p.NoteEdit(id=note.id, base_revision=1, base_text=note.fields["text"], new_text=text)


def remove(added: p.Append, base_version: int = 0) -> p.Remove:
    """Return the removal of what was added."""
    return p.Remove(kind=added.kind, id=added.id, base_version=base_version)
