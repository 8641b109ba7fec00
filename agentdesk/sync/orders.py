"""What a desk does when Central has it wiped: it sends what it may, then destroys its key.

Only an order that came with valid credentials destroys anything. Where these end in between, the
desk is locked and keeps everything, encrypted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from agentdesk.errors import AgentDeskError, Code
from agentdesk.store import outbox
from agentdesk.store.workers import Store
from agentdesk.sync import exchange

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

SALVAGE_TRIES = 4
_PAUSE_S = 2.0

_CREDENTIALS_ENDED = frozenset(
    {Code.TOKEN_EXPIRED, Code.SIGNED_OUT, Code.NOT_SIGNED_IN, Code.DEVICE_LOCKED}
)


def obey_wipe(
    store: Store,
    client: CentralClient,
    author_id: str,
    *,
    salvage: bool,
    destroy: Callable[[], None],
    pause: Callable[[float], object],
) -> None:
    """Send what the author wrote, if that is allowed, and destroy the profile.

    `pause` waits for some seconds, and `destroy` is `agentdesk.store.wipe.wipe_profile`. Raises,
    with nothing destroyed, if the credentials end while sending.
    """
    if salvage:
        send_unsent(store, client, author_id, pause)
    logger.warning("this desk is wiped, as Central orders")
    destroy()


def send_unsent(
    store: Store, client: CentralClient, author_id: str, pause: Callable[[float], object]
) -> bool:
    """Send all that the author wrote, in a few tries; tell whether Central has judged it all."""
    for left in reversed(range(SALVAGE_TRIES)):
        try:
            more = True
            while more:
                _changes, more = exchange.push_once(store, client, author_id)
        except AgentDeskError as failure:
            if failure.code in _CREDENTIALS_ENDED:
                raise
            logger.warning("sending what waits failed: %s", failure.code.value)
        if not store.read_here(outbox.unjudged, author_id, 1):
            return True
        if left:
            pause(_PAUSE_S)
    logger.error("some edits could not be sent before this desk was wiped")
    return False
