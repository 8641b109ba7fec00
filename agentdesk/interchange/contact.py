"""One person in the neutral form between a file and our records."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from agentdesk.domain.entities import ContactPoint, Customer, Fact, FactKind, Note, Photo


class Labelled(msgspec.Struct, frozen=True):
    """A phone number, address or handle as written, and what the file calls it ("work")."""

    value: str
    label: str | None = None


class Picture(msgspec.Struct, frozen=True):
    """An inline photo; `data` is base64 of a JPEG or PNG of at most 64 KiB."""

    media_type: str
    data: str


class LooseFact(msgspec.Struct, frozen=True):
    """Something the file says about the person that has no field of its own."""

    kind: FactKind
    text: str


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person as read from a file, nothing looked up or guessed.

    `line` is where the person begins in the file, from 1. `birthday` is as in
    `agentdesk.domain.entities.Customer`. `uid` is set only if it is worth trusting as unique
    over all files. `gender` is as in the file and goes nowhere by itself.
    """

    line: int
    full_name: str
    given_name: str | None = None
    family_name: str | None = None
    preferred_name: str | None = None
    form_of_address: str | None = None
    respelling: str | None = None
    ipa: str | None = None
    pronouns: str | None = None
    gender: str | None = None
    language: str | None = None
    birthday: str | None = None
    hometown: str | None = None
    time_zone: str | None = None
    company: str | None = None
    phones: tuple[Labelled, ...] = ()
    emails: tuple[Labelled, ...] = ()
    addresses: tuple[Labelled, ...] = ()
    handles: tuple[Labelled, ...] = ()
    facts: tuple[LooseFact, ...] = ()
    notes: tuple[str, ...] = ()
    photo: Picture | None = None
    uid: str | None = None


class Reason(StrEnum):
    """Why a person in a file could not be read; stable, for reports and scripts."""

    ENCODING = "encoding"
    """Bytes that are no text in the encoding of the file."""
    CONTROL_CHARACTERS = "control-characters"
    """NUL bytes: a damaged or binary part."""
    UNCLOSED_QUOTE = "unclosed-quote"
    COLUMN_COUNT = "column-count"
    TOO_LONG = "too-long"
    UNCLOSED_CARD = "unclosed-card"
    BAD_LINE = "bad-line"
    """A line inside a vCard that is no property."""
    NOT_A_PERSON = "not-a-person"
    """A group or distribution list."""
    NOBODY = "nobody"
    """Neither a name nor a number nor an e-mail address."""


class Unreadable(msgspec.Struct, frozen=True):
    """A part of a file that was left out: the line where it begins, from 1, and why."""

    line: int
    reason: Reason


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """What is held about a customer, as far as import and export care.

    `removed` marks somebody who was deleted here: an import does not bring them back.
    """

    customer: Customer
    points: tuple[ContactPoint, ...] = ()
    facts: tuple[Fact, ...] = ()
    notes: tuple[Note, ...] = ()
    photo: Photo | None = None
    removed: bool = False


def name_or_stand_in(name: str, *others: str | None) -> str:
    """Return `name`, or the first of `others` that says anything; empty if none does."""
    return next((text.strip() for text in (name, *others) if text and text.strip()), "")
