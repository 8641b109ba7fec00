"""A keyring that holds the key of a made base: made-up people are no secret."""

from __future__ import annotations


class KnownKey:
    """Holds one key for whatever profile asks."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def usable(self) -> bool:
        """Tell that it answers."""
        return True

    def load(self, profile_id: str) -> bytes | None:  # noqa: ARG002 - the key of all of them
        """Return the key."""
        return self._key

    def save(self, profile_id: str, key: bytes) -> None:
        """Keep nothing: the key is known."""

    def forget(self, profile_id: str) -> None:
        """Keep the key: it is known."""
