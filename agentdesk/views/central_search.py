"""Asking Central for people whom this desk does not hold, without ever delaying its own answers."""

from __future__ import annotations

import asyncio

from agentdesk.domain.asked import take_apart
from agentdesk.domain.found import Hit
from agentdesk.errors import AgentDeskError, Code, UserError
from agentdesk.services.desk import Desk
from agentdesk.ui import tasks

PAUSE_S = 0.4
"""Somebody who types on within that time is not waiting for an answer from afar."""

_SHORTEST = 3


class CentralSearch:
    """One box's questions to Central; a task that is cancelled meanwhile asks nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._all_held: bool | None = None

    async def ask(self, typed: str) -> tuple[Hit, ...]:
        """Return whom Central knows by these words; nobody if the desk holds everybody itself.

        Raises `AgentDeskError` if Central does not answer and may know somebody whom the desk
        does not: what a desk that holds everybody cannot miss is no news.
        """
        asked = take_apart(typed)
        words = [word.latin for word in asked.words]
        if self._all_held or asked.fragments or max(map(len, words), default=0) < _SHORTEST:
            return ()
        await asyncio.sleep(PAUSE_S)
        try:
            answer = await tasks.in_thread(self._desk.central.search(asked.text))
        except AgentDeskError as failure:
            unknown = isinstance(failure, UserError) and failure.code is Code.NOT_SIGNED_IN
            if unknown or self._all_held is None:
                return ()
            raise
        self._all_held = answer.all_held
        return answer.hits
