"""Word of changes from the desk's threads to the window's, and what the window asks of sync."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal

from agentdesk.domain.changes import ChangeSet
from agentdesk.services.desk import Desk
from agentdesk.sync.status import SyncState, SyncStatus

__all__ = ["DeskBridge", "SyncControl", "SyncState", "SyncStatus"]


class SyncControl(Protocol):
    """The synchronisation of one profile, as views may use it."""

    def status(self) -> SyncStatus:
        """Return the status as it was last told."""

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Call `listener` on a thread of its own whenever the status changes."""

    def sync_now(self) -> None:
        """Exchange now, whatever is being waited for; returns at once."""

    def sign_out(self) -> Future[None]:
        """Forget the sign-in; what is unsent stays."""

    def sign_in(
        self, url: str, name: str, password: str, ca_file: str | None = None
    ) -> Future[None]:
        """Sign in; the future fails with `AgentDeskError`."""


class DeskBridge(QObject):
    """Tells the window's thread what other threads changed; make it on the window's thread.

    Views connect to `changed` and read again only what the change set touches.
    """

    changed = Signal(object)
    """A `ChangeSet` has been committed."""
    sync_changed = Signal(object)
    """The `SyncStatus` is another one."""

    _arrived = Signal(object)
    _status_arrived = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._arrived.connect(self._pass_on, queued)
        self._status_arrived.connect(self._pass_status_on, queued)
        self._stops = [desk.on_change(self._arrived.emit)]
        self._followed: SyncControl | None = None

    def follow(self, sync: SyncControl) -> None:
        """Pass the status of `sync` on as well; a second time does nothing."""
        if self._followed is not sync:
            self._followed = sync
            self._stops.append(sync.on_status(self._status_arrived.emit))

    def stop(self) -> None:
        """Listen no more; call it before the desk closes."""
        while self._stops:
            self._stops.pop()()

    def _pass_on(self, changes: ChangeSet) -> None:
        self.changed.emit(changes)

    def _pass_status_on(self, status: SyncStatus) -> None:
        self.sync_changed.emit(status)
