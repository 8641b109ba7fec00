"""What people with a name are called for short, in several languages, read from the resources."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from importlib import resources

from agentdesk.decoding import decode_yaml
from agentdesk.domain.names import search_forms

_FOLDER = resources.files("agentdesk") / "resources" / "short_forms"


def short_forms(word: str) -> frozenset[str]:
    """Return the names that `word` (folded, in Latin letters) may stand for, and its short forms.

    Bob leads to Robert, Robert to Bob and Rob, and Саша to both Александр and Александра.
    """
    return _alike().get(word, frozenset())


@cache
def _alike() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(_FOLDER.iterdir(), key=lambda one: one.name):
        for line in decode_yaml(file.read_bytes(), list[list[str]]):
            whole, *shorts = (search_forms(name)[0][-1] for name in line)
            for short in shorts:
                found[whole].add(short)
                found[short].add(whole)
            # "Bobby" is "Bob" as well.
            for short in shorts:
                found[short].update(other for other in shorts if other != short)
    return {name: frozenset(others) for name, others in found.items()}
