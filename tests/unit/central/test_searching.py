"""That a search at Central names people outside the scope, on record and at a human pace."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from httpx import Response

from agentdesk.central import searching
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
    append,
    decoded,
    error_of,
    look_into,
    patch_customer,
)

# They order words each in their own way unless told.
BACKENDS = (Backend.SQLITE, Backend.POSTGRES)


def ask(desk: Desk, text: str) -> Response:
    return desk.client.get("/v1/sync/customers/search", params={"text": text}, headers=desk.headers)


def found(desk: Desk, text: str) -> list[str]:
    return [one.full_name for one in decoded(ask(desk, text), p.SearchAnswer).found]


def a_customer(name: str, team_id: str | None) -> p.Append:
    person = e.Customer(id=new_id(), full_name=name, team_id=team_id)
    return append(person, KindName.CUSTOMER)


@pytest.fixture
def narrowed(ann: Desk, lea: Desk, url: str, clock: TurnedClock) -> Desk:
    """Return Ann's desk, which does not hold the customers of the south."""
    lea.push(
        a_customer("Сергей Щукин", "south"),
        a_customer("Łukasz Wróbel", "south"),
        a_customer("Lukas Meier", None),
    )
    database = open_database(url)
    database.write(change_account, "ann", AccountChanges(ScopeName.TEAM), clock())
    database.close()
    return ann


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("shchukin", ["Сергей Щукин"]),
        ("Schukin sergei", ["Сергей Щукин"]),
        ("щук", ["Сергей Щукин"]),
        ("wrobel", ["Łukasz Wróbel"]),
        ("WRÓ łuk", ["Łukasz Wróbel"]),
        ("wrobel sergei", []),
        ("meier", []),
    ],
)
def test_names_outside_the_scope_are_found_in_any_spelling(
    narrowed: Desk, text: str, names: list[str]
) -> None:
    assert found(narrowed, text) == names


@pytest.mark.parametrize("text", ["", "wr", "%%%a", "\x00", "a b c d"])
def test_a_search_is_not_a_list(narrowed: Desk, text: str) -> None:
    assert error_of(ask(narrowed, text)) == (400, "invalid-request")


def test_a_desk_that_holds_everybody_is_told_so_and_leaves_no_record(lea: Desk, url: str) -> None:
    answer = decoded(ask(lea, "shchukin"), p.SearchAnswer)
    assert (answer.found, answer.all_held) == ([], True)
    assert look_into(url, sa.select(t.search_log)) == []


def test_a_name_that_changed_or_went_is_not_found_by_the_old_one(
    narrowed: Desk, lea: Desk, company: Company
) -> None:
    customer_id = company.customer.id
    lea.push(patch_customer(customer_id, team_id=(None, "south")))
    before = company.customer.full_name
    lea.push(patch_customer(customer_id, full_name=(before, "Quirin Zapf")))
    assert found(narrowed, "quirin") == ["Quirin Zapf"]
    lea.push(p.Remove(kind=KindName.CUSTOMER, id=customer_id))
    assert found(narrowed, "quirin") == []


def test_searches_are_on_record_without_what_was_typed(narrowed: Desk, url: str) -> None:
    found(narrowed, "shchukin")
    [row] = look_into(url, sa.select(t.search_log))
    assert (row.found, row.device_id) == (1, narrowed.device_id)
    assert "shchukin" not in str(tuple(row))


def test_trying_out_names_soon_has_to_wait(
    narrowed: Desk, monkeypatch: pytest.MonkeyPatch, clock: TurnedClock
) -> None:
    monkeypatch.setattr(searching, "PER_MINUTE", 2)
    assert [ask(narrowed, "wrobel").status_code for _n in range(3)] == [200, 200, 429]
    clock.turn(minutes=2)
    assert ask(narrowed, "wrobel").status_code == 200


def test_whoever_was_named_is_fetched_whole(narrowed: Desk, lea: Desk) -> None:
    [one] = decoded(ask(narrowed, "shchukin"), p.SearchAnswer).found
    path = "/v1/sync/customers/visit"
    for customer_id, names in ((one.id, ["Сергей Щукин"]), (new_id(), [])):
        response = narrowed.client.get(
            path, params={"customer_id": customer_id}, headers=narrowed.headers
        )
        rows = decoded(response, p.LookupAnswer).rows
        assert [row.fields["full_name"] for row in rows if row.kind == "customer"] == names
