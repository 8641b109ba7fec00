"""The rows of the Sync screen in words, one for each thing that the service tells of."""

from __future__ import annotations

from datetime import datetime

from agentdesk.i18n import tr
from agentdesk.services.conflicts import ContestedField
from agentdesk.services.merged import MergedField
from agentdesk.services.queue import QueuedEdit
from agentdesk.ui.theme import Tone
from agentdesk.views.sync import words
from agentdesk.views.sync.rows import SyncRow
from agentdesk.views.values import ValueWords, kind_icon


def conflict_row(contested: ContestedField, moment: datetime, values: ValueWords) -> SyncRow:
    """Return the row of something that two people changed."""
    when = contested.changed_at
    return SyncRow(
        f"conflict:{contested.id}",
        words.contested_title(contested),
        contested,
        contested.customer_id,
        detail=words.contested_short(contested),
        time=words.stamp(when, moment, values.language) if when else "",
        glyph=kind_icon(contested.kind),
        tone=Tone.WARN,
    )


def edit_row(
    edit: QueuedEdit, moment: datetime, values: ValueWords, *, refused: bool = False
) -> SyncRow:
    """Return the row of an edit that waits or was refused."""
    when = edit.raised_at if refused and edit.raised_at else edit.made_at
    unanswered = edit.attempted_at is not None and not edit.judged and not refused
    return SyncRow(
        f"edit:{edit.n}",
        words.title(edit),
        edit,
        edit.customer_id,
        detail=words.gist(edit, values),
        time=words.stamp(when, moment, values.language),
        word=tr("no answer yet") if unanswered else "",
        glyph=kind_icon(edit.kind),
        tone=Tone.DANGER if refused else Tone.NEUTRAL,
    )


def merged_row(merged: MergedField, moment: datetime, values: ValueWords) -> SyncRow:
    """Return the row of something that the rules of merging decided."""
    return SyncRow(
        f"merged:{merged.id}",
        words.merged_title(merged),
        merged,
        merged.customer_id,
        detail=words.merged_short(merged),
        time=words.stamp(merged.merged_at, moment, values.language),
        glyph=kind_icon(merged.kind),
        tone=Tone.INFO,
    )
