"""The truth about sync in one short sentence, never more than is true (invariant 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agentdesk.domain.moments import now
from agentdesk.errors import Code
from agentdesk.i18n import mark, tr, trn
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.icons import Icon
from agentdesk.ui.theme import Tone
from agentdesk.views import figures
from agentdesk.views.sync.words import stamp


@dataclass(frozen=True)
class StatusWords:
    """One short sentence with its icon; `details` for who wants to know more."""

    words: str
    tone: Tone
    glyph: Icon
    details: str = ""


def status_words(status: SyncStatus, language: str, moment: datetime | None = None) -> StatusWords:
    """Return what may be said about `status`, never more than is true."""
    moment = moment or now()
    words, tone, glyph = _state_words(status, language, moment)
    details = (_state_details(status, language), last_exchange(status, language, moment))
    return StatusWords(words, tone, glyph, " ".join(part for part in details if part))


def last_exchange(status: SyncStatus, language: str, moment: datetime | None = None) -> str:
    """Return when desk and Central last spoke."""
    if status.last_sync_at is None:
        return tr("No exchange with Central yet.")
    when = stamp(status.last_sync_at, moment or now(), language)
    return tr("Last exchange with Central: %(when)s.", when=when)


def first_sync_words(status: SyncStatus, language: str) -> str:
    """Return how far a first sync is: "123,000 of 600,000"."""
    received = figures.count(status.received, language)
    if not status.expected:
        return tr("%(received)s received", received=received)
    expected = figures.count(status.expected, language)
    return tr("%(received)s of %(expected)s", received=received, expected=expected)


_WITHOUT_CENTRAL = {
    Code.SERVER_BUSY: mark("Central is busy"),
    Code.SERVER_FAILED: mark("Central has trouble"),
    Code.SERVER_UNTRUSTED: mark("Central is not trusted"),
    Code.SERVER_NOT_CENTRAL: mark("something else answers for Central"),
    Code.ANSWER_DAMAGED: mark("answers arrive damaged"),
    Code.DISK_FULL: mark("the disk is full"),
    Code.DISK_FAILED: mark("the disk does not answer"),
    Code.UNEXPECTED: mark("the exchange fails"),
}
"""What keeps desk and Central apart although there may be a network: "offline" would be untrue."""


def _state_words(status: SyncStatus, language: str, moment: datetime) -> tuple[str, Tone, Icon]:
    match status.state:
        case SyncState.SIGNED_OUT:
            return _with_waiting(status, tr("signed out")), Tone.WARN, Icon.LOCK
        case SyncState.LOCKED:
            return _with_waiting(status, tr("sign in again to send")), Tone.DANGER, Icon.LOCK
        case SyncState.UPGRADE:
            return _with_waiting(status, tr("another version is needed")), Tone.DANGER, Icon.WRONG
        case SyncState.FORKED:
            return _with_waiting(status, tr("sending has stopped")), Tone.DANGER, Icon.WRONG
        case SyncState.DIFFERS:
            return _with_waiting(status, _difference(status)), Tone.WARN, Icon.WARN
        case SyncState.WIPED:
            return tr("This desk was wiped"), Tone.DANGER, Icon.WRONG
        case SyncState.ELSEWHERE:
            return _with_waiting(status, tr("another program sends")), Tone.INFO, Icon.SYNC
        case SyncState.OFFLINE:
            return _offline_words(status, language, moment)
        case SyncState.FIRST_SYNC:
            return _first_sync_state(status, language)
        case SyncState.CATCHING_UP:
            return _with_waiting(status, tr("catching up")), Tone.INFO, Icon.SYNC
        case SyncState.LIVE:
            return _live_words(status)


def _offline_words(status: SyncStatus, language: str, moment: datetime) -> tuple[str, Tone, Icon]:
    reason = _WITHOUT_CENTRAL.get(status.error) if status.error else None
    if reason is not None:
        return _with_waiting(status, tr(reason)), Tone.WARN, Icon.WARN
    since = tr("offline")
    if status.offline_since is not None:
        at = stamp(status.offline_since, moment, language)
        since = tr("offline since %(time)s", time=at)
    return _with_waiting(status, since), Tone.WARN, Icon.CLOUD_OFF


def _difference(status: SyncStatus) -> str:
    if status.error is Code.REMOVALS_UNCONFIRMED:
        return tr("many removals, not believed yet")
    return tr("differs from Central")


def _first_sync_state(status: SyncStatus, language: str) -> tuple[str, Tone, Icon]:
    if status.paused:
        return _with_waiting(status, tr("not everything is here")), Tone.WARN, Icon.WAITING
    if not status.received:
        words = tr("reading everything anew") if status.again else tr("getting your customers")
        return _with_waiting(status, words), Tone.INFO, Icon.SYNC
    words = first_sync_words(status, language)
    if status.left_s is not None:
        words = tr("%(far)s · %(left)s", far=words, left=figures.time_left(status.left_s))
    return _with_waiting(status, words), Tone.INFO, Icon.SYNC


def _live_words(status: SyncStatus) -> tuple[str, Tone, Icon]:
    attention = status.attention + status.conflicts
    if attention:
        words = trn("%(n)d needs your decision", "%(n)d need your decision", attention)
        return words, Tone.WARN, Icon.WARN
    if status.pending:
        return trn("Sending %(n)d", "Sending %(n)d", status.pending), Tone.INFO, Icon.CLOUD_UP
    if not status.all_saved:
        return tr("Up to date"), Tone.NEUTRAL, Icon.SYNC
    return tr("All saved centrally"), Tone.GOOD, Icon.CLOUD_OK


def _state_details(status: SyncStatus, language: str) -> str:
    """Return what the short sentence leaves out."""
    if status.state is SyncState.FIRST_SYNC:
        if status.paused:
            far = first_sync_words(status, language)
            return tr("The first sync is paused: %(far)s.", far=far)
        if status.again:
            return tr("Everything is read anew; what you see is what was here before.")
        return tr("Your customers are on their way; search finds those that are here.")
    attention = status.attention + status.conflicts
    if attention and status.state is not SyncState.LIVE:
        return trn("%(n)d needs your decision.", "%(n)d need your decision.", attention)
    if status.others:
        return trn(
            "%(n)d waits for somebody else who works on this computer.",
            "%(n)d wait for others who work on this computer.",
            status.others,
        )
    return ""


def _with_waiting(status: SyncStatus, state: str) -> str:
    if not status.pending:
        return state[:1].upper() + state[1:]
    waiting = trn("%(n)d waiting", "%(n)d waiting", status.pending)
    return tr("%(waiting)s, %(state)s", waiting=waiting, state=state)
