"""The way on for a copied profile: it becomes a desk of its own, with nothing lost or doubled.

Numbers of edits belong to a device. Two copies of one profile give out the same numbers for
different edits, which Central notices and refuses. The copy that was refused goes on under a new
device's name: what Central has not judged is numbered anew from 1, everything else stays as it was.
Central recognises by its id every record that it has already taken from the other copy.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.moments import now, to_text
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.state import get_state, set_state
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import absorb_verdicts, show_records
from agentdesk.sync.outside import is_accepted, lay_over_shadow
from agentdesk.sync.plan import batch
from agentdesk.sync.protocol import Verdict
from agentdesk.sync.purge import ARRIVED, MARKS

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

_NUMBERED = (t.journal, t.attention, t.conflict, t.merged)
_OF_THE_DEVICE = ("device_id", "access_token", "refresh_token", MARKS)


def fetch_verdicts(store: Store, client: CentralClient, author_id: str) -> ChangeSet:
    """Ask Central, group by group, about the edits that it has had from the other copy already.

    These keep their numbers and need not be sent again. Ends where the copies part. Raises what
    the transport raises for anything else, with nothing changed.
    """
    changes = ChangeSet()
    while True:
        groups = batch(store.read_here(outbox.unjudged, author_id, 1))[:1]
        if not groups:
            return changes
        try:
            answer = client.push(groups)
        except ExternalError as failure:
            if failure.code is Code.DEVICE_FORKED:
                return changes
            raise
        found = store.write_here(absorb_verdicts, answer.verdicts)
        if not found:
            return changes
        changes |= found


def become_new_device(connection: sa.Connection) -> ChangeSet:
    """Give the profile a new device's name and numbers; somebody has to sign in again."""
    edits = outbox.all_waiting(connection)
    judged = [edit for edit in edits if edit.verdict is not None]
    unjudged = [edit for edit in edits if edit.verdict is None]
    arrived = get_state(connection, ARRIVED) or 0
    for edit in judged:
        if is_accepted(edit) and not _has_come(connection, edit, arrived):
            # Its page has yet to come: until then it is shown as if it were here.
            lay_over_shadow(connection, edit)
    outbox.journal_all(connection, judged, to_text(now()))
    _shift_old_numbers(connection)
    connection.execute(t.outbox.delete())
    outbox.add_intentions(connection, [_renumbered(edit, n) for n, edit in enumerate(unjudged, 1)])
    set_state(connection, **dict.fromkeys(_OF_THE_DEVICE), next_n=len(unjudged) + 1)
    logger.warning("this profile becomes a new device with %d unsent edits", len(unjudged))
    return show_records(connection, {(edit.kind, edit.record_id) for edit in judged})


def _has_come(connection: sa.Connection, edit: outbox.Intention, arrived: int) -> bool:
    """Tell whether a page has brought what Central made of an edit: no other will, then."""
    seq = 0 if edit.verdict is None else decode_json(edit.verdict, Verdict).seq
    central = outbox.get_shadow(connection, edit.kind, edit.record_id)
    return seq <= arrived or (central is not None and seq <= central.seq)


def _shift_old_numbers(connection: sa.Connection) -> None:
    """Move the old device's numbers below all that may still be given out."""
    lowest, highest = 0, 0
    for table in _NUMBERED:
        ends = sa.select(sa.func.min(table.c.n), sa.func.max(table.c.n))
        low, high = connection.execute(ends).one()
        lowest, highest = min(lowest, low or 0), max(highest, high or 0)
    # So far that no number lands on another that has still to be moved.
    shift = 1 + highest - lowest
    for table in _NUMBERED:
        connection.execute(table.update().values(n=table.c.n - shift))


def _renumbered(edit: outbox.Intention, n: int) -> outbox.Intention:
    payload = decode_json(edit.payload) | {"n": n}
    return outbox.Intention(
        n=n,
        group_id=edit.group_id,
        kind=edit.kind,
        record_id=edit.record_id,
        owner_id=edit.owner_id,
        author_id=edit.author_id,
        payload=msgspec.json.encode(payload),
        made_at=edit.made_at,
    )
