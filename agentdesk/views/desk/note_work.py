"""What the note box does: drafts kept, notes saved, lines filed as facts with undo."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from PySide6.QtCore import QObject, Qt

from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import FactKind, Note
from agentdesk.domain.kinds import KindName
from agentdesk.domain.labels import label
from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr
from agentdesk.messages import words_for
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions
from agentdesk.ui.notices import Notices
from agentdesk.views.desk.draft_keeper import DraftKeeper
from agentdesk.views.desk.fact_guess import load_rules
from agentdesk.views.desk.note_box import FILE_FACT, SAVE_NOTE, NoteBox


class NoteWork(QObject):
    """Ties the note box to the desk; one person or call at a time."""

    def __init__(
        self, desk: Desk, box: NoteBox, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._box = box
        self._notices = notices
        self._call_id: str | None = None
        self._saving = False
        self.keeper = DraftKeeper(desk, self)
        self.keeper.keeping.connect(box.show_keeping)
        self.keeper.kept.connect(box.show_kept)
        box.edit.textChanged.connect(self._typed)
        box.edit.left.connect(self.keeper.flush)
        box.save_wanted.connect(self.save)
        box.fact_wanted.connect(self._file)
        tasks.start(self._load_rules(), owner=self)

    def bind(self, actions: Actions) -> None:
        """Bind what works while the keyboard is in the note box."""
        self._box.save.perform(actions.bind(SAVE_NOTE, self.save, scope=self._box))
        self._box.file_fact.perform(actions.bind(FILE_FACT, self._offer, scope=self._box))

    async def _load_rules(self) -> None:
        self._box.use_rules(await asyncio.to_thread(load_rules))

    # --- Whose note it is -----------------------------------------------------------------------

    @property
    def customer_id(self) -> str | None:
        """Whose note it is; None while that is not known."""
        draft = self.keeper.draft
        return draft.customer_id if draft is not None else None

    def open_for(self, customer_id: str, name: str, stored: Draft | None) -> None:
        """Go on with the note about a customer."""
        open_now = self.keeper.draft
        if open_now is not None and open_now.id == customer_id:
            return
        text = self.keeper.open_draft(customer_id, stored, customer_id=customer_id)
        self._box.show_text(text, placeholder=tr("A note about %(name)s", name=name))

    def open_for_call(self, draft_id: str, stored: Draft | None) -> None:
        """Go on with the note about a call of somebody unknown."""
        open_now = self.keeper.draft
        if open_now is not None and open_now.id == draft_id:
            return
        text = self.keeper.open_draft(draft_id, stored, call_id=draft_id)
        self._box.show_text(text, placeholder=tr("A note about this call"))

    @property
    def began_here(self) -> bool:
        """Whether the note was begun with the person or call that it is open for."""
        return self.keeper.began_empty and bool(self._box.text.strip())

    def move_to(self, customer_id: str, name: str, stored: Draft | None) -> None:
        """The open note is about this customer; what is `stored` about them stands before it."""
        self.keeper.move(customer_id, stored, customer_id=customer_id)
        self._show_moved(tr("A note about %(name)s", name=name))

    def move_to_call(self, call_id: str) -> None:
        """The open note is about a call of nobody known."""
        self.keeper.move(call_id, None, call_id=call_id)
        self._show_moved(tr("A note about this call"))

    def _show_moved(self, placeholder: str) -> None:
        draft = self.keeper.draft
        if draft is not None:
            self._box.show_text(draft.text, placeholder=placeholder)

    def during_call(self, call_id: str | None) -> None:
        """Facts and notes from now on come from this call."""
        self._call_id = call_id

    # --- What is done with it -------------------------------------------------------------------

    def _typed(self) -> None:
        self.keeper.typed(self._box.text)

    def save(self) -> None:
        """Save the note; it stays a draft until that is done."""
        if self._saving or not self._box.text.strip():
            return
        if self.customer_id is None:
            self._box.error.say(tr("Say first whose note this is. It is kept as a draft."))
            return
        tasks.start(self._save(self.customer_id, self._box.text), owner=self)

    async def _save(self, customer_id: str, text: str) -> None:
        self._saving = True
        saved = self._desk.add_note(
            customer_id, text, interaction_id=self._call_id, draft_id=customer_id
        )
        saving: Awaitable[Note] = tasks.in_thread(saved)
        if await self._succeeds(saving):
            self.became_note(customer_id, text)
        self._saving = False

    def became_note(self, draft_id: str, text: str) -> None:
        """The draft with this text is a saved note now; what was typed meanwhile stays."""
        self.keeper.forget(draft_id)
        draft = self.keeper.draft
        if draft is not None and draft.id == draft_id:
            self._box.saved(text)

    def _offer(self) -> None:
        if self.customer_id is not None:
            self._box.offer_chips()
        elif self._box.text.strip():
            self._box.error.say(tr("Say first who this is; then the line can be filed."))

    def _file(self, text: str, kind: FactKind, sensitive: bool) -> None:
        if self.customer_id is not None:
            tasks.start(self._add_fact(self.customer_id, text, kind, sensitive), owner=self)

    async def _add_fact(self, customer_id: str, text: str, kind: FactKind, sensitive: bool) -> None:
        adding = self._desk.add_fact(
            customer_id, kind, text, interaction_id=self._call_id, sensitive=sensitive
        )
        fact_id = ""

        async def add() -> None:
            nonlocal fact_id
            fact_id = (await tasks.in_thread(adding)).id

        if not await self._succeeds(add()):
            return
        where, line = self._box.edit.take_line_out()

        def undo() -> None:
            tasks.start(self._take_back(fact_id, customer_id, where, line), owner=self)

        self._notices.offer_undo(tr("Filed under %(kind)s", kind=label(kind)), undo)

    async def _take_back(self, fact_id: str, customer_id: str, where: int, line: str) -> None:
        await tasks.in_thread(self._desk.remove(KindName.FACT, fact_id))
        if self.customer_id == customer_id:
            self._box.edit.put_back(where, line)
            self._box.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _succeeds(self, work: Awaitable[object]) -> bool:
        """Await `work`; say under the note what a person can put right, and that it failed."""
        try:
            await work
        except AgentDeskError as error:
            words = words_for(error)
            self._box.error.say(f"{words.what} {words.next_step}")
            return False
        self._box.error.say("")
        return True
