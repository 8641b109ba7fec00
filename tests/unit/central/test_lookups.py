"""That a caller's number finds people outside the scope, on record and at a human pace."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa
from httpx import Response

from agentdesk.central import lookups
from agentdesk.central import tables as t
from agentdesk.central.accounts import AccountChanges, change_account
from agentdesk.central.database import open_database
from agentdesk.central.scopes import ScopeName
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    Backend,
    Company,
    Desk,
    TurnedClock,
    a_fact,
    a_note,
    append,
    decoded,
    error_of,
    look_into,
    patch_customer,
    sign_in,
)

BACKENDS = (Backend.SQLITE, Backend.POSTGRES)
NUMBER = "+441134960001"


def ask(desk: Desk, number: str) -> Response:
    path = "/v1/sync/customers/lookup"
    return desk.client.get(path, params={"e164": number}, headers=desk.headers)


def found(desk: Desk, number: str = NUMBER) -> list[p.PageRow]:
    return decoded(ask(desk, number), p.LookupAnswer).rows


def a_phone(customer_id: str, number: str = NUMBER) -> p.Append:
    point = e.ContactPoint(
        id=new_id(), customer_id=customer_id, kind=e.ContactKind.PHONE, value=number, e164=number
    )
    return append(point, KindName.CONTACT_POINT)


@pytest.fixture
def narrowed(ann: Desk, lea: Desk, company: Company, url: str, clock: TurnedClock) -> Desk:
    """Return Ann's desk, which does not hold the customer of the number."""
    lea.push(patch_customer(company.customer.id, team_id=(None, "south")))
    database = open_database(url)
    database.write(change_account, "ann", AccountChanges(ScopeName.TEAM), clock())
    database.close()
    return ann


def test_a_caller_outside_the_scope_is_found_whole(
    narrowed: Desk, lea: Desk, company: Company
) -> None:
    phone, fact = a_phone(company.customer.id), a_fact(company.customer.id)
    note = a_note(company.customer.id, "Rings late.")
    note.fields["author_id"] = company.lead.id
    gone = a_fact(company.customer.id)
    lea.push(phone, fact, note, gone)
    lea.push(p.Remove(kind=KindName.FACT, id=gone.id))
    assert company.customer.id not in narrowed.pull().rows
    rows = found(narrowed)
    assert [row.id for row in rows[:2]] == [company.lead.id, company.customer.id]
    theirs = {row.id for row in rows[2:] if row.kind != KindName.FIELD_VERSION}
    assert theirs == {phone.id, fact.id, note.id}
    at_lea = lea.pull().rows
    assert all(row == at_lea[row.id] for row in rows)


def test_everybody_on_a_shared_number_is_found_and_a_merged_one_as_who_they_are_now(
    ann: Desk, lea: Desk, company: Company
) -> None:
    third = e.Customer(id=new_id(), full_name="Third Blunt")
    lea.push(append(third, KindName.CUSTOMER))
    lea.push(*(a_phone(i) for i in (company.customer.id, company.other.id, third.id)))
    lea.push(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    customers = {row.id for row in found(ann) if row.kind == "customer"}
    assert customers == {company.customer.id, third.id}


def test_very_many_on_one_number_are_cut_to_those_touched_last(
    ann: Desk, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST_CUSTOMERS", 1)
    ann.push(a_phone(company.customer.id), a_phone(company.other.id))
    ann.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    assert [row.id for row in found(ann) if row.kind == "customer"] == [company.customer.id]


def test_nobody_is_found_under_an_unknown_number(ann: Desk) -> None:
    assert found(ann, "+441134960999") == []


def test_somebody_is_found_whose_number_their_country_has_changed_since(
    ann: Desk, company: Company
) -> None:
    ann.push(a_phone(company.customer.id, "+5215512345678"))
    assert company.customer.id in [row.id for row in found(ann, "+525512345678")]


@pytest.mark.parametrize("number", ["", "01134960001", "+44 113", "+44113x", "%", "+" + 16 * "1"])
def test_what_is_no_number_is_refused(ann: Desk, number: str, url: str) -> None:
    assert error_of(ask(ann, number)) == (400, "invalid-request")
    assert look_into(url, sa.select(t.lookup)) == []


def test_a_plus_sign_that_was_not_escaped_is_understood(ann: Desk, company: Company) -> None:
    ann.push(a_phone(company.customer.id))
    path = f"/v1/sync/customers/lookup?e164={NUMBER}"
    answer = ann.client.get(path, headers=ann.headers)
    assert decoded(answer, p.LookupAnswer).rows == found(ann)


def test_a_lookup_is_on_record_without_the_number(
    ann: Desk, company: Company, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ann.push(a_phone(company.customer.id))
    with caplog.at_level("DEBUG", "agentdesk"):
        found(ann)
    [row] = look_into(url, sa.select(t.lookup))
    assert (row.user_id, row.device_id, row.found) == (company.agent.id, ann.device_id, 1)
    assert row.looked_up_at == "2026-03-02T09:00:00.000Z"
    digits = NUMBER.removeprefix("+")
    assert digits not in caplog.text
    assert digits not in str(tuple(row))


def test_trying_out_numbers_is_slowed_down_per_device(
    ann: Desk, cole: Desk, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PER_MINUTE", 2)
    found(ann)
    found(ann)
    refused = ask(ann, NUMBER)
    assert error_of(refused) == (429, "server-busy")
    answer = msgspec.json.decode(refused.content, type=p.ErrorAnswer)
    assert (refused.headers["retry-after"], answer.retry_after_s) == ("60", 60)
    assert found(cole) == []
    clock.turn(seconds=61)
    assert found(ann) == []


def test_trying_out_numbers_all_day_long_ends_too(
    ann: Desk, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PER_DAY", 2)
    for _ in range(2):
        found(ann)
        clock.turn(minutes=4)
    assert error_of(ask(ann, NUMBER)) == (429, "server-busy")
    clock.turn(hours=24)
    assert found(sign_in(ann.client, "ann", ann.device_id)) == []


def test_a_locked_device_finds_nobody(ann: Desk, url: str) -> None:
    lock = sa.update(t.device).values(locked_at="2026-03-02T09:00:00.000Z")
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(lock.where(t.device.c.device_id == ann.device_id))
    assert error_of(ask(ann, NUMBER)) == (403, "device-locked")
