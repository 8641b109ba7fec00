"""What is contested, what was refused and what waits, in one list under three captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agentdesk.domain.names import for_display
from agentdesk.i18n import tr, trn
from agentdesk.services.conflicts import ContestedField
from agentdesk.services.queue import Queue, QueuedEdit
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Tone
from agentdesk.views.sync import words


class QueueRole(IntEnum):
    """`ROW` is the `QueueRow`."""

    ROW = int(Qt.ItemDataRole.UserRole) + 301


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A caption (`item` is None) or one thing of the queue as its row shows it."""

    key: str
    title: str
    detail: str = ""
    time: str = ""
    glyph: Icon = Icon.NOTE
    tone: Tone = Tone.NEUTRAL
    item: QueuedEdit | ContestedField | None = None


class QueueModel(QAbstractListModel):
    """Holds at most what the service reads at once; captions cannot be chosen."""

    def __init__(self, language: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self._rows: list[QueueRow] = []

    def show_queue(self, queue: Queue, pending: int, moment: datetime) -> None:
        """Show `queue`; `pending` is how many wait in all, of which the oldest are listed."""
        rows = [
            *self._section("conflicts", [self._conflict(c, moment) for c in queue.conflicts]),
            *self._section("attention", [self._refused(e, moment) for e in queue.attention]),
            *self._section("waiting", [self._waiting(e, moment) for e in queue.waiting], pending),
        ]
        if [row.key for row in rows] != [row.key for row in self._rows]:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        before, self._rows = self._rows, rows
        for at, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(at), self.index(at))

    def row_of(self, key: str) -> int:
        """Return where the thing with this key stands, or -1."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def first_item(self, near: int = 0) -> int:
        """Return the row of the thing nearest to `near`, or -1 if there is none."""
        items = [at for at, row in enumerate(self._rows) if row.item is not None]
        return min(items, key=lambda at: abs(at - near), default=-1)

    def _section(
        self, name: str, rows: Sequence[QueueRow], in_all: int | None = None
    ) -> list[QueueRow]:
        if not rows:
            return []
        n = max(len(rows), in_all or 0)
        caption = {
            "conflicts": trn("%(n)d to decide", "%(n)d to decide", n),
            "attention": trn("%(n)d refused by Central", "%(n)d refused by Central", n),
            "waiting": trn("%(n)d waiting for Central", "%(n)d waiting for Central", n),
        }[name]
        if n > len(rows):
            shown = trn("the oldest %(n)d shown", "the oldest %(n)d shown", len(rows))
            caption = f"{caption} · {shown}"
        return [QueueRow(f"caption:{name}", caption), *rows]

    def _conflict(self, contested: ContestedField, moment: datetime) -> QueueRow:
        name = contested.customer_name or tr("an unknown caller")
        by = contested.their_author or tr("somebody else")
        when = contested.changed_at
        return QueueRow(
            f"conflict:{contested.id}",
            tr(
                "%(field)s of %(name)s",
                field=words.field_words(contested.field),
                name=for_display(name, 120),
            ),
            tr("You and %(author)s both changed it", author=for_display(by, 80)),
            words.stamp(when, moment, self._language) if when else "",
            words.kind_icon(contested.kind),
            Tone.WARN,
            contested,
        )

    def _refused(self, edit: QueuedEdit, moment: datetime) -> QueueRow:
        return self._edit(edit, moment, Tone.DANGER)

    def _waiting(self, edit: QueuedEdit, moment: datetime) -> QueueRow:
        return self._edit(edit, moment, Tone.NEUTRAL)

    def _edit(self, edit: QueuedEdit, moment: datetime, tone: Tone) -> QueueRow:
        return QueueRow(
            f"edit:{edit.n}:{tone.value}",
            words.title(edit),
            words.gist(edit, self._language),
            words.stamp(edit.made_at, moment, self._language),
            words.kind_icon(edit.kind),
            tone,
            edit,
        )

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the row, its title, or what a screen reader says."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == QueueRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.title, row.detail, row.time) if part)
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """Return that things can be chosen and captions cannot."""
        if not index.isValid() or self._rows[index.row()].item is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
