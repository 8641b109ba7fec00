"""That what has no number yet is not told, and gets one whatever Central is set to meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from agentdesk.central import tables as t
from agentdesk.central.app import create_app
from agentdesk.central.database import Database, open_database
from agentdesk.central.feed import Numbering
from agentdesk.central.records import Origin, RecordBook
from agentdesk.central.sequencer import choose, number_all, number_some, waiting_organisations
from agentdesk.domain.kinds import KindName
from agentdesk.errors import Code
from agentdesk.sync import protocol as p
from tests.unit.central.driver import (
    DATABASES,
    Company,
    Desk,
    a_fact,
    error_of,
    look_into,
    patch_customer,
    sign_in,
)

BACKENDS = DATABASES

BEN = Origin("ben", "bens-desk", 1, "2026-03-02T09:00:00.000Z")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Give the database, in which numbers come from the sequencer."""
    opened = open_database(url)
    opened.write(choose, Numbering.SEQUENCER)
    yield opened
    opened.close()


def rename(database: Database, company: Company, town: str) -> None:
    """Write as a Central that has not yet come to numbering."""
    with database.writing() as connection:
        book = RecordBook(connection, company.organisation.id)
        customer = book.get(KindName.CUSTOMER, company.customer.id)
        assert customer is not None
        book.write(customer, "hometown", town, BEN)
        book.write_all()


def test_the_way_of_numbering_is_kept_until_another_is_chosen(url: str) -> None:
    chosen = sa.select(t.org.c.numbering)
    create_app(url, numbering=Numbering.SEQUENCER)
    create_app(url)
    kept = look_into(url, chosen)
    create_app(url, numbering=Numbering.HEAD)
    assert kept == [("sequencer",)]
    assert look_into(url, chosen) == [("head",)]


def test_after_a_push_everything_has_its_number(
    database: Database, ann: Desk, company: Company
) -> None:
    verdicts = ann.push(
        a_fact(company.customer.id), patch_customer(company.customer.id, hometown=("Riga", "Cesis"))
    )
    page = ann.pull()
    row = page.rows[company.customer.id]
    assert verdicts[0].seq == verdicts[1].seq == page.end.head_seq == row.seq
    assert row.versions == {"hometown": row.seq}
    assert page.end.absorbed == 2
    assert ann.push_groups(ann.sent).verdicts == verdicts
    assert database.read(waiting_organisations) == []


def test_what_has_no_number_is_in_no_page_and_gets_one_before_a_digest(
    database: Database, ann: Desk, company: Company
) -> None:
    before = ann.pull().end
    rename(database, company, "Cesis")
    meanwhile = ann.pull(before.cursor)
    assert database.read(waiting_organisations) == [company.organisation.id]
    answer = ann.client.get("/v1/sync/digest", headers=ann.headers)
    assert (meanwhile.lines, meanwhile.end.head_seq) == ([], before.head_seq)
    assert answer.status_code == 200
    assert company.customer.id in ann.pull(before.cursor).rows


def test_an_edit_that_rests_on_one_without_a_number_is_not_called_absorbed(
    database: Database, company: Company
) -> None:
    org_id = company.organisation.id
    with database.writing() as connection:
        connection.execute(
            sa.insert(t.pending_group).values(
                org_id=org_id, batch="b", device_id="d", first_n=1, last_n=1
            )
        )
    rename(database, company, "Cesis")
    # Only one of both changes fits.
    rename(database, company, "Ogre")
    left = sa.select(t.pending_group.c.batch)
    database.write(number_some, org_id, limit=1)
    with database.reading() as connection:
        waiting = connection.execute(left).all()
    number_all(database, org_id)
    with database.reading() as connection:
        assert (waiting, connection.execute(left).all()) == ([("b",)], [])


def test_who_takes_numbers_again_does_so_only_once_nothing_waits(
    database: Database, url: str, company: Company
) -> None:
    rename(database, company, "Cesis")
    with TestClient(create_app(url, numbering=Numbering.HEAD)) as client:
        ann = sign_in(client, "ann")
        before = ann.pull().end
        # The same is there already, but nobody can have read it.
        same = ann.push_one(patch_customer(company.customer.id, hometown=("Riga", "Cesis")))
        page = ann.pull(before.cursor)
    assert same.outcome is p.Outcome.APPLIED
    assert page.rows[company.customer.id].seq <= same.seq == page.end.head_seq
    assert page.end.absorbed == 1


def test_who_removes_what_was_changed_without_a_number_yet_is_told(
    database: Database, ann: Desk, company: Company
) -> None:
    seen = ann.row(company.customer.id).seq
    rename(database, company, "Cesis")
    remove = p.Remove(kind=KindName.CUSTOMER, id=company.customer.id, base_version=seen)
    verdict = ann.push_one(remove)
    assert (verdict.outcome, verdict.reason) == (p.Outcome.CONFLICT, p.Reason.EDITED)
    assert ann.pull().gone[company.customer.id].seq == verdict.seq


def test_a_digest_is_not_given_of_what_is_ahead_of_its_numbers(
    database: Database, ann: Desk, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(database, company, "Cesis")
    # As if somebody were changing the record for longer than the call lasts.
    monkeypatch.setattr("agentdesk.central.routes.number_all", lambda *_args: 0)
    answer = ann.client.get("/v1/sync/digest", headers=ann.headers)
    assert error_of(answer) == (503, Code.SERVER_BUSY)
