"""The journal is kept for as long as a restored Central may ask for it, by Central's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from agentdesk.domain.ids import new_id
from agentdesk.services.desk import Desk
from agentdesk.store.state import set_state
from agentdesk.store.tables import journal
from agentdesk.store.workers import Store
from agentdesk.sync import fork, purge
from agentdesk.sync.absorb import Page, absorb_page, absorb_verdicts
from agentdesk.sync.protocol import Outcome, PageEnd, Verdict
from tests.unit.sync.test_absorb import count, row

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def settle_edits(store: Store, desk: Desk, count: int, first_n: int = 1, seq: int = 10) -> None:
    """Make edits that go all the way into the journal."""
    anna = new_id()
    arrive(store, seq - 1, row(anna, seq - 1))
    for turn in range(count):
        desk.set_fields(anna, {"hometown": f"Town {turn}"}).result()
    numbers = range(first_n, first_n + count)
    verdicts = [Verdict(n=n, outcome=Outcome.APPLIED, seq=seq) for n in numbers]
    store.write_here(absorb_verdicts, verdicts)
    arrive(store, seq, absorbed=first_n + count - 1)


def arrive(store: Store, head_seq: int, *lines: object, absorbed: int = 0) -> None:
    """Take in the last page there is."""
    end = PageEnd(
        cursor=f"c{head_seq}",
        count=len(lines),
        checksum="",
        more=False,
        absorbed=absorbed,
        head_seq=head_seq,
    )
    store.write_here(absorb_page, Page(lines, end))  # type: ignore[arg-type]  # rows


def tend(store: Store, at: datetime) -> int:
    """Hear from Central; return how many entries are forgotten."""
    return store.write_here(purge.tend_journal, at)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_an_entry_is_forgotten_once_no_backup_can_miss_it(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 3)
    assert tend(store, NOON) == 0
    assert tend(store, NOON + days(purge.BACKUP_DAYS)) == 0
    assert count(store, journal) == 3
    assert tend(store, NOON + days(purge.BACKUP_DAYS) + timedelta(minutes=1)) == 3
    assert count(store, journal) == 0


def test_what_was_settled_later_is_kept_longer(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2)
    tend(store, NOON)
    settle_edits(store, desk, 3, first_n=3, seq=20)
    tend(store, NOON + days(10))
    tend(store, NOON + days(50))
    assert count(store, journal) == 3
    tend(store, NOON + days(60))
    assert count(store, journal) == 0


def test_central_may_keep_its_backups_longer(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2)
    store.write_here(lambda connection: set_state(connection, **{purge.BACKUPS: 400}))
    tend(store, NOON)
    assert tend(store, NOON + days(399)) == 0
    assert tend(store, NOON + days(401)) == 2


def test_it_is_done_in_small_batches(
    store: Store, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    settle_edits(store, desk, 5)
    tend(store, NOON)
    later = NOON + days(50)
    assert [tend(store, later) for _turn in range(4)] == [2, 2, 1, 0]


def test_nothing_is_forgotten_while_the_cursor_stands_before_it(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2, seq=10)
    tend(store, NOON)
    # Restored from a backup, Central stands before what it had said.
    arrive(store, 7)
    assert tend(store, NOON + days(50)) == 0
    store.write_here(lambda connection: set_state(connection, cursor=None))
    assert tend(store, NOON + days(50)) == 0
    arrive(store, 12)
    assert tend(store, NOON + days(50)) == 2


def test_a_desk_clock_that_is_years_off_forgets_nothing(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2)
    store.write_here(lambda c: c.execute(sa.update(journal).values(settled_at="2016-01-01")))
    assert tend(store, NOON) == 0
    assert count(store, journal) == 2


def test_a_central_clock_that_was_put_right_starts_the_count_anew(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2)
    tend(store, NOON + days(3_650))
    assert tend(store, NOON) == 0
    assert tend(store, NOON + days(44)) == 0
    assert tend(store, NOON + days(46)) == 2


def test_what_an_earlier_device_has_sent_is_forgotten_in_time(store: Store, desk: Desk) -> None:
    settle_edits(store, desk, 2)
    tend(store, NOON)
    store.write_here(fork.become_new_device)
    tend(store, NOON + days(40))
    assert tend(store, NOON + days(50)) == 0
    assert tend(store, NOON + days(86)) == 2
