"""The shapes in which commands tell of people as JSON; their keys are stable."""

from __future__ import annotations

from typing import Any

import msgspec

from agentdesk.domain.entities import Fact
from agentdesk.domain.found import Hit
from agentdesk.domain.kinds import to_row
from agentdesk.services.callers import Recognition
from agentdesk.services.desk import Person

SHOWN_FIELDS = (
    *("preferred_name", "form_of_address", "respelling", "ipa", "pronouns", "language"),
    *("birthday", "hometown", "country", "time_zone", "company", "technical_level"),
    *("loyalty_stage", "standing", "vip", "do_not_call", "consent", "customer_type"),
)
"""The customer's fields that the text form of `customer show` lists under the name."""


def recognised(found: Recognition) -> dict[str, Any]:
    """Return who may be calling, the likeliest first."""
    return {
        "kind": found.kind.value,
        "number": found.number.kind.value,
        "certain": found.number.certain,
        "e164": found.number.e164,
        "extension": found.number.extension,
        "explanation": found.explanation,
        "customers": [
            {
                "id": candidate.customer_id,
                "name": candidate.name,
                "extension": candidate.extension,
                "label": candidate.label,
                "last_contact_at": candidate.last_contact_at,
                "calls": candidate.calls,
            }
            for candidate in found.candidates
        ],
        "mentioned": [
            {
                "id": maybe.customer_id,
                "name": maybe.name,
                "in": maybe.kind.value,
                "record_id": maybe.record_id,
                "at": maybe.at or None,
                "explanation": maybe.explanation,
            }
            for maybe in found.mentioned
        ],
        "shown": found.facts.shown if found.facts else None,
        "country": found.facts.country if found.facts else None,
        "time_zone": found.facts.time_zone if found.facts else None,
    }


def hit(found: Hit) -> dict[str, Any]:
    """Return one result of a search."""
    return {
        "id": found.id,
        "name": found.name,
        "score": found.score,
        "why": found.why.value,
        "matched": found.matched,
        "company": found.company,
        "hometown": found.hometown,
        "last_contact_at": found.last_contact_at,
        "name_spans": found.name_spans,
        "matched_spans": found.matched_spans,
        "at_central": found.at_central,
    }


def person(known: Person) -> dict[str, Any]:
    """Return the card and the latest of the timeline."""
    card = known.card
    latest = card.last_contact
    return {
        "name": card.customer.full_name,
        **to_row(card.customer),
        "customer_since": _plain(card.customer_since),
        "contacts": card.contacts,
        "last_contact_at": to_row(latest)["occurred_at"] if latest else None,
        "satisfaction": card.satisfaction.mean,
        "pending": card.pending,
        "area": card.area.value,
        "has_photo": card.photo is not None,
        "contact_points": [to_row(point) for point in card.contact_points],
        "facts": [_fact(fact) for fact in card.facts],
        "alerts": [_plain(alert) for alert in card.alerts],
        "common_ground": [_plain(shared) for shared in card.common_ground],
        "steps_tried": [to_row(step) for step in card.steps_tried],
        "open_cases": [to_row(case) for case in card.open_cases],
        "open_promises": [to_row(promise) for promise in card.open_promises],
        "last_purchase": to_row(card.last_purchase) if card.last_purchase else None,
        "suggestions": [_plain(suggestion) for suggestion in card.suggestions],
        "timeline": [_plain(item) for item in known.timeline.items],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    row = to_row(fact)
    return row | {"text": None} if fact.sensitive else row


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
