"""Who else may be calling on this line: the people of it, or none of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.callers import Candidate
from agentdesk.views.desk.call_session import CallSession


class CallerMenu(QObject):
    """A menu under a button; opened by a key, never by itself."""

    chosen = Signal(object)
    """This `Candidate` calls."""
    nobody = Signal()
    """It is none of those who were found."""

    def __init__(self, anchor: QWidget) -> None:
        super().__init__(anchor)
        self._anchor = anchor
        self.menu = QMenu(anchor)

    def open_for(self, session: CallSession) -> None:
        """List the people of the line of `session`, each once."""
        self.menu.clear()
        people: dict[str, Candidate] = {}
        for candidate in session.candidates:
            people.setdefault(candidate.customer_id, candidate)
        for candidate in people.values():
            words = " · ".join(
                for_display(part, 60) for part in (candidate.name, candidate.label) if part
            )
            action = self.menu.addAction(words.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(candidate.customer_id == session.customer_id)
            action.triggered.connect(lambda _on=False, c=candidate: self.chosen.emit(c))
        self.menu.addSeparator()
        self.menu.addAction(tr("None of them")).triggered.connect(self.nobody)
        self.menu.popup(self._anchor.mapToGlobal(QPoint(0, self._anchor.height())))
