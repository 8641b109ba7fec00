"""How names sound, roughly and in all languages at once: what spellings of one name share.

`sound` is no transcription. It is one key for what German, Polish, English, French and the
romanisations of Cyrillic and Greek write differently: Shchukin, Schtschukin and Szczukin; Müller,
Mueller and Miuller; Meier and Mayer. Names that differ may share it; an exact comparison follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from zlib import crc32

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        # Sibilants: what one language writes with four letters, another writes with one.
        ("schtsch|shtsch|szcz|shch|stsch", "S"),
        ("zsch|tsch|tch|cz", "H"),
        ("dzh|dsch|dj|dz|dg(?=e)", "j"),
        ("sch|sh|sz", "S"),
        ("ch|kh", "H"),
        ("zh|rz", "z"),
        ("tz|ts|cs|c(?=[eiy])", "z"),
        ("ph|v|w", "f"),
        ("ck|cc|qu|q|c", "k"),
        ("x", "ks"),
        ("th|dt", "t"),
        ("gh", "g"),
        ("gk", "g"),
        ("(?<=[aeiouy])h(?![aeiouy])", ""),
        ("h", "H"),
        ("[jy]", "i"),
        # The feminine ending that Polish shortens: Kovalskaya, Kowalska.
        ("(?<=.)aia$", "a"),
        # Vowels: umlauts written out, diphthongs, and the i that softens.
        ("ue", "u"),
        ("oe", "o"),
        ("ae", "a"),
        ("[ae]i+", "A"),
        ("ou", "u"),
        ("i+(?=[aeouA])", ""),
        (r"([a-zA-Z])\1+", r"\1"),
    )
)
_VOICELESS = str.maketrans("bdgvzjA", "ptkfsSa")
_VOWELS = re.compile("[aeiouA]")

_KEYED = 7
"""So many letters of a word's sound are looked up with letters left out."""
_TWO_FROM = 5
_SHORTEST_SKELETON = 3


@lru_cache(maxsize=1 << 15)
def sound(word: str) -> str:
    """Return the key of a folded word in Latin letters; see `names.search_forms`."""
    for pattern, by in _RULES:
        word = pattern.sub(by, word)
    return word


def slips_allowed(length: int) -> int:
    """Return how many letters may be wrong in a word of `length` letters."""
    return 0 if length < 3 else 1 if length < 6 else 2


@lru_cache(maxsize=1 << 14)
def near_keys(word: str) -> frozenset[int]:
    """Return the numbers under which words like `word` meet: two that share one are candidates.

    They are those of its sound with up to two letters left out (the delete neighbourhood of
    Garbe's SymSpell), and that of its consonants alone with voiced and voiceless ones together,
    which is how names are misheard.
    """
    heard = sound(word)
    keys = {crc32(left.encode()) for left in _lessened(heard[:_KEYED])}
    bones = _VOWELS.sub("", heard.translate(_VOICELESS))
    if len(bones) >= _SHORTEST_SKELETON:
        keys.add(crc32(b"~" + bones.encode()))
    return frozenset(keys)


def _lessened(text: str) -> Iterator[str]:
    most = 0 if len(text) < 2 else 1 if len(text) < _TWO_FROM else 2
    for count in range(most + 1):
        for kept in combinations(text, len(text) - count):
            yield "".join(kept)
