"""By which words Central finds customers: those of their names, in Latin letters, and how they
sound."""

from __future__ import annotations

from typing import Any

from agentdesk.domain.kinds import Row
from agentdesk.domain.names import search_forms
from agentdesk.domain.sounds import sound

NAME_FIELDS = ("full_name", "given_name", "family_name", "preferred_name")
SOUND = "~"
"""What the sound of a word begins with in the index."""

LONGEST_WORD = 48


def name_words(fields: Row) -> list[str]:
    """Return the words of a customer's names and their sounds, each once."""
    found: dict[str, None] = {}
    for name in NAME_FIELDS:
        text = fields.get(name)
        if isinstance(text, str):
            found |= dict.fromkeys(forms[-1][:LONGEST_WORD] for forms in search_forms(text))
    heard = [SOUND + sound(word) for word in found if word.isascii() and len(word) > 2]
    return [*found, *dict.fromkeys(heard)]


def name_rows(org_id: str, customer_id: str, fields: Row) -> list[dict[str, Any]]:
    """Return the rows of `name_index` of one customer."""
    return [
        {"org_id": org_id, "word": word, "customer_id": customer_id} for word in name_words(fields)
    ]
