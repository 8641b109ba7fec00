"""One alert of the card: an edge in its colour, an icon, one sentence, one action."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Paragraph

TONE_ICONS: dict[Tone, Icon] = {
    Tone.NEUTRAL: Icon.INFO,
    Tone.ACCENT: Icon.SPARKLE,
    Tone.INFO: Icon.INFO,
    Tone.GOOD: Icon.GOOD,
    Tone.WARN: Icon.WARN,
    Tone.DANGER: Icon.WRONG,
}
"""The icon that tells a tone without its colour."""


class ToneIcon(QWidget):
    """An icon in the ink of a tone, aligned with the first line of the text beside it."""

    def __init__(
        self,
        themes: ThemeSwitch,
        glyph: Icon,
        tone: Tone = Tone.NEUTRAL,
        *,
        quiet: bool = False,
        size: int = Size.ICON,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = glyph
        self._tone = tone
        self._quiet = quiet
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def show_icon(self, glyph: Icon, tone: Tone) -> None:
        """Show another icon and tone."""
        self._glyph = glyph
        self._tone = tone
        self.update()

    def _restyle(self, theme: Theme) -> None:
        self.setFixedSize(QSize(theme.px(self._size), theme.line_px()))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        side = theme.px(self._size)
        painter = QPainter(self)
        rect = QRectF(0, (self.height() - side) / 2, side, side)
        ink = theme.colours.quiet if self._quiet else theme.tone(self._tone).ink
        paint_icon(painter, rect, self._glyph, ink)
        painter.end()


class AlertStrip(QWidget):
    """A sentence that must be seen before the first word is said, with at most one action."""

    acted = Signal()
    """The action of the alert was asked for."""

    def __init__(
        self,
        themes: ThemeSwitch,
        text: str,
        tone: Tone = Tone.WARN,
        *,
        glyph: Icon | None = None,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = tone
        self._line = row(self)
        self._icon = ToneIcon(themes, glyph or TONE_ICONS[tone], tone)
        self._words = Paragraph(themes, text)
        self._body = column()
        self._body.addWidget(self._words)
        self.button = Button(themes, action, ButtonKind.LINK)
        self.button.clicked.connect(self.acted)
        foot = row()
        # The words of the action stand under those of the alert, not the edge of its ring.
        foot.addSpacing(-2 * Size.RING)
        foot.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeading)
        foot.addStretch(1)
        self._body.addLayout(foot)
        self._line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addLayout(self._body, 1)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.show_alert(text, tone, glyph=glyph, action=action)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        return self._words.text

    def show_alert(
        self, text: str, tone: Tone, *, glyph: Icon | None = None, action: str = ""
    ) -> None:
        """Say `text`; `action` is the verb of the one thing to do, none without it."""
        self._tone = tone
        self._icon.show_icon(glyph or TONE_ICONS[tone], tone)
        self._words.set_text(text)
        self.button.set_words(action)
        self.button.setVisible(bool(action))
        self.setAccessibleName(text)
        self._restyle(self._themes.theme)

    def _restyle(self, theme: Theme) -> None:
        edge = theme.px(Space.XS)
        bottom = theme.px(Space.XS) if self.button.text() else theme.px(Space.S)
        self._line.setContentsMargins(
            theme.px(Space.M) + edge // 2, theme.px(Space.S), theme.px(Space.S), bottom
        )
        self._line.setSpacing(theme.px(Space.S))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        tones = theme.tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = theme.px(Size.RADIUS)
        shape = QPainterPath()
        shape.addRoundedRect(rect, radius, radius)
        painter.setClipPath(shape)
        painter.fillRect(rect, colour(tones.ground))
        edge = QRectF(rect.left(), rect.top(), theme.px(3), rect.height())
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            edge.moveRight(rect.right())
        painter.fillRect(edge, colour(tones.edge))
        if theme.is_high_contrast:
            painter.setPen(QPen(colour(tones.edge), 2))
            painter.drawRoundedRect(rect, radius, radius)
        painter.end()
