"""The timeline as a model: rows under the headers of their days, loaded by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from agentdesk.domain.moments import now
from agentdesk.services.timeline import ItemKind, Position, TimelineItem, TimelinePage
from agentdesk.ui.roles import TimelineRole
from agentdesk.views import times
from agentdesk.views.desk.timeline_words import entry_of

Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class _Row:
    """A row of the list; `item` is None for the header of a day."""

    on: date
    item: TimelineItem | None = None
    values: dict[int, Any] | None = None

    @property
    def key(self) -> tuple[ItemKind, str] | date:
        return self.on if self.item is None else (self.item.kind, self.item.id)


class TimelineModel(QAbstractListModel):
    """Rows of one person, the latest first.

    Reloading changes only the rows that differ, so that views keep selection and place.
    """

    more_wanted = Signal()
    """The view has come near the end, and there is more to read."""

    def __init__(self, language: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._language = language
        self._rows: list[_Row] = []
        self._after: Position | None = None
        self._loading = False

    # --- What it holds --------------------------------------------------------------------------

    @property
    def after(self) -> Position | None:
        """Where the next page begins; None when everything is loaded."""
        return self._after

    @property
    def loaded(self) -> int:
        """How many rows are loaded, without the headers of days."""
        return sum(row.item is not None for row in self._rows)

    def is_day(self, row: int) -> bool:
        """Tell whether `row` is the header of a day."""
        return self._rows[row].item is None

    def item(self, row: int) -> TimelineItem | None:
        """Return what stands in `row`, None for the header of a day."""
        return self._rows[row].item if 0 <= row < len(self._rows) else None

    def row_of(self, kind: ItemKind, record_id: str) -> int:
        """Return the row of a record, or -1."""
        key = (kind, record_id)
        return next((n for n, row in enumerate(self._rows) if row.key == key), -1)

    # --- Filling it -----------------------------------------------------------------------------

    def use_language(self, language: str) -> None:
        """Show dates in the manner of `language` from the next page on."""
        self._language = language

    def show_page(self, page: TimelinePage) -> None:
        """Show the first page of another person or filter."""
        self.beginResetModel()
        self._rows = self._headed(page.items, None)
        self._after = page.after
        self._loading = False
        self.endResetModel()

    def append_page(self, page: TimelinePage) -> None:
        """Add the page that `more_wanted` asked for."""
        self._loading = False
        self._after = page.after
        last = self._rows[-1].on if self._rows else None
        added = self._headed(page.items, last)
        if added:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
            self._rows.extend(added)
            self.endInsertRows()

    def give_up_page(self) -> None:
        """Say that the page asked for could not be read; scrolling asks again."""
        self._loading = False

    def refresh(self, page: TimelinePage) -> None:
        """Take over the first rows as they are now; those behind them stay as they were."""
        items = list(page.items)
        if page.after is not None and items:
            last = (items[-1].at, items[-1].id)
            items += [
                row.item for row in self._rows if row.item and (row.item.at, row.item.id) < last
            ]
        if page.after is None or len(items) == len(page.items):
            self._after = page.after
        self._become(self._headed(items, None))

    def refresh_item(self, kind: ItemKind, record_id: str, found: TimelineItem | None) -> None:
        """Take over one row as it is now, or drop it."""
        row = self.row_of(kind, record_id)
        if row < 0:
            return
        if found is not None and found.id == record_id:
            self._rows[row] = _Row(self._rows[row].on, found)
            index = self.index(row)
            self.dataChanged.emit(index, index)
            return
        items = [r.item for n, r in enumerate(self._rows) if r.item is not None and n != row]
        self._become(self._headed(items, None))

    def before(self, row: int) -> TimelineItem | None:
        """Return the item above `row`, passing over the headers of days."""
        while row > 0:
            row -= 1
            found = self._rows[row].item
            if found is not None:
                return found
        return None

    def _headed(self, items: Sequence[TimelineItem], day: date | None) -> list[_Row]:
        rows = []
        for item in items:
            on = item.at.astimezone().date()
            if on != day:
                rows.append(_Row(on))
                day = on
            rows.append(_Row(on, item))
        return rows

    def _become(self, wanted: list[_Row]) -> None:
        """Turn the rows into `wanted` by one removal, one insertion and changes in place."""
        old, new = [row.key for row in self._rows], [row.key for row in wanted]
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        if len(old) > head + tail:
            self.beginRemoveRows(QModelIndex(), head, len(old) - tail - 1)
            del self._rows[head : len(old) - tail]
            self.endRemoveRows()
        if len(new) > head + tail:
            self.beginInsertRows(QModelIndex(), head, len(new) - tail - 1)
            self._rows[head:head] = wanted[head : len(new) - tail]
            self.endInsertRows()
        for n, row in enumerate(wanted):
            if self._rows[n].item != row.item:
                self._rows[n] = row
                self.dataChanged.emit(self.index(n), self.index(n))

    # --- What Qt asks ---------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._after is not None and not self._loading

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._loading = True
            self.more_wanted.emit()

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return that rows can be chosen and the headers of days cannot."""
        if not index.isValid() or self._rows[index.row()].item is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the value of a `TimelineRole`; the display text is what a screen reader says."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == TimelineRole.DAY or (row.item is None and role == Qt.ItemDataRole.DisplayRole):
            return times.day_header(row.on, self._language, now().astimezone().date())
        if row.item is None:
            return None
        if role == TimelineRole.TIME:
            return times.relative(row.item.at, now(), self._language)
        if row.values is None:
            row.values = self._values(row.item)
        return row.values.get(role)

    def _values(self, item: TimelineItem) -> dict[int, Any]:
        """Return what an entry shows by role, made once: painting asks for it each time."""
        entry = entry_of(item, now(), self._language)
        spoken = f"{entry.subject}. {entry.summary}" if entry.summary else entry.subject
        return {
            TimelineRole.ENTRY.value: entry,
            TimelineRole.ID.value: item.id,
            int(Qt.ItemDataRole.DisplayRole): spoken,
            int(Qt.ItemDataRole.AccessibleTextRole): spoken,
            int(Qt.ItemDataRole.ToolTipRole): times.exact(item.at, self._language),
        }
