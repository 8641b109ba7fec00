"""Rows of customers: face, name, number, and in words why this one was found."""

from __future__ import annotations

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
from agentdesk.ui.roles import CustomerRole
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import chip_width, paint_chip
from agentdesk.ui.widgets.face import paint_face

_FACE = 36


class CustomerDelegate(QStyledItemDelegate):
    """Paints `CustomerRole` rows in two lines; what matched is heavier and underlined."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = QFont()
        self._quiet = QFont()
        self._number = QFont()
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self._name = theme.font(TextRole.SUBJECT)
        self._quiet = theme.font(TextRole.QUIET)
        self._number = theme.font(TextRole.QUIET, tabular=True)
        self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        theme = self._themes.theme
        lines = theme.line_px(TextRole.SUBJECT) + theme.line_px(TextRole.QUIET)
        height = max(theme.px(Size.ROW_TWO_LINES), lines + theme.px(Space.L))
        return QSize(theme.px(240), height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._themes.theme
        painter.save()
        paint_ground(painter, option, theme)
        rect: QRect = option.rect
        side, face = theme.px(Space.L), theme.px(_FACE)
        left = side + face + theme.px(Space.M)
        paint_hairline(painter, option, theme, left)
        spot = QRect(rect.left() + side, rect.center().y() - face // 2, face, face)
        identifier = str(index.data(CustomerRole.ID) or "")
        name = str(index.data(CustomerRole.NAME) or "")
        paint_face(painter, QRectF(mirrored(option, spot)), theme, identifier, name)
        first = theme.line_px(TextRole.SUBJECT)
        second = theme.line_px(TextRole.QUIET)
        top = rect.top() + (rect.height() - first - second) // 2
        line = QRect(rect.left() + left, top, rect.width() - left - side, first)
        self._paint_first(painter, option, index, line)
        self._paint_second(painter, option, index, line.translated(0, first), second)
        painter.restore()

    def _paint_first(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index, line: QRect
    ) -> None:
        theme = self._themes.theme
        badge = str(index.data(CustomerRole.BADGE) or "")
        room = QRect(line)
        if badge:
            width = chip_width(theme, badge, glyph=False)
            height = theme.px(Size.CHIP)
            top = line.center().y() - height // 2
            spot = QRect(line.right() - width, top, width, height)
            paint_chip(painter, QRectF(mirrored(option, spot)), theme, badge, Tone.NEUTRAL, None)
            room.setRight(spot.left() - theme.px(Space.S))
        paint_line(
            painter,
            mirrored(option, room),
            str(index.data(CustomerRole.NAME) or ""),
            self._name,
            theme.colours.ink,
            ranges=index.data(CustomerRole.NAME_RANGES) or (),
            highlight=theme.colours.accent,
            at_end=option.direction == Qt.LayoutDirection.RightToLeft,
        )

    def _paint_second(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
        line: QRect,
        height: int,
    ) -> None:
        theme = self._themes.theme
        right = option.direction == Qt.LayoutDirection.RightToLeft
        number = str(index.data(CustomerRole.NUMBER) or "")
        width = min(QFontMetrics(self._number).horizontalAdvance(number) + 2, line.width())
        spot = QRect(line.left(), line.top(), width, height)
        paint_line(
            painter,
            mirrored(option, spot),
            number,
            self._number,
            theme.colours.quiet,
            ranges=index.data(CustomerRole.NUMBER_RANGES) or (),
            highlight=theme.colours.accent,
            at_end=right,
        )
        gap = theme.px(Space.M) if number else 0
        rest = QRect(line.left() + width + gap, line.top(), line.width() - width - gap, height)
        if number == "":
            rest.setLeft(line.left())
        if rest.width() > theme.px(Space.XL):
            paint_line(
                painter,
                mirrored(option, rest),
                str(index.data(CustomerRole.WHY) or ""),
                self._quiet,
                theme.colours.quiet,
                ranges=index.data(CustomerRole.WHY_RANGES) or (),
                highlight=theme.colours.accent,
                at_end=True,
            )
