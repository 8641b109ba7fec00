"""The stories, facts and notes of one language, read and ready to be told."""

from __future__ import annotations

from functools import cache

import msgspec

from agentdesk.demo.chance import Weighted
from agentdesk.demo.shelf import take
from agentdesk.demo.wording import Lexicon, Wording, read, read_all, read_lexicon
from agentdesk.domain.entities import Channel, Direction, Disposition, FactKind, Mood

_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}


class RawBeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact as the file has it: `via` is channel and direction, `after` days.

    Any `subject` goes with any `text`; where that would not fit, `pairs` has `subject // text`.
    """

    via: tuple[str, ...]
    end: Disposition
    subject: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    mood: tuple[str, ...] = ()
    after: tuple[int, int] = (0, 0)
    dept: str | None = None
    promise: str | None = None
    tried: tuple[str, ...] = ()
    optional: float = 1.0
    buys: bool = False


class RawStory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A story as the file has it; `about` are the products that it may be about.

    `who` is `home`, `private` (nothing that happens to a company) or `business`.
    """

    key: str
    dept: str
    weight: float
    beats: tuple[RawBeat, ...]
    about: tuple[str, ...] = ()
    who: str = "home"
    case: str | None = None
    complaint: bool = False


class _RawLibrary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: dict[str, tuple[str, ...]]
    stories: tuple[RawStory, ...]
    facts: dict[FactKind, tuple[str, ...]]
    notes: tuple[str, ...]
    companies: tuple[str, ...]
    jobs: tuple[str, ...]
    months: tuple[str, ...]


class Beat(msgspec.Struct, frozen=True):
    """One contact of a story; `tellings` are subjects with the texts that fit them.

    `optional` is the share of stories told that have this contact.
    """

    via: tuple[tuple[Channel, Direction], ...]
    tellings: tuple[tuple[Wording, Wording], ...]
    end: Disposition
    mood: tuple[Mood | None, ...]
    after: tuple[int, int]
    dept: str
    promise: Wording | None
    tried: tuple[Wording, ...]
    optional: float
    buys: bool


class Story(msgspec.Struct, frozen=True):
    """Contacts that belong together; `case` is the subject of the case they make, if any."""

    key: str
    about: tuple[str, ...]
    case: Wording | None
    complaint: bool
    beats: tuple[Beat, ...]


class Library(msgspec.Struct, frozen=True):
    """Everything that is told about customers of one language."""

    language: str
    words: Lexicon
    home: Weighted[Story]
    business: Weighted[Story]
    facts: dict[FactKind, tuple[Wording, ...]]
    notes: tuple[Wording, ...]
    companies: tuple[str, ...]
    jobs: tuple[str, ...]
    months: tuple[str, ...]


class Product(msgspec.Struct, frozen=True):
    """Something we sell; `price` in pounds, `ru` and `pl` in three cases."""

    models: tuple[str, ...]
    price: int
    en: str
    ru: tuple[str, str, str]
    pl: tuple[str, str, str]

    def forms(self, language: str) -> dict[str, str]:
        """Return the words that templates may use for this product."""
        if language == "en":
            return {"thing": self.en}
        nominative, genitive, accusative = self.ru if language == "ru" else self.pl
        return {"thing": nominative, "thing_gen": genitive, "thing_acc": accusative}


@cache
def products() -> dict[str, Product]:
    """Return what the company sells, by key."""
    return take("products", dict[str, Product])


@cache
def library(language: str) -> Library:
    """Return the library of `language`: en, ru or pl."""
    raw = take(f"stories_{language}", _RawLibrary)
    at_home = [s for s in raw.stories if s.who != "business"]
    at_work = [s for s in raw.stories if s.who == "business"]
    anywhere = [s for s in raw.stories if s.who == "home"]
    return Library(
        language=language,
        words=read_lexicon(raw.words),
        home=Weighted([_story(s) for s in at_home], [s.weight for s in at_home]),
        # Companies have household matters as well, only fewer of them.
        business=Weighted(
            [_story(s) for s in at_work + anywhere],
            [s.weight * 3 for s in at_work] + [s.weight / 2 for s in anywhere],
        ),
        facts={kind: read_all(texts) for kind, texts in raw.facts.items()},
        notes=read_all(raw.notes),
        companies=raw.companies,
        jobs=raw.jobs,
        months=raw.months,
    )


def _story(raw: RawStory) -> Story:
    return Story(
        key=raw.key,
        about=raw.about or tuple(products()),
        case=read(raw.case) if raw.case else None,
        complaint=raw.complaint,
        beats=tuple(_beat(b, raw.dept) for b in raw.beats),
    )


def _beat(raw: RawBeat, dept: str) -> Beat:
    return Beat(
        via=tuple(via(text) for text in raw.via),
        tellings=_tellings(raw),
        end=raw.end,
        mood=tuple(None if m == "none" else Mood(m) for m in raw.mood) or (None,),
        after=raw.after,
        dept=raw.dept or dept,
        promise=read(raw.promise) if raw.promise else None,
        tried=read_all(raw.tried),
        optional=raw.optional,
        buys=raw.buys,
    )


def _tellings(raw: RawBeat) -> tuple[tuple[Wording, Wording], ...]:
    pairs = [pair.split(" // ") for pair in raw.pairs]
    pairs += [[subject, text] for subject in raw.subject for text in raw.text]
    return tuple((read(subject), read(text)) for subject, text in pairs)


def via(text: str) -> tuple[Channel, Direction]:
    """Return channel and direction of `call-in`, `email-out` and so on."""
    channel, direction = text.split("-")
    return Channel(channel), _DIRECTIONS[direction]
