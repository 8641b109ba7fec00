"""The desk without a window: every use case as a future, and word of every change.

Views and commands hold one `Desk`. Reads and writes run on the store's threads; the futures'
results are frozen. Listeners are called on whatever thread made the change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.customer_type import Evidence, suggest
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Fact,
    FactKind,
    Interaction,
    Note,
    Photo,
    PromiseState,
)
from agentdesk.domain.found import Hit
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.domain.phone import ParsedNumber
from agentdesk.domain.playbook import Playbook
from agentdesk.services import (
    browse,
    callers,
    calls,
    cards,
    conflicts,
    history,
    home,
    merged,
    notes,
    people,
    queue,
    refused,
)
from agentdesk.services.central import CentralCalls, NoCentral
from agentdesk.services.conflicts import Choice
from agentdesk.services.identity import Identity, load_identity
from agentdesk.services.playbooks import in_language, shipped_playbooks
from agentdesk.services.queue import Queue
from agentdesk.services.storage import StorageFacts, storage_facts
from agentdesk.services.timeline import (
    Facets,
    ItemKind,
    Position,
    TimelineFilter,
    TimelinePage,
    entry_text,
    timeline_facets,
    timeline_page,
)
from agentdesk.store import state
from agentdesk.store.aliases import successor
from agentdesk.store.rows import StoredRow
from agentdesk.store.search import find_customers
from agentdesk.store.workers import READERS, Store

logger = logging.getLogger(__name__)

_ANY_NUMBER = "+441632960000"
"""A number of the range that Ofcom keeps for fiction: nobody has it."""

_T = TypeVar("_T")
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a ringing call shows, read as one state of the cache."""

    recognition: callers.Recognition
    card: cards.Card | None
    timeline: TimelinePage
    facets: Facets
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Person:
    """What opening a person shows, read as one state of the cache."""

    card: cards.Card
    timeline: TimelinePage
    facets: Facets
    draft: Draft | None


class Desk:
    """One signed-in person's work on one profile.

    `language` (ISO 639-1) is the viewer's: playbooks and explanations come in it.
    """

    def __init__(self, store: Store, identity: Identity, *, language: str = "en") -> None:
        self._store = store
        self.identity = identity
        self._language = language
        self._listeners: list[Callable[[ChangeSet], None]] = []
        self._wake_sync: Callable[[], None] = lambda: None
        self._pause_first_sync: Callable[[], None] = lambda: None
        self._resume_first_sync: Callable[[], None] = lambda: None
        self.central: CentralCalls = NoCentral()
        # What this window removed, as it was: taking that back shows it without asking Central.
        self._removed: dict[tuple[KindName, str], StoredRow] = {}

    # --- Who and in which language ------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The cache beneath."""
        return self._store

    @property
    def language(self) -> str:
        """The viewer's language."""
        return self._language

    def use_language(self, language: str) -> None:
        """Show playbooks and explanations in `language` from the next read on."""
        self._language = language

    @property
    def region(self) -> str:
        """Where numbers without a country code belong."""
        return self.identity.organisation.region

    def today(self) -> date:
        """Return the date at this desk, by the clock of the machine."""
        return datetime.now().astimezone().date()

    def all_playbooks(self) -> tuple[Playbook, ...]:
        """Return every shipped playbook, those of the viewer's language first; reads files."""
        books = shipped_playbooks()
        return tuple(sorted(books, key=lambda book: (book.language != self._language, book.key)))

    def playbooks(self) -> Future[dict[str, Playbook]]:
        """Return one playbook per customer type by key, in the viewer's language."""
        return self._store.read(
            lambda _connection: {
                book.key: book for book in in_language(shipped_playbooks(), self._language)
            }
        )

    def warm_up(self) -> None:
        """Load what the first call needs, so that it opens as fast as the hundredth.

        Returns at once; playbooks, numbering plans and each reader's connection are readied on
        the readers' threads.
        """
        for _reader in range(READERS):
            self._store.read(self._open_call, _ANY_NUMBER)
        self._store.read(lambda _connection: suggest(Evidence(), self.all_playbooks()))

    # --- Word of changes ----------------------------------------------------------------------

    def on_change(self, listener: Callable[[ChangeSet], None]) -> Callable[[], None]:
        """Call `listener` after every commit that changed something; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wake_sync_with(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever something new waits for Central."""
        self._wake_sync = wake

    def control_first_sync_with(
        self, pause: Callable[[], None], resume: Callable[[], None]
    ) -> None:
        """Call these when the person cancels a first sync, or wants it to go on."""
        self._pause_first_sync, self._resume_first_sync = pause, resume

    def cancel_first_sync(self) -> None:
        """Stop a first sync for now; what has arrived is kept. Returns at once."""
        self._store.submit_write(lambda: self._pause_first_sync())

    def resume_first_sync(self) -> None:
        """Go on with a first sync that was cancelled. Returns at once."""
        self._store.submit_write(lambda: self._resume_first_sync())

    def announce(self, changes: ChangeSet) -> None:
        """Tell the listeners about changes that were made elsewhere: by sync, by a command."""
        if not changes:
            return
        for listener in tuple(self._listeners):
            try:
                listener(changes)
            except Exception:  # the sink of listeners: what is on the disk is saved, come what may
                logger.exception("a listener failed over a change")

    def announce_everything(self) -> None:
        """Tell the listeners that anything may have changed: another process has written."""
        self.announce(ChangeSet(wholesale=True))

    def _write(
        self,
        work: Callable[Concatenate[sa.Connection, _P], tuple[_T, ChangeSet]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[_T]:
        """Run `work` on the writer; once it is on the disk, announce it and wake sync."""

        def run() -> _T:
            result, changes = self._store.write_here(work, *args, **kwargs)
            self._wake_sync()
            self.announce(changes)
            return result

        return self._store.submit_write(run)

    def _write_only(
        self,
        work: Callable[Concatenate[sa.Connection, _P], ChangeSet],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Future[ChangeSet]:
        def both(connection: sa.Connection) -> tuple[ChangeSet, ChangeSet]:
            changes = work(connection, *args, **kwargs)
            return changes, changes

        return self._write(both)

    @property
    def _me(self) -> str:
        return self.identity.user.id

    # --- Calls --------------------------------------------------------------------------------

    def open_call(self, typed: str) -> Future[Opened]:
        """Recognise who calls and read everything that the screen shows of them."""
        return self._store.read(self._open_call, typed)

    def _open_call(self, connection: sa.Connection, typed: str) -> Opened:
        recognition = self._recognise(connection, typed)
        if recognition.best is None:
            return Opened(recognition, None, TimelinePage(), Facets(), None)
        person = self._open_person(connection, recognition.best.customer_id)
        if person is None:
            return Opened(recognition, None, TimelinePage(), Facets(), None)
        return Opened(recognition, person.card, person.timeline, person.facets, person.draft)

    def recognise(self, typed: str) -> Future[callers.Recognition]:
        """Return who may be calling from `typed`."""
        return self._store.read(self._recognise, typed)

    def _recognise(self, connection: sa.Connection, typed: str) -> callers.Recognition:
        return callers.recognise(
            connection, typed, self.region, language=self._language, today=self.today()
        )

    def remember_choice(self, contact_point_id: str) -> Future[ChangeSet]:
        """Remember that a call on a shared line was this person."""
        return self._write_only(callers.remember_choice, contact_point_id, self._me)

    def attach_number(self, customer_id: str, number: ParsedNumber) -> Future[ChangeSet]:
        """Make `number` the customer's, with the earlier unknown calls from it."""
        return self._write_only(callers.attach_number, customer_id, number, self._me, new_id())

    def wrap_up(self, call: calls.WrapUp) -> Future[Interaction]:
        """Save how a call ended."""
        return self._write(calls.wrap_up, call, self._me)

    def record_missed_call(
        self,
        call_id: str,
        *,
        customer_id: str | None,
        number: ParsedNumber | None,
        subject: str,
        began_at: datetime,
    ) -> Future[ChangeSet]:
        """Keep that a call came and nobody took it."""
        return self._write_only(
            calls.record_missed_call,
            call_id,
            self._me,
            customer_id=customer_id,
            e164=number.e164 if number else None,
            extension=number.extension if number else None,
            subject=subject,
            began_at=began_at,
        )

    def settle_promise(self, promise_id: str, state_: PromiseState) -> Future[ChangeSet]:
        """Say what became of a promise."""
        return self._write_only(calls.settle_promise, promise_id, state_, self._me)

    # --- People -------------------------------------------------------------------------------

    def open_person(self, customer_id: str) -> Future[Person | None]:
        """Read everything that the screen shows of a person; None if they are not cached.

        Of somebody who has been merged into another, it is the other: see the card's customer.
        """
        return self._store.read(self._open_person, customer_id)

    def _open_person(self, connection: sa.Connection, customer_id: str) -> Person | None:
        card = self._card(connection, customer_id)
        if card is None:
            return None
        current = card.customer.id
        return Person(
            card,
            timeline_page(connection, current),
            timeline_facets(connection, current),
            state.load_draft(connection, current, self._me),
        )

    def card(self, customer_id: str) -> Future[cards.Card | None]:
        """Read the card alone, as after a change."""
        return self._store.read(self._card, customer_id)

    def _card(self, connection: sa.Connection, customer_id: str) -> cards.Card | None:
        return cards.load_card(
            connection,
            successor(connection, customer_id),
            operator=self.identity.user,
            playbooks=self.all_playbooks(),
            moment=now(),
            today=self.today(),
        )

    def timeline(
        self,
        customer_id: str,
        shown: TimelineFilter | None = None,
        after: Position | None = None,
        limit: int = 100,
    ) -> Future[TimelinePage]:
        """Read a page of a person's timeline."""
        return self._store.read(timeline_page, customer_id, shown, after, limit)

    def entry_text(self, kind: ItemKind, record_id: str) -> Future[str | None]:
        """Read the whole text of a row of the timeline; None if it is gone."""
        return self._store.read(entry_text, kind, record_id)

    def facets(self, customer_id: str) -> Future[Facets]:
        """Read what a person's timeline can be filtered by."""
        return self._store.read(timeline_facets, customer_id)

    def home(self) -> Future[home.Home]:
        """Read what the desk shows without a call."""
        return self._store.read(home.load_home, self._me, now())

    def search(self, text: str, limit: int = 20) -> Future[list[Hit]]:
        """Find customers by what somebody types."""
        return self._store.read(find_customers, text, limit)

    def customers(
        self, after: tuple[str, str] | None = None, limit: int = 200
    ) -> Future[list[browse.CustomerRow]]:
        """Read a page of all customers by name."""
        return self._store.read(browse.customer_page, after, limit)

    def customer_count(self) -> Future[int]:
        """Count the customers in the cache."""
        return self._store.read(browse.customer_count)

    def add_customer(
        self, full_name: str, *, number: str | None = None, **fields: Any
    ) -> Future[Customer]:
        """Add a customer, with the number they call from."""

        def work(connection: sa.Connection) -> tuple[Customer, ChangeSet]:
            return people.add_customer(
                connection, full_name, self._me, number=number, region=self.region, **fields
            )

        return self._write(work)

    def set_fields(self, customer_id: str, values: dict[str, Any]) -> Future[ChangeSet]:
        """Change fields of a customer."""
        return self._write_only(people.set_fields, customer_id, values, self._me)

    def set_customer_type(self, customer_id: str, key: str | None) -> Future[ChangeSet]:
        """Say which type a customer is; None leaves it to suggestions."""
        return self._write_only(people.set_customer_type, customer_id, key, self._me)

    def add_contact_point(
        self, customer_id: str, kind: ContactKind, value: str, label: str | None = None
    ) -> Future[ContactPoint]:
        """Add a way to reach a customer."""
        return self._write(
            people.add_contact_point,
            customer_id,
            kind,
            value,
            self._me,
            region=self.region,
            label=label,
        )

    def edit_contact_point(
        self, point_id: str, value: str, label: str | None = None
    ) -> Future[ChangeSet]:
        """Correct a way to reach a customer."""
        return self._write_only(
            people.edit_contact_point,
            point_id,
            self._me,
            region=self.region,
            value=value,
            label=label,
        )

    def set_photo(self, customer_id: str, media_type: str, data: bytes) -> Future[Photo]:
        """Keep a photo, JPEG or PNG of at most 64 KiB, in place of any earlier one."""
        return self._write(people.set_photo, customer_id, media_type, data, self._me)

    def remove_photo(self, customer_id: str) -> Future[ChangeSet]:
        """Take a customer's photo away."""
        return self._write_only(people.remove_photo, customer_id, self._me)

    # --- Notes and facts ----------------------------------------------------------------------

    def add_note(
        self,
        customer_id: str,
        text: str,
        *,
        interaction_id: str | None = None,
        draft_id: str | None = None,
    ) -> Future[Note]:
        """Save a note and forget its draft."""
        return self._write(
            notes.add_note,
            customer_id,
            text,
            self._me,
            interaction_id=interaction_id,
            draft_id=draft_id,
        )

    def edit_note(self, note_id: str, text: str) -> Future[ChangeSet]:
        """Change what a note says."""
        return self._write_only(notes.edit_note, note_id, text, self._me)

    def add_fact(
        self,
        customer_id: str,
        kind: FactKind,
        text: str,
        *,
        interaction_id: str | None = None,
        sensitive: bool = False,
    ) -> Future[Fact]:
        """File one small thing about a person."""
        return self._write(
            notes.add_fact,
            customer_id,
            kind,
            text,
            self._me,
            interaction_id=interaction_id,
            sensitive=sensitive,
        )

    def edit_fact(self, fact_id: str, text: str) -> Future[ChangeSet]:
        """Correct a fact."""
        return self._write_only(notes.edit_fact, fact_id, text, self._me)

    def confirm_fact(self, fact_id: str) -> Future[ChangeSet]:
        """Say that a fact is still true."""
        return self._write_only(notes.confirm_fact, fact_id, self._me)

    def unconfirm_fact(self, before: Fact) -> Future[ChangeSet]:
        """Take a confirmation back; `before` is the fact as it was."""
        return self._write_only(notes.unconfirm_fact, before, self._me)

    def remove(self, kind: KindName, record_id: str) -> Future[ChangeSet]:
        """Remove a note, fact or contact point."""

        def work(connection: sa.Connection) -> ChangeSet:
            removed, changes = notes.remove_record(connection, kind, record_id, self._me)
            self._removed[kind, record_id] = removed
            return changes

        return self._write_only(work)

    def restore(self, kind: KindName, record_id: str) -> Future[ChangeSet]:
        """Take a removal back."""

        def work(connection: sa.Connection) -> ChangeSet:
            removed = self._removed.get((kind, record_id))
            return notes.restore_record(connection, kind, record_id, self._me, removed)

        return self._write_only(work)

    # --- What waits, and what a person decides ------------------------------------------------

    def queue(self) -> Future[Queue]:
        """Read what waits for Central, what it refused, contests and merged."""
        return self._store.read(queue.load_queue, self._me)

    def settle_conflict(
        self, conflict_id: str, choice: Choice, value: Any = None
    ) -> Future[ChangeSet]:
        """Settle a conflict; `value` is what was written anew."""
        return self._write_only(
            conflicts.settle_conflict,
            conflict_id,
            choice,
            self._me,
            region=self.region,
            value=value,
        )

    def reopen_conflict(self, conflict_id: str) -> Future[ChangeSet]:
        """Take the settling of a conflict back."""
        return self._write_only(conflicts.reopen_conflict, conflict_id, self._me)

    def undo_merged(self, merged_id: str, *, mine: bool = False) -> Future[ChangeSet]:
        """Take back what was merged by the rules; of a text theirs comes back, or `mine`."""
        return self._write_only(merged.undo_merged, merged_id, self._me, mine=mine)

    def dismiss_merged(self, merged_ids: Sequence[str] | None = None) -> Future[ChangeSet]:
        """Take merged entries off the list as seen, all if none are named."""
        return self._write_only(merged.dismiss_merged, self._me, merged_ids)

    def retry_refused(self, n: int) -> Future[ChangeSet]:
        """Ask Central again for an edit that it refused."""
        return self._write_only(refused.retry_refused, n, self._me)

    def discard_refused(self, n: int) -> Future[ChangeSet]:
        """Give up an edit that Central refused."""
        return self._write_only(refused.discard_refused, n, self._me)

    def keep_refused(self, n: int) -> Future[ChangeSet]:
        """Take the discarding of a refused edit back."""
        return self._write_only(refused.keep_refused, n, self._me)

    def hand_over(self, n: int, text: str | None = None) -> Future[refused.Handover]:
        """Ask the leads for an edit that was refused; `text` is what it says, in words."""
        return self._write(refused.hand_over, n, self._me, text)

    def refused_text(self, n: int) -> Future[str]:
        """Read what a refused edit says, as plain text."""
        return self._store.read(refused.refused_text, n, self._me)

    def asked_of_leads(self) -> Future[tuple[refused.AskedOfLeads, ...]]:
        """Read what was handed over to the leads."""
        return self._store.read(refused.asked_of_leads)

    def close_handover(self, review_id: str) -> Future[ChangeSet]:
        """Take something off the leads' list."""
        return self._write_only(refused.close_handover, review_id, self._me)

    def history(
        self,
        customer_id: str,
        after: history.HistoryPosition | None = None,
        limit: int = 100,
        *,
        field: str | None = None,
        everything: bool = False,
    ) -> Future[history.HistoryPage]:
        """Read a page of what was known of a customer before, the newest first."""
        return self._store.read(
            history.history_page, customer_id, after, limit, field=field, everything=everything
        )

    def merge_customers(
        self, winner: str, loser: str, keep: Mapping[str, Any] | None = None
    ) -> Future[ChangeSet]:
        """Make two customers one; it shows once Central has answered."""
        return self._write_only(people.merge_customers, winner, loser, dict(keep or {}), self._me)

    def unmerge_customers(self, winner: str, loser: str) -> Future[ChangeSet]:
        """Take a merge back; it shows once Central has answered."""
        return self._write_only(people.unmerge_customers, winner, loser, self._me)

    # --- Drafts and settings: local, announced to nobody --------------------------------------

    def save_draft(self, draft: Draft) -> Future[None]:
        """Keep what is being typed; safe on the disk once the future is done."""
        return self._store.write(state.save_draft, draft, self._me)

    def drafts(self) -> Future[Sequence[Draft]]:
        """Read what was being typed when the program last ended, the latest first."""
        return self._store.read(state.list_drafts, self._me)

    def settings(self) -> Future[Mapping[str, Any]]:
        """Read the settings that differ from their defaults."""
        return self._store.read(state.get_settings)

    def save_setting(self, key: str, value: Any) -> Future[None]:
        """Keep a setting; None returns it to its default."""
        return self._store.write(state.set_setting, key, value)

    def storage(self) -> Future[StorageFacts]:
        """Read where the profile lies and how much it holds."""
        return self._store.read(storage_facts)

    def reload_identity(self) -> Future[Identity]:
        """Read again who works here, after sync has brought the company's data."""

        def work(connection: sa.Connection) -> Identity:
            self.identity = load_identity(connection)
            return self.identity

        return self._store.read(work)
