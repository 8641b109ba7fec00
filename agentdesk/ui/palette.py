"""The command palette: search for people and actions from the top bar, by keyboard alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from agentdesk.i18n import tr
from agentdesk.ui import tasks
from agentdesk.ui.delegates.palette import PaletteDelegate
from agentdesk.ui.palette_model import (
    Further,
    PaletteItem,
    PaletteModel,
    PaletteSection,
    Provider,
)
from agentdesk.ui.roles import PaletteRole
from agentdesk.ui.theme import SHADOW, Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.fields import SearchField
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Label

_WIDEST = 640
_SHADOW = 8
_HIGHEST = 460
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}


class CommandPalette(QWidget):
    """The list that floats under `field`; typing asks `provider`, Enter chooses, Escape goes back.

    A child of the window, never a window of its own: it takes nothing from anybody. Of answers
    that overtake each other only the one to the latest words is shown.
    """

    chosen = Signal(str, object)
    """Section id and `PaletteItem` that the person wants."""
    closed = Signal()
    """The list is away again, and the keyboard where it was before."""

    def __init__(
        self,
        themes: ThemeSwitch,
        provider: Provider,
        field: SearchField,
        window: QWidget,
        further: Further | None = None,
    ) -> None:
        super().__init__(window)
        self._further = further
        self._themes = themes
        self._provider = provider
        self._field = field
        self._before: QWidget | None = None
        self._task: asyncio.Task[None] | None = None
        self._asked = 0
        self._model = PaletteModel(self)
        self._list = RowList(themes, tr("Found"))
        self._list.setModel(self._model)
        self._list.setItemDelegate(PaletteDelegate(themes, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.clicked.connect(self._choose_current)
        self._nothing = Label(themes, tr("Nothing found. Try another spelling."), quiet=True)
        self._layout = column(self)
        self._layout.addWidget(self._list)
        self._layout.addWidget(self._nothing)
        self.setVisible(False)
        field.installEventFilter(self)
        window.installEventFilter(self)
        field.textEdited.connect(self._ask)
        field.dismissed.connect(self.close_palette)
        themes.follow(self._restyle)

    @property
    def model(self) -> PaletteModel:
        return self._model

    @property
    def current_item(self) -> PaletteItem | None:
        """The item that Enter would choose."""
        item = self._list.currentIndex().data(PaletteRole.ITEM)
        return item if isinstance(item, PaletteItem) else None

    def open_palette(self) -> None:
        """Put the keyboard into the field and show what fits what stands there."""
        focus = QApplication.focusWidget()
        if focus is not self._field:
            self._before = focus
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()
        self._ask(self._field.text())

    def close_palette(self) -> None:
        """Hide the list and give the keyboard back to who had it."""
        self._asked += 1
        if self._task is not None:
            self._task.cancel()
        self.setVisible(False)
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def _ask(self, words: str) -> None:
        self._asked += 1
        if self._task is not None:
            self._task.cancel()
        self._task = tasks.start(self._answer(words, self._asked), owner=self)

    async def _answer(self, words: str, asked: int) -> None:
        sections = await self._provider(words)
        if asked != self._asked:
            return
        self._show(sections)
        section = await self._further(words) if self._further is not None else None
        if section is not None and asked == self._asked:
            self._add(section)

    def _add(self, section: PaletteSection) -> None:
        """Put what took longer at the end; what is chosen stays chosen."""
        self._model.add_section(section)
        if self._model.rowCount():
            self._list.setVisible(True)
            self._nothing.setVisible(False)
        self._place()
        if not self._list.currentIndex().isValid():
            self._move_to(self._model.next_item(-1, 1))

    def _show(self, sections: Sequence[PaletteSection]) -> None:
        self._model.show_sections(sections)
        found = self._model.rowCount() > 0
        self._list.setVisible(found)
        self._nothing.setVisible(not found)
        self._place()
        self.setVisible(True)
        self.raise_()
        self._move_to(self._model.next_item(-1, 1))

    def _move_to(self, row: int) -> None:
        if row >= 0:
            self._list.setCurrentIndex(self._model.index(row))
            if self._model.next_item(row, -1) < 0:
                self._list.scrollToTop()

    def _choose_current(self) -> None:
        item = self.current_item
        if item is None:
            return
        section = self._model.section_of(self._list.currentIndex().row())
        self._field.clear()
        self.close_palette()
        self.chosen.emit(section, item)

    def _place(self) -> None:
        """Stand under the field, as wide as it but not narrower than is readable."""
        window = self.parentWidget()
        if window is None:
            return
        theme = self._themes.theme
        corner = self._field.mapTo(window, QPoint(0, self._field.height()))
        width = max(self._field.width(), min(theme.px(_WIDEST), window.width() - 32))
        left = corner.x() + (self._field.width() - width) // 2 - _SHADOW
        hints = (self._list.sizeHintForRow(row) for row in range(self._model.rowCount()))
        height = sum(hints) or theme.px(Size.CONTROL + Space.S)
        height = min(height, theme.px(_HIGHEST), window.height() - corner.y() - 2 * Space.XXL)
        frame = 2 * (_SHADOW + theme.px(Space.XS))
        left = max(0, min(left, window.width() - width - 2 * _SHADOW))
        self.setGeometry(left, corner.y() - _SHADOW + 4, width + 2 * _SHADOW, height + frame)

    def _restyle(self, theme: Theme) -> None:
        margin = _SHADOW + theme.px(Space.XS)
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._nothing.setContentsMargins(theme.px(Space.S), 0, theme.px(Space.S), 0)
        self._nothing.setFont(theme.font(TextRole.TEXT))
        self.update()

    def _key(self, event: QKeyEvent) -> bool:
        """Take the keys that move in the list; the rest is for the field."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self._field.clear()
            self.close_palette()
            return True
        if not self.isVisible():
            return False
        if key in _STEPS:
            row, step = self._list.currentIndex().row(), _STEPS[key]
            following = self._model.next_item(row, step)
            if following < 0 and abs(step) > 1:
                ends = -1 if step < 0 else self._model.rowCount()
                following = self._model.next_item(ends, 1 if step < 0 else -1)
            self._move_to(following)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_current()
            return True
        return False

    def _close_if_left(self) -> None:
        if self.isVisible() and not self._field.hasFocus():
            self._before = None
            self.close_palette()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            if event.type() == QEvent.Type.FocusOut:
                QTimer.singleShot(0, self, self._close_if_left)
            elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
                self._ask(self._field.text())
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = theme.px(Size.RADIUS_PANEL)
        painter.setPen(Qt.PenStyle.NoPen)
        for step in range(_SHADOW):
            painter.setBrush(colour(SHADOW, 0.012))
            inset = float(step)
            painter.drawRoundedRect(
                rect.adjusted(inset, inset + 1, -inset, -inset + 1), radius, radius
            )
        painter.setPen(QPen(colour(theme.colours.hairline), 1))
        painter.setBrush(colour(theme.colours.surface))
        inset = _SHADOW - 0.5
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()
