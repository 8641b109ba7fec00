"""What passes between desk and Central: the last exchange, what waits, the clocks, a check."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QScrollArea, QWidget

from agentdesk.domain.moments import now
from agentdesk.i18n import tr, trn
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.theme import Space, TextRole, Theme
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.ui.widgets.buttons import Button
from agentdesk.ui.widgets.frames import Ground, Hairline, Panel, column, row
from agentdesk.ui.widgets.text import Paragraph
from agentdesk.views import figures, times
from agentdesk.views.preferences.rows import FactRow
from agentdesk.views.sync.status_words import first_sync_words

_WIDTH = 720
_SKEW_TOLD_S = 2.0
"""Clocks that differ by less are as good as alike."""
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400


class ExchangeSection(QWidget):
    """Facts in words, one to a line; nothing here asks for a decision."""

    def __init__(self, themes: ThemeSwitch, language: str) -> None:
        super().__init__()
        self._language = language
        self.last = FactRow(themes, tr("Last exchange"))
        self.waiting = FactRow(themes, tr("Waiting here"))
        self.oldest = FactRow(themes, tr("Waits longest since"))
        self.others = FactRow(themes, tr("Waits for others"))
        self.arriving = FactRow(themes, tr("Arriving now"))
        self.clock = FactRow(themes, tr("Clocks"))
        self._rows = (
            self.last,
            self.waiting,
            self.oldest,
            self.others,
            self.arriving,
            self.clock,
        )
        self.check = Button(themes, tr("Compare with Central"))
        self.check.setObjectName("compare")
        self._build(themes)
        themes.follow(self._follow_theme)

    def _build(self, themes: ThemeSwitch) -> None:
        self._panel = Panel(themes, Ground.SURFACE, framed=True, padding=1)
        self._lines: list[Hairline] = []
        for at, fact in enumerate(self._rows):
            if at:
                self._lines.append(Hairline(themes))
                self._panel.body.addWidget(self._lines[-1])
            self._panel.body.addWidget(fact)
        inside = QWidget()
        self._margin = column(inside)
        across = row()
        across.addWidget(self._panel, 100)
        across.addStretch(1)
        self._hint = Paragraph(
            themes,
            tr("What you save is kept here first and sent by itself. Nothing is lost in between."),
            TextRole.QUIET,
        )
        self._margin.addLayout(across)
        self._margin.addWidget(self._hint)
        foot = row()
        foot.addWidget(self.check)
        foot.addStretch(1)
        self._margin.addLayout(foot)
        self._margin.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        column(self).addWidget(scroll)

    def perform(self, check: QAction) -> None:
        """Let the button carry this action out."""
        self.check.perform(check)

    def take_keyboard(self) -> bool:
        """Put the keyboard on the one thing that can be done here."""
        self.check.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def show_status(self, status: SyncStatus, moment: datetime | None = None) -> None:
        """Say what `status` tells of the exchange."""
        moment = moment or now()
        language = self._language
        last = status.last_sync_at
        self.last.show_value(times.exact(last, language) if last else tr("none yet"))
        self.waiting.show_value(_waiting_words(status))
        oldest = status.oldest_pending_at if status.pending else None
        self._show(self.oldest, times.exact(oldest, language) if oldest else "")
        self._show(self.others, _others_words(status))
        self._show(self.arriving, arriving_words(status, language))
        self._show(self.clock, "" if status.skew_s is None else clock_words(status.skew_s))

    def _show(self, fact: FactRow, words: str) -> None:
        """Show a fact with the line over it, or neither."""
        fact.show_value(words)
        fact.setVisible(bool(words))
        self._lines[self._rows.index(fact) - 1].setVisible(bool(words))

    def _follow_theme(self, theme: Theme) -> None:
        side = theme.px(Space.XL)
        self._margin.setContentsMargins(side, side, side, side)
        self._margin.setSpacing(theme.px(Space.M))
        self._panel.setMaximumWidth(theme.px(_WIDTH))


def _waiting_words(status: SyncStatus) -> str:
    if not status.pending:
        return tr("nothing")
    return trn("%(n)d edit", "%(n)d edits", status.pending)


def _others_words(status: SyncStatus) -> str:
    if not status.others:
        return ""
    return trn(
        "%(n)d decision of somebody else who works on this computer",
        "%(n)d decisions of others who work on this computer",
        status.others,
    )


def arriving_words(status: SyncStatus, language: str) -> str:
    """Return how much of what is under way has come and how fast, "" if nothing is."""
    if status.state not in (SyncState.FIRST_SYNC, SyncState.CATCHING_UP) or not status.received:
        return ""
    words = first_sync_words(status, language)
    if status.rate_per_s:
        rate = figures.count(round(status.rate_per_s), language)
        words = tr("%(far)s · %(n)s a second", far=words, n=rate)
    return words


def clock_words(skew_s: float) -> str:
    """Return how far Central's clock is from this computer's, in words."""
    if abs(skew_s) < _SKEW_TOLD_S:
        return tr("this computer and Central agree")
    apart = _length(abs(skew_s))
    if skew_s > 0:
        return tr("Central is %(time)s ahead of this computer; nothing depends on it", time=apart)
    return tr("Central is %(time)s behind this computer; nothing depends on it", time=apart)


def _length(seconds: float) -> str:
    """Return a length in its largest unit."""
    if seconds < _MINUTE_S:
        return trn("%(n)d second", "%(n)d seconds", round(seconds))
    if seconds < _HOUR_S:
        return trn("%(n)d minute", "%(n)d minutes", round(seconds / _MINUTE_S))
    if seconds < _DAY_S:
        return trn("%(n)d hour", "%(n)d hours", round(seconds / _HOUR_S))
    return trn("%(n)d day", "%(n)d days", round(seconds / _DAY_S))
