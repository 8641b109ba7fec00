"""The top bar: search in the middle, the truth about sync, who works here."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from agentdesk.domain.entities import User
from agentdesk.domain.names import for_display
from agentdesk.i18n import tr
from agentdesk.ui.delegates.rowpaint import paint_line
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.face import paint_face
from agentdesk.ui.widgets.fields import SearchField
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, row
from agentdesk.ui.widgets.status import StatusPill
from agentdesk.views.customers.matches import filters_hint
from agentdesk.views.sync.status_words import StatusWords

_SEARCH_WIDTH = (240, 520)
_PILL_ROOM = 232
"""Enough for “12 waiting, offline since 10:42”."""
_FACE = 28


class PersonButton(QAbstractButton):
    """Face and name of who works here; opens a menu."""

    def __init__(self, themes: ThemeSwitch, user: User, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._id = user.id
        self.setObjectName("person")
        self.setText(for_display(user.name, 40))
        self.setAccessibleName(tr("%(name)s, menu", name=for_display(user.name, 40)))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.menu = QMenu(self)
        self.clicked.connect(self._open)
        themes.follow(self._restyle)

    def _open(self) -> None:
        self.menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _restyle(self, _theme: Theme) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = self._themes.theme
        words = QFontMetrics(theme.font(TextRole.TEXT)).horizontalAdvance(self.text())
        width = theme.px(_FACE) + min(words, theme.px(140)) + 3 * theme.px(Space.S)
        return QSize(width, theme.px(Size.CONTROL) + theme.px(Space.XS))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            ring = self.hasFocus()
            painter.setPen(QPen(colour(colours.accent), Size.RING) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(colour(colours.raised))
            radius = self.height() / 2 - 1
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        side, gap = theme.px(_FACE), theme.px(Space.XS)
        spot = QRectF(gap, (self.height() - side) / 2, side, side)
        paint_face(painter, spot, theme, self._id, self.text())
        line = self.rect().adjusted(side + gap + theme.px(Space.S), 0, -theme.px(Space.S), 0)
        paint_line(painter, line, self.text(), theme.font(TextRole.TEXT), colours.ink)
        painter.end()


class TopBar(Panel):
    """48 px over everything but the rail."""

    sync_wanted = Signal()
    """The person wants to know more about sync."""

    def __init__(self, themes: ThemeSwitch, user: User, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self.setObjectName("top_bar")
        self._inside = QWidget()
        self._line = row(self._inside)
        self.search = SearchField(themes, tr("Search people and actions"), shortcut="Ctrl+K")
        self.search.setObjectName("search")
        self.search.setToolTip(filters_hint())
        self.pill = StatusPill(themes)
        self.pill.setObjectName("sync_status")
        self.pill.clicked.connect(self.sync_wanted)
        self.person = PersonButton(themes, user)
        self._line.addStretch(2)
        self._line.addWidget(self.search, 6)
        self._line.addStretch(1)
        # The search stays where it is, whatever the pill has to say.
        self._room = QWidget()
        row(self._room).addWidget(
            self.pill, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing
        )
        self._line.addWidget(self._room)
        self._line.addWidget(self.person, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addWidget(self._inside, 1)
        self.body.addWidget(Hairline(themes))
        themes.follow(self._lay_out)

    def show_sync(self, words: StatusWords) -> None:
        """Say where synchronisation stands."""
        self.pill.show_status(words.words, words.tone, words.glyph, details=words.details)

    def offer(self, *actions: QAction) -> None:
        """Put these actions into the menu of the person."""
        for action in actions:
            self.person.menu.addAction(action)

    def _lay_out(self, theme: Theme) -> None:
        self.setFixedHeight(theme.px(Size.TOP_BAR) + 1)
        self._line.setContentsMargins(theme.px(Space.L), 0, theme.px(Space.M), 0)
        self._line.setSpacing(theme.px(Space.M))
        self._room.setMinimumWidth(theme.px(_PILL_ROOM))
        self.search.setMinimumWidth(theme.px(_SEARCH_WIDTH[0]))
        self.search.setMaximumWidth(theme.px(_SEARCH_WIDTH[1]))
