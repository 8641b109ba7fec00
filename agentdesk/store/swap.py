"""Which file is the cache: another may take its place while both are open in several processes.

An open SQLite file must keep its name, since whoever closes it last removes its log by that name.
So the new file is not renamed over the old one: the old one is marked with the name of its
successor, and whoever has it open turns to that. The usual name is given back at a start at which
nobody has either file open.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.errors import Code, ExternalError
from agentdesk.store.engine import CacheFile, explained, make_engine, read_transaction
from agentdesk.store.state import get_state, set_state

logger = logging.getLogger(__name__)

SUPERSEDED_BY = "superseded_by"
"""Kept in a file whose place another has taken: the name of that file."""

LOADING_FILE = "loading_file"
"""Kept in the cache: the name of the file that a first sync is filling."""

_PREFIX = "cache.load-"
_SUCCESSOR = "SELECT value FROM sync_state WHERE key = 'superseded_by'"


def new_name() -> str:
    """Return a name for a file that is to become the cache; none was used before."""
    return f"{_PREFIX}{token_hex(4)}.db"


def successor_of(connection: sa.Connection) -> str | None:
    """Return the name of the file that has taken this one's place."""
    # By hand, because every single transaction asks for it.
    found = connection.exec_driver_sql(_SUCCESSOR).scalar()
    return None if found is None else decode_json(found, str)


def mark_superseded(connection: sa.Connection, successor: Path) -> None:
    """Say in a file that another has taken its place: who commits this has swapped them."""
    set_state(connection, **{SUPERSEDED_BY: successor.name, LOADING_FILE: None})


def parts_of(cache: Path) -> list[Path]:
    """Return the files that a cache may consist of, the cache itself first."""
    return [cache.with_name(cache.name + suffix) for suffix in ("", "-wal", "-shm")]


def discard(cache: Path) -> None:
    """Delete a cache that nobody needs; what cannot be deleted now is left for another time."""
    for part in reversed(parts_of(cache)):
        try:
            part.unlink(missing_ok=True)
        except OSError:
            logger.warning("a file of a former cache is still in use")


def chain_from(base: CacheFile) -> list[CacheFile]:
    """Return the file with the usual name and those that took its place, the current one last."""
    chain = [base]
    while True:
        engine = make_engine(chain[-1].path, chain[-1].key)
        try:
            with read_transaction(engine) as connection:
                has_state = sa.inspect(connection).has_table("sync_state")
                successor = successor_of(connection) if has_state else None
        finally:
            engine.dispose()
        if successor is None:
            return chain
        following = base.beside(successor)
        if following in chain or not following.path.exists():
            raise ExternalError(Code.STORE_DAMAGED)
        chain.append(following)


def finish_swap(base: CacheFile) -> CacheFile:
    """Give the current file the usual name again, if nobody has it open; return the current file.

    To be called by whoever opens a profile, under the profile's lock. Cut off anywhere, another
    call completes it. Raises `ExternalError(STORE_DAMAGED)`.
    """
    chain = chain_from(base)
    if len(chain) > 1 and all(_is_only_ours(file) for file in chain):
        with explained():
            # The one step: a file without a log is put in place of another without one.
            chain[-1].path.replace(base.path)
            sync_folder(base.path.parent)
        logger.info("a cache that was loaded anew has its usual name now")
        for former in chain[1:-1]:
            discard(former.path)
        chain = [base]
    _discard_strays(chain)
    return chain[-1]


def successor_of_damaged(base: CacheFile) -> CacheFile | None:
    """Return the file that has taken the place of one that may be damaged; None if none has.

    The mark may be what cannot be read. A file that has been given the desk's own is the newest
    there is then: nothing is written to one that was superseded.
    """
    try:
        chain = chain_from(base)
    except ExternalError as failure:
        if failure.code is not Code.STORE_DAMAGED:
            raise
        chain = [base, *(file for file in _candidates(base) if _is_carried(file))]
    return chain[-1] if len(chain) > 1 else None


def give_usual_name(file: CacheFile, base: CacheFile) -> None:
    """Move a file and its log to the usual name, at which nothing is any more."""
    with explained():
        # The log first: cut off in between, it is not there without its file.
        for part, named in zip(parts_of(file.path)[1:], parts_of(base.path)[1:], strict=True):
            if part.exists():
                part.rename(named)
        file.path.rename(base.path)


def _candidates(base: CacheFile) -> list[CacheFile]:
    found = base.path.parent.glob(f"{_PREFIX}*.db")
    return [base.beside(path.name) for path in sorted(found, key=lambda p: p.stat().st_mtime)]


def _is_carried(file: CacheFile) -> bool:
    """Tell whether a file has what is the desk's own."""
    engine = make_engine(file.path, file.key)
    try:
        with read_transaction(engine) as connection:
            return get_state(connection, "device_id") is not None
    except ExternalError:
        return False
    finally:
        engine.dispose()


def _is_only_ours(file: CacheFile) -> bool:
    """Fold a file's log into it and do without one; False if somebody has the file open."""
    engine = make_engine(file.path, file.key, create=True)
    try:
        with explained(), engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA busy_timeout = 0")
            mode = raw.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
            return bool(mode == "delete")
    except ExternalError as failure:
        if failure.code is not Code.STORE_LOCKED:
            raise
        return False
    finally:
        engine.dispose()


def _discard_strays(chain: list[CacheFile]) -> None:
    """Delete files that were being loaded and that the cache does not know of any more."""
    strays = set(chain[0].path.parent.glob(f"{_PREFIX}*.db")) - {file.path for file in chain}
    if not strays:
        return
    engine = make_engine(chain[-1].path, chain[-1].key)
    try:
        with read_transaction(engine) as connection:
            wanted = get_state(connection, LOADING_FILE)
    finally:
        engine.dispose()
    for stray in strays:
        if stray.name != wanted:
            discard(stray)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files onto the disk, where the system can be asked to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
