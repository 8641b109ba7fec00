"""The towns, streets and time zones of the demo company's customers."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

import msgspec

from agentdesk.demo.chance import Chance, Weighted
from agentdesk.demo.shelf import take

_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


class Town(msgspec.Struct, frozen=True):
    """A town with its landlines: `area` code with first digits, perhaps own `masks`."""

    name: str
    area: str
    share: int
    post: str = ""
    tz: str | None = None
    length: int | None = None
    masks: tuple[str, ...] = ()


class Country(msgspec.Struct, frozen=True):
    """Where people live; `villages` are only ever a hometown."""

    tz: str
    currency: str
    towns: tuple[Town, ...]
    villages: tuple[str, ...]
    streets: tuple[str, ...]


class Atlas(msgspec.Struct, frozen=True):
    """All countries by ISO 3166 code, with their towns ready to be drawn."""

    countries: MappingProxyType[str, Country]
    towns: MappingProxyType[str, Weighted[Town]]

    def hometown(self, chance: Chance, country: str) -> str:
        """Return a town or village of `country` to come from."""
        place = self.countries[country]
        if chance.odds(0.4):
            return chance.one_of(place.villages)
        return chance.drawn(self.towns[country]).name


@cache
def atlas() -> Atlas:
    """Return the demo's countries, read once."""
    countries = take("places", dict[str, Country])
    towns = {c: Weighted(p.towns, [t.share for t in p.towns]) for c, p in countries.items()}
    return Atlas(MappingProxyType(countries), MappingProxyType(towns))


def address(chance: Chance, country: str, town: Town, town_name: str) -> str:
    """Return a street address in the order of `country`, on one line."""
    street = chance.one_of(atlas().countries[country].streets)
    number = chance.between(1, 140)
    if country in {"GB", "IE", "US"}:
        flat = f"Flat {chance.between(1, 9)}, " if chance.odds(0.12) else ""
        return f"{flat}{number} {street}, {town_name}{_postcode(chance, country, town)}"
    if country == "PL":
        flat = f"/{chance.between(1, 60)}" if chance.odds(0.6) else ""
        return f"{street} {number}{flat}, {town.post}-{chance.between(10, 899):03d} {town_name}"
    if country == "DE":
        return f"{street} {number}, {town.post}{chance.between(100, 999)} {town_name}"
    flat = f", кв. {chance.between(1, 120)}" if chance.odds(0.6) and country != "EE" else ""
    return f"{town_name}, {street}, {'д. ' if country == 'RU' else ''}{number}{flat}"


def _postcode(chance: Chance, country: str, town: Town) -> str:
    if country == "GB":
        unit = chance.one_of(_UNIT_LETTERS) + chance.one_of(_UNIT_LETTERS)
        return f" {town.post}{chance.between(1, 19)} {chance.between(1, 9)}{unit}"
    return f", {town.post}" if town.post else ""
