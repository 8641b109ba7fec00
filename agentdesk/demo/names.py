"""The names of the demo's customers, with gender agreement and how to say them."""

from __future__ import annotations

from functools import cache

import msgspec

from agentdesk.demo import pronunciation, spelling
from agentdesk.demo.chance import Chance, Weighted
from agentdesk.demo.shelf import take

_POLISH_ADJECTIVES = ("ski", "cki", "dzki", "ny", "ty")
_MIXES: dict[str, dict[str, float]] = {
    "GB": {"british": 56, "scottish": 7, "welsh": 5, "irish": 4, "indian": 9, "muslim_asian": 8,
           "african": 5, "caribbean": 2.5, "chinese": 2, "european": 3},
    "IE": {"irish": 80, "british": 8, "european": 5, "african": 4, "indian": 3},
    "US": {"american": 60, "british": 20, "indian": 6, "chinese": 5, "irish": 5, "caribbean": 4},
}  # fmt: skip


class NameGroup(msgspec.Struct, frozen=True):
    """Given names of men and women, and family names that go with them."""

    male: tuple[str, ...]
    female: tuple[str, ...]
    family: tuple[str, ...]


class RussianNames(msgspec.Struct, frozen=True):
    """Stressed names; a man's comes with the patronymics of his sons and daughters."""

    male: tuple[tuple[str, str, str], ...]
    female: tuple[str, ...]
    family: tuple[str, ...]


class NameBook(msgspec.Struct, frozen=True):
    """All names; `say` holds respelling and IPA, `short` what friends say."""

    groups: dict[str, NameGroup]
    say: dict[str, tuple[str, str]]
    short: dict[str, str]
    polish: NameGroup
    russian: RussianNames


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """One person's name; `plain_*` in Latin letters for an e-mail address."""

    feminine: bool
    given: str
    family: str
    full: str
    patronymic: str | None = None
    short: str | None = None
    respelling: str | None = None
    ipa: str | None = None

    @property
    def plain_given(self) -> str:
        """The given name in the letters of an e-mail address."""
        return spelling.for_address(self.given)

    @property
    def plain_family(self) -> str:
        """The family name in the letters of an e-mail address."""
        return spelling.for_address(self.family)


@cache
def book() -> NameBook:
    """Return the name lists, read once."""
    return take("names", NameBook)


@cache
def _mix(country: str) -> Weighted[str]:
    shares = _MIXES[country]
    return Weighted(list(shares), list(shares.values()))


def feminine_polish(family: str) -> str:
    """Return what a woman of this family is called: `Kowalski` gives `Kowalska`."""
    return family[:-1] + "a" if family.endswith(_POLISH_ADJECTIVES) else family


def feminine_russian(family: str) -> str:
    """Return the feminine of a (stressed) family name: `Щу́кин` gives `Щу́кина`.

    Names in -енко, -ук, -ян, -дзе and other nouns stay as they are.
    """
    bare = spelling.unstressed(family)
    if bare.endswith(("ский", "цкий", "ный", "тый", "лый", "той")):
        return family[: -3 if family.endswith("о́й") else -2] + (
            "а́я" if family.endswith("о́й") else "ая"
        )
    if bare.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return family + "а"
    return family


def english(chance: Chance, country: str, family: str | None = None) -> Name:
    """Return a name as it is found in `country` (GB, IE or US), perhaps of a given family."""
    names = book()
    group = names.groups[chance.drawn(_mix(country))]
    feminine = chance.odds(0.52)
    given = chance.one_of(group.female if feminine else group.male)
    family = family or chance.one_of(group.family)
    if family == "Begum" and not feminine:
        family = "Khan"
    known = [names.say.get(given), names.say.get(family)]
    parts = (given, family)
    said = [k[0] if k else p for k, p in zip(known, parts, strict=True)]
    respelling = " ".join(said) if known[1] else (known[0][0] if known[0] else None)
    return Name(
        feminine=feminine,
        given=given,
        family=family,
        full=f"{given} {family}",
        short=names.short.get(given),
        respelling=respelling,
        ipa=" ".join(k[1] for k in known if k) or None,
    )


@cache
def _said_polish(given: str, family: str) -> tuple[str, str]:
    said = [pronunciation.polish(part) for part in (given, family)]
    return " ".join(s for s, _ in said), " ".join(i for _, i in said)


def polish(chance: Chance, family: str | None = None) -> Name:
    """Return a Polish name; `family` is the masculine form."""
    names = book()
    feminine = chance.odds(0.52)
    given = chance.one_of(names.polish.female if feminine else names.polish.male)
    family = family or chance.one_of(names.polish.family)
    family = feminine_polish(family) if feminine else family
    respelling, ipa = _said_polish(given, family)
    return Name(
        feminine=feminine,
        given=given,
        family=family,
        full=f"{given} {family}",
        short=names.short.get(given),
        respelling=respelling,
        ipa=ipa,
    )


@cache
def _said_russian(given: str, family: str) -> tuple[str, str]:
    said = [pronunciation.russian(part) for part in (given, family)]
    return " ".join(s for s, _ in said), " ".join(i for _, i in said)


def russian(chance: Chance, cyrillic: bool, family: str | None = None) -> Name:
    """Return a Russian name in Cyrillic or Latin letters; `family` is masculine, stressed."""
    names = book()
    feminine = chance.odds(0.52)
    given = chance.one_of(names.russian.female) if feminine else _man(chance)[0]
    family = family or chance.one_of(names.russian.family)
    family = feminine_russian(family) if feminine else family
    patronymic = _man(chance)[2 if feminine else 1]
    respelling, ipa = _said_russian(given, family)
    bare_given, bare_family = spelling.unstressed(given), spelling.unstressed(family)
    bare_patronymic = spelling.unstressed(patronymic)
    if not cyrillic:
        return Name(
            feminine=feminine,
            given=spelling.in_latin(given),
            family=spelling.in_latin(family),
            full=f"{spelling.in_latin(given)} {spelling.in_latin(family)}",
            respelling=respelling,
            ipa=ipa,
        )
    return Name(
        feminine=feminine,
        given=bare_given,
        family=bare_family,
        full=_russian_order(chance, bare_given, bare_patronymic, bare_family),
        patronymic=bare_patronymic,
        short=names.short.get(bare_given),
        respelling=respelling,
        ipa=ipa,
    )


def _man(chance: Chance) -> tuple[str, str, str]:
    return chance.one_of(book().russian.male)


def _russian_order(chance: Chance, given: str, patronymic: str, family: str) -> str:
    """Return the full name as the person writes it: formally, familiarly or just two words."""
    roll = chance.random()
    if roll < 0.35:
        return f"{family} {given} {patronymic}"
    return f"{given} {patronymic} {family}" if roll < 0.6 else f"{given} {family}"
