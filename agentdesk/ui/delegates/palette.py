"""Rows of the command palette: icon or face, text with what matched, detail, keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from agentdesk.ui.delegates.rowpaint import Index, mirrored, paint_ground, paint_line
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.keys import keys_of
from agentdesk.ui.palette_model import PaletteItem
from agentdesk.ui.roles import PaletteRole
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.face import paint_face
from agentdesk.ui.widgets.keyhint import hint_size, paint_keys


class PaletteDelegate(QStyledItemDelegate):
    """Paints captions quietly and items in one line of 40 px."""

    def __init__(self, themes: ThemeSwitch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.sizeHintChanged.emit(QModelIndex())

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        theme = self._themes.theme
        caption = index.data(PaletteRole.ITEM) is None
        return QSize(theme.px(200), theme.px(Size.ROW if caption else Size.CONTROL + Space.S))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._themes.theme
        rect: QRect = option.rect
        side = theme.px(Space.M)
        line = rect.adjusted(side, 0, -side, 0)
        right = option.direction == Qt.LayoutDirection.RightToLeft
        painter.save()
        item = index.data(PaletteRole.ITEM)
        if isinstance(item, PaletteItem):
            paint_ground(painter, option, theme)
            self._paint_item(painter, option, item, line)
        else:
            words = str(index.data(PaletteRole.CAPTION) or "")
            font = theme.font(TextRole.CAPTION)
            paint_line(painter, line, words, font, theme.colours.quiet, at_end=right)
        painter.restore()

    def _paint_item(
        self, painter: QPainter, option: QStyleOptionViewItem, item: PaletteItem, line: QRect
    ) -> None:
        theme = self._themes.theme
        right = option.direction == Qt.LayoutDirection.RightToLeft
        mark = theme.px(Size.TARGET - Space.XS)
        spot = QRect(line.left(), line.center().y() - mark // 2 + 1, mark, mark)
        self._paint_mark(painter, QRectF(mirrored(option, spot)), item)
        rest = line.adjusted(mark + theme.px(Space.S), 0, 0, 0)
        keys = keys_of(item.shortcut)
        if keys:
            size = hint_size(theme, keys)
            ends = QRect(rest.right() - size.width(), line.top(), size.width(), line.height())
            left = mirrored(option, ends).left()
            paint_keys(painter, left, line.center().y() + 0.5, theme, keys)
            rest.setRight(ends.left() - theme.px(Space.S))
        font = theme.font(TextRole.TEXT)
        room = min(
            QFontMetrics(font).horizontalAdvance(item.text) + theme.px(Space.S), rest.width()
        )
        if item.detail:
            room = min(room, rest.width() * 2 // 3)
        text = QRect(rest.left(), rest.top(), room, rest.height())
        paint_line(
            painter,
            mirrored(option, text),
            item.text,
            font,
            theme.colours.ink,
            ranges=item.ranges,
            highlight=theme.colours.accent,
            at_end=right,
        )
        detail = rest.adjusted(room + theme.px(Space.S), 0, 0, 0)
        quiet = theme.font(TextRole.QUIET, tabular=True)
        paint_line(
            painter,
            mirrored(option, detail),
            item.detail,
            quiet,
            theme.colours.quiet,
            ranges=item.detail_ranges,
            highlight=theme.colours.accent,
            at_end=right,
        )

    def _paint_mark(self, painter: QPainter, rect: QRectF, item: PaletteItem) -> None:
        theme = self._themes.theme
        if item.face_id:
            paint_face(painter, rect, theme, item.face_id, item.text)
            return
        side = theme.px(Size.ICON)
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(rect.center())
        paint_icon(painter, spot, item.icon or Icon.EXPAND, theme.colours.quiet)
