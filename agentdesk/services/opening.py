"""Opening a profile for work: its cache, and who is signed in. Blocks."""

from __future__ import annotations

from agentdesk.credentials import Keyring
from agentdesk.paths import ProfilePaths
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store.profile import OpenProfile, open_profile
from agentdesk.sync.absorb import show_pending


def open_for_work(
    paths: ProfilePaths, keyring: Keyring, passphrase: str | None = None, *, repair: bool = False
) -> OpenProfile:
    """Open a profile; after a repair, what was rescued from the outbox is shown again.

    Raises what `agentdesk.store.profile.open_profile` raises.
    """
    profile = open_profile(paths, keyring, passphrase, repair=repair)
    if profile.rescued is not None:
        profile.store.write_here(show_pending)
    return profile


def desk_of(profile: OpenProfile, *, language: str = "en") -> Desk:
    """Return the desk of whoever is signed in; raises `UserError(NOT_SIGNED_IN)`."""
    return Desk(profile.store, profile.store.read_here(load_identity), language=language)
