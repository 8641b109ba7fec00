"""Refused: what Central did not take, why in words, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from agentdesk.i18n import mark, tr
from agentdesk.services.queue import QueuedEdit
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.views.sync import words
from agentdesk.views.sync.edit_detail import EditDetail
from agentdesk.views.sync.parts import REFUSED, Parts
from agentdesk.views.sync.refusal_words import can_retry, refusal_words
from agentdesk.views.sync.row_words import edit_row
from agentdesk.views.sync.section import ListSection

RETRY = ActionSpec("sync.retry", mark("Try the refused edit again"), "R", REFUSED, "sync")
COPY = ActionSpec("sync.copy", mark("Copy text of the edit"), "Ctrl+C", REFUSED, "copy")
HAND_OVER = ActionSpec("sync.hand-over", mark("Hand over to the leads"), "H", REFUSED, "people")
DISCARD = ActionSpec("sync.discard", mark("Discard the refused edit"), "Del", REFUSED, "remove")
OPEN = ActionSpec("sync.open", mark("Open on the Desk"), "Return", REFUSED, "desk")


class RefusedSection(ListSection):
    """The oldest first; nothing leaves here without a person's decision."""

    def __init__(self, parts: Parts) -> None:
        self._desk = parts.desk
        self.edit = EditDetail(parts)
        empty = EmptyState(
            parts.themes,
            tr("Central has refused nothing"),
            tr("What it refuses stays here with the reason, until you decide."),
            glyph=Icon.GOOD,
        )
        super().__init__(parts, tr("What Central refused"), empty, self.edit)
        self.list.setObjectName("sync_refused")
        self.chosen.connect(self._show_chosen)
        self._offer_actions(parts)

    def _offer_actions(self, parts: Parts) -> None:
        themes, some = parts.themes, self._some
        self.retry = Button(themes, tr("Try again"))
        self.copy = Button(themes, tr("Copy text"))
        self.hand_over = Button(themes, tr("Hand over to the leads"))
        self.discard = Button(themes, tr("Discard"), ButtonKind.DANGER)
        self.offer(RETRY, self.retry, self._retry, enabled=self._can_retry)
        self.offer(COPY, self.copy, self._copy, enabled=self._says_something, in_list=True)
        self.offer(HAND_OVER, self.hand_over, self._hand_over, enabled=some)
        self.offer(DISCARD, self.discard, self._discard, enabled=some)
        self.offer_open(OPEN)

    def show_edits(self, edits: Sequence[QueuedEdit], moment: datetime) -> None:
        """Show what was refused."""
        values = self._parts.values
        self.show_rows([edit_row(edit, moment, values, refused=True) for edit in edits])

    @property
    def item(self) -> QueuedEdit | None:
        """The edit that is chosen."""
        found = self.row.item if self.row else None
        return found if isinstance(found, QueuedEdit) else None

    def _some(self) -> bool:
        return self.item is not None

    def _can_retry(self) -> bool:
        return self.item is not None and can_retry(self.item)

    def _says_something(self) -> bool:
        return self.item is not None and bool(self.edit.text.text)

    def _show_chosen(self) -> None:
        if self.item is not None:
            self.edit.show_edit(self.item, refusal_words(self.item))

    # --- Deciding -----------------------------------------------------------------------------

    def _copy(self) -> None:
        if self.edit.copy_text():
            self._parts.notices.say(tr("Copied."))

    def _retry(self) -> None:
        if self.item is not None:
            tasks.start(self._retry_refused(self.item), owner=self)

    async def _retry_refused(self, item: QueuedEdit) -> None:
        await tasks.in_thread(self._desk.retry_refused(item.n))
        self._say(item, tr("it is sent again."))

    def _hand_over(self) -> None:
        if self.item is not None:
            tasks.start(self._hand_over_refused(self.item), owner=self)

    async def _hand_over_refused(self, item: QueuedEdit) -> None:
        said = "\n".join(part for part in (words.title(item), self.edit.text.text) if part)
        await tasks.in_thread(self._desk.hand_over(item.n, said))
        self._say(item, tr("the leads are asked, and a note tells of it."))

    def _discard(self) -> None:
        if self.item is not None:
            tasks.start(self._discard_refused(self.item), owner=self)

    async def _discard_refused(self, item: QueuedEdit) -> None:
        await tasks.in_thread(self._desk.discard_refused(item.n))
        words_ = tr("%(what)s: %(done)s", what=words.title(item), done=tr("it is discarded."))
        self._parts.undoing.offer(words_, partial(self._keep, item))

    def _keep(self, item: QueuedEdit) -> None:
        tasks.start(self._keep_refused(item), owner=self)

    async def _keep_refused(self, item: QueuedEdit) -> None:
        await tasks.in_thread(self._desk.keep_refused(item.n))
        self.choose_next(f"edit:{item.n}")

    def _say(self, item: QueuedEdit, done: str) -> None:
        self._parts.notices.say(tr("%(what)s: %(done)s", what=words.title(item), done=done))
