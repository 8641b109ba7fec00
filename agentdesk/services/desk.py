"""The desk without a window: every use case as a future, and word of every change.

Views and commands hold one `Desk`. Reads and writes run on the store's threads; the futures'
results are frozen. Listeners are called on whatever thread made the change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.customer_type import Evidence, suggest
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Direction,
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
    home,
    missed,
    notes,
    people,
)
from agentdesk.services.central import CentralCalls, NoCentral
from agentdesk.services.deciding import DecidingDesk
from agentdesk.services.identity import Identity, load_identity
from agentdesk.services.playbooks import in_language, shipped_playbooks
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
from agentdesk.settings import line_regions
from agentdesk.store import state
from agentdesk.store.aliases import successor
from agentdesk.store.latest import LatestRead
from agentdesk.store.rows import StoredRow
from agentdesk.store.search import find_customers
from agentdesk.store.workers import READERS, Store

_ANY_NUMBER = "+441632960000"
"""A number of the range that Ofcom keeps for fiction: nobody has it."""


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


class Desk(DecidingDesk):
    """One signed-in person's work on one profile.

    `language` (ISO 639-1) is the viewer's: playbooks and explanations come in it.
    """

    def __init__(self, store: Store, identity: Identity, *, language: str = "en") -> None:
        super().__init__(store, identity)
        self._language = language
        self._pause_first_sync: Callable[[], None] = lambda: None
        self._resume_first_sync: Callable[[], None] = lambda: None
        self.central: CentralCalls = NoCentral()
        # What this window removed, as it was: taking that back shows it without asking Central.
        self._removed: dict[tuple[KindName, str], StoredRow] = {}
        self._boxes: dict[str, LatestRead] = {}

    # --- Who and in which language ------------------------------------------------------------

    @property
    def language(self) -> str:
        """The viewer's language."""
        return self._language

    def use_language(self, language: str) -> None:
        """Show playbooks and explanations in `language` from the next read on."""
        self._language = language

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

    def warm_up(self) -> tuple[Future[Any], ...]:
        """Load what the first call needs, so that it opens as fast as the hundredth.

        Returns at once; playbooks, numbering plans and each reader's connection are readied on
        the readers' threads. The futures end when they are.
        """
        return (
            *(self._store.read(self._open_call, _ANY_NUMBER) for _reader in range(READERS)),
            self._store.read(lambda _connection: suggest(Evidence(), self.all_playbooks())),
        )

    # --- First sync -----------------------------------------------------------------------------

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

    # --- Calls --------------------------------------------------------------------------------

    def open_call(self, typed: str, line: str | None = None) -> Future[Opened]:
        """Recognise who calls `line` and read everything that the screen shows of them."""
        return self._store.read(self._open_call, typed, line)

    def _open_call(self, connection: sa.Connection, typed: str, line: str | None = None) -> Opened:
        recognition = self._recognise(connection, typed, line)
        if recognition.best is None:
            return Opened(recognition, None, TimelinePage(), Facets(), None)
        person = self._open_person(connection, recognition.best.customer_id)
        if person is None:
            return Opened(recognition, None, TimelinePage(), Facets(), None)
        return Opened(recognition, person.card, person.timeline, person.facets, person.draft)

    def recognise(self, typed: str, line: str | None = None) -> Future[callers.Recognition]:
        """Return who may be calling `line` from `typed`."""
        return self._store.read(self._recognise, typed, line)

    def _recognise(
        self, connection: sa.Connection, typed: str, line: str | None = None
    ) -> callers.Recognition:
        chosen = line_regions(state.get_settings(connection)) if line else {}
        region = callers.region_of_line(line, chosen, self.region)
        return callers.recognise(
            connection, typed, region, language=self._language, today=self.today()
        )

    def remember_choice(self, contact_point_id: str) -> Future[ChangeSet]:
        """Remember that a call on a shared line was this person."""
        return self._write_only(callers.remember_choice, contact_point_id, self._me)

    def attach_number(self, customer_id: str, number: ParsedNumber) -> Future[ChangeSet]:
        """Make `number` the customer's, with the earlier unknown calls from it."""
        return self._write_only(callers.attach_number, customer_id, number, self._me, new_id())

    def dismiss_mention(self, e164: str, customer_id: str) -> Future[ChangeSet]:
        """Say that a number is not the customer's, although it is mentioned with them."""
        return self._write_only(callers.dismiss_mention, e164, customer_id)

    def recall_mention(self, e164: str, customer_id: str) -> Future[ChangeSet]:
        """Take `dismiss_mention` back."""
        return self._write_only(callers.recall_mention, e164, customer_id)

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
        direction: Direction = Direction.INBOUND,
    ) -> Future[ChangeSet]:
        """Keep that a call came and nobody took it, or that nobody took ours."""
        return self._write_only(
            calls.record_missed_call,
            call_id,
            self._me,
            customer_id=customer_id,
            e164=number.e164 if number else None,
            extension=number.extension if number else None,
            subject=subject,
            began_at=began_at,
            direction=direction,
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
        return self._store.read(home.load_home, self._me, now(), self._recognise)

    def missed_callers(self) -> Future[missed.MissedCallers]:
        """Read whom to call back."""
        return self._store.read(missed.missed_callers, now(), recognise=self._recognise)

    def deal_with_missed(self, interaction_id: str) -> Future[ChangeSet]:
        """Take a missed call, with the caller's earlier ones, off everybody's list."""
        return self._write_only(missed.deal_with, interaction_id, self._me)

    def reopen_missed(self, interaction_id: str) -> Future[ChangeSet]:
        """Take `deal_with_missed` back."""
        return self._write_only(missed.reopen, interaction_id, self._me)

    def search(self, text: str, limit: int = 20, *, box: str = "") -> Future[list[Hit]]:
        """Find customers by what somebody types.

        A newer question of the same `box` ends the one under way (`OvertakenError`); without a
        box every question is answered.
        """
        if not box:
            return self._store.read(find_customers, text, limit)
        asked = self._boxes.setdefault(box, LatestRead(self._store))
        return asked.ask(find_customers, text, limit)

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
