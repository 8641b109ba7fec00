"""The first sync as everybody sees it: a calm strip under the top bar while customers arrive."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from agentdesk.i18n import tr
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel
from agentdesk.ui.widgets.progress import ProgressStrip
from agentdesk.views import figures
from agentdesk.views.sync.status_words import first_sync_words


def is_partial(status: SyncStatus) -> bool:
    """Tell whether customers are missing here that Central would give: search must say so."""
    under_way = status.state is SyncState.FIRST_SYNC or status.paused
    interrupted = bool(status.expected) and status.received < (status.expected or 0)
    kept_away = status.state is SyncState.OFFLINE and interrupted
    return (under_way or kept_away) and not status.again


class FirstSyncStrip(Panel):
    """Rows, rate and time left, with Cancel, or Resume once cancelled; nothing modal."""

    cancelled = Signal()
    """The person wants the first sync to stop for now."""
    resumed = Signal()
    """The person wants the first sync to go on."""

    def __init__(self, themes: ThemeSwitch, language: str, parent: QWidget | None = None) -> None:
        super().__init__(themes, Ground.SURFACE, parent=parent)
        self.setObjectName("first_sync")
        self._language = language
        self.strip = ProgressStrip(themes)
        self.strip.cancel.setAccessibleName(tr("Cancel the first sync"))
        self.strip.resume.setAccessibleName(tr("Resume the first sync"))
        self.strip.cancelled.connect(self.cancelled)
        self.strip.resumed.connect(self.resumed)
        self.body.addWidget(self.strip)
        self.body.addWidget(Hairline(themes))
        self.setVisible(False)

    def show_status(self, status: SyncStatus) -> None:
        """Say how far it is, or go away when it has ended."""
        if status.paused:
            self.strip.show_paused(self._paused_words(status), _share(status))
        elif status.state is SyncState.FIRST_SYNC:
            self.strip.show_progress(self._words(status), _share(status), self._pace(status))
        self.setVisible(status.paused or status.state is SyncState.FIRST_SYNC)

    def _words(self, status: SyncStatus) -> str:
        if status.again:
            what = tr("Reading everything anew; you go on with what is here")
        else:
            what = tr("Getting your customers; you can work with those that are here")
        if not status.received:
            return what
        far = first_sync_words(status, self._language)
        return tr("%(what)s: %(far)s", what=what, far=far)

    def _paused_words(self, status: SyncStatus) -> str:
        if not status.received:
            return tr("The first sync is cancelled; not everything is here")
        far = first_sync_words(status, self._language)
        return tr("The first sync is cancelled at %(far)s; not everything is here", far=far)

    def _pace(self, status: SyncStatus) -> str:
        parts = []
        if status.rate_per_s:
            rate = figures.count(round(status.rate_per_s), self._language)
            parts.append(tr("%(n)s a second", n=rate))
        if status.left_s is not None:
            parts.append(figures.time_left(status.left_s))
        return " · ".join(parts)


def _share(status: SyncStatus) -> float:
    return status.received / status.expected if status.expected else 0.0
