"""Which kind of fact a line of a note may be, guessed from words that are kept as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from agentdesk.decoding import decode_yaml
from agentdesk.domain.entities import FactKind
from agentdesk.domain.names import fold

_WORD = re.compile(r"[\w'-]+")

Rules = Mapping[FactKind, tuple[str, ...]]
"""For each kind the folded words and phrases that point to it; a `*` stands for any ending."""


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """Return the words of all languages together; reads files, so call it on a worker."""
    found: dict[FactKind, list[str]] = {kind: [] for kind in FactKind}
    folder = resources.files("agentdesk") / "resources" / "fact_words"
    for entry in folder.iterdir():
        if entry.name.endswith(".yaml"):
            words = decode_yaml(entry.read_bytes(), dict[str, list[str]])
            for kind, listed in words.items():
                found[FactKind(kind)] += [fold(word) for word in listed]
    return {kind: tuple(words) for kind, words in found.items()}


def guess_kinds(text: str, rules: Rules) -> tuple[FactKind, ...]:
    """Return all kinds, the likeliest for `text` first; without a sign in their own order."""
    words = " ".join(_WORD.findall(fold(text)))
    padded = f" {words} "
    score = {kind: sum(_weight(sign, padded) for sign in rules.get(kind, ())) for kind in FactKind}
    order = list(FactKind)
    return tuple(sorted(order, key=lambda kind: (-score[kind], order.index(kind))))


def _weight(sign: str, padded: str) -> int:
    """Return how much a sign found in `padded` says: phrases say more than words."""
    sought = f" {sign[:-1]}" if sign.endswith("*") else f" {sign} "
    return 1 + sign.count(" ") if sought in padded else 0
