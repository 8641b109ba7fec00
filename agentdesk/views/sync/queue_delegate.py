"""Rows of the queue: an icon, what it is and whose, what it says, since when."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QRect, QRectF, QSize, Qt
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
from agentdesk.views.sync.queue_model import QueueRole, QueueRow

_CIRCLE = 32


class QueueDelegate(QStyledItemDelegate):
    """Paints captions quietly and things in two lines."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = self._themes.theme
        row = index.data(QueueRole.ROW)
        if not isinstance(row, QueueRow) or row.item is None:
            return QSize(theme.px(200), theme.px(Size.CONTROL + Space.S))
        lines = theme.line_px(TextRole.SUBJECT) + theme.line_px(TextRole.QUIET)
        return QSize(theme.px(200), max(theme.px(Size.ROW_TWO_LINES), lines + theme.px(Space.L)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(QueueRole.ROW)
        if not isinstance(row, QueueRow):
            return
        painter.save()
        if row.item is None:
            self._paint_caption(painter, option, row)
        else:
            self._paint_item(painter, option, row)
        painter.restore()

    def _paint_caption(
        self, painter: QPainter, option: QStyleOptionViewItem, row: QueueRow
    ) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        side = theme.px(Space.L)
        line = rect.adjusted(side, theme.px(Space.S), -side, 0)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        font = theme.font(TextRole.CAPTION, tabular=True)
        paint_line(painter, line, row.title, font, theme.colours.quiet, at_end=right)

    def _paint_item(self, painter: QPainter, option: QStyleOptionViewItem, row: QueueRow) -> None:
        theme = self._themes.theme
        colours = theme.colours
        rect: QRect = option.rect
        side, circle = theme.px(Space.L), theme.px(_CIRCLE)
        left = side + circle + theme.px(Space.M)
        paint_ground(painter, option, theme)
        paint_hairline(painter, option, theme, left)
        self._paint_circle(painter, option, row)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        first, second = theme.line_px(TextRole.SUBJECT), theme.line_px(TextRole.QUIET)
        top = rect.top() + (rect.height() - first - second) // 2
        quiet = theme.font(TextRole.QUIET, tabular=True)
        width = QFontMetrics(quiet).horizontalAdvance(row.time) + 2
        time = QRect(rect.right() - side - width, top, width, first)
        paint_line(painter, mirrored(option, time), row.time, quiet, colours.quiet, at_end=True)
        words = QRect(
            rect.left() + left, top, time.left() - rect.left() - left - theme.px(Space.S), first
        )
        subject = theme.font(TextRole.SUBJECT)
        paint_line(painter, mirrored(option, words), row.title, subject, colours.ink, at_end=right)
        below = QRect(rect.left() + left, top + first, rect.width() - left - side, second)
        paint_line(painter, mirrored(option, below), row.detail, quiet, colours.quiet, at_end=right)

    def _paint_circle(self, painter: QPainter, option: QStyleOptionViewItem, row: QueueRow) -> None:
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
