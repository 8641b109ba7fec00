"""A person who is erased by law leaves nothing at Central but ids, and late edits are discarded."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.database import open_database
from agentdesk.central.erasing import Erased, erase_customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.errors import Code, UserError
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    Company,
    Desk,
    a_fact,
    a_note,
    look_into,
    patch_customer,
)
from tests.unit.central.test_setting_up import run


def erase(url: str, company: Company, customer_id: str) -> Erased:
    """Erase a customer straight in Central's database."""
    database = open_database(url)
    try:
        return database.write(erase_customer, company.organisation.id, customer_id, now())
    finally:
        database.close()


def everything(url: str) -> str:
    """Return all that stands in Central's database."""
    return "\n".join(
        repr(tuple(row))
        for table in t.metadata.sorted_tables
        for row in look_into(url, sa.select(table))
    )


def test_nothing_that_was_known_is_left_and_others_are_untouched(
    ann: Desk, cole: Desk, company: Company, url: str
) -> None:
    secret = "whispered"
    note = a_note(company.customer.id, secret)
    ann.push(note, a_fact(company.customer.id, secret))
    ann.push(patch_customer(company.customer.id, hometown=("Riga", secret)))
    cole.push(patch_customer(company.customer.id, hometown=("Riga", f"{secret} too")))
    cole.push(
        p.Append(
            kind=KindName.FACT,
            id=new_id(),
            fields={"customer_id": company.customer.id, "text": secret},
        )
    )
    ann.push(a_fact(company.other.id, "likes rowing"))
    ann.push(p.Remove(kind=KindName.NOTE, id=note.id))
    assert secret in everything(url)
    erased = erase(url, company, company.customer.id)
    left = everything(url)
    assert erased.customers == 1
    assert erased.records > 5
    assert secret not in left
    assert company.customer.full_name not in left
    assert "likes rowing" in left


def test_every_desk_is_told_of_each_record(ann: Desk, company: Company, url: str) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    cursor = ann.pull().end.cursor
    erase(url, company, company.customer.id)
    page = ann.pull(cursor)
    assert page.rows == {}
    assert {page.gone[i].reason for i in (fact.id, company.customer.id)} == {p.GoneReason.ERASED}


def test_whoever_was_merged_into_the_person_is_erased_too(
    ann: Desk, company: Company, url: str
) -> None:
    ann.push(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    erased = erase(url, company, company.other.id)
    assert erased.customers == 2
    assert company.other.full_name not in everything(url)
    late = ann.push_one(p.Unmerge(winner=company.customer.id, loser=company.other.id))
    assert (late.outcome, late.reason) == (p.Outcome.REJECTED, Code.ERASED)


def test_what_arrives_late_is_discarded_and_not_quarantined(
    ann: Desk, company: Company, url: str
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    erase(url, company, company.customer.id)
    change = {"text": p.FieldChange(base=fact.fields["text"], new="late words")}
    late = [
        ann.push_one(a_fact(company.customer.id, "late words")),
        ann.push_one(fact),
        ann.push_one(patch_customer(company.customer.id, hometown=("Riga", "late words"))),
        ann.push_one(p.Patch(kind=KindName.FACT, id=fact.id, changes=change)),
        ann.push_one(p.Restore(kind=KindName.FACT, id=fact.id)),
    ]
    assert {(v.outcome, v.reason) for v in late} == {(p.Outcome.REJECTED, Code.ERASED)}
    assert "late words" not in everything(url)
    gone = ann.push_one(p.Remove(kind=KindName.FACT, id=fact.id))
    assert gone.outcome is p.Outcome.APPLIED


def test_nobody_is_erased_twice_or_unknown(company: Company, url: str) -> None:
    erase(url, company, company.customer.id)
    for customer_id in (company.customer.id, "nobody"):
        with pytest.raises(UserError) as missing:
            erase(url, company, customer_id)
        assert missing.value.code is Code.NOT_FOUND


def test_the_command_erases_only_when_asked_to(company: Company, url: str) -> None:
    place = ("--database", url)
    unsure = run("erase-customer", company.customer.id, *place)
    assert unsure.exit_code == 1
    assert company.customer.full_name in everything(url)
    done = run("erase-customer", company.customer.id, "--yes", "--json", *place)
    assert json.loads(done.stdout) == {"customers": 1, "records": 1}
    assert company.customer.full_name not in everything(url)
