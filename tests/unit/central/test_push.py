"""That each mutation has exactly one effect, and a group all of its effects or none."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.push import RUN_GROUPS
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    a_fact,
    append,
    error_of,
    group_of,
    look_into,
    patch_customer,
    sign_in,
)

BACKENDS = EVERYWHERE


def test_a_group_that_is_sent_again_gets_the_same_verdicts_and_has_no_second_effect(
    ann: Desk, company: Company
) -> None:
    first = ann.push(
        a_fact(company.customer.id),
        patch_customer(company.customer.id, hometown=("Riga", "Ventspils")),
    )
    head = ann.pull().end.head_seq
    again = ann.push_groups(ann.sent).verdicts
    assert again == first
    assert ann.pull().end.head_seq == head


def test_a_number_with_another_content_is_a_forked_device_and_changes_nothing(
    ann: Desk, company: Company
) -> None:
    ann.push(a_fact(company.customer.id))
    ann.n = 0
    other = group_of(ann.encode(a_fact(company.customer.id, "another fact")))
    head = ann.pull().end.head_seq
    answer = ann.post("/v1/sync/push", p.PushRequest(device_id=ann.device_id, groups=[other]))
    assert error_of(answer) == (409, Code.DEVICE_FORKED)
    assert ann.pull().end.head_seq == head


def test_from_a_gap_on_everything_is_to_be_sent_again(ann: Desk, company: Company) -> None:
    one = group_of(ann.encode(a_fact(company.customer.id)))
    ann.n = 2
    three = group_of(ann.encode(a_fact(company.customer.id)))
    four = group_of(ann.encode(a_fact(company.customer.id)))
    answer = ann.push_groups([one, three, four])
    assert [(v.n, v.outcome) for v in answer.verdicts] == [
        (1, p.Outcome.APPLIED),
        (3, p.Outcome.RETRY),
        (4, p.Outcome.RETRY),
    ]
    assert answer.last_n == 1
    assert ann.hello().last_n == 1


def test_what_was_told_to_retry_is_applied_once_the_gap_is_closed(
    ann: Desk, company: Company
) -> None:
    one, two = (group_of(ann.encode(a_fact(company.customer.id))) for _ in range(2))
    assert ann.push_groups([two]).verdicts[0].outcome is p.Outcome.RETRY
    answer = ann.push_groups([one, two])
    assert [v.outcome for v in answer.verdicts] == [p.Outcome.APPLIED, p.Outcome.APPLIED]


def test_a_group_with_one_refused_member_has_no_effect_at_all(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    bad = p.Append(kind=KindName.FACT, id="bad", fields={"customer_id": company.customer.id})
    last = a_fact(company.customer.id)
    verdicts = ann.push(fact, bad, last)
    assert [(v.outcome, v.reason) for v in verdicts] == [
        (p.Outcome.BLOCKED, None),
        (p.Outcome.REJECTED, Code.BAD_VALUE),
        (p.Outcome.BLOCKED, None),
    ]
    rows = ann.pull().rows
    assert fact.id not in rows
    assert last.id not in rows


def test_a_refused_mutation_is_quarantined_and_does_not_block_what_follows(
    ann: Desk, company: Company, url: str
) -> None:
    raw = b'{"n": 1, "operation": {"op": "dance"}, "made_at": "2026-01-01T00:00:00Z"}'
    ann.n = 1
    following = a_fact(company.customer.id)
    answer = ann.push_groups([group_of(raw), group_of(ann.encode(following))])
    assert [(v.n, v.outcome, v.reason) for v in answer.verdicts] == [
        (1, p.Outcome.REJECTED, Code.INVALID_REQUEST),
        (2, p.Outcome.APPLIED, None),
    ]
    assert following.id in ann.pull().rows
    [kept] = look_into(url, sa.select(t.quarantine))
    assert (kept.n, kept.payload) == (1, raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"n": "one"}',
        b'{"n": 0}',
        b'{"n": 99999999999999999999999999}',
        b"[]",
        b'"text"',
        b'{"operation": {"op": "remove", "kind": "fact", "id": "x"}}',
    ],
)
def test_a_mutation_without_a_readable_number_takes_the_number_that_is_its_turn(
    ann: Desk, raw: bytes
) -> None:
    answer = ann.push_groups([group_of(raw)])
    assert [(v.n, v.outcome) for v in answer.verdicts] == [(1, p.Outcome.REJECTED)]
    assert ann.push_groups([group_of(raw)]).verdicts == answer.verdicts


@pytest.mark.parametrize("record_id", ["\x00", "a\x00b", "x" * 70])
def test_an_id_that_no_record_can_have_is_refused_and_blocks_nothing(
    ann: Desk, company: Company, record_id: str
) -> None:
    fact = a_fact(company.customer.id)
    operations: list[p.Operation] = [
        p.Append(kind=KindName.FACT, id=record_id, fields=fact.fields),
        p.Append(kind=KindName.FACT, id="one", fields=fact.fields | {"customer_id": record_id}),
        p.Remove(kind=KindName.FACT, id=record_id),
        p.NoteEdit(id=record_id, base_revision=1, base_text="", new_text="x"),
        p.MergeCustomers(winner=company.customer.id, loser=record_id),
        patch_customer(record_id, hometown=(None, "Riga")),
    ]
    groups = [p.Group(id=record_id, mutations=[msgspec.Raw(ann.encode(o))]) for o in operations]
    outcomes = [v.outcome for v in ann.push_groups(groups).verdicts]
    assert outcomes.pop(2) is p.Outcome.APPLIED
    assert set(outcomes) <= {p.Outcome.REJECTED, p.Outcome.BLOCKED}
    assert ann.push_one(fact).outcome is p.Outcome.APPLIED


def test_what_builds_on_a_refused_record_is_blocked(ann: Desk, company: Company) -> None:
    case_id = "018f0000-0000-7000-8000-00000000cafe"
    refused = p.Append(kind=KindName.CASE, id=case_id, fields={"subject": "no number"})
    assert ann.push_one(refused).outcome is p.Outcome.REJECTED
    step = p.Append(
        kind=KindName.STEP_TRIED,
        id="018f0000-0000-7000-8000-00000000beef",
        fields={
            "customer_id": company.customer.id,
            "case_id": case_id,
            "text": "restarted",
            "tried_at": "2026-03-01T10:00:00.000Z",
        },
    )
    patch = p.Patch(kind=KindName.CASE, id=case_id, changes={"subject": p.FieldChange(new="x")})
    remove = p.Remove(kind=KindName.STEP_TRIED, id=step.id)
    outcomes = [ann.push_one(operation).outcome for operation in (step, patch, remove)]
    assert outcomes == [p.Outcome.BLOCKED] * 3


def test_an_edit_of_what_never_was_is_refused(ann: Desk) -> None:
    verdict = ann.push_one(patch_customer("nobody", hometown=(None, "Riga")))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.REJECTED, Code.NOT_FOUND)


def test_a_record_that_is_there_already_is_not_added_again(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    head = ann.pull().end.head_seq
    assert ann.push_one(fact).outcome is p.Outcome.APPLIED
    assert ann.pull().end.head_seq == head


def test_fields_and_words_that_central_does_not_know_stay_as_they_came(
    ann: Desk, company: Company
) -> None:
    fact = a_fact(company.customer.id)
    newer = p.Append(
        kind=fact.kind,
        id=fact.id,
        fields=fact.fields | {"kind": "star_sign", "tone": {"warm": [1, 2]}},
    )
    ann.push(newer)
    ann.push(p.Patch(kind=KindName.FACT, id=fact.id, changes={"text": p.FieldChange(new="Leo")}))
    ann.push(p.Patch(kind=KindName.FACT, id=fact.id, changes={"aura": p.FieldChange(new="blue")}))
    row = ann.row(fact.id)
    assert row.fields["kind"] == "star_sign"
    assert row.fields["tone"] == {"warm": [1, 2]}
    assert row.fields["aura"] == "blue"
    assert row.fields["text"] == "Leo"


def test_times_are_stored_in_one_form_however_they_came(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    came = p.Append(
        kind=fact.kind, id=fact.id, fields=fact.fields | {"learned_at": "2026-03-01T12:00:00+02:00"}
    )
    ann.push(came)
    assert ann.row(fact.id).fields["learned_at"] == "2026-03-01T10:00:00.000Z"


def test_members_of_a_group_build_on_each_other(ann: Desk, company: Company) -> None:
    fact = a_fact(company.customer.id)
    verdicts = ann.push(
        fact,
        p.Patch(
            kind=KindName.FACT,
            id=fact.id,
            changes={"text": p.FieldChange(base=fact.fields["text"], new="likes rowing")},
        ),
    )
    row = ann.row(fact.id)
    assert [v.outcome for v in verdicts] == [p.Outcome.APPLIED, p.Outcome.APPLIED]
    assert verdicts[0].seq == verdicts[1].seq == row.seq
    assert row.fields["text"] == "likes rowing"


def test_members_of_a_group_do_not_overwrite_each_other_unseen(ann: Desk, company: Company) -> None:
    seen = ann.row(company.customer.id).created_seq
    first, second = (
        p.Patch(
            kind=KindName.CUSTOMER,
            id=company.customer.id,
            changes={"preferred_name": p.FieldChange(base_version=seen, new=new)},
        )
        for new in ("Bob", "Rob")
    )
    assert [v.outcome for v in ann.push(first, second)] == [
        p.Outcome.APPLIED,
        p.Outcome.CONFLICT,
    ]


def test_of_many_groups_a_refused_one_loses_only_its_own(ann: Desk, company: Company) -> None:
    facts = [a_fact(company.customer.id, f"fact {number}") for number in range(6)]
    bad = p.Append(kind=KindName.FACT, id="bad", fields={"customer_id": company.customer.id})
    groups = [group_of(ann.encode(fact)) for fact in facts[:3]]
    groups.append(group_of(ann.encode(facts[3]), ann.encode(bad)))
    groups += [group_of(ann.encode(fact)) for fact in facts[4:]]
    verdicts = ann.push_groups(groups).verdicts
    applied, blocked, rejected = p.Outcome.APPLIED, p.Outcome.BLOCKED, p.Outcome.REJECTED
    assert [v.outcome for v in verdicts] == [
        *[applied] * 3,
        blocked,
        rejected,
        *[applied] * 2,
    ]
    rows = ann.pull().rows
    assert [fact.id in rows for fact in facts] == [True, True, True, False, True, True]


def test_groups_that_change_one_record_after_each_other_each_keep_what_they_replace(
    ann: Desk, company: Company
) -> None:
    towns = ["Riga", "Cēsis", "Valka", "Ludza"]
    groups = [
        group_of(ann.encode(patch_customer(company.customer.id, hometown=(before, after))))
        for before, after in pairwise(towns)
    ]
    verdicts = ann.push_groups(groups).verdicts
    assert [v.outcome for v in verdicts] == [p.Outcome.APPLIED] * 3
    assert verdicts[0].seq < verdicts[1].seq < verdicts[2].seq == ann.row(company.customer.id).seq


def test_a_group_may_build_on_what_the_one_before_it_added(ann: Desk, company: Company) -> None:
    person = append(e.Customer(id=new_id(), full_name="Gatis Ozols"), KindName.CUSTOMER)
    fact = a_fact(person.id)
    verdicts = ann.push_groups([group_of(ann.encode(op)) for op in (person, fact)]).verdicts
    assert [v.outcome for v in verdicts] == [p.Outcome.APPLIED] * 2
    assert ann.row(fact.id).fields["customer_id"] == person.id


def test_more_groups_than_share_a_transaction_are_all_judged_once(
    ann: Desk, company: Company
) -> None:
    facts = [a_fact(company.customer.id, f"fact {number}") for number in range(RUN_GROUPS + 3)]
    groups = [group_of(ann.encode(fact)) for fact in facts]
    first = ann.push_groups(groups).verdicts
    assert ann.push_groups(groups).verdicts == first
    assert [v.n for v in first] == list(range(1, len(facts) + 1))
    assert {fact.id for fact in facts} <= ann.pull().rows.keys()


def test_a_device_can_push_only_in_its_own_name(ann: Desk, cole: Desk, company: Company) -> None:
    group = group_of(ann.encode(a_fact(company.customer.id)))
    answer = ann.post("/v1/sync/push", p.PushRequest(device_id=cole.device_id, groups=[group]))
    assert error_of(answer) == (403, Code.NO_PERMISSION)


def test_numbers_go_on_when_somebody_else_signs_in_on_the_device(
    client: TestClient[Litestar], ann: Desk, company: Company
) -> None:
    ann.push(a_fact(company.customer.id))
    cole = sign_in(client, "cole", ann.device_id)
    cole.n = cole.hello().last_n
    assert cole.push_one(a_fact(company.customer.id)).outcome is p.Outcome.APPLIED
    assert cole.hello().last_n == 2


def test_a_push_that_is_too_large_or_no_json_is_refused(ann: Desk) -> None:
    too_large = b"x" * (p.MAX_PUSH_BYTES + 1)
    groups = [group_of(b"{}")] * (p.MAX_PUSH_GROUPS + 1)
    too_many = msgspec.json.encode(p.PushRequest(device_id=ann.device_id, groups=groups))
    assert error_of(ann.post("/v1/sync/push", too_large)) == (413, Code.INVALID_REQUEST)
    assert error_of(ann.post("/v1/sync/push", too_many)) == (400, Code.INVALID_REQUEST)
    assert error_of(ann.post("/v1/sync/push", b"<html>")) == (400, Code.INVALID_REQUEST)
    assert ann.push_groups([]).last_n == 0
