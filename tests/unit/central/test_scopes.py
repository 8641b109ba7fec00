"""That a desk reads what its scope holds, hears what has left it, and starts afresh in another."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.accounts import AccountChanges, change_account
from agentdesk.central.database import open_database
from agentdesk.central.organisations import write_entities
from agentdesk.central.scopes import ScopeName
from agentdesk.central.sequencer import number_all, waiting_organisations
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    EVERYWHERE,
    Company,
    Desk,
    TurnedClock,
    a_fact,
    a_note,
    error_of,
    look_into,
    patch_customer,
    sign_in,
)
from tests.unit.central.unpacking import digest_of, load, load_recent

BACKENDS = EVERYWHERE
NORTH = e.Team(id=new_id(), name="North")
SOUTH = e.Team(id=new_id(), name="South")


@pytest.fixture
def teams(url: str, company: Company, clock: TurnedClock) -> None:
    """Let Ann hold the team North's customers and Cole the South's; Lea holds all."""
    with closing(open_database(url)) as database, database.writing() as connection:
        write_entities(connection, company.organisation.id, [NORTH, SOUTH], clock())
    change(url, clock, "ann", AccountChanges(ScopeName.TEAM, "north"))
    change(url, clock, "cole", AccountChanges(ScopeName.TEAM, SOUTH.id))


pytestmark = pytest.mark.usefixtures("teams")


def change(url: str, clock: TurnedClock, name: str, changes: AccountChanges) -> None:
    """Change an account as the operator does, and have it numbered as a running Central does."""
    with closing(open_database(url)) as database:
        database.write(change_account, name, changes, clock())
        for org_id in database.read(waiting_organisations):
            number_all(database, org_id)


def move(desk: Desk, customer: e.Customer, before: e.Team | None, after: e.Team | None) -> None:
    """Give a customer to another team."""
    ids = tuple(team.id if team else None for team in (before, after))
    verdict = desk.push_one(patch_customer(customer.id, team_id=(ids[0], ids[1])))
    assert verdict.outcome is p.Outcome.APPLIED


def ids(lines: Iterable[p.PageRow | p.PageGone]) -> set[str]:
    """Return whom and what lines are about; former values of fields have ids that nobody knows."""
    return {line.id for line in lines if line.kind != KindName.FIELD_VERSION}


def test_a_desk_is_told_its_scope(ann: Desk, lea: Desk) -> None:
    assert ann.hello().scope == "team"
    assert lea.hello().scope == "all"


def test_a_desk_reads_its_teams_customers_and_those_of_no_team_with_all_that_is_theirs(
    ann: Desk, cole: Desk, lea: Desk, company: Company
) -> None:
    theirs, everybodys = a_fact(company.customer.id), a_note(company.other.id, "A note.")
    lea.push(theirs, everybodys)
    move(lea, company.customer, None, NORTH)
    without_customer = {
        company.organisation.id, NORTH.id, SOUTH.id,
        company.agent.id, company.colleague.id, company.lead.id,
    }  # fmt: skip
    of_nobody = without_customer | {company.other.id, everybodys.id}
    of_north = of_nobody | {company.customer.id, theirs.id}
    for desk, held in ((ann, of_north), (cole, of_nobody), (lea, of_north)):
        assert ids(desk.pull().rows.values()) == held
        assert ids(load(desk).rows.values()) == held
        assert ids(load_recent(desk).rows.values()) == held
        assert load(desk).ids == desk.pull().rows.keys()


def test_digests_are_of_what_the_scope_holds(
    ann: Desk, cole: Desk, lea: Desk, company: Company
) -> None:
    lea.push(a_fact(company.customer.id))
    move(lea, company.customer, None, NORTH)
    for desk in (ann, cole, lea):
        assert desk.digest().buckets == digest_of(list(desk.pull().rows.values()))
    assert cole.digest().buckets != ann.digest().buckets == lea.digest().buckets


def test_a_customer_who_leaves_a_scope_is_gone_there_with_all_that_is_theirs_and_comes_elsewhere(
    ann: Desk, cole: Desk, lea: Desk, company: Company
) -> None:
    fact, note = a_fact(company.customer.id), a_note(company.customer.id, "A note.")
    lea.push(fact, note)
    move(lea, company.customer, None, NORTH)
    at_ann, at_cole, at_lea = (desk.pull().end.cursor for desk in (ann, cole, lea))
    move(lea, company.customer, NORTH, SOUTH)
    moved = {company.customer.id, fact.id, note.id}
    page = ann.pull(at_ann)
    assert page.rows == {}
    assert ids(page.lines) == moved
    assert {gone.reason for gone in page.gone.values()} == {p.GoneReason.LEFT_SCOPE}
    for desk, cursor in ((cole, at_cole), (lea, at_lea)):
        assert ids(desk.pull(cursor).rows.values()) == moved
    assert lea.pull(at_lea).gone == {}


def test_who_never_had_a_customer_does_not_hear_of_them(
    ann: Desk, lea: Desk, company: Company
) -> None:
    customer = e.Customer(id=new_id(), full_name="Sue South", team_id=SOUTH.id)
    before = ann.pull().end.cursor
    fields = {"full_name": customer.full_name, "team_id": SOUTH.id}
    lea.push(p.Append(kind=KindName.CUSTOMER, id=customer.id, fields=fields))
    lea.push(a_fact(customer.id), a_note(customer.id, "A note."))
    lea.push(p.Remove(kind=KindName.CUSTOMER, id=customer.id))
    page = ann.pull(before)
    assert page.lines == []
    assert page.end.more is False
    assert ann.pull(page.end.cursor).lines == []


def test_what_left_is_told_also_to_a_desk_that_passed_over_the_moment_it_left(
    ann: Desk, lea: Desk, company: Company
) -> None:
    fact = a_fact(company.customer.id)
    lea.push(fact)
    move(lea, company.customer, None, NORTH)
    cursor = ann.pull().end.cursor
    move(lea, company.customer, NORTH, SOUTH)
    facts = [a_fact(company.other.id) for _ in range(3)]
    lea.push(*facts)
    # Numbers the customer anew, behind what the desk reads in its first page.
    first = ann.pull(cursor, limit=2)
    lea.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    rest = ann.pull(first.end.cursor)
    gone = first.gone | rest.gone
    assert ids(gone.values()) == {company.customer.id, fact.id}
    assert {line.reason for line in gone.values()} == {p.GoneReason.LEFT_SCOPE}


def test_an_edit_on_a_customer_who_has_left_the_scope_is_still_judged(
    ann: Desk, lea: Desk, company: Company
) -> None:
    move(lea, company.customer, None, SOUTH)
    verdict = ann.push_one(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    assert verdict.outcome is p.Outcome.APPLIED
    assert lea.row(company.customer.id).fields["hometown"] == "Ventspils"


def test_a_desk_starts_afresh_when_what_it_holds_is_changed_and_no_other_does(
    ann: Desk, cole: Desk, lea: Desk, url: str, clock: TurnedClock
) -> None:
    at_ann, at_cole, at_lea = (desk.manifest().cursor for desk in (ann, cole, lea))
    before = ann.hello(at_ann)
    change(url, clock, "ann", AccountChanges(team="South"))
    after = ann.hello(at_ann)
    assert (before.reset, after.reset) == (False, True)
    assert after.scope_revision > before.scope_revision
    answer = ann.client.get("/v1/sync/changes", params={"cursor": at_ann}, headers=ann.headers)
    assert error_of(answer) == (409, "reset")
    assert ann.hello(ann.manifest().cursor).reset is False
    assert cole.hello(at_cole).reset is False
    assert lea.hello(at_lea).reset is False


def test_a_scope_that_comes_back_is_another_one_all_the_same(
    ann: Desk, url: str, clock: TurnedClock
) -> None:
    cursor = ann.pull().end.cursor
    change(url, clock, "ann", AccountChanges(team="South"))
    change(url, clock, "ann", AccountChanges(team="North"))
    assert ann.hello(cursor).reset is True


def test_a_change_that_changes_nothing_for_the_desk_resets_nothing(
    ann: Desk, lea: Desk, url: str, clock: TurnedClock
) -> None:
    at_ann, at_lea = ann.pull().end.cursor, lea.pull().end.cursor
    change(url, clock, "ann", AccountChanges(ScopeName.TEAM, "North"))
    change(url, clock, "lea", AccountChanges(team="South"))
    assert ann.hello(at_ann).reset is False
    assert lea.hello(at_lea).reset is False
    assert lea.pull(at_lea).rows[lea.tokens.user_id].fields["team_id"] == SOUTH.id


def test_another_persons_cursor_is_of_no_use_in_another_scope(ann: Desk, cole: Desk) -> None:
    assert cole.hello(ann.pull().end.cursor).reset is True


def test_a_desk_of_no_team_holds_what_is_everybodys(
    client: TestClient[Litestar], lea: Desk, company: Company, url: str, clock: TurnedClock
) -> None:
    move(lea, company.customer, None, NORTH)
    change(url, clock, "ann", AccountChanges(team=""))
    ann = sign_in(client, "ann")
    assert company.customer.id not in ann.pull().rows
    assert company.other.id in load(ann).ids


def test_chunks_of_another_scope_are_not_given_out(
    ann: Desk, cole: Desk, lea: Desk, company: Company
) -> None:
    move(lea, company.customer, None, NORTH)
    [info] = ann.manifest().chunks
    assert ann.chunk(info.sha256).status_code == 200
    assert error_of(cole.chunk(info.sha256)) == (404, "not-found")


def test_a_merge_across_teams_takes_what_belonged_to_the_loser_along(
    ann: Desk, cole: Desk, lea: Desk, company: Company
) -> None:
    fact = a_fact(company.other.id)
    lea.push(fact)
    move(lea, company.customer, None, NORTH)
    move(lea, company.other, None, SOUTH)
    at_ann, at_cole = ann.pull().end.cursor, cole.pull().end.cursor
    lea.push(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    page = cole.pull(at_cole)
    assert page.gone[fact.id].reason is p.GoneReason.LEFT_SCOPE
    assert page.gone[company.other.id].into == company.customer.id
    assert fact.id in ann.pull(at_ann).rows


@pytest.mark.parametrize(
    ("name", "changes"),
    [("nobody", AccountChanges(ScopeName.ALL)), ("ann", AccountChanges(team="West"))],
)
def test_an_account_or_a_team_that_is_not_there_cannot_be_chosen(
    url: str, clock: TurnedClock, name: str, changes: AccountChanges
) -> None:
    before = look_into(url, sa.select(t.account))
    with pytest.raises(AgentDeskError) as caught:
        change(url, clock, name, changes)
    assert caught.value.code is Code.NOT_FOUND
    assert look_into(url, sa.select(t.account)) == before
