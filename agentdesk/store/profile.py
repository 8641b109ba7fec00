"""Profiles: one folder, one key, one encrypted cache each. Opening them blocks."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from agentdesk.credentials import Keyring, PassphraseRule, new_key, passphrase_key
from agentdesk.decoding import decode_json
from agentdesk.domain.ids import new_id
from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.paths import ProfilePaths
from agentdesk.store.engine import CacheFile, explained, make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.repair import finish_rebuild, rebuild, set_aside
from agentdesk.store.swap import finish_swap
from agentdesk.store.workers import Store

DEFAULT_PROFILE = "default"
_OPENING_S = 30.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a profile before its cache is opened; nothing in it is secret.

    Without a `passphrase` rule the key is in the keyring. `key_check` tells a wrong passphrase
    from a damaged cache. `demo` profiles offer the simulator. Of a `wiped` profile nothing is left
    but this; `forget_key` is set while its key may still be in the keyring.
    """

    id: str
    key_check: str
    passphrase: PassphraseRule | None = None
    demo: bool = False
    wiped: bool = False
    forget_key: bool = False


@dataclass(frozen=True, slots=True)
class OpenProfile:
    """A profile whose cache is open. `rescued` counts edits saved from a damaged cache."""

    paths: ProfilePaths
    header: Header
    store: Store
    rescued: int | None = None


def profile_paths(home: Path, name: str) -> ProfilePaths:
    """Return the paths of a profile; raises `UserError(BAD_VALUE)` for a name that is none."""
    if not _NAME.fullmatch(name):
        raise UserError(Code.BAD_VALUE, field="profile", reason="letters, digits, - and _ only")
    return ProfilePaths(home, name)


def profile_names(home: Path) -> list[str]:
    """Return the profiles in a data folder by name."""
    return sorted(path.parent.name for path in home.glob("profiles/*/profile.json"))


def read_header(paths: ProfilePaths) -> Header:
    """Return a profile's header; raises `UserError(PROFILE_MISSING)` if there is none."""
    try:
        return decode_json(paths.header.read_bytes(), Header)
    except FileNotFoundError as failure:
        raise UserError(Code.PROFILE_MISSING) from failure
    except msgspec.DecodeError as failure:
        raise ExternalError(Code.STORE_DAMAGED) from failure
    except OSError as failure:
        raise ExternalError(Code.DISK_FAILED) from failure


def create_profile(
    paths: ProfilePaths, keyring: Keyring, passphrase: str | None = None, *, demo: bool = False
) -> None:
    """Make a profile with an empty cache.

    A passphrase that is given is used; without one the key goes into the keyring. Raises
    `UserError(PASSPHRASE_NEEDED)` if no keyring answers, `PROFILE_EXISTS` if it is there.
    """
    if paths.header.exists() and not read_header(paths).wiped:
        raise UserError(Code.PROFILE_EXISTS)
    profile_id = new_id()
    rule = PassphraseRule.fresh() if passphrase else None
    if rule is None and not keyring.usable():
        raise UserError(Code.PASSPHRASE_NEEDED)
    key = rule.key(passphrase) if rule and passphrase else new_key()
    header = Header(
        id=profile_id, key_check=_key_check(profile_id, key), passphrase=rule, demo=demo
    )
    with explained():
        paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if paths.cache.exists():
            # Of a profile that was never finished, or has lost its header: nobody has its key.
            set_aside(paths)
    if rule is None:
        keyring.save(profile_id, key)
    engine = make_engine(paths.cache, key, create=True)
    try:
        upgrade(engine, paths.cache)
    finally:
        engine.dispose()
    # Written last: a profile without a header is one that was never finished.
    write_header(paths, header)


def open_profile(
    paths: ProfilePaths, keyring: Keyring, passphrase: str | None = None, *, repair: bool = False
) -> OpenProfile:
    """Open a profile's cache, brought to this program's schema.

    With `repair`, a cache that is damaged is set aside, and a new one is made with every unsent
    edit that could be read. Raises `UserError`: `PROFILE_MISSING`, `PASSPHRASE_NEEDED`,
    `WRONG_PASSPHRASE`; `ExternalError`: `DEVICE_WIPED`, `KEY_MISSING`, `KEYRING_FAILED`,
    `STORE_DAMAGED`, `STORE_TOO_NEW`.
    """
    header = read_header(paths)
    if header.wiped:
        raise ExternalError(Code.DEVICE_WIPED)
    key = find_key(header, keyring, passphrase)
    rescued: int | None = None
    with _opening(paths):
        finish_rebuild(paths)
        if repair:
            rescued = rebuild(paths, key)
        if paths.damage_mark.exists():
            raise ExternalError(Code.STORE_DAMAGED)
        current = finish_swap(CacheFile(paths.cache, key))
        engine = make_engine(current.path, key)
        try:
            upgrade(engine, current.path)
        except BaseException:
            engine.dispose()
            raise
    return OpenProfile(paths, header, Store(engine), rescued)


@contextmanager
def _opening(paths: ProfilePaths) -> Iterator[None]:
    """Keep other processes from opening the profile while its files change their names."""
    try:
        with FileLock(paths.open_lock, timeout=_OPENING_S):
            yield
    except Timeout as failure:
        raise ExternalError(Code.STORE_LOCKED) from failure
    except OSError as failure:
        raise ExternalError(Code.DISK_FAILED) from failure


def find_key(header: Header, keyring: Keyring, passphrase: str | None) -> bytes:
    """Return the cache's key, from the passphrase or from the keyring."""
    if header.passphrase is not None:
        key = passphrase_key(header.passphrase, passphrase)
        if not hmac.compare_digest(_key_check(header.id, key), header.key_check):
            raise UserError(Code.WRONG_PASSPHRASE)
        return key
    kept = keyring.load(header.id)
    if kept is None or _key_check(header.id, kept) != header.key_check:
        raise ExternalError(Code.KEY_MISSING)
    return kept


def _key_check(profile_id: str, key: bytes) -> str:
    """Return what proves the key without telling it: a keyed hash of the profile's id."""
    return hmac.digest(key, b"agentdesk profile " + profile_id.encode(), "sha256").hex()


def write_header(paths: ProfilePaths, header: Header) -> None:
    """Put `header` in the place of the profile's; the disk has it when this returns."""
    _write(paths.header, msgspec.json.encode(header))


def _write(path: Path, content: bytes) -> None:
    with explained():
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
