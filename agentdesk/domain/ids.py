"""Identifiers: UUID version 7, so that ids made later sort later."""

from __future__ import annotations

import hashlib
import os
import time
import uuid


def new_id(*, at_ms: int | None = None, entropy: bytes | None = None) -> str:
    """Return a fresh UUIDv7 (RFC 9562, section 5.7) in its canonical text form.

    `at_ms` is Unix time in milliseconds (now, if not given); `entropy` is 10 bytes (random, if
    not given). Both are there for data that is made from a seed.
    """
    millis = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    noise = int.from_bytes(os.urandom(10) if entropy is None else entropy)
    value = (millis & (1 << 48) - 1) << 80 | noise
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def derived_id(*parts: str) -> str:
    """Return the id that `parts` always lead to, as a UUIDv8 (RFC 9562, section 5.8).

    For what several programs name without asking each other, such as a call by its id in the
    telephone system.
    """
    # Lengths go in too: ("ab", "c") is another thing than ("a", "bc").
    told = "".join(f"{len(part)}:{part}" for part in parts)
    value = int.from_bytes(hashlib.sha256(told.encode(errors="surrogatepass")).digest()[:16])
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
