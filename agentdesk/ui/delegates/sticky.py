"""The day that stays on top of the timeline while its rows scroll under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QWidget

from agentdesk.ui.delegates.timeline import paint_day
from agentdesk.ui.roles import TimelineRole
from agentdesk.ui.theme import Size, Theme
from agentdesk.ui.theme_switch import ThemeSwitch


class StickyDay(QWidget):
    """Lies over the top of `view` and names the day of its first visible row.

    The model gives the day's words in `TimelineRole.DAY` on every row.
    """

    def __init__(self, themes: ThemeSwitch, view: QListView) -> None:
        super().__init__(view.viewport())
        self._themes = themes
        self._view = view
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        view.verticalScrollBar().valueChanged.connect(self.update_day)
        view.viewport().installEventFilter(self)
        themes.follow(self._restyle)

    @property
    def words(self) -> str:
        return self._words

    def update_day(self) -> None:
        """Read the day of the first visible row again; call it after the model changed."""
        index = self._view.indexAt(QPoint(4, 2))
        self._words = str(index.data(TimelineRole.DAY) or "") if index.isValid() else ""
        self.setVisible(bool(self._words) and self._view.verticalScrollBar().value() > 0)
        self.update()

    def _restyle(self, theme: Theme) -> None:
        self.resize(self._view.viewport().width(), theme.px(Size.CONTROL))
        self.update_day()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.resize(self._view.viewport().width(), self.height())
            self.update_day()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_day(painter, self.rect(), self._themes.theme, self._words)
        painter.end()
