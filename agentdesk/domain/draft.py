"""Notes that are being typed and not yet saved."""

from __future__ import annotations

import msgspec


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A note that is being typed, for a customer or for a call nobody is attached to."""

    id: str
    text: str
    customer_id: str | None = None
    call_id: str | None = None
