"""Making two customers one, what still arrives for the other one, and taking it back."""

from __future__ import annotations

import pytest

from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import DATABASES, Company, Desk, a_fact, patch_customer

BACKENDS = DATABASES


@pytest.fixture
def merged(ann: Desk, company: Company) -> p.Append:
    """Merge the other customer into the customer; return a fact that belonged to the other."""
    fact = a_fact(company.other.id)
    ann.push(
        fact,
        patch_customer(company.customer.id, consent=("unknown", "granted")),
        patch_customer(company.other.id, consent=("unknown", "refused"), hometown=(None, "Leeds")),
    )
    verdict = ann.push_one(
        p.MergeCustomers(
            winner=company.customer.id, loser=company.other.id, keep={"full_name": "Bob Blunt"}
        )
    )
    assert verdict.outcome is p.Outcome.APPLIED
    return fact


def test_the_winner_gets_what_belonged_to_the_loser(
    ann: Desk, company: Company, merged: p.Append
) -> None:
    page = ann.pull()
    winner = page.rows[company.customer.id].fields
    gone = page.gone[company.other.id]
    assert (gone.reason, gone.into) == (p.GoneReason.MERGED, company.customer.id)
    assert page.rows[merged.id].fields["customer_id"] == company.customer.id
    assert winner["full_name"] == "Bob Blunt"
    assert winner["hometown"] == "Riga"
    assert winner["company"] == "Blunt & Co"
    assert winner["consent"] == "refused"


def test_what_arrives_for_the_loser_goes_to_the_winner(
    cole: Desk, company: Company, merged: p.Append
) -> None:
    fact = a_fact(company.other.id)
    added = cole.push_one(fact)
    patched = cole.push_one(patch_customer(company.other.id, birthday=(None, "--03-07")))
    assert (added.outcome, added.reason) == (p.Outcome.MERGED, p.Reason.REDIRECTED)
    assert (patched.outcome, patched.reason) == (p.Outcome.MERGED, p.Reason.REDIRECTED)
    rows = cole.pull().rows
    assert rows[fact.id].fields["customer_id"] == company.customer.id
    assert rows[company.customer.id].fields["birthday"] == "--03-07"


def test_removing_the_loser_does_not_remove_the_winner(
    cole: Desk, company: Company, merged: p.Append
) -> None:
    verdict = cole.push_one(p.Remove(kind=KindName.CUSTOMER, id=company.other.id))
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.MERGED)
    assert company.customer.id in cole.pull().rows


def test_taking_it_back_gives_each_what_was_theirs_and_what_was_meant_for_them_since(
    ann: Desk, company: Company, merged: p.Append
) -> None:
    later, winners = a_fact(company.other.id), a_fact(company.customer.id)
    ann.push(later, winners)
    ann.push(patch_customer(company.customer.id, company=("Blunt & Co", "Sharp & Co")))
    ann.push(patch_customer(company.other.id, birthday=(None, "--03-07")))
    undone = ann.push_one(p.Unmerge(winner=company.customer.id, loser=company.other.id))
    rows = ann.pull().rows
    winner, loser = rows[company.customer.id].fields, rows[company.other.id].fields
    assert undone.outcome is p.Outcome.APPLIED
    assert rows[merged.id].fields["customer_id"] == company.other.id
    assert rows[later.id].fields["customer_id"] == company.other.id
    assert rows[winners.id].fields["customer_id"] == company.customer.id
    assert (winner["birthday"], loser["birthday"]) == (None, "--03-07")
    assert (loser["full_name"], loser["hometown"], loser["consent"]) == (
        "Bob Blunt",
        "Leeds",
        "refused",
    )
    assert (winner["full_name"], winner["consent"]) == ("Robert Blunt", "granted")
    assert winner["company"] == "Sharp & Co"


def test_merging_or_unmerging_twice_does_nothing_more(
    ann: Desk, company: Company, merged: p.Append
) -> None:
    merge = p.MergeCustomers(winner=company.customer.id, loser=company.other.id)
    unmerge = p.Unmerge(winner=company.customer.id, loser=company.other.id)
    head = ann.pull().end.head_seq
    assert ann.push_one(merge).outcome is p.Outcome.APPLIED
    assert ann.pull().end.head_seq == head
    ann.push(unmerge)
    head = ann.pull().end.head_seq
    assert ann.push_one(unmerge).outcome is p.Outcome.APPLIED
    assert ann.pull().end.head_seq == head


def test_a_chain_of_merges_leads_to_the_last_winner_and_comes_apart_again(
    ann: Desk, company: Company, merged: p.Append
) -> None:
    third = p.Append(kind=KindName.CUSTOMER, id=new_id(), fields={"full_name": "R. Blunt"})
    ann.push(third)
    ann.push(p.MergeCustomers(winner=third.id, loser=company.customer.id))
    page = ann.pull()
    assert page.gone[company.other.id].into == third.id
    assert page.rows[merged.id].fields["customer_id"] == third.id
    ann.push(p.Unmerge(winner=third.id, loser=company.customer.id))
    page = ann.pull()
    assert page.gone[company.other.id].into == company.customer.id
    assert page.rows[merged.id].fields["customer_id"] == company.customer.id
    ann.push(p.Unmerge(winner=company.customer.id, loser=company.other.id))
    rows = ann.pull().rows
    assert rows[merged.id].fields["customer_id"] == company.other.id
    assert rows.keys() >= {third.id, company.customer.id, company.other.id}


def test_what_the_same_group_has_just_added_is_merged_too(ann: Desk, company: Company) -> None:
    fact = a_fact(company.other.id)
    ann.push(fact, p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    assert ann.row(fact.id).fields["customer_id"] == company.customer.id


def test_a_merge_with_somebody_unknown_or_removed_does_nothing(ann: Desk, company: Company) -> None:
    unknown = ann.push_one(p.MergeCustomers(winner=company.customer.id, loser="nobody"))
    ann.push(p.Remove(kind=KindName.CUSTOMER, id=company.other.id))
    removed = ann.push_one(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    assert (unknown.outcome, unknown.reason) == (p.Outcome.REJECTED, Code.NOT_FOUND)
    assert (removed.outcome, removed.reason) == (p.Outcome.CONFLICT, p.Reason.REMOVED)


def test_what_was_chosen_for_a_merge_that_somebody_else_made_first_is_not_lost(
    cole: Desk, company: Company, merged: p.Append
) -> None:
    keep = {"pronouns": "they", "full_name": "Rob Blunt"}
    merge = p.MergeCustomers(winner=company.other.id, loser=company.customer.id, keep=keep)
    verdict = cole.push_one(merge)
    assert verdict.outcome is p.Outcome.CONFLICT
    assert [(c.field, c.mine) for c in verdict.contested] == [("full_name", "Rob Blunt")]
    assert cole.pull().rows[company.customer.id].fields["pronouns"] == "they"
