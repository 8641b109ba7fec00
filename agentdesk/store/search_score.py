"""Comparing a customer with what was typed: how near they are, why, and which letters to show."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from agentdesk.domain.asked import Word
from agentdesk.domain.found import Spans, Why
from agentdesk.domain.names import fold, placed_forms
from agentdesk.store.search_alike import Alike, Kind

_BEGUN_MOST = 0.06
_INITIAL = Alike(0.07, Kind.BEGUN)
_ELSEWHERE = 0.05
_FORMER = 0.10
_AGAIN = 0.03

_WHY = {
    Kind.EXACT: Why.NAME,
    Kind.BEGUN: Why.NAME,
    Kind.SAME_SOUND: Why.SAME_SOUND,
    Kind.SHORT_FORM: Why.SHORT_FORM,
    Kind.SLIP: Why.SIMILAR_NAME,
    Kind.FAR: Why.SIMILAR_NAME,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of somebody, where it stands in which of their texts, and how it is written there."""

    text: str
    start: int
    length: int
    forms: tuple[str, ...]
    why: Why

    @property
    def plain(self) -> bool:
        """Whether the letters of the folded word are those of the text, one for one."""
        return len(fold(self.text[self.start : self.start + self.length])) == self.length


@dataclass(frozen=True, slots=True)
class Wanted:
    """A typed word, and the words that it may stand for."""

    word: Word
    alike: Mapping[str, Alike] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """How near somebody is: `score` from 1 down; `matched` is a text that is not the name."""

    score: float
    why: Why
    matched: str | None
    spans: Mapping[str, Spans]


def tokens(text: str | None, why: Why) -> tuple[Token, ...]:
    """Return the words of a text."""
    return _tokens(text, why) if text else ()


@lru_cache(maxsize=1 << 12)
def _tokens(text: str, why: Why) -> tuple[Token, ...]:
    # In composed form a letter is a letter, so that the places fit what is shown.
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return tuple(Token(text, *placed, why) for placed in placed_forms(text))


def compare(wanted: Sequence[Wanted], offered: Sequence[Token]) -> Score | None:
    """Return how near the words `offered` are to those `wanted`; None if one of these is missing.

    An offered word that answers two wanted ones counts less the second time.
    """
    total = 0.0
    worst: tuple[float, Why] = (-1.0, Why.NAME)
    matched: str | None = None
    used: set[str] = set()
    spans: dict[str, list[tuple[int, int]]] = {}
    for one in wanted:
        best = _best(one, offered, used)
        if best is None:
            return None
        cost, token, alike = best
        used.add(token.forms[-1])
        total += cost
        why = _WHY[alike.kind] if token.why is Why.NAME else token.why
        if cost > worst[0]:
            worst = (cost, why)
            if token.why is not Why.NAME:
                matched = token.text
        spans.setdefault(token.text, []).append(_span(one.word, token, alike))
    whole = total / max(1, len(wanted))
    shown = {text: tuple(sorted(set(found))) for text, found in spans.items()}
    return Score(round(1 - whole, 3), worst[1], matched, shown)


def _best(
    one: Wanted, offered: Iterable[Token], used: set[str]
) -> tuple[float, Token, Alike] | None:
    best: tuple[float, Token, Alike] | None = None
    for token in offered:
        alike = _alike(one, token.forms)
        if alike is None:
            continue
        cost = alike.cost + (_AGAIN if token.forms[-1] in used else 0.0)
        if token.why is Why.FORMER_NAME:
            cost += _FORMER
        elif token.why is not Why.NAME:
            cost += _ELSEWHERE
        if best is None or cost < best[0]:
            best = (cost, token, alike)
    return best


def _alike(one: Wanted, forms: tuple[str, ...]) -> Alike | None:
    typed = one.word.forms
    for form in forms:
        # All at once: most words are not it.
        if form.startswith(typed):
            break
    else:
        return one.alike.get(forms[-1])
    best = one.alike.get(forms[-1])
    for form in forms:
        if form in typed:
            return _EXACT
        share = max((len(each) / len(form) for each in typed if form.startswith(each)), default=0)
        if share:
            begun = _INITIAL if one.word.initial else _begun(share)
            if best is None or begun.cost < best.cost:
                best = begun
    return best


_EXACT = Alike(0.0, Kind.EXACT)


def _begun(share: float) -> Alike:
    return Alike(_BEGUN_MOST * (1 - share) + 0.005, Kind.BEGUN)


def _span(word: Word, token: Token, alike: Alike) -> tuple[int, int]:
    """Return the letters that were typed, or the whole word where letters do not pair up."""
    if alike.kind is Kind.BEGUN and token.plain:
        for typed in word.forms:
            if token.forms[0].startswith(typed):
                return token.start, min(len(typed), token.length)
    return token.start, token.length
