"""Phone numbers of the demo's customers: valid, distinct, and written as people write them.

Numbers come from the serial number of the customer by a permutation of the whole number range,
so that no two are alike without remembering any. American ones are from 555-0100 to 555-0199,
which belong to nobody.
"""

from __future__ import annotations

from functools import cache

import msgspec

from agentdesk.demo.chance import Chance
from agentdesk.demo.places import Town
from agentdesk.demo.shelf import take

_SPREAD = 618_033_989
"""A prime, so that it shares no factor with any range of numbers here."""


class NumberPlan(msgspec.Struct, frozen=True):
    """How a country makes and writes its numbers; lengths are of the national number."""

    code: int
    length: int
    mobile_masks: tuple[str, ...]
    fixed_masks: tuple[str, ...]
    mobile: tuple[str, ...] = ()
    long_area_masks: tuple[str, ...] = ()
    city_masks: tuple[str, ...] = ()
    fixed_length: int | None = None
    fictional: bool = False


class Line(msgspec.Struct, frozen=True):
    """A number as written, and in E.164."""

    value: str
    e164: str


@cache
def _plans() -> dict[str, NumberPlan]:
    return take("phones", dict[str, NumberPlan])


def mobile(chance: Chance, country: str, serial: int) -> Line:
    """Return the mobile number that belongs to `serial`."""
    plan = _plans()[country]
    if plan.fictional:
        return _line(chance, plan, _fictional(plan, serial), plan.mobile_masks)
    free = plan.length - len(plan.mobile[0])
    which, rest = divmod(serial * _SPREAD % (len(plan.mobile) * 10**free), 10**free)
    return _line(chance, plan, f"{plan.mobile[which]}{rest:0{free}d}", plan.mobile_masks)


def landline(chance: Chance, country: str, town: Town, serial: int) -> Line:
    """Return the landline in `town` that belongs to `serial`."""
    plan = _plans()[country]
    if plan.fictional:
        return _line(chance, plan, _fictional(plan, serial), plan.fixed_masks)
    length = town.length or plan.fixed_length or plan.length
    free = length - len(town.area)
    national = f"{town.area}{serial * _SPREAD % 10**free:0{free}d}"
    return _line(chance, plan, national, town.masks or _masks(plan, town))


def _fictional(plan: NumberPlan, serial: int) -> str:
    """Return a number for films; the area is anywhere, as with people who moved."""
    which, rest = divmod(serial * _SPREAD % (len(plan.mobile) * 100), 100)
    return f"{plan.mobile[which]}55501{rest:02d}"


def _masks(plan: NumberPlan, town: Town) -> tuple[str, ...]:
    """Return how numbers of `town` are grouped: by the length of its area code."""
    if plan.city_masks and town.area[:2] in {"20", "28", "29"}:
        return plan.city_masks
    if plan.long_area_masks and (town.area[2] == "1" or town.area.startswith("11")):
        return plan.long_area_masks
    return plan.fixed_masks


def _line(chance: Chance, plan: NumberPlan, national: str, masks: tuple[str, ...]) -> Line:
    mask = chance.one_of(masks)
    return Line(mask.replace("#", "%s") % tuple(national), f"+{plan.code}{national}")
