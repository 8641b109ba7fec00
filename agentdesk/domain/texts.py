"""Telephone numbers in what people write: notes, e-mails, summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from phonenumbers import (
    Leniency,
    PhoneMetadata,
    PhoneNumberFormat,
    PhoneNumberMatcher,
    format_number,
)

from agentdesk.domain.renumbering import renumbered

MOST_NUMBERS = 20
"""More of one text are not looked for: that is a list, and tells of nobody."""

_MOST_CHARS = 20_000
_RUN = re.compile(r"[+(]{0,2}\d(?:[ \t().,/\-–~\xa0]{0,3}\d){6,40}")
"""Where a number may be: at least seven digits. Everything else is passed over cheaply."""
_OTHER = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d-[01]\d-[0-3]\d|[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d"
    r"|\d{1,3}(?:[.,  ]\d{3})+[.,]\d\d)(?!\d)"
)
"""Dates and amounts."""
_AROUND = 8
_UNIVERSAL = ("+", "00", "(+")


def may_hold_number(text: str, region: str) -> bool:
    """Tell quickly whether `numbers_in` is worth asking; some texts without a number pass too."""
    return any(True for _run in _runs(text, region))


def numbers_in(text: str, region: str) -> tuple[str, ...]:
    """Return the numbers that a text mentions, in E.164, each once, in the order of the text.

    `region` (ISO 3166) is where numbers without a country code belong. Only numbers of ranges that
    are in use count: an order number is seldom one.
    """
    return tuple(dict.fromkeys(_numbers(text, region)))[:MOST_NUMBERS]


def _numbers(text: str, region: str) -> Iterator[str]:
    home = region.upper() or None
    for piece in _runs(text, region):
        for match in PhoneNumberMatcher(piece, home, Leniency.VALID):
            yield format_number(match.number, PhoneNumberFormat.E164)
        for old in _OLD.findall(piece):
            today = renumbered("+" + re.sub(r"\D", "", old))
            if today is not None:
                yield today


_OLD = re.compile(r"\+(?:52[ -]?1|55|225|229)[\d ()-]{8,16}\d(?!\d)")
"""Numbers of before their country changed them, which the matcher does not know any more."""


def _runs(text: str, region: str) -> Iterator[str]:
    """Yield where numbers may be, each with what stands around it."""
    text = text[:_MOST_CHARS]
    if not _RUN.search(text):
        return
    text = _OTHER.sub(";", text)
    for found in _RUN.finditer(text):
        if _is_plausible(found[0], region.upper()):
            # What stands around it tells whether it is part of something else.
            yield text[max(0, found.start() - _AROUND) : found.end() + _AROUND]


def _is_plausible(run: str, region: str) -> bool:
    if run.startswith(_UNIVERSAL):
        return True
    trunk, lengths = _plan(region)
    digits = [str(int(char)) for char in run if char.isdecimal()]
    count = len(digits)
    if count in lengths:
        return True
    if trunk and digits[: len(trunk)] == list(trunk) and count - len(trunk) in lengths:
        return True
    # Longer ones may be two numbers in a row.
    return count > max(lengths, default=count) + len(trunk)


@lru_cache(maxsize=16)
def _plan(region: str) -> tuple[str, frozenset[int]]:
    """Return the trunk prefix of a region, and how many digits its numbers have without it."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or metadata.general_desc is None:
        return "", frozenset()
    lengths = frozenset(n for n in metadata.general_desc.possible_length if n >= _FEWEST)
    return metadata.national_prefix or "", lengths


_FEWEST = 7
