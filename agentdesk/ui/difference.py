"""Which words of a text differ from another's: what a person compares, shown instead of told."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from agentdesk.ui.roles import Ranges

_WORDS = re.compile(r"\w+|[^\w\s]|\s+")
_ALIKE = 0.25
"""Texts that share less than this are another text; marking nearly all of it says nothing."""
_LONGEST = 20_000
"""Characters that are compared; beyond that a comparison takes longer than a glance."""


def changed_words(before: str, after: str) -> Ranges:
    """Return the parts of `after`, as (start, length), whose words are not in `before`.

    Nothing is marked where one of them is empty or they have almost nothing in common.
    """
    if not before or not after or before == after or max(len(before), len(after)) > _LONGEST:
        return ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    blocks = matcher.get_matching_blocks()
    shared = sum(len("".join(new[b.b : b.b + b.size]).strip()) for b in blocks)
    if shared < _ALIKE * min(len(before), len(after)):
        return ()
    return tuple(_gaps(new, [(block.b, block.b + block.size) for block in blocks]))


def together(*marked: Ranges) -> Ranges:
    """Return the parts that are in any of `marked`, each once, from the start on."""
    found: list[tuple[int, int]] = []
    for start, length in sorted(part for ranges in marked for part in ranges):
        if found and start <= sum(found[-1]):
            begin = found[-1][0]
            found[-1] = (begin, max(sum(found[-1]), start + length) - begin)
        else:
            found.append((start, length))
    return tuple(found)


def _gaps(words: list[str], kept: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where the words outside `kept` stand, without the blanks at their ends."""
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    found, at = [], 0
    for begin, end in kept:
        part = "".join(words[at:begin])
        if part.strip():
            lead = len(part) - len(part.lstrip())
            found.append((starts[at] + lead, len(part.strip())))
        at = end
    return found
