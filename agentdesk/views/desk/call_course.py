"""What the Desk screen does as a call goes its way: answered, taken by others, passed on, over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from agentdesk.domain.entities import Direction
from agentdesk.telephony.events import Call, CallEvent, Step
from agentdesk.views.desk.call_session import CallSession, CallState, WrapUpDraft

if TYPE_CHECKING:
    from agentdesk.views.desk.page import DeskPage


class CallCourse(QObject):
    """Follows what a source tells of the calls on one Desk screen."""

    def __init__(self, page: DeskPage) -> None:
        super().__init__(page)
        self._page = page
        self._before: str | None = None

    def began_over(self, customer_id: str | None) -> None:
        """A call came to the screen in the place of this customer, None for the home page."""
        self._before = customer_id

    def follow(self, event: CallEvent, *, typing: bool, shown: bool) -> None:
        """Show what has become of a call; `shown` says that this screen is what is looked at.

        The keyboard goes into the wrap-up of a call that has ended here, unless somebody types or
        looks at something else.
        """
        page = self._page
        if event.step is Step.ANSWERED:
            page.painting(event.call.call_id)
        session = page.calls.follow(event, busy=typing)
        if session is None or not session.is_over:
            return
        if session.step in (Step.STOPPED, Step.MISSED):
            self._leave_quietly(session, typing=typing)
        elif session is page.calls.current and shown and not typing and not page.is_away:
            page.begin_wrap_up()

    def _leave_quietly(self, session: CallSession, *, typing: bool) -> None:
        """Let a call go that somebody else has, unless its wrap-up has been begun here."""
        page = self._page
        if session.state is CallState.WRAP_UP or session.fields != WrapUpDraft():
            return
        was_shown = session is page.calls.current and not page.is_home and not page.is_away
        page.calls.let_go(session, busy=typing)
        if was_shown and not typing and page.calls.current is None:
            if self._before is not None:
                page.open_customer(self._before)
            else:
                page.go_home()

    # --- Calling somebody -----------------------------------------------------------------------

    @property
    def number_to_dial(self) -> str | None:
        """The number that calling the person on the screen dials, None if that cannot be."""
        page = self._page
        return page.person.card.first_number if page.subject and not page.is_home else None

    def dial_first(self) -> None:
        """Call the person on the screen."""
        number = self.number_to_dial
        if number is not None:
            self.dial(number)

    def dial(self, number: str) -> None:
        """Ask for a call to a number of the person on the screen."""
        page = self._page
        page.dial_wanted.emit(
            Call(number=number, direction=Direction.OUTBOUND, customer_id=page.subject)
        )
