"""Merged: what Central put together by its rules without asking, with the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from agentdesk.i18n import mark, tr
from agentdesk.services.merged import MergedField
from agentdesk.sync.protocol import Reason
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.views.sync import words
from agentdesk.views.sync.merged_detail import MergedDetail
from agentdesk.views.sync.parts import MERGED, Parts
from agentdesk.views.sync.row_words import merged_row
from agentdesk.views.sync.section import ListSection

TAKE_THEIRS = ActionSpec("sync.merged-theirs", mark("Put theirs back"), "1", MERGED, "undo")
TAKE_MINE = ActionSpec("sync.merged-mine", mark("Put mine back"), "2", MERGED, "undo")
SEEN = ActionSpec("sync.merged-seen", mark("Mark as seen"), "S", MERGED, "good")
ALL_SEEN = ActionSpec("sync.merged-all-seen", mark("Mark all as seen"), "Shift+S", MERGED, "good")
OPEN = ActionSpec("sync.open-merged", mark("Open on the Desk"), "Return", MERGED, "desk")


class MergedSection(ListSection):
    """The newest first; it leaves the list once it is marked as seen, and stays in history."""

    def __init__(self, parts: Parts) -> None:
        self._desk = parts.desk
        self.merged = MergedDetail(parts)
        empty = EmptyState(
            parts.themes,
            tr("Nothing was merged without you"),
            tr("When Central puts two people's changes together by itself, it tells you here."),
            glyph=Icon.GOOD,
        )
        super().__init__(parts, tr("What was merged"), empty, self.merged)
        self.list.setObjectName("sync_merged")
        self.chosen.connect(self._show_chosen)
        self._offer_actions(parts)

    def _offer_actions(self, parts: Parts) -> None:
        themes = parts.themes
        self.take_theirs = Button(themes, tr("Put theirs back"))
        self.take_mine = Button(themes, tr("Put mine back"))
        self.seen = Button(themes, tr("Mark as seen"))
        self.all_seen = Button(themes, tr("Mark all as seen"))
        offer = self.offer
        offer(TAKE_THEIRS, self.take_theirs, partial(self._undo, False), enabled=self._not_theirs)
        offer(TAKE_MINE, self.take_mine, partial(self._undo, True), enabled=self._not_mine)
        offer(SEEN, self.seen, self._mark_seen, enabled=self._some)
        offer(ALL_SEEN, self.all_seen, self._mark_all_seen, enabled=self._several)
        self.offer_open(OPEN)

    def show_merged(self, merged: Sequence[MergedField], moment: datetime) -> None:
        """Show what was merged."""
        values = self._parts.values
        self.show_rows([merged_row(found, moment, values) for found in merged])

    @property
    def item(self) -> MergedField | None:
        """What is chosen."""
        found = self.row.item if self.row else None
        return found if isinstance(found, MergedField) else None

    def _some(self) -> bool:
        return self.item is not None

    def _several(self) -> bool:
        return self.model.rowCount() > 1

    def _not_theirs(self) -> bool:
        item = self.item
        if item is None or not item.can_undo:
            return False
        return item.reason in (Reason.TEXT_MERGED, Reason.REDIRECTED) or item.stands != item.theirs

    def _not_mine(self) -> bool:
        item = self.item
        if item is None or not item.can_undo or item.reason == Reason.REDIRECTED:
            return False
        return item.reason == Reason.TEXT_MERGED or item.stands != item.mine

    def _show_chosen(self) -> None:
        item = self.item
        if item is None:
            return
        self.merged.show_merged(item)
        redirected = item.reason == Reason.REDIRECTED
        back = tr("Take it away from them") if redirected else tr("Put theirs back")
        self.take_theirs.set_words(back)

    # --- Deciding -----------------------------------------------------------------------------

    def _undo(self, mine: bool) -> None:
        if self.item is not None:
            tasks.start(self._undo_merged(self.item, mine), owner=self)

    async def _undo_merged(self, item: MergedField, mine: bool) -> None:
        await tasks.in_thread(self._desk.undo_merged(item.id, mine=mine))
        title = words.merged_title(item)
        done = tr("Your value is put back.") if mine else tr("Their value is put back.")
        self._parts.notices.say(tr("%(what)s: %(done)s", what=title, done=done))

    def _mark_seen(self) -> None:
        if self.item is not None:
            tasks.start(self._dismiss([self.item.id]), owner=self)

    def _mark_all_seen(self) -> None:
        tasks.start(self._dismiss(None), owner=self)

    async def _dismiss(self, ids: list[str] | None) -> None:
        await tasks.in_thread(self._desk.dismiss_merged(ids))
