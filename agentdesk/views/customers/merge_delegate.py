"""Rows of a merge: what it is, one customer's value, the other's, and what stands afterwards."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from agentdesk.services.merging import Side
from agentdesk.ui.delegates.rowpaint import (
    Index,
    mirrored,
    paint_ground,
    paint_hairline,
    paint_line,
)
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.views.customers.merge_rows import MergeRole, MergeRow

SHARES = (0.19, 0.27, 0.27, 0.27)
"""How the width is shared by caption, the one, the other and the result."""


def columns(theme: Theme, rect: QRect) -> list[QRect]:
    """Return the room of the four columns in a row, for left to right."""
    side, gap = theme.px(Space.XL), theme.px(Space.M)
    room = rect.width() - 2 * side - 3 * gap
    found, left = [], rect.left() + side
    for share in SHARES:
        width = int(room * share)
        found.append(QRect(left, rect.top(), width, rect.height()))
        left += width + gap
    return found


class MergeDelegate(QStyledItemDelegate):
    """The value that is kept stands in ink with a tick, the other one is quiet."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        theme = self._themes.theme
        height = theme.line_px(TextRole.TEXT) + theme.px(Space.M)
        return QSize(theme.px(400), max(height, theme.px(Size.CONTROL)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(MergeRole.ROW)
        if not isinstance(row, MergeRow):
            return
        theme = self._themes.theme
        rect: QRect = option.rect
        caption, winner, loser, result = columns(theme, rect)
        painter.save()
        paint_ground(painter, option, theme)
        paint_hairline(painter, option, theme, theme.px(Space.XL))
        self._words(painter, option, caption, row.caption, TextRole.CAPTION, quiet=True)
        both = row.twin and row.kept is not None
        self._value(painter, option, winner, row.winner, kept=row.kept is Side.WINNER)
        self._value(painter, option, loser, row.loser, kept=row.kept is Side.LOSER or both)
        role = TextRole.TEXT if row.kept is None else TextRole.SUBJECT
        self._words(painter, option, result, row.result, role, quiet=row.kept is None)
        painter.restore()

    def _value(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        room: QRect,
        text: str,
        *,
        kept: bool,
    ) -> None:
        theme = self._themes.theme
        icon = theme.px(Size.ICON)
        if text and kept:
            spot = QRect(room.left(), room.center().y() - icon // 2 + 1, icon, icon)
            where = QRectF(mirrored(option, spot))
            paint_icon(painter, where, Icon.CHECK, theme.colours.accent)
        words = room.adjusted(icon + theme.px(Space.XS), 0, 0, 0)
        self._words(painter, option, words, text, TextRole.TEXT, quiet=not kept)

    def _words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        room: QRect,
        text: str,
        role: TextRole,
        *,
        quiet: bool,
    ) -> None:
        theme = self._themes.theme
        ink = theme.colours.quiet if quiet else theme.colours.ink
        right = option.direction == Qt.LayoutDirection.RightToLeft
        font = theme.font(role, tabular=True)
        paint_line(painter, mirrored(option, room), text, font, ink, at_end=right)
