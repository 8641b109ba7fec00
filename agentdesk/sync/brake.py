"""The brake on mass removal: what would empty the cache is believed when counted only.

Pages remove what somebody deleted, or what left this desk's scope, and a cache that is read anew
lacks it; a Central that has lost its data, or reads it wrongly, looks the same. So before a page,
together with the pages before it, removes much, or a much smaller cache takes this one's place,
Central's own counts must say that the records are gone.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from agentdesk.domain.kinds import KINDS, KindName
from agentdesk.errors import Code, ExternalError
from agentdesk.store import tables as t
from agentdesk.store.state import get_state, get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync import digest_check
from agentdesk.sync.absorb import CURSOR, Page
from agentdesk.sync.protocol import PageGone, PageRow

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

FEW = 20
"""So many removals are nobody's concern, however small the cache is."""
MANY = 1_000
SHARE = 5
"""More than one record in five is much."""

_REMOVED = "removed_in_this_run"
_CONFIRMED = "removals_confirmed_until"
REMOVALS = (_REMOVED, _CONFIRMED)
"""What is kept of the pages that are being read."""
_BATCH = 2_000
_TRIES = 5


def hold_back(store: Store, client: CentralClient, page: Page) -> None:
    """Return if `page` may be absorbed.

    Raises `ExternalError(REMOVALS_UNCONFIRMED)` if it removes much and Central's counts do not say
    so, or Central does not count. The desk stays as it is, and asks again later.
    """
    if not store.read_here(is_much, page):
        return
    confirmed = _confirmed_until(store, client, page)
    if confirmed is None:
        logger.error("a page removes much that Central's counts do not confirm; it is refused")
        raise ExternalError(Code.REMOVALS_UNCONFIRMED)
    logger.info("much is removed, as Central's counts confirm")
    store.write_here(lambda connection: set_state(connection, **{_CONFIRMED: confirmed}))


def is_much(connection: sa.Connection, page: Page) -> bool:
    """Tell whether a page would remove much, counting the pages before it in this run."""
    gone = [line for line in page.lines if isinstance(line, PageGone)]
    if not gone:
        return False
    kept = get_states(connection, [_REMOVED, _CONFIRMED])
    if max(line.seq for line in gone) <= (kept[_CONFIRMED] or 0):
        return False
    before = kept[_REMOVED] or 0
    if before + len(gone) <= FEW:
        return False
    removed = before + _present(connection, gone)
    if removed <= FEW:
        return False
    return removed > MANY or not _has_more_rows(connection, removed * SHARE - before - 1)


def shrinks_much(connection: sa.Connection, rows: int) -> bool:
    """Tell whether the cache would lose much if `rows` records took the place of all it has."""
    here = sum(
        connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in t.TABLES.values()
    )
    lost: int = here - rows
    return lost > FEW and (lost > MANY or lost * SHARE > here)


def hold_back_all(store: Store, client: CentralClient, catch_up: Callable[[], None]) -> None:
    """Return if the cache that was read anew, `store`, is what Central counts.

    Raises `ExternalError(REMOVALS_UNCONFIRMED)` if it is not, or Central does not count.
    """
    compared = digest_check.compare(store, client, catch_up)
    if compared is None or compared.differing:
        logger.error("what was read anew lacks much, and Central's counts do not confirm it")
        raise ExternalError(Code.REMOVALS_UNCONFIRMED)


def note_absorbed(connection: sa.Connection, page: Page, removed: int) -> None:
    """Count on while a run of pages goes on, and forget it at its end."""
    kept = get_states(connection, [_REMOVED, _CONFIRMED])
    if page.end.more and removed:
        set_state(connection, **{_REMOVED: (kept[_REMOVED] or 0) + removed})
    elif not page.end.more and any(kept.values()):
        set_state(connection, **{_REMOVED: None, _CONFIRMED: None})


def count_removals(connection: sa.Connection, page: Page) -> int:
    """Return how many records of the cache a page removes."""
    return _present(connection, [line for line in page.lines if isinstance(line, PageGone)])


def _present(connection: sa.Connection, gone: list[PageGone]) -> int:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for line in gone:
        by_kind[line.kind].append(line.id)
    count = 0
    for kind in KINDS:
        ids, table = by_kind[kind.value], t.TABLES[kind]
        for start in range(0, len(ids), _BATCH):
            query = sa.select(sa.func.count()).where(table.c.id.in_(ids[start : start + _BATCH]))
            count += connection.execute(query).scalar_one()
    return count


def _has_more_rows(connection: sa.Connection, than: int) -> bool:
    """Tell whether the cache has more records `than`, without counting all of them."""
    left = than
    for table in t.TABLES.values():
        some = sa.select(table.c.id).limit(left + 1).subquery()
        left -= connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
        if left < 0:
            return True
    return False


def _confirmed_until(store: Store, client: CentralClient, page: Page) -> int | None:
    """Return the feed's position up to which removals are confirmed; None if they are not.

    What the cache would have after all pages that there are is compared with Central's digest as
    of the last of them, by count, in every bucket that loses a record.
    """
    cursor = store.read_here(get_state, CURSOR)
    final: dict[tuple[KindName, str], PageRow | PageGone] = {}
    for _try in range(_TRIES):
        _overlay(final, page)
        while page.end.more:
            page = client.changes(page.end.cursor)
            _overlay(final, page)
        digest = digest_check.ask(client)
        if digest is None:
            return None
        if digest.cursor != page.end.cursor:
            page = client.changes(page.end.cursor)
            continue
        found = digest_check.tally(store, cursor, without=final.keys())
        if found is None:
            return None
        for (kind, record_id), line in final.items():
            if isinstance(line, PageRow):
                found.add(kind, record_id, _owner(kind, line), line.seq)
        agreed = all(found.counts[n] == digest.buckets[n].count for n in found.skipped)
        return page.end.head_seq if agreed else None
    return None


def _overlay(final: dict[tuple[KindName, str], PageRow | PageGone], page: Page) -> None:
    known = {kind.value: kind for kind in KINDS}
    final.update({(known[ln.kind], ln.id): ln for ln in page.lines if ln.kind in known})


def _owner(kind: KindName, line: PageRow) -> str | None:
    owner = KINDS[kind].owner
    if owner is None:
        return None
    return line.id if owner == "id" else line.fields.get(owner)
