"""Customers whom a search has found, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Spans = tuple[tuple[int, int], ...]
"""Parts of a text: where each begins, and how long it is."""


class Why(StrEnum):
    """Why a customer was found."""

    NAME = "name"
    SHORT_FORM = "short-form"
    SAME_SOUND = "same-sound"
    SIMILAR_NAME = "similar-name"
    FORMER_NAME = "former-name"
    NUMBER = "number"
    ADDRESS = "e-mail"
    PLACE = "place"
    CASE = "case"
    NOTE = "note"
    FACT = "fact"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who was found; `score` is 1 for an exact match and less for looser ones.

    `matched` is what matched, as it is stored, when that is not the name itself. `name_spans` and
    `matched_spans` are the letters to highlight in `name` and `matched`. `at_central` marks
    somebody whom this desk does not have.
    """

    id: str
    name: str
    score: float
    why: Why
    company: str | None = None
    hometown: str | None = None
    matched: str | None = None
    last_contact_at: str | None = None
    name_spans: Spans = ()
    matched_spans: Spans = ()
    at_central: bool = False


@dataclass(frozen=True, slots=True)
class AtCentral:
    """What a search at Central has found; with `all_held` the desk has everybody itself."""

    hits: tuple[Hit, ...] = ()
    all_held: bool = False
