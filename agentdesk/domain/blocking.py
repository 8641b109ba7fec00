"""Which customers are worth comparing: those that share a key, in blocks of bounded size; pure.

Comparing everybody with everybody grows with the square of the base. Duplicates nearly always
share one of a few keys; each kind of key is one pass over the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from agentdesk.domain.name_likeness import Roots, no_roots, sound_of
from agentdesk.domain.sameness import Traits

MOST_IN_BLOCK = 24
"""A larger block is put in order, and each in it compared with the next few alone."""
NEXT_IN_ORDER = 8


class Pass(StrEnum):
    """The kinds of keys."""

    LINE = "line"
    EMAIL = "email"
    NAME = "name"
    SLIP = "slip"
    INITIAL = "initial"
    BIRTHDAY = "birthday"
    PLACE = "place"
    COMPANY = "company"


Keys = Callable[[Traits, Roots], set[str]]


def _line_keys(who: Traits, _roots: Roots) -> set[str]:
    return set(who.lines)


def _email_keys(who: Traits, _roots: Roots) -> set[str]:
    names = {address.partition("@")[0] for address in who.emails}
    return set(who.emails) | {name for name in names if len(name) > 4}


def _name_keys(who: Traits, roots: Roots) -> set[str]:
    family = _family_sound(who)
    if not family or not who.given:
        return set()
    # In either order: given and family name are entered in each other's place.
    return {"/".join(sorted((family, given))) for given in _given_sounds(who, roots)} | {
        "/".join(sorted((sound_of(word), given)))
        for word in who.family
        for given in _given_sounds(who, roots)
        if len(who.family) > 1
    }


def _slip_keys(who: Traits, roots: Roots) -> set[str]:
    """Return keys with a letter of the family name left out; with the town, which says more."""
    if not who.town or not who.given:
        return set()
    shorter = _shortened(_family_sound(who))
    return {f"{who.town}/{one}/{g}" for g in _given_sounds(who, roots) for one in shorter}


def _birthday_keys(who: Traits, roots: Roots) -> set[str]:
    if not who.birthday:
        return set()
    day = who.birthday[-5:]
    family = _family_sound(who)
    keys = {f"{day}/{given}" for given in _given_sounds(who, roots)}
    if family:
        keys.add(f"{day}/{family}")
    return keys


def _place_keys(who: Traits, roots: Roots) -> set[str]:
    family = _family_sound(who)
    if not who.town or not family:
        return set()
    # The first letter keeps a family's other members out, and lets an initial in.
    firsts = {name[0] for name in _given_names(who, roots)} or {""}
    return {f"{who.town}/{family}/{first}" for first in firsts}


def _initial_keys(who: Traits, _roots: Roots) -> set[str]:
    family = _family_sound(who)
    return {f"{family}/{who.given[0][0]}"} if family and who.given else set()


def _company_keys(who: Traits, roots: Roots) -> set[str]:
    if not who.company:
        return set()
    first = who.company.partition(" ")[0]
    keys = {f"{first}/{given}" for given in _given_sounds(who, roots)}
    family = _family_sound(who)
    return keys | ({f"{first}/{family}"} if family else set())


_KEYS: dict[Pass, Keys] = {
    Pass.LINE: _line_keys,
    Pass.EMAIL: _email_keys,
    Pass.NAME: _name_keys,
    Pass.SLIP: _slip_keys,
    Pass.INITIAL: _initial_keys,
    Pass.BIRTHDAY: _birthday_keys,
    Pass.PLACE: _place_keys,
    Pass.COMPANY: _company_keys,
}


def keys_of(who: Traits, roots: Roots = no_roots) -> set[str]:
    """Return all keys of a customer, each with its kind in front."""
    return {f"{one}:{key}" for one, keys in _KEYS.items() for key in keys(who, roots)}


def blocks(people: Sequence[Traits], kind: Pass, roots: Roots = no_roots) -> Iterator[list[Traits]]:
    """Yield those of `people` that share a key of this kind, two at least."""
    first: dict[str, Traits] = {}
    found: dict[str, list[Traits]] = {}
    keys = _KEYS[kind]
    for who in people:
        for key in keys(who, roots):
            # Most keys are one customer's alone, and need no list.
            earlier = first.setdefault(key, who)
            if earlier is not who:
                found.setdefault(key, [earlier]).append(who)
    for block in found.values():
        if kind is not Pass.INITIAL or any(_has_initial(who) for who in block):
            yield block


def _has_initial(who: Traits) -> bool:
    return bool(who.given) and len(who.given[0]) == 1


def pairs_of(block: list[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Yield the pairs of a block that are to be compared, their number bounded by its size."""
    if len(block) <= MOST_IN_BLOCK:
        for at, one in enumerate(block):
            for other in block[at + 1 :]:
                yield one, other
        return
    for order in _ORDERS:
        ordered = sorted(block, key=order)
        for at, one in enumerate(ordered):
            for other in ordered[at + 1 : at + 1 + NEXT_IN_ORDER]:
                yield one, other


_ORDERS: tuple[Callable[[Traits], tuple[str, ...]], ...] = (
    lambda who: (who.birthday[-5:], who.town, "".join(who.family), "".join(who.given)),
    lambda who: ("".join(who.family), "".join(who.given), who.town, who.company),
)


def _family_sound(who: Traits) -> str:
    return sound_of("".join(who.family if len(who.family) < 2 else sorted(who.family)))


def _given_sounds(who: Traits, roots: Roots) -> set[str]:
    return {sound_of(name) for name in _given_names(who, roots) if len(name) > 1}


def _given_names(who: Traits, roots: Roots) -> set[str]:
    """Return the given name and what it may be short for: longer ones meet where both are known."""
    if not who.given:
        return set()
    first = who.given[0]
    return {first, *(name for name in roots(first) if len(name) >= len(first))}


def _shortened(sound: str) -> set[str]:
    if len(sound) < 3:
        return {sound}
    return {sound, *(sound[:at] + sound[at + 1 :] for at in range(1, len(sound)))}
