"""Finding the person a number belongs to, without leaving the card."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from agentdesk.domain.found import Hit
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks
from agentdesk.ui.delegates.customer import CustomerDelegate
from agentdesk.ui.roles import CustomerRole
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.fields import SearchField
from agentdesk.ui.widgets.frames import column
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Label
from agentdesk.views.customers.matches import (
    apart_ranges,
    matched_apart,
    name_ranges,
    reason,
    reason_ranges,
)

_PAUSE_MS = 120
_MOST = 12
Index = QModelIndex | QPersistentModelIndex


class HitModel(QAbstractListModel):
    """Customers whom a search has found."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: tuple[Hit, ...] = ()

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Show the answer to a new query."""
        self.beginResetModel()
        self._hits = tuple(hits)
        self.endResetModel()

    def hit(self, index: Index) -> Hit | None:
        """Return the customer in a row."""
        return self._hits[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the value for a `CustomerRole`; the display text is the name."""
        hit = self.hit(index)
        if hit is None:
            return None
        match role:
            case CustomerRole.ID:
                return hit.id
            case CustomerRole.NAME | Qt.ItemDataRole.DisplayRole:
                return for_display(hit.name, 120)
            case CustomerRole.NUMBER:
                return matched_apart(hit)
            case CustomerRole.WHY:
                return for_display(reason(hit), 120)
            case CustomerRole.NAME_RANGES:
                return name_ranges(hit)
            case CustomerRole.NUMBER_RANGES:
                return apart_ranges(hit)
            case CustomerRole.WHY_RANGES:
                return reason_ranges(hit)
            case _:
                return None


class PersonSearch(QWidget):
    """A search field and whom it finds; arrows move, Enter chooses, Escape goes back."""

    chosen = Signal(str, str)
    """The person's id and name."""
    left = Signal()

    def __init__(self, themes: ThemeSwitch, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_search")
        self._desk = desk
        self._themes = themes
        self._task: asyncio.Task[None] | None = None
        self._layout = column(self)
        self.field = SearchField(themes, tr("Name, number or e-mail"))
        self.field.setObjectName("person_search_field")
        self._model = HitModel(self)
        self._list = RowList(themes, tr("Found"))
        self._list.setModel(self._model)
        self._list.setItemDelegate(CustomerDelegate(themes, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._nothing = Label(themes, tr("Nobody found. Try another spelling."), quiet=True)
        self._nothing.setWordWrap(True)
        for widget in (self.field, self._nothing, self._list):
            self._layout.addWidget(widget)
        self._nothing.hide()
        self._list.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.field.textChanged.connect(self._pause.start)
        self.field.dismissed.connect(self.left)
        self.field.installEventFilter(self)
        self._list.clicked.connect(lambda _index: self._choose())
        themes.follow(self._restyle)

    @property
    def found(self) -> int:
        """How many people are listed."""
        return self._model.rowCount()

    def begin(self) -> None:
        """Start anew; the keyboard goes to the field."""
        self.field.clear()
        self._show([])
        self._nothing.hide()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = tasks.start(self._search(self.field.text()), owner=self)

    async def _search(self, text: str) -> None:
        hits = (
            await tasks.in_thread(self._desk.search(text, _MOST, box="attach"))
            if text.strip()
            else []
        )
        self._show(hits)
        self._nothing.setVisible(bool(text.strip()) and not hits)

    def _show(self, hits: Sequence[Hit]) -> None:
        self._model.show_hits(hits)
        self._list.setVisible(bool(hits))
        if hits:
            self._list.setCurrentIndex(self._model.index(0))
            row = self._list.sizeHintForRow(0)
            self._list.setFixedHeight(min(len(hits), 5) * row + 4)

    def _choose(self) -> None:
        hit = self._model.hit(self._list.currentIndex())
        if hit is not None:
            self.chosen.emit(hit.id, hit.name)

    def _restyle(self, theme: Theme) -> None:
        self._layout.setSpacing(theme.px(Space.S))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None and self.found:
                row = (self._list.currentIndex().row() + step) % self.found
                self._list.setCurrentIndex(self._model.index(row))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
        return super().eventFilter(watched, event)
