"""The people of the demo who were written by hand, each to show what the desk can do.

They live in `resources/demo/people/*.yaml`. Days count from today, so that promises are due and
birthdays near whenever the demo is shown; `{weekday -3}` and `{date -3}` in a text are that day
in the customer's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import msgspec

from agentdesk.decoding import convert
from agentdesk.demo import script
from agentdesk.demo.belongings import all_that_belongs
from agentdesk.demo.chance import Calendar, Chance, chance
from agentdesk.demo.histories import Served, told_histories
from agentdesk.demo.library import library
from agentdesk.demo.places import atlas
from agentdesk.demo.shelf import take, titles
from agentdesk.demo.wording import Teller
from agentdesk.domain import entities as e

_FIRST_NUMBER = 200
_SLOT = re.compile(r"\{(weekday|date) (-?\d+)\}")
_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ru": ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье"),
    "pl": ("poniedziałek", "wtorek", "środę", "czwartek", "piątek", "sobotę", "niedzielę"),
}


class Showcase(msgspec.Struct, frozen=True):
    """Somebody to show: `key` is stable, `e164` rings them, `shows` says what there is to see."""

    key: str
    customer_id: str
    e164: str
    shows: str
    extension: str | None = None


class Mention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number to ring that is not the person's own, but leads to the person."""

    key: str
    e164: str
    shows: str


class Birthday(msgspec.Struct, frozen=True):
    """A birthday by its distance from today; `age` is what the person will turn."""

    in_days: int
    age: int | None = None


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact point as in the file."""

    kind: e.ContactKind
    value: str
    e164: str | None = None
    extension: str | None = None
    label: str | None = None
    shared: bool = False
    chosen: int | None = None


class CaseSketch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case as in the file, with days before and after today."""

    subject: str
    product: str
    opened: int
    closed: int | None = None
    complaint: bool = False
    waiting: bool = False


class NoteSketch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note as in the file; `was` are its earlier texts, oldest first."""

    day: int
    by: str
    text: str
    was: tuple[str, ...] = ()
    changed: int | None = None


class Sketch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person as in the file; see `agentdesk.demo.script` for the lines."""

    number: int
    since: int
    customer: dict[str, str | bool]
    points: tuple[Point, ...]
    key: str | None = None
    shows: str = ""
    also: tuple[Mention, ...] = ()
    birthday: Birthday | None = None
    cases: dict[str, CaseSketch] = {}
    history: str = ""
    facts: str = ""
    notes: tuple[NoteSketch, ...] = ()
    promises: str = ""
    steps: str = ""
    purchases: str = ""
    generated_contacts: int = 0

    @property
    def id(self) -> str:
        """The customer's id, the same in every demo."""
        return f"018cc251-f400-7000-8000-0000000{_FIRST_NUMBER + self.number:05d}"

    @property
    def language(self) -> str:
        """The language that the person is served in: en, ru or pl."""
        return str(self.customer["language"])


@cache
def sketches() -> tuple[Sketch, ...]:
    """Return everybody who was written by hand, in the order of their numbers."""
    found = [
        sketch
        for title in titles("people")
        for sketch in take(f"people/{title}", tuple[Sketch, ...])
    ]
    return tuple(sorted(found, key=lambda sketch: sketch.number))


def showcases() -> tuple[Showcase, ...]:
    """Return those who are worth a simulated call, in the order of the files."""
    shown = []
    for sketch in sketches():
        line = next((p for p in sketch.points if p.e164), None)
        if sketch.key and line and line.e164:
            shown.append(Showcase(sketch.key, sketch.id, line.e164, sketch.shows, line.extension))
        shown.extend(Showcase(m.key, sketch.id, m.e164, m.shows) for m in sketch.also)
    return tuple(shown)


SHOWCASE: tuple[Showcase, ...] = showcases()
"""Who to ring in the demo story, the screenshots and the simulator."""


def hand_made(calendar: Calendar, count: int) -> Iterator[e.Entity]:
    """Yield the first `count` of the people with all that is theirs."""
    for sketch in sketches()[:count]:
        luck = chance("people", sketch.number)
        yield _customer(sketch, calendar)
        yield from _points(sketch, calendar, luck)
        if sketch.generated_contacts:
            yield from _generated(sketch, calendar, luck)
        yield from _Telling(sketch, calendar, luck).everything()


def _customer(sketch: Sketch, calendar: Calendar) -> e.Customer:
    birthday = None
    if sketch.birthday:
        day = calendar.day(sketch.birthday.in_days)
        # Nobody is born on a day that most years do not have.
        month_day = f"{day:%m-%d}" if (day.month, day.day) != (2, 29) else "03-01"
        age = sketch.birthday.age
        birthday = f"--{month_day}" if age is None else f"{day.year - age}-{month_day}"
    row = {
        "id": sketch.id,
        "birthday": birthday,
        "created_at": calendar.day(-sketch.since, 9),
        **sketch.customer,
    }
    return convert(row, e.Customer)


def _points(sketch: Sketch, calendar: Calendar, luck: Chance) -> Iterator[e.ContactPoint]:
    for point in sketch.points:
        yield e.ContactPoint(
            id=luck.id_at(calendar.day(-sketch.since, 9)),
            customer_id=sketch.id,
            kind=point.kind,
            value=point.value,
            e164=point.e164,
            extension=point.extension,
            label=point.label,
            shared=point.shared,
            chosen_at=None if point.chosen is None else calendar.day(point.chosen, 8),
        )


def _generated(sketch: Sketch, calendar: Calendar, luck: Chance) -> Iterator[e.Entity]:
    """Yield a long history that nobody could write by hand, for a company."""
    shelf = library(sketch.language)
    country = str(sketch.customer["country"])
    town = atlas().countries[country].towns[0]
    teller = Teller(luck, shelf.words, feminine=False)
    teller.facts.update(town=town.name, hometown=town.name)
    who = Served(
        id=sketch.id,
        index=sketch.number,
        chance=luck,
        teller=teller,
        library=shelf,
        since=calendar.day(-sketch.since, 9),
        country=country,
        town=town,
        lines=tuple((p.e164, p.extension) for p in sketch.points if p.e164),
        owned=[("boiler", "Hearth C30"), ("washer", "Brook 9"), ("fridge", "Fell 280")],
        business=True,
    )
    told = list(told_histories(who, calendar, sketch.generated_contacts))
    yield from all_that_belongs(who, calendar, told, [])


class _Telling:
    """Turns the lines of one sketch into records."""

    def __init__(self, sketch: Sketch, calendar: Calendar, luck: Chance) -> None:
        self._sketch = sketch
        self._calendar = calendar
        self._luck = luck
        self._cases = {key: self._case(key, case) for key, case in sketch.cases.items()}
        self._contacts = [self._contact(c) for c in script.contacts(sketch.history)]

    def everything(self) -> Iterator[e.Entity]:
        """Yield cases and contacts first, as the rest refers to them."""
        yield from self._cases.values()
        yield from sorted(self._contacts, key=lambda contact: contact.occurred_at)
        yield from map(self._step, script.steps(self._sketch.steps))
        yield from map(self._fact, script.facts(self._sketch.facts))
        for note in self._sketch.notes:
            yield from self._note(note)
        yield from map(self._promise, script.promises(self._sketch.promises))
        yield from map(self._purchase, script.purchases(self._sketch.purchases))

    def _at(self, when: script.When) -> datetime:
        """Return the moment, never one that has not come yet."""
        moment = self._calendar.day(when.day, when.hour, when.minute)
        latest = self._calendar.as_of - timedelta(minutes=7)
        if when.day == 0 and moment > latest:
            # Keeps the order of several contacts on this day.
            behind = timedelta(minutes=(24 * 60 - when.hour * 60 - when.minute) // 12)
            return latest - behind
        return moment

    def _say(self, text: str) -> str:
        language = self._sketch.language

        def day_name(found: re.Match[str]) -> str:
            day = self._calendar.day(int(found[2]))
            if found[1] == "weekday":
                return _WEEKDAYS[language][day.weekday()]
            return f"{day.day} {library(language).months[day.month - 1]}"

        return _SLOT.sub(day_name, text)

    def _case(self, key: str, case: CaseSketch) -> e.Case:
        opened = self._calendar.day(case.opened, 9, 30)
        open_state = e.CaseState.WAITING if case.waiting else e.CaseState.OPEN
        place = sorted(self._sketch.cases).index(key) + 1
        return e.Case(
            id=self._luck.id_at(opened),
            customer_id=self._sketch.id,
            number=f"LH-{opened:%y%m}-{self._sketch.number:04d}-H{place}",
            subject=self._say(case.subject),
            state=open_state if case.closed is None else e.CaseState.SOLVED,
            complaint=case.complaint,
            product=case.product,
            opened_at=opened,
            closed_at=None if case.closed is None else self._calendar.day(case.closed, 15),
        )

    def _contact(self, line: script.Contact) -> e.Interaction:
        moment = self._at(line.at)
        spoken = line.channel in {e.Channel.CALL, e.Channel.SMS}
        phone = next((p for p in self._sketch.points if p.e164), None) if spoken else None
        return e.Interaction(
            id=self._luck.id_at(moment),
            customer_id=self._sketch.id,
            channel=line.channel,
            direction=line.direction,
            occurred_at=moment,
            subject=self._say(line.subject),
            summary=self._say(line.text),
            department=line.department,
            disposition=line.disposition,
            mood=line.mood,
            satisfaction=line.stars,
            case_id=self._cases[line.case].id if line.case else None,
            user_id=line.user_id,
            duration_s=line.seconds(self._luck),
            e164=phone.e164 if phone else None,
            extension=phone.extension if phone else None,
        )

    def _source(self, moment: datetime) -> str | None:
        """Return the contact of that day in which something was learned or promised."""
        same_day = [c for c in self._contacts if c.occurred_at.date() == moment.date()]
        return same_day[-1].id if same_day else None

    def _step(self, line: script.Step) -> e.StepTried:
        moment = self._at(line.at)
        return e.StepTried(
            id=self._luck.id_at(moment),
            customer_id=self._sketch.id,
            case_id=self._cases[line.case].id if line.case else None,
            text=self._say(line.text),
            outcome=line.outcome,
            tried_at=moment,
        )

    def _fact(self, line: script.FactLine) -> e.Fact:
        learned = self._at(line.at)
        return e.Fact(
            id=self._luck.id_at(learned),
            customer_id=self._sketch.id,
            kind=line.kind,
            text=self._say(line.text),
            sensitive=line.sensitive,
            learned_by=line.user_id,
            learned_at=learned,
            interaction_id=self._source(learned),
            confirmed_at=None if line.confirmed is None else self._at(line.confirmed),
            confirmed_by=None if line.confirmed is None else line.user_id,
        )

    def _note(self, note: NoteSketch) -> Iterator[e.Note | e.NoteVersion]:
        written = self._at(script.When(note.day, 11, 20))
        author = script.user_id(note.by)
        changed = None if note.changed is None else self._at(script.When(note.changed, 16, 5))
        kept = e.Note(
            id=self._luck.id_at(written),
            customer_id=self._sketch.id,
            text=self._say(note.text),
            revision=1 + len(note.was),
            author_id=author,
            interaction_id=self._source(written),
            created_at=written,
            updated_at=changed,
        )
        yield kept
        for revision, text in enumerate(note.was, start=1):
            yield e.NoteVersion(
                id=self._luck.id_at(written),
                customer_id=self._sketch.id,
                note_id=kept.id,
                revision=revision,
                text=self._say(text),
                author_id=author,
                written_at=written + timedelta(days=revision - 1),
            )

    def _promise(self, line: script.PromiseLine) -> e.Promise:
        made = self._at(line.made)
        due = self._calendar.day(line.due.day, line.due.hour, line.due.minute)
        settled = None
        if line.state is not e.PromiseState.OPEN:
            late = timedelta(days=1) if line.state is e.PromiseState.BROKEN else timedelta()
            settled = min(due + late, self._calendar.as_of)
        return e.Promise(
            id=self._luck.id_at(made),
            customer_id=self._sketch.id,
            text=self._say(line.text),
            due_at=due,
            channel=line.channel,
            state=line.state,
            interaction_id=self._source(made),
            made_by=line.user_id,
            made_at=made,
            settled_at=settled,
        )

    def _purchase(self, line: script.PurchaseLine) -> e.Purchase:
        moment = self._calendar.day(line.day, 13, 15)
        return e.Purchase(
            id=self._luck.id_at(moment),
            customer_id=self._sketch.id,
            product=line.product,
            purchased_at=moment,
            amount_minor=line.amount_minor,
            currency="GBP",
            channel=line.channel,
        )
