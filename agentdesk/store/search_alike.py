"""Words of the index that a typed word may stand for: same sound, short form, one or two slips."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import msgspec
import sqlalchemy as sa
from rapidfuzz.distance import OSA

from agentdesk.domain.asked import Word
from agentdesk.domain.sounds import near_keys, slips_allowed, sound
from agentdesk.store.short_forms import short_forms

_MOST = 60
"""So many of the nearest words are looked for: more are no help to anybody."""

_NEAR = (
    "SELECT word, sound, people FROM search_word WHERE id IN ("
    "SELECT word FROM search_near WHERE key IN (SELECT value FROM json_each(?)))"
)
_SHORT = 3
_MOST_WRITTEN = 5


class Kind(IntEnum):
    """How a word of the index resembles a typed one, the closest first."""

    EXACT = 0
    BEGUN = 1
    SAME_SOUND = 2
    SHORT_FORM = 3
    SLIP = 4
    FAR = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """How far a word is from what was typed: 0 for the same, 1 for one that shares nothing."""

    cost: float
    kind: Kind


SHORT = Alike(0.12, Kind.SHORT_FORM)
_SAME_SOUND = Alike(0.08, Kind.SAME_SOUND)


def alike_words(connection: sa.Connection, word: Word) -> dict[str, Alike]:
    """Return words of the index like `word`, the nearest first; without it itself."""
    typed = word.latin
    if len(typed) < 3 or not typed.isalpha() or not typed.isascii():
        return {}
    heard = sound(typed)
    cursor = connection.connection.cursor()
    keys = msgspec.json.encode(list(near_keys(typed))).decode()
    found: list[tuple[float, int, str, Alike]] = []
    for other, other_sound, people in cursor.execute(_NEAR, (keys,)):
        alike = _compare(typed, heard, other, other_sound)
        if alike is not None:
            found.append((alike.cost, -people, other, alike))
    found.sort(key=lambda one: one[:3])
    words = {other: alike for _cost, _people, other, alike in found[:_MOST] if other != typed}
    for other in short_forms(typed):
        if other not in words or words[other].cost > SHORT.cost:
            words[other] = SHORT
    return words


def _compare(typed: str, heard: str, other: str, other_sound: str) -> Alike | None:
    if heard == other_sound:
        return _SAME_SOUND
    allowed = slips_allowed(min(len(typed), len(other)) + 1)
    written = OSA.distance(typed, other, score_cutoff=_MOST_WRITTEN)
    if len(typed) <= _SHORT and written > 1:
        # Of three letters too little is left to go by.
        return None
    slips = min(float(written), OSA.distance(heard, other_sound, score_cutoff=3) + 0.25)
    if slips > allowed + 0.5:
        return None
    return Alike(0.1 + 0.15 * slips, Kind.SLIP if slips < 1.5 else Kind.FAR)
