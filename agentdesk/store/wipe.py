"""Destroying a profile: first what opens it, then its files.

The header says first that this is being done, and loses what a passphrase would need to become the
key; wherever it is cut off after that, the next start completes it. Without its key the encrypted
cache says nothing, even where a file system keeps copies of deleted files.
"""

from __future__ import annotations

import logging

import msgspec

from agentdesk.credentials import Keyring, save_phone_secret
from agentdesk.paths import ProfilePaths
from agentdesk.store.profile import read_header, write_header

logger = logging.getLogger(__name__)


def wipe_profile(paths: ProfilePaths, keyring: Keyring) -> None:
    """Destroy the key of a profile, then its cache; blocks.

    A file that is still open, where the system does not let it go, is deleted at the next call.
    Raises `ExternalError`: `DISK_FAILED` if nothing could be destroyed, `KEYRING_FAILED` if the key
    is still in the keyring.
    """
    header = read_header(paths)
    in_keyring = header.passphrase is None
    if not header.wiped:
        wiped = msgspec.structs.replace(
            header, wiped=True, key_check="", passphrase=None, forget_key=in_keyring
        )
        write_header(paths, wiped)
        header = wiped
    if header.forget_key:
        keyring.forget(header.id)
        write_header(paths, msgspec.structs.replace(header, forget_key=False))
    save_phone_secret(keyring, header.id, "")
    for file in sorted(paths.folder.glob("cache*")):
        try:
            file.unlink()
        except OSError as failure:
            logger.warning("a file of a wiped profile stays for now: %s", failure.errno)
