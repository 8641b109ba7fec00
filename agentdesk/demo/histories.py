"""Tells what happened between a customer and the company: contacts, cases, promises, steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from agentdesk.demo import phones
from agentdesk.demo.chance import Calendar, Chance
from agentdesk.demo.library import Beat, Library, Story, products
from agentdesk.demo.places import Town
from agentdesk.demo.staff import on_duty
from agentdesk.demo.wording import Teller
from agentdesk.domain import entities as e

_STRANGERS = 7_000_000
"""Serial numbers from here on belong to phones that are only mentioned, never a customer's."""

_STARS = {
    e.Mood.DELIGHTED: (5, 5, 5, 4),
    e.Mood.CONTENT: (5, 4, 4, 4),
    e.Mood.NEUTRAL: (4, 3, 3, 4),
    e.Mood.UNHAPPY: (3, 2, 2, 1),
    e.Mood.ANGRY: (1, 1, 2, 1),
}
_RATED = {e.Disposition.SOLVED, e.Disposition.INFORMED, e.Disposition.PASSED_ON}
_TALKED = {e.Channel.CALL, e.Channel.CHAT, e.Channel.VISIT}
_NINETY_NINE = {"GBP", "EUR", "USD", "PLN"}
_SIGN_FIRST = {"GBP": "£", "EUR": "€", "USD": "$"}
_SIGN_LAST = {"PLN": "zł", "RUB": "₽", "KZT": "₸", "ILS": "₪", "GEL": "₾", "AMD": "֏"}
_BY_LINE = {e.Channel.CALL, e.Channel.SMS}
_MINUTES = {e.Channel.CALL: (1, 13), e.Channel.CHAT: (2, 18), e.Channel.VISIT: (20, 95)}


class Served(msgspec.Struct, kw_only=True):
    """The customer as far as stories need to know; `lines` are E.164 and extension."""

    id: str
    index: int
    chance: Chance
    teller: Teller
    library: Library
    since: datetime
    country: str
    town: Town
    lines: tuple[tuple[str, str | None], ...]
    owned: list[tuple[str, str]]
    business: bool = False
    prices: tuple[str, float] = ("GBP", 1.0)
    bought: list[e.Purchase] = []
    stars: list[int] = []
    months_with_case: dict[str, int] = {}


class Told(msgspec.Struct):
    """What one story left behind."""

    interactions: list[e.Interaction]
    case: e.Case | None
    steps: list[e.StepTried]
    promises: list[e.Promise]


class _Plot(msgspec.Struct):
    """A story with the beats that are told, and the days before today of each of them."""

    story: Story
    beats: list[Beat]
    days_ago: list[int]
    finished: bool


def told_histories(who: Served, calendar: Calendar, contacts: int) -> Iterator[Told]:
    """Yield stories of `who` that together have exactly `contacts` contacts."""
    recent: deque[str] = deque(maxlen=6)
    left = contacts
    while left > 0:
        story, beats = _next_story(who, recent, left)
        finished = len(beats) <= left and not (left == len(beats) > 1 and who.chance.odds(0.14))
        beats = beats[:left] if finished or len(beats) > left else beats[:-1]
        left -= len(beats)
        # A story that was cut short is going on now; otherwise it may have been any time.
        plot = _Plot(story, beats, _days_ago(who, calendar, beats, current=not finished), finished)
        yield _tell(who, calendar, plot)


def _next_story(who: Served, recent: deque[str], left: int) -> tuple[Story, list[Beat]]:
    """Return a story that was not told lately and, nearly always, is not longer than `left`."""
    stories = who.library.business if who.business else who.library.home
    may_be_cut = who.chance.odds(0.06)
    for _ in range(12):
        story = who.chance.drawn(stories)
        beats = [b for b in story.beats if b.optional >= 1.0 or who.chance.odds(b.optional)]
        if story.key not in recent and (may_be_cut or len(beats) <= left):
            break
    recent.append(story.key)
    return story, beats


def _days_ago(who: Served, calendar: Calendar, beats: list[Beat], *, current: bool) -> list[int]:
    gaps = [0] + [who.chance.between(*b.after) for b in beats[1:]]
    length = sum(gaps)
    age = max((calendar.today - who.since).days, 0)
    nearest, farthest = (0, 7) if current else (1, max(age - length, 1))
    end = who.chance.between(nearest, farthest)
    day = min(end + length, max(age, length))
    days = []
    for gap in gaps:
        day -= gap
        days.append(max(day, 0))
    return days


def _tell(who: Served, calendar: Calendar, plot: _Plot) -> Told:
    _set_scene(who, plot.story)
    moments = _moments(who, calendar, plot)
    case = _case(who, plot, moments)
    told = Told([], case, [], [])
    for at, beat in enumerate(plot.beats):
        contact = _contact(who, beat, moments[at], case)
        told.interactions.append(contact)
        if case and beat.tried and who.chance.odds(0.7):
            told.steps.append(_step(who, beat, contact, case))
        if beat.promise is not None:
            answer = _answer_to(plot.beats, at)
            following = moments[answer] if answer is not None else None
            upset = answer is not None and plot.beats[answer].end is e.Disposition.PASSED_ON
            told.promises.append(_promise(who, calendar, beat, contact, following, upset))
        if beat.buys:
            who.bought.append(_bought(who, contact))
    return told


def _answer_to(beats: list[Beat], promised: int) -> int | None:
    """Return which later contact settles a promise; a reminder on the way there does not."""
    for at in range(promised + 1, len(beats)):
        if beats[at].optional >= 1.0 or beats[at].end is not e.Disposition.INFORMED:
            return at
    return None


def _set_scene(who: Served, story: Story) -> None:
    """Choose what this story is about: something that the customer has, or is going to buy."""
    fitting = [owned for owned in who.owned if owned[0] in story.about]
    wished_for = any(beat.buys for beat in story.beats)
    if fitting and not wished_for:
        key, model = who.chance.one_of(fitting)
    else:
        key = who.chance.one_of(story.about)
        model = who.chance.one_of(products()[key].models)
        if not wished_for:
            # It came with the house; the next story remembers that it is there.
            who.owned.append((key, model))
    facts = who.teller.facts
    lasting: dict[str, str] = {w: facts[w] for w in ("town", "hometown") if w in facts}
    facts.clear()
    facts.update(lasting)
    facts.update(products()[key].forms(who.library.language))
    facts["model"] = model
    stranger = _STRANGERS + who.chance.between(0, 900_000)
    facts["other_phone"] = phones.mobile(who.chance, who.country, stranger).value
    facts["fee"] = _money(who)
    who.teller.topic = key


def _money(who: Served) -> str:
    """Return a sum of the kind that bills are argued about, as that currency is written."""
    currency, rate = who.prices
    pounds = who.chance.one_of((7.2, 12.5, 18, 24.5, 31, 39.99, 45, 62.4, 78, 95, 110))
    if currency in _SIGN_FIRST:
        return f"{_SIGN_FIRST[currency]}{pounds:.2f}".removesuffix(".00")
    whole = f"{round(pounds * rate):,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{whole}\N{NO-BREAK SPACE}{_SIGN_LAST[currency]}"


def _moments(who: Served, calendar: Calendar, plot: _Plot) -> list[datetime]:
    """Return when the contacts took place: in working hours, in order, none after `as_of`."""
    moments: list[datetime] = []
    closed_on_sunday = who.chance.odds(0.8)
    for days in plot.days_ago:
        second = who.chance.between(7 * 3600, 18 * 3600)
        if days == 0:
            second = calendar.day_s - who.chance.between(120, max(calendar.day_s // 3, 240))
        moment = calendar.today + timedelta(days=-days, seconds=second)
        if days and closed_on_sunday and moment.weekday() == 6:
            moment -= timedelta(days=1)
        if moments and moment <= moments[-1]:
            moment = moments[-1] + timedelta(minutes=who.chance.between(20, 200))
        moments.append(moment)
    if moments[-1] >= calendar.as_of:
        late = moments[-1] - calendar.as_of + timedelta(minutes=who.chance.between(2, 90))
        moments = [moment - late for moment in moments]
    return moments


def _case(who: Served, plot: _Plot, moments: list[datetime]) -> e.Case | None:
    if plot.story.case is None:
        return None
    opened = moments[0]
    month = f"{opened:%y%m}"
    count = who.months_with_case[month] = who.months_with_case.get(month, 0) + 1
    state = e.CaseState.SOLVED
    if not plot.finished:
        state = who.chance.one_of((e.CaseState.OPEN, e.CaseState.OPEN, e.CaseState.WAITING))
    return e.Case(
        id=who.chance.id_at(opened),
        customer_id=who.id,
        number=f"LH-{month}-{who.index:04d}" + (f"-{count}" if count > 1 else ""),
        subject=who.teller.say(plot.story.case),
        state=state,
        complaint=plot.story.complaint,
        product=who.teller.facts["model"],
        opened_at=opened,
        closed_at=moments[-1] if plot.finished else None,
    )


def _contact(who: Served, beat: Beat, moment: datetime, case: e.Case | None) -> e.Interaction:
    chance = who.chance
    channel, direction = chance.one_of(beat.via)
    mood = chance.one_of(beat.mood)
    talked = channel in _TALKED and beat.end is not e.Disposition.MISSED
    stars = None
    if mood and beat.end in _RATED and chance.odds(0.24):
        stars = chance.one_of(_STARS[mood])
        who.stars.append(stars)
    subject, text = chance.one_of(beat.tellings)
    line = chance.one_of(who.lines) if who.lines and channel in _BY_LINE else (None, None)
    colleagues = on_duty(who.library.language, visiting=channel is e.Channel.VISIT)
    return e.Interaction(
        id=chance.id_at(moment),
        customer_id=who.id,
        channel=channel,
        direction=direction,
        occurred_at=moment,
        subject=who.teller.say(subject),
        summary=who.teller.say(text),
        department=beat.dept,
        disposition=beat.end,
        mood=mood,
        satisfaction=stars,
        case_id=case.id if case else None,
        user_id=None if beat.end is e.Disposition.MISSED else chance.one_of(colleagues).id,
        duration_s=_duration(chance, channel) if talked else None,
        e164=line[0],
        extension=line[1],
    )


def _duration(chance: Chance, channel: e.Channel) -> int:
    low, high = _MINUTES[channel]
    return chance.between(low * 60, int(high * 60 * (0.3 + 0.7 * chance.random())) + 60)


def _step(who: Served, beat: Beat, contact: e.Interaction, case: e.Case) -> e.StepTried:
    text, _, outcome = who.teller.any_of(beat.tried).partition(" - ")
    return e.StepTried(
        id=who.chance.id_at(contact.occurred_at),
        customer_id=who.id,
        case_id=case.id,
        text=text,
        outcome=outcome or None,
        tried_at=contact.occurred_at,
    )


def _promise(
    who: Served,
    calendar: Calendar,
    beat: Beat,
    contact: e.Interaction,
    following: datetime | None,
    upset: bool,
) -> e.Promise:
    if beat.promise is None:
        raise ValueError("a contact without a promise")
    made = contact.occurred_at
    chance = who.chance
    settled = following
    if following is None:
        days = chance.one_of((-1, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8))
        due = max(calendar.day(days, chance.between(10, 17)), made + timedelta(hours=3))
        state = e.PromiseState.OPEN
    elif following - made > timedelta(hours=8) and (upset or chance.odds(0.06)):
        due = made + (following - made) / 2
        state = e.PromiseState.BROKEN
    else:
        due = following + timedelta(hours=chance.between(1, 3))
        state = e.PromiseState.KEPT
    return e.Promise(
        id=chance.id_at(made),
        customer_id=who.id,
        text=who.teller.say(beat.promise),
        due_at=due.replace(minute=0, second=0, microsecond=0),
        channel=chance.one_of((e.Channel.CALL, e.Channel.CALL, e.Channel.EMAIL, e.Channel.SMS)),
        state=state,
        interaction_id=contact.id,
        made_by=contact.user_id,
        made_at=made,
        settled_at=settled,
    )


def _bought(who: Served, contact: e.Interaction) -> e.Purchase:
    model = who.teller.facts["model"]
    who.owned.append((who.teller.topic, model))
    return purchase(who, who.teller.topic, model, contact.occurred_at, contact.channel)


def purchase(
    who: Served, key: str, model: str, moment: datetime, channel: e.Channel | None
) -> e.Purchase:
    """Return the purchase of one product at a price as shops write it in that currency."""
    currency, rate = who.prices
    pounds = products()[key].price * (0.9 + 0.25 * who.chance.random())
    whole = int(pounds * rate)
    step = 10 if whole > 200 else 1
    return e.Purchase(
        id=who.chance.id_at(moment),
        customer_id=who.id,
        product=model,
        purchased_at=moment,
        quantity=who.chance.between(2, 12) if who.business and who.chance.odds(0.4) else 1,
        amount_minor=(whole // step * step + step - 1) * 100 + 99 * (currency in _NINETY_NINE),
        currency=currency,
        channel=channel,
    )
