"""Which encoding a file of contacts is in, found from its bytes."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable
from itertools import pairwise
from types import MappingProxyType

_ENOUGH_BYTES = 64 * 1024
"""So much text beyond ASCII decides."""

_WIDE_SAMPLE = 4096
_FLOOR = math.log(1e-4)


def _log_frequencies(per_thousand: str) -> MappingProxyType[str, float]:
    """Read "о97 е79": a letter and how often it comes in a thousand."""
    pairs = ((item[0], int(item[1:])) for item in per_thousand.split())
    return MappingProxyType({letter: math.log(count / 1000) for letter, count in pairs})


# Russian letters, with room for the Ukrainian and Belarusian ones.
_CYRILLIC = _log_frequencies(
    "о97 е79 а85 и75 н65 т58 с52 р48 в47 л42 к35 м31 д29 п26 у28 я22 ы15 ь16 г16 з16 б16 ч14"
    " й13 х10 ж9 ш8 ю7 ц6 щ4 э4 ф4 і12 ї3 є3 ё3 ў2 ъ1 ґ1"
)
# Accented letters of Polish, Czech, Slovak, Hungarian, German, Croatian and Romanian, each
# among the accented ones.
_LATIN = _log_frequencies(
    "á70 é70 í70 ó80 ł90 ę60 ą55 ż50 ě45 ö45 š45 ř40 č40 ž40 ś40 ü40 ý30 ů25 ć25 ä25 ú20 ń20"
    " ő15 đ10 ű8 ß12 ź8 ň6 ť4 ď4 â10 î8 ş8 ţ8 ă10 ľ6 ô6 ĺ1 ŕ1 ŕ1 ë3 ç3"
)
_MIXED_SCRIPT = math.log(0.002)
_ACCENTS_IN_A_ROW = math.log(0.06)
_CAPITAL_INSIDE = math.log(0.02)

_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")


def from_mark(head: bytes) -> str | None:
    """Return the encoding that the first bytes of a file announce or betray, or None.

    UTF-16 without its mark is known by the column of bytes that hardly changes.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[: min(len(head), _WIDE_SAMPLE) // 2 * 2]
    if len(sample) < 8:
        return None
    # The high byte is 0 for ASCII and most Latin letters, 1 to 5 for the rest of Latin, Greek,
    # Cyrillic; as a text byte of its own none of these occurs.
    low_even, low_odd = (sum(byte < 6 for byte in sample[at::2]) for at in (0, 1))
    if low_odd > 0.7 * len(sample) / 2 > low_even * 3:
        return "utf-16-le"
    if low_even > 0.7 * len(sample) / 2 > low_odd * 3:
        return "utf-16-be"
    return None


def of_lines(lines: Iterable[bytes]) -> str:
    """Return "utf-8", "cp1251" or "cp1250", whichever fits `lines` best.

    Reads only until enough beyond ASCII has been seen. A few damaged lines in a file of UTF-8
    do not make it something else.
    """
    well_formed = ill_formed = 0
    sample: list[bytes] = []
    for line in lines:
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            ill_formed += len(line)
            sample.append(line)
        else:
            well_formed += len(line)
        if well_formed + ill_formed > _ENOUGH_BYTES:
            break
    if well_formed >= ill_formed:
        return "utf-8"
    return single_byte(b"\n".join(sample))


def single_byte(text: bytes) -> str:
    """Return "cp1251" or "cp1250", by the likelihood of the letters each would make.

    Cyrillic words consist of high bytes only; in the words of Central Europe accented letters
    stand alone among plain ones. Beyond that the frequencies of the letters decide.
    """
    cyrillic = latin = 0.0
    for found in _WORD.finditer(text):
        word = found[0]
        cyrillic += _likelihood(word, "cp1251", _CYRILLIC)
        if any(byte < 0x80 for byte in word):
            cyrillic += _MIXED_SCRIPT
        latin += _likelihood(word, "cp1250", _LATIN)
        high = [byte >= 0x80 for byte in word]
        latin += _ACCENTS_IN_A_ROW * sum(a and b for a, b in pairwise(high))
    return "cp1251" if cyrillic > latin else "cp1250"


def _likelihood(word: bytes, encoding: str, frequencies: MappingProxyType[str, float]) -> float:
    text = word.decode(encoding, "replace")
    total = sum(frequencies.get(c.lower(), _FLOOR) for c in text if not c.isascii())
    return total + _CAPITAL_INSIDE * sum(a.islower() and b.isupper() for a, b in pairwise(text))
