"""How Polish and Russian names sound: a respelling for English readers, and IPA.

Polish follows its spelling, with the stress on the last syllable but one. Russian needs the
stress marked (U+0301 after the vowel). Both are meant for greeting a person, not for phonetics.
"""

from __future__ import annotations

import re
from itertools import pairwise

from agentdesk.demo.spelling import STRESS

Sound = tuple[str, str, bool]
"""Respelling, IPA, and whether it is a vowel."""

_VOICELESS = set("pktfshcć") | {"ch", "sz", "cz"}

_POLISH = {
    "a": ("a", "a"), "e": ("e", "ɛ"), "i": ("ee", "i"), "o": ("o", "ɔ"), "u": ("oo", "u"),
    "ó": ("oo", "u"), "y": ("i", "ɨ"), "ą": ("on", "ɔ̃"), "ę": ("en", "ɛ̃"),
    "b": ("b", "b"), "c": ("ts", "t͡s"), "ć": ("ch", "t͡ɕ"), "d": ("d", "d"), "f": ("f", "f"),
    "g": ("g", "ɡ"), "h": ("h", "x"), "j": ("y", "j"), "k": ("k", "k"), "l": ("l", "l"),
    "ł": ("w", "w"), "m": ("m", "m"), "n": ("n", "n"), "ń": ("n", "ɲ"), "p": ("p", "p"),
    "r": ("r", "r"), "s": ("s", "s"), "ś": ("sh", "ɕ"), "t": ("t", "t"), "w": ("v", "v"),
    "x": ("ks", "ks"), "z": ("z", "z"), "ź": ("zh", "ʑ"), "ż": ("zh", "ʐ"), "v": ("v", "v"),
    "ch": ("h", "x"), "cz": ("ch", "t͡ʂ"), "dz": ("dz", "d͡z"), "dź": ("j", "d͡ʑ"),
    "dż": ("j", "d͡ʐ"), "rz": ("zh", "ʐ"), "sz": ("sh", "ʂ"),
    "ci": ("ch", "t͡ɕ"), "si": ("sh", "ɕ"), "zi": ("zh", "ʑ"), "ni": ("ny", "ɲ"),
    "dzi": ("j", "d͡ʑ"),
}  # fmt: skip
_POLISH_VOWELS = set("aeiouóyąę")
_POLISH_SIGNS = re.compile(
    r"dzi(?=[aeouóyąę])|[cszn]i(?=[aeouóyąę])|dz|dź|dż|ch|cz|rz|sz|[a-ząćęłńóśźż]"
)
_SOFTENED = re.compile(r"(dz|[cszn])(?=i(?![aeouóyąę]))")
_SOFT_FORM = {"c": "ć", "s": "ś", "z": "ź", "n": "ń", "dz": "dź"}

_RUSSIAN = {
    "б": ("b", "b"), "в": ("v", "v"), "г": ("g", "ɡ"), "д": ("d", "d"), "ж": ("zh", "ʐ"),
    "з": ("z", "z"), "й": ("y", "j"), "к": ("k", "k"), "л": ("l", "l"), "м": ("m", "m"),
    "н": ("n", "n"), "п": ("p", "p"), "р": ("r", "r"), "с": ("s", "s"), "т": ("t", "t"),
    "ф": ("f", "f"), "х": ("kh", "x"), "ц": ("ts", "t͡s"), "ч": ("ch", "t͡ɕ"),
    "ш": ("sh", "ʂ"), "щ": ("shch", "ɕː"),
}  # fmt: skip
_RUSSIAN_VOWELS = {
    "а": (("ah", "a"), ("a", "ə")), "о": (("oh", "o"), ("a", "ɐ")), "у": (("oo", "u"),) * 2,
    "ы": (("ee", "ɨ"), ("y", "ɨ")), "э": (("eh", "ɛ"), ("e", "ɪ")), "и": (("ee", "i"), ("i", "ɪ")),
    "е": (("eh", "ɛ"), ("e", "ɪ")), "ё": (("oh", "ɵ"),) * 2, "ю": (("oo", "ʉ"),) * 2,
    "я": (("ah", "a"), ("a", "ə")),
}  # fmt: skip
_SOFTENING = set("еёиюяь")
_NEVER_SOFT = set("жшцйчщ")
_FINAL = {"в": ("f", "f"), "б": ("p", "p"), "д": ("t", "t"), "г": ("k", "k"), "з": ("s", "s"),
          "ж": ("sh", "ʂ")}  # fmt: skip


def polish(name: str) -> tuple[str, str]:
    """Return respelling and IPA of one Polish word: `Łukasz` gives `WOO-kash`, `ˈwu.kaʂ`."""
    word = _SOFTENED.sub(lambda m: _SOFT_FORM[m[1]], name.lower())
    sounds: list[Sound] = []
    before = ""
    for found in _POLISH_SIGNS.finditer(word):
        sign = found[0]
        said, ipa = _POLISH[sign]
        if sign == "rz" and before in _VOICELESS:
            said, ipa = "sh", "ʂ"
        if sign == "w" and before in _VOICELESS:
            said, ipa = "f", "f"
        glides = sign == "i" and found.end() < len(word) and word[found.end()] in _POLISH_VOWELS
        sounds.append(("y", "j", False) if glides else (said, ipa, sign in _POLISH_VOWELS))
        before = sign
    if before == "w":
        sounds[-1] = ("f", "f", False)
    vowels = sum(vowel for *_, vowel in sounds)
    return _written(sounds, max(vowels - 2, 0))


def russian(name: str) -> tuple[str, str]:
    """Return respelling and IPA of one Russian word with its stress marked."""
    letters = [sign for sign in name.lower() if sign != STRESS]
    stressed = _stressed_letter(name.lower())
    sounds: list[Sound] = []
    stress = 0
    for at, letter in enumerate(letters):
        before = letters[at - 1] if at else ""
        after = letters[at + 1] if at + 1 < len(letters) else ""
        if letter in _RUSSIAN_VOWELS:
            if letter in "еёюя" and (not before or before in _RUSSIAN_VOWELS or before in "ьъ"):
                sounds.append(("y", "j", False))
            if at == stressed:
                stress = sum(vowel for *_, vowel in sounds)
            said, ipa = _RUSSIAN_VOWELS[letter][at != stressed]
            glide = letter in "яюё" and before in _RUSSIAN and before not in _NEVER_SOFT
            sounds.append(("y" * glide + said, ipa, True))
        elif letter in _RUSSIAN:
            said, ipa = _FINAL.get(letter, _RUSSIAN[letter]) if not after else _RUSSIAN[letter]
            soft = after in _SOFTENING and letter not in _NEVER_SOFT and after != ""
            sounds.append((said, ipa + "ʲ" * soft, False))
    return _written(sounds, stress)


def _stressed_letter(word: str) -> int:
    """Return the index of the stressed letter among the letters; the only vowel if unmarked."""
    if STRESS in word:
        return word.index(STRESS) - 1
    if "ё" in word:
        return word.index("ё")
    return next((at for at, sign in enumerate(word) if sign in _RUSSIAN_VOWELS), 0)


def _written(sounds: list[Sound], stress: int) -> tuple[str, str]:
    syllables = _syllables(sounds)
    spoken = [_readable("".join(s[0] for s in part)) for part in syllables]
    respelt = [part.upper() if at == stress else part for at, part in enumerate(spoken)]
    ipa = [
        ("ˈ" if at == stress and len(syllables) > 1 else "") + "".join(s[1] for s in part)
        for at, part in enumerate(syllables)
    ]
    return "-".join(respelt), ".".join(ipa).replace(".ˈ", "ˈ")


def _readable(syllable: str) -> str:
    """Return a syllable as English eyes take it in."""
    return (
        syllable.replace("ehy", "ey").replace("ohy", "oy").replace("ahy", "eye").replace("iy", "ee")
    )


def _syllables(sounds: list[Sound]) -> list[list[Sound]]:
    """Cut before the consonant that leads to the next vowel, two if they glide together."""
    vowels = [at for at, sound in enumerate(sounds) if sound[2]]
    cuts = [0]
    for left, right in pairwise(vowels):
        cut = max(right - 1, left + 1)
        pair = sounds[cut - 1 : right]
        if cut - 1 > left and len(pair) == 2 and _glides(pair[0][0], pair[1][0]):
            cut -= 1
        cuts.append(cut)
    return [sounds[a:b] for a, b in zip(cuts, [*cuts[1:], len(sounds)], strict=True)]


def _glides(first: str, second: str) -> bool:
    hard = first in {"b", "d", "g", "k", "p", "t", "f", "v", "h", "kh"}
    return (hard and second == "r") or (first in {"s", "ts"} and second in {"k", "t", "p", "w"})
