"""What becomes of people with whom the caller's number is mentioned: attached, or forgotten."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.callers import Mentioned
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.call_session import CallSession
from agentdesk.views.desk.call_work import CallWork
from agentdesk.views.desk.maybe_rows import ATTACH_MAYBE, FORGET_MAYBE
from agentdesk.views.desk.unknown_card import UnknownCard


class MaybeWork(QObject):
    """Carries out the two answers on the card of an unknown caller, by button or by key."""

    agreed = Signal(str, str)
    """The call is this person's: id and name."""

    def __init__(
        self,
        desk: Desk,
        calls: CallWork,
        card: UnknownCard,
        is_shown: Callable[[CallSession], bool],
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._calls = calls
        self._card = card
        self._is_shown = is_shown
        self._notices = notices
        card.maybes.agreed.connect(self._agree)
        card.maybes.denied.connect(self._deny)

    def bind(self, actions: Actions, window: QWidget) -> None:
        """Let keys answer for the first person of the card."""
        actions.bind(ATTACH_MAYBE, self._agree, scope=window, enabled=self._is_asked)
        actions.bind(FORGET_MAYBE, self._deny, scope=window, enabled=self._is_asked)

    def _is_asked(self) -> bool:
        return self._asked() is not None

    def _asked(self) -> CallSession | None:
        session = self._calls.current
        if session is None or not self._is_shown(session) or not self._card.maybes.people:
            return None
        return session

    def _agree(self, person: Mentioned | None = None) -> None:
        if self._asked() is not None:
            chosen = person or self._card.maybes.people[0]
            self.agreed.emit(chosen.customer_id, chosen.name)

    def _deny(self, person: Mentioned | None = None) -> None:
        session = self._asked()
        if session is not None:
            chosen = person or self._card.maybes.people[0]
            self._do(self._forget(session, chosen))

    async def _forget(self, session: CallSession, person: Mentioned) -> None:
        number = session.recognition.number.e164 if session.recognition is not None else None
        if number is None:
            return
        await tasks.in_thread(self._desk.dismiss_mention(number, person.customer_id))
        await self._look_again(session)
        name = for_display(person.name, 40)
        self._notices.offer_undo(
            tr("Forgotten: the number is not that of %(name)s", name=name),
            lambda: self._do(self._recall(session, number, person)),
        )

    async def _recall(self, session: CallSession, number: str, person: Mentioned) -> None:
        await tasks.in_thread(self._desk.recall_mention(number, person.customer_id))
        await self._look_again(session)

    async def _look_again(self, session: CallSession) -> None:
        """Recognise the caller again, unless it is known meanwhile who calls."""
        found = await tasks.in_thread(self._desk.recognise(session.call.number, session.call.line))
        if session.customer_id is not None:
            return
        session.recognition = found
        if self._is_shown(session) and not self._card.is_busy:
            self._card.show_call(session)
        self._calls.changed.emit()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        tasks.start(work, owner=self, on_failure=self._notices.report)
