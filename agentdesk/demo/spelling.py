"""Russian in Latin letters, and names as they stand in an e-mail address."""

from __future__ import annotations

import unicodedata

STRESS = "\u0301"
"""The accent that marks the stressed vowel in the name lists; never shown in a name."""

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ı": "i"})


def unstressed(name: str) -> str:
    """Return `name` without its stress mark."""
    return name.replace(STRESS, "")


def in_latin(name: str) -> str:
    """Return a Cyrillic name as passports spell it: `Щукин` gives `Shchukin`."""
    spelt = "".join(_LATIN.get(letter, letter) for letter in unstressed(name).lower())
    spelt = spelt.replace("iy", "y") if spelt.endswith("iy") else spelt
    return "-".join(part.capitalize() for part in spelt.split("-"))


def for_address(name: str) -> str:
    """Return `name` in the letters that an e-mail address has: `Świątek` gives `swiatek`."""
    latin = "".join(_LATIN.get(letter, letter) for letter in unstressed(name).lower())
    flat = unicodedata.normalize("NFD", latin.translate(_PLAIN))
    return "".join(sign for sign in flat if sign.isascii() and sign.isalnum())
