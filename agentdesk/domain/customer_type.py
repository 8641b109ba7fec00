"""Suggest which customer type somebody is, and say why; people decide, this only points.

The score of a type is a noisy-or of its signs, as in Pearl, "Probabilistic Reasoning in
Intelligent Systems" (1988), 4.3: every sign is a cause that speaks for the type on its own,

    score = 1 - product(1 - strength of each matched sign)

so a further sign can only raise the score, and several weak ones together make a strong one.
A rule that holds has the strength of its weight. A phrase has its weight for the first text
that it is found in, and half of that for the second and the third.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from agentdesk.domain.entities import LoyaltyStage, TechnicalLevel
from agentdesk.domain.labels import label
from agentdesk.domain.names import fold
from agentdesk.domain.playbook import WORD_MEASURES, Measure, Playbook, Rule, Sign, SignKind, fill

VERY_LIKELY_FROM = 0.7
"""Score from which the first type of the ranking counts as very likely."""

PERHAPS_FROM = 0.4
"""Score from which a type is worth naming at all."""

CLEAR_LEAD = 0.1
"""How far the first has to be ahead of the second to be more than a perhaps."""

COUNTED_TEXTS = 3
"""A phrase found in more texts than these adds nothing: a habit is a habit."""


class Certainty(StrEnum):
    """How sure a suggestion is, in the words of the panel."""

    VERY_LIKELY = "very-likely"
    PERHAPS = "perhaps"
    UNKNOWN = "unknown"


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known about one customer, as plain figures; None means not known.

    `texts` are recent summaries and notes. `share_digital_channels` is the part of all
    contacts by chat, app, e-mail, SMS and social network, from 0 to 1.
    """

    contacts_last_year: int = 0
    first_name_only_greetings: int = 0
    calls: int = 0
    mean_call_s: float | None = None
    share_digital_channels: float = 0.0
    purchases: int = 0
    years_customer: float | None = None
    open_complaints: int = 0
    repeat_contacts_48h: int = 0
    low_ratings: int = 0
    high_ratings: int = 0
    referrals: int = 0
    technical_level: str | None = None
    loyalty_stage: str | None = None
    birth_year: int | None = None
    texts: tuple[str, ...] = ()


class Suggestion(Struct, frozen=True):
    """One type with its score (0 to 1), and the reasons in words, the strongest first."""

    key: str
    score: float
    certainty: Certainty
    reasons: tuple[str, ...]


class _Text(Struct, frozen=True):
    """A text as written, and its folded words, each between single spaces."""

    written: str
    folded: str


class _Reading(Struct, frozen=True):
    """All texts, and all words that occur in them: most phrases are ruled out by a word."""

    texts: tuple[_Text, ...]
    words: frozenset[str]


class _Needle(Struct, frozen=True):
    """What a phrase looks for among folded words; `whole` are those that must be there as such."""

    sought: str
    whole: tuple[str, ...]


class _Sought(Struct, frozen=True):
    """The needles of one sign, in the order of its phrases, and where they are by a word.

    Those in `open` have no word that must be there as such.
    """

    needles: tuple[_Needle, ...]
    open: frozenset[int]
    words: frozenset[str]
    by_word: dict[str, list[int]]


def suggest(evidence: Evidence, playbooks: Sequence[Playbook]) -> tuple[Suggestion, ...]:
    """Rank all types of `playbooks` by how much of `evidence` speaks for them.

    The same type may be given in several languages: phrases are then looked for in all of
    them, and the reasons come from the first one given, so the viewer's language goes
    first. Equal scores are ordered by key. Only the first of the ranking can be very likely,
    and only with a clear lead. The order of texts and of types changes nothing.
    """
    reading = _read(evidence.texts)
    by_key: dict[str, list[Playbook]] = {}
    for playbook in playbooks:
        by_key.setdefault(playbook.key, []).append(playbook)
    scored = [(*_score(evidence, reading, same), key) for key, same in by_key.items()]
    scored.sort(key=lambda entry: (-entry[0], entry[2]))
    lead = scored[0][0] - (scored[1][0] if len(scored) > 1 else 0.0) if scored else 0.0
    return tuple(
        Suggestion(key, score, _certainty(score, place == 0 and lead >= CLEAR_LEAD), reasons)
        for place, (score, reasons, key) in enumerate(scored)
    )


def _certainty(score: float, leads: bool) -> Certainty:
    if score >= VERY_LIKELY_FROM and leads:
        return Certainty.VERY_LIKELY
    return Certainty.PERHAPS if score >= PERHAPS_FROM else Certainty.UNKNOWN


def _score(
    evidence: Evidence, reading: _Reading, same: Sequence[Playbook]
) -> tuple[float, tuple[str, ...]]:
    """Return score and reasons of one type, given in one or more languages."""
    matched: list[tuple[float, str, str]] = []
    for sign in same[0].signs:
        alike = [s for playbook in same for s in playbook.signs if s.id == sign.id]
        strength, blank = _match(evidence, reading, sign, alike)
        if strength > 0:
            matched.append((strength, sign.id, fill(sign.because, blank)))
    # fsum is exact, so that the order of signs cannot shift the last bit of a score.
    score = -math.expm1(math.fsum(math.log1p(-strength) for strength, _, _ in matched))
    matched.sort(key=lambda entry: (-entry[0], entry[1]))
    return min(max(score, 0.0), 1.0), tuple(reason for _, _, reason in matched)


def _match(
    evidence: Evidence, reading: _Reading, sign: Sign, alike: Iterable[Sign]
) -> tuple[float, dict[str, str]]:
    """Return the strength of `sign` (0: not seen) and what its explanation may quote."""
    if sign.kind is SignKind.PHRASE:
        needles = _needles(reading, tuple(phrase for other in alike for phrase in other.phrases))
        found = [text for text in reading.texts if any(n.sought in text.folded for n in needles)]
        if not found:
            return 0.0, {}
        times = min(len(found), COUNTED_TEXTS)
        missed = (1 - sign.weight) * (1 - sign.weight / 2) ** (times - 1)
        return 1 - missed, {"phrase": _quote(found[0], needles)}
    if all(_holds(rule, evidence) for rule in sign.rules):
        return sign.weight, {"value": _shown(sign.rules[0].name, evidence)}
    return 0.0, {}


def _holds(rule: Rule, evidence: Evidence) -> bool:
    value: str | float | None = getattr(evidence, rule.name.value)
    if value is None:
        return False
    if isinstance(value, str):
        return _plain(value) in {_plain(word) for word in rule.one_of}
    if rule.at_least is not None:
        return value >= rule.at_least
    return rule.at_most is not None and value <= rule.at_most


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-")


def _shown(name: Measure, evidence: Evidence) -> str:
    """Return a measure as the explanation quotes it: minutes as m:ss, shares in per cent."""
    value: str | float | None = getattr(evidence, name.value)
    if name in WORD_MEASURES and value:
        return _in_words(name, str(value))
    if value is None or isinstance(value, str):
        return value or ""
    if name is Measure.MEAN_CALL_S:
        seconds = round(value)
        return f"{seconds // 60}:{seconds % 60:02d}"
    if name is Measure.SHARE_DIGITAL_CHANNELS:
        return f"{value:.0%}"
    return str(math.floor(value))


def _in_words(name: Measure, value: str) -> str:
    """Return the label of a word measure; what is not known here shows as it is kept."""
    known: type[StrEnum] = TechnicalLevel if name is Measure.TECHNICAL_LEVEL else LoyaltyStage
    return label(known(value)).lower() if value in set(known) else value


_WORD = re.compile(r"[\w'’ʼ]+")


def _read(texts: Iterable[str]) -> _Reading:
    """Fold `texts`; each counts once, and their order is forgotten."""
    folded: dict[str, str] = {}
    read = []
    for text in sorted(set(texts)):
        written = unicodedata.normalize("NFC", text)
        words = _WORD.findall(written)
        for word in words:
            if word not in folded:
                folded[word] = _fold(word)
        read.append(_Text(written, f" {' '.join(filter(None, map(folded.get, words)))} "))
    return _Reading(tuple(read), frozenset(folded.values()))


def _fold(word: str) -> str:
    """Return `word` as `names.fold` compares it, and without apostrophes: "it's" is "its"."""
    return "".join(c for c in fold(word) if c.isalnum())


@lru_cache(maxsize=4096)
def _needle(phrase: str) -> _Needle | None:
    """Return what to look for: whole words, the last one open at its end if there is a `*`."""
    words = tuple(filter(None, map(_fold, _WORD.findall(phrase))))
    if not words:
        return None
    joined = " ".join(words)
    if phrase.endswith("*"):
        return _Needle(f" {joined}", words[:-1])
    return _Needle(f" {joined} ", words)


def _needles(reading: _Reading, phrases: tuple[str, ...]) -> list[_Needle]:
    """Return what to look for, without the phrases whose words do not all occur."""
    sought = _sought(phrases)
    near = {at for word in sought.words & reading.words for at in sought.by_word[word]}
    needles = (sought.needles[at] for at in sorted(near.union(sought.open)))
    return [needle for needle in needles if reading.words.issuperset(needle.whole)]


@lru_cache(maxsize=1024)
def _sought(phrases: tuple[str, ...]) -> _Sought:
    """Return the needles of a sign's phrases by the first word that has to be there as such."""
    needles = tuple(filter(None, map(_needle, dict.fromkeys(phrases))))
    by_word: dict[str, list[int]] = {}
    for at, needle in enumerate(needles):
        if needle.whole:
            by_word.setdefault(needle.whole[0], []).append(at)
    anywhere = frozenset(at for at, needle in enumerate(needles) if not needle.whole)
    return _Sought(needles, anywhere, frozenset(by_word), by_word)


def _quote(text: _Text, needles: Iterable[_Needle]) -> str:
    """Return the words of `text` that the first matching needle stands for, as written."""
    needle = next(needle for needle in needles if needle.sought in text.folded)
    first = text.folded[: text.folded.index(needle.sought)].count(" ")
    last = first + needle.sought.strip().count(" ")
    spans = [match.span() for match in _WORD.finditer(text.written) if _fold(match.group())]
    return text.written[spans[first][0] : spans[last][1]]
