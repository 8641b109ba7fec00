"""Tables and lists as this program shows them: calm, by the row, without a grid."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QTableView, QWidget

from agentdesk.ui.theme import Size, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch


class Table(QTableView):
    """A table of rows that are chosen whole; the last column takes what is left."""

    def __init__(self, themes: ThemeSwitch, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT, tabular=True))
        self.horizontalHeader().setFont(theme.font(TextRole.CAPTION))
        self.verticalHeader().setDefaultSectionSize(theme.px(Size.CONTROL))


class RowList(QListView):
    """A list of rows that a delegate paints; the ring of the focus is the row's."""

    def __init__(self, themes: ThemeSwitch, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setProperty("rows", "own")
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self.setFont(theme.font(TextRole.TEXT))
        self.verticalScrollBar().setSingleStep(theme.px(Size.ROW_TWO_LINES) // 2)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model() is not None:
            self.setCurrentIndex(self.model().index(0, 0))
