"""Buttons of the rail: an icon, a short label under it, and how many things wait there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from agentdesk.i18n import trn
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import paint_count
from agentdesk.ui.widgets.text import plain_tool_tip

_GLYPH = 22


class RailButton(QAbstractButton):
    """Opens a screen; checked while that screen is open."""

    def __init__(
        self, themes: ThemeSwitch, glyph: Icon, label: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = glyph
        self._count = 0
        self.setText(label)
        self.setAccessibleName(label)
        self.setToolTip(plain_tool_tip(label))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def set_count(self, count: int) -> None:
        """Show how many things need attention on that screen; 0 shows nothing."""
        self._count = count
        words = trn("%(n)d needs attention", "%(n)d need attention", count) if count else ""
        self.setAccessibleDescription(words)
        self.update()

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        metrics = QFontMetrics(theme.font(TextRole.SMALL))
        width = metrics.horizontalAdvance(self.text()) + theme.px(Space.M)
        height = theme.px(Space.S) * 2 + theme.px(_GLYPH) + theme.px(Space.XS) + metrics.height()
        return QSize(max(theme.px(Size.RAIL), width), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(Size.RAIL), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        inset = theme.px(Space.XS)
        body = rect.adjusted(inset, inset / 2, -inset, -inset / 2)
        here = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        if here or self.underMouse():
            painter.setBrush(colour(colours.accent_soft if here else colours.raised))
        if self.hasFocus():
            painter.setPen(QPen(colour(colours.accent), Size.RING))
        radius = theme.px(Size.RADIUS)
        painter.drawRoundedRect(body.adjusted(1, 1, -1, -1), radius, radius)
        self._paint_words(painter, rect, colours.accent if here else colours.quiet, here)
        if here and theme.is_high_contrast:
            painter.fillRect(
                QRectF(0, body.top(), theme.px(3), body.height()), colour(colours.accent)
            )
        painter.end()

    def _paint_words(self, painter: QPainter, rect: QRectF, ink: str, here: bool) -> None:
        theme = self._themes.theme
        side = theme.px(_GLYPH)
        top = theme.px(Space.S)
        spot = QRectF(rect.center().x() - side / 2, top, side, side)
        paint_icon(painter, spot, self._glyph, ink, heavy=here)
        font = theme.font(TextRole.SMALL)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(colour(ink))
        line = QRectF(0, spot.bottom() + theme.px(Space.XS) / 2, rect.width(), metrics.height())
        room = int(rect.width()) - theme.px(Space.XS)
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
        if self._count:
            paint_count(
                painter, spot.right() + theme.px(2), spot.top() + theme.px(3), theme, self._count
            )
