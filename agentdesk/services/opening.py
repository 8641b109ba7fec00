"""Opening a profile for work: its cache, and who is signed in. Blocks."""

from __future__ import annotations

import sqlalchemy as sa

from agentdesk.credentials import Keyring
from agentdesk.errors import Code, ExternalError
from agentdesk.paths import ProfilePaths
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store.profile import OpenProfile, open_profile
from agentdesk.store.repair import RESCUED_EDITS
from agentdesk.store.state import get_state, set_state
from agentdesk.store.wipe import wipe_profile
from agentdesk.sync.absorb import show_pending


def open_for_work(
    paths: ProfilePaths, keyring: Keyring, passphrase: str | None = None, *, repair: bool = False
) -> OpenProfile:
    """Open a profile; after a repair, what was rescued from the outbox is shown again.

    What is left of a wiped one is removed.

    Raises what `agentdesk.store.profile.open_profile` raises.
    """
    try:
        profile = open_profile(paths, keyring, passphrase, repair=repair)
    except ExternalError as failure:
        if failure.code is Code.DEVICE_WIPED:
            # Whatever cut the wiping off.
            wipe_profile(paths, keyring)
        raise
    if profile.store.read_here(get_state, RESCUED_EDITS) is not None:
        profile.store.write_here(_show_rescued)
    return profile


def _show_rescued(connection: sa.Connection) -> None:
    show_pending(connection)
    set_state(connection, **{RESCUED_EDITS: None})


def desk_of(profile: OpenProfile, *, language: str = "en") -> Desk:
    """Return the desk of whoever is signed in; raises `UserError(NOT_SIGNED_IN)`."""
    return Desk(profile.store, profile.store.read_here(load_identity), language=language)
