"""Reading texts for numbers that were not read when they came: after an update, or a first sync."""

from __future__ import annotations

import logging
import threading
import time

from agentdesk.errors import AgentDeskError
from agentdesk.store import mentions
from agentdesk.store.workers import Store

logger = logging.getLogger(__name__)

_REST_SHARE = 3.0
"""How long to rest after a step, in the time that it took: what is worked with comes first."""
_BEGIN_AFTER_S = 10.0
"""The start of the program comes first."""
_LOOK_AGAIN_S = 30.0


def read_some(store: Store) -> bool:
    """Look through the next few thousand texts, in this thread; False if all have been read.

    Where it is cut off, the next call goes on. Only what was found is written, in a short
    transaction, and as it stands then.
    """
    before = store.read_here(mentions.progress)
    if not before.region or before.is_complete:
        # Before the company is known, so are its numbers not.
        return False
    after, found = store.read_here(mentions.read_on, before)
    store.write_here(mentions.keep_read, before, after, found)
    return True


def read_all(store: Store) -> None:
    """Look through all texts that have not been read yet, in this thread."""
    while read_some(store):
        pass


class MentionReader:
    """Reads on beside everything else, for as long as the window is open."""

    def __init__(self, store: Store, *, begin_after_s: float = _BEGIN_AFTER_S) -> None:
        self._store = store
        self._begin_after_s = begin_after_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mentions", daemon=True)

    def start(self) -> None:
        """Begin, if it has not begun; returns at once."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """End with the step under way; blocks until then, a part of a second."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        self._ended.wait(self._begin_after_s)
        while not self._ended.is_set():
            began = time.monotonic()
            try:
                more = read_some(self._store)
            except AgentDeskError as failure:
                # A full disk or a locked file: nothing is lost, it is tried again.
                logger.info("reading for numbers paused: %s", failure.code.value)
                more = False
            rest_s = _REST_SHARE * (time.monotonic() - began) if more else _LOOK_AGAIN_S
            self._ended.wait(rest_s)
