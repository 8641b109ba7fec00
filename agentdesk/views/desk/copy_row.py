"""A value that a click copies: a way to reach somebody, a link to give."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.delegates.rowpaint import paint_line
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.text import plain_tool_tip


class CopyRow(QAbstractButton):
    """One line: icon, value, quiet remark; Enter, Space or a click copies the value."""

    copied = Signal(str)
    """This is on the clipboard now."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = Icon.COPY
        self._remark = ""
        self._copies = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._copy)
        themes.follow(self._restyle)

    def show_value(self, glyph: Icon, text: str, remark: str = "", *, copies: str) -> None:
        """Show `text`, already safe to show; a click copies `copies`."""
        self._glyph = glyph
        self._remark = remark
        self._copies = copies
        self.setText(text)
        self.setAccessibleName(f"{text}, {remark}" if remark else text)
        self.setAccessibleDescription(tr("Copies this"))
        self.setToolTip(plain_tool_tip(tr("Copy %(value)s", value=text)))
        self.update()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._copies)
        self.copied.emit(self._copies)

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        return QSize(theme.px(200), theme.px(Size.ROW))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pointed = self.underMouse() or self.hasFocus()
        if pointed:
            ring = self.hasFocus()
            painter.setPen(QPen(colour(colours.accent), Size.RING) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(colour(colours.raised))
            radius = theme.px(Size.RADIUS)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        side, gap = theme.px(Size.ICON), theme.px(Space.XS)
        top = (self.height() - side) / 2
        paint_icon(painter, QRectF(gap, top, side, side), self._glyph, colours.quiet)
        line = self.rect().adjusted(gap + side + theme.px(Space.S), 0, -gap, 0)
        if pointed:
            spot = QRectF(line.right() - side, top, side, side)
            paint_icon(painter, spot, Icon.COPY, colours.quiet)
            line.setRight(int(spot.left()) - gap)
        font = theme.font(TextRole.TEXT, tabular=True)
        words = " ".join(self.text().split())
        width = min(QFontMetrics(font).horizontalAdvance(words) + 2, line.width())
        paint_line(
            painter, QRect(line.topLeft(), QSize(width, line.height())), words, font, colours.ink
        )
        rest = line.adjusted(width + theme.px(Space.S), 0, 0, 0)
        if rest.width() > theme.px(Space.XL):
            quiet = theme.font(TextRole.QUIET)
            paint_line(painter, rest, self._remark, quiet, colours.quiet)
        painter.end()
