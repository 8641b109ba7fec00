"""Asking Central about a caller whom this desk does not know, while the call goes on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from agentdesk.domain.names import for_display
from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr
from agentdesk.services.desk import Desk, Person
from agentdesk.ui import tasks
from agentdesk.views.desk.call_session import CallSession
from agentdesk.views.desk.call_work import CallWork
from agentdesk.views.desk.unknown_card import UnknownCard


class StrangerWork(QObject):
    """Never delays what the desk knows by itself, and never takes anything from the operator.

    Whom Central knows is shown at once only while nothing else was begun on the card of the unknown
    caller; else they are offered.
    """

    found = Signal(object)
    """The `Person` who calls, from Central; the call on the screen is theirs."""

    def __init__(
        self,
        desk: Desk,
        calls: CallWork,
        card: UnknownCard,
        is_shown: Callable[[CallSession], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._calls = calls
        self._card = card
        self._is_shown = is_shown
        self._asked: set[str] = set()
        self._offered: tuple[CallSession, Person] | None = None
        card.found.clicked.connect(self._take_offer)

    def ask(self, session: CallSession) -> None:
        """Ask about the number of a call, once."""
        recognition = session.recognition
        e164 = recognition.number.e164 if recognition is not None else None
        if e164 is None or session.candidates or session.id in self._asked:
            return
        self._asked.add(session.id)
        self._card.say_asking(tr("Asking Central…"))
        tasks.start(self._ask(session, e164), owner=self)

    async def _ask(self, session: CallSession, e164: str) -> None:
        try:
            known = await tasks.in_thread(self._desk.central.lookup(e164))
        except AgentDeskError:
            # What an operator offline knows anyway is no news during a call.
            known = None
        if self._is_shown(session):
            nobody = tr("Central does not know this number either.") if known == 0 else ""
            self._card.say_asking(nobody)
        if known:
            await self._recognise_again(session)

    async def _recognise_again(self, session: CallSession) -> None:
        recognition = await tasks.in_thread(
            self._desk.recognise(session.call.number, session.call.line)
        )
        best = recognition.best
        if best is None or session.customer_id is not None:
            return
        person = await tasks.in_thread(self._desk.open_person(best.customer_id))
        if person is None or session.customer_id is not None:
            return
        if not self._is_shown(session):
            # Looked at somebody else meanwhile: it is there when they come back to the call.
            session.recognised(recognition)
            self._calls.changed.emit()
            return
        session.recognition = recognition
        if self._card.is_busy:
            self._offered = session, person
            self._card.offer_found(for_display(best.name, 60))
        else:
            self._take(session, person)

    def _take_offer(self) -> None:
        if self._offered is not None and self._is_shown(self._offered[0]):
            self._take(*self._offered)
        self._offered = None

    def _take(self, session: CallSession, person: Person) -> None:
        session.belongs_to(person.card.customer.id, person.card.customer.full_name)
        self.found.emit(person)
        self._calls.changed.emit()
