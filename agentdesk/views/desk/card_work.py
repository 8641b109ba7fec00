"""What the card and the playbook do: facts confirmed, changed, removed; promises settled; types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from agentdesk.domain.alerts import Alert, AlertKind
from agentdesk.domain.entities import Fact, PromiseState
from agentdesk.domain.kinds import KindName
from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.blanks import first_name
from agentdesk.views.desk.card_panel import CardPanel
from agentdesk.views.desk.playbook_panel import PlaybookPanel

_T = TypeVar("_T")
_Undo = Callable[[], object]


class CardWork(QObject):
    """Carries out what is asked for on the card; the change set brings the result back to it."""

    def __init__(
        self,
        desk: Desk,
        card: CardPanel,
        playbook: PlaybookPanel,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._card = card
        self._notices = notices
        card.facts.confirm_wanted.connect(self._confirm)
        card.facts.change_wanted.connect(self._change)
        card.facts.remove_wanted.connect(self._remove)
        card.alert_acted.connect(self._act)
        card.copied.connect(lambda _text: notices.say(tr("Copied")))
        playbook.copied.connect(lambda _text: notices.say(tr("Copied")))
        playbook.type_chosen.connect(self._set_type)

    def mark_kept(self, promise_id: str) -> None:
        """Say that a promise has been kept, with a way back."""
        settled = self._desk.settle_promise(promise_id, PromiseState.KEPT)

        def undo() -> None:
            self._do(self._desk.settle_promise(promise_id, PromiseState.OPEN))

        self._do(settled, tr("Promise kept"), undo=undo)

    def _confirm(self, fact: Fact) -> None:
        def undo() -> None:
            self._do(self._desk.unconfirm_fact(fact))

        said = tr("Confirmed as still true")
        self._do(self._desk.confirm_fact(fact.id), said, undo=undo)

    def _change(self, fact: Fact, text: str) -> None:
        before = fact.text

        def undo() -> None:
            self._do(self._desk.edit_fact(fact.id, before))

        self._do(self._desk.edit_fact(fact.id, text), tr("Fact changed"), undo=undo)

    def _remove(self, fact: Fact) -> None:
        def undo() -> None:
            self._do(self._desk.restore(KindName.FACT, fact.id))

        self._do(self._desk.remove(KindName.FACT, fact.id), tr("Fact removed"), undo=undo)

    def _act(self, alert: Alert) -> None:
        match alert.kind:
            case AlertKind.PROMISE_BROKEN | AlertKind.PROMISE_DUE if alert.record_id:
                self.mark_kept(alert.record_id)
            case AlertKind.STALE_FACT if self._card.card is not None:
                for fact in self._card.card.facts:
                    if fact.id == alert.record_id:
                        self._confirm(fact)
            case AlertKind.BIRTHDAY if self._card.card is not None:
                name = first_name(self._card.card.customer)
                wishes = tr("Happy birthday, %(name)s", name=name) if name else tr("Happy birthday")
                QGuiApplication.clipboard().setText(wishes)
                self._notices.say(tr("Copied"))

    def _set_type(self, key: str | None) -> None:
        card = self._card.card
        if card is None:
            return
        customer_id, before = card.customer.id, card.customer.customer_type

        def undo() -> None:
            self._do(self._desk.set_customer_type(customer_id, before))

        said = tr("Type changed") if key else tr("AgentDesk suggests the type again")
        self._do(self._desk.set_customer_type(customer_id, key), said, undo=undo)

    def _do(self, work: Future[_T], said: str = "", *, undo: _Undo | None = None) -> None:
        doing: Awaitable[_T] = tasks.in_thread(work)
        tasks.start(
            self._tell(doing, said, undo),
            owner=self,
            on_failure=self._notices.report,
        )

    async def _tell(self, work: Awaitable[object], said: str, undo: _Undo | None) -> None:
        await work
        if undo is not None:
            self._notices.offer_undo(said, undo)
        elif said:
            self._notices.say(said)
