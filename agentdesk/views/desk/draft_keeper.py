"""Keeps what is being typed: on the disk moments after the last key, one draft per person."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from agentdesk.domain.draft import Draft
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks

PAUSE_MS = 300
"""After so long without a key the draft is saved."""
LONGEST_MS = 1500
"""After so long it is saved although somebody goes on typing."""


class DraftKeeper(QObject):
    """Saves the text of the draft that is open; says so only when it is on the disk."""

    keeping = Signal()
    """Something was typed that is not on the disk yet."""
    kept = Signal()
    """Everything typed so far is on the disk."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: Draft | None = None
        self._began_empty = True
        self._latest: dict[str, Draft] = {}
        self._unsaved: set[str] = set()
        self._since = QElapsedTimer()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.flush)

    @property
    def draft(self) -> Draft | None:
        """The draft that is open."""
        return self._draft

    def open_draft(self, draft_id: str, stored: Draft | None, **about: str | None) -> str:
        """Go on with a draft and return its text; what was typed last in this window wins.

        `about` is what `Draft` says besides: `customer_id`, `call_id`.
        """
        self.flush()
        known = self._latest.get(draft_id)
        text = known.text if known is not None else stored.text if stored is not None else ""
        self._draft = Draft(id=draft_id, text=text, **about)
        self._latest[draft_id] = self._draft
        self._began_empty = not text.strip()
        return text

    def typed(self, text: str) -> None:
        """Take the whole text of the note box after a key."""
        if self._draft is None or text == self._draft.text:
            return
        draft = Draft(
            id=self._draft.id,
            text=text,
            customer_id=self._draft.customer_id,
            call_id=self._draft.call_id,
        )
        self._draft = self._latest[draft.id] = draft
        if not self._unsaved:
            self._since.start()
        self._unsaved.add(draft.id)
        self.keeping.emit()
        if self._since.elapsed() >= LONGEST_MS:
            self.flush()
        else:
            self._pause.start(PAUSE_MS)

    def flush(self) -> None:
        """Hand what is unsaved to the writer now."""
        self._pause.stop()
        unsaved, self._unsaved = self._unsaved, set()
        for draft_id in unsaved:
            tasks.start(self._save(self._latest[draft_id]), owner=self)

    @property
    def began_empty(self) -> bool:
        """Whether all that stands there was typed since the draft was opened."""
        return self._began_empty

    def move(self, draft_id: str, stored: Draft | None, **about: str | None) -> None:
        """Make the open draft another person's or call's; `about` as in `open_draft`.

        What is drafted there already stands before it.
        """
        if self._draft is None or self._draft.id == draft_id:
            return
        text, old = self._draft.text, self._draft.id
        known = self._latest.get(draft_id, stored)
        if known is not None and text.strip() and known.text.rstrip().endswith(text.strip()):
            # It has arrived there already, as with a customer who was merged.
            text = known.text
        elif known is not None and known.text.strip():
            text = f"{known.text.rstrip()}\n{text}" if text.strip() else known.text
        self._draft = Draft(id=draft_id, text="", **about)
        self.typed(text)
        self.flush()
        self.forget(old)
        tasks.start(self._save(Draft(id=old, text="")), owner=self)

    def forget(self, draft_id: str) -> None:
        """The text of this draft has become a note; nothing of it is to be saved any more."""
        self._unsaved.discard(draft_id)
        known = self._latest.pop(draft_id, None)
        if known is not None and self._draft is not None and self._draft.id == draft_id:
            self._draft = Draft(
                id=draft_id, text="", customer_id=known.customer_id, call_id=known.call_id
            )
            self._latest[draft_id] = self._draft

    async def finish(self) -> None:
        """Save what is unsaved and return once it is on the disk."""
        self._pause.stop()
        unsaved, self._unsaved = self._unsaved, set()
        for draft_id in unsaved:
            await self._save(self._latest[draft_id])

    async def _save(self, draft: Draft) -> None:
        try:
            await tasks.in_thread(self._desk.save_draft(draft))
        except BaseException:
            if draft.id in self._latest:
                self._unsaved.add(draft.id)
            raise
        if not self._unsaved and self._latest.get(draft.id) is draft:
            self.kept.emit()
