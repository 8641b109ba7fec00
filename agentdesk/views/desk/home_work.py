"""What the home page is filled with, and what its lines do by themselves."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal

from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.kinds import KindName
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.views.desk.home_page import HomePage, OpenDraft

_MOST_DRAFTS = 5
_KINDS = (KindName.INTERACTION, KindName.PROMISE, KindName.CUSTOMER, KindName.REVIEW)


class HomeWork(QObject):
    """Reads calls to return, promises, people and begun notes, and reads them again on changes."""

    filled = Signal()
    """What is on the home page has been read and is shown."""

    def __init__(self, desk: Desk, home: HomePage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._home = home

    def fill(self) -> asyncio.Task[None]:
        """Read everything and show it."""
        return tasks.start(self._fill(), owner=self)

    def take_changes(self, changes: ChangeSet) -> None:
        """Read again if `changes` touch what is shown."""
        if changes.touches_kind(*_KINDS):
            self.fill()

    async def _fill(self) -> None:
        home = await tasks.in_thread(self._desk.home())
        drafts = []
        for draft in (await tasks.in_thread(self._desk.drafts()))[:_MOST_DRAFTS]:
            name = ""
            if draft.customer_id is not None:
                card = await tasks.in_thread(self._desk.card(draft.customer_id))
                name = card.customer.full_name if card is not None else ""
            drafts.append(OpenDraft(draft, name))
        self._home.show_home(home, drafts, self._desk.language)
        self.filled.emit()
