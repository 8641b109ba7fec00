"""Rows of the Sync screen: an icon, what it is and whose, what it says, since when."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from agentdesk.ui.delegates.rowpaint import (
    Index,
    mirrored,
    paint_ground,
    paint_hairline,
    paint_line,
)
from agentdesk.ui.icons import paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import chip_width, paint_chip
from agentdesk.views.sync.rows import RowRole, SyncRow

_CIRCLE = 32
_DOT = 8


class RowDelegate(QStyledItemDelegate):
    """Paints things in two lines; what has not been looked at yet carries a dot."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        theme = self._themes.theme
        lines = theme.line_px(TextRole.SUBJECT) + theme.line_px(TextRole.QUIET)
        return QSize(theme.px(200), max(theme.px(Size.ROW_TWO_LINES), lines + theme.px(Space.L)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(RowRole.ROW)
        if not isinstance(row, SyncRow):
            return
        theme = self._themes.theme
        left = theme.px(Space.L) + theme.px(_CIRCLE) + theme.px(Space.M)
        painter.save()
        paint_ground(painter, option, theme)
        paint_hairline(painter, option, theme, left)
        self._paint_circle(painter, option, row)
        self._paint_first(painter, option, row, left)
        self._paint_second(painter, option, row, left)
        painter.restore()

    def _lines(self, rect: QRect) -> tuple[QRect, QRect]:
        """Return the room of the first and of the second line, over the whole width."""
        theme = self._themes.theme
        first, second = theme.line_px(TextRole.SUBJECT), theme.line_px(TextRole.QUIET)
        top = rect.top() + (rect.height() - first - second) // 2
        left, width = rect.left(), rect.width()
        return QRect(left, top, width, first), QRect(left, top + first, width, second)

    def _paint_first(
        self, painter: QPainter, option: QStyleOptionViewItem, row: SyncRow, left: int
    ) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        side = theme.px(Space.L)
        line, _below = self._lines(rect)
        quiet = theme.font(TextRole.QUIET, tabular=True)
        width = QFontMetrics(quiet).horizontalAdvance(row.time) + 2
        time = QRect(rect.right() - side - width, line.top(), width, line.height())
        ink = theme.colours.quiet
        paint_line(painter, mirrored(option, time), row.time, quiet, ink, at_end=True)
        room = time.left() - rect.left() - left - theme.px(Space.S)
        words = QRect(rect.left() + left, line.top(), room, line.height())
        right = option.direction == Qt.LayoutDirection.RightToLeft
        font = theme.font(TextRole.SUBJECT)
        spot = mirrored(option, words)
        paint_line(painter, spot, row.title, font, theme.colours.ink, at_end=right)

    def _paint_second(
        self, painter: QPainter, option: QStyleOptionViewItem, row: SyncRow, left: int
    ) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        side = theme.px(Space.L)
        _line, below = self._lines(rect)
        words = below.adjusted(left, 0, -side, 0)
        if row.word:
            width = chip_width(theme, row.word, glyph=False)
            chip = QRect(words.right() - width, words.top(), width, words.height())
            spot = QRectF(mirrored(option, chip))
            paint_chip(painter, spot, theme, row.word, row.tone, None)
            words.setRight(chip.left() - theme.px(Space.S))
        right = option.direction == Qt.LayoutDirection.RightToLeft
        quiet = theme.font(TextRole.QUIET, tabular=True)
        ink = theme.colours.quiet
        paint_line(painter, mirrored(option, words), row.detail, quiet, ink, at_end=right)

    def _paint_circle(self, painter: QPainter, option: QStyleOptionViewItem, row: SyncRow) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        side, circle = theme.px(Space.L), theme.px(_CIRCLE)
        spot = QRect(rect.left() + side, rect.center().y() - circle // 2, circle, circle)
        round_ = QRectF(mirrored(option, spot))
        tones = theme.tone(row.tone)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edged = theme.is_high_contrast
        painter.setPen(colour(tones.edge) if edged else Qt.PenStyle.NoPen)
        ground = theme.colours.raised if row.tone is Tone.NEUTRAL else tones.ground
        painter.setBrush(colour(ground))
        painter.drawEllipse(round_.adjusted(0.5, 0.5, -0.5, -0.5))
        icon = QRectF(0, 0, theme.px(Size.ICON), theme.px(Size.ICON))
        icon.moveCenter(round_.center())
        paint_icon(painter, icon, row.glyph, tones.ink)
        if row.fresh:
            dot = QRectF(0, 0, theme.px(_DOT), theme.px(_DOT))
            near = theme.px(Space.XS)
            dot.moveCenter(round_.topRight() + QPointF(-near, near))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.colours.accent))
            painter.drawEllipse(dot)
