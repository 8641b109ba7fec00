"""What happens with calls: recognised, chosen, attached, wrapped up, marked as missed."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject, Signal

from agentdesk.domain.callers import NOBODYS
from agentdesk.domain.entities import Direction, Disposition
from agentdesk.domain.labels import label
from agentdesk.domain.moments import now
from agentdesk.i18n import tr
from agentdesk.services.callers import Candidate
from agentdesk.services.desk import Desk
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.ui import tasks
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.call_session import CallBook, CallSession
from agentdesk.views.desk.card_head import way_words


class CallWork(QObject):
    """The calls of this desk and what the person decides about them."""

    opened = Signal(object, object)
    """A `CallSession` is on the screen; what was read for it is an `Opened`."""
    returned = Signal(object)
    """A `CallSession` is on the screen again, whose person is known: open that person."""
    changed = Signal()
    """The call bar has something else to show."""
    finished = Signal(object)
    """The `CallSession` is done, and no other call waits."""

    def __init__(self, desk: Desk, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._notices = notices
        self._saving = False
        self.book = CallBook()

    @property
    def current(self) -> CallSession | None:
        return self.book.current

    # --- Coming in ------------------------------------------------------------------------------

    def take(self, call: Call, *, busy: bool) -> bool:
        """Take a ringing call; tells whether it goes to the screen, else it waits in the bar."""
        known = self.book.find(call.call_id) is not None
        session, at_once = self.book.take(call, busy=busy)
        if known:
            return at_once
        if at_once:
            tasks.start(self._open(session), owner=self)
        else:
            self.changed.emit()
            tasks.start(self._recognise(session), owner=self)
        return at_once

    # --- What its source tells ------------------------------------------------------------------

    def follow(self, event: CallEvent, *, busy: bool) -> CallSession | None:
        """Take over what has become of a call; returns its session, None for one that is gone.

        Whether somebody is `busy` typing decides who comes to the screen. Nothing of what was
        typed is lost: only a call with which nothing was begun leaves by itself.
        """
        session = self.book.find(event.call.call_id)
        if event.step is Step.MISSED:
            self._keep_missed(event.call, session)
        if session is None:
            if event.step is not Step.ANSWERED:
                return None
            # This desk connected in the middle of the call.
            self.take(event.call, busy=busy)
            session = self.book.find(event.call.call_id)
            if session is None:
                return None
        session.follow(event, now())
        match event.step:
            case Step.ANSWERED if session is not self.current and not busy:
                self.switch_to(session.id)
            case Step.CHANGED if session is self.current:
                tasks.start(self._open(session), owner=self)
            case Step.CHANGED:
                tasks.start(self._recognise(session), owner=self)
            case _:
                pass
        self.changed.emit()
        return session

    def let_go(self, session: CallSession, *, busy: bool) -> None:
        """Be done with a call that has left this desk; the next comes up unless somebody types."""
        following = self.book.finish(session)
        if following is not None and not busy and self.book.current is None:
            self.book.bring_up(following)
            self._show(following)
        self.changed.emit()

    def _keep_missed(self, call: Call, session: CallSession | None) -> None:
        """Keep a call that nobody took, if its source leaves that to the desks."""
        if call.shared_id is None:
            return
        customer_id = session.customer_id if session is not None else None
        guessed = session is None or session.is_a_guess
        tasks.start(self._record_missed(call, None if guessed else customer_id), owner=self)

    async def _record_missed(self, call: Call, customer_id: str | None) -> None:
        recognition = await tasks.in_thread(self._desk.recognise(call.number, call.line))
        if recognition.kind in NOBODYS or call.shared_id is None:
            return
        if customer_id is None and len({c.customer_id for c in recognition.candidates}) == 1:
            customer_id = recognition.candidates[0].customer_id
        await tasks.in_thread(
            self._desk.record_missed_call(
                call.shared_id,
                customer_id=customer_id,
                number=recognition.number,
                subject=tr("Missed call"),
                began_at=call.rang_at,
            )
        )

    def switch_to(self, call_id: str) -> None:
        """Bring a waiting call to the screen; the current one waits, with all it has."""
        session = self.book.find(call_id)
        if session is None or session is self.current:
            return
        self.book.bring_up(session)
        self._show(session)

    def _show(self, session: CallSession) -> None:
        self.changed.emit()
        if session.customer_id is not None and session.recognition is not None:
            self.returned.emit(session)
        else:
            tasks.start(self._open(session), owner=self)

    async def _open(self, session: CallSession) -> None:
        if session.call.customer_id is not None:
            await self._open_dialled(session, session.call.customer_id)
            return
        opened = await tasks.in_thread(self._desk.open_call(session.call.number, session.call.line))
        session.recognised(opened.recognition)
        if session is self.current:
            self.opened.emit(session, opened)
        else:
            self.changed.emit()

    async def _open_dialled(self, session: CallSession, customer_id: str) -> None:
        """Whom the operator has chosen to call is known, whoever else has the number."""
        await self._know_dialled(session, customer_id)
        if session is self.current:
            self.returned.emit(session)
        self.changed.emit()

    async def _know_dialled(self, session: CallSession, customer_id: str) -> None:
        recognition = await tasks.in_thread(
            self._desk.recognise(session.call.number, session.call.line)
        )
        card = await tasks.in_thread(self._desk.card(customer_id))
        session.recognition = recognition
        if card is not None:
            session.belongs_to(card.customer.id, card.customer.full_name)
            session.chosen = True

    async def _recognise(self, session: CallSession) -> None:
        if session.call.customer_id is not None:
            await self._know_dialled(session, session.call.customer_id)
            self.changed.emit()
            return
        recognition = await tasks.in_thread(
            self._desk.recognise(session.call.number, session.call.line)
        )
        if session.recognition is None:
            session.recognition = recognition
            best = recognition.best
            session.customer_name = best.name if best is not None else ""
        self.changed.emit()

    # --- Who it is ------------------------------------------------------------------------------

    def choose(self, session: CallSession, candidate: Candidate) -> None:
        """Say that this one of a shared line calls; the line remembers that."""
        session.belongs_to(candidate.customer_id, candidate.name)
        session.chosen = True
        if len({c.customer_id for c in session.candidates}) > 1:
            tasks.start(self._remember(candidate), owner=self, on_failure=self._notices.report)
        self.changed.emit()
        self.returned.emit(session)

    async def _remember(self, candidate: Candidate) -> None:
        await tasks.in_thread(self._desk.remember_choice(candidate.contact_point_id))

    def nobody_listed(self, session: CallSession) -> None:
        """Say that it is none of those who were found."""
        session.customer_id = None
        session.customer_name = ""
        session.verified = None
        self.changed.emit()

    async def attach(self, session: CallSession, customer_id: str, name: str) -> None:
        """Say that this customer calls; a number that was passed on becomes theirs."""
        number = session.recognition.number if session.recognition is not None else None
        if number is not None and number.e164 is not None:
            await tasks.in_thread(self._desk.attach_number(customer_id, number))
            self._notices.say(tr("The number is attached, with its earlier calls"))
        session.belongs_to(customer_id, name)
        self.changed.emit()

    async def add_customer(self, session: CallSession, full_name: str) -> str:
        """Add a new customer with the number of the call; returns the id."""
        number = session.recognition.number if session.recognition is not None else None
        typed = number.typed if number is not None and number.e164 is not None else None
        customer = await tasks.in_thread(self._desk.add_customer(full_name, number=typed))
        if number is not None and number.e164 is not None:
            await tasks.in_thread(self._desk.attach_number(customer.id, number))
        session.belongs_to(customer.id, customer.full_name)
        self._notices.say(tr("Customer added"))
        self.changed.emit()
        return customer.id

    # --- The end --------------------------------------------------------------------------------

    async def save(self, session: CallSession, note: str) -> bool:
        """Save how the call ended, with the note of somebody known; False while that goes on.

        Raises `AgentDeskError` when it could not be saved; nothing is lost then.
        """
        if self._saving:
            return False
        self._saving = True
        try:
            step = " ".join(session.fields.next_step.split())
            wrapped = session.wrapped_up(
                ended_at=now(),
                note=note if session.customer_id is not None else "",
                verified_words=self._verified_words(session),
                next_step_words=tr("Next step: %(text)s", text=step) if step else "",
                subject_words=label(session.fields.disposition or Disposition.OTHER),
            )
            await tasks.in_thread(self._desk.wrap_up(wrapped))
        finally:
            self._saving = False
        return True

    @staticmethod
    def _verified_words(session: CallSession) -> str:
        if session.verified is None:
            return ""
        return tr("Verified by %(way)s.", way=way_words(session.verified).lower())

    def finish(self, session: CallSession) -> None:
        """Go on to the call that has waited longest, or tell that none is there."""
        following = self.book.finish(session)
        if following is not None:
            self.book.bring_up(following)
            self._show(following)
        else:
            self.finished.emit(session)
        self.changed.emit()

    def mark_missed(self, session: CallSession) -> asyncio.Task[None]:
        """Keep that nobody took the call; of what is no customer's nothing is kept."""
        return tasks.start(self._mark_missed(session), owner=self, on_failure=self._notices.report)

    async def _mark_missed(self, session: CallSession) -> None:
        ours = session.call.direction is Direction.OUTBOUND
        if session.is_nobodys or session.recognition is None:
            self._notices.say(tr("Call dismissed; nothing is kept of it"))
        else:
            await tasks.in_thread(
                self._desk.record_missed_call(
                    session.id,
                    customer_id=None if session.is_a_guess else session.customer_id,
                    number=session.recognition.number,
                    subject=tr("No answer") if ours else tr("Missed call"),
                    began_at=session.call.rang_at,
                    direction=session.call.direction,
                )
            )
            if ours:
                self._notices.say(tr("Kept that nobody answered"))
            else:
                self._notices.say(tr("Marked as missed; it is among the calls to return"))
        self.finish(session)
