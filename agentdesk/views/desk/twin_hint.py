"""A quiet line on the card when the open customer is probably there twice."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal

from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Tone
from agentdesk.views.customers.summary import twice_words
from agentdesk.views.desk.card_panel import CardPanel


class TwinHint(QObject):
    """Looks once the card has been painted, so that nobody waits for it while it rings."""

    compare_wanted = Signal(str)
    """The customer with this id is to be compared with whom they may be."""

    def __init__(self, desk: Desk, panel: CardPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._reading: asyncio.Task[None] | None = None
        panel.painted.connect(self._look)
        panel.twin.acted.connect(self._compare)

    def _look(self) -> None:
        card = self._panel.card
        if card is None:
            return
        if self._reading is not None:
            self._reading.cancel()
        self._reading = tasks.start(self._read(card.customer.id), owner=self)

    async def _read(self, customer_id: str) -> None:
        pairs = await tasks.in_thread(self._desk.duplicates_of(customer_id))
        card = self._panel.card
        if card is None or card.customer.id != customer_id:
            return
        if pairs:
            words = twice_words(pairs, customer_id)
            self._panel.twin.show_alert(
                words, Tone.NEUTRAL, glyph=Icon.PEOPLE, action=tr("Compare")
            )
        self._panel.twin.setVisible(bool(pairs))

    def _compare(self) -> None:
        if self._panel.card is not None:
            self.compare_wanted.emit(self._panel.card.customer.id)
