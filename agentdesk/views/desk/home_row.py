"""One line of the home page: who, what, when, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.face import Face
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import ElidedLabel, Label

_FACE = 36


class HomeRow(QWidget):
    """Pressed by mouse, Enter or Space; the buttons beside it do one thing more each."""

    pressed = Signal()
    acted = Signal()
    settled = Signal()

    def __init__(
        self,
        themes: ThemeSwitch,
        action: str = "",
        settle: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.key = ""
        self._line = row(self)
        self._face = Face(themes, _FACE)
        self._icon = ToneIcon(themes, Icon.NOTE, quiet=True)
        self._title = ElidedLabel(themes, "", TextRole.SUBJECT)
        self._text = ElidedLabel(themes, "", TextRole.QUIET)
        self._time = Label(themes, "", TextRole.QUIET, tabular=True)
        self._texts = column()
        self._texts.addWidget(self._title)
        self._texts.addWidget(self._text)
        self.action = Button(themes, action, ButtonKind.QUIET)
        self.action.clicked.connect(self.acted)
        self.settle = Button(themes, settle, ButtonKind.QUIET)
        self.settle.clicked.connect(self.settled)
        centre = Qt.AlignmentFlag.AlignVCenter
        self._line.addWidget(self._face, 0, centre)
        self._line.addWidget(self._icon, 0, centre)
        self._line.addLayout(self._texts, 1)
        self._line.addWidget(self._time, 0, centre)
        self._line.addWidget(self.action, 0, centre)
        self._line.addWidget(self.settle, 0, centre)
        self.action.setVisible(bool(action))
        self.settle.setVisible(bool(settle))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    @property
    def title(self) -> str:
        return self._title.full_text

    def show_row(
        self,
        key: str,
        title: str,
        text: str,
        time: str,
        *,
        face_id: str = "",
        glyph: Icon = Icon.NOTE,
        tone: Tone = Tone.NEUTRAL,
    ) -> None:
        """Show one thing; `key` tells what it is, `face_id` whose face stands before it."""
        self.key = key
        self._face.setVisible(bool(face_id))
        self._icon.setVisible(not face_id)
        if face_id:
            self._face.show_person(face_id, title)
        self._icon.show_icon(glyph, tone)
        self._title.set_full_text(title)
        self._text.set_full_text(text)
        self._text.setVisible(bool(text))
        self._time.setText(time)
        self._time.set_tone(tone)
        self.setAccessibleName(", ".join(part for part in (title, text, time) if part))

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.S)
        self._line.setContentsMargins(side, theme.px(Space.XS), side, theme.px(Space.XS))
        self._line.setSpacing(theme.px(Space.M))
        self.setMinimumHeight(theme.px(Size.ROW_TWO_LINES) - theme.px(Space.XS))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not (self.underMouse() or self.hasFocus()):
            return
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.hasFocus()
        painter.setPen(QPen(colour(theme.colours.accent), Size.RING) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.colours.raised))
        radius = theme.px(Size.RADIUS)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
            return
        super().keyPressEvent(event)
