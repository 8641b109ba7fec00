"""What is wrong with this installation, and how to mend it."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import metadata

import sqlalchemy as sa
from sqlcipher3 import dbapi2 as sqlcipher

import agentdesk
from agentdesk.credentials import Keyring
from agentdesk.domain.moments import from_text, now
from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.i18n import tr, trn
from agentdesk.messages import words_for
from agentdesk.paths import ProfilePaths
from agentdesk.services.opening import open_for_work
from agentdesk.services.syncing import alone, is_syncing
from agentdesk.store import outbox
from agentdesk.store.migrate import schema_of
from agentdesk.store.profile import Header, OpenProfile, read_header
from agentdesk.store.repair import mark_damaged
from agentdesk.store.search_index import rebuild_index
from agentdesk.store.workers import Store
from agentdesk.sync.account import load_account
from agentdesk.sync.transport import CentralClient

_ENOUGH_BYTES = 500 * 1024 * 1024
_FEW_BYTES = 50 * 1024 * 1024
_MOST_SKEW = timedelta(minutes=2)
_LONG_WAIT = timedelta(days=1)


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its stable name, and in words what was found and what to do about it."""

    check: str
    state: State
    detail: str
    remedy: str = ""


def examine(
    paths: ProfilePaths,
    keyring: Keyring,
    ask_passphrase: Callable[[Header], str | None],
    *,
    fix: bool = False,
) -> Iterator[Finding]:
    """Yield the findings one by one, each check as far as those before it allow; blocks.

    With `fix`, a damaged cache is rebuilt and a search index that is not complete made anew;
    nothing is ever deleted.
    """
    yield _program()
    yield _folder(paths)
    try:
        header = read_header(paths)
    except AgentDeskError as failure:
        yield _failed("profile", failure)
        return
    yield Finding("profile", State.OK, paths.name)
    yield _keyring(header, keyring)
    try:
        profile, finding = _opened(paths, keyring, ask_passphrase(header), fix=fix)
    except AgentDeskError as failure:
        yield _failed("cache", failure)
        return
    yield finding
    try:
        yield Finding("schema", State.OK, profile.store.read_here(schema_of) or "")
        yield _index(profile.store, fix=fix)
        yield _syncing(paths)
        yield from _exchange(profile.store)
    finally:
        profile.store.close()


def _failed(check: str, failure: AgentDeskError) -> Finding:
    words = words_for(failure)
    return Finding(check, State.FAIL, f"{words.what} ({words.code})", words.next_step)


def _program() -> Finding:
    detail = tr(
        "AgentDesk %(program)s, Python %(python)s, Qt %(qt)s, SQLCipher %(sqlcipher)s",
        program=agentdesk.__version__,
        python=platform.python_version(),
        qt=_qt_version(),
        sqlcipher=_sqlcipher_version(),
    )
    if not _sqlcipher_version():
        remedy = tr("Install AgentDesk again: its SQLCipher cannot encrypt.")
        return Finding("program", State.FAIL, detail, remedy)
    return Finding("program", State.OK, detail)


def _qt_version() -> str:
    try:
        return metadata.version("pyside6-essentials")
    except metadata.PackageNotFoundError:
        return "-"


def _sqlcipher_version() -> str:
    connection = sqlcipher.connect(":memory:")
    try:
        row = connection.execute("PRAGMA cipher_version").fetchone()
    finally:
        connection.close()
    return str(row[0]) if row else ""


def _folder(paths: ProfilePaths) -> Finding:
    """Write to the folder, or to the nearest one above it that is there."""
    folder = next((f for f in (paths.folder, *paths.folder.parents) if f.is_dir()), paths.home)
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
        free = shutil.disk_usage(folder).free
    except OSError:
        return _failed("data-folder", ExternalError(Code.DISK_FAILED))
    detail = tr("%(folder)s, %(size)d MB free", folder=str(paths.home), size=free // 1_000_000)
    remedy = tr("Free some space on this disk.")
    if free < _ENOUGH_BYTES:
        return Finding(
            "data-folder", State.FAIL if free < _FEW_BYTES else State.WARN, detail, remedy
        )
    return Finding("data-folder", State.OK, detail)


def _keyring(header: Header, keyring: Keyring) -> Finding:
    if header.passphrase is not None:
        return Finding("keyring", State.OK, tr("Not needed: a passphrase protects the profile."))
    if keyring.usable():
        return Finding("keyring", State.OK, tr("It answers."))
    return _failed("keyring", ExternalError(Code.KEYRING_FAILED))


# --- The cache ---------------------------------------------------------------------------------


def _opened(
    paths: ProfilePaths, keyring: Keyring, passphrase: str | None, *, fix: bool
) -> tuple[OpenProfile, Finding]:
    """Open the cache and check every page; a damaged one is rebuilt if that is asked for."""
    try:
        profile = open_for_work(paths, keyring, passphrase)
        try:
            profile.store.read_here(_check_pages)
        except BaseException:
            profile.store.close()
            raise
    except AgentDeskError as failure:
        if failure.code is not Code.STORE_DAMAGED:
            raise
        if not fix:
            # So that the next start of the window offers to mend it, too.
            mark_damaged(paths)
            raise
    else:
        return profile, Finding("cache", State.OK, tr("Every page can be read."))
    with alone(paths.sync_lock):
        profile = open_for_work(paths, keyring, passphrase, repair=True)
    detail = trn(
        "It was damaged and has been rebuilt, with %(n)d unsent edit saved.",
        "It was damaged and has been rebuilt, with %(n)d unsent edits saved.",
        profile.rescued or 0,
    )
    return profile, Finding(
        "cache", State.WARN, detail, tr("Let AgentDesk synchronise: the rest comes from Central.")
    )


def _check_pages(connection: sa.Connection) -> None:
    """Raise `ExternalError(STORE_DAMAGED)` unless every page is authentic and in order."""
    broken = connection.exec_driver_sql("PRAGMA cipher_integrity_check").fetchall()
    found = connection.exec_driver_sql("PRAGMA quick_check").scalar()
    if broken or found != "ok":
        raise ExternalError(Code.STORE_DAMAGED)


def _index(store: Store, *, fix: bool) -> Finding:
    wrong = store.read_here(_index_faults)
    if not wrong:
        return Finding("search-index", State.OK, tr("It holds everybody."))
    if fix:
        store.write_here(rebuild_index)
        return Finding("search-index", State.OK, tr("It has been made anew."))
    detail = trn(
        "%(n)d customer cannot be found as they should be.",
        "%(n)d customers cannot be found as they should be.",
        wrong,
    )
    return Finding("search-index", State.FAIL, detail, tr("Run “agentdesk doctor --fix”."))


def _index_faults(connection: sa.Connection) -> int:
    """Count customers without an entry, entries without a customer, and without words."""
    return int(
        connection.exec_driver_sql(
            "SELECT (SELECT count(*) FROM customer "
            "WHERE rowid NOT IN (SELECT docid FROM search_entry))"
            " + (SELECT count(*) FROM search_entry WHERE docid NOT IN (SELECT rowid FROM customer))"
            " + (SELECT count(*) FROM search_entry "
            "WHERE docid NOT IN (SELECT id FROM search_index_docsize))"
        ).scalar_one()
    )


# --- Synchronisation ---------------------------------------------------------------------------


def _syncing(paths: ProfilePaths) -> Finding:
    if is_syncing(paths.sync_lock):
        return Finding("sync", State.OK, tr("A running AgentDesk synchronises this profile."))
    return Finding("sync", State.OK, tr("Nobody synchronises this profile at the moment."))


def _exchange(store: Store) -> Iterator[Finding]:
    account = store.read_here(load_account)
    if account.address is None or account.tokens is None:
        words = words_for(UserError(Code.NOT_SIGNED_IN))
        yield Finding("account", State.WARN, words.what, words.next_step)
    else:
        yield Finding("account", State.OK, tr("Signed in."))
    if account.address is not None:
        # Without the tokens: a refresh token works once, and a running window may need it.
        yield from _central(CentralClient(account.address, account.device_id))
    yield from _waiting(store)


def _central(client: CentralClient) -> Iterator[Finding]:
    began = now()
    try:
        clock = client.clock()
    except AgentDeskError as failure:
        yield _failed("central", failure)
        return
    yield Finding("central", State.OK, tr("It answers, and its certificate is known."))
    if clock is None:
        return
    skew = clock - began
    seconds = round(skew.total_seconds())
    detail = tr("Central's clock minus ours: %(n)d s.", n=seconds)
    if abs(skew) > _MOST_SKEW:
        yield Finding("clock", State.WARN, detail, tr("Set the clock of this computer."))
    else:
        yield Finding("clock", State.OK, detail)


def _waiting(store: Store) -> Iterator[Finding]:
    waiting = store.read_here(outbox.count_waiting)
    detail = trn("%(n)d edit waits.", "%(n)d edits wait.", waiting.pending)
    oldest = from_text(waiting.oldest_made_at) if waiting.oldest_made_at else None
    if oldest is not None and now() - oldest > _LONG_WAIT:
        remedy = tr("Connect to Central and run “agentdesk sync --once”.")
        yield Finding("outbox", State.WARN, detail, remedy)
    else:
        yield Finding("outbox", State.OK, detail)
    open_questions = waiting.attention + waiting.conflicts
    detail = trn("%(n)d edit needs a decision.", "%(n)d edits need a decision.", open_questions)
    if open_questions:
        yield Finding("attention", State.WARN, detail, tr("Open the Sync screen."))
    else:
        yield Finding("attention", State.OK, detail)
