"""The rows of a section of the Sync screen: shown as they are read, page after page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Tone

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class RowRole(IntEnum):
    """`ROW` is the `SyncRow`."""

    ROW = int(Qt.ItemDataRole.UserRole) + 301


@dataclass(frozen=True, slots=True)
class SyncRow:
    """One thing as its row shows it; `item` is what the service told of it.

    `word` is a chip's text, "" for none. `fresh` rows have not been looked at yet.
    """

    key: str
    title: str
    item: object
    customer_id: str | None = None
    detail: str = ""
    time: str = ""
    word: str = ""
    glyph: Icon = Icon.NOTE
    tone: Tone = Tone.NEUTRAL
    fresh: bool = False


class RowsModel(QAbstractListModel):
    """Takes over what differs, so that views keep selection and place."""

    more_wanted = Signal()
    """The view has come near the end, and there is more to read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[SyncRow] = []
        self._more = False
        self._asked = False

    @property
    def rows(self) -> Sequence[SyncRow]:
        """What is loaded."""
        return self._rows

    def row_of(self, key: str) -> int:
        """Return where the thing with this key stands, or -1."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    def show_rows(self, rows: Sequence[SyncRow], *, more: bool = False) -> None:
        """Show `rows` in place of those before; `more` can be read after them."""
        self._more, self._asked = more, False
        wanted = list(rows)
        before = [row.key for row in self._rows]
        after = [row.key for row in wanted]
        changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        # From the end, so that what is still to be changed stands where it stood.
        for kind, first, last, begin, end in reversed(changes):
            if kind == "equal":
                self._take_over(first, wanted[begin:end])
            else:
                self._exchange(first, last, wanted[begin:end])

    def _take_over(self, first: int, rows: Sequence[SyncRow]) -> None:
        for at, row in enumerate(rows, first):
            if self._rows[at] != row:
                self._rows[at] = row
                self.dataChanged.emit(self.index(at), self.index(at))

    def _exchange(self, first: int, last: int, rows: Sequence[SyncRow]) -> None:
        if last > first:
            self.beginRemoveRows(_TOP, first, last - 1)
            del self._rows[first:last]
            self.endRemoveRows()
        if rows:
            self.beginInsertRows(_TOP, first, first + len(rows) - 1)
            self._rows[first:first] = rows
            self.endInsertRows()

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, _parent: Index) -> None:
        self._asked = True
        self.more_wanted.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the row, its title, or what a screen reader says."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == RowRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.title, row.word, row.detail, row.time) if part)
        return None
