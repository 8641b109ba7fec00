"""How alike two names are: the same, the same to the ear, mistyped, shortened, or others; pure.

Words come folded and in Latin letters (`agentdesk.domain.names`), so that case, accents and
alphabet are behind us already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

Roots = Callable[[str], frozenset[str]]
"""Returns a given name with what people of that name are called, and what it is short for."""


class Level(StrEnum):
    """How far two values agree."""

    SAME = "same"
    SOUNDS = "sounds"
    """Written differently, the same to the ear or in another transliteration."""
    CLOSE = "close"
    """A letter or two apart."""
    SHORT = "short"
    """One is a short form of the other."""
    PARTLY = "partly"
    """One of several words is the same: a double name, a second given name."""
    INITIAL = "initial"
    """One is the other's first letter."""
    ALIKE = "alike"
    """Nearly the same: digits swapped, another provider, a part left out."""
    DAY = "day"
    """The same day, of which one does not tell the year."""
    SHARED = "shared"
    """The same, but others have it too: a family's line, a switchboard."""
    DIFFERENT = "different"
    MISSING = "missing"
    """Nothing can be said: at least one side is empty."""


_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        # Cyrillic, Polish and German ways to write one sound come to one letter.
        ("shch|schtsch|szcz|stsch", "s"),
        ("tsch|tch|cz", "k"),
        ("sch|sh|sz|zh|rz", "s"),
        ("ch|kh|ck|q", "k"),
        ("ph|pf", "f"),
        ("ts|tz|c(?=[eiy])", "s"),
        ("x", "ks"),
        ("[cg]", "k"),
        ("[vw]", "f"),
        ("z", "s"),
        ("b", "p"),
        ("d", "t"),
        ("^[aeiouyj]+", "a"),
        ("(?<!^)[aeiouyjh]|[^a-z]", ""),
        (r"(.)\1+", r"\1"),
    )
)


_VOWELS = re.compile("[aeiouy]+")


@lru_cache(maxsize=1 << 16)
def sound_of(word: str) -> str:
    """Return the skeleton of a name as it sounds, equal for its usual spellings.

    In the manner of Soundex and Cologne phonetics, with the sounds of Russian, Polish and German
    transliteration brought together: Shchukin, Schukin and Szczukin are one.
    """
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def no_roots(word: str) -> frozenset[str]:
    """Know no short forms: every name stands for itself."""
    return frozenset((word,))


def are_close(one: str, other: str) -> bool:
    """Tell whether two words are a slip apart: one edit, two in longer ones (swaps count one)."""
    shorter = min(len(one), len(other))
    if shorter < 3:
        return False
    most = 1 if shorter < 7 else 2
    return OSA.distance(one, other, score_cutoff=most) <= most


def family_level(one: Sequence[str], other: Sequence[str]) -> Level:
    """Return how far two family names agree, word order aside."""
    if not one or not other:
        return Level.MISSING
    left, right = "".join(sorted(one)), "".join(sorted(other))
    if left == right:
        return Level.SAME
    if (len(one) > 1 or len(other) > 1) and not set(one).isdisjoint(other):
        return Level.PARTLY
    if are_close(left, right):
        return Level.SOUNDS if sound_of(left) == sound_of(right) else Level.CLOSE
    if len(left) > 3 and len(right) > 3 and sound_of(left) == sound_of(right) != "":
        # The skeleton alone would make one of Nowak and Nowicki.
        return Level.SOUNDS if _syllables(left) == _syllables(right) else Level.DIFFERENT
    return Level.DIFFERENT


def _syllables(word: str) -> int:
    return len(_VOWELS.findall(word))


def given_level(one: Sequence[str], other: Sequence[str], roots: Roots) -> Level:
    """Return how far two people's given names agree; the first word counts most."""
    if not one or not other:
        return Level.MISSING
    left, right = one[0], other[0]
    if left == right:
        return Level.SAME
    if len(left) == 1 or len(right) == 1:
        return Level.INITIAL if left[0] == right[0] else Level.DIFFERENT
    # Not what both may stand for: Alex leads to Alexander and to Alexandra, who are two.
    if right in roots(left) or left in roots(right):
        return Level.SHORT
    longer = min(len(left), len(right)) > 3
    if longer and sound_of(left) == sound_of(right) != "" and left[0] == right[0]:
        # Vowels at the end tell Mario from Maria.
        return Level.SOUNDS if left[-1] == right[-1] else Level.CLOSE
    if are_close(left, right):
        return Level.CLOSE
    if not set(one).isdisjoint(other):
        return Level.PARTLY
    return Level.DIFFERENT
