"""Grounds and dividing lines: panels, hairlines, splitters that look like hairlines."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from agentdesk.ui.theme import Size, Space, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch


class Ground(StrEnum):
    """What a panel lies on; the value is the token's name."""

    CANVAS = "canvas"
    SURFACE = "surface"
    RAISED = "raised"


def column(
    parent: QWidget | None = None, *, gap: int = 0, margins: tuple[int, int, int, int] = (0,) * 4
) -> QVBoxLayout:
    """Return a vertical layout with `gap` and `margins` in px as given, none unless told."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    return layout


def row(
    parent: QWidget | None = None, *, gap: int = 0, margins: tuple[int, int, int, int] = (0,) * 4
) -> QHBoxLayout:
    """Return a horizontal layout with `gap` and `margins` in px as given, none unless told."""
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    return layout


class Panel(QFrame):
    """A region on a ground of its own, with `body` as its vertical layout.

    `framed` gives a hairline around and round corners; `padding` and `gap` are px at 100 % and
    follow the text size.
    """

    def __init__(
        self,
        themes: ThemeSwitch,
        ground: Ground = Ground.SURFACE,
        *,
        framed: bool = False,
        padding: Space | int = 0,
        gap: Space | int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._ground = ground
        self._framed = framed
        self._padding = padding
        self._gap = gap
        self.body = column(self)
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        padding = theme.px(self._padding) if self._padding else 0
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(theme.px(self._gap) if self._gap else 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        ground = colour(getattr(theme.colours, self._ground.value))
        if not self._framed:
            painter.fillRect(self.rect(), ground)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(ground)
            painter.setPen(QPen(colour(theme.colours.hairline), 1))
            radius = theme.px(Size.RADIUS_PANEL)
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius
            )
        painter.end()


class Hairline(QWidget):
    """The one line between two regions, 1 px."""

    def __init__(
        self,
        themes: ThemeSwitch,
        orientation: Qt.Orientation = Qt.Orientation.Horizontal,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        fixed, wide = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        if orientation == Qt.Orientation.Horizontal:
            self.setFixedHeight(Size.HAIRLINE)
            self.setSizePolicy(wide, fixed)
        else:
            self.setFixedWidth(Size.HAIRLINE)
            self.setSizePolicy(fixed, wide)
        themes.follow(self._restyle)

    def _restyle(self, _theme: Theme) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(self._themes.theme.colours.hairline))
        painter.end()


class HairlineSplitter(QSplitter):
    """A splitter whose handle is a hairline; the columns never fold away by accident."""

    def __init__(
        self,
        orientation: Qt.Orientation = Qt.Orientation.Horizontal,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(orientation, parent)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(Size.HAIRLINE)
