"""Waiting: what is safe here and will be sent by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agentdesk.i18n import mark, tr
from agentdesk.services.queue import QueuedEdit
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.views.sync.edit_detail import EditDetail
from agentdesk.views.sync.parts import WAITING, Parts
from agentdesk.views.sync.row_words import edit_row
from agentdesk.views.sync.section import ListSection

COPY = ActionSpec("sync.copy-waiting", mark("Copy text of the edit"), "Ctrl+C", WAITING, "copy")
OPEN = ActionSpec("sync.open-waiting", mark("Open on the Desk"), "Return", WAITING, "desk")


class WaitingSection(ListSection):
    """The oldest first; nothing here asks for anything."""

    def __init__(self, parts: Parts) -> None:
        self.edit = EditDetail(parts)
        empty = EmptyState(parts.themes, tr("Nothing waits"), glyph=Icon.CLOUD_OK)
        super().__init__(parts, tr("What waits for Central"), empty, self.edit)
        self.list.setObjectName("sync_waiting")
        self.chosen.connect(self._show_chosen)
        self.copy = Button(parts.themes, tr("Copy text"))
        self.offer(COPY, self.copy, self._copy, enabled=self._says_something, in_list=True)
        self.offer_open(OPEN)

    def show_edits(self, edits: Sequence[QueuedEdit], moment: datetime) -> None:
        """Show what waits."""
        self.show_rows([edit_row(edit, moment, self._parts.values) for edit in edits])

    def say_empty(self, status: SyncStatus) -> None:
        """Say what is true of `status` while nothing waits."""
        if status.all_saved and status.state is not SyncState.SIGNED_OUT:
            text = tr("Everything you wrote here is safely at Central.")
        elif status.all_saved:
            text = tr("What you write here is kept and sent once you are signed in.")
        else:
            text = tr("Nothing is on its way, but not everything has been taken: see Refused.")
            if status.conflicts:
                text = tr("Nothing is on its way, but something is contested: see Conflicts.")
        self.empty.say(tr("Nothing waits"), text)

    @property
    def item(self) -> QueuedEdit | None:
        """The edit that is chosen."""
        found = self.row.item if self.row else None
        return found if isinstance(found, QueuedEdit) else None

    def _show_chosen(self) -> None:
        if self.item is not None:
            self.edit.show_edit(self.item)

    def _says_something(self) -> bool:
        return self.item is not None and bool(self.edit.text.text)

    def _copy(self) -> None:
        if self.edit.copy_text():
            self._parts.notices.say(tr("Copied."))
