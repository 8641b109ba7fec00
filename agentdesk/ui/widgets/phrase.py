"""Phrases to say or write: a click copies one, and says so."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, Space, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.chip import Chip
from agentdesk.ui.widgets.frames import row
from agentdesk.ui.widgets.text import Paragraph

COPIED_MS = 1600
"""How long "Copied" stands there."""


class PhraseRow(QAbstractButton):
    """One phrase, its blanks filled already; Enter, Space or a click copies it."""

    copied = Signal(str)
    """This text is on the clipboard now."""

    def __init__(self, themes: ThemeSwitch, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._copies = ""
        self._line = row(self)
        self._words = Paragraph(themes, text)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._line.addWidget(self._words, 1)
        self._said = Chip(themes, tr("Copied"), Tone.GOOD, glyph=Icon.CHECK, parent=self)
        self._said.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COPIED_MS)
        self._timer.timeout.connect(self._calm)
        self.setAccessibleName(text)
        self.setAccessibleDescription(tr("Copies this phrase"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.clicked.connect(self._copy)
        themes.follow(self._restyle)

    @property
    def words(self) -> str:
        """The phrase as it stands there."""
        return self._words.text

    def set_text(self, text: str, *, copies: str = "") -> None:
        """Show `text`; a click copies that, or `copies` instead of it."""
        self._words.set_text(text)
        self._copies = copies
        self.setAccessibleName(text)
        self._timer.stop()
        self._calm()

    @property
    def says_copied(self) -> bool:
        return not self._said.isHidden()

    def _copy(self) -> None:
        text = self._copies or self._words.text
        QGuiApplication.clipboard().setText(text)
        self._place_said()
        self._said.show()
        self.setAccessibleDescription(tr("Copied"))
        self._timer.start()
        self.copied.emit(text)

    def _calm(self) -> None:
        self._said.hide()
        self.setAccessibleDescription(tr("Copies this phrase"))

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.S)
        right = side + theme.px(Size.ICON) + side
        self._line.setContentsMargins(side, theme.px(6), right, theme.px(6))
        self.update()

    def _place_said(self) -> None:
        """Lay "Copied" over the icon, at the trailing edge of the first line."""
        size = self._said.sizeHint()
        gap = self._themes.theme.px(Space.XS) + 1
        left = self.width() - size.width() - gap
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = gap
        self._said.setGeometry(QRect(QPoint(left, gap), size))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_said()

    def sizeHint(self) -> QSize:
        return self._line.sizeHint()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(self._line.heightForWidth(width), self._themes.theme.px(Size.CONTROL))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        painter.setPen(QPen(colour(colours.hairline), 1))
        if self.hasFocus():
            painter.setPen(QPen(colour(colours.accent), Size.RING))
        painter.setBrush(colour(colours.raised if self.underMouse() else colours.surface))
        radius = theme.px(Size.RADIUS)
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
        side = theme.px(Size.ICON)
        left = rect.right() - theme.px(Space.S) - side
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = theme.px(Space.S)
        top = theme.px(6) + (theme.line_px() - side) / 2
        paint_icon(painter, QRectF(left, top, side, side), Icon.COPY, colours.quiet)
        painter.end()
