"""A desk without a window that synchronises on its threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from agentdesk.credentials import SystemKeyring
from agentdesk.demo.company import DEMO_PASSWORD
from agentdesk.domain.changes import ChangeSet
from agentdesk.services.identity import load_identity
from agentdesk.store.profile import create_profile, open_profile, profile_paths
from agentdesk.sync.engine import SyncEngine
from agentdesk.sync.status import SyncState, SyncStatus

_PATIENCE_S = 1_800.0
_PASSPHRASE = "measured behind closed doors"


class SignedIn:
    """One desk of the demo company. Close it when done."""

    def __init__(self, folder: Path, name: str) -> None:
        paths = profile_paths(folder, name)
        create_profile(paths, SystemKeyring(), _PASSPHRASE)
        self.store = open_profile(paths, SystemKeyring(), _PASSPHRASE).store
        self.arrived = threading.Event()
        self._live = threading.Event()
        self._lock = paths.sync_lock
        self.engine = self._new_engine()
        self.engine.start()

    def sign_in(self, address: str, login: str) -> float:
        """Sign in and return the seconds until everything is there."""
        began = time.perf_counter()
        self.engine.sign_in(address, login, DEMO_PASSWORD).result(30)
        assert self._live.wait(_PATIENCE_S)
        return time.perf_counter() - began

    def go_offline(self) -> None:
        """Speak to Central no more."""
        self.engine.stop()

    def come_back(self, told: Callable[[SyncStatus], None]) -> None:
        """Speak to Central again; `told` hears how it goes."""
        self.engine = self._new_engine()
        self.engine.on_status(told)
        self.engine.start()

    def _new_engine(self) -> SyncEngine:
        engine = SyncEngine(self.store, self._lock, self._changed)
        engine.on_status(self._told)
        return engine

    @property
    def author(self) -> str:
        """The id of whoever is signed in."""
        return self.store.read_here(load_identity).user.id

    def _told(self, status: SyncStatus) -> None:
        if status.state is SyncState.LIVE and status.last_sync_at is not None:
            self._live.set()

    def _changed(self, changes: ChangeSet) -> None:
        if changes:
            self.arrived.set()

    def close(self) -> None:
        """End the threads and close the cache."""
        self.engine.stop()
        self.store.close()
