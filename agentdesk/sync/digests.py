"""What a desk and Central compare to know that they hold the same: buckets and checks; pure.

A record is in the bucket of the customer it belongs to, one without a customer in its own. Its
check stands for its identity and version. A bucket's digest is the number of its records and the
sum of their checks, so that it does not depend on their order and can be kept up by adding and
subtracting. CRC-32 (ISO 3309) spreads evenly and finds accidents, which is all that is asked of it.
"""

from __future__ import annotations

import zlib

BUCKETS = 1024


def bucket_of(owner_or_id: str) -> int:
    """Return the bucket of a customer's id, or of the id of a record without a customer."""
    return zlib.crc32(owner_or_id.encode()) % BUCKETS


def check_of(kind: str, record_id: str, seq: int) -> int:
    """Return what a record at version `seq` adds to its bucket's checksum; below 2^32."""
    return zlib.crc32(f"{kind}/{record_id}/{seq}".encode())
