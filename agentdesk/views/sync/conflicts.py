"""Conflicts: two people gave one thing two values; settled by one key each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QTimer

from agentdesk.errors import UserError
from agentdesk.i18n import mark, tr
from agentdesk.messages import words_for
from agentdesk.services.conflicts import Choice, ContestedField
from agentdesk.sync.protocol import Reason
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.icons import Icon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.views.sync import words
from agentdesk.views.sync.conflict_detail import ConflictDetail
from agentdesk.views.sync.parts import CONFLICTS, Parts
from agentdesk.views.sync.row_words import conflict_row
from agentdesk.views.sync.section import ListSection

KEEP_THEIRS = ActionSpec(
    "sync.keep-theirs", mark("Keep Central's value"), "1", CONFLICTS, "cloud-ok"
)
KEEP_MINE = ActionSpec("sync.keep-mine", mark("Keep my value"), "2", CONFLICTS, "person")
WRITE_ANEW = ActionSpec("sync.write-anew", mark("Write it anew"), "3", CONFLICTS, "edit")
KEEP_BOTH = ActionSpec("sync.keep-both", mark("Keep both notes"), "4", CONFLICTS, "copy")
OPEN = ActionSpec("sync.open-conflict", mark("Open on the Desk"), "Return", CONFLICTS, "desk")

_BUTTONS = {
    Reason.REMOVED: (mark("Leave it removed"), mark("Restore it with mine")),
    Reason.EDITED: (mark("Restore theirs"), mark("Leave it removed")),
}
_DONE = {
    Choice.THEIRS: mark("Central's value is kept."),
    Choice.MINE: mark("Your value is kept and sent."),
    Choice.ANEW: mark("What you wrote is kept and sent."),
    Choice.BOTH: mark("Both notes are kept."),
}
_DONE_REMOVED = {
    (Reason.REMOVED, Choice.THEIRS): mark("It stays removed."),
    (Reason.REMOVED, Choice.MINE): mark("It is restored with your change."),
    (Reason.EDITED, Choice.THEIRS): mark("It is restored as they left it."),
    (Reason.EDITED, Choice.MINE): mark("It stays removed."),
}


class ConflictSection(ListSection):
    """The oldest first; after each decision the next is chosen."""

    def __init__(self, parts: Parts) -> None:
        self._desk = parts.desk
        self.conflict = ConflictDetail(parts)
        empty = EmptyState(
            parts.themes,
            tr("Nothing is contested"),
            tr("When two people change the same thing, you decide here what holds."),
            glyph=Icon.GOOD,
        )
        super().__init__(parts, tr("Conflicts"), empty, self.conflict)
        self.list.setObjectName("sync_conflicts")
        self.conflict.written.connect(self._write)
        self.conflict.anew.left.connect(self.take_keyboard)
        self.conflict.editor_opened.connect(self._show_editor)
        self.chosen.connect(self._show_chosen)
        self._offer_actions(parts)

    def _offer_actions(self, parts: Parts) -> None:
        themes = parts.themes
        self.keep_theirs = Button(themes, tr("Keep Central's"))
        self.keep_mine = Button(themes, tr("Keep mine"))
        self.write = Button(themes, tr("Write anew…"))
        self.keep_both = Button(themes, tr("Keep both notes"))
        for spec, button, choice in (
            (KEEP_THEIRS, self.keep_theirs, Choice.THEIRS),
            (KEEP_MINE, self.keep_mine, Choice.MINE),
        ):
            can = partial(self._can, choice)
            self.offer(spec, button, partial(self._settle, choice), enabled=can)
        can_write = self.conflict.can_write
        self.offer(
            WRITE_ANEW,
            self.write,
            self.conflict.write_anew,
            enabled=lambda: self.item is not None and can_write(),
        )
        self.offer(
            KEEP_BOTH,
            self.keep_both,
            partial(self._settle, Choice.BOTH),
            enabled=partial(self._can, Choice.BOTH),
        )
        self.offer_open(OPEN)

    def show_conflicts(self, conflicts: Sequence[ContestedField], moment: datetime) -> None:
        """Show what is contested."""
        values = self._parts.values
        self.show_rows([conflict_row(found, moment, values) for found in conflicts])

    @property
    def item(self) -> ContestedField | None:
        """The conflict that is chosen."""
        found = self.row.item if self.row else None
        return found if isinstance(found, ContestedField) else None

    def _can(self, choice: Choice) -> bool:
        return self.item is not None and choice in self.item.choices

    def _show_chosen(self) -> None:
        if self.item is None:
            return
        self.conflict.show_conflict(self.item)
        usual = (mark("Keep Central's"), mark("Keep mine"))
        theirs, mine = _BUTTONS.get(Reason(self.item.reason), usual)
        self.keep_theirs.set_words(tr(theirs))
        self.keep_mine.set_words(tr(mine))

    def _show_editor(self) -> None:
        """Bring the whole editor into sight, once its place is known."""
        QTimer.singleShot(0, self, lambda: self.bring_into_sight(self.conflict.anew))

    # --- Deciding -----------------------------------------------------------------------------

    def _settle(self, choice: Choice) -> None:
        if self.item is not None:
            tasks.start(self._settle_conflict(self.item, choice), owner=self)

    async def _settle_conflict(self, item: ContestedField, choice: Choice) -> None:
        await tasks.in_thread(self._desk.settle_conflict(item.id, choice))
        self._tell_settled(item, choice)

    def _write(self, conflict_id: str, value: str) -> None:
        if self.item is not None and self.item.id == conflict_id:
            tasks.start(self._settle_anew(self.item, value), owner=self)

    async def _settle_anew(self, item: ContestedField, value: str) -> None:
        try:
            await tasks.in_thread(self._desk.settle_conflict(item.id, Choice.ANEW, value))
        except UserError as error:
            self.conflict.anew.show_error(words_for(error))
            return
        self.conflict.anew.forget()
        self._tell_settled(item, Choice.ANEW)
        self.take_keyboard()

    def _tell_settled(self, item: ContestedField, choice: Choice) -> None:
        done = _DONE_REMOVED.get((Reason(item.reason), choice), _DONE[choice])
        said = tr("%(what)s: %(done)s", what=words.contested_title(item), done=tr(done))
        self._parts.undoing.offer(said, partial(self._reopen, item))

    def _reopen(self, item: ContestedField) -> None:
        tasks.start(self._reopen_conflict(item), owner=self)

    async def _reopen_conflict(self, item: ContestedField) -> None:
        await tasks.in_thread(self._desk.reopen_conflict(item.id))
        self.choose_next(f"conflict:{item.id}")
