"""A section of the Sync screen: a list at the left, the chosen thing of it in full at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from agentdesk.i18n import tr
from agentdesk.ui.actions import ActionSpec
from agentdesk.ui.theme import Space, Theme
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import HairlineSplitter, column
from agentdesk.ui.widgets.tables import RowList
from agentdesk.views.sync.action_bar import ActionBar
from agentdesk.views.sync.parts import Parts
from agentdesk.views.sync.row_delegate import RowDelegate
from agentdesk.views.sync.rows import RowRole, RowsModel, SyncRow

_LIST_WIDTH = (240, 380)
_DETAIL_WIDTH = 320


class ListSection(QWidget):
    """Keeps the choice when rows come and go; where the chosen one went, the next is chosen."""

    chosen = Signal()
    """Another thing is chosen, or the chosen one has changed."""

    customer_opened = Signal(str)
    """The person wants this customer on the Desk."""

    def __init__(self, parts: Parts, name: str, empty: EmptyState, detail: QWidget) -> None:
        super().__init__()
        themes = parts.themes
        self._parts = parts
        self._bound: list[str] = []
        self._wanted = ""
        self.model = RowsModel(self)
        self.list = RowList(themes, name)
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowDelegate(themes, self.list))
        self.bar = ActionBar(themes)
        self.empty = empty
        self.detail = detail
        self._last: SyncRow | None = None
        self._build()
        self.list.selectionModel().currentChanged.connect(self._tell)
        themes.follow(self._follow_theme)

    def _build(self) -> None:
        inside = QWidget()
        self._margin = column(inside)
        self._margin.addWidget(self.detail)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self.splitter = HairlineSplitter()
        self.splitter.addWidget(self.list)
        side = QWidget()
        beside = column(side)
        beside.addWidget(self._scroll, 1)
        beside.addWidget(self.bar)
        self.splitter.addWidget(side)
        self.splitter.setStretchFactor(1, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.splitter)
        column(self).addWidget(self._pages)

    def offer(
        self,
        spec: ActionSpec,
        button: Button,
        handler: Callable[[], object],
        *,
        enabled: Callable[[], bool],
        in_list: bool = False,
    ) -> None:
        """Bind `spec` and give it a button of the bar, shown while it is `enabled`.

        Its key works all over the screen, or `in_list` only, where buttons and texts have their
        own use for it.
        """
        scope = self.list if in_list else self._parts.page
        action = self._parts.actions.bind(
            spec, handler, scope=scope, enabled=lambda: self.isVisible() and enabled()
        )
        shown = self.bar.offer(button, action)
        shown.setVisible(action.isEnabled())
        action.enabledChanged.connect(shown.setVisible)
        self._bound.append(spec.id)

    def offer_open(self, spec: ActionSpec) -> None:
        """Offer to open the customer of the chosen thing on the Desk."""
        self.open = Button(self._parts.themes, tr("Open on the Desk"), ButtonKind.QUIET)
        self.offer(spec, self.open, self._open, enabled=self._has_customer, in_list=True)

    def _has_customer(self) -> bool:
        return self.row is not None and self.row.customer_id is not None

    def _open(self) -> None:
        if self.row is not None and self.row.customer_id is not None:
            self.customer_opened.emit(self.row.customer_id)

    @property
    def row(self) -> SyncRow | None:
        """What is chosen; None while nothing is there."""
        row = self.list.currentIndex().data(RowRole.ROW)
        return row if isinstance(row, SyncRow) else None

    @property
    def is_empty(self) -> bool:
        """Whether the section has nothing to show."""
        return self._pages.currentWidget() is self.empty

    def show_rows(self, rows: Sequence[SyncRow], *, more: bool = False) -> None:
        """Show `rows`; what was chosen stays so, else what now stands in its place."""
        place = max(self.list.currentIndex().row(), 0)
        key = self._wanted or (self.row.key if self.row else "")
        self.model.show_rows(rows, more=more)
        at = self.model.row_of(key) if key else -1
        if at >= 0:
            self._wanted = ""
        elif rows:
            at = min(place, len(rows) - 1)
        self._pages.setCurrentWidget(self.splitter if rows else self.empty)
        self.list.setCurrentIndex(self.model.index(at) if at >= 0 else QModelIndex())
        self._tell()

    def choose_next(self, key: str) -> None:
        """Choose the thing with this key, now or as soon as it comes back."""
        at = self.model.row_of(key)
        self._wanted = key if at < 0 else ""
        if at >= 0:
            self.list.setCurrentIndex(self.model.index(at))

    def bring_into_sight(self, part: QWidget) -> None:
        """Scroll until `part` of the detail is seen, its top at least."""
        self._scroll.ensureWidgetVisible(part)

    def take_keyboard(self) -> bool:
        """Put the keyboard into the list; False if there is nothing in it."""
        if self.is_empty:
            return False
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _tell(self, *_indexes: QModelIndex) -> None:
        row = self.row
        if row != self._last:
            other = row is None or self._last is None or row.key != self._last.key
            self._last = row
            if other:
                self._scroll.verticalScrollBar().setValue(0)
            self.chosen.emit()
        self._refresh()

    def _refresh(self) -> None:
        for action_id in self._bound:
            self._parts.actions.refresh(action_id)

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._margin.setContentsMargins(side, side, side, side)
        narrowest, usual = (theme.px(width) for width in _LIST_WIDTH)
        self.list.setMinimumWidth(narrowest)
        self._scroll.setMinimumWidth(theme.px(_DETAIL_WIDTH))
        self.splitter.setSizes([usual, 2 * usual])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._refresh()
