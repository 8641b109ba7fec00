"""The list of the timeline: rows of two heights and one open row, quick at 100,000 rows."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from agentdesk.i18n import tr
from agentdesk.ui.delegates.sticky import StickyDay
from agentdesk.ui.delegates.timeline import TimelineDelegate
from agentdesk.ui.theme import Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.tables import RowList
from agentdesk.views.desk.timeline_model import Index, TimelineModel

_PREFETCH_PAGES = 3


class TimelineView(RowList):
    """Lays rows out by itself: Qt's list asks a delegate for the height of every row it holds.

    Where rows begin is kept as running sums, so a page costs as much on row 100,000 as on the
    first. The open row is followed by `detail`, a widget that the screen gives.
    """

    opened = Signal(QModelIndex)
    """The row is to be opened, or closed if it is open."""
    closed = Signal()
    """The open row is closed."""

    def __init__(
        self, themes: ThemeSwitch, model: TimelineModel, parent: QWidget | None = None
    ) -> None:
        self._tops: list[int] = [0]
        self._heights = (1, 1)
        self._open = QPersistentModelIndex()
        self._extra = 0
        self._hovered = -1
        self._anchor: tuple[QPersistentModelIndex, int] | None = None
        self._detail: QWidget | None = None
        self._sticky: StickyDay | None = None
        self._timeline = model
        super().__init__(themes, tr("Timeline"), parent)
        self._delegate = TimelineDelegate(themes, self)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        model.rowsAboutToBeInserted.connect(self._keep_place)
        model.rowsAboutToBeRemoved.connect(self._keep_place)
        model.rowsRemoved.connect(self.doItemsLayout)
        self._sticky = StickyDay(themes, self)
        self.verticalScrollBar().valueChanged.connect(self._fetch_ahead)
        self.activated.connect(self.opened)
        themes.follow(self._measure)

    # --- The open row ---------------------------------------------------------------------------

    def set_detail(self, detail: QWidget) -> None:
        """Show `detail` under the open row; it becomes a child of the rows' area."""
        self._detail = detail
        detail.setParent(self.viewport())
        detail.hide()
        if self._sticky is not None:
            self._sticky.raise_()

    @property
    def open_index(self) -> QModelIndex:
        """The open row, invalid when none is."""
        return self._timeline.index(self._open.row()) if self._open.isValid() else QModelIndex()

    def open_row(self, index: QModelIndex, height_px: int) -> None:
        """Open `index` with `height_px` for its detail."""
        self._open = QPersistentModelIndex(index)
        self._extra = height_px
        self.updateGeometries()
        if self._detail is not None:
            self._detail.show()
        self._place_detail()
        self.scrollTo(index)
        self.viewport().update()

    def set_detail_height(self, height_px: int) -> None:
        """Give the detail of the open row another height."""
        if self._open.isValid() and height_px != self._extra:
            self._extra = height_px
            self.updateGeometries()
            self._place_detail()
            self.viewport().update()

    def close_row(self) -> None:
        """Close the open row, if any."""
        if self._detail is not None:
            focus = QApplication.focusWidget()
            had_focus = focus is not None and self._detail.isAncestorOf(focus)
            self._detail.hide()
            if had_focus:
                self.setFocus(Qt.FocusReason.OtherFocusReason)
        was_open = self._open.isValid() or self._extra > 0
        self._open = QPersistentModelIndex()
        self._extra = 0
        self.updateGeometries()
        self.viewport().update()
        if was_open:
            self.closed.emit()

    def detail_left(self) -> int:
        """Return where text begins in a row, so that the detail stands under it, in px."""
        return self._delegate.text_left

    def _place_detail(self) -> None:
        if self._detail is None or not self._open.isValid():
            return
        rect = self.visualRect(self._open)
        top = rect.bottom() + 1 - self._extra
        self._detail.setGeometry(0, top, self.viewport().width(), self._extra - 1)

    # --- Geometry -------------------------------------------------------------------------------

    def _measure(self, _theme: Theme) -> None:
        self._heights = self._delegate.row_heights()
        self.doItemsLayout()

    def doItemsLayout(self) -> None:  # noqa: N802 - Qt's name
        """Sum the heights up anew."""
        self._tops = [0]
        self._extend()
        if not self._open.isValid() and self._extra:
            self.close_row()
        super(QListView, self).doItemsLayout()
        self._restore_place()
        self._place_detail()
        if self._sticky is not None:
            self._sticky.update_day()
        self.viewport().update()

    def _extend(self) -> None:
        day, entry = self._heights
        is_day, tops = self._timeline.is_day, self._tops
        top = tops[-1]
        for row in range(len(tops) - 1, self._timeline.rowCount()):
            top += day if is_day(row) else entry
            tops.append(top)

    def _top(self, row: int) -> int:
        extra = self._extra if self._open.isValid() and row > self._open.row() else 0
        return self._tops[row] + extra

    def _row_at(self, y: int) -> int:
        """Return the row at `y` px from the top of all rows, or the count of rows behind them."""
        if self._open.isValid():
            under = self._tops[self._open.row() + 1]
            if under <= y < under + self._extra:
                return self._open.row()
            if y >= under + self._extra:
                y -= self._extra
        return bisect_right(self._tops, max(y, 0)) - 1

    def visualRect(self, index: Index) -> QRect:  # noqa: N802 - Qt's name
        """Return where the row stands in the viewport, with its detail if it is open."""
        row = index.row()
        if not index.isValid() or row + 1 >= len(self._tops):
            return QRect()
        height = self._tops[row + 1] - self._tops[row]
        if self._open.isValid() and row == self._open.row():
            height += self._extra
        top = self._top(row) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), height)

    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802 - Qt's name
        """Return the row at a point of the viewport."""
        row = self._row_at(point.y() + self.verticalOffset())
        return self.model().index(row, 0) if row < len(self._tops) - 1 else QModelIndex()

    def verticalOffset(self) -> int:  # noqa: N802 - Qt's name
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:  # noqa: N802 - Qt's name
        return 0

    def isIndexHidden(self, index: Index) -> bool:  # noqa: ARG002, N802 - Qt's name
        return False

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        """Give the scroll bar its range."""
        bar = self.verticalScrollBar()
        room = self.viewport().height()
        bar.setRange(0, max(self._tops[-1] + self._extra - room, 0))
        bar.setPageStep(room)
        bar.setSingleStep(max(self._heights[1] // 2, 1))
        super(QListView, self).updateGeometries()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802 - Qt's name
        self._place_detail()
        self.viewport().update()

    def scrollTo(  # noqa: N802 - Qt's name
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Scroll so that the row is seen whole, and not under the day that stays on top."""
        rect = self.visualRect(index)
        if rect.isNull():
            return
        bar, cover = self.verticalScrollBar(), self._heights[0]
        if rect.top() < cover or hint == QAbstractItemView.ScrollHint.PositionAtTop:
            bar.setValue(bar.value() + rect.top() - cover)
        elif rect.bottom() > self.viewport().height():
            beyond = rect.bottom() - self.viewport().height() + 1
            bar.setValue(bar.value() + min(beyond, rect.top() - cover))

    def _keep_place(self) -> None:
        """Remember the first row in sight, unless it is the very first."""
        index = self.indexAt(QPoint(1, 0))
        if self.verticalOffset() > 0 and index.isValid():
            self._anchor = (QPersistentModelIndex(index), self.visualRect(index).top())

    def _restore_place(self) -> None:
        anchor, self._anchor = self._anchor, None
        if anchor is not None and anchor[0].isValid():
            self.verticalScrollBar().setValue(self._top(anchor[0].row()) - anchor[1])

    def _fetch_ahead(self, value: int) -> None:
        bar = self.verticalScrollBar()
        root = QModelIndex()
        near = value > bar.maximum() - _PREFETCH_PAGES * max(bar.pageStep(), 1)
        if near and self._timeline.canFetchMore(root):
            self._timeline.fetchMore(root)

    # --- What the model tells -------------------------------------------------------------------

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:  # noqa: N802
        super(QListView, self).rowsInserted(parent, start, end)
        if start == len(self._tops) - 1:
            self._anchor = None
            self._extend()
            self.updateGeometries()
            self.viewport().update()
        else:
            self.doItemsLayout()

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:  # noqa: N802
        if self._open.isValid() and start <= self._open.row() <= end:
            self.close_row()
        super(QListView, self).rowsAboutToBeRemoved(parent, start, end)

    def reset(self) -> None:
        """Begin anew with what the model holds."""
        if self._extra or (self._detail is not None and not self._detail.isHidden()):
            self.close_row()
        self._anchor = None
        super(QListView, self).reset()
        self.doItemsLayout()
        self.verticalScrollBar().setValue(0)

    # --- Keys and mouse -------------------------------------------------------------------------

    def moveCursor(  # noqa: N802 - Qt's name
        self,
        action: QAbstractItemView.CursorAction,
        _modifiers: Qt.KeyboardModifier,
    ) -> QModelIndex:
        """Return the row that a key leads to; headers of days are passed over."""
        kinds = QAbstractItemView.CursorAction
        count = self._timeline.rowCount()
        current = self.currentIndex().row()
        page = max(self.viewport().height() // max(self._heights[1], 1) - 1, 1)
        match action:
            case kinds.MoveDown | kinds.MoveNext | kinds.MoveRight:
                row, step = current + 1, 1
            case kinds.MoveUp | kinds.MovePrevious | kinds.MoveLeft:
                row, step = current - 1, -1
            case kinds.MoveHome:
                row, step = 0, 1
            case kinds.MoveEnd:
                row, step = count - 1, -1
            case kinds.MovePageDown:
                row, step = min(current + page, count - 1), -1
            case _:
                row, step = max(current - page, 0), 1
        while 0 <= row < count and self._timeline.is_day(row):
            row += step
        return self._timeline.index(row) if 0 <= row < count else self.currentIndex()

    def setSelection(  # noqa: N802 - Qt's name
        self, rect: QRect, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._open.isValid():
            self.close_row()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index == self.currentIndex():
            self.opened.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.indexAt(event.position().toPoint()).row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super(QListView, self).resizeEvent(event)
        self.updateGeometries()
        self._place_detail()
        self._fetch_ahead(self.verticalOffset())

    # --- Painting -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        states = QStyle.StateFlag
        plain = option.state & ~(states.State_Selected | states.State_HasFocus)
        chosen, current = self.selectionModel(), self.currentIndex()
        area = event.rect()
        row = self._row_at(area.top() + self.verticalOffset())
        while 0 <= row < len(self._tops) - 1:
            index = self._timeline.index(row)
            rect = self.visualRect(index)
            if rect.top() > area.bottom():
                break
            option.rect = rect
            option.state = plain & ~states.State_MouseOver
            if chosen.isSelected(index):
                option.state |= states.State_Selected
            if self.hasFocus() and index == current:
                option.state |= states.State_HasFocus
            if row == self._hovered:
                option.state |= states.State_MouseOver
            self._delegate.paint(painter, option, index)
            row += 1
        painter.end()
