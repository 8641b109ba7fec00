"""The face of a person: their photo, else initials on a hue that is theirs on every desk."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.domain import names
from agentdesk.ui.icons import Icon, paint_icon
from agentdesk.ui.theme import Size, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch


def initials(name: str) -> str:
    """Return the first letters of the first and last word of `name`, without titles."""
    return names.initials(name.replace("-", " "))


def paint_face(painter: QPainter, rect: QRectF, theme: Theme, identifier: str, name: str) -> None:
    """Paint initials in a circle that fills `rect`; a person's outline where there is no letter."""
    band = theme.face(identifier)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(band.edge), 1) if theme.is_high_contrast else Qt.PenStyle.NoPen)
    painter.setBrush(colour(band.ground))
    painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
    letters = initials(name)
    if letters:
        font = theme.font(TextRole.SUBJECT)
        font.setPointSizeF(font.pointSizeF() * rect.height() * 0.40 / theme.text_px())
        painter.setFont(font)
        painter.setPen(colour(band.ink))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letters)
    else:
        side = rect.height() * 0.55
        spot = QRectF(0, 0, side, side)
        spot.moveCenter(rect.center())
        paint_icon(painter, spot, Icon.PERSON, band.ink)
    painter.restore()


class Face(QWidget):
    """A round photo or initials, 56 px unless told otherwise; it scales with the text."""

    def __init__(
        self, themes: ThemeSwitch, size: int = Size.FACE, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._size = size
        self._identifier = ""
        self._name = ""
        self._photo = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def show_person(self, identifier: str, name: str, photo: bytes | None = None) -> None:
        """Show the person with this id; `photo` is PNG or JPEG; unreadable gives initials."""
        self._identifier = identifier
        self._name = name
        self._photo = QPixmap()
        if photo:
            self._photo.loadFromData(photo)
        self.setAccessibleName(name)
        self.update()

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(self._size)
        self.setFixedSize(QSize(side, side))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        if self._photo.isNull():
            paint_face(painter, rect, self._themes.theme, self._identifier, self._name)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            circle = QPainterPath()
            circle.addEllipse(rect)
            painter.setClipPath(circle)
            side = min(self._photo.width(), self._photo.height())
            left, top = (self._photo.width() - side) / 2, (self._photo.height() - side) / 2
            painter.drawPixmap(rect, self._photo, QRectF(left, top, side, side))
        painter.end()
