"""Planting duplicates: people entered a second time, as it happens at a telephone.

Typed in a hurry, heard wrongly, written in the other alphabet, with the parts swapped, under the
name from before the wedding, with another number, with half of it left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec
from msgspec.structs import replace

from agentdesk.domain.entities import ContactKind
from agentdesk.domain.names import latin
from benchmarks.populace import Entered, World, base_of, drawn, email, phone


@dataclass
class Planted:
    """A base, and the pairs of ids in it that are one person, the lesser id first."""

    records: list[Entered]
    pairs: set[tuple[str, str]]
    how: dict[tuple[str, str], tuple[str, ...]]


def planted(customers: int, *, part: str, seed: int = 11, share: float = 0.05) -> Planted:
    """Return a base of `customers` records of which `share` are second entries of somebody."""
    again = int(customers * share)
    world, records = base_of(customers - again, part=part, seed=seed)
    pairs, how = set(), {}
    for original in world.chance.sample(records, again):
        copy, done = _entered_again(original, world)
        one, other = sorted((original.customer.id, copy.customer.id))
        pairs.add((one, other))
        how[one, other] = done
        records.append(copy)
    world.chance.shuffle(records)
    return Planted(records, pairs, how)


def _entered_again(original: Entered, world: World) -> tuple[Entered, tuple[str, ...]]:
    """Return a second entry of a person, and what happened to it."""
    chance = world.chance
    who = replace(original.customer, id=next(world.ids))
    points = [replace(p, id=next(world.ids), customer_id=who.id) for p in original.points]
    copy = Entered(who, points, original.home)
    errors = chance.choices(list(_ERRORS), [weight for weight, _make in _ERRORS.values()], k=4)
    chosen = dict.fromkeys(errors[: chance.choices((1, 2, 3), (40, 40, 20))[0]])
    done = [name for name in chosen if _ERRORS[name][1](copy, world)]
    c = copy.customer
    if c.given_name and c.family_name and chance.random() < 0.7:
        # A patronymic or second given name is not always asked for.
        copy.customer = replace(c, full_name=f"{c.given_name} {c.family_name}")
    return copy, tuple(done)


def _rename(copy: Entered, given: str | None, family: str | None) -> bool:
    c = copy.customer
    if (given, family) == (c.given_name, c.family_name):
        return False
    full = " ".join(filter(None, (given, family)))
    copy.customer = replace(c, given_name=given, family_name=family, full_name=full)
    return True


def typed(word: str, chance: random.Random) -> str:
    """Return `word` with one slip of the fingers: a letter left out, doubled, swapped, another."""
    if len(word) < 4:
        return word
    at = chance.randrange(1, len(word) - 1)
    match chance.randrange(4):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            near = "eariotnslcu" if word.isascii() else "аеионтслрв"
            return word[:at] + chance.choice(near) + word[at + 1 :]


_HEARD = (
    ("ph", "f"), ("ck", "k"), ("ie", "y"), ("ll", "l"), ("tt", "t"), ("nn", "n"), ("th", "t"),
    ("sz", "s"), ("rz", "ż"), ("ch", "h"), ("w", "v"), ("c", "k"), ("y", "i"), ("ei", "ai"),
    ("ss", "s"), ("d", "t"), ("оо", "о"), ("е", "э"), ("о", "а"), ("тс", "ц"), ("ээ", "е"),
)  # fmt: skip


def heard(word: str, chance: random.Random) -> str:
    """Return `word` as somebody may write it who only hears it."""
    fitting = [(a, b) for a, b in _HEARD if a in word[1:]]
    if not fitting:
        return typed(word, chance)
    a, b = chance.choice(fitting)
    return word[0] + word[1:].replace(a, b, 1)


_OTHER_LATIN = (("shch", "sch"), ("kh", "h"), ("zh", "j"), ("iu", "yu"), ("ia", "ya"), ("ii", "y"),
                ("ts", "c"), ("ch", "tsch"), ("v", "w"), ("ei", "ey"))  # fmt: skip


def transliterated(word: str, chance: random.Random) -> str:
    """Return a word of another alphabet in Latin letters, as passports or as people do it."""
    plain = latin(word)
    if plain == word:
        return word
    lowered = plain.lower()
    for a, b in _OTHER_LATIN:
        if a in lowered and chance.random() < 0.4:
            lowered = lowered.replace(a, b)
    return lowered.title()


def _typing(copy: Entered, world: World) -> bool:
    c = copy.customer
    if world.chance.random() < 0.6:
        return _rename(copy, c.given_name, typed(c.family_name or "", world.chance))
    return _rename(copy, typed(c.given_name or "", world.chance), c.family_name)


def _hearing(copy: Entered, world: World) -> bool:
    c = copy.customer
    return _rename(copy, c.given_name, heard(c.family_name or "", world.chance))


def _alphabet(copy: Entered, world: World) -> bool:
    c = copy.customer
    given, family = (
        transliterated(name or "", world.chance) for name in (c.given_name, c.family_name)
    )
    return _rename(copy, given, family)


def _swapped(copy: Entered, _world: World) -> bool:
    return _rename(copy, copy.customer.family_name, copy.customer.given_name)


def _initial(copy: Entered, _world: World) -> bool:
    given = copy.customer.given_name or "X"
    return _rename(copy, f"{given[0]}.", copy.customer.family_name)


def _short(copy: Entered, world: World) -> bool:
    forms = _short_forms().get((copy.customer.given_name or "").casefold(), [])
    return bool(forms) and _rename(copy, world.chance.choice(forms), copy.customer.family_name)


@cache
def _short_forms() -> dict[str, list[str]]:
    """Return what people are called for short, by their name in small letters."""
    folder = resources.files("agentdesk") / "resources" / "short_forms"
    return {
        whole.casefold(): [short.title() for short in shorts]
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        for whole, *shorts in msgspec.yaml.decode(file.read_bytes(), type=list[list[str]])
    }


def _maiden(copy: Entered, world: World) -> bool:
    if copy.customer.pronouns != "she":
        return False
    family = drawn(world.names().family, world.chance)
    return _rename(copy, copy.customer.given_name, family)


def _new_number(copy: Entered, world: World) -> bool:
    copy.points = [p for p in copy.points if p.kind is not ContactKind.PHONE]
    copy.points.append(phone(world, copy.customer, world.number()))
    return True


def _new_address(copy: Entered, world: World) -> bool:
    copy.points = [p for p in copy.points if p.kind is not ContactKind.EMAIL]
    copy.points.append(email(world, copy.customer))
    return True


def _missing(copy: Entered, world: World) -> bool:
    some = world.chance.sample(("birthday", "hometown", "company"), world.chance.randint(1, 2))
    copy.customer = replace(copy.customer, **dict.fromkeys(some))
    if len(copy.points) > 1 and world.chance.random() < 0.5:
        copy.points.pop(world.chance.randrange(len(copy.points)))
    return True


def _moved(copy: Entered, world: World) -> bool:
    copy.customer = replace(copy.customer, hometown=world.chance.choice(world.names().towns))
    return True


def _wrong_birthday(copy: Entered, world: World) -> bool:
    day = copy.customer.birthday
    if day is None or day.startswith("--"):
        return False
    mistyped = f"{day[:3]}{world.chance.randrange(10)}{day[4:]}"
    other = f"--{day[5:]}" if world.chance.random() < 0.5 else mistyped
    copy.customer = replace(copy.customer, birthday=other)
    return True


_ERRORS: dict[str, tuple[float, Callable[[Entered, World], bool]]] = {
    "typing": (18, _typing),
    "hearing": (12, _hearing),
    "alphabet": (10, _alphabet),
    "swapped": (7, _swapped),
    "initial": (5, _initial),
    "short form": (8, _short),
    "maiden name": (5, _maiden),
    "changed number": (12, _new_number),
    "other e-mail": (8, _new_address),
    "missing fields": (18, _missing),
    "moved": (5, _moved),
    "birthday": (5, _wrong_birthday),
}
