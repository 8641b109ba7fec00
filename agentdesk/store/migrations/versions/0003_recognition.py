"""What recognising callers, finding people and joining duplicates need."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what callers are recognised and people are found by."""
