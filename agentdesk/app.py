"""The desktop's composition root: the only place where its parts are wired together."""

from __future__ import annotations

import asyncio
import gc
import locale
import logging
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

# PySide6 reads the source of whatever is imported after it: what needs no window comes first.
import agentdesk.services.opening
import agentdesk.sync.engine
import agentdesk.telephony.connection  # noqa: F401

# isort: split
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from agentdesk import i18n, paths
from agentdesk.credentials import Keyring, SystemKeyring
from agentdesk.domain.changes import ChangeSet
from agentdesk.errors import AgentDeskError, Code, ExternalError
from agentdesk.instance import InstanceServer, Request, hand_over
from agentdesk.messages import words_for
from agentdesk.paths import ProfilePaths
from agentdesk.services.desk import Desk
from agentdesk.services.mentions import MentionReader
from agentdesk.services.opening import desk_of, open_for_work
from agentdesk.settings import LANGUAGE, LESS_MOTION, TEXT_SIZE, THEME, Preferences
from agentdesk.store.profile import OpenProfile, create_profile, profile_paths
from agentdesk.store.repair import mark_damaged
from agentdesk.store.wipe import wipe_profile
from agentdesk.sync.account import load_account
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState
from agentdesk.telephony.events import Call
from agentdesk.ui import loop, tasks
from agentdesk.ui.bridge import DeskBridge
from agentdesk.ui.phones import Phones
from agentdesk.ui.stylesheet import dress, undressed
from agentdesk.ui.theme_switch import ThemeChoice, ThemeSwitch
from agentdesk.views.main_window import MainWindow
from agentdesk.views.start.trouble import WayOn
from agentdesk.views.start.window import StartWindow

_T = TypeVar("_T")
_P = ParamSpec("_P")

logger = logging.getLogger(__name__)

_WATCH_MS = 1_000


@dataclass(frozen=True, slots=True)
class Options:
    """How the desktop was started. `home` None means the usual data folder."""

    home: Path | None = None
    profile: str = "default"
    passphrase: str | None = None
    call: Call | None = None
    demo_calls: tuple[tuple[str, str], ...] = ()
    on_ready: Callable[[Running], Awaitable[None]] | None = None
    keyring: Keyring = field(default_factory=SystemKeyring)


@dataclass(frozen=True, slots=True)
class Running:
    """What is there once somebody works: for the demo's story, which uses it as a person would.

    `rang_at` tells when the last call reached this process, by `time.perf_counter`.
    """

    window: MainWindow
    desk: Desk
    engine: SyncEngine
    themes: ThemeSwitch
    rang_at: Callable[[], float]
    quit: Callable[[], None]


def run_desktop(options: Options) -> int:
    """Run the desktop until it is closed, and return the exit code.

    If the profile's window runs already, it takes over and this returns at once.
    """
    where = profile_paths(paths.home(options.home), options.profile)
    if hand_over(where, options.call):
        return 0
    qInstallMessageHandler(_log_qt)
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)  # noqa: S101 - nobody makes a lesser one
    app.setApplicationName("AgentDesk")
    app.setDesktopFileName("agentdesk")
    desktop = _Desktop(app, options, where)
    return loop.run(app, desktop.main, desktop.report)


class _Channel(QObject):
    """Brings requests of other starts from the instance thread to the window's."""

    arrived = Signal(object)


class _Desktop:
    """The life of one window: start pages, work, end."""

    def __init__(self, app: QApplication, options: Options, where: ProfilePaths) -> None:
        self._options = options
        self._paths = where
        self._themes = ThemeSwitch()
        dress(app, self._themes)
        self._preferences = Preferences()
        self._app = app
        self._start = StartWindow(self._themes)
        self._workers = ThreadPoolExecutor(2, thread_name_prefix="desktop")
        self._window: MainWindow | None = None
        self._calls: list[Call] = [options.call] if options.call else []
        self._quit = asyncio.Event()
        self._signed_out = asyncio.Event()
        self._channel = _Channel()
        self._channel.arrived.connect(self._obey)
        self._rang_at = 0.0
        self._instance = InstanceServer(where, self._pass_on)

    def report(self, error: BaseException | None, where: str) -> None:
        """Show what failed and nobody awaited."""
        if error is None:
            logger.error("event loop: %s", where)
            return
        if isinstance(error, AgentDeskError) and error.code is Code.STORE_DAMAGED:
            self._workers.submit(mark_damaged, self._paths)
        if self._window is not None:
            self._window.notices.report(error)
        else:
            logger.error("background fault", exc_info=error)

    async def main(self) -> int:
        """Open the profile, let somebody sign in, and work until the window is closed."""
        i18n.use_language(_system_language())
        self._start.quit_requested.connect(self._quit.set)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: self._quit.set())
        try:
            if not await self._in_worker(self._instance.start):
                await self._in_worker(lambda: hand_over(self._paths, self._options.call))
                return 0
            profile = await self._open()
            if profile is None:
                return 0
            await self._work(profile)
        finally:
            self._start.finish()
            await self._in_worker(self._instance.stop)
            self._workers.shutdown(wait=False)
        return 0

    # --- Opening the profile ------------------------------------------------------------------

    async def _open(self) -> OpenProfile | None:
        """Return the open profile, or None if the person would rather quit."""
        passphrase, repair = self._options.passphrase, False
        while not self._quit.is_set():
            opening = self._in_worker(self._open_or_make, passphrase, repair)
            try:
                return await opening
            except AgentDeskError as failure:
                repair = False
                if failure.code in (Code.PASSPHRASE_NEEDED, Code.WRONG_PASSPHRASE):
                    passphrase = await self._ask_passphrase(failure)
                else:
                    repair = await self._ask_way_on(failure)
        return None

    def _open_or_make(self, passphrase: str | None, repair: bool) -> OpenProfile:
        if not self._paths.header.exists():
            create_profile(
                self._paths, self._options.keyring, passphrase, demo=bool(self._options.demo_calls)
            )
        return open_for_work(self._paths, self._options.keyring, passphrase, repair=repair)

    async def _ask_passphrase(self, failure: AgentDeskError) -> str | None:
        page = self._start.show_passphrase(create=not self._paths.header.exists())
        if failure.code is Code.WRONG_PASSPHRASE:
            page.say(words_for(failure))
        self._start.show()
        answer = await self._first_of(self._start.passphrase_entered)
        self._start.show_waiting(i18n.tr("Opening…"))
        return answer[0] if answer else None

    async def _ask_way_on(self, failure: AgentDeskError) -> bool:
        """Tell what is wrong; True to repair, False to try again, and the quit event to leave."""
        ways = [WayOn("retry", i18n.tr("Try again"), primary=True)]
        if failure.code is Code.DEVICE_WIPED:
            ways = []
        if failure.code is Code.STORE_DAMAGED:
            hint = i18n.tr("The damaged file is kept, your unsent edits are saved.")
            ways = [WayOn("repair", i18n.tr("Rebuild from Central"), hint, primary=True), *ways]
        ways.append(WayOn("quit", i18n.tr("Quit")))
        self._start.show_trouble(words_for(failure), ways)
        self._start.show()
        answer = await self._first_of(self._start.way_chosen)
        if answer == ("quit",):
            self._quit.set()
        return answer == ("repair",)

    async def _first_of(self, told: Any) -> tuple[Any, ...] | None:
        """Wait for a signal and return its arguments, or None if the person quits first."""
        _let_collector_work()
        heard: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

        def hear(*values: Any) -> None:
            if not heard.done():
                heard.set_result(values)

        told.connect(hear)
        leaving = asyncio.ensure_future(self._quit.wait())
        waits: set[asyncio.Future[Any]] = {heard, leaving}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return heard.result() if heard.done() else None
        finally:
            leaving.cancel()
            told.disconnect(hear)

    # --- Work ---------------------------------------------------------------------------------

    async def _work(self, profile: OpenProfile) -> None:
        """Synchronise and show the window until it is closed; then end in the right order."""
        desks: list[Desk] = []
        engine = SyncEngine(
            profile.store,
            self._paths.sync_lock,
            lambda changes: _announce(desks, changes),
            destroy=lambda: wipe_profile(self._paths, self._options.keyring),
        )
        reader = MentionReader(profile.store)
        try:
            while not self._quit.is_set():
                desk = await self._sign_in(profile, engine)
                if desk is None:
                    break
                desks[:] = [desk]
                desk.wake_sync_with(engine.wake)
                desk.central = engine
                desk.control_first_sync_with(engine.pause_first_sync, engine.resume_first_sync)
                await self._serve(profile, desk, engine, reader)
                if engine.status().state is SyncState.WIPED:
                    break
        finally:
            # Sync ends before the writer is drained, and the file is closed last.
            await self._in_worker(engine.stop)
            await self._in_worker(reader.stop)
            await self._in_worker(profile.store.close)
        if engine.status().state is SyncState.WIPED:
            # What was still open then may be deleted now.
            await self._in_worker(wipe_profile, self._paths, self._options.keyring)
            await self._ask_way_on(ExternalError(Code.DEVICE_WIPED))

    async def _sign_in(self, profile: OpenProfile, engine: SyncEngine) -> Desk | None:
        """Return the desk of whoever is signed in, after asking if nobody is."""
        while not self._quit.is_set():
            account = await tasks.in_thread(profile.store.read(load_account))
            if account.tokens is not None:
                await self._in_worker(engine.look)
                return await self._in_worker(lambda: desk_of(profile, language=_system_language()))
            address = account.address
            self._start.show_sign_in(
                address.url if address else "", "", address.ca_file or "" if address else ""
            )
            self._start.show()
            await self._try_sign_in(engine)
        return None

    async def _try_sign_in(self, engine: SyncEngine) -> None:
        """Ask until Central has let somebody in, or the person quits."""
        while not self._quit.is_set():
            answer = await self._first_of(self._start.sign_in_requested)
            if answer is None:
                return
            url, name, password, ca_file = answer
            page = self._start.page
            if page is not None:
                page.set_busy(True)
            try:
                await tasks.in_thread(engine.sign_in(url, name, password, ca_file or None))
            except AgentDeskError as failure:
                self._start.say(words_for(failure))
            else:
                return
            finally:
                if page is not None:
                    page.set_busy(False)

    async def _serve(
        self, profile: OpenProfile, desk: Desk, engine: SyncEngine, reader: MentionReader
    ) -> None:
        """Show the main window until it is closed or the person signs out."""
        await self._load_preferences(desk)
        bridge = DeskBridge(desk)
        bridge.follow(engine)
        self._signed_out.clear()
        bridge.sync_changed.connect(self._notice_sign_out)
        if engine.status().state is SyncState.WIPED:
            self._signed_out.set()
        phones = Phones(self._preferences, self._options.keyring, profile.header.id, engine.on_call)
        with undressed(self._app):
            window = MainWindow(
                desk=desk,
                bridge=bridge,
                sync=engine,
                themes=self._themes,
                preferences=self._preferences,
                demo_calls=self._options.demo_calls if profile.header.demo else (),
                phones=phones,
            )
        self._window = window
        window.close_requested.connect(self._quit.set)
        self._start.hide()
        window.show()
        tasks.start(_begin(window, desk, engine, reader), owner=window)
        _let_collector_work()
        for call in self._calls:
            window.announce(call)
        self._calls.clear()
        tasks.start(phones.start(), owner=window)
        watch = self._watch(profile, desk, engine, window)
        if self._options.on_ready is not None:
            running = Running(
                window, desk, engine, self._themes, lambda: self._rang_at, self._quit.set
            )
            tasks.start(self._told_ready(running), owner=window)
        await self._until_the_end()
        watch.stop()
        await phones.stop()
        await window.finish()
        bridge.stop()
        self._window = None
        window.allow_close()
        window.close()
        window.deleteLater()

    async def _told_ready(self, running: Running) -> None:
        assert self._options.on_ready is not None  # noqa: S101 - asked for before
        await self._options.on_ready(running)

    async def _until_the_end(self) -> None:
        waits = {asyncio.ensure_future(e.wait()) for e in (self._quit, self._signed_out)}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _notice_sign_out(self, status: Any) -> None:
        if status.state in (SyncState.SIGNED_OUT, SyncState.WIPED):
            self._signed_out.set()

    def _watch(
        self, profile: OpenProfile, desk: Desk, engine: SyncEngine, window: MainWindow
    ) -> QTimer:
        """Notice once a second what commands beside the window have written."""
        seen: list[int] = []

        async def look() -> None:
            count = await tasks.in_thread(profile.store.foreign_commits())
            if seen and count != seen[0]:
                desk.announce_everything()
                engine.sync_now()
            seen[:] = [count]

        timer = QTimer(window)
        timer.setInterval(_WATCH_MS)
        timer.timeout.connect(lambda: tasks.start(look(), owner=window))
        timer.start()
        return timer

    async def _load_preferences(self, desk: Desk) -> None:
        preferences = self._preferences
        kept: Mapping[str, Any] = await tasks.in_thread(desk.settings())
        preferences.load(kept)
        preferences.save = desk.save_setting
        self._apply(desk)
        preferences.on_change(lambda _key, _value: self._apply(desk))

    def _apply(self, desk: Desk) -> None:
        """Put language, theme and text size into force."""
        get = self._preferences.get
        chosen = get(LANGUAGE)
        language = chosen if chosen in i18n.LANGUAGES else _system_language()
        i18n.use_language(language)
        desk.use_language(language)
        self._themes.choose(ThemeChoice(get(THEME)))
        self._themes.set_text_scale(get(TEXT_SIZE) / 100)
        self._themes.set_less_motion(get(LESS_MOTION))

    # --- Beneath ------------------------------------------------------------------------------

    def _pass_on(self, request: Request) -> None:
        """Note when a request came, on the instance thread, and pass it to the window's."""
        self._rang_at = time.perf_counter()
        self._channel.arrived.emit(request)

    def _obey(self, request: Request) -> None:
        """Do what another start of the program asked for."""
        if request.call is None:
            if self._window is not None:
                self._window.bring_forward()
            else:
                self._start.show()
                self._start.activateWindow()
        elif self._window is not None:
            self._window.announce(request.call)
        else:
            self._calls.append(request.call)

    def _in_worker(
        self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> Awaitable[_T]:
        return tasks.in_thread(self._workers.submit(work, *args, **kwargs))


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Keep what Qt has to say in the log, where everything else is."""
    serious = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    logger.log(logging.ERROR if serious else logging.DEBUG, "Qt: %s", text)


def _let_collector_work() -> None:
    """Let the garbage collector, which the start has stopped, look after what comes from now on.

    What the start made lives as long as the window; looking through it all again and again would
    stop the window for a tenth of a second at a time.
    """
    gc.freeze()
    gc.enable()


async def _begin(window: MainWindow, desk: Desk, engine: SyncEngine, reader: MentionReader) -> None:
    """Ready the desk for its first call; what goes on beside the window comes after that."""
    try:
        await asyncio.wait((window.desk_page.home_filling,))
        await asyncio.gather(*map(tasks.in_thread, desk.warm_up()))
    finally:
        engine.start()
        reader.start()


def _announce(desks: Sequence[Desk], changes: ChangeSet) -> None:
    """Tell the desk, once somebody is signed in, what sync has changed."""
    for desk in desks:
        desk.announce(changes)


def _system_language() -> str:
    """Return the system's language if the interface has it, else English."""
    code = (locale.getlocale()[0] or "en").split("_")[0].lower()
    return code if code in i18n.LANGUAGES else "en"
