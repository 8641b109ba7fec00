"""Playbooks: what one customer type is, how to recognise it and how to serve it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from agentdesk.decoding import decode_yaml
from agentdesk.errors import Code, UserError

MAX_BYTES = 256 * 1024
"""A playbook larger than this is refused before it is parsed."""

BLANKS = frozenset(
    {
        "address",  # as `names.default_address` or the form of address has it: nominative
        "first_name",
        "operator",  # the operator's own name
        "company",
        "colleague",  # who takes over, or who spoke last
        "last_subject",  # subject of the last contact
        "product",
        "promise_due",  # "15:00" or "12 June, 15:00", in Russian and Polish without weekday,
        # so that it can stand after "до" and "do"
        "since_year",  # year in which the customer came to us
        "minutes",
        "link",
    }
)
"""What openings and phrases may leave blank; values are put in unchanged (nominative)."""

REASON_BLANKS = frozenset({"phrase", "value"})
"""What the explanation of a sign may leave blank: the words found, the figure measured."""

OPEN = "…"
"""Shown where a blank has no value yet."""

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Line = Annotated[str, Meta(min_length=1, max_length=400)]
Weight = Annotated[float, Meta(gt=0, lt=1)]

_BLANK = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


class SignKind(StrEnum):
    """Where a sign shows: in words, in how they get in touch, or in their history."""

    PHRASE = "phrase"
    BEHAVIOUR = "behaviour"
    HISTORY = "history"


class Measure(StrEnum):
    """A figure or word about a customer that a rule may ask for: the fields of `Evidence`."""

    CONTACTS_LAST_YEAR = "contacts_last_year"
    FIRST_NAME_ONLY_GREETINGS = "first_name_only_greetings"
    CALLS = "calls"
    MEAN_CALL_S = "mean_call_s"
    SHARE_DIGITAL_CHANNELS = "share_digital_channels"
    PURCHASES = "purchases"
    YEARS_CUSTOMER = "years_customer"
    OPEN_COMPLAINTS = "open_complaints"
    REPEAT_CONTACTS_48H = "repeat_contacts_48h"
    LOW_RATINGS = "low_ratings"
    HIGH_RATINGS = "high_ratings"
    REFERRALS = "referrals"
    TECHNICAL_LEVEL = "technical_level"
    LOYALTY_STAGE = "loyalty_stage"
    BIRTH_YEAR = "birth_year"


WORD_MEASURES = frozenset({Measure.TECHNICAL_LEVEL, Measure.LOYALTY_STAGE})
"""Measures whose value is a word, compared by `one_of`; all others are figures."""


class AddressStyle(StrEnum):
    """How the `address` blank is built from a customer's names."""

    FORMAL = "formal"  # title and surname; name and patronymic in Russian
    FIRST_NAME = "first-name"
    AS_PREFERRED = "as-preferred"  # what the customer asked for; formal until they did


class DecisionKind(StrEnum):
    """What an operator may give without asking."""

    GOODWILL = "goodwill"
    REPLACEMENT = "replacement"
    REFUND = "refund"
    DELIVERY = "delivery"
    EXTENSION = "extension"
    PRIORITY = "priority"
    ACCESS = "access"


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One comparison of a measure with a bound; both bounds are inclusive."""

    name: Measure
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a rule that compares nothing, too much, or a word with a figure."""
        given = (self.at_least is not None) + (self.at_most is not None) + bool(self.one_of)
        if given != 1:
            raise ValueError("a rule needs exactly one of at_least, at_most, one_of")
        if bool(self.one_of) != (self.name in WORD_MEASURES):
            raise ValueError("one_of goes with technical_level and loyalty_stage, and only there")


class Sign(Struct, frozen=True, forbid_unknown_fields=True):
    """One sign of a type: words that are said, or rules that all have to hold.

    A phrase is written in lower case as it is said; a `*` at its end stands for any ending
    of that word ("жалоб*"). `weight` is how much the sign alone speaks for the type.
    """

    id: Slug
    kind: SignKind
    weight: Weight
    because: Line
    phrases: tuple[Annotated[str, Meta(min_length=2, max_length=80)], ...] = msgspec.field(
        name="any", default=()
    )
    rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        """Hold the kind and what it needs together."""
        if (self.kind is SignKind.PHRASE) != bool(self.phrases):
            raise ValueError("a sign of kind phrase needs any, other kinds do not have it")
        if (self.kind is SignKind.PHRASE) == bool(self.rules):
            raise ValueError("a sign of kind behaviour or history needs rules, phrase has none")
        for phrase in self.phrases:
            if phrase != phrase.lower() or "*" in phrase[:-1]:
                raise ValueError("a phrase is lower case, with * at its end at most")
        check_blanks("because", self.because, REASON_BLANKS)


class FormOfAddress(Struct, frozen=True, forbid_unknown_fields=True):
    """How to call the customer: in words for the operator, and as a style to build it by."""

    text: Line
    style: AddressStyle


class Phrase(Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence that is ready to be said or sent; `link` names the link for its blank."""

    id: Slug
    when: Line
    text: Line
    link: Slug | None = None

    def __post_init__(self) -> None:
        """Refuse blanks that nobody fills."""
        check_blanks("text", self.text, BLANKS)


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """An exact page to give away; never a front page."""

    id: Slug
    label: Line
    url: Annotated[str, Meta(pattern=r"^https://[^/\s]+/[^\s]*[^/\s]$", max_length=500)]


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator may decide alone; `limit_minor` is in cents, None where no money is."""

    id: Slug
    kind: DecisionKind
    text: Line
    limit_minor: Annotated[int, Meta(ge=0)] | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"


class PracticeQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """One quiz question; `answer` is the index of the right option."""

    situation: Line
    options: Annotated[tuple[Line, ...], Meta(min_length=2, max_length=5)]
    answer: Annotated[int, Meta(ge=0)]
    why: Line

    def __post_init__(self) -> None:
        """Refuse an answer that is none of the options."""
        if self.answer >= len(self.options):
            raise ValueError("answer is not the index of an option")


class Playbook(Struct, frozen=True, forbid_unknown_fields=True):
    """One customer type in one language; the key is data and means nothing to the program."""

    key: Slug
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$")]
    version: Annotated[int, Meta(ge=1)]
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    icon: Annotated[str, Meta(pattern=r"^ph\.[a-z0-9-]+$")]
    hue: Annotated[int, Meta(ge=0, le=359)]
    portrait: Line
    signs: Annotated[tuple[Sign, ...], Meta(min_length=1)]
    form_of_address: FormOfAddress
    opening: Annotated[str, Meta(min_length=1, max_length=140)]
    opening_known: Annotated[str, Meta(min_length=1, max_length=140)]
    do: tuple[Line, ...]
    dont: tuple[Line, ...]
    phrases: tuple[Phrase, ...]
    links: tuple[Link, ...]
    may_decide: tuple[Decision, ...]
    question: Line
    practice: tuple[PracticeQuestion, ...]

    def __post_init__(self) -> None:
        """Hold the parts together: known blanks, ids that are unique, links that exist."""
        check_blanks("opening", self.opening, BLANKS)
        check_blanks("opening_known", self.opening_known, BLANKS)
        for field, ids in (
            ("signs", [sign.id for sign in self.signs]),
            ("phrases", [phrase.id for phrase in self.phrases]),
            ("links", [link.id for link in self.links]),
            ("may_decide", [decision.id for decision in self.may_decide]),
        ):
            if len(ids) != len(set(ids)):
                raise ValueError(f"{field} has the same id twice")
        links = {link.id for link in self.links}
        for phrase in self.phrases:
            if phrase.link is not None and phrase.link not in links:
                raise ValueError(f"phrases: {phrase.id} names a link that does not exist")

    def opening_for(self, blanks: Mapping[str, str]) -> str:
        """Return the first sentence to say, filled; the known one after a last contact."""
        known = bool(blanks.get("last_subject", "").strip())
        return fill(self.opening_known if known else self.opening, blanks)

    def phrase_text(self, phrase: Phrase, blanks: Mapping[str, str]) -> str:
        """Return `phrase` filled, with the address of its own link in the link blank."""
        return fill(phrase.text, self._with_link(phrase, blanks))

    def phrase_gaps(self, phrase: Phrase, blanks: Mapping[str, str]) -> tuple[str, ...]:
        """Return the blanks of `phrase` that the operator still has to fill."""
        return open_blanks(phrase.text, self._with_link(phrase, blanks))

    def _with_link(self, phrase: Phrase, blanks: Mapping[str, str]) -> Mapping[str, str]:
        url = next((link.url for link in self.links if link.id == phrase.link), None)
        return blanks if url is None else {**blanks, "link": url}


def decode_playbook(data: bytes) -> Playbook:
    """Read one playbook from YAML (or JSON, which is YAML too), strictly.

    Raises UserError (BAD_VALUE): `field` is the path of the field ("signs[2].weight"), or
    "playbook" for the whole, and `reason` says in English what it should be.
    """
    if len(data) > MAX_BYTES:
        raise UserError(Code.BAD_VALUE, field="playbook", reason=f"more than {MAX_BYTES} bytes")
    try:
        return decode_yaml(data, Playbook)
    except msgspec.ValidationError as error:
        reason = str(error)
        field = _FIELD_PATH.search(reason)
        where = field.group(1) if field else "playbook"
        raise UserError(Code.BAD_VALUE, field=where, reason=reason) from error
    except msgspec.DecodeError as error:
        raise UserError(Code.BAD_VALUE, field="playbook", reason="not readable YAML") from error


_FIELD_PATH = re.compile(r"at `\$\.?([^`]+)`")


def check_blanks(field: str, text: str, known: frozenset[str]) -> None:
    """Raise ValueError that names `field` if `text` has unknown blanks or unpaired brackets."""
    unknown = sorted({match.group(1) for match in _BLANK.finditer(text)} - known)
    if unknown:
        raise ValueError(f"{field} has an unknown blank {{{unknown[0]}}}")
    rest = _OPTIONAL.sub(lambda match: match.group(1), _BLANK.sub("", text))
    if any(mark in rest for mark in ("{", "}", "[[", "]]")):
        raise ValueError(f"{field} has brackets that do not pair")


def blanks_in(text: str) -> tuple[str, ...]:
    """Return the names of the blanks of `text`, in order, each once."""
    return tuple(dict.fromkeys(match.group(1) for match in _BLANK.finditer(text)))


def fill(text: str, blanks: Mapping[str, str]) -> str:
    """Return `text` as it can be said, with its {blanks} filled.

    A part in [[double brackets]] is optional: it is left out if any blank inside has no
    value, and the sentence closes over the gap. A blank outside such a part is required:
    without a value it shows as `OPEN`, and `open_blanks` reports it. A value that is empty
    or white space counts as none. Values are plain text: brackets in them mean nothing.
    """

    def put(match: re.Match[str]) -> str:
        return _value(match.group(1), blanks) or OPEN

    return _BLANK.sub(put, _resolve(text, blanks))


def open_blanks(text: str, blanks: Mapping[str, str]) -> tuple[str, ...]:
    """Return the required blanks of `text` that have no value, in order, each once."""
    return tuple(name for name in blanks_in(_resolve(text, blanks)) if not _value(name, blanks))


def _value(name: str, blanks: Mapping[str, str]) -> str:
    return blanks.get(name, "").strip()


def _resolve(text: str, blanks: Mapping[str, str]) -> str:
    """Return `text` without its optional brackets, and without what they cannot fill."""
    joined = "".join(_parts(text, blanks))
    if joined == text:
        return text
    joined = re.sub(r"\s+", " ", joined).strip()
    joined = re.sub(r"\s+([,.;:?!])", r"\1", joined)
    return joined[:1].upper() + joined[1:]


def _parts(text: str, blanks: Mapping[str, str]) -> Iterator[str]:
    start = 0
    for match in _OPTIONAL.finditer(text):
        yield text[start : match.start()]
        inner = match.group(1)
        if all(_value(name, blanks) for name in blanks_in(inner)):
            yield inner
        start = match.end()
    yield text[start:]
