"""The opening line: the first sentence to say, set as a quotation on the hue of the type."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Paragraph


class Quotation(QWidget):
    """A sentence in the largest text of its panel; with `hue`, on the band of a customer type."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str = "",
        *,
        hue: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._hue = hue
        self._layout = column(self)
        self._words = Paragraph(themes, text, TextRole.OPENING)
        self._layout.addWidget(self._words)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.say(text, hue=hue)
        themes.follow(self._restyle)

    def say(self, text: str, *, hue: float | None = None) -> None:
        """Show `text`; `hue` (0..360) belongs to the customer type, none for the plain ground."""
        self._hue = hue
        self._words.set_text(text)
        self.setAccessibleName(text)
        self._restyle(self._themes.theme)

    def _restyle(self, theme: Theme) -> None:
        gap = theme.px(Space.M)
        left = theme.px(Space.M + Size.ICON + Space.S)
        self._layout.setContentsMargins(left, gap, gap, gap)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, mark = theme.colours.raised, theme.colours.accent
        if self._hue is not None:
            band = theme.hue_band(self._hue)
            ground, mark = band.ground, band.ink
        rect = QRectF(self.rect())
        radius = theme.px(Size.RADIUS_PANEL)
        shape = QPainterPath()
        shape.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(QPen(colour(mark), 1) if theme.is_high_contrast else Qt.PenStyle.NoPen)
        painter.setBrush(colour(ground))
        painter.drawPath(shape)
        side = theme.px(Size.ICON)
        left = float(theme.px(Space.M))
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = rect.right() - left - side
        paint_icon(painter, QRectF(left, theme.px(Space.M) + 2, side, side), Icon.QUOTE, mark)
        painter.end()
