"""Customers whom a search has found, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a customer was found."""

    NAME = "name"
    SIMILAR_NAME = "similar-name"
    NUMBER = "number"
    ADDRESS = "e-mail"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who was found; `score` is 1 for an exact match and less for looser ones.

    `matched` is what matched, as it is stored, when that is not the name itself.
    """

    id: str
    name: str
    score: float
    why: Why
    company: str | None = None
    hometown: str | None = None
    matched: str | None = None
    last_contact_at: str | None = None
