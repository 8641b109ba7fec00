"""The roles under which models hand values to our delegates: one vocabulary for both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import Qt

from agentdesk.ui.theme import Tone

Ranges = tuple[tuple[int, int], ...]
"""Parts of a text to highlight, as (start, length) in characters."""

_FIRST = int(Qt.ItemDataRole.UserRole)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Everything that a row of the timeline shows but its time, which goes on.

    Texts are plain and in the viewer's language, "" for none; `channel` is a key of
    `icons.CHANNEL_ICONS`.
    """

    channel: str
    subject: str
    summary: str = ""
    disposition: str = ""
    disposition_tone: Tone = Tone.NEUTRAL
    mood: str = ""
    mood_tone: Tone = Tone.NEUTRAL
    unsent: bool = False


class TimelineRole(IntEnum):
    """A row of the timeline.

    `ENTRY` is a TimelineEntry, or None for the header of a day · `ID` str · `TIME` str, relative ·
    `DAY` the day's words, on every row, str.
    """

    ENTRY = _FIRST + 1
    ID = _FIRST + 2
    TIME = _FIRST + 3
    DAY = _FIRST + 4


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
