"""What the wrap-up does: opened, left with everything in it, saved all or nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr
from agentdesk.messages import words_for
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.call_session import CallSession
from agentdesk.views.desk.call_work import CallWork
from agentdesk.views.desk.note_work import NoteWork
from agentdesk.views.desk.person_view import PersonView
from agentdesk.views.desk.wrap_up import LEAVE, SAVE


class WrapUpWork(QObject):
    """Ties the wrap-up panel to the current call and the note box under it."""

    changed = Signal()
    """The call has come further, or back."""

    def __init__(
        self,
        calls: CallWork,
        notes: NoteWork,
        person: PersonView,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._calls = calls
        self._notes = notes
        self._person = person
        self._panel = person.wrap_up
        self._notices = notices
        self._panel.save_wanted.connect(self.save)
        self._panel.left.connect(self.leave)

    def bind(self, actions: Actions) -> None:
        """Bind what works while the keyboard is in the wrap-up."""
        actions.bind(SAVE, self.save, scope=self._panel)
        actions.bind(LEAVE, self.leave, scope=self._panel)

    @property
    def is_open(self) -> bool:
        return self._panel.is_open

    def open(self, session: CallSession) -> None:
        """Open the wrap-up of `session` with what stood in it before; if it is open, go there."""
        if self._panel.is_open:
            self._panel.take_keyboard()
        else:
            self._panel.open_with(session.fields)

    def put_away(self) -> None:
        """Close the panel without moving the keyboard; what stands in the fields stays there."""
        if not self._panel.is_open:
            return
        session = self._calls.current
        if session is not None:
            session.fields = self._panel.take_fields()
            self._calls.book.return_to_call()
        self._panel.leave()
        self.changed.emit()

    def leave(self) -> None:
        """Go back to the call and its note; what stands in the fields stays there."""
        self.put_away()
        self._to_note()

    def save(self) -> None:
        """Save how the current call ended, or say what is missing."""
        session, panel = self._calls.current, self._panel
        if session is None or not panel.is_open:
            return
        session.fields = panel.take_fields()
        if session.fields.disposition is None:
            panel.error.say(tr("Choose how it ended."))
            panel.disposition.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if session.fields.promise.strip() and session.customer_id is None:
            panel.error.say(tr("A promise needs somebody to keep it to. Say first who this is."))
            return
        tasks.start(self._save(session), owner=self)

    async def _save(self, session: CallSession) -> None:
        note = self._person.note.text if self._notes.customer_id == session.customer_id else ""
        try:
            if not await self._calls.save(session, note):
                return
        except AgentDeskError as error:
            words = words_for(error)
            self._panel.error.say(f"{words.what} {words.next_step}")
            return
        self._panel.leave()
        if note.strip() and session.customer_id is not None:
            self._notes.became_note(session.customer_id, note)
        self._notices.say(tr("Call saved"))
        self._calls.finish(session)
        self._to_note()

    def _to_note(self) -> None:
        if self._person.isVisible():
            self._person.note.edit.setFocus(Qt.FocusReason.OtherFocusReason)
