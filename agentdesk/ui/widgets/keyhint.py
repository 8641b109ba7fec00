"""Key hints: the keys of a shortcut, shown small beside what they do."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.ui.keys import keys_of
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch


def hint_size(theme: Theme, keys: list[str]) -> QSize:
    """Return the room in px that `paint_keys` needs."""
    metrics = QFontMetrics(theme.font(TextRole.KEY))
    widths = [_key_width(theme, metrics, key) for key in keys]
    return QSize(sum(widths) + theme.px(2) * max(len(keys) - 1, 0), metrics.height() + theme.px(4))


def _key_width(theme: Theme, metrics: QFontMetrics, key: str) -> int:
    return max(metrics.horizontalAdvance(key) + theme.px(Space.S), metrics.height() + theme.px(2))


def paint_keys(
    painter: QPainter, left: float, centre_y: float, theme: Theme, keys: list[str]
) -> None:
    """Paint each of `keys` as a small key cap, from `left` on, around `centre_y`."""
    font = theme.font(TextRole.KEY)
    metrics = QFontMetrics(font)
    height = hint_size(theme, keys).height()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    radius = theme.px(Space.XS)
    for key in keys:
        width = _key_width(theme, metrics, key)
        rect = QRectF(left + 0.5, centre_y - height / 2 + 0.5, width - 1, height - 1)
        painter.setPen(QPen(colour(theme.colours.edge), Size.HAIRLINE))
        painter.setBrush(colour(theme.colours.surface))
        painter.drawRoundedRect(rect, radius, radius)
        painter.setPen(colour(theme.colours.quiet))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, key)
        left += width + theme.px(2)
    painter.restore()


class KeyHint(QWidget):
    """The keys of one shortcut, for example Ctrl and K."""

    def __init__(self, themes: ThemeSwitch, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._keys = keys_of(shortcut)
        self.setAccessibleName("+".join(self._keys))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return hint_size(self._themes.theme, self._keys)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_keys(painter, 0, self.height() / 2, self._themes.theme, self._keys)
        painter.end()
