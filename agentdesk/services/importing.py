"""Importing contacts: whole people or nothing of them, and everything that could not be read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import sqlalchemy as sa

from agentdesk.domain.entities import ContactPoint, Entity
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.interchange import planning
from agentdesk.interchange.contact import Contact, Dossier, Reason, Unreadable
from agentdesk.interchange.planning import Complete, Create, Plan, RunMemory
from agentdesk.interchange.reading import read_contacts
from agentdesk.services.dossiers import StoredCustomers, removed_customers
from agentdesk.services.identity import Identity
from agentdesk.services.notes import MOST_FACT_CHARS, MOST_NOTE_CHARS
from agentdesk.services.people import MOST_FIELD_CHARS
from agentdesk.services.rejects import write_rejects
from agentdesk.store.rows import select_entities
from agentdesk.store.tables import contact_point
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits

_BATCH = 200
_MOST_BATCH_S = 0.5
"""So long at the most is the cache kept from a window that wants to save something."""


@dataclass
class Progress:
    """How far an import has come: bytes of the file, and people."""

    done_bytes: int = 0
    all_bytes: int = 0
    people: int = 0


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    `read` people could be read: created, completed or unchanged. `rejected` lists what could
    not, and `rejected_file` holds those parts of the file. `stopped` says that it was ended
    early; importing the file again goes on from there.
    """

    read: int = 0
    created: int = 0
    completed: int = 0
    unchanged: int = 0
    rejected: tuple[Unreadable, ...] = ()
    rejected_file: Path | None = None
    stopped: bool = False


@dataclass
class _Tally:
    created: int = 0
    completed: int = 0
    unchanged: int = 0
    rejected: list[Unreadable] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """The lines where people and rejected parts begin, in the order of the file."""

    def count(self, plans: Iterable[Plan]) -> None:
        for plan in plans:
            if isinstance(plan, Create):
                self.created += 1
            elif isinstance(plan, Complete):
                self.completed += 1
            else:
                self.unchanged += 1

    @property
    def read(self) -> int:
        return self.created + self.completed + self.unchanged


def import_contacts(
    store: Store,
    path: Path,
    identity: Identity,
    *,
    dry_run: bool = False,
    progress: Callable[[Progress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Imported:
    """Import the people in a vCard or CSV file, in batches; blocks.

    Each person is one group for Central, so that one that it refuses holds up no other. A
    `dry_run` reads and compares everything and writes nothing, no file either. Raises
    `UserError`: `UNREADABLE_FILE`, `UNKNOWN_FORMAT`. What was imported before an error stays.
    """
    tally, told = _Tally(), Progress()

    def tell(done: int, total: int) -> None:
        told.done_bytes, told.all_bytes, told.people = done, total, tally.read
        progress(told)

    importer = _Importer(store, identity, dry_run=dry_run)
    stopped = False
    with closing(_readable(path, tell, tally)) as contacts:
        for plans in importer.batches(contacts):
            tally.count(plans)
            tell(told.done_bytes, told.all_bytes)
            if cancelled():
                stopped = True
                break
    aside = None
    if tally.rejected and not dry_run:
        aside = write_rejects(path, [r.line for r in tally.rejected], tally.starts)
    return Imported(
        read=tally.read,
        created=tally.created,
        completed=tally.completed,
        unchanged=tally.unchanged,
        rejected=tuple(tally.rejected),
        rejected_file=aside,
        stopped=stopped,
    )


def _readable(
    path: Path, tell: Callable[[int, int], None], tally: _Tally
) -> Generator[Contact, None, None]:
    """Yield the people of a file; what cannot be read is noted in `tally`."""
    with closing(read_contacts(path, tell)) as parts:  # type: ignore[type-var]  # it is a generator
        for part in parts:
            tally.starts.append(part.line)
            if isinstance(part, Unreadable):
                tally.rejected.append(part)
            elif _is_too_long(part):
                tally.rejected.append(Unreadable(part.line, Reason.TOO_LONG))
            else:
                yield part


def _is_too_long(contact: Contact) -> bool:
    """Tell whether a text is longer than those that people may type."""
    texts = (value for value in msgspec.structs.astuple(contact) if isinstance(value, str))
    reached = (contact.phones, contact.emails, contact.addresses, contact.handles)
    values = (entry.value for entries in reached for entry in entries)
    return (
        any(len(text) > MOST_FIELD_CHARS for text in (*texts, *values))
        or any(len(note) > MOST_NOTE_CHARS for note in contact.notes)
        or any(len(fact.text) > MOST_FACT_CHARS for fact in contact.facts)
    )


class _Importer:
    """Plans and writes contacts, as many in a transaction as take a short while."""

    def __init__(self, store: Store, identity: Identity, *, dry_run: bool) -> None:
        self._store = store
        self._author_id = identity.user.id
        self._region = identity.organisation.region
        self._removed = store.read_here(removed_customers)
        self._stored: StoredCustomers | None = None
        # What is only imagined is remembered, as nobody can look it up.
        self._memory = RunMemory(self) if dry_run else None

    def batches(self, contacts: Iterator[Contact]) -> Iterator[list[Plan]]:
        """Yield what was done after each transaction."""
        waiting: deque[Contact] = deque()
        while True:
            # Read from the file before the transaction begins, so that it is short.
            while len(waiting) < _BATCH and (contact := next(contacts, None)) is not None:
                waiting.append(contact)
            if not waiting:
                return
            run = self._store.read_here if self._memory else self._store.write_here
            plans = run(self._handle, waiting)
            for _plan in plans:
                waiting.popleft()
            yield plans

    def find(self, keys: Sequence[planning.IdentityKey]) -> Dossier | None:
        """Look somebody up in the transaction that is open."""
        return self._stored.find(keys) if self._stored else None

    def _handle(self, connection: sa.Connection, waiting: Iterable[Contact]) -> list[Plan]:
        """Plan and write as many of `waiting` as time allows, from the first on."""
        until = time.monotonic() + _MOST_BATCH_S
        self._stored = StoredCustomers(connection, self._removed)
        plans: list[Plan] = []
        for contact in waiting:
            plan = planning.plan_import(
                contact,
                self._memory or self._stored,
                region=self._region,
                at=now(),
                author_id=self._author_id,
            )
            if self._memory:
                self._memory.remember(planning.identity_keys(contact, self._region), plan)
            else:
                _apply(connection, plan, self._author_id)
            plans.append(plan)
            if time.monotonic() > until:
                break
        return plans


def _apply(connection: sa.Connection, plan: Plan, author_id: str) -> None:
    """Write one person as a group of their own."""
    if not isinstance(plan, (Create, Complete)):
        return
    edits = Edits(connection, author_id)
    if isinstance(plan, Complete) and plan.fields:
        edits.patch(KindName.CUSTOMER, plan.customer_id, **plan.fields)
    for record in plan.records:
        edits.append(_as_shared(connection, edits, record))
    edits.finish()


def _as_shared(connection: sa.Connection, edits: Edits, record: Entity) -> Entity:
    """Return a number that others have as a shared line, which it then is for them, too."""
    if not isinstance(record, ContactPoint) or record.e164 is None:
        return record
    c = contact_point.c
    others = (c.e164 == record.e164) & (c.customer_id != record.customer_id)
    holders = select_entities(connection, ContactPoint, others)
    for holder in holders:
        if not holder.shared:
            edits.patch(KindName.CONTACT_POINT, holder.id, shared=True)
    return msgspec.structs.replace(record, shared=True) if holders else record
