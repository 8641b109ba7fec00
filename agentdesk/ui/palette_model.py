"""What the command palette lists: sections of actions and people, as a model for its view."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from agentdesk.ui.icons import Icon
from agentdesk.ui.roles import PaletteRole, Ranges


@dataclass(frozen=True)
class PaletteItem:
    """One thing to go to or to do; `key` tells its section what was chosen.

    A person has `face_id` for the hue of the initials, an action an `icon` and a `shortcut` in
    Qt's portable form. `ranges` are the parts of `text` that match, `detail_ranges` of `detail`.
    """

    key: str
    text: str
    detail: str = ""
    icon: Icon | None = None
    face_id: str = ""
    shortcut: str = ""
    ranges: Ranges = ()
    detail_ranges: Ranges = ()


@dataclass(frozen=True)
class PaletteSection:
    """Items of one sort under a caption; `id` comes back with the choice.

    A section without items is left out, unless its caption alone says something (`always`).
    """

    id: str
    caption: str
    items: tuple[PaletteItem, ...]
    always: bool = False


Provider = Callable[[str], Awaitable[Sequence[PaletteSection]]]
"""Finds what fits the words typed so far, quickly and without raising for odd input."""


Further = Callable[[str], Awaitable[PaletteSection | None]]
"""Finds what takes longer, for a section at the end; None if there is nothing to say."""


class PaletteModel(QAbstractListModel):
    """Captions and items in one list; captions cannot be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str, PaletteItem | None]] = []

    def show_sections(self, sections: Sequence[PaletteSection]) -> None:
        """Show the answer to a new query."""
        self.beginResetModel()
        self._rows = []
        for section in sections:
            if section.items or section.always:
                self._rows.append((section.id, section.caption, None))
                self._rows.extend((section.id, section.caption, item) for item in section.items)
        self.endResetModel()

    def add_section(self, section: PaletteSection) -> None:
        """Put one more section at the end, without those of its items that are there already."""
        known = {item.key for _id, _caption, item in self._rows if item is not None}
        items = [item for item in section.items if item.key not in known]
        if not items and not section.always:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(items))
        self._rows.append((section.id, section.caption, None))
        self._rows.extend((section.id, section.caption, item) for item in items)
        self.endInsertRows()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the value for `role`; the display text is what a screen reader says."""
        if not index.isValid():
            return None
        _section, caption, item = self._rows[index.row()]
        if role == PaletteRole.ITEM:
            return item
        if role == PaletteRole.CAPTION:
            return caption
        if role == Qt.ItemDataRole.DisplayRole:
            return caption if item is None else item.text
        if role == Qt.ItemDataRole.AccessibleTextRole and item is not None:
            return f"{item.text}, {item.detail}" if item.detail else item.text
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """Return that items can be chosen and captions cannot."""
        if not index.isValid() or self._rows[index.row()][2] is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def section_of(self, row: int) -> str:
        """Return the id of the section that `row` belongs to."""
        return self._rows[row][0]

    def next_item(self, row: int, step: int) -> int:
        """Return the nearest row with an item from `row` on in the direction of `step`, or -1."""
        row += step
        while 0 <= row < len(self._rows):
            if self._rows[row][2] is not None:
                return row
            row += 1 if step > 0 else -1
        return -1
