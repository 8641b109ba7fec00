"""Companies with people in them who are entered twice, and with people who only look alike.

Half of all names are for tuning, the other half for measuring; which half a name is in follows from
its letters. Beside the duplicates live those who must not be taken for one: families on one line,
twins, fathers and sons of one name, colleagues at one switchboard, and namesakes.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from agentdesk.demo.names import feminine_polish, feminine_russian
from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.domain.names import latin
from benchmarks.crowd import ids_by

TUNING, MEASURING = "tuning", "measuring"

_LOCALES = {"en_GB": 14, "en_US": 14, "pl_PL": 14, "ru_RU": 14, "de_DE": 10, "uk_UA": 6,
            "el_GR": 6, "fr_FR": 6, "it_IT": 5, "nl_NL": 4, "cs_CZ": 4, "en_IN": 3}  # fmt: skip
_COUNTRY_CODES = {"en_GB": "+4420", "en_US": "+1212", "pl_PL": "+4822", "ru_RU": "+7495",
                  "de_DE": "+4930", "uk_UA": "+3804", "el_GR": "+3021", "fr_FR": "+3314",
                  "it_IT": "+3906", "nl_NL": "+3120", "cs_CZ": "+4202",
                  "en_IN": "+9111"}  # fmt: skip
_PROVIDERS = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_COMPANY_ENDS = ("Ltd", "GmbH", "& Co", "Sp. z o.o.", "Services", "Logistics", "Group")


@dataclass
class World:
    """What the making of a base draws from; `part` says which half of the names."""

    chance: random.Random
    part: str
    ids: Iterator[str]
    companies: Sequence[tuple[str, str]] = ()
    addresses: set[str] = field(default_factory=set)

    def mailbox(self, name: str) -> str:
        """Return an address that nobody has yet: a name that is taken gets a number."""
        address = f"{name}@{self.chance.choice(_PROVIDERS)}"
        while address in self.addresses:
            address = f"{name}{self.chance.randint(1, 9_999)}@{self.chance.choice(_PROVIDERS)}"
        self.addresses.add(address)
        return address

    def names(self, locale: str | None = None) -> Names:
        """Return the names of a locale, of any if none is named."""
        return names_of(locale or self.chance.choice(list(_LOCALES)), self.part)

    def number(self, locale: str | None = None) -> str:
        """Return a telephone number."""
        code = _COUNTRY_CODES[locale or self.chance.choice(list(_LOCALES))]
        return f"{code}{self.chance.randrange(10**7):07d}"


@dataclass
class Entered:
    """One record as it was entered."""

    customer: Customer
    points: list[ContactPoint] = field(default_factory=list)
    home: int = 0
    """Who lives in one household has the same number."""


@dataclass(frozen=True)
class Names:
    """What people of one locale are called, in the half that was asked for."""

    male: Sequence[str]
    female: Sequence[str]
    family: Sequence[str]
    middle: Sequence[str]
    towns: Sequence[str]


@cache
def names_of(locale: str, part: str) -> Names:
    """Return what people are called, of that half of the names."""
    person: Any = import_module(f"faker.providers.person.{locale}").Provider
    try:
        place: Any = import_module(f"faker.providers.address.{locale}").Provider
    except ModuleNotFoundError:
        place = None

    def half(*attributes: str, of: Any = person) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for attribute in attributes:
            found |= dict.fromkeys(str(name).strip().title() for name in getattr(of, attribute, ()))
        wanted = part == MEASURING
        return tuple(n for n in found if n and bool(zlib.crc32(n.encode()) % 2) == wanted)

    family = half("last_names_male") or half("male_last_names", "unisex_last_names")
    family = family or half("last_names")
    towns = half("cities", "city_names", of=place) or _ENGLISH_TOWNS
    return Names(
        male=half("first_names_male"),
        female=half("first_names_female"),
        family=family,
        middle=half("middle_names_male"),
        towns=towns[:80],
    )


_ENGLISH_TOWNS = tuple(
    f"{a}{b}"
    for a in ("Ash", "Lark", "Wood", "Mill", "Stan", "Brad", "Hart", "Kings", "North", "Wal")
    for b in ("field", "ford", "ton", "bury", "ham", "ley")
)


def base_of(customers: int, *, part: str, seed: int) -> tuple[World, list[Entered]]:
    """Return people who are all entered once, and what more can be drawn from."""
    chance = random.Random(seed)
    world = World(chance, part, ids_by(chance))
    world.companies = _companies(max(customers // 12, 4), world)
    return world, list(_people(customers, world))


# --- People -------------------------------------------------------------------------------------


@dataclass
class _Household:
    locale: str
    family: str
    town: str | None
    line: str


def _people(count: int, world: World) -> Iterator[Entered]:
    chance = world.chance
    made = homes = 0
    while made < count:
        homes += 1
        locale = chance.choices(list(_LOCALES), list(_LOCALES.values()))[0]
        names = world.names(locale)
        home = _Household(
            locale,
            drawn(names.family, chance),
            drawn(names.towns, chance) if chance.random() < 0.75 else None,
            world.number(locale),
        )
        size = chance.choices((1, 2, 3, 4), (86, 8, 4, 2))[0]
        family: list[Entered] = []
        for _member in range(min(size, count - made)):
            one = _member_of(home, family, world)
            one.home = homes
            family.append(one)
            yield one
        made += len(family)


def _companies(count: int, world: World) -> list[tuple[str, str]]:
    chance = world.chance
    return [
        (f"{chance.choice(world.names().family)} {chance.choice(_COMPANY_ENDS)}", world.number())
        for _company in range(count)
    ]


def _member_of(home: _Household, family: Sequence[Entered], world: World) -> Entered:
    chance = world.chance
    company = chance.choice(world.companies) if chance.random() < 0.25 else None
    who = msgspec.structs.replace(
        _person(home, family, world),
        hometown=home.town,
        company=company[0] if company else None,
    )
    points = []
    if family and chance.random() < 0.6:
        points.append(phone(world, who, home.line))
    if (not points or chance.random() < 0.35) and chance.random() < 0.9:
        points.append(phone(world, who, world.number(home.locale) if family else home.line))
    if company and chance.random() < 0.5:
        extension = str(chance.randint(10, 99)) if chance.random() < 0.5 else None
        points.append(phone(world, who, company[1], extension))
    if chance.random() < 0.6:
        points.append(email(world, who))
    return Entered(who, points)


def _person(home: _Household, family: Sequence[Entered], world: World) -> Customer:
    chance, names = world.chance, world.names(home.locale)
    feminine = chance.random() < 0.5
    given = drawn(names.female if feminine else names.male, chance)
    birthday = _birthday(chance)
    if family and chance.random() < 0.02:
        # Father and son, mother and daughter, of one name.
        given = family[0].customer.given_name or given
        feminine = family[0].customer.pronouns == "she"
    elif family and chance.random() < 0.04:
        # Twins; they have names of their own.
        birthday = family[-1].customer.birthday or birthday
    while family and given in {f.customer.given_name for f in family[1:]}:
        given = chance.choice(names.female if feminine else names.male)
    name = feminine_of(home.family, home.locale) if feminine else home.family
    middle = ""
    if names.middle and chance.random() < 0.6:
        middle = _patronymic(chance.choice(names.middle), feminine=feminine)
    return Customer(
        id=next(world.ids),
        full_name=" ".join(filter(None, (given, middle, name))),
        given_name=given,
        family_name=name,
        pronouns="she" if feminine else "he",
        birthday=birthday if chance.random() < 0.65 else None,
    )


def feminine_of(family: str, locale: str) -> str:
    """Return what a woman of this family is called."""
    if locale == "pl_PL":
        return feminine_polish(family)
    return feminine_russian(family) if locale == "ru_RU" else family


def _patronymic(middle: str, *, feminine: bool) -> str:
    if not feminine:
        return middle
    for ends, instead in (("ович", "овна"), ("евич", "евна"), ("ич", "ична")):
        if middle.endswith(ends):
            return middle[: -len(ends)] + instead
    return middle


def _birthday(chance: random.Random) -> str:
    day = f"{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return f"--{day}" if chance.random() < 0.12 else f"{chance.randint(1938, 2006)}-{day}"


def phone(world: World, who: Customer, e164: str, extension: str | None = None) -> ContactPoint:
    """Return a telephone number of somebody."""
    return ContactPoint(
        id=next(world.ids),
        customer_id=who.id,
        kind=ContactKind.PHONE,
        value=e164,
        e164=e164,
        extension=extension,
    )


def email(world: World, who: Customer) -> ContactPoint:
    """Return an address of somebody, made from their name as people do."""
    chance = world.chance
    given, family = (
        "".join(c for c in latin(name or "x").lower() if c.isascii() and c.isalnum()) or "x"
        for name in (who.given_name, who.family_name)
    )
    name = chance.choice(
        (f"{given}.{family}", f"{given[0]}.{family}", f"{family}{chance.randint(1, 999)}",
         f"{given}{chance.randint(1, 999)}", f"{given}.{family}{chance.randint(1, 99)}")
    )  # fmt: skip
    return ContactPoint(
        id=next(world.ids), customer_id=who.id, kind=ContactKind.EMAIL, value=world.mailbox(name)
    )


def drawn(names: Sequence[str], chance: random.Random) -> str:
    """Return one of `names`, the first ones more often, as it is with real names."""
    return names[int(len(names) * chance.random() ** 1.8)]
