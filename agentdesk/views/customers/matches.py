"""Why a customer was found: in words, and which letters and digits of them to highlight."""

from __future__ import annotations

import re

from agentdesk.domain.found import Hit, Why
from agentdesk.domain.names import fold, search_tokens
from agentdesk.i18n import tr
from agentdesk.ui.roles import Ranges

_WORD = re.compile(r"\w+")


def reason(hit: Hit, typed: str) -> str:
    """Return why `hit` answers `typed`, in the active language."""
    match hit.why:
        case Why.NUMBER:
            return tr("Number")
        case Why.ADDRESS:
            return tr("E-mail")
        case Why.SIMILAR_NAME:
            return tr("Similar name")
        case Why.PLACE:
            return _place(hit, typed)
        case _:
            spelled = bool(word_ranges(hit.name, typed)) and _same_letters(hit.name, typed)
            return tr("Name") if spelled else tr("Name in another spelling")


def _place(hit: Hit, typed: str) -> str:
    if hit.company and word_ranges(hit.company, typed):
        return tr("Company: %(company)s", company=hit.company)
    if hit.hometown and word_ranges(hit.hometown, typed):
        return tr("Hometown: %(town)s", town=hit.hometown)
    return tr("E-mail or handle")


def _same_letters(name: str, typed: str) -> bool:
    folded = fold(name)
    return any(word in folded for word in _WORD.findall(fold(typed)))


def word_ranges(text: str, typed: str) -> Ranges:
    """Return the beginnings of words of `text` that a word of `typed` stands for.

    Spelling counts as in the search: without case and accents, and in either alphabet. What is
    typed in another alphabet highlights the whole word, as letters do not pair up.
    """
    wanted = [(fold(word), set(search_tokens(word))) for word in _WORD.findall(typed)]
    found = []
    for word in _WORD.finditer(text):
        folded = fold(word[0])
        forms = set(search_tokens(word[0])) | {folded}
        for typed_word, spellings in wanted:
            if folded.startswith(typed_word):
                length = len(typed_word) if len(folded) == len(word[0]) else len(word[0])
            elif any(form.startswith(s) for form in forms for s in spellings):
                length = len(word[0])
            else:
                continue
            found.append((word.start(), length))
            break
    return tuple(found)


def digit_ranges(number: str, typed: str) -> Ranges:
    """Return the part of `number` that holds the digits of `typed`, spaces between included."""
    digits = re.sub(r"\D", "", typed)
    places = [at for at, char in enumerate(number) if char.isdigit()]
    plain = "".join(number[at] for at in places)
    for fragment in (digits, digits.lstrip("0")):
        at = plain.find(fragment) if fragment else -1
        if at >= 0:
            first, last = places[at], places[at + len(fragment) - 1]
            return ((first, last - first + 1),)
    return ()
