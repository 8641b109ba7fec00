"""That records are counted in the right place and follow their customer from team to team."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import agentdesk.central.migrations
from agentdesk.central import tables as t
from agentdesk.central.database import Database, open_database, sqlite_url
from agentdesk.central.records import Origin, RecordBook
from agentdesk.domain.kinds import KindName
from agentdesk.sync import protocol as p
from agentdesk.sync.digests import bucket_of, check_of
from tests.unit.central.driver import Company, Desk, a_fact, a_note, look_into, patch_customer

NOBODY = Origin(None, None, None, "2026-03-02T09:00:00.000Z")
RECORDS = sa.select(t.record)


def record_of(url: str, record_id: str) -> Any:
    [row] = look_into(url, RECORDS.where(t.record.c.id == record_id))
    return row


def move(desk: Desk, customer_id: str, before: str | None, after: str | None) -> None:
    verdict = desk.push_one(patch_customer(customer_id, team_id=(before, after)))
    assert verdict.outcome is p.Outcome.APPLIED


def test_every_record_has_its_bucket_and_the_check_of_its_number(
    ann: Desk, company: Company, url: str
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    ann.push(patch_customer(company.customer.id, hometown=("Riga", "Ventspils")))
    rows = look_into(url, RECORDS)
    assert len(rows) == 8
    assert [(r.bucket, r.check_sum) for r in rows] == [
        (bucket_of(r.owner_id or r.id), check_of(r.kind, r.id, r.seq)) for r in rows
    ]
    assert record_of(url, fact.id).bucket == bucket_of(company.customer.id)


def test_what_belongs_to_a_customer_follows_into_the_next_team(
    ann: Desk, company: Company, url: str
) -> None:
    fact, note = a_fact(company.customer.id), a_note(company.customer.id, "Rings late.")
    ann.push(fact, note)
    move(ann, company.customer.id, None, "north")
    first = [record_of(url, i) for i in (company.customer.id, fact.id, note.id)]
    assert {(r.team_id, r.former_teams) for r in first} == {("north", '[""]')}
    move(ann, company.customer.id, "north", "south")
    second = [record_of(url, i) for i in (company.customer.id, fact.id, note.id)]
    assert {(r.team_id, r.former_teams) for r in second} == {("south", '["","north"]')}
    assert min(r.seq for r in second) > max(r.seq for r in first)
    assert record_of(url, company.other.id).team_id is None


def test_a_new_record_is_of_its_customers_team_and_has_been_in_no_other(
    ann: Desk, company: Company, url: str
) -> None:
    move(ann, company.customer.id, None, "north")
    fact = a_fact(company.customer.id)
    ann.push(fact)
    row = record_of(url, fact.id)
    assert (row.team_id, row.former_teams) == ("north", "[]")


def test_a_record_that_goes_to_another_customer_changes_bucket_and_team(
    ann: Desk, company: Company, url: str
) -> None:
    fact = a_fact(company.customer.id)
    ann.push(fact)
    move(ann, company.other.id, None, "south")
    change = p.FieldChange(base=company.customer.id, new=company.other.id)
    ann.push(p.Patch(kind=KindName.FACT, id=fact.id, changes={"customer_id": change}))
    row = record_of(url, fact.id)
    assert (row.bucket, row.team_id, row.former_teams) == (
        bucket_of(company.other.id), "south", '[""]'
    )  # fmt: skip


def test_a_merge_brings_records_into_the_winners_team_and_its_undoing_brings_them_back(
    ann: Desk, company: Company, url: str
) -> None:
    winner, loser = company.customer.id, company.other.id
    fact = a_fact(loser)
    ann.push(fact)
    move(ann, winner, None, "north")
    move(ann, loser, None, "south")
    ann.push(p.MergeCustomers(winner=winner, loser=loser))
    merged = record_of(url, fact.id)
    assert (merged.team_id, merged.bucket) == ("north", bucket_of(winner))
    ann.push(p.Unmerge(winner=winner, loser=loser))
    parted = record_of(url, fact.id)
    assert (parted.team_id, parted.bucket) == ("south", bucket_of(loser))
    assert parted.former_teams == '["","north","south"]'


def test_a_merge_leaves_a_customer_who_is_everybodys_to_everybody(
    ann: Desk, company: Company, url: str
) -> None:
    move(ann, company.other.id, None, "south")
    ann.push(p.MergeCustomers(winner=company.customer.id, loser=company.other.id))
    assert record_of(url, company.customer.id).team_id is None


def test_thousands_of_records_follow_their_customer(url: str, company: Company) -> None:
    database = open_database(url)
    write_facts(database, company, 4_000)
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        customer = book.get(KindName.CUSTOMER, company.customer.id)
        assert customer is not None
        book.write(customer, "team_id", "north", NOBODY)
        before, after, _batch = book.write_all()
    database.close()
    teams = sa.select(t.record.c.team_id, sa.func.count(), sa.func.min(t.record.c.seq))
    of_facts = teams.where(t.record.c.kind == "fact").group_by(t.record.c.team_id)
    # The customer, the former team as a value of its own, and all the facts.
    assert after - before == 4_002
    assert look_into(url, of_facts) == [("north", 4_000, before + 3)]


def write_facts(database: Database, company: Company, count: int) -> None:
    """Give the company's customer that many facts."""
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        for _ in range(count):
            fact = a_fact(company.customer.id)
            book.add(KindName.FACT, fact.id, fact.fields, NOBODY)
        book.write_all()


@pytest.fixture
def first_schema(tmp_path: Path) -> str:
    """Return a database as the first release left it, with more records than a batch."""
    url = sqlite_url(tmp_path / "first.sqlite3")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    config = Config()
    config.set_main_option("script_location", agentdesk.central.migrations.__path__[0])
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        columns = "org_id, kind, id, owner_id, fields, versions, origins, created_seq, seq"
        connection.exec_driver_sql(
            f"INSERT INTO record ({columns}, created_at) "  # noqa: S608 - names, not values
            "VALUES (?, ?, ?, ?, ?, '{}', '{}', ?, ?, '2026-03-02T09:00:00.000Z')",
            list(_rows_of_the_first_schema()),
        )
    return url


def _rows_of_the_first_schema() -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        ("o", "organisation", "o", None, "{}", 1, 1),
        # A newer desk had sent a team, which the first release kept without knowing it.
        ("o", "customer", "c1", "c1", json.dumps({"team_id": "north"}), 2, 2),
        ("o", "customer", "c2", "c2", "{}", 3, 3),
        ("p", "customer", "c1", "c1", "{}", 1, 1),
        ("o", "interaction", "alone", None, "{}", 4, 4),
    ]
    rows += [("o", "fact", f"f{i}", f"c{1 + i % 2}", "{}", 5 + i, 5 + i) for i in range(6_000)]
    return rows


def test_records_of_the_first_release_are_placed_when_it_is_upgraded(first_schema: str) -> None:
    open_database(first_schema).close()
    rows = look_into(first_schema, RECORDS)
    assert len(rows) == 6_005
    assert all(r.bucket == bucket_of(r.owner_id or r.id) for r in rows)
    assert all(r.check_sum == check_of(r.kind, r.id, r.seq) for r in rows)
    assert {(r.org_id, r.owner_id, r.team_id) for r in rows} == {
        ("o", None, None), ("o", "c1", "north"), ("o", "c2", None), ("p", "c1", None)
    }  # fmt: skip
    assert {r.former_teams for r in rows} == {"[]"}
