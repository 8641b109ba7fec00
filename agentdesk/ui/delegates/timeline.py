"""Rows of the timeline: two lines, chips, a clock for what is unsent; days between them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QRect, QRectF, QSize, Qt
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
from agentdesk.ui.roles import TimelineEntry, TimelineRole
from agentdesk.ui.stamps import stamp
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import chip_width, paint_chip

_CIRCLE = 32


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
    """Paints `TimelineRole` rows."""

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
        entry: TimelineEntry | None = index.data(TimelineRole.ENTRY)
        if entry is None:
            words = str(index.data(TimelineRole.DAY) or "")
            paint_day(painter, option.rect, self._themes.theme, words)
        else:
            self._paint_entry(painter, option, entry, str(index.data(TimelineRole.TIME) or ""))
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        m = self._metrics
        if index.data(TimelineRole.ENTRY) is None:
            return QSize(m.side * 4, m.day_row)
        return QSize(m.side * 8, m.row)

    def _paint_entry(
        self, painter: QPainter, option: QStyleOptionViewItem, entry: TimelineEntry, time: str
    ) -> None:
        theme, m = self._themes.theme, self._metrics
        paint_ground(painter, option, theme)
        paint_hairline(painter, option, theme, m.text_left)
        rect: QRect = option.rect
        top = rect.top() + (m.row - 2 * m.line) // 2
        self._paint_circle(painter, option, entry)
        end = self._paint_time(painter, option, time, top, unsent=entry.unsent)
        subject = QRect(rect.left() + m.text_left, top, end - rect.left() - m.text_left, m.line)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        ink = theme.colours.ink
        paint_line(painter, mirrored(option, subject), entry.subject, m.subject, ink, at_end=right)
        self._paint_second_line(painter, option, entry, top + m.line)

    def _paint_circle(
        self, painter: QPainter, option: QStyleOptionViewItem, entry: TimelineEntry
    ) -> None:
        theme, m = self._themes.theme, self._metrics
        glyph = channel_icon(entry.channel)
        rect: QRect = option.rect
        top = rect.top() + (m.row - m.circle) // 2
        circle = mirrored(option, QRect(rect.left() + m.side, top, m.circle, m.circle))

        def paint(onto: QPainter, whole: QRectF) -> None:
            onto.setPen(Qt.PenStyle.NoPen)
            onto.setBrush(colour(theme.colours.raised))
            round_ = whole
            if theme.is_high_contrast:
                onto.setPen(colour(theme.colours.edge))
                round_ = whole.adjusted(0.5, 0.5, -0.5, -0.5)
            onto.drawEllipse(round_)
            side = theme.px(Size.ICON)
            spot = QRectF(0, 0, side, side)
            spot.moveCenter(whole.center())
            paint_icon(onto, spot, glyph, theme.colours.ink)

        stamp(painter, QRectF(circle), f"channel {theme.name} {theme.text_scale} {glyph}", paint)

    def _paint_time(
        self, painter: QPainter, option: QStyleOptionViewItem, time: str, top: int, *, unsent: bool
    ) -> int:
        """Paint time and, for unsent rows, the clock; return where the subject must end."""
        theme, m = self._themes.theme, self._metrics
        rect: QRect = option.rect
        width = QFontMetrics(m.time).horizontalAdvance(time) + 2
        spot = QRect(rect.right() - m.side - width, top, width, m.line)
        quiet = theme.colours.quiet
        paint_line(painter, mirrored(option, spot), time, m.time, quiet, at_end=True)
        end = spot.left()
        if unsent:
            side = theme.px(Size.ICON_SMALL)
            clock = QRect(end - side - theme.px(Space.XS), top + (m.line - side) // 2, side, side)
            paint_icon(painter, QRectF(mirrored(option, clock)), Icon.CLOCK, quiet)
            end = clock.left()
        return end - theme.px(Space.M)

    def _paint_second_line(
        self, painter: QPainter, option: QStyleOptionViewItem, entry: TimelineEntry, top: int
    ) -> None:
        theme, m = self._themes.theme, self._metrics
        rect: QRect = option.rect
        end = rect.right() - m.side
        height = theme.px(Size.CHIP)
        for words, tone in (
            (entry.mood, entry.mood_tone),
            (entry.disposition, entry.disposition_tone),
        ):
            if not words:
                continue
            width = min(chip_width(theme, words, glyph=False), rect.width() // 4)
            spot = QRect(end - width, top + (m.line - height) // 2, width, height)
            paint_chip(painter, QRectF(mirrored(option, spot)), theme, words, tone, None)
            end -= width + theme.px(Space.XS)
        left = rect.left() + m.text_left
        room = QRect(left, top, end - left - theme.px(Space.S), m.line)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        ink = theme.colours.quiet
        paint_line(painter, mirrored(option, room), entry.summary, m.summary, ink, at_end=right)
