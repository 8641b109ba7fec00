"""The calls to return on the home page: calling back, and saying that one is dealt with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from agentdesk.domain.entities import Direction
from agentdesk.domain.names import for_display
from agentdesk.domain.phone import format_for_display
from agentdesk.i18n import mark, tr
from agentdesk.services.desk import Desk
from agentdesk.services.missed import MissedCaller
from agentdesk.telephony.events import Call
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions, ActionSpec
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.card_panel import CardPanel
from agentdesk.views.desk.home_page import HomePage

TO_MISSED = ActionSpec(
    "missed.show",
    mark("Calls to return"),
    "Ctrl+Shift+R",
    icon="missed",
    keywords=mark("missed calls, call back list"),
)
CALL_BACK = ActionSpec("missed.call-back", mark("Call back"), "F11", icon="phone-out")
DEAL_WITH = ActionSpec(
    "missed.dealt-with",
    mark("Mark the missed call as dealt with"),
    "Ctrl+Shift+K",
    icon="check",
    keywords=mark("done, off the list"),
)


class MissedWork(QObject):
    """By button, or by key for the row that has the keyboard, else for the first."""

    dial_wanted = Signal(object)
    """This `Call` is to be placed by the desk's connection."""
    taken = Signal(object)
    """This `Call` is placed by hand: show it as one of this desk's own."""

    def __init__(
        self,
        desk: Desk,
        card: CardPanel,
        home: HomePage,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._card = card
        self._home = home
        self._notices = notices
        home.call_back_wanted.connect(self.call_back)
        home.dealt_with_wanted.connect(self.deal_with)

    def bind(self, actions: Actions, window: QWidget, show: Callable[[], None]) -> None:
        """Let keys and the palette do it too; `show` brings the home page up."""
        actions.bind(TO_MISSED, show, scope=window)
        for spec, act in ((CALL_BACK, self.call_back), (DEAL_WITH, self.deal_with)):
            run = partial(self._with_current, act)
            actions.bind(spec, run, scope=window, enabled=self._has_any)

    def _has_any(self) -> bool:
        return self._home.isVisible() and self._home.current_missed is not None

    def _with_current(self, act: Callable[[MissedCaller], None]) -> None:
        caller = self._home.current_missed
        if caller is not None:
            act(caller)

    def call_back(self, caller: MissedCaller) -> None:
        """Call the number back, or copy it where this desk cannot dial."""
        if caller.e164 is None:
            self._notices.say(tr("There is no number to call back"))
            return
        call = Call(
            number=caller.e164, direction=Direction.OUTBOUND, customer_id=caller.customer_id
        )
        if self._card.may_dial:
            self.dial_wanted.emit(call)
            return
        QGuiApplication.clipboard().setText(call.number)
        self._notices.say(tr("Number copied, to dial it"))
        self.taken.emit(call)

    def deal_with(self, caller: MissedCaller) -> None:
        """Take a caller off the list, with a way back."""

        def undo() -> None:
            self._do(self._reopen(caller))

        self._do(self._deal_with(caller, undo))

    async def _deal_with(self, caller: MissedCaller, undo: Callable[[], None]) -> None:
        await tasks.in_thread(self._desk.deal_with_missed(caller.interaction_id))
        number = format_for_display(caller.e164, self._desk.region) if caller.e164 else ""
        who = for_display(caller.name or number or tr("Number withheld"), 60)
        self._notices.offer_undo(tr("Dealt with: %(who)s", who=who), undo)

    async def _reopen(self, caller: MissedCaller) -> None:
        await tasks.in_thread(self._desk.reopen_missed(caller.interaction_id))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        tasks.start(work, owner=self, on_failure=self._notices.report)
