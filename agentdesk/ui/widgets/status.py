"""The truth about sync at the right of the top bar: icon and words, pressed for more."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.text import plain_tool_tip


class StatusPill(QAbstractButton):
    """One short sentence: "All saved centrally", "3 waiting, offline since 10:42"."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = Tone.NEUTRAL
        self._glyph = Icon.CLOUD_OK
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def show_status(self, words: str, tone: Tone, glyph: Icon, *, details: str = "") -> None:
        """Say `words`; `details` stand in the tool tip and are read to those who listen."""
        self._tone = tone
        self._glyph = glyph
        self.setText(words)
        self.setAccessibleName(words)
        self.setAccessibleDescription(details)
        self.setToolTip(plain_tool_tip(details or words))
        self.updateGeometry()
        self.update()

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        font = theme.font(TextRole.QUIET, tabular=True)
        words = QFontMetrics(font).horizontalAdvance(self.text()) + 1
        width = words + theme.px(Size.ICON_SMALL) + theme.px(Space.XS) + 2 * theme.px(Space.M)
        return QSize(width, theme.px(Size.TARGET))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(64), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        calm = self._tone in (Tone.NEUTRAL, Tone.GOOD)
        tones = theme.tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        ring = self.hasFocus()
        painter.setPen(Qt.PenStyle.NoPen)
        if ring or (theme.is_high_contrast and not calm):
            painter.setPen(QPen(colour(theme.colours.accent if ring else tones.edge), Size.RING))
        if not calm or self.underMouse():
            painter.setBrush(colour(theme.colours.raised if self.underMouse() else tones.ground))
        radius = rect.height() / 2 - 1
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
        side = theme.px(Size.ICON_SMALL)
        left = theme.px(Space.M)
        spot = QRectF(left, (rect.height() - side) / 2, side, side)
        paint_icon(painter, spot, self._glyph, tones.ink)
        font = theme.font(TextRole.QUIET, tabular=True)
        painter.setFont(font)
        painter.setPen(colour(theme.colours.quiet if calm else tones.ink))
        words = rect.adjusted(left + side + theme.px(Space.XS), 0, -theme.px(Space.S), 0)
        text = QFontMetrics(font).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, int(words.width())
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
