"""All customers as a list that loads by the page, or those that a search has found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from agentdesk.domain.found import Hit
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.browse import CustomerRow
from agentdesk.ui.roles import CustomerRole, Ranges
from agentdesk.views.customers.matches import (
    apart_ranges,
    matched_apart,
    name_ranges,
    reason,
    reason_ranges,
)

PAGE = 200
"""Rows that are read at a time."""

_CHARS = 200


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A row as it is shown; texts are plain and safe to paint."""

    id: str
    name: str
    number: str = ""
    e164: str = ""
    extension: str = ""
    why: str = ""
    badge: str = ""
    at_central: bool = False
    name_ranges: Ranges = ()
    number_ranges: Ranges = ()
    why_ranges: Ranges = ()


def listed(row: CustomerRow) -> ListedCustomer:
    """Return how a customer looks in the list of all."""
    where = " · ".join(part for part in (row.company, row.hometown) if part)
    return ListedCustomer(
        row.id,
        for_display(row.name, _CHARS),
        for_display(row.phone or "", 60),
        row.phone_e164 or "",
        row.phone_extension or "",
        for_display(where, _CHARS),
        tr("VIP") if row.vip else "",
    )


def found(hit: Hit) -> ListedCustomer:
    """Return how a customer looks whom a search has found."""
    return ListedCustomer(
        hit.id,
        for_display(hit.name, _CHARS),
        matched_apart(hit),
        why=for_display(reason(hit), _CHARS),
        badge=tr("At Central") if hit.at_central else "",
        at_central=hit.at_central,
        name_ranges=name_ranges(hit),
        number_ranges=apart_ranges(hit),
        why_ranges=reason_ranges(hit),
    )


_ROLES: dict[int, str] = {
    CustomerRole.ID: "id",
    CustomerRole.NAME: "name",
    CustomerRole.NUMBER: "number",
    CustomerRole.WHY: "why",
    CustomerRole.BADGE: "badge",
    CustomerRole.NAME_RANGES: "name_ranges",
    CustomerRole.NUMBER_RANGES: "number_ranges",
    CustomerRole.WHY_RANGES: "why_ranges",
    int(Qt.ItemDataRole.DisplayRole): "name",
}


class CustomerListModel(QAbstractListModel):
    """Holds the rows read so far and asks for the next page when the view comes near the end.

    Whoever owns it answers `page_wanted` with `add_page`, and a page shorter than `PAGE` ends it.
    """

    page_wanted = Signal()
    """The rows behind `last_key` are to be read and added."""

    def __init__(
        self,
        shown_number: Callable[[ListedCustomer], str] = lambda row: row.number,
        parent: QObject | None = None,
    ) -> None:
        """Make the model; `shown_number` writes a row's number in the viewer's manner."""
        super().__init__(parent)
        self._shown_number = shown_number
        self._rows: list[ListedCustomer] = []
        self._last_key: tuple[str, str] | None = None
        self._more = False
        self._asked = False

    @property
    def last_key(self) -> tuple[str, str] | None:
        """Sort name and id of the last row read; None for none."""
        return self._last_key

    def show_all(self, rows: Sequence[CustomerRow], *, asked: int) -> None:
        """Begin the list of all anew with its first rows, of which `asked` were asked for.

        Rows that stay in their places only change; anything else is a new list.
        """
        fresh = [listed(row) for row in rows]
        self._last_key = (rows[-1].sort_name, rows[-1].id) if rows else None
        self._more, self._asked = len(rows) == asked, False
        if [row.id for row in fresh] == [row.id for row in self._rows]:
            self._change(fresh)
        else:
            self._replace(fresh)

    def add_page(self, rows: Sequence[CustomerRow]) -> None:
        """Put the page that was wanted at the end."""
        self._asked = False
        self._more = len(rows) == PAGE
        if not rows:
            return
        self._last_key = (rows[-1].sort_name, rows[-1].id)
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows.extend(listed(row) for row in rows)
        self.endInsertRows()

    def show_found(self, hits: Sequence[Hit]) -> None:
        """Show whom a search has found."""
        self._last_key, self._more, self._asked = None, False, False
        self._replace([found(hit) for hit in hits])

    def add_found(self, hits: Sequence[Hit]) -> None:
        """Put further ones behind those a search has found."""
        known = {row.id for row in self._rows}
        fresh = [found(hit) for hit in hits if hit.id not in known]
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows.extend(fresh)
            self.endInsertRows()

    def numbers_changed(self) -> None:
        """Write the numbers anew, after the viewer chose another manner."""
        if self._rows:
            last = self.index(len(self._rows) - 1)
            self.dataChanged.emit(self.index(0), last, [int(CustomerRole.NUMBER)])

    def row_of(self, customer_id: str) -> int:
        """Return where a customer stands, or -1 if not among the rows read so far."""
        return next((n for n, row in enumerate(self._rows) if row.id == customer_id), -1)

    def name_of(self, row: int) -> str:
        """Return the name in `row`."""
        return self._rows[row].name

    def id_of(self, row: int) -> str:
        """Return the id of the customer in `row`."""
        return self._rows[row].id

    def is_at_central(self, row: int) -> bool:
        """Tell whether only Central has the customer in `row`."""
        return self._rows[row].at_central

    def _replace(self, rows: list[ListedCustomer]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def _change(self, rows: list[ListedCustomer]) -> None:
        before, self._rows = self._rows, rows
        for n, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(n), self.index(n))

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the value for a `CustomerRole`; a screen reader hears the whole row."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.name, row.badge, row.number, row.why) if part)
        if role == CustomerRole.NUMBER:
            return self._shown_number(row)
        name = _ROLES.get(role)
        return None if name is None else getattr(row, name)

    def canFetchMore(self, parent: QModelIndex | QPersistentModelIndex) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: QModelIndex | QPersistentModelIndex) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.page_wanted.emit()
