"""The Preferences screen: the declared settings, account, storage and shortcuts."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from agentdesk.i18n import mark, tr
from agentdesk.services.desk import Desk
from agentdesk.settings import SETTINGS, Preferences, Section
from agentdesk.ui import tasks
from agentdesk.ui.actions import ActionContext, Actions, ActionSpec
from agentdesk.ui.bridge import SyncControl
from agentdesk.ui.notices import Notices
from agentdesk.ui.phones import Phones
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, column, row
from agentdesk.ui.widgets.text import Label, Paragraph
from agentdesk.views.preferences.account import AccountSection
from agentdesk.views.preferences.rows import SettingRow
from agentdesk.views.preferences.shortcuts import ShortcutsTable
from agentdesk.views.preferences.storage import StorageSection
from agentdesk.views.preferences.telephony import TelephonySection

PREFERENCES = ActionContext("preferences", mark("Preferences"))
SIGN_OUT = ActionSpec(
    "account.sign-out", mark("Sign out"), "Ctrl+Shift+Q", PREFERENCES, "lock", mark("log out leave")
)

_WIDTH = 760
_HEADINGS = {Section.APPEARANCE: mark("Appearance"), Section.CALLS: mark("Calls")}


class PreferencesPage(Panel):
    """One calm column of sections; every change works at once."""

    page_wanted = Signal()
    """An action of this screen was asked for from elsewhere: show the screen."""
    signed_out = Signal()
    """The sign-in is forgotten; what is unsent is kept."""

    def __init__(
        self,
        desk: Desk,
        sync: SyncControl,
        themes: ThemeSwitch,
        actions: Actions,
        notices: Notices,
        preferences: Preferences,
        phones: Phones | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(themes, Ground.CANVAS, parent=parent)
        self.setObjectName("preferences_page")
        self._desk = desk
        self._sync = sync
        self._themes = themes
        self._notices = notices
        self.rows: dict[str, SettingRow] = {}
        self.account = AccountSection(themes, desk.identity, desk.language)
        self.storage = StorageSection(themes)
        self.shortcuts = ShortcutsTable(themes, actions)
        self.telephony: TelephonySection | None = None
        if phones is not None:
            self.telephony = TelephonySection(themes, preferences, phones, notices)
        self._headings: list[Label] = []
        self._middle = QWidget()
        self._column = column(self._middle)
        self._build(preferences)
        actions.bind(SIGN_OUT, self._sign_out_wanted, scope=self)
        self.account.sign_out_wanted.connect(self._sign_out_wanted)
        self.account.sign_out_confirmed.connect(self._sign_out)
        themes.follow(self._follow_theme)

    def _build(self, preferences: Preferences) -> None:
        for section, heading in _HEADINGS.items():
            panel = self._section(tr(heading))
            settings = [setting for setting in SETTINGS if setting.section is section]
            for at, setting in enumerate(settings):
                if at:
                    panel.body.addWidget(Hairline(self._themes))
                self.rows[setting.key] = SettingRow(self._themes, preferences, setting)
                panel.body.addWidget(self.rows[setting.key])
            if section is Section.APPEARANCE:
                panel.body.addWidget(Hairline(self._themes))
                panel.body.addWidget(_Sample(self._themes))
        if self.telephony is not None:
            self._section(tr("Telephony")).body.addWidget(self.telephony)
            self.rows |= self.telephony.rows
        self._section(tr("Account")).body.addWidget(self.account)
        self._section(tr("Storage")).body.addWidget(self.storage)
        self._section(tr("Shortcuts")).body.addWidget(self.shortcuts)
        self._column.addStretch(1)
        inside = QWidget()
        across = row(inside)
        across.addStretch(1)
        across.addWidget(self._middle, 100)
        across.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inside)
        self.body.addWidget(self._scroll)

    def _section(self, words: str) -> Panel:
        heading = Label(self._themes, words, TextRole.OPENING)
        panel = Panel(self._themes, Ground.SURFACE, framed=True, padding=1)
        self._headings.append(heading)
        self._column.addWidget(heading)
        self._column.addWidget(panel)
        return panel

    def take_keyboard(self) -> None:
        """Put the keyboard on the first setting."""
        first = next(iter(self.rows.values()))
        first.control.setFocus(Qt.FocusReason.OtherFocusReason)
        self._scroll.verticalScrollBar().setValue(0)

    # --- Storage ------------------------------------------------------------------------------

    async def _show_storage(self) -> None:
        facts = await tasks.in_thread(self._desk.storage())
        self.storage.show_facts(facts)
        self.account.show_central(facts.central_address)

    # --- Signing out --------------------------------------------------------------------------

    def _sign_out_wanted(self) -> None:
        self.page_wanted.emit()
        tasks.start(self._ask_or_sign_out(), owner=self)

    async def _ask_or_sign_out(self) -> None:
        queue = await tasks.in_thread(self._desk.queue())
        unsent = len(queue.attention) + len(queue.waiting)
        if not unsent:
            await self._forget_sign_in()
            return
        status = self._sync.status()
        in_all = max(unsent, status.pending + status.attention)
        self.account.ask(queue.waiting, queue.attention, in_all, len(queue.conflicts))
        # Its place is known once the question has been laid out.
        QTimer.singleShot(0, self, self._show_question)

    def _show_question(self) -> None:
        self._scroll.ensureWidgetVisible(self.account.question)

    def _sign_out(self) -> None:
        tasks.start(self._forget_sign_in(), owner=self)

    async def _forget_sign_in(self) -> None:
        await tasks.in_thread(self._sync.sign_out())
        self.signed_out.emit()

    # --- Beneath ------------------------------------------------------------------------------

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._column.setContentsMargins(side, theme.px(Space.L), side, side)
        self._column.setSpacing(theme.px(Space.S))
        self._middle.setMaximumWidth(theme.px(_WIDTH))
        for heading in self._headings:
            heading.setContentsMargins(0, theme.px(Space.M), 0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        tasks.start(self._show_storage(), owner=self)


class _Sample(QWidget):
    """How a name and an opening line look with what is chosen above."""

    def __init__(self, themes: ThemeSwitch) -> None:
        super().__init__()
        self._layout = column(self)
        self._layout.addWidget(Paragraph(themes, "Anna Wiśniewska", TextRole.NAME))
        self._layout.addWidget(Paragraph(themes, "AN-na veesh-NYEF-ska", TextRole.QUIET))
        opening = tr("“Good afternoon, Mrs Wiśniewska. It is good to hear from you.”")
        self._layout.addWidget(Paragraph(themes, opening, TextRole.OPENING))
        themes.follow(self._restyle)

    def _restyle(self, theme: Theme) -> None:
        side = theme.px(Space.L)
        self._layout.setContentsMargins(side, side, side, side)
        self._layout.setSpacing(theme.px(Space.XS))
