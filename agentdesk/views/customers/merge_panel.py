"""Making two customers one: whose value of each field is kept, and the result before it is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from agentdesk.domain.kinds import KindName
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.desk import Desk
from agentdesk.services.merging import MergeDone, MergePreview, Side
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.delegates.rowpaint import paint_line
from agentdesk.ui.notices import Notices
from agentdesk.ui.theme import Size, Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.frames import Hairline, column
from agentdesk.ui.widgets.tables import RowList
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.customers.merge_delegate import MergeDelegate, columns
from agentdesk.views.customers.merge_rows import MergeModel, rows_of
from agentdesk.views.customers.pair_detail import shown_name
from agentdesk.views.sync.action_bar import ActionBar
from agentdesk.views.values import ValueWords

MERGE = ActionContext("merge", mark("Merging two customers"))
KEEP_FIRST = ActionSpec("merge.first", mark("Keep the left value"), "1", MERGE, "check")
KEEP_SECOND = ActionSpec("merge.second", mark("Keep the right value"), "2", MERGE, "check")
TOGGLE = ActionSpec("merge.toggle", mark("Leave out, or take the other"), "Space", MERGE)
CARRY_OUT = ActionSpec("merge.carry-out", mark("Merge into one"), "Ctrl+Return", MERGE, "check")
GO_BACK = ActionSpec("merge.back", mark("Back without merging"), "Escape", MERGE, "back")

_TOLD: dict[KindName, Callable[[int], str]] = {
    KindName.INTERACTION: lambda n: trn("%(n)d contact", "%(n)d contacts", n),
    KindName.NOTE: lambda n: trn("%(n)d note", "%(n)d notes", n),
    KindName.PROMISE: lambda n: trn("%(n)d promise", "%(n)d promises", n),
    KindName.CASE: lambda n: trn("%(n)d case", "%(n)d cases", n),
    KindName.PURCHASE: lambda n: trn("%(n)d purchase", "%(n)d purchases", n),
}


class _Heads(QWidget):
    """The names over the columns, where the columns are."""

    def __init__(self, themes: ThemeSwitch, rows: QWidget) -> None:
        super().__init__()
        self._themes = themes
        self._rows = rows
        self._names = ("", "")
        rows.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.follow(self._restyle)

    def show_names(self, winner: str, loser: str) -> None:
        """Show whose values stand below."""
        self._names = (winner, loser)
        self.update()

    def _restyle(self, theme: Theme) -> None:
        self.setFixedHeight(theme.line_px(TextRole.SUBJECT) + theme.px(Space.M))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        # A scroll bar takes room from the rows alone.
        room = QRect(0, 0, self._rows.width(), self.height())
        _caption, winner, loser, result = columns(theme, room)
        icon = theme.px(Size.ICON) + theme.px(Space.XS)
        font, ink = theme.font(TextRole.SUBJECT), theme.colours.ink
        for room, text in ((winner, self._names[0]), (loser, self._names[1])):
            paint_line(painter, room.adjusted(icon, 0, 0, 0), text, font, ink)
        quiet = theme.colours.quiet
        paint_line(painter, result, tr("Result"), theme.font(TextRole.CAPTION), quiet)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._rows and event.type() == QEvent.Type.Resize:
            self.update()
        return super().eventFilter(watched, event)


class _MergeList(RowList):
    """The arrows to the sides choose, as the keys 1 and 2 do."""

    side_chosen = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        sides = {Qt.Key.Key_Left: Side.WINNER, Qt.Key.Key_Right: Side.LOSER}
        side = sides.get(Qt.Key(event.key()))
        if side is not None:
            self.side_chosen.emit(side)
            return
        super().keyPressEvent(event)


class MergePanel(QWidget):
    """Everything that will happen, changeable by keyboard; nothing has happened before Merge."""

    merged = Signal(str)
    """They are on the way to being one; this customer remains."""
    left = Signal()
    """The person goes back without merging."""

    def __init__(self, desk: Desk, themes: ThemeSwitch, actions: Actions, notices: Notices) -> None:
        super().__init__()
        self.setObjectName("merge_panel")
        self._desk = desk
        self._actions = actions
        self._notices = notices
        self._values = ValueWords(desk.language)
        self._preview: MergePreview | None = None
        self.title = Paragraph(themes, "", TextRole.OPENING)
        self.title.setObjectName("merge_title")
        self.joined = Paragraph(themes, quiet=True)
        self.joined.setObjectName("merge_joined")
        self.model = MergeModel(self)
        self.list = _MergeList(themes, tr("What is kept"))
        self.list.setObjectName("merge_list")
        self.list.setModel(self.model)
        self.list.setItemDelegate(MergeDelegate(themes, self.list))
        self.list.side_chosen.connect(self._choose)
        self.heads = _Heads(themes, self.list.viewport())
        self._build(themes)
        self._bind(themes, actions)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        inside = column(self)
        self._top = column()
        self._top.addWidget(self.title)
        self._top.addWidget(self.joined)
        inside.addLayout(self._top)
        inside.addWidget(self.heads)
        inside.addWidget(Hairline(themes))
        inside.addWidget(self.list, 1)
        self.bar = ActionBar(themes)
        inside.addWidget(self.bar)

    def _bind(self, themes: ThemeSwitch, actions: Actions) -> None:
        self.merge_button = Button(themes, tr("Merge into one"), ButtonKind.PRIMARY)
        for spec, handler, button in (
            (CARRY_OUT, self._merge, self.merge_button),
            (KEEP_FIRST, lambda: self._choose(Side.WINNER), Button(themes, tr("Left"))),
            (KEEP_SECOND, lambda: self._choose(Side.LOSER), Button(themes, tr("Right"))),
            (TOGGLE, self._toggle, Button(themes, tr("Leave out"))),
            (GO_BACK, self.left.emit, Button(themes, tr("Back"), ButtonKind.QUIET)),
        ):
            action = actions.bind(spec, handler, scope=self, enabled=self._can)
            self.bar.offer(button, action)

    def _can(self) -> bool:
        return self._preview is not None and self.isVisible()

    # --- For the page -------------------------------------------------------------------------

    async def open(self, one: str, other: str) -> None:
        """Read what merging the two will do and show it."""
        if not self._values.types:
            books = await tasks.in_thread(self._desk.playbooks())
            self._values.types = {key: book.name for key, book in books.items()}
        self.show_preview(await tasks.in_thread(self._desk.preview_merge(one, other)))

    def show_preview(self, preview: MergePreview) -> None:
        """Show what a merge will do."""
        self._preview = preview
        winner, loser = shown_name(preview.winner), shown_name(preview.loser)
        self.title.set_text(
            tr("%(loser)s becomes a part of %(winner)s", loser=loser, winner=winner)
        )
        self.joined.set_text(self._joined_words(preview))
        self.heads.show_names(winner, loser)
        self.model.show_rows(rows_of(preview, self._values))
        if self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(0))
        self._refresh()

    def take_keyboard(self) -> None:
        """Put the keyboard on the rows."""
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    def _joined_words(self, preview: MergePreview) -> str:
        joining = {kind: preview.joined[kind][1] for kind in _TOLD}
        counts = [_TOLD[kind](count) for kind, count in joining.items() if count]
        parts = []
        if counts:
            parts.append(tr("Comes along: %(what)s.", what=", ".join(counts)))
        if preview.same:
            parts.append(
                trn("%(n)d field agrees already.", "%(n)d fields agree already.", preview.same)
            )
        parts.append(tr("Notes and contacts are never lost; the merge can be undone."))
        return " ".join(parts)

    # --- Choosing -----------------------------------------------------------------------------

    def _choose(self, side: Side) -> None:
        at = self.list.currentIndex().row()
        if at >= 0:
            self.model.choose(at, side)

    def _toggle(self) -> None:
        at = self.list.currentIndex().row()
        if at >= 0:
            self.model.toggle(at)

    def _merge(self) -> None:
        preview, self._preview = self._preview, None
        if preview is not None:
            self._refresh()
            tasks.start(self._carry_out(preview), owner=self)

    async def _carry_out(self, preview: MergePreview) -> None:
        winner, loser = preview.winner, preview.loser
        try:
            done = await tasks.in_thread(
                self._desk.merge(winner.id, loser.id, self.model.choices, self.model.left_out)
            )
        except BaseException:
            self._preview = preview
            self._refresh()
            raise
        names = {"loser": shown_name(loser), "winner": shown_name(winner)}
        said = tr("%(loser)s and %(winner)s are one as soon as Central has answered.", **names)
        self._notices.offer_undo(said, lambda: tasks.start(self._undo(done), owner=self))
        self.merged.emit(winner.id)

    async def _undo(self, done: MergeDone) -> None:
        await tasks.in_thread(self._desk.undo_merge(done))

    def _refresh(self) -> None:
        for spec in (CARRY_OUT, KEEP_FIRST, KEEP_SECOND, TOGGLE, GO_BACK):
            self._actions.refresh(spec.id)

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._top.setContentsMargins(side, side, side, theme.px(Space.M))
        self._top.setSpacing(theme.px(Space.S))
