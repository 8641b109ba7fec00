"""Empty states: what will be here, and the one useful thing to do now."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label

_DISC = 64
_GLYPH = 28
_WIDEST = 420


class IconDisc(QWidget):
    """A quiet icon in a disc, for places that have nothing else to look at."""

    def __init__(self, themes: ThemeSwitch, glyph: Icon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._glyph = glyph
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        self.setFixedSize(QSize(theme.px(_DISC), theme.px(_DISC)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.colours.accent_soft))
        painter.drawEllipse(self.rect())
        side = theme.px(_GLYPH)
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(QRectF(self.rect()).center())
        paint_icon(painter, spot, self._glyph, theme.colours.accent)
        painter.end()


class EmptyState(QWidget):
    """Icon, one line of what will be here, one of why it is not, and one action."""

    acted = Signal()
    """The one action was asked for."""

    def __init__(
        self,
        themes: ThemeSwitch,
        title: str,
        text: str = "",
        *,
        glyph: Icon = Icon.SPARKLE,
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._layout = column(self)
        self._title = self._line(themes, title, TextRole.OPENING)
        self._text = self._line(themes, text, TextRole.TEXT)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._layout.addStretch(1)
        self._layout.addWidget(IconDisc(themes, glyph), 0, centre)
        for label in (self._title, self._text):
            # Stretches instead of an alignment, under which a label is as high as it would be if it
            # had the whole width.
            line = row()
            line.addStretch(1)
            line.addWidget(label, 1000)
            line.addStretch(1)
            self._layout.addLayout(line)
        self._text.setVisible(bool(text))
        self.button: Button | None = None
        if action:
            self.button = Button(themes, action)
            self.button.clicked.connect(self.acted)
            self._layout.addWidget(self.button, 0, centre)
        self._layout.addStretch(2)
        themes.follow(self._restyle)

    @property
    def title(self) -> str:
        """What it says first."""
        return self._title.text()

    def say(self, title: str, text: str = "") -> None:
        """Say something else from now on."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    @staticmethod
    def _line(themes: ThemeSwitch, text: str, role: TextRole) -> Label:
        label = Label(themes, text, role, quiet=role is TextRole.TEXT)
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        return label

    def _restyle(self, theme: Theme) -> None:
        margin = theme.px(Space.XL)
        self._layout.setContentsMargins(margin, margin, margin, margin)
        self._layout.setSpacing(theme.px(Space.M))
        for label in (self._title, self._text):
            label.setMaximumWidth(theme.px(_WIDEST))
