"""How a customer stands to the part of the company's customers that a desk has: its area."""

from __future__ import annotations

from enum import StrEnum


class Area(StrEnum):
    """Inside or outside; who is outside is shown for a while only."""

    INSIDE = "inside"
    LEFT = "left"
    """In it no longer: shown until nothing waits for them any more."""
    VISITING = "visiting"
    """Never in it: shown because they called."""
