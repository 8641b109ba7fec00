"""What somebody typed into the search box, taken apart: words, a number, filters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from agentdesk.domain.names import search_forms, search_tokens, storable

MOST_CHARS = 200
MOST_WORDS = 8
SHORTEST_FRAGMENT = 4

FILTERS = ("town", "type", "since", "has")
_FILTER = re.compile(rf'(?<!\S)({"|".join(FILTERS)}):(?:"([^"]*)"|(\S*))', re.IGNORECASE)
_SINCE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_TRUNK_8_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Word:
    """A typed word in all its forms, the Latin one last."""

    forms: tuple[str, ...]

    @property
    def latin(self) -> str:
        """The word in Latin letters."""
        return self.forms[-1]

    @property
    def initial(self) -> bool:
        """Whether it is one letter, which may stand for a name."""
        return len(self.forms[-1]) == 1 and self.forms[-1].isalpha()


@dataclass(frozen=True)
class Asked:
    """A question: `text` without its filters, and the filters.

    `town` is words of a town, `customer_type` of a type, `since` the beginning of a moment's text
    (`agentdesk.domain.moments`), None where nothing was asked.
    """

    text: str
    town: tuple[str, ...] = ()
    customer_type: str = ""
    since: str | None = None
    has_promise: bool = False

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the text, at most `MOST_WORDS`."""
        return tuple(Word(forms) for forms in search_forms(self.text)[:MOST_WORDS])

    @property
    def filtered(self) -> bool:
        """Whether there is a filter."""
        return bool(self.town or self.customer_type or self.since or self.has_promise)

    @cached_property
    def fragments(self) -> frozenset[str]:
        """The runs of digits by which a number written as the text stands in E.164."""
        # The trunk zero of "+44 (0)20 …" is dialled by nobody who dials the country code.
        plain = unicodedata.normalize("NFKC", self.text)
        plain = plain.replace("(0)", "" if "+" in self.text else "0")
        digits = "".join(str(unicodedata.decimal(c)) for c in plain if c.isdecimal())
        if len(digits) < SHORTEST_FRAGMENT or any(c.isalpha() for c in plain):
            return frozenset()
        # Trunk prefixes are not part of E.164: zeros in most countries, 8 before the ten digits
        # of a Russian or Kazakh number.
        spellings = {digits, digits.lstrip("0")}
        if len(digits) == _TRUNK_8_DIGITS and digits.startswith("8"):
            spellings.add(digits[1:])
        return frozenset(one for one in spellings if len(one) >= SHORTEST_FRAGMENT)


def take_apart(text: str) -> Asked:
    """Return what `text` asks for; never raises.

    `town:Berlin`, `type:advocate`, `since:2026-03`, `has:promise`, values with spaces in quotes.
    What only looks like a filter is text.
    """
    text = storable(text[: MOST_CHARS * 4].replace("\x00", " ")).strip()[:MOST_CHARS]
    found: dict[str, str] = {}

    def taken(match: re.Match[str]) -> str:
        name = match[1].lower()
        value = match[2] if match[2] is not None else match[3]
        known = _read_filter(name, value)
        if known is None:
            return match[0]
        found[name] = known
        return " "

    rest = " ".join(_FILTER.sub(taken, text).split())
    return Asked(
        text=rest,
        town=search_tokens(found.get("town", "")),
        customer_type="".join(search_tokens(found.get("type", ""))),
        since=found.get("since") or None,
        has_promise=bool(found.get("has")),
    )


def _read_filter(name: str, value: str) -> str | None:
    """Return a filter's value in its plain form; empty while it is being typed, None if none."""
    value = value.strip('"')
    if not value:
        return ""
    if name == "since":
        return _moment(value)
    if name == "has":
        return value if value.lower() in ("promise", "promises") else None
    return value if search_tokens(value) else None


def _moment(value: str) -> str | None:
    match = _SINCE.fullmatch(value.rstrip("-"))
    if match is None or not match[0].isascii():
        return None
    year, month, day = match.groups()
    if not 1 <= int(month or 1) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
