"""What people do at their desks, each time with words that nobody has typed before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from agentdesk.domain.entities import (
    ContactKind,
    Direction,
    Disposition,
    FactKind,
    Note,
    PromiseState,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.services import calls, conflicts, merged, notes, people, refused
from agentdesk.services.conflicts import Choice
from agentdesk.store import tables as t
from agentdesk.store.rows import get_entity
from agentdesk.sync.edits import Edits

REGION = "GB"
LOW = ("hometown", "company", "respelling", "pronouns")
HIGH = ("full_name", "preferred_name", "given_name")


class Nothing(Exception):  # noqa: N818 - an answer: what would be done is not there
    """There is nothing to do this to."""


@dataclass
class Pen:
    """What somebody writes with during one transaction; `words` are those typed so far."""

    connection: sa.Connection
    author: str
    random: Random
    stem: str
    words: list[str] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    """Numbers of refused edits that the person read and dropped."""

    def word(self) -> str:
        """Return a word that nobody has typed before."""
        self.words.append(f"w{self.stem}x{len(self.words)}w")
        return self.words[-1]

    def one_of(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> Any:
        """Return a row of a table; raises `Nothing` without any."""
        order = table.primary_key.columns
        rows = self.connection.execute(sa.select(table).where(*conditions).order_by(*order)).all()
        if not rows:
            raise Nothing
        return self.random.choice(rows)

    def customer(self) -> str:
        """Return a customer's id, more often one of the first, so that people meet."""
        ids = self.connection.execute(sa.select(t.customer.c.id).order_by(t.customer.c.id))
        known = list(ids.scalars())
        if not known:
            raise Nothing
        return str(self.random.choice(known[:3] if self.random.random() < 0.7 else known))


def write_note(pen: Pen) -> None:
    """Write a note about somebody."""
    text = "\n".join(pen.word() for _ in range(pen.random.randrange(1, 4)))
    notes.add_note(pen.connection, pen.customer(), text, pen.author)


def change_note(pen: Pen) -> None:
    """Change a line of a note, or put one before or behind it."""
    note = get_entity(pen.connection, Note, pen.one_of(t.note).id)
    if note is None:
        raise Nothing
    lines = note.text.split("\n")
    at = pen.random.randrange(len(lines) + 1)
    lines[at : at + pen.random.randrange(2)] = [pen.word()]
    notes.edit_note(pen.connection, note.id, "\n".join(lines), pen.author)


def file_fact(pen: Pen) -> None:
    """File something that is known about somebody."""
    kind = pen.random.choice((FactKind.FAMILY, FactKind.LIKES, FactKind.HABIT))
    notes.add_fact(pen.connection, pen.customer(), kind, pen.word(), pen.author)


def correct_fact(pen: Pen) -> None:
    """Correct a fact."""
    notes.edit_fact(pen.connection, pen.one_of(t.fact).id, pen.word(), pen.author)


def confirm_fact(pen: Pen) -> None:
    """Say that a fact still holds."""
    notes.confirm_fact(pen.connection, pen.one_of(t.fact).id, pen.author)


def take_call(pen: Pen) -> None:
    """Wrap a call up, with a note and a promise now and then."""
    ended = now()
    promise = calls.Promised(pen.word(), ended + timedelta(days=2))
    call = calls.WrapUp(
        call_id=new_id(),
        customer_id=pen.customer() if pen.random.random() < 0.9 else None,
        direction=Direction.INBOUND,
        began_at=ended - timedelta(minutes=3),
        ended_at=ended,
        disposition=Disposition.SOLVED,
        summary=pen.word(),
        promise=promise if pen.random.random() < 0.5 else None,
        note=pen.word() if pen.random.random() < 0.5 else "",
        e164="+442079460958",
    )
    if call.promise is None:
        pen.words.remove(promise.text)
    calls.wrap_up(pen.connection, call, pen.author)


def settle_promise(pen: Pen) -> None:
    """Say what became of a promise."""
    state = pen.random.choice((PromiseState.KEPT, PromiseState.BROKEN, PromiseState.OPEN))
    calls.settle_promise(pen.connection, pen.one_of(t.promise).id, state, pen.author)


def _set(pen: Pen, values: dict[str, Any]) -> None:
    people.set_fields(pen.connection, pen.customer(), values, pen.author)


def change_detail(pen: Pen) -> None:
    """Change what the later arrival decides, sometimes two fields at once."""
    fields = pen.random.sample(LOW, pen.random.choice((1, 1, 2)))
    _set(pen, {name: pen.word() for name in fields})


def change_name(pen: Pen) -> None:
    """Change what nobody may change unseen."""
    _set(pen, {pen.random.choice(HIGH): pen.word()})


def change_consent(pen: Pen) -> None:
    """Change what may only get stricter when two collide."""
    if pen.random.random() < 0.5:
        _set(pen, {"do_not_call": pen.random.choice(("yes", "no"))})
    else:
        _set(pen, {"consent": pen.random.choice(("granted", "refused", "unknown"))})


def add_contact(pen: Pen) -> None:
    """Add a way to reach somebody."""
    people.add_contact_point(
        pen.connection,
        pen.customer(),
        ContactKind.HANDLE,
        pen.word(),
        pen.author,
        region=REGION,
    )


def correct_contact(pen: Pen) -> None:
    """Correct a way to reach somebody."""
    handles = t.contact_point.c.kind == ContactKind.HANDLE
    people.edit_contact_point(
        pen.connection,
        pen.one_of(t.contact_point, handles).id,
        pen.author,
        region=REGION,
        value=pen.word(),
    )


def add_customer(pen: Pen) -> None:
    """Add a customer with a number."""
    number = f"+4420794609{pen.random.randrange(10, 99)}"
    people.add_customer(
        pen.connection, pen.word(), pen.author, number=number, region=REGION, hometown=pen.word()
    )


_REMOVED = {
    KindName.NOTE: t.note,
    KindName.FACT: t.fact,
    KindName.CONTACT_POINT: t.contact_point,
    KindName.CUSTOMER: t.customer,
}


def remove(pen: Pen) -> None:
    """Remove something, and think better of it at once now and then."""
    kinds = (KindName.NOTE, KindName.NOTE, KindName.FACT, KindName.CONTACT_POINT, KindName.CUSTOMER)
    kind = pen.random.choice(kinds)
    record_id = pen.one_of(_REMOVED[kind]).id
    removed, _changes = notes.remove_record(pen.connection, kind, record_id, pen.author)
    if pen.random.random() < 0.3:
        notes.restore_record(pen.connection, kind, record_id, pen.author, removed)


def bring_back(pen: Pen) -> None:
    """Take back a removal that is in this desk's journal or still on its way."""
    table = pen.random.choice((t.journal, t.outbox))
    row = pen.one_of(table, sa.cast(table.c.payload, sa.Text).like('%"op":"remove"%'))
    notes.restore_record(pen.connection, KindName(row.kind), row.record_id, pen.author)


def settle_conflict(pen: Pen) -> None:
    """Decide a conflict."""
    open_ones = conflicts.list_conflicts(pen.connection, pen.author)
    if not open_ones:
        raise Nothing
    conflict = pen.random.choice(open_ones)
    choice = pen.random.choice(conflict.choices)
    value = pen.word() if choice is Choice.ANEW else None
    conflicts.settle_conflict(
        pen.connection, conflict.id, choice, pen.author, region=REGION, value=value
    )


def reopen_conflict(pen: Pen) -> None:
    """Think again about a conflict."""
    settled = pen.one_of(t.conflict, t.conflict.c.settled_at.is_not(None))
    conflicts.reopen_conflict(pen.connection, settled.id, pen.author)


def _refused(pen: Pen) -> int:
    c = t.attention.c
    return int(pen.one_of(t.attention, c.settled_at.is_(None), c.author_id == pen.author).n)


def drop_refused(pen: Pen) -> None:
    """Give up what Central refused."""
    n = _refused(pen)
    refused.discard_refused(pen.connection, n, pen.author)
    pen.given_up.append(n)


def retry_refused(pen: Pen) -> None:
    """Ask again for what Central refused."""
    refused.retry_refused(pen.connection, _refused(pen), pen.author)


def hand_over(pen: Pen) -> None:
    """Ask the leads for what Central refused; what that leaves out is given up."""
    n = _refused(pen)
    refused.hand_over(pen.connection, n, pen.author)
    pen.given_up.append(n)


def undo_merged(pen: Pen) -> None:
    """Take back what the rules have decided."""
    entries = [m for m in merged.list_merged(pen.connection, pen.author) if m.can_undo]
    if not entries:
        raise Nothing
    mine = pen.random.random() < 0.5
    merged.undo_merged(pen.connection, pen.random.choice(entries).id, pen.author, mine=mine)


def merge_people(pen: Pen) -> None:
    """Make one person of two."""
    winner, loser = pen.customer(), pen.customer()
    if winner == loser:
        raise Nothing
    keep = {"hometown": pen.word()} if pen.random.random() < 0.5 else {}
    people.merge_customers(pen.connection, winner, loser, keep, pen.author)


def part_people(pen: Pen) -> None:
    """Make two persons of one again."""
    alias = pen.one_of(t.alias)
    people.unmerge_customers(pen.connection, alias.winner, alias.loser, pen.author)


def write_about_nobody(pen: Pen) -> None:
    """File a fact about a customer who never was: Central refuses it, and all that builds on it."""
    edits = Edits(pen.connection, pen.author)
    stranger = new_id()
    notes.add_fact(pen.connection, stranger, FactKind.LIKES, pen.word(), pen.author)
    edits.finish()


def do_what_may_not_be(pen: Pen) -> None:
    """Change one's own role, which Central permits nobody."""
    edits = Edits(pen.connection, pen.author)
    edits.patch(KindName.ORGANISATION, pen.one_of(t.organisation).id, name=pen.word())
    edits.finish()


DEEDS: dict[Callable[[Pen], None], int] = {
    write_note: 12,
    change_note: 12,
    file_fact: 8,
    correct_fact: 6,
    confirm_fact: 2,
    take_call: 8,
    settle_promise: 3,
    change_detail: 12,
    change_name: 8,
    change_consent: 4,
    add_contact: 4,
    correct_contact: 3,
    add_customer: 4,
    remove: 6,
    bring_back: 3,
    settle_conflict: 6,
    reopen_conflict: 1,
    drop_refused: 2,
    retry_refused: 2,
    hand_over: 1,
    undo_merged: 3,
    merge_people: 2,
    part_people: 1,
    write_about_nobody: 2,
    do_what_may_not_be: 2,
}
"""What people do, and how often in relation to each other."""


def some_deed(random: Random) -> Callable[[Pen], None]:
    """Return something that people do."""
    return random.choices(list(DEEDS), list(DEEDS.values()))[0]
