"""The page of shortcuts: every action with its keys, as they are declared."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.actions import ActionEntry, Actions
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.tables import Table

_ROWS_SHOWN = 12


class ShortcutsModel(QAbstractTableModel):
    """Actions by where they work, each with its keys."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[ActionEntry] = []

    def show_entries(self, entries: list[ActionEntry]) -> None:
        """Show these actions, those that work everywhere first."""
        order = list(dict.fromkeys(entry.context for entry in entries))
        self.beginResetModel()
        self._entries = sorted(entries, key=lambda entry: order.index(entry.context))
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else 3

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return keys, action or place in words."""
        if not index.isValid() or role != Qt.ItemDataRole.DisplayRole:
            return None
        entry = self._entries[index.row()]
        return (entry.text, entry.shortcut, entry.context)[index.column()]

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the caption of a column."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (tr("Action"), tr("Keys"), tr("Where"))[section]


class ShortcutsTable(Table):
    """The shortcuts of a window, read anew each time they are shown."""

    def __init__(
        self, themes: ThemeSwitch, actions: Actions, parent: QWidget | None = None
    ) -> None:
        self._actions = actions
        super().__init__(themes, tr("Shortcuts"), parent)
        self.setObjectName("shortcuts")
        self._model = ShortcutsModel(self)
        self.setModel(self._model)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        themes.follow(self._follow_theme)

    def refresh(self) -> None:
        """Read the actions again."""
        self._model.show_entries(self._actions.entries())

    def _follow_theme(self, theme: Theme) -> None:
        row = self.verticalHeader().defaultSectionSize()
        self.setMinimumHeight(row * _ROWS_SHOWN)
        self.horizontalHeader().setMinimumSectionSize(theme.px(Space.XXL) * 3)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
