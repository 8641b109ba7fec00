"""Why a customer was found: in words, and which letters and digits of them to highlight."""

from __future__ import annotations

from agentdesk.domain.found import Hit, Why
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.ui.roles import Ranges

_CHARS = 200

_APART = frozenset({Why.NUMBER, Why.ADDRESS, Why.CASE})
"""What is shown in a place of its own, beside the reason."""


def filters_hint() -> str:
    """Return what a search box says of its filters."""
    return tr("Filters: town:Berlin, type:advocate, since:2026-03, has:promise")


def reason(hit: Hit) -> str:
    """Return why `hit` was found, in the active language; what matched is at its end."""
    matched = hit.matched or ""
    if hit.at_central:
        return _where(hit)
    match hit.why:
        case Why.NUMBER:
            return tr("Number")
        case Why.ADDRESS:
            return tr("E-mail or handle")
        case Why.CASE:
            return tr("Case number")
        case Why.SIMILAR_NAME:
            return tr("Similar name")
        case Why.SAME_SOUND:
            return tr("Name in another spelling")
        case Why.SHORT_FORM:
            return tr("Short form of the name")
        case Why.FORMER_NAME:
            return tr("Former name: %(name)s", name=matched)
        case Why.NOTE:
            return tr("Note: %(text)s", text=matched)
        case Why.FACT:
            return tr("Personal note: %(text)s", text=matched)
        case Why.PLACE if matched == hit.company:
            return tr("Company: %(company)s", company=matched)
        case Why.PLACE:
            return tr("Hometown: %(town)s", town=matched)
        case Why.FILTER:
            return _where(hit)
        case _:
            return tr("Name")


def _where(hit: Hit) -> str:
    return " · ".join(part for part in (hit.company, hit.hometown) if part)


def matched_apart(hit: Hit) -> str:
    """Return what matched if it is a number or an address, which have their own place."""
    return for_display(hit.matched or "", 80) if hit.why in _APART else ""


def apart_ranges(hit: Hit) -> Ranges:
    """Return what to highlight of `matched_apart`."""
    return hit.matched_spans if matched_apart(hit) == hit.matched else ()


def name_ranges(hit: Hit) -> Ranges:
    """Return what to highlight of the name as it is shown."""
    # Where showing changes the name, as with right-to-left letters, its places are others.
    return hit.name_spans if for_display(hit.name, _CHARS) == hit.name else ()


def reason_ranges(hit: Hit) -> Ranges:
    """Return what to highlight of `reason`, whose end is what matched."""
    words = reason(hit)
    if not hit.matched or not words.endswith(hit.matched) or for_display(words, _CHARS) != words:
        return ()
    lead = len(words) - len(hit.matched)
    return tuple((start + lead, length) for start, length in hit.matched_spans)
