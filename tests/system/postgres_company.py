"""A company in a database of its own on PostgreSQL, and units of work on its feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.database import Database, open_database
from agentdesk.central.feed import START, Cursor, Numbering, cursor_at, decode_cursor
from agentdesk.central.operations import Caller
from agentdesk.central.pages import PageRequest, page_lines
from agentdesk.central.records import Origin, RecordBook
from agentdesk.central.sequencer import choose, number_all
from agentdesk.domain.entities import Role
from agentdesk.domain.kinds import KindName
from tests.postgres import Postgres
from tests.unit.central.driver import Company, Pulled, a_fact, fill, read_page, small_company

NOBODY = Origin(None, None, None, "2026-03-02T09:00:00.000Z")


@dataclass(frozen=True)
class Feed:
    """Central's database with a company in it, and its feed."""

    database: Database
    url: str
    company: Company
    numbering: Numbering
    epoch: str

    @property
    def org_id(self) -> str:
        """Return whose it is."""
        return self.company.organisation.id

    @property
    def start(self) -> Cursor:
        """Where a desk begins."""
        return cursor_at(self.epoch, 1, START)

    def caller(self, device_id: str) -> Caller:
        """Return the agent on a device, which is made known."""
        with self.database.writing() as connection:
            connection.execute(
                sa.insert(t.device).values(
                    org_id=self.org_id,
                    device_id=device_id,
                    name="desk",
                    last_n=0,
                    first_seen_at=NOBODY.at,
                    last_seen_at=NOBODY.at,
                )
            )
        return Caller(self.org_id, self.company.agent.id, Role.AGENT, device_id, "session")

    def add(self, connection: sa.Connection, *ids: str) -> None:
        """Add facts, as the last thing in a transaction."""
        book = RecordBook(connection, self.org_id)
        for record_id in ids:
            fields = a_fact(self.company.customer.id, record_id).fields
            book.add(KindName.FACT, record_id, fields, NOBODY)
        book.write_all()

    def settle(self) -> None:
        """Have numbered what waits for a number."""
        number_all(self.database, self.org_id)

    def page(self, cursor: Cursor, limit: int = 50_000) -> tuple[Pulled, Cursor]:
        """Read a page, and return the cursor behind it."""
        request = PageRequest(self.org_id, "none", cursor, limit)
        pulled = read_page(b"".join(page_lines(self.database, request)))
        behind = decode_cursor(pulled.end.cursor)
        assert behind is not None
        return pulled, behind


@contextmanager
def feed_on(postgres: Postgres, numbering: Numbering) -> Iterator[Feed]:
    """Make the company, with its changes numbered in this way."""
    name = postgres.create()
    company = small_company()
    fill(postgres.url(name), company)
    database = open_database(postgres.url(name))
    database.write(choose, numbering)
    with database.reading() as connection:
        epoch = connection.execute(sa.select(t.org.c.epoch)).scalar_one()
    try:
        yield Feed(database, postgres.url(name), company, numbering, epoch)
    finally:
        database.close()
        postgres.drop(name)
