"""How people get names wrong: typing, hearing, transliterating, swapping. By a fixed chance.

The tables are written from the manners of people (keyboards, languages' own romanisations,
practical transcription into Cyrillic), not from what the search knows.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_CYRILLIC_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_GREEK_ROWS = ("ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ")


def _neighbours(rows: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for at, row in enumerate(rows):
        for column, letter in enumerate(row):
            near = row[max(0, column - 1) : column] + row[column + 1 : column + 2]
            for other in (at - 1, at + 1):
                if 0 <= other < len(rows):
                    near += rows[other][max(0, column - 1) : column + 1]
            found[letter] = near
    return found


def _pairs(text: str) -> dict[str, str]:
    """Read "sz:ш cz:ч": letters, and what is written for them."""
    return dict(pair.split(":") for pair in text.split())


_NEAR = {**_neighbours(_ROWS), **_neighbours(_CYRILLIC_ROWS), **_neighbours(_GREEK_ROWS)}


def typing(word: str, chance: random.Random) -> str:
    """Return `word` with one slip of the fingers: a neighbour key, a swap, one letter too many or
    too few, or one letter twice."""
    letters = list(word)
    at = chance.randrange(len(letters))
    way = chance.choice(("neighbour", "neighbour", "swap", "omit", "double", "extra"))
    near = _NEAR.get(unicodedata.normalize("NFD", letters[at].lower())[0], "")
    if way == "swap" and len(letters) > 1:
        at = min(at, len(letters) - 2)
        letters[at], letters[at + 1] = letters[at + 1], letters[at]
    elif way == "omit" and len(letters) > 2:
        del letters[at]
    elif way == "double":
        letters.insert(at, letters[at])
    elif near and way == "extra":
        letters.insert(at, chance.choice(near))
    elif near:
        letters[at] = chance.choice(near)
    else:
        letters.insert(at, letters[at])
    return "".join(letters).lower()


_HEARD = {
    "pl": _pairs(
        "ó:u rz:ż ż:rz ch:h ę:en ą:om ł:l ś:s cz:c sz:s w:f d:t b:p ck:tsk z:s ń:n i:y n:m "
    ),
    "de": _pairs(
        "ei:ai ai:ei dt:t tt:t ck:k th:t z:tz v:f ph:f äu:eu ä:e b:p d:t g:k ss:s "
        "nn:n ll:l ie:i y:i c:k m:n "
    ),
    "ru": _pairs("о:а а:о е:и и:е б:п в:ф д:т з:с г:к щ:ш ж:ш ь: нн:н м:н "),
    "uk": _pairs("и:е е:и о:у б:п в:у д:т з:с щ:ш ь: м:н "),
    "el": _pairs("η:ι ι:η υ:ι ω:ο ο:ω ει:ι αι:ε λλ:λ μπ:β σ:ζ μ:ν "),
    "en": _pairs("ck:k ee:ea ea:ee ph:f y:i ll:l tt:t e:a s:z c:k b:p d:t m:n gh: "),
}


def hearing(word: str, language: str, chance: random.Random) -> str:
    """Return `word` as somebody may have heard it: one sound written another way, or mistaken."""
    word = word.lower()
    pairs = [pair for pair in _HEARD.get(language, _HEARD["en"]).items() if pair[0] in word]
    if not pairs:
        return typing(word, chance)
    heard, written = chance.choice(pairs)
    return word.replace(heard, written, 1)


_ENGLISH = _pairs(
    "а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f "
    "х:kh ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya і:i ї:yi є:ye ґ:g ’: ': "
)
_GERMAN = _ENGLISH | {"в": "w", "ж": "sch", "з": "s", "й": "j", "х": "ch", "ц": "z", "ч": "tsch",
                      "ш": "sch", "щ": "schtsch", "ю": "ju", "я": "ja"}  # fmt: skip
_POLISH = _ENGLISH | {"в": "w", "ж": "ż", "й": "j", "х": "ch", "ц": "c", "ч": "cz", "ш": "sz",
                      "щ": "szcz", "ю": "ju", "я": "ja", "л": "ł"}  # fmt: skip
_CASUAL = _ENGLISH | {"х": "h", "ц": "c", "щ": "sch", "ю": "iu", "я": "ia", "й": "i", "ё": "yo"}
_GREEK = _pairs(
    "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f "
    "χ:ch ψ:ps ω:o "
)
_GREEK_WAYS = (
    _GREEK | _pairs("ου:ou αυ:av ευ:ev γγ:ng"),
    _GREEK | _pairs("ου:ou αυ:af ευ:ef μπ:b ντ:nt γκ:g γγ:ng υ:i χ:h"),
)
_FROM_POLISH = _pairs(
    "szcz:щ ść:сть dź:дзь dż:дж sz:ш cz:ч rz:ж ch:х ski:ский cki:цкий ska:ская cka:цкая dz:дз "
    "ię:е ią:ён ia:я ie:е io:ё iu:ю ió:ю ja:я je:е jo:йо ju:ю jó:ю la:ля lu:лю lo:лё ó:у ł:л "
    "ń:нь ś:сь ć:ць ź:зь ż:ж ą:он ę:ен a:а b:б c:ц d:д e:е f:ф g:г h:х i:и j:й k:к l:ль m:м "
    "n:н o:о p:п r:р s:с t:т u:у w:в v:в x:кс y:ы z:з "
)
_FROM_GERMAN = _pairs(
    "tsch:ч sch:ш ch:х ck:к tz:ц ph:ф th:т dt:дт ie:и ei:ей ai:ай eu:ой äu:ой ay:ай ey:ей "
    "sp:шп st:шт ß:сс ä:е ö:ё ü:ю ja:я jo:йо ju:ю jü:ю qu:кв a:а b:б c:к d:д e:е f:ф g:г h:х "
    "i:и j:й k:к l:ль m:м n:н o:о p:п r:р s:с t:т u:у v:ф w:в x:кс y:и z:ц "
)
_SILENT_H = tuple(vowel + "h" for vowel in "aeiouäöü")


def _rewritten(word: str, table: dict[str, str]) -> str:
    longest = max(map(len, table))
    out, at = "", 0
    while at < len(word):
        for size in range(longest, 0, -1):
            part = word[at : at + size]
            if len(part) == size and part in table:
                out += table[part]
                at += size
                break
        else:
            out += word[at]
            at += 1
    return out


def other_alphabet(word: str, language: str, chance: random.Random) -> str | None:
    """Return `word` written by somebody who uses another alphabet; None for languages without."""
    word = unicodedata.normalize("NFC", word.lower())
    if language in ("ru", "uk"):
        table = chance.choice((_ENGLISH, _ENGLISH, _GERMAN, _POLISH, _CASUAL))
        if language == "uk":
            table = table | {"г": "h", "и": "y"}
        return _rewritten(word, table)
    if language == "el":
        bare = "".join(
            c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)
        )
        return _rewritten(bare, chance.choice(_GREEK_WAYS))
    if language == "pl":
        return _rewritten(word, _FROM_POLISH)
    if language == "de":
        for silent in _SILENT_H:
            if silent in word and not word.endswith(silent):
                word = word.replace(silent, silent[0])
        return _rewritten(word.replace("ll", "l") if chance.random() < 0.3 else word, _FROM_GERMAN)
    return None


def plain(word: str, chance: random.Random) -> str:
    """Return `word` without its own language's letters: ue or u for ü, l for ł."""
    word = word.lower()
    if chance.random() < 0.5:
        for letter, by in (
            ("ä", "ae"),
            ("ö", "oe"),
            ("ü", "ue"),
            ("ß", "ss"),
            ("ø", "oe"),
            ("å", "aa"),
        ):
            word = word.replace(letter, by)
    bare = unicodedata.normalize("NFD", word.replace("ł", "l").replace("ß", "ss"))
    return "".join(c for c in bare if not unicodedata.combining(c))


Slip = Callable[[str, str, random.Random], str]


def one_slip(word: str, language: str, chance: random.Random) -> str:
    """Return `word` with one error of typing or hearing."""
    for _attempt in range(20):
        made = typing(word, chance) if chance.random() < 0.6 else hearing(word, language, chance)
        if made != word.lower():
            return made
    return word.lower() + word[-1]
