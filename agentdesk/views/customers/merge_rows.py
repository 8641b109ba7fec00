"""What a merge keeps, row by row: fields of which one value stands, elements that stay or go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agentdesk.domain.entities import ContactPoint
from agentdesk.domain.kinds import KindName
from agentdesk.domain.labels import label
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.merging import MergeElement, MergeField, MergePreview, Side
from agentdesk.views.values import ValueWords, field_words

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_MOST_CHARS = 300


class MergeRole(IntEnum):
    """`ROW` is the `MergeRow`."""

    ROW = int(Qt.ItemDataRole.UserRole) + 341


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A row as it is shown. Of a field `kept` is a side; of an element it is its own side, or
    None once it is left out. `winner` and `loser` are the values in words.
    """

    caption: str
    winner: str
    loser: str
    item: MergeField | MergeElement
    kept: Side | None
    twin: bool = False

    @property
    def result(self) -> str:
        """What stands afterwards, in words."""
        if self.kept is None:
            return tr("left out")
        return self.winner if self.kept is Side.WINNER else self.loser


def rows_of(preview: MergePreview, values: ValueWords) -> list[MergeRow]:
    """Return the rows of a preview as they are before anybody chooses."""
    return [
        *(_field_row(field, values) for field in preview.fields),
        *(_element_row(element) for element in preview.elements if not _is_second(element)),
    ]


def _is_second(element: MergeElement) -> bool:
    """Tell whether the other one's row stands for it already: they say the same."""
    return element.twin is not None and element.side is Side.LOSER


def _field_row(field: MergeField, values: ValueWords) -> MergeRow:
    winner, loser = (
        values.of(KindName.CUSTOMER, field.name, value) for value in (field.winner, field.loser)
    )
    return MergeRow(field_words(field.name), winner, loser, field, field.usual)


def _element_row(element: MergeElement) -> MergeRow:
    record = element.record
    text = record.value if isinstance(record, ContactPoint) else record.text
    masked = not isinstance(record, ContactPoint) and record.sensitive
    shown = "•••" if masked else for_display(text, _MOST_CHARS)
    twin = element.twin is not None
    on_loser = shown if twin or element.side is Side.LOSER else ""
    on_winner = shown if element.side is Side.WINNER else ""
    return MergeRow(label(record.kind), on_winner, on_loser, element, element.side, twin)


class MergeModel(QAbstractListModel):
    """The rows; what is chosen changes one of them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[MergeRow] = []

    @property
    def rows(self) -> Sequence[MergeRow]:
        """All rows."""
        return self._rows

    def show_rows(self, rows: Sequence[MergeRow]) -> None:
        """Show another preview."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def choose(self, at: int, side: Side) -> None:
        """Keep this side's value of a field; of an element that stands there alone, keep it."""
        row = self._rows[at]
        if isinstance(row.item, MergeField):
            self._put(at, replace(row, kept=side))
        elif row.twin or row.item.side is side:
            self._put(at, replace(row, kept=row.item.side))

    def toggle(self, at: int) -> None:
        """Take the other value of a field; leave an element out, or keep it after all."""
        row = self._rows[at]
        if isinstance(row.item, MergeField):
            self.choose(at, Side.LOSER if row.kept is Side.WINNER else Side.WINNER)
        else:
            self._put(at, replace(row, kept=None if row.kept else row.item.side))

    @property
    def choices(self) -> Mapping[str, Side]:
        """Whose value of each field is kept."""
        return {
            row.item.name: row.kept
            for row in self._rows
            if isinstance(row.item, MergeField) and row.kept is not None
        }

    @property
    def left_out(self) -> tuple[tuple[KindName, str], ...]:
        """The elements that go, both of those that say the same."""
        out = []
        for row in self._rows:
            if isinstance(row.item, MergeElement) and row.kept is None:
                out.append((row.item.kind, row.item.record.id))
                if row.item.twin is not None:
                    out.append((row.item.kind, row.item.twin))
        return tuple(out)

    def _put(self, at: int, row: MergeRow) -> None:
        if row != self._rows[at]:
            self._rows[at] = row
            self.dataChanged.emit(self.index(at), self.index(at))

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the row, its caption, or what a screen reader says."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == MergeRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.caption
        if role == Qt.ItemDataRole.AccessibleTextRole:
            kept = tr("kept: %(value)s", value=row.result)
            return ", ".join(part for part in (row.caption, row.winner, row.loser, kept) if part)
        return None
