"""Meters: how much of a limit is left, and how sure a suggestion is; always with words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.theme import Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.text import Label


class Bar(QWidget):
    """A thin bar, filled to a share of 0..1; the words beside it say the same."""

    def __init__(
        self, themes: ThemeSwitch, tone: Tone = Tone.ACCENT, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tone = tone
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def set_share(self, share: float, tone: Tone | None = None) -> None:
        """Fill the bar to `share`, kept within 0..1."""
        self._share = min(max(share, 0.0), 1.0)
        self._tone = tone or self._tone
        self.update()

    def _restyle(self, theme: Theme) -> None:
        self.setFixedHeight(theme.px(Space.XS))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._themes.theme.px(96), self._themes.theme.px(Space.XS))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        radius = rect.height() / 2
        high = theme.is_high_contrast
        painter.setPen(QPen(colour(theme.colours.ink), 1) if high else Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.colours.hairline if not high else theme.colours.surface))
        painter.drawRoundedRect(
            rect.adjusted(0.5, 0.5, -0.5, -0.5) if high else rect, radius, radius
        )
        if self._share > 0:
            width = max(rect.height(), rect.width() * self._share)
            left = rect.right() - width if self._mirrored() else rect.left()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme.tone(self._tone).edge))
            painter.drawRoundedRect(QRectF(left, rect.top(), width, rect.height()), radius, radius)
        painter.end()

    def _mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft


class Meter(QWidget):
    """Words with a thin bar under them: "40 of 100 EUR left this month"."""

    def __init__(
        self,
        themes: ThemeSwitch,
        words: str = "",
        share: float = 0.0,
        tone: Tone = Tone.ACCENT,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._layout = column(self)
        self._words = Label(themes, words, TextRole.QUIET, tabular=True)
        self._words.setWordWrap(True)
        self._bar = Bar(themes, tone)
        self._layout.addWidget(self._words)
        self._layout.addWidget(self._bar)
        self.set_value(words, share, tone)
        themes.follow(self._restyle)

    def set_value(self, words: str, share: float, tone: Tone = Tone.ACCENT) -> None:
        """Show `words`, and `share` (0..1) as the bar."""
        self._words.setText(words)
        self._bar.set_share(share, tone)
        self.setAccessibleName(words)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.XS))
