"""The main window: rail, top bar, screens, notices; what every screen shares."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QStackedWidget,
    QTextEdit,
    QWidget,
)

from agentdesk.domain.moments import now
from agentdesk.i18n import mark, tr
from agentdesk.messages import words_for
from agentdesk.services.desk import Desk
from agentdesk.settings import RAISE_ON_CALL, WINDOW_PLACE, WINDOW_SCREEN, Preferences
from agentdesk.telephony.events import Call, CallEvent, Step, announced
from agentdesk.ui import tasks
from agentdesk.ui.actions import Actions, ActionSpec
from agentdesk.ui.bridge import DeskBridge, SyncControl, SyncStatus
from agentdesk.ui.icons import Icon
from agentdesk.ui.notices import Notices
from agentdesk.ui.palette import CommandPalette
from agentdesk.ui.palette_model import PaletteItem
from agentdesk.ui.phones import Phones
from agentdesk.ui.theme import Size, Space, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, column, row
from agentdesk.views.about import AboutPage
from agentdesk.views.customers.page import CustomersPage
from agentdesk.views.desk.page import DeskPage
from agentdesk.views.desk.twin_hint import TwinHint
from agentdesk.views.first_sync import FirstSyncStrip, is_partial
from agentdesk.views.palette_provider import (
    ACTIONS,
    AT_CENTRAL,
    DEMO_CALLS,
    PEOPLE,
    PaletteProvider,
)
from agentdesk.views.preferences.appearance import bind_appearance
from agentdesk.views.preferences.page import PreferencesPage
from agentdesk.views.rail import Rail, Screen
from agentdesk.views.shortcuts_page import ShortcutsPage
from agentdesk.views.sync.page import SyncPage
from agentdesk.views.sync.status_words import status_words
from agentdesk.views.top_bar import TopBar

DESK, CUSTOMERS, SYNC, PREFERENCES = "desk", "customers", "sync", "preferences"
SCREENS = (
    Screen(DESK, mark("Desk"), Icon.DESK),
    Screen(CUSTOMERS, mark("Customers"), Icon.CUSTOMERS),
    Screen(SYNC, mark("Sync"), Icon.SYNC),
    Screen(PREFERENCES, mark("Preferences"), Icon.PREFERENCES),
)
SHOW_SCREEN: dict[str, ActionSpec] = {
    screen.id: ActionSpec(f"screen.{screen.id}", screen.name, f"Ctrl+{n}", icon=screen.icon.value)
    for n, screen in enumerate(SCREENS, 1)
}
SEARCH = ActionSpec("window.search", mark("Search people and actions"), "Ctrl+K", icon="search")
SHORTCUTS = ActionSpec("window.shortcuts", mark("Shortcuts"), "F1", icon="keyboard")
ABOUT = ActionSpec("window.about", mark("About AgentDesk"), "Shift+F1", icon="info")
UNDO = ActionSpec("window.undo", mark("Undo what was just done"), "Ctrl+Shift+Z", icon="undo")
SIMULATE = ActionSpec("call.simulate", mark("Simulate call"), "F12", icon="phone-in")
QUIT = ActionSpec("window.quit", mark("Quit"), "Ctrl+Q", icon="close")
WINDOW_ACTIONS = (*SHOW_SCREEN.values(), SEARCH, SHORTCUTS, ABOUT, UNDO, SIMULATE, QUIT)

_SMALLEST = (860, 560)
_USUAL = (1440, 900)
_NOTICE_WIDTH = 344


class MainWindow(QMainWindow):
    """Everything that a signed-in person works with.

    The first wish to close is refused and told by `close_requested`; the composition root saves
    what is unsaved (`finish`), then calls `allow_close` and closes.
    """

    close_requested = Signal()
    """The person wants to leave."""
    card_painted = Signal(str)
    """The card for the call with this id has been painted for the first time."""
    signed_out = Signal()
    """The sign-in is forgotten; what is unsent is kept."""

    def __init__(
        self,
        desk: Desk,
        bridge: DeskBridge,
        sync: SyncControl,
        themes: ThemeSwitch,
        preferences: Preferences,
        demo_calls: Sequence[tuple[str, str]] = (),
        phones: Phones | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._desk = desk
        self._themes = themes
        self._preferences = preferences
        self._phones = phones
        self._demo_calls = tuple(demo_calls)
        self._next_demo = 0
        self._may_close = False
        self.actions_ = Actions(self)
        self.notices = Notices(themes, words_for)
        self.rail = Rail(themes, SCREENS)
        self.top = TopBar(themes, desk.identity.user)
        self.first_sync = FirstSyncStrip(themes, desk.language)
        self._pages = QStackedWidget()
        self._bind_window()
        self.desk_page = DeskPage(
            desk, bridge, themes, self.actions_, self.notices, preferences, self
        )
        self._twin_hint = TwinHint(desk, self.desk_page.person.card, self)
        self.customers_page = CustomersPage(
            desk, bridge, themes, self.actions_, self.notices, preferences
        )
        self.sync_page = SyncPage(desk, bridge, sync, themes, self.actions_, self.notices)
        self.preferences_page = PreferencesPage(
            desk, sync, themes, self.actions_, self.notices, preferences, phones
        )
        self._screens: dict[str, QWidget] = {
            DESK: self.desk_page,
            CUSTOMERS: self.customers_page,
            SYNC: self.sync_page,
            PREFERENCES: self.preferences_page,
        }
        for page in self._screens.values():
            self._pages.addWidget(page)
        self._found = PaletteProvider(desk, self.actions_, self._demo_calls, SEARCH.id)
        body = self._build()
        self.palette_list = CommandPalette(
            themes,
            self._found,
            self.top.search,
            body,
            self._found.further,
        )
        self._connect(bridge)
        bridge.follow(sync)
        self._show_sync(sync.status())
        self._restore()
        themes.follow(self._follow_theme)

    # --- Building -------------------------------------------------------------------------------

    def _bind_window(self) -> None:
        for screen_id, spec in SHOW_SCREEN.items():
            self.actions_.bind(spec, partial(self.show_screen, screen_id), scope=self)
        for spec, handler in (
            (SEARCH, self.open_search),
            (SHORTCUTS, self.show_shortcuts),
            (ABOUT, self.show_about),
            (UNDO, self.notices.bar.take_back),
            (QUIT, self.close),
        ):
            self.actions_.bind(spec, handler, scope=self)
        bind_appearance(self.actions_, self._preferences, self)
        if self._demo_calls:
            self.actions_.bind(SIMULATE, self.simulate_call, scope=self)

    def _build(self) -> Panel:
        body = Panel(self._themes, Ground.CANVAS)
        line = row()
        line.addWidget(self.rail)
        line.addWidget(Hairline(self._themes, Qt.Orientation.Vertical))
        right = column()
        right.addWidget(self.top)
        right.addWidget(self.first_sync)
        right.addWidget(self.notices.banner)
        right.addWidget(self._pages, 1)
        line.addLayout(right, 1)
        body.body.addLayout(line)
        self.notices.bar.setParent(body)
        self.notices.bar.hide()
        self.notices.bar.shown.connect(self._place_notice)
        self.setCentralWidget(body)
        self.setWindowTitle(tr("AgentDesk"))
        menu = (SHOW_SCREEN[PREFERENCES].id, SHORTCUTS.id, ABOUT.id, QUIT.id)
        self.top.offer(*(self.actions_.action(action_id) for action_id in menu))
        return body

    def _connect(self, bridge: DeskBridge) -> None:
        self.rail.chosen.connect(self.show_screen)
        self.top.sync_wanted.connect(lambda: self.show_screen(SYNC))
        self.palette_list.chosen.connect(self._chosen_in_palette)
        self.first_sync.cancelled.connect(self._desk.cancel_first_sync)
        self.first_sync.resumed.connect(self._desk.resume_first_sync)
        bridge.sync_changed.connect(self._show_sync)
        self.desk_page.card_painted.connect(self.card_painted)
        self.desk_page.page_wanted.connect(lambda: self.show_screen(DESK))
        self.desk_page.search_wanted.connect(self.open_search)
        self.desk_page.edit_wanted.connect(self.customers_page.edit_customer)
        self._twin_hint.compare_wanted.connect(self.customers_page.show_duplicates_of)
        self.customers_page.page_wanted.connect(lambda: self.show_screen(CUSTOMERS))
        self.customers_page.customer_opened.connect(self.open_customer)
        self.customers_page.visitor_opened.connect(self.open_visitor)
        self.sync_page.page_wanted.connect(lambda: self.show_screen(SYNC))
        self.sync_page.customer_opened.connect(self.open_customer)
        self.preferences_page.page_wanted.connect(lambda: self.show_screen(PREFERENCES))
        self.preferences_page.signed_out.connect(self.signed_out)
        self.desk_page.dial_wanted.connect(self._dial)
        if self._phones is not None:
            self._phones.happened.connect(self.take_event)
            self._phones.dialling_changed.connect(self.allow_dialling)
            self.allow_dialling(self._phones.can_dial)

    # --- Screens --------------------------------------------------------------------------------

    @property
    def screen_id(self) -> str:
        """The screen that is open."""
        current = self._pages.currentWidget()
        return next(key for key, page in self._screens.items() if page is current)

    def show_screen(self, screen_id: str) -> None:
        """Open a screen; the keyboard follows only if it was in the screen that goes."""
        page = self._screens[screen_id]
        if page is self._pages.currentWidget():
            return
        focus = QApplication.focusWidget()
        follows = focus is None or self._pages.isAncestorOf(focus) or self.rail.isAncestorOf(focus)
        self._pages.setCurrentWidget(page)
        self.rail.show_screen(screen_id)
        if self._preferences.get(WINDOW_SCREEN) != screen_id:
            self._preferences.set(WINDOW_SCREEN, screen_id)
        if follows:
            take = getattr(page, "take_keyboard", None)
            if callable(take):
                take()

    def open_customer(self, customer_id: str) -> None:
        """Open a customer on the Desk."""
        self.desk_page.open_customer(customer_id)

    def open_visitor(self, customer_id: str) -> None:
        """Fetch a customer whom only Central has, and open them on the Desk."""
        tasks.start(self._fetch_visitor(customer_id), owner=self)

    async def _fetch_visitor(self, customer_id: str) -> None:
        if await tasks.in_thread(self._desk.central.visit(customer_id)):
            self.open_customer(customer_id)

    def open_search(self) -> None:
        """Open the palette."""
        self.palette_list.open_palette()

    def show_shortcuts(self) -> None:
        """Open the page of shortcuts."""
        ShortcutsPage(self._themes, self.actions_, self).open()

    def show_about(self) -> None:
        """Open the page about the program."""
        AboutPage(self._themes, self._desk.identity, self).open()

    def _chosen_in_palette(self, section: str, item: PaletteItem) -> None:
        if section == PEOPLE:
            self.open_customer(item.key)
        elif section == AT_CENTRAL:
            self.open_visitor(item.key)
        elif section == ACTIONS:
            self.actions_.trigger(item.key)
        elif section == DEMO_CALLS:
            self.announce(announced(item.key, item.text))

    def _show_sync(self, status: SyncStatus) -> None:
        self.top.show_sync(status_words(status, self._desk.language, now()))
        self.rail.set_count(SYNC, status.attention + status.conflicts)
        self.first_sync.show_status(status)
        partial_ = is_partial(status)
        self._found.tell_partial(partial_)
        self.customers_page.panel.tell_partial(partial_)
        self.desk_page.home.tell_partial(partial_)

    # --- Calls ----------------------------------------------------------------------------------

    @property
    def is_typing(self) -> bool:
        """Whether somebody is in the middle of writing something anywhere in the window."""
        if self.desk_page.is_typing:
            return True
        focus = QApplication.focusWidget()
        if isinstance(focus, QPlainTextEdit | QTextEdit):
            return not focus.isReadOnly() and bool(focus.toPlainText().strip())
        return isinstance(focus, QLineEdit) and bool(focus.text())

    def take_call(self, call: Call) -> None:
        """Show a ringing call, or let it wait while somebody types or speaks; takes no keyboard."""
        typing = self.is_typing
        if self.desk_page.take_call(call, typing=typing):
            self.show_screen(DESK)
        if self.isActiveWindow():
            return
        if self._preferences.get(RAISE_ON_CALL) and not typing:
            if self.isMinimized():
                self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
            self.raise_()
        QApplication.alert(self)

    def take_event(self, event: CallEvent) -> None:
        """Show what a source tells of a call."""
        typing = self.is_typing
        known = self.desk_page.calls.book.find(event.call.call_id) is not None
        if event.step is Step.RINGING and not known:
            self.take_call(event.call)
            return
        shown = self._pages.currentWidget() is self.desk_page
        self.desk_page.course.follow(event, typing=typing, shown=shown)

    def announce(self, call: Call) -> None:
        """Let a call ring that a person or the demo announces, as any source would."""
        if self._phones is not None:
            self._phones.switchboard.by_hand.announce(call)
        else:
            self.take_call(call)

    def allow_dialling(self, allowed: bool) -> None:
        """Offer to call people, or do not."""
        self.desk_page.person.card.allow_dialling(allowed)
        self.actions_.refresh()

    def _dial(self, call: Call) -> None:
        if self._phones is not None:
            tasks.start(self._phones.dial(call), owner=self, on_failure=self.notices.report)

    def simulate_call(self) -> None:
        """Let the next person of the demo call."""
        if self._demo_calls:
            number, name = self._demo_calls[self._next_demo % len(self._demo_calls)]
            self._next_demo += 1
            self.announce(announced(number, name))

    def bring_forward(self) -> None:
        """Somebody started the program a second time: show this window.

        While something is being typed it only asks for attention.
        """
        self.show()
        if self.isActiveWindow():
            return
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        if not self.is_typing:
            self.activateWindow()
        QApplication.alert(self)

    # --- The end --------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Save what is being typed; return once it is on the disk."""
        self._remember_place()
        await self.desk_page.finish()

    def allow_close(self) -> None:
        """Let the next close happen."""
        self._may_close = True

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            super().closeEvent(event)
            return
        event.ignore()
        self.notices.say(tr("Saving…"))
        self.close_requested.emit()

    # --- Where it stands ------------------------------------------------------------------------

    def _restore(self) -> None:
        theme = self._themes.theme
        # Never larger than the screen that it opens on.
        usual = QSize(theme.px(_USUAL[0]), theme.px(_USUAL[1]))
        self.resize(usual.boundedTo(self.screen().availableSize()))
        kept = self._preferences.get(WINDOW_PLACE)
        if isinstance(kept, str):
            with contextlib.suppress(binascii.Error, ValueError):
                self.restoreGeometry(QByteArray(base64.b64decode(kept, validate=True)))
        screen = self._preferences.get(WINDOW_SCREEN)
        self.rail.show_screen(DESK)
        if screen in self._screens and screen != DESK:
            self.show_screen(screen)

    def _remember_place(self) -> None:
        place = base64.b64encode(self.saveGeometry().data()).decode()
        self._preferences.set(WINDOW_PLACE, place)

    def _place_notice(self) -> None:
        """Let the notice float over the bottom of the first column: nothing jumps for it."""
        theme, bar = self._themes.theme, self.notices.bar
        gap = theme.px(Space.S)
        left = self.rail.width() + gap
        width = min(theme.px(_NOTICE_WIDTH), self.width() - left - gap)
        layout = bar.layout()
        height = bar.sizeHint().height()
        if layout is not None and layout.hasHeightForWidth():
            height = max(height, layout.heightForWidth(width))
        bar.setGeometry(left, self.height() - height - gap, width, height)
        bar.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_notice()

    def _follow_theme(self, theme: Theme) -> None:
        # Large text must not push the foot of the window off a small screen.
        smallest = QSize(theme.px(_SMALLEST[0]), theme.px(_SMALLEST[1]))
        room = self.screen().availableSize() - QSize(0, theme.px(Size.TOP_BAR))
        self.setMinimumSize(smallest.boundedTo(room))
