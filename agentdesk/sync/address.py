"""Where Central is, and what proves there who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where Central is, and which certificate authority vouches for it (system's, if None)."""

    url: str
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave: a short-lived access token and the next refresh token."""

    access: str
    refresh: str
