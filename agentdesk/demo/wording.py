"""Turns templates into sentences that differ each time.

`(a|b|)` is any of the alternatives, `<he|she>` goes by the customer's gender, `$word` is looked
up (the same throughout one story), `$~word` is looked up afresh, `$^word` starts with a capital.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agentdesk.demo.chance import Chance

Lexicon = Mapping[str, Sequence["Wording"]]
"""Lists of interchangeable words by name; `name@product` holds those of one product."""

_SLOT = re.compile(r"\$([~^]?)([a-z][a-z_]*)")
_CLOSES = {"(": ")", "<": ">"}


class Literal(str):
    """Text that stands as it is."""

    __slots__ = ()


class Slot:
    """A word to look up."""

    __slots__ = ("capital", "fresh", "name")

    def __init__(self, name: str, manner: str) -> None:
        self.name = name
        self.fresh = manner == "~"
        self.capital = manner == "^"


class Pick:
    """Alternatives; `by_gender` ones are the masculine and the feminine."""

    __slots__ = ("by_gender", "choices")

    def __init__(self, choices: tuple[Wording, ...], by_gender: bool) -> None:
        self.choices = choices
        self.by_gender = by_gender


Node = Literal | Slot | Pick
Wording = tuple[Node, ...]
"""A template that has been read."""


def read(template: str) -> Wording:
    """Return `template` ready for `Teller.say`; raises `ValueError` if a bracket is not closed."""
    nodes, rest = _read_until(template, 0, "")
    if rest != len(template):
        raise ValueError(f"stray bracket at {rest} in a demo template: {template!r}")
    return nodes


def read_all(templates: Sequence[str]) -> tuple[Wording, ...]:
    """Return several templates, read."""
    return tuple(map(read, templates))


def read_lexicon(words: Mapping[str, Sequence[str]]) -> Lexicon:
    """Return word lists, read."""
    return {name: read_all(forms) for name, forms in words.items()}


def _read_until(text: str, at: int, closers: str) -> tuple[Wording, int]:
    nodes: list[Node] = []
    start = at
    while at < len(text) and text[at] not in closers:
        sign = text[at]
        if sign in _CLOSES:
            nodes.extend(_plain(text[start:at]))
            pick, at = _read_pick(text, at + 1, _CLOSES[sign])
            nodes.append(pick)
            start = at
        else:
            at += 1
    nodes.extend(_plain(text[start:at]))
    return tuple(nodes), at


def _read_pick(text: str, at: int, closer: str) -> tuple[Pick, int]:
    choices: list[Wording] = []
    while True:
        nodes, at = _read_until(text, at, "|" + closer)
        choices.append(nodes)
        if at >= len(text):
            raise ValueError(f"a demo template lacks {closer!r}: {text!r}")
        at += 1
        if text[at - 1] == closer:
            return Pick(tuple(choices), closer == ">"), at


def _plain(text: str) -> list[Node]:
    nodes: list[Node] = []
    at = 0
    for found in _SLOT.finditer(text):
        if found.start() > at:
            nodes.append(Literal(text[at : found.start()]))
        nodes.append(Slot(found[2], found[1]))
        at = found.end()
    if at < len(text):
        nodes.append(Literal(text[at:]))
    return nodes


class Teller:
    """Says templates about one customer; `facts` are the words that are settled already."""

    __slots__ = ("_chance", "_feminine", "_lexicon", "facts", "topic")

    def __init__(self, chance: Chance, lexicon: Lexicon, feminine: bool) -> None:
        self._chance = chance
        self._lexicon = lexicon
        self._feminine = feminine
        self.facts: dict[str, str] = {}
        self.topic = ""

    def say(self, wording: Wording) -> str:
        """Return one way of saying it, with a capital first letter."""
        parts: list[str] = []
        self._add(wording, parts)
        text = "".join(parts)
        return text[:1].upper() + text[1:]

    def any_of(self, wordings: Sequence[Wording]) -> str:
        """Return one way of saying one of them."""
        return self.say(self._chance.one_of(wordings))

    def _add(self, wording: Wording, parts: list[str]) -> None:
        for node in wording:
            if isinstance(node, Literal):
                parts.append(node)
            elif isinstance(node, Pick):
                choices = node.choices
                chosen = choices[self._feminine] if node.by_gender else self._chance.one_of(choices)
                self._add(chosen, parts)
            else:
                parts.append(self._look_up(node))

    def _look_up(self, slot: Slot) -> str:
        word = None if slot.fresh else self.facts.get(slot.name)
        if word is None:
            own = self._lexicon.get(f"{slot.name}@{self.topic}") if self.topic else None
            found: list[str] = []
            self._add(self._chance.one_of(own or self._lexicon[slot.name]), found)
            word = "".join(found)
            if not slot.fresh:
                self.facts[slot.name] = word
        return word[:1].upper() + word[1:] if slot.capital else word
