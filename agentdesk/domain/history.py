"""The events that stand in a record's history beside the values that its fields once had."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What happened to a whole record; stands in `FieldVersion.field`, which no field is called.

    The value of `REMOVED` is the record as it was (without what is too large to be read), of
    `MERGED` and `UNMERGED` the other customer's `id` and `full_name`.
    """

    REMOVED = "@removed"
    RESTORED = "@restored"
    MERGED = "@merged"
    UNMERGED = "@unmerged"
