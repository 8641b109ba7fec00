"""The roles under which models hand values to our delegates: one vocabulary for both."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from PySide6.QtCore import Qt

Ranges = tuple[tuple[int, int], ...]
"""Parts of a text to highlight, as (start, length) in characters."""

_FIRST = int(Qt.ItemDataRole.UserRole)


class RowKind(StrEnum):
    """What a row of the timeline is."""

    ENTRY = "entry"
    DAY = "day"


class TimelineRole(IntEnum):
    """A row of the timeline. Texts are plain and in the viewer's language and zone.

    `KIND` RowKind · `ID` str · `CHANNEL` key of `icons.CHANNEL_ICONS` · `SUBJECT`, `SUMMARY`,
    `TIME` (relative) and `TIME_EXACT` (tool tip) str · `DISPOSITION`, `MOOD` str, "" for none ·
    `DISPOSITION_TONE`, `MOOD_TONE` theme.Tone · `UNSENT` bool · `OPEN` bool · `DETAIL` the whole
    text that an open row shows, str · `DAY` the day's words, on every row, str.
    """

    KIND = _FIRST + 1
    ID = _FIRST + 2
    CHANNEL = _FIRST + 3
    SUBJECT = _FIRST + 4
    SUMMARY = _FIRST + 5
    TIME = _FIRST + 6
    TIME_EXACT = _FIRST + 7
    DISPOSITION = _FIRST + 8
    DISPOSITION_TONE = _FIRST + 9
    MOOD = _FIRST + 10
    MOOD_TONE = _FIRST + 11
    UNSENT = _FIRST + 12
    OPEN = _FIRST + 13
    DETAIL = _FIRST + 14
    DAY = _FIRST + 15


class CustomerRole(IntEnum):
    """A customer in a list.

    `ID`, `NAME`, `NUMBER`, `WHY` (how it matched, in words) and `BADGE` (one word, "" for none)
    str · `NAME_RANGES`, `NUMBER_RANGES`, `WHY_RANGES` Ranges.
    """

    ID = _FIRST + 101
    NAME = _FIRST + 102
    NUMBER = _FIRST + 103
    WHY = _FIRST + 104
    BADGE = _FIRST + 105
    NAME_RANGES = _FIRST + 106
    NUMBER_RANGES = _FIRST + 107
    WHY_RANGES = _FIRST + 108


class PaletteRole(IntEnum):
    """A row of the command palette: `ITEM` is a PaletteItem, or None for a section's caption."""

    ITEM = _FIRST + 201
    CAPTION = _FIRST + 202
