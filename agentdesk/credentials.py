"""The key of the cache: from the operating system's keyring, or from a passphrase."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

import keyring
import keyring.errors
from argon2.low_level import Type, hash_secret_raw
from keyring.backends import fail

from agentdesk.errors import Code, ExternalError, UserError

KEY_BYTES = 32
_SERVICE = "AgentDesk cache key"


@dataclass(frozen=True, slots=True)
class PassphraseRule:
    """How a key is derived from a passphrase: argon2id (RFC 9106) with these parameters.

    The default is RFC 9106's second recommendation: 64 MiB, 3 passes, 4 lanes.
    """

    salt_hex: str
    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4

    @classmethod
    def fresh(cls) -> PassphraseRule:
        """Return the rule for a new profile, with a salt of its own."""
        return cls(salt_hex=os.urandom(16).hex())

    def key(self, passphrase: str) -> bytes:
        """Return the 32-byte key; takes a noticeable part of a second, by intention."""
        return hash_secret_raw(
            passphrase.encode(),
            bytes.fromhex(self.salt_hex),
            time_cost=self.time_cost,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )


class Keyring(Protocol):
    """The operating system's store of secrets. Calls may block: never on the window's thread."""

    def usable(self) -> bool:
        """Tell whether a keyring answers at all."""
        ...

    def load(self, profile_id: str) -> bytes | None:
        """Return the key of the profile, or None if it has none here."""
        ...

    def save(self, profile_id: str, key: bytes) -> None:
        """Keep the key of the profile."""
        ...

    def forget(self, profile_id: str) -> None:
        """Destroy the key of the profile; nothing happens if there is none."""
        ...


class SystemKeyring:
    """The keyring of the session, through the keyring library."""

    def usable(self) -> bool:
        """Tell whether a keyring answers, by writing a probe and reading it back."""
        if isinstance(keyring.get_keyring(), fail.Keyring):
            return False
        probe = os.urandom(8).hex()
        try:
            keyring.set_password(_SERVICE, "probe", probe)
            answered = keyring.get_password(_SERVICE, "probe") == probe
            keyring.delete_password(_SERVICE, "probe")
        except (keyring.errors.KeyringError, OSError):
            return False
        return answered

    def load(self, profile_id: str) -> bytes | None:
        """Return the key; raises `ExternalError` if the keyring does not answer."""
        try:
            text = keyring.get_password(_SERVICE, profile_id)
        except (keyring.errors.KeyringError, OSError) as failure:
            raise ExternalError(Code.KEYRING_FAILED) from failure
        return bytes.fromhex(text) if text else None

    def save(self, profile_id: str, key: bytes) -> None:
        """Keep the key; raises `ExternalError` if the keyring does not answer."""
        try:
            keyring.set_password(_SERVICE, profile_id, key.hex())
        except (keyring.errors.KeyringError, OSError) as failure:
            raise ExternalError(Code.KEYRING_FAILED) from failure

    def forget(self, profile_id: str) -> None:
        """Destroy the key."""
        try:
            keyring.delete_password(_SERVICE, profile_id)
        except keyring.errors.PasswordDeleteError:
            return
        except (keyring.errors.KeyringError, OSError) as failure:
            raise ExternalError(Code.KEYRING_FAILED) from failure


def new_key() -> bytes:
    """Return a fresh random 256-bit key."""
    return os.urandom(KEY_BYTES)


def passphrase_key(rule: PassphraseRule, passphrase: str | None) -> bytes:
    """Return the key for `passphrase`; without one, says that one is needed."""
    if not passphrase:
        raise UserError(Code.PASSPHRASE_NEEDED)
    return rule.key(passphrase)


def phone_secret_id(profile_id: str) -> str:
    """Return under which id a keyring keeps the telephone system's secret of a profile."""
    return f"{profile_id}/telephony"


def load_phone_secret(keys: Keyring, profile_id: str) -> str:
    """Return the secret for the telephone system, empty if there is none or no keyring answers."""
    try:
        kept = keys.load(phone_secret_id(profile_id))
    except ExternalError:
        return ""
    return kept.decode(errors="replace") if kept else ""


def save_phone_secret(keys: Keyring, profile_id: str, secret: str) -> bool:
    """Keep the secret for the telephone system, or forget it if empty; False without a keyring."""
    try:
        if secret:
            keys.save(phone_secret_id(profile_id), secret.encode())
        else:
            keys.forget(phone_secret_id(profile_id))
    except ExternalError:
        return False
    return True
