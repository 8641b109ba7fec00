"""The desk without a call: calls to return, promises due, recent people, one good thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QScrollArea, QWidget

from agentdesk.domain.draft import Draft
from agentdesk.domain.moments import now
from agentdesk.domain.names import for_display
from agentdesk.domain.phone import format_for_display
from agentdesk.i18n import tr, trn
from agentdesk.services.home import MOST, DuePromise, GoodThing, Home, RecentPerson
from agentdesk.services.missed import MissedCaller, MissedCallers
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button, ButtonKind
from agentdesk.ui.widgets.empty import EmptyState
from agentdesk.ui.widgets.frames import Ground, Panel, column
from agentdesk.ui.widgets.quotation import Quotation
from agentdesk.ui.widgets.text import Label, Paragraph, SectionCaption
from agentdesk.views import times
from agentdesk.views.desk.home_row import HomeRow

_NARROW = 820
_GOOD_HUE = 95
_BETWEEN_ROWS_MS = 20


@dataclass(frozen=True)
class OpenDraft:
    """A note that was begun and not saved; `name` is "" for a call of nobody known."""

    draft: Draft
    name: str


_GOOD_PADDING = Space.M + Space.S
"""As far from the edge as faces and captions are in the other sections."""


class _Rows(Panel):
    """A framed section of rows that are made once and filled again."""

    def __init__(
        self,
        themes: ThemeSwitch,
        caption: str,
        action: str,
        make: Callable[[HomeRow], None],
        settle: str = "",
    ) -> None:
        super().__init__(themes, Ground.SURFACE, framed=True, padding=Space.M, gap=Space.XS)
        self._themes = themes
        self._action, self._settle = action, settle
        self._make = make
        self._pool: list[HomeRow] = []
        self._caption = SectionCaption(themes, caption)
        self.body.addWidget(self._caption)
        themes.follow(self._align)

    def _align(self, theme: Theme) -> None:
        """Let the caption begin where the rows under it do."""
        self._caption.setContentsMargins(theme.px(Space.S), 0, theme.px(Space.S), 0)

    @property
    def rows(self) -> tuple[HomeRow, ...]:
        return tuple(made for made in self._pool if not made.isHidden())

    def grown(self, count: int) -> Sequence[HomeRow]:
        """Return `count` rows to fill; without any the section is hidden."""
        while len(self._pool) < count:
            self._add()
        for index, made in enumerate(self._pool):
            made.setVisible(index < count)
        self.setVisible(count > 0)
        return self._pool[:count]

    def make_ahead(self) -> bool:
        """Make one more row for later; False if there are as many as will ever be shown."""
        if len(self._pool) >= MOST:
            return False
        self._add().setVisible(False)
        return True

    def _add(self) -> HomeRow:
        made = HomeRow(self._themes, self._action, self._settle)
        self._make(made)
        self._pool.append(made)
        # Behind the caption and the rows, before what may stand under them.
        self.body.insertWidget(len(self._pool), made)
        return made


class HomePage(Panel):
    """Fills itself from `Home`; every line leads to the person it speaks of."""

    person_wanted = Signal(str)
    """Open this customer."""
    call_back_wanted = Signal(object)
    """Call this `MissedCaller` back."""
    dealt_with_wanted = Signal(object)
    """This `MissedCaller` needs no call any more."""
    promise_kept = Signal(str)
    """The promise with this id has been kept."""
    draft_wanted = Signal(object)
    """Go on with this `Draft`."""
    search_wanted = Signal()
    """Look for somebody."""

    def __init__(
        self, themes: ThemeSwitch, user_name: str, region: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, Ground.CANVAS, parent=parent)
        self._user_name = user_name
        self._region = region
        self.setObjectName("home")
        self._scroll = QScrollArea()
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._inside = Panel(themes, Ground.CANVAS)
        self._scroll.setWidget(self._inside)
        self.body.addWidget(self._scroll)
        self._hello = Paragraph(themes, "", TextRole.NAME)
        self._today = Label(themes, "", TextRole.TEXT, quiet=True)
        self._columns = QHBoxLayout()
        self._left, self._right = column(), column()
        self._columns.addLayout(self._left, 3)
        self._columns.addLayout(self._right, 2)
        self.missed = _Rows(
            themes, tr("Calls to return"), tr("Call back"), self._wire_missed, tr("Dealt with")
        )
        self._missed: tuple[MissedCaller, ...] = ()
        self._total_missed = 0
        self._all_missed = False
        self._language = "en"
        self.more = Button(themes, "", ButtonKind.QUIET)
        self.more.setObjectName("more_missed")
        self.more.clicked.connect(self.show_all_missed)
        self.missed.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeading)
        self.due = _Rows(themes, tr("Promises due"), tr("Mark kept"), self._wire_due)
        self.drafts = _Rows(themes, tr("Notes not finished"), "", self._wire_draft)
        self.recent = _Rows(themes, tr("Recent people"), "", self._wire_recent)
        self._good = Panel(themes, Ground.SURFACE, framed=True, padding=_GOOD_PADDING, gap=Space.S)
        self._good_caption = SectionCaption(themes, tr("One good thing from this week"))
        self._praise = Quotation(themes)
        self._good_words = Paragraph(themes, "", quiet=True)
        for widget in (self._good_caption, self._praise, self._good_words):
            self._good.body.addWidget(widget)
        self._calm = EmptyState(
            themes,
            tr("All calls answered, all promises kept"),
            tr("When somebody calls, they open here by themselves."),
            glyph=Icon.SPARKLE,
            action=tr("Find a customer"),
        )
        self._calm.acted.connect(self.search_wanted)
        self._build()
        # One row at a time while nobody waits: all at once would hold the window up when the
        # first people arrive.
        self._ahead = QTimer(self)
        self._ahead.setInterval(_BETWEEN_ROWS_MS)
        self._ahead.timeout.connect(self._make_ahead)
        self._ahead.start()
        themes.follow(self._lay_out)

    def _make_ahead(self) -> None:
        sections = (self.recent, self.missed, self.due, self.drafts)
        if not any(section.make_ahead() for section in sections):
            self._ahead.stop()

    def _build(self) -> None:
        for widget in (self.missed, self.due, self._calm):
            self._left.addWidget(widget)
        self._left.addStretch(1)
        for panel in (self._good, self.drafts, self.recent):
            self._right.addWidget(panel)
        self._right.addStretch(1)
        # Nothing is claimed, and nothing jumps, before it has been read.
        for part in (self.missed, self.due, self._calm, self._good, self.drafts, self.recent):
            part.setVisible(False)
        self._inside.body.addWidget(self._hello)
        self._inside.body.addWidget(self._today)
        self._inside.body.addLayout(self._columns, 1)

    def tell_partial(self, partial: bool) -> None:
        """Say from now on that customers are still on their way, or that all are here."""
        if partial:
            words = tr("Your customers are on their way")
            text = tr("Those who are here already open by themselves when they call.")
        else:
            words = tr("All calls answered, all promises kept")
            text = tr("When somebody calls, they open here by themselves.")
        self._calm.say(words, text)

    def take_keyboard(self) -> None:
        """Put the keyboard on the first line that leads somewhere, if there is one."""
        for section in (self.missed, self.due, self.drafts, self.recent):
            for line in section.rows[:1]:
                line.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _wire_missed(self, made: HomeRow) -> None:
        made.pressed.connect(lambda: self._open_missed(made))
        made.acted.connect(lambda: self._tell(self.call_back_wanted, made))
        made.settled.connect(lambda: self._tell(self.dealt_with_wanted, made))

    def _wire_due(self, made: HomeRow) -> None:
        made.pressed.connect(lambda: self.person_wanted.emit(str(made.property("customer"))))
        made.acted.connect(lambda: self.promise_kept.emit(made.key))

    def _wire_recent(self, made: HomeRow) -> None:
        made.pressed.connect(lambda: self.person_wanted.emit(made.key))

    def _wire_draft(self, made: HomeRow) -> None:
        made.pressed.connect(lambda: self.draft_wanted.emit(made.property("draft")))

    def _open_missed(self, made: HomeRow) -> None:
        caller = self._caller_of(made)
        if caller is not None and caller.customer_id is not None:
            self.person_wanted.emit(caller.customer_id)
        elif caller is not None:
            self.call_back_wanted.emit(caller)

    def _tell(self, signal: SignalInstance, made: HomeRow) -> None:
        caller = self._caller_of(made)
        if caller is not None:
            signal.emit(caller)

    def _caller_of(self, made: HomeRow) -> MissedCaller | None:
        return next((one for one in self._missed if one.interaction_id == made.key), None)

    @property
    def current_missed(self) -> MissedCaller | None:
        """The caller whose row has the keyboard, else the first; None without any."""
        rows = self.missed.rows
        at = next((made for made in rows if _has_focus(made)), None)
        chosen = at or (rows[0] if rows else None)
        return self._caller_of(chosen) if chosen is not None else None

    def go_to_missed(self) -> None:
        """Put the keyboard on the first call to return, if there is one."""
        for made in self.missed.rows[:1]:
            made.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_all_missed(self) -> None:
        """Show every call to return, not the first alone."""
        self._all_missed = True
        self._show_missed(MissedCallers(self._missed, self._total_missed), now(), self._language)
        self.go_to_missed()

    # --- Showing --------------------------------------------------------------------------------

    def show_home(self, home: Home, drafts: Sequence[OpenDraft], language: str) -> None:
        """Show what is to be done and what was good."""
        moment = now()
        here = moment.astimezone()
        self._hello.set_text(_hello(here, for_display(self._user_name, 60)))
        self._today.setText(times.day(here.date(), language, here.date(), weekday=True))
        self._language = language
        self._show_missed(home.missed, moment, language)
        self._show_due(home.due, moment, language)
        self._calm.setVisible(not home.missed.callers and not home.due)
        self._show_recent(home.recent, moment, language)
        self._show_drafts(drafts)
        self._show_good(home.good)

    def _show_missed(self, missed: MissedCallers, moment: datetime, language: str) -> None:
        at = self.current_missed if _has_focus(self.missed) else None
        self._missed, self._total_missed = missed.callers, missed.total
        shown = missed.callers if self._all_missed else missed.callers[:MOST]
        for made, caller in zip(self.missed.grown(len(shown)), shown, strict=True):
            self._fill_missed(made, caller, moment, language)
            if at is not None and caller.interaction_id == at.interaction_id:
                made.setFocus(Qt.FocusReason.OtherFocusReason)
        left = missed.total - len(shown)
        self.more.set_words(trn("%(n)d more call to return", "%(n)d more calls to return", left))
        self.more.setVisible(left > 0)
        self.more.setEnabled(len(shown) < len(missed.callers))

    def _fill_missed(
        self, made: HomeRow, caller: MissedCaller, moment: datetime, language: str
    ) -> None:
        number = format_for_display(caller.e164, self._region) if caller.e164 else ""
        made.action.setVisible(bool(caller.e164))
        often = ""
        if caller.times > 1:
            since = times.short_ago(caller.since, moment, language)
            often = trn(
                "%(n)d call, the first %(since)s",
                "%(n)d calls, the first %(since)s",
                caller.times,
                since=since,
            )
        parts = (number if caller.name else "", often, for_display(caller.maybe, 160))
        made.show_row(
            caller.interaction_id,
            for_display(caller.name or number or tr("Number withheld"), 120),
            " · ".join(part for part in parts if part),
            times.short_ago(caller.at, moment, language),
            face_id=caller.customer_id or "",
            glyph=Icon.MISSED,
        )

    def _show_due(self, due: Sequence[DuePromise], moment: datetime, language: str) -> None:
        for made, entry in zip(self.due.grown(len(due)), due, strict=True):
            made.setProperty("customer", entry.promise.customer_id)
            when = times.due(entry.promise.due_at, moment, language)
            made.show_row(
                entry.promise.id,
                for_display(entry.name, 120),
                for_display(entry.promise.text, 200),
                tr("late: %(time)s", time=when) if entry.late else when,
                face_id=entry.promise.customer_id,
                tone=Tone.DANGER if entry.late else Tone.NEUTRAL,
            )

    def _show_recent(self, recent: Sequence[RecentPerson], moment: datetime, language: str) -> None:
        for made, person in zip(self.recent.grown(len(recent)), recent, strict=True):
            made.show_row(
                person.customer_id,
                for_display(person.name, 120),
                for_display(person.subject, 120),
                times.short_ago(person.at, moment, language),
                face_id=person.customer_id,
            )

    def _show_drafts(self, drafts: Sequence[OpenDraft]) -> None:
        for made, entry in zip(self.drafts.grown(len(drafts)), drafts, strict=True):
            made.setProperty("draft", entry.draft)
            made.show_row(
                entry.draft.id,
                for_display(entry.name, 120) or tr("From a call of somebody unknown"),
                for_display(entry.draft.text, 160),
                "",
                face_id=entry.draft.customer_id or "",
                glyph=Icon.NOTE,
            )

    def _show_good(self, good: GoodThing | None) -> None:
        self._good.setVisible(good is not None)
        if good is None:
            return
        self._praise.setVisible(bool(good.praise))
        self._praise.say(for_display(good.praise or "", 240), hue=_GOOD_HUE)
        parts = [for_display(good.name or "", 80)] if good.praise else []
        if good.people_helped:
            parts.append(
                trn("You helped %(n)d person", "You helped %(n)d people", good.people_helped)
            )
        if good.promises_kept:
            parts.append(trn("kept %(n)d promise", "kept %(n)d promises", good.promises_kept))
        self._good_words.set_text(" · ".join(parts))

    def set_width(self, width: int, theme: Theme) -> None:
        """Put the columns under each other when `width` px are too few for two."""
        narrow = width < theme.px(_NARROW)
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(direction)

    def _lay_out(self, theme: Theme) -> None:
        side = theme.px(Space.XXL)
        self._inside.body.setContentsMargins(side, theme.px(Space.XL), side, side)
        self._inside.body.setSpacing(theme.px(Space.XS))
        self._columns.setSpacing(theme.px(Space.L))
        self._columns.setContentsMargins(0, theme.px(Space.L), 0, 0)
        for part in (self._left, self._right):
            part.setSpacing(theme.px(Space.L))


def _has_focus(widget: QWidget) -> bool:
    """Tell whether the keyboard is on `widget` or in it."""
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))


def _hello(here: datetime, name: str) -> str:
    first = name.split(" ")[0]
    if here.hour < 12:
        return tr("Good morning, %(name)s", name=first)
    if here.hour < 18:
        return tr("Good afternoon, %(name)s", name=first)
    return tr("Good evening, %(name)s", name=first)
