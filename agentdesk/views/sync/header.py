"""The top of the Sync screen: where it stands, in words, what went wrong, and "Sync now"."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from agentdesk.errors import AgentDeskError
from agentdesk.i18n import tr
from agentdesk.messages import words_for
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Size, Space, TextRole, Theme, Tone
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.alert import ToneIcon
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.frames import Ground, Panel, column, row
from agentdesk.ui.widgets.meter import Meter
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views.sync.status_words import first_sync_words, last_exchange, status_words
from agentdesk.views.words_panel import WordsPanel

_PASSING = (SyncState.OFFLINE, SyncState.DIFFERS)
_AGAIN = (SyncState.LOCKED, SyncState.SIGNED_OUT)


class SyncHeader(Panel):
    """Says one `SyncStatus`."""

    sign_in_wanted = Signal()
    """The person wants to sign in again."""

    def __init__(self, themes: ThemeSwitch, language: str, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self._language = language
        self._icon = ToneIcon(themes, Icon.CLOUD_OK, Tone.GOOD, size=Size.ICON + Space.S)
        self.state = Paragraph(themes, "", TextRole.NAME)
        self.state.setObjectName("sync_state")
        self.last = Paragraph(themes, "", TextRole.QUIET)
        self.last.setObjectName("sync_last")
        self.sync_now = Button(themes, tr("Sync now"), glyph=Icon.SYNC)
        self.sync_now.setObjectName("sync_now")
        self.sign_in = Button(themes, tr("Sign in again"), glyph=Icon.LOCK)
        self.sign_in.clicked.connect(self.sign_in_wanted)
        self.new_device = Button(themes, tr("Continue as a new device"), glyph=Icon.DESK)
        self.new_device.setObjectName("new_device")
        self.progress = Meter(themes)
        self.progress.setObjectName("sync_progress")
        self.trouble = WordsPanel(themes)
        self.trouble.setObjectName("sync_trouble")
        self._line = row()
        self._beside = column()
        self._beside.addWidget(self._icon)
        self._beside.addStretch(1)
        self._texts = column()
        self._texts.addWidget(self.state)
        self._texts.addWidget(self.last)
        self._line.addLayout(self._beside)
        self._line.addLayout(self._texts, 1)
        self._line.addWidget(self.sign_in, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self.new_device, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self.sync_now, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(self._line)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.trouble)
        themes.follow(self._follow_theme)

    def perform(self, sync_now: QAction, new_device: QAction) -> None:
        """Let the buttons carry these actions out."""
        self.sync_now.perform(sync_now)
        self.new_device.perform(new_device)

    def show_status(self, status: SyncStatus) -> None:
        """Say `status`."""
        told = status_words(status, self._language)
        self._icon.show_icon(told.glyph, told.tone)
        self.state.set_text(told.words)
        self.last.set_text(last_exchange(status, self._language))
        self.sign_in.setVisible(status.state in _AGAIN)
        self.new_device.setVisible(status.state is SyncState.FORKED)
        self.sync_now.setVisible(status.state not in _AGAIN)
        self._show_progress(status)
        if status.error is None:
            self.trouble.clear()
        else:
            tone = Tone.WARN if status.state in _PASSING else Tone.DANGER
            self.trouble.show_words(words_for(AgentDeskError(status.error)), tone)

    def _show_progress(self, status: SyncStatus) -> None:
        """Show what of a long exchange has come; the first sync has a strip of its own."""
        self.progress.setVisible(status.state is SyncState.CATCHING_UP and status.received > 0)
        share = status.received / status.expected if status.expected else 0.0
        self.progress.set_value(first_sync_words(status, self._language), share)

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self.body.setContentsMargins(side, side, side, theme.px(Space.L))
        self.body.setSpacing(theme.px(Space.M))
        self._line.setSpacing(theme.px(Space.M))
        self._texts.setSpacing(theme.px(Space.XS))
        # The icon stands in the middle of the first line, which is higher than it.
        lift = theme.line_px(TextRole.NAME) - theme.line_px()
        self._beside.setContentsMargins(0, lift // 2, 0, 0)
