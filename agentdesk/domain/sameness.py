"""How probably two customers are one person, told field by field; pure.

The model is that of Fellegi and Sunter, "A Theory for Record Linkage" (JASA 64, 1969): a field
that agrees at some level is worth log2(m/u) bits, m being how often that happens to one person's
two records and u how often to those of two people. How rare the common value is counts as in
Winkler, "Overview of Record Linkage and Current Research Directions" (US Census Bureau, 2006):
two people called Nowak say little, two called Szczukin much.

Two people who look alike are seldom strangers. There are three rivals to "one person": strangers,
relatives (one family name, one line, one town, other given names, birthdays apart unless twins)
and colleagues (one company, one switchboard). What speaks for one person has to outweigh all three
together; so a family on one line stays a family.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

import msgspec

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.domain.name_likeness import (
    Level,
    Roots,
    are_close,
    family_level,
    given_level,
    no_roots,
)
from agentdesk.domain.names import fold, given_name_of, latin, name_key, patronymic_of

PROBABLE = 1.5
"""From so many bits on two customers are shown as probably one: about three to one."""
SURE = 4.3
"""From here on it is called very likely: twenty to one."""


class Trait(StrEnum):
    """What is compared."""

    FAMILY = "family_name"
    GIVEN = "given_name"
    PATRONYMIC = "patronymic"
    GENERATION = "generation"
    BIRTHDAY = "birthday"
    NUMBER = "number"
    EMAIL = "email"
    TOWN = "town"
    COMPANY = "company"


class Traits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is compared of a customer, folded and in Latin letters.

    The garbage collector is kept from these: a search holds one for each customer, and looking
    through them all again and again took two fifths of its time.

    `lines` are numbers in E.164 with their extension or ""; `shared` those of them that three
    people or more have. What a contact point says of itself is no guide: a number is marked as
    shared the moment that somebody is entered a second time.
    """

    id: str
    family: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    patronymic: str = ""
    generation: str = ""
    birthday: str = ""
    lines: dict[str, str] = {}
    shared: frozenset[str] = frozenset()
    emails: tuple[str, ...] = ()
    town: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one trait says: `bits` for (or, below zero, against) one person."""

    trait: Trait
    level: Level
    bits: float


class Rival(StrEnum):
    """What two alike customers are if they are not one."""

    STRANGERS = "strangers"
    RELATIVES = "relatives"
    COLLEAGUES = "colleagues"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How probably two customers are one: `bits` are log2 of the odds, all rivals together.

    `evidence` is against the likeliest `rival`, in the order of `Trait`, without what is missing.
    """

    bits: float
    rival: Rival
    evidence: tuple[Evidence, ...]
    swapped: bool = False
    """Given and family name stand in each other's place."""

    @property
    def probability(self) -> float:
        """The probability of one person, 0 to 1."""
        return 1 / (1 + 2 ** -max(-60.0, min(60.0, self.bits)))


_GENERATIONS = MappingProxyType(
    {
        **dict.fromkeys(("jr", "jnr", "junior", "jun", "ii", "мл", "младший"), "younger"),
        **dict.fromkeys(("sr", "snr", "senior", "sen", "ст", "старший"), "older"),
        "iii": "third",
    }
)
_BARE_GENERATIONS = frozenset(fold(latin(word)) for word in _GENERATIONS)


def traits_of(customer: Customer, points: Sequence[ContactPoint]) -> Traits:
    """Return what is compared of a customer; whose lines are shared is told by counting."""
    plain = customer.full_name == f"{customer.given_name} {customer.family_name}"
    given = _words(given_name_of(customer))
    patronymic = "" if plain else "".join(_words(patronymic_of(customer)))
    family = _words(customer.family_name)
    if not family:
        taken = {*given, patronymic}
        family = tuple(w for w in name_key(customer.full_name).split() if w not in taken)
    phones = [p for p in points if p.kind is ContactKind.PHONE and p.e164]
    return Traits(
        id=customer.id,
        family=tuple(word for word in family if word not in _BARE_GENERATIONS),
        given=tuple(word for word in given if word != patronymic),
        patronymic=patronymic,
        generation=_generation(customer),
        birthday=customer.birthday or "",
        lines={str(p.e164): p.extension or "" for p in phones},
        emails=tuple(fold(p.value.strip()) for p in points if p.kind is ContactKind.EMAIL),
        town=_plain(customer.hometown),
        company=_plain(customer.company),
    )


def _generation(customer: Customer) -> str:
    words = f"{customer.full_name} {customer.family_name or ''}".casefold().split()
    return next((_GENERATIONS[w] for w in (word.strip(".,") for word in words[1:])
                 if w in _GENERATIONS), "")  # fmt: skip


@lru_cache(maxsize=1 << 15)
def _words(name: str | None) -> tuple[str, ...]:
    """Return the words of a name in their order, without titles."""
    if not name or not name.strip():
        return ()
    known = set(name_key(name).split())
    ordered = fold(latin(name)).replace("-", " ").replace("'", "").replace("’", "").split()
    words = tuple(w for w in (word.strip('.,;()"') for word in ordered) if w in known)
    return words or tuple(sorted(known))


@lru_cache(maxsize=1 << 13)
def _plain(text: str | None) -> str:
    if not text:
        return ""
    return " ".join(fold(latin(text.partition(",")[0])).split())


# --- How rare a value is ------------------------------------------------------------------------

_WEIGHT_OF_PRIOR = 2_000
_USUAL = MappingProxyType(
    {Trait.FAMILY: 0.001, Trait.GIVEN: 0.004, Trait.TOWN: 0.01, Trait.COMPANY: 0.001}
)
"""The share of customers that a value of this trait has in a base that nobody has counted."""


@dataclass(frozen=True, slots=True)
class Rarity:
    """How often values occur in a base of `size` customers; those that are not counted are rare."""

    size: int = 10_000
    counts: Mapping[Trait, Mapping[str, int]] = field(default_factory=dict)

    def share(self, trait: Trait, value: str) -> float:
        """Return the share of other people who have `value`, drawn towards what is usual."""
        usual = _USUAL[trait]
        counted = self.counts.get(trait)
        if counted is None:
            return usual
        # The two that are compared are none of the others.
        others = max(counted.get(value, 0) - 2, 0)
        return (others + _WEIGHT_OF_PRIOR * usual) / (self.size + _WEIGHT_OF_PRIOR)


NOTHING_COUNTED = Rarity()

# --- The rates ----------------------------------------------------------------------------------

_SAME_SHARE, _RELATIVES_EACH, _COLLEAGUES_EACH = 0.05, 0.5, 1.0
"""How many others in the base are the same person, a relative or a colleague of each customer."""


@dataclass(frozen=True, slots=True)
class _Rates:
    """How often a level occurs: to one person's records, and to those of the rivals."""

    same: float
    strangers: float
    relatives: float
    colleagues: float


def _rates(same: float, strangers: float, relatives: float, colleagues: float) -> _Rates:
    return _Rates(same, strangers, relatives, colleagues)


_TABLE: Mapping[Trait, Mapping[Level, _Rates]] = {
    Trait.FAMILY: {
        Level.SAME: _rates(0.72, 1.0, 0.85, 1.0),
        Level.SOUNDS: _rates(0.15, 0.001, 0.10, 0.001),
        Level.CLOSE: _rates(0.06, 0.0006, 0.01, 0.0006),
        Level.PARTLY: _rates(0.02, 0.0003, 0.01, 0.0003),
        Level.DIFFERENT: _rates(0.05, 0.99, 0.03, 0.99),
    },
    Trait.GIVEN: {
        Level.SAME: _rates(0.74, 1.0, 0.02, 1.0),
        Level.SOUNDS: _rates(0.07, 0.0006, 0.001, 0.0006),
        Level.CLOSE: _rates(0.05, 0.002, 0.003, 0.002),
        Level.SHORT: _rates(0.06, 0.002, 0.003, 0.002),
        Level.PARTLY: _rates(0.01, 0.001, 0.005, 0.001),
        Level.INITIAL: _rates(0.06, 0.0025, 0.003, 0.0025),
        Level.DIFFERENT: _rates(0.01, 0.99, 0.97, 0.99),
    },
    Trait.PATRONYMIC: {
        Level.SAME: _rates(0.90, 0.01, 0.30, 0.01),
        Level.CLOSE: _rates(0.08, 0.02, 0.05, 0.02),
        Level.DIFFERENT: _rates(0.02, 0.97, 0.65, 0.97),
    },
    Trait.GENERATION: {
        Level.SAME: _rates(0.97, 0.5, 0.05, 0.5),
        Level.DIFFERENT: _rates(0.01, 0.5, 0.9, 0.5),
    },
    Trait.BIRTHDAY: {
        Level.SAME: _rates(0.84, 4e-5, 0.02, 4e-5),
        Level.DAY: _rates(0.12, 8e-4, 0.004, 8e-4),
        Level.ALIKE: _rates(0.035, 0.002, 0.003, 0.002),
        Level.DIFFERENT: _rates(0.02, 0.997, 0.97, 0.997),
    },
    Trait.NUMBER: {
        Level.SAME: _rates(0.60, 1e-5, 0.20, 0.01),
        Level.SHARED: _rates(0.15, 1e-4, 0.33, 0.14),
        Level.PARTLY: _rates(0.01, 1e-4, 0.005, 0.05),
        Level.DIFFERENT: _rates(0.24, 0.9999, 0.47, 0.80),
    },
    Trait.EMAIL: {
        Level.SAME: _rates(0.75, 1e-6, 0.02, 0.001),
        Level.ALIKE: _rates(0.04, 2e-4, 0.01, 5e-4),
        Level.DIFFERENT: _rates(0.21, 0.9998, 0.97, 0.998),
    },
    Trait.TOWN: {
        Level.SAME: _rates(0.85, 1.0, 0.93, 0.50),
        Level.CLOSE: _rates(0.03, 6e-4, 0.01, 0.005),
        Level.DIFFERENT: _rates(0.12, 0.99, 0.06, 0.50),
    },
    Trait.COMPANY: {
        Level.SAME: _rates(0.85, 1.0, 0.05, 0.97),
        Level.CLOSE: _rates(0.05, 5e-4, 0.005, 0.02),
        Level.DIFFERENT: _rates(0.10, 0.999, 0.945, 0.01),
    },
}
"""Where a rival's rate is 1.0 it is the share of the common value, see `Rarity`.

The sources are in docs/decisions/014: orders of magnitude from the literature, then counted on
bases with planted duplicates (`benchmarks/duplicates.py --count`), with other names than those that
precision and recall are measured with.
"""

_BITS: Mapping[Trait, Mapping[Level, tuple[float, float, float]]] = {
    trait: {
        level: (
            math.log2(r.same / r.strangers),
            math.log2(r.same / r.relatives),
            math.log2(r.same / r.colleagues),
        )
        for level, r in levels.items()
    }
    for trait, levels in _TABLE.items()
}
_RIVALS = (Rival.STRANGERS, Rival.RELATIVES, Rival.COLLEAGUES)
_SWAPPED_BITS = -1.0

# --- Comparing ----------------------------------------------------------------------------------


def compare(
    one: Traits,
    other: Traits,
    *,
    rarity: Rarity = NOTHING_COUNTED,
    roots: Roots = no_roots,
) -> Likeness:
    """Return how probably two customers are one person, with what says so.

    The order of the two does not matter.
    """
    rows, swapped, against = _weighed(one, other, rarity, roots)
    likeliest = against.index(min(against))
    return Likeness(
        bits=_together(against),
        rival=_RIVALS[likeliest],
        evidence=tuple(Evidence(trait, level, bits[likeliest]) for trait, level, bits in rows),
        swapped=swapped,
    )


def likeness_bits(one: Traits, other: Traits, *, rarity: Rarity, roots: Roots) -> float:
    """Return the bits of `compare` alone, for comparing many."""
    return _together(_weighed(one, other, rarity, roots)[2])


_Row = tuple[Trait, Level, tuple[float, float, float]]


def _weighed(
    one: Traits, other: Traits, rarity: Rarity, roots: Roots
) -> tuple[list[_Row], bool, tuple[float, float, float]]:
    """Return what was compared, whether names are swapped, and the bits against each rival."""
    rows, swapped = _names(one, other, rarity, roots)
    rows += _others(one, other, rarity)
    strangers, relatives, colleagues = _priors(rarity.size)
    for _trait, _level, bits in rows:
        strangers += bits[0]
        relatives += bits[1]
        colleagues += bits[2]
    beside = _SWAPPED_BITS if swapped else 0.0
    return rows, swapped, (strangers + beside, relatives + beside, colleagues + beside)


def _together(against: tuple[float, float, float]) -> float:
    """Return the bits against all rivals: their odds add up."""
    return -math.log2(sum(2 ** -max(-500.0, bits) for bits in against))


@lru_cache(maxsize=64)
def _priors(size: int) -> tuple[float, float, float]:
    """Return the log2 odds of one person against each rival before anything is compared."""
    return (
        math.log2(_SAME_SHARE / max(size, 200)),
        math.log2(_SAME_SHARE / _RELATIVES_EACH),
        math.log2(_SAME_SHARE / _COLLEAGUES_EACH),
    )


def _names(one: Traits, other: Traits, rarity: Rarity, roots: Roots) -> tuple[list[_Row], bool]:
    best = _name_rows(one.family, one.given, other.family, other.given, rarity, roots)
    if best and best[0][0] is Trait.FAMILY and best[0][1] is Level.SAME:
        return best, False
    if set(one.family).isdisjoint(other.given) and set(one.given).isdisjoint(other.family):
        return best, False
    swapped = False
    worth = _worth(best)
    # Either of the two may have its parts in each other's place.
    for crossed in (
        _name_rows(one.family, one.given, other.given, other.family, rarity, roots),
        _name_rows(one.given, one.family, other.family, other.given, rarity, roots),
    ):
        if _worth(crossed) + _SWAPPED_BITS > worth:
            best, swapped, worth = crossed, True, _worth(crossed) + _SWAPPED_BITS
    return best, swapped


def _worth(rows: list[_Row]) -> float:
    return sum(bits[0] for _trait, _level, bits in rows)


def _name_rows(
    family: tuple[str, ...],
    given: tuple[str, ...],
    other_family: tuple[str, ...],
    other_given: tuple[str, ...],
    rarity: Rarity,
    roots: Roots,
) -> list[_Row]:
    rows: list[_Row] = []
    level = family_level(family, other_family)
    if level is not Level.MISSING:
        name = " ".join(sorted(family))
        rows.append((Trait.FAMILY, level, _bits(Trait.FAMILY, level, name, rarity)))
    level = given_level(given, other_given, roots)
    if level is not Level.MISSING:
        rows.append((Trait.GIVEN, level, _bits(Trait.GIVEN, level, given[0], rarity)))
    return rows


def _others(one: Traits, other: Traits, rarity: Rarity) -> list[_Row]:
    levels = (
        (Trait.PATRONYMIC, _patronymics(one.patronymic, other.patronymic), ""),
        (Trait.GENERATION, _equal(one.generation, other.generation), ""),
        (Trait.BIRTHDAY, birthday_level(one.birthday, other.birthday), ""),
        (Trait.NUMBER, _lines(one, other), ""),
        (Trait.EMAIL, _emails(one, other), ""),
        (Trait.TOWN, _places(one.town, other.town), one.town),
        (Trait.COMPANY, _places(one.company, other.company), one.company),
    )
    return [
        (trait, level, _bits(trait, level, value, rarity))
        for trait, level, value in levels
        if level is not Level.MISSING
    ]


def _bits(trait: Trait, level: Level, value: str, rarity: Rarity) -> tuple[float, float, float]:
    fixed = _BITS[trait][level]
    if level is not Level.SAME or trait not in _USUAL:
        return fixed
    rates = _TABLE[trait][Level.SAME]
    rare = -math.log2(rarity.share(trait, value))
    return (
        fixed[0] + (rare if rates.strangers == 1.0 else 0.0),
        fixed[1] + (rare if rates.relatives == 1.0 else 0.0),
        fixed[2] + (rare if rates.colleagues == 1.0 else 0.0),
    )


def _equal(one: str, other: str) -> Level:
    if not one or not other:
        return Level.MISSING
    return Level.SAME if one == other else Level.DIFFERENT


def _patronymics(one: str, other: str) -> Level:
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.SAME
    return Level.CLOSE if are_close(one, other) or one[:5] == other[:5] else Level.DIFFERENT


def birthday_level(one: str, other: str) -> Level:
    """Return how far two birthdays (ISO 8601, the year may be missing) agree."""
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.DAY if one.startswith("--") else Level.SAME
    if one[-5:] == other[-5:] and "--" in (one[:2], other[:2]):
        return Level.DAY
    if one[-5:-3] == other[-2:] and one[-2:] == other[-5:-3] and one[:4] == other[:4]:
        return Level.ALIKE
    differing = sum(a != b for a, b in zip(one, other, strict=False))
    if len(one) == len(other) and differing == 1:
        return Level.ALIKE
    return Level.DIFFERENT


def _lines(one: Traits, other: Traits) -> Level:
    if not one.lines or not other.lines:
        return Level.MISSING
    common = one.lines.keys() & other.lines.keys()
    if not common:
        return Level.DIFFERENT
    own = [line for line in common if line not in one.shared and line not in other.shared]
    if any(one.lines[line] == other.lines[line] for line in own):
        return Level.SAME
    apart = all(
        one.lines[line] and other.lines[line] and one.lines[line] != other.lines[line]
        for line in common
    )
    return Level.PARTLY if apart else Level.SHARED


def _emails(one: Traits, other: Traits) -> Level:
    if not one.emails or not other.emails:
        return Level.MISSING
    if not set(one.emails).isdisjoint(other.emails):
        return Level.SAME
    names = {*one.family, *one.given, *other.family, *other.given}
    for left in one.emails:
        for right in other.emails:
            if _is_alike(left, right, names):
                return Level.ALIKE
    return Level.DIFFERENT


def _is_alike(left: str, right: str, names: set[str]) -> bool:
    """Tell whether two addresses are a slip apart, or one name at two providers.

    A name that only repeats the person's says nothing more than that.
    """
    mine, yours = left.partition("@")[0], right.partition("@")[0]
    digits = "".join(filter(str.isdigit, mine))
    if digits != "".join(filter(str.isdigit, yours)):
        return False
    if mine != yours:
        return are_close(left, right)
    return len(digits) > 1 or not any(name in mine for name in names if len(name) > 2)


def _places(one: str, other: str) -> Level:
    if not one or not other:
        return Level.MISSING
    if one == other:
        return Level.SAME
    if (
        are_close(one, other)
        or f"{one} ".startswith(f"{other} ")
        or f"{other} ".startswith(f"{one} ")
    ):
        return Level.CLOSE
    return Level.DIFFERENT
