"""The personal notes of the card: each fact with where it comes from and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLayout, QLineEdit, QSizePolicy, QWidget

from agentdesk.domain.alerts import is_stale
from agentdesk.domain.entities import Fact
from agentdesk.domain.labels import label
from agentdesk.i18n import mark, tr, trn
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.icons import Icon, fact_icon, paint_icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, colour
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind, IconButton
from agentdesk.ui.widgets.frames import column, row
from agentdesk.ui.widgets.text import Label, Paragraph
from agentdesk.views.desk.card_words import fact_origin, fact_text

_FIRST = 10

FACTS = ActionContext("facts", mark("Personal notes"))
CONFIRM = ActionSpec("fact.confirm", mark("Still true"), "T", FACTS, "check")
CHANGE = ActionSpec("fact.change", mark("Change this fact"), "E", FACTS, "edit")
REMOVE = ActionSpec("fact.remove", mark("Remove this fact"), "Delete", FACTS, "remove")
ACTIONS = (CONFIRM, CHANGE, REMOVE)


class FactRow(QWidget):
    """One fact: icon of its kind, its text, a hollow dot if it has not been confirmed for long."""

    pointed = Signal()
    """Mouse or keyboard is on this row now."""
    moved = Signal(int)
    """An arrow key leads to the row before (-1) or after (1)."""
    left = Signal()
    """The keyboard has left the row."""

    def __init__(self, themes: ThemeSwitch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.fact: Fact | None = None
        self.masked = False
        self._stale = False
        self._line = row(self)
        self._words = Paragraph(themes)
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._line.addWidget(self._words, 1)
        self.setObjectName("fact")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.follow(self._restyle)

    @property
    def text(self) -> str:
        return self._words.text

    def show_fact(self, fact: Fact, now: datetime, *, masked: bool, origin: str) -> None:
        """Show `fact`, or only its kind with a lock while it is `masked`."""
        self.fact = fact
        self.masked = masked
        self._stale = is_stale(fact, now)
        kind = label(fact.kind)
        text = tr("%(kind)s: hidden until verified", kind=kind) if masked else fact_text(fact)
        self._words.set_text(text)
        self.setAccessibleName(text if masked else f"{kind}: {text}")
        self.setAccessibleDescription("" if masked else origin)
        self.setToolTip("" if masked else kind)
        self.update()

    def _restyle(self, theme: Theme) -> None:
        left = theme.px(Space.XS) + theme.px(Size.ICON) + theme.px(Space.S)
        gap = theme.px(Space.XS)
        self._line.setContentsMargins(left, gap, theme.px(Space.L), gap)
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(self._line.heightForWidth(width), self._themes.theme.px(Size.ROW))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.underMouse() or self.hasFocus():
            ring = self.hasFocus()
            painter.setPen(QPen(colour(colours.accent), Size.RING) if ring else Qt.PenStyle.NoPen)
            painter.setBrush(colour(colours.raised))
            radius = theme.px(Size.RADIUS)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
        side, gap = theme.px(Size.ICON), theme.px(Space.XS)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = self.width() - gap - side if mirrored else gap
        top = gap + (theme.line_px() - side) / 2
        kind = self.fact.kind.value if self.fact is not None else ""
        glyph = Icon.LOCK if self.masked else fact_icon(kind)
        paint_icon(painter, QRectF(left, top, side, side), glyph, colours.quiet)
        if self._stale and not self.masked:
            self._paint_dot(painter, theme, mirrored=mirrored)
        painter.end()

    def _paint_dot(self, painter: QPainter, theme: Theme, *, mirrored: bool) -> None:
        side = theme.px(Space.S)
        gap = theme.px(Space.XS)
        left = gap if mirrored else self.width() - gap - side
        top = gap + (theme.line_px() - side) / 2
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(theme.colours.warn), 1.5))
        painter.drawEllipse(QRectF(left, top, side, side).adjusted(1, 1, -1, -1))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed.emit()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pointed.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)


class FactList(QWidget):
    """All facts; rows are made once and filled again for the next person.

    Under them one quiet line tells where the pointed fact comes from, so that nothing moves.
    """

    confirm_wanted = Signal(object)
    """The `Fact` is still true."""
    change_wanted = Signal(object, str)
    """The `Fact` is to say this text."""
    remove_wanted = Signal(object)
    """The `Fact` is to be removed."""

    def __init__(self, themes: ThemeSwitch, me: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._me = me
        self._rows: list[FactRow] = []
        self._facts: tuple[Fact, ...] = ()
        self._pointed: FactRow | None = None
        self._all = False
        self._reveal = False
        self._now: datetime | None = None
        self._language = "en"
        self._layout = column(self)
        self._list = column()
        self._more = Button(themes, "", ButtonKind.LINK)
        self._more.clicked.connect(self._show_all)
        self._origin = Label(themes, "", TextRole.QUIET)
        self._origin.setWordWrap(True)
        self._layout.addLayout(self._list)
        self._layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeading)
        self._layout.addWidget(self._origin)
        self._tools = self._make_tools()
        self._editor = QLineEdit(self)
        self._editor.setObjectName("fact_editor")
        self._editor.setAccessibleName(tr("Text of the fact"))
        self._editor.hide()
        self._editor.returnPressed.connect(self._save_change)
        self._editor.installEventFilter(self)
        themes.follow(self._restyle)

    def _make_tools(self) -> QWidget:
        tools = QWidget(self)
        line = row(tools)
        self.confirm = IconButton(self._themes, Icon.CHECK, tr("Still true (T)"))
        self.change = IconButton(self._themes, Icon.EDIT, tr("Change this fact (E)"))
        self.remove = IconButton(self._themes, Icon.REMOVE, tr("Remove this fact (Delete)"))
        self.confirm.clicked.connect(self.confirm_pointed)
        self.change.clicked.connect(self.change_pointed)
        self.remove.clicked.connect(self.remove_pointed)
        for button in (self.confirm, self.change, self.remove):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            line.addWidget(button)
        tools.setAutoFillBackground(True)
        tools.hide()
        return tools

    def bind(self, actions: Actions) -> None:
        """Bind the actions on a fact, which work while the keyboard is on it."""
        enabled = self._has_pointed
        actions.bind(CONFIRM, self.confirm_pointed, scope=self, enabled=enabled)
        actions.bind(CHANGE, self.change_pointed, scope=self, enabled=enabled)
        actions.bind(REMOVE, self.remove_pointed, scope=self, enabled=enabled)
        self._actions = actions

    # --- Showing --------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[FactRow, ...]:
        """The rows that are shown."""
        return tuple(r for r in self._rows if not r.isHidden())

    @property
    def masked_count(self) -> int:
        """How many facts are hidden until the caller is verified."""
        return 0 if self._reveal else sum(fact.sensitive for fact in self._facts)

    @property
    def layouts(self) -> tuple[QLayout, ...]:
        """The layouts to hold while the list is filled."""
        return self._layout, self._list

    def show_facts(
        self, facts: Sequence[Fact], now: datetime, language: str, *, reveal: bool, same: bool
    ) -> None:
        """Show `facts`; `same` says that they are of the person who is shown already."""
        if not same:
            self._all = False
            self._end_change()
        self._facts = tuple(facts)
        self._now, self._language, self._reveal = now, language, reveal
        pointed = self._pointed.fact.id if same and self._pointed and self._pointed.fact else ""
        self._fill()
        self._point(next((r for r in self.rows if r.fact and r.fact.id == pointed), None))

    def focus_first(self) -> None:
        """Put the keyboard on the first fact."""
        for fact_row in self.rows[:1]:
            fact_row.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_fact(self, fact_id: str) -> None:
        """Put the keyboard on a fact."""
        self._show_all()
        for fact_row in self.rows:
            if fact_row.fact is not None and fact_row.fact.id == fact_id:
                fact_row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self) -> None:
        if self._now is None:
            return
        shown = self._facts if self._all else self._facts[:_FIRST]
        while len(self._rows) < len(shown):
            self._rows.append(self._new_row())
        for index, fact_row in enumerate(self._rows):
            fact_row.setVisible(index < len(shown))
            if index < len(shown):
                fact = shown[index]
                origin = fact_origin(fact, self._now, self._language, self._me)
                masked = fact.sensitive and not self._reveal
                fact_row.show_fact(fact, self._now, masked=masked, origin=origin)
        more = len(self._facts) - len(shown)
        self._more.set_words(trn("Show %(n)d more", "Show %(n)d more", more) if more else "")
        self._more.setVisible(more > 0)

    def _new_row(self) -> FactRow:
        made = FactRow(self._themes)
        made.pointed.connect(lambda: self._point(made))
        made.moved.connect(lambda step: self._move(made, step))
        made.left.connect(self._look_elsewhere, Qt.ConnectionType.QueuedConnection)
        self._list.addWidget(made)
        return made

    def _show_all(self) -> None:
        self._all = True
        self._fill()

    def _move(self, made: FactRow, step: int) -> None:
        rows = self.rows
        index = rows.index(made) + step
        if 0 <= index < len(rows):
            rows[index].setFocus(Qt.FocusReason.TabFocusReason)

    def _point(self, fact_row: FactRow | None) -> None:
        self._pointed = fact_row
        usable = fact_row is not None and not fact_row.masked
        self._tools.setVisible(usable and self._editor.isHidden())
        self._origin.setText(fact_row.accessibleDescription() if fact_row is not None else "")
        self._place_tools()
        for spec in ACTIONS:
            self._actions.refresh(spec.id)

    def _look_elsewhere(self) -> None:
        """Put the tools away when the keyboard has gone from the list."""
        here = any(stop.hasFocus() for stop in (*self.rows, self._editor))
        if not here and not self.underMouse():
            self._point(None)

    def _has_pointed(self) -> bool:
        return self._pointed is not None and not self._pointed.masked

    def _place_tools(self) -> None:
        if self._pointed is None:
            return
        size = self._tools.sizeHint()
        rect = self._pointed.geometry()
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left = rect.left() + 2 if mirrored else rect.right() - size.width() - 1
        self._tools.setGeometry(left, rect.top() + 2, size.width(), rect.height() - 4)
        self._tools.raise_()

    # --- What is done with a fact ---------------------------------------------------------------

    def confirm_pointed(self) -> None:
        """Say that the pointed fact is still true."""
        if self._pointed is not None and self._has_pointed():
            self.confirm_wanted.emit(self._pointed.fact)

    def change_pointed(self) -> None:
        """Let the pointed fact be rewritten where it stands."""
        if self._pointed is None or self._pointed.fact is None or self._pointed.masked:
            return
        self._tools.hide()
        rect = self._pointed.geometry()
        height = max(self._themes.theme.px(Size.CONTROL), rect.height())
        top = rect.top() + (rect.height() - height) // 2
        self._editor.setGeometry(rect.left(), max(top, 0), rect.width(), height)
        self._editor.setText(self._pointed.fact.text)
        self._editor.setProperty("fact_id", self._pointed.fact.id)
        self._editor.show()
        self._editor.raise_()
        self._editor.selectAll()
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def remove_pointed(self) -> None:
        """Remove the pointed fact."""
        if self._pointed is not None and self._has_pointed():
            self.remove_wanted.emit(self._pointed.fact)

    def _save_change(self) -> None:
        fact_id = self._editor.property("fact_id")
        fact = next((f for f in self._facts if f.id == fact_id), None)
        text = self._editor.text().strip()
        self._leave_editor()
        if fact is not None and text and text != fact.text:
            self.change_wanted.emit(fact, text)

    def _leave_editor(self) -> None:
        fact_id = self._editor.property("fact_id")
        self._end_change()
        for fact_row in self.rows:
            if fact_row.fact is not None and fact_row.fact.id == fact_id:
                fact_row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_change(self) -> None:
        self._editor.hide()

    def _restyle(self, theme: Theme) -> None:
        self._list.setSpacing(0)
        self._layout.setSpacing(theme.px(2))
        self._origin.setMinimumHeight(theme.line_px(TextRole.QUIET))
        left = theme.px(Space.XS) + theme.px(Size.ICON) + theme.px(Space.S)
        self._origin.setContentsMargins(left, 0, 0, 0)
        palette = self._tools.palette()
        palette.setColor(self._tools.backgroundRole(), colour(theme.colours.raised))
        self._tools.setPalette(palette)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        focused = next((r for r in self.rows if r.hasFocus()), None)
        self._point(focused)

    def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override] # only the editor is filtered
        escape = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if escape and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined] # a key event, see above
            self._leave_editor()
            return True
        return super().eventFilter(watched, event)
