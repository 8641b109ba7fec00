"""Why Central did not take an edit: what happened, what it means, what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from agentdesk.errors import AgentDeskError, Code
from agentdesk.i18n import mark, tr
from agentdesk.messages import Words, words_for
from agentdesk.services.queue import QueuedEdit
from agentdesk.sync.protocol import Outcome, Reason

_KEPT = mark("What you wrote is kept here, nothing of it was taken.")
_REASONS: Mapping[str, tuple[str, str, str]] = {
    Outcome.BLOCKED: (
        mark("This builds on another edit that was refused."),
        _KEPT,
        mark("Settle the other one first; trying again sends both."),
    ),
    Reason.REMOVED: (
        mark("What this belongs to has been removed."),
        _KEPT,
        mark("Copy the text, or ask the leads to bring it back."),
    ),
    Reason.MERGED: (
        mark("The customer has been merged into another and was not removed."),
        _KEPT,
        mark("Look at the customer who remained."),
    ),
    Code.NO_PERMISSION: (
        mark("Your role does not allow this."),
        _KEPT,
        mark("Hand it over: a lead can make this change."),
    ),
    Code.NOT_FOUND: (
        mark("What this changes is not at Central."),
        _KEPT,
        mark("Try again in a while, or copy the text and write it where it belongs."),
    ),
    Code.BAD_VALUE: (
        mark("Central does not accept one of the values."),
        _KEPT,
        mark("Copy the text, correct it where it stands, and discard this."),
    ),
}


def refusal_words(edit: QueuedEdit) -> Words:
    """Return the reason of a refused edit in words, with the code to quote."""
    reason = edit.reason or ""
    known = _REASONS.get(reason)
    if known is not None:
        what, meaning, next_step = (tr(words) for words in known)
        return Words(what, meaning, next_step, reason)
    codes = {code.value: code for code in Code}
    return words_for(AgentDeskError(codes.get(reason, Code.INVALID_REQUEST)))


def can_retry(edit: QueuedEdit) -> bool:
    """Tell whether asking again may help; what the law had erased never comes back."""
    return edit.reason != Code.ERASED
