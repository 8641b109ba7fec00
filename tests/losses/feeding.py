"""Losses between what Central commits and what a reader gets, each with its bug."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.central import pages, records
from agentdesk.central import tables as t
from agentdesk.central.feed import SHARD, Change, Numbering, Position, head, insert_many
from agentdesk.central.records import RecordBook
from agentdesk.central.scopes import Scope
from agentdesk.central.snapshots import Snapshots, _Maker
from agentdesk.central.standing import cursor_for
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.sync import protocol as p
from agentdesk.sync.account import open_client
from agentdesk.sync.bodies import Held, open_chunk
from tests.exchanges import desk_on, settle
from tests.losses.finding import ANNA, Finding, KnownLoss, Stage
from tests.postgres import Postgres
from tests.system.postgres_company import NOBODY, Feed, feed_on
from tests.unit.central.driver import a_fact

# --- Late commit skipped by the cursor ---------------------------------------------------------


def a_transaction_commits_after_one_that_began_later(stage: Stage) -> Finding:
    """Of two writers the first commits last; a reader reads before and after that."""
    postgres = stage.postgres()
    with feed_on(postgres, Numbering.HEAD) as feed:
        early, late = new_id(), new_id()
        _seen, cursor = feed.page(feed.start)
        done = threading.Event()

        def write_late() -> None:
            with feed.database.writing() as connection:
                _add(feed, connection, feed.company.other.id, late)
            done.set()

        writer = threading.Thread(target=write_late)
        with feed.database.writing() as connection:
            _add(feed, connection, feed.company.customer.id, early)
            writer.start()
            _wait_until_written_or_waiting(postgres, feed, done)
            first, cursor = feed.page(cursor)
        writer.join(20)
        second, _cursor = feed.page(cursor)
    missed = {early, late} - first.rows.keys() - second.rows.keys()
    return Finding(lost=tuple(sorted(missed)))


def _add(feed: Feed, connection: sa.Connection, customer_id: str, record_id: str) -> None:
    """Add a fact about a customer; about the same one, two writers wait for each other anyway."""
    book = RecordBook(connection, feed.org_id)
    book.add(KindName.FACT, record_id, a_fact(customer_id, record_id).fields, NOBODY)
    book.write_all()


def _wait_until_written_or_waiting(postgres: Postgres, feed: Feed, done: threading.Event) -> None:
    """Wait until the second writer has committed, or waits for a lock of the first."""
    database = feed.url.partition("?")[0].rpartition("/")[2]
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    )
    with postgres.connect() as looking:
        for _time in range(1_000):
            row = looking.execute(waiting, (database,)).fetchone()
            if done.wait(0.02) or (row is not None and row[0]):
                return
    raise AssertionError("the second writer does nothing")


def numbers_are_taken_from_a_sequence(patch: pytest.MonkeyPatch) -> None:
    """Numbers are given out without a lock, and the newest one that is visible is the head."""
    given_out = itertools.count(10_000)

    def take_numbers(connection: sa.Connection, org_id: str, changes: Sequence[Change]) -> int:
        before = next(given_out)
        rows: list[dict[str, Any]] = [
            {
                "org_id": org_id,
                "shard": SHARD,
                "seq": before + 1,
                "tag": secrets.token_urlsafe(9),
                "kind": str(change.kind),
                "record_id": change.record_id,
                "gone": None,
            }
            for change in changes
        ]
        insert_many(connection, t.changes, rows)
        return before

    def newest(connection: sa.Connection, org_id: str) -> Position:
        query = sa.select(t.changes.c.seq, t.changes.c.tag).where(t.changes.c.org_id == org_id)
        row = connection.execute(query.order_by(t.changes.c.seq.desc()).limit(1)).one()
        return Position(row.seq, row.tag)

    patch.setattr(records, "take_numbers", take_numbers)
    patch.setattr(pages, "head", newest)


# --- Seam between snapshot and feed ------------------------------------------------------------


def something_is_written_while_a_snapshot_is_made(stage: Stage) -> Finding:
    """Ben writes a note when the chunk of Anna's customers has just been read."""
    ann, ben = stage.desk("ann"), stage.desk("ben")
    whole = _Maker._make_part

    def write_after_reading(self: _Maker, parts: list[p.ChunkInfo], at: int) -> None:
        whole(self, parts, at)
        desk_on(ben).add_note(ANNA[0].id, "Into the seam").result()
        settle(ben)

    client = open_client(ann)
    with stage.meanwhile() as writing:
        writing.setattr(_Maker, "_make_part", write_after_reading)
        manifest = client.snapshot()
    content = b""
    for chunk in manifest.chunks:
        held = Held()
        client.fetch_chunk(chunk.sha256, held, lambda: True)
        content += open_chunk(chunk, held)
    page = client.changes(manifest.cursor)
    texts = [line.fields.get("text") for line in page.lines if isinstance(line, p.PageRow)]
    found = b"Into the seam" in content or "Into the seam" in texts
    return Finding(lost=() if found else ("Into the seam",))


def the_cursor_is_taken_when_the_snapshot_is_ready(patch: pytest.MonkeyPatch) -> None:
    """The snapshot is said to be as of its end."""
    whole = Snapshots.manifest

    def manifest(self: Snapshots, org_id: str, scope: Scope) -> p.Manifest:
        made = whole(self, org_id, scope)
        newest = self._database.read(head, org_id)
        return msgspec.structs.replace(made, cursor=cursor_for(made.epoch, scope, newest).encode())

    patch.setattr(Snapshots, "manifest", manifest)


LOSSES = (
    KnownLoss(
        "late commit skipped by the cursor",
        a_transaction_commits_after_one_that_began_later,
        numbers_are_taken_from_a_sequence,
    ),
    KnownLoss(
        "seam between snapshot and feed",
        something_is_written_while_a_snapshot_is_made,
        the_cursor_is_taken_when_the_snapshot_is_ready,
    ),
)
