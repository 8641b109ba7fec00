"""Rows of the timeline: two lines, chips, a clock for what is unsent; days between them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from agentdesk.ui.delegates.rowpaint import (
    Index,
    mirrored,
    paint_ground,
    paint_hairline,
    paint_line,
)
from agentdesk.ui.icons import Icon, channel_icon, paint_icon
from agentdesk.ui.paragraphs import reads_right_to_left
from agentdesk.ui.roles import RowKind, TimelineRole
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import chip_width, paint_chip

_CIRCLE = 32
_WIDEST_DETAIL = 720


@dataclass(frozen=True)
class _Metrics:
    """What does not change from row to row, in px."""

    subject: QFont
    summary: QFont
    time: QFont
    day: QFont
    side: int
    circle: int
    text_left: int
    line: int
    row: int
    day_row: int


def _measure(theme: Theme) -> _Metrics:
    side = theme.px(Space.L)
    circle = theme.px(_CIRCLE)
    line = max(theme.line_px(TextRole.SUBJECT), theme.px(Size.CHIP))
    return _Metrics(
        subject=theme.font(TextRole.SUBJECT),
        summary=theme.font(TextRole.TEXT),
        time=theme.font(TextRole.QUIET, tabular=True),
        day=theme.font(TextRole.CAPTION),
        side=side,
        circle=circle,
        text_left=side + circle + theme.px(Space.M),
        line=line,
        row=max(theme.px(Size.ROW_TWO_LINES), 2 * line + 2 * theme.px(Space.S)),
        day_row=theme.px(Size.CONTROL),
    )


def paint_day(painter: QPainter, rect: QRect, theme: Theme, words: str) -> None:
    """Paint a day's header into `rect`: quiet words on the canvas."""
    painter.fillRect(rect, colour(theme.colours.canvas))
    line = QRect(rect.left(), rect.bottom(), rect.width(), 1)
    painter.fillRect(line, colour(theme.colours.hairline))
    inside = rect.adjusted(theme.px(Space.L), 0, -theme.px(Space.L), -1)
    right = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
    font = theme.font(TextRole.CAPTION)
    paint_line(painter, inside, words, font, theme.colours.quiet, at_end=right)


class TimelineDelegate(QStyledItemDelegate):
    """Paints `TimelineRole` rows; a row whose `OPEN` is set shows its whole `DETAIL` in place."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._metrics = _measure(themes.theme)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self._metrics = _measure(theme)
        self.sizeHintChanged.emit(QModelIndex())

    @property
    def text_left(self) -> int:
        """Where the texts of a row begin, in px from its leading edge."""
        return self._metrics.text_left

    def row_heights(self) -> tuple[int, int]:
        """Return the heights of a day's header and of a closed row, in px."""
        return self._metrics.day_row, self._metrics.row

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setLayoutDirection(option.direction)
        if index.data(TimelineRole.KIND) == RowKind.DAY:
            words = str(index.data(TimelineRole.DAY) or "")
            paint_day(painter, option.rect, self._themes.theme, words)
        else:
            self._paint_entry(painter, option, index)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        m = self._metrics
        if index.data(TimelineRole.KIND) == RowKind.DAY:
            return QSize(m.side * 4, m.day_row)
        height = m.row
        if index.data(TimelineRole.OPEN):
            width = option.rect.width()
            if width <= 0 and option.widget is not None:
                width = option.widget.width()
            height += self._detail_rect(index, QPoint(0, 0), width).height()
            height += self._themes.theme.px(Space.M)
        return QSize(m.side * 8, height)

    def _detail_rect(self, index: Index, corner: QPoint, width: int) -> QRect:
        """Return where the detail of an open row stands, as high as its text."""
        m = self._metrics
        room = max(min(width - m.text_left - m.side, self._themes.theme.px(_WIDEST_DETAIL)), 80)
        box = QRect(corner.x() + m.text_left, corner.y() + m.row, room, 1 << 20)
        text = str(index.data(TimelineRole.DETAIL) or "")
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeading
        bounds = QFontMetrics(m.summary).boundingRect(box, int(flags), text)
        return QRect(box.topLeft(), QSize(room, bounds.height()))

    def _paint_entry(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, m = self._themes.theme, self._metrics
        paint_ground(painter, option, theme)
        paint_hairline(painter, option, theme, m.text_left)
        rect: QRect = option.rect
        top = rect.top() + (m.row - 2 * m.line) // 2
        self._paint_circle(painter, option, index)
        end = self._paint_time(painter, option, index, top)
        subject = QRect(rect.left() + m.text_left, top, end - rect.left() - m.text_left, m.line)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        words = str(index.data(TimelineRole.SUBJECT) or "")
        paint_line(
            painter, mirrored(option, subject), words, m.subject, theme.colours.ink, at_end=right
        )
        self._paint_second_line(painter, option, index, top + m.line)
        if index.data(TimelineRole.OPEN):
            self._paint_detail(painter, option, index)

    def _paint_circle(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, m = self._themes.theme, self._metrics
        rect: QRect = option.rect
        top = rect.top() + (m.row - m.circle) // 2
        circle = QRectF(mirrored(option, QRect(rect.left() + m.side, top, m.circle, m.circle)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour(theme.colours.edge) if theme.is_high_contrast else Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.colours.raised))
        painter.drawEllipse(circle)
        side = theme.px(Size.ICON)
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(circle.center())
        glyph = channel_icon(str(index.data(TimelineRole.CHANNEL) or ""))
        paint_icon(painter, spot, glyph, theme.colours.ink)

    def _paint_time(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, top: int
    ) -> int:
        """Paint time and, for unsent rows, the clock; return where the subject must end."""
        theme, m = self._themes.theme, self._metrics
        rect: QRect = option.rect
        words = str(index.data(TimelineRole.TIME) or "")
        width = QFontMetrics(m.time).horizontalAdvance(words) + 2
        spot = QRect(rect.right() - m.side - width, top, width, m.line)
        quiet = theme.colours.quiet
        paint_line(painter, mirrored(option, spot), words, m.time, quiet, at_end=True)
        end = spot.left()
        if index.data(TimelineRole.UNSENT):
            side = theme.px(Size.ICON_SMALL)
            clock = QRect(end - side - theme.px(Space.XS), top + (m.line - side) // 2, side, side)
            paint_icon(painter, QRectF(mirrored(option, clock)), Icon.CLOCK, quiet)
            end = clock.left()
        return end - theme.px(Space.M)

    def _paint_second_line(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, top: int
    ) -> None:
        theme, m = self._themes.theme, self._metrics
        rect: QRect = option.rect
        end = rect.right() - m.side
        height = theme.px(Size.CHIP)
        for text_role, tone_role in (
            (TimelineRole.MOOD, TimelineRole.MOOD_TONE),
            (TimelineRole.DISPOSITION, TimelineRole.DISPOSITION_TONE),
        ):
            words = str(index.data(text_role) or "")
            if not words:
                continue
            width = min(chip_width(theme, words, glyph=False), rect.width() // 4)
            spot = QRect(end - width, top + (m.line - height) // 2, width, height)
            tone = Tone(index.data(tone_role) or Tone.NEUTRAL)
            paint_chip(painter, QRectF(mirrored(option, spot)), theme, words, tone, None)
            end -= width + theme.px(Space.XS)
        summary = str(index.data(TimelineRole.SUMMARY) or "")
        left = rect.left() + m.text_left
        room = QRect(left, top, end - left - theme.px(Space.S), m.line)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        paint_line(
            painter, mirrored(option, room), summary, m.summary, theme.colours.quiet, at_end=right
        )

    def _paint_detail(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        box = mirrored(option, self._detail_rect(index, rect.topLeft(), rect.width()))
        text = str(index.data(TimelineRole.DETAIL) or "")
        right = option.direction == Qt.LayoutDirection.RightToLeft
        towards = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        reading = Qt.LayoutDirection.LeftToRight
        if reads_right_to_left(text):
            reading = Qt.LayoutDirection.RightToLeft
        painter.setLayoutDirection(reading)
        painter.setFont(self._metrics.summary)
        painter.setPen(colour(self._themes.theme.colours.ink))
        flags = Qt.TextFlag.TextWordWrap | towards | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(box, int(flags), text)
