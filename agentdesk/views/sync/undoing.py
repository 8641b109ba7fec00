"""Taking back what was decided on the Sync screen: by the notice, or with Ctrl+Z, last first."""

from __future__ import annotations

from collections.abc import Callable

from agentdesk.ui.notices import Notices

_REMEMBERED = 50


class Undoing:
    """Remembers how to take decisions back, each once, for as long as the window lives."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._steps: list[Callable[[], object]] = []

    def offer(self, words: str, undo: Callable[[], object]) -> None:
        """Say `words`, and let `undo` be asked for by the notice or by `take_back`."""

        def once() -> None:
            if once in self._steps:
                self._steps.remove(once)
                undo()

        self._steps.append(once)
        del self._steps[:-_REMEMBERED]
        self._notices.offer_undo(words, once)

    @property
    def is_possible(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._steps)

    def take_back(self) -> None:
        """Take the latest decision back; its notice goes."""
        if not self._steps:
            return
        last = self._steps[-1]
        current = self._notices.bar.current
        if current is not None and current.undo is last:
            self._notices.bar.dismiss()
        last()
