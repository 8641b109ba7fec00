"""Stand-ins for the operating system's edges."""

from __future__ import annotations

from agentdesk.errors import Code, ExternalError


class MemoryKeyring:
    """A keyring that forgets everything when the test ends; can be told not to answer."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.keys: dict[str, bytes] = {}

    def usable(self) -> bool:
        """Tell whether it answers."""
        return self.answers

    def load(self, profile_id: str) -> bytes | None:
        """Return the key, if it has one."""
        if not self.answers:
            raise ExternalError(Code.KEYRING_FAILED)
        return self.keys.get(profile_id)

    def save(self, profile_id: str, key: bytes) -> None:
        """Keep the key."""
        self.keys[profile_id] = key

    def forget(self, profile_id: str) -> None:
        """Destroy the key."""
        self.keys.pop(profile_id, None)
