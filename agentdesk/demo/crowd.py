"""The customers that nobody wrote by hand: singles, households and companies, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from agentdesk.demo import belongings, names, phones, places
from agentdesk.demo.belongings import Reach
from agentdesk.demo.chance import Calendar, Chance, Weighted, chance
from agentdesk.demo.histories import Served, purchase, told_histories
from agentdesk.demo.library import library, products
from agentdesk.demo.portrait import Person, portrait
from agentdesk.demo.wording import Teller
from agentdesk.domain import entities as e


class _Locale(msgspec.Struct, frozen=True):
    """Where people live and come from, and the share that writes its name in Cyrillic."""

    language: str
    country: str
    origin: str
    cyrillic: float = 0.0


_LOCALES = Weighted(
    (
        _Locale("en", "GB", "GB"),
        _Locale("en", "IE", "IE"),
        _Locale("en", "US", "US"),
        _Locale("pl", "PL", "PL"),
        _Locale("pl", "GB", "PL"),
        _Locale("pl", "IE", "PL"),
        _Locale("ru", "RU", "RU", 0.95),
        _Locale("ru", "KZ", "KZ", 0.9),
        _Locale("ru", "GB", "RU", 0.25),
        _Locale("ru", "DE", "RU", 0.4),
        _Locale("ru", "IL", "RU", 0.6),
        _Locale("ru", "LV", "LV", 0.6),
        _Locale("ru", "EE", "EE", 0.6),
        _Locale("ru", "GE", "GE", 0.8),
        _Locale("ru", "AM", "AM", 0.8),
    ),
    (52, 6, 4, 12, 5, 1.5, 9, 2, 3, 2, 1.5, 1, 0.4, 0.4, 0.2),
)

_CONTACTS = Weighted(((1, 5), (6, 20), (21, 60), (60, 170)), (75, 17.5, 6, 1.5))
"""How often people get in touch: most a few times, some all the time."""

_GROUPS = Weighted(((1, 1), (2, 3), (3, 6)), (91, 6, 3))
"""One person; a household that shares a line; a company with a switchboard."""

_RATES = {"GBP": 1.0, "EUR": 1.16, "USD": 1.28, "PLN": 5.0, "RUB": 112.0, "KZT": 610.0,
          "ILS": 4.6, "GEL": 3.5, "AMD": 500.0}  # fmt: skip


class _Home(msgspec.Struct, frozen=True):
    """What the members of one group have in common."""

    locale: _Locale
    town: places.Town
    size: int
    shared: phones.Line | None
    family: str | None
    company: str | None
    address: str


def crowd(seed: int, calendar: Calendar, first: int, count: int) -> Iterator[e.Entity]:
    """Yield `count` customers with all that is theirs; the first has the index `first`.

    Everything about a customer comes from the seed and the index, so nothing is kept between
    customers but what a household or company shares.
    """
    index = first
    while index < first + count:
        luck = chance(seed, "home", index)
        home = _home(luck, index, first + count - index)
        for place in range(home.size):
            yield from _customer(seed, calendar, home, index + place, place)
        index += home.size


def prices_in(country: str) -> tuple[str, float]:
    """Return the currency of `country` and how much of it is a pound here."""
    currency = places.atlas().countries[country].currency
    return currency, _RATES[currency]


def _home(luck: Chance, index: int, room: int) -> _Home:
    low, high = luck.drawn(_GROUPS)
    size = min(luck.between(low, high), room)
    locale = luck.drawn(_LOCALES)
    town = luck.drawn(places.atlas().towns[locale.country])
    company = luck.one_of(library(locale.language).companies) if low == 3 else None
    family = _family(luck, locale) if low == 2 else None
    line = phones.landline(luck, locale.country, town, 2 * index) if low > 1 else None
    return _Home(
        locale=locale,
        town=town,
        size=size,
        shared=line if size > 1 else None,
        family=family,
        company=company,
        address=places.address(luck, locale.country, town, town.name),
    )


def _family(luck: Chance, locale: _Locale) -> str:
    book = names.book()
    if locale.language == "pl":
        return luck.one_of(book.polish.family)
    if locale.language == "ru":
        return luck.one_of(book.russian.family)
    return luck.one_of(book.groups["irish" if locale.country == "IE" else "british"].family)


def _name(luck: Chance, home: _Home) -> names.Name:
    locale = home.locale
    if locale.language == "pl":
        return names.polish(luck, home.family)
    if locale.language == "ru":
        return names.russian(luck, luck.odds(locale.cyrillic), home.family)
    return names.english(luck, locale.country, home.family)


def _customer(
    seed: int, calendar: Calendar, home: _Home, index: int, place: int
) -> Iterator[e.Entity]:
    luck = chance(seed, index)
    locale = home.locale
    name = _name(luck, home)
    days = int(12 * 365 * luck.random() ** 1.7) + 3
    since = calendar.day(-days, luck.between(7, 17), luck.between(0, 59))
    customer_id = luck.id_at(since)
    hometown = _hometown(luck, home)
    reach = Reach(
        name=name,
        country=locale.country,
        language=locale.language,
        town=home.town,
        address=home.address,
        shared=home.shared,
        at_work=home.company is not None,
        place=place,
        index=index,
    )
    points = list(belongings.contact_points(luck, customer_id, since, reach))
    teller = Teller(luck, library(locale.language).words, name.feminine)
    teller.facts["town"] = home.town.name
    teller.facts["hometown"] = hometown
    owned = _owned(luck)
    who = Served(
        id=customer_id,
        index=index,
        chance=luck,
        teller=teller,
        library=library(locale.language),
        since=since,
        country=locale.country,
        town=home.town,
        lines=belongings.lines_of(points),
        owned=list(owned),
        business=home.company is not None,
        prices=prices_in(locale.country),
    )
    contacts = luck.between(*luck.drawn(_CONTACTS))
    told = list(told_histories(who, calendar, contacts))
    person = Person(
        name=name,
        since=since,
        contacts=contacts,
        language=locale.language,
        country=locale.country,
        time_zone=home.town.tz or places.atlas().countries[locale.country].tz,
        hometown=hometown if luck.odds(0.5) else None,
        company=home.company,
    )
    yield portrait(who, calendar, person)
    yield from points
    yield from belongings.all_that_belongs(
        who, calendar, told, _purchases(who, owned, calendar.as_of)
    )


def _hometown(luck: Chance, home: _Home) -> str:
    if home.locale.origin == home.locale.country and luck.odds(0.55):
        return home.town.name
    return places.atlas().hometown(luck, home.locale.origin)


def _owned(luck: Chance) -> list[tuple[str, str]]:
    count = luck.one_of((1, 1, 1, 2, 2, 3, 4))
    keys = sorted({luck.one_of(tuple(products())) for _ in range(count)})
    return [(key, luck.one_of(products()[key].models)) for key in keys]


def _purchases(who: Served, owned: list[tuple[str, str]], as_of: datetime) -> list[e.Purchase]:
    """Return when the things in `owned` were bought, and what stories added."""
    span = max(int((as_of - who.since).total_seconds()) - 86_400, 1)
    channels = (e.Channel.CALL, e.Channel.CHAT, e.Channel.VISIT, None, None)
    made = []
    for key, model in owned:
        moment = who.since + timedelta(seconds=int(span * who.chance.random() ** 3))
        moment = min(moment.replace(hour=who.chance.between(8, 18)), as_of)
        made.append(purchase(who, key, model, moment, who.chance.one_of(channels)))
    return made + who.bought
