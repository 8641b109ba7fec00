"""Reading everything from Central: a first sync, and beginning anew where no cursor goes on.

A small company is read into the cache itself, in one transaction. A large one is loaded into a
file beside it, which takes the cache's place once it has caught up (`docs/decisions/010`). The desk
can be used all the while: what was touched last comes into its cache at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING

import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.changes import ChangeSet
from agentdesk.errors import Code, ExternalError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.loading import Loaded, LoadingFile, index_statements, schema_revision
from agentdesk.store.state import get_state, set_state
from agentdesk.store.swap import LOADING_FILE, discard, new_name
from agentdesk.store.workers import Store
from agentdesk.sync import brake
from agentdesk.sync.absorb import CURSOR, Page, absorb_lines, absorb_page
from agentdesk.sync.bodies import Held, open_chunk
from agentdesk.sync.carry import carry, note_erased
from agentdesk.sync.digests import BUCKETS
from agentdesk.sync.outside import is_outside
from agentdesk.sync.protocol import (
    Append,
    ChunkInfo,
    GoneReason,
    Manifest,
    Mutation,
    PageGone,
    PageRow,
)
from agentdesk.sync.snapshot import batches, page_lines

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

logger = logging.getLogger(__name__)

SMALL_ROWS = 5_000
"""Up to so many records are read into the cache itself: making a file would take longer."""

_AFTER_ROWS = 0.4
"""What making indexes takes, as a part of what loading the records takes."""

_MOST_ROUNDS = 3
_POLL_S = 0.2


class Ended(Enum):
    """How reading everything ended."""

    DONE = "done"
    STOPPED = "stopped"
    """It was not wanted any more; another run goes on where this one was."""
    UNSUPPORTED = "unsupported"
    """This Central has no snapshots: all is to be read page by page."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is: `received` of `expected` records, and of `work` how much is `done`.

    Work is counted in records, with what comes after them.
    """

    received: int
    expected: int
    done: float
    work: float


class _NotWanted(Exception):  # noqa: N818 - says that somebody has cancelled, which is no error
    """Ends what is under way."""


class _Changed(Exception):  # noqa: N818 - says that Central has gone on, which is no error
    """What was being read cannot be had any more; there is something newer."""


class FirstSync:
    """Reads everything for one session; `run` it again to go on.

    All callbacks are called on the thread of `run`, but for `wanted`, which is called on others
    too. `announce` tells what has become visible.
    """

    def __init__(
        self,
        store: Store,
        client: CentralClient,
        *,
        wanted: Callable[[], bool] = lambda: True,
        tell: Callable[[Told], None] = lambda _told: None,
        announce: Callable[[ChangeSet], None] = lambda _changes: None,
        small_rows: int | None = None,
    ) -> None:
        self._store = store
        self._client = client
        self._wanted = wanted
        self._tell = tell
        self._announce = announce
        self._small_rows = SMALL_ROWS if small_rows is None else small_rows
        self._held: dict[str, Held] = {}

    def run(self) -> Ended:
        """Read until the cache holds everything; blocks. Raises what Central or the disk say.

        What is whole by then stays, and the next run goes on from there.
        """
        try:
            for _round in range(_MOST_ROUNDS):
                self._check()
                try:
                    return self._read()
                except _Changed:
                    logger.info("what was being read is gone: reading what Central has now")
        except _NotWanted:
            return Ended.STOPPED
        raise ExternalError(Code.SERVER_FAILED)

    def _read(self) -> Ended:
        try:
            manifest = self._client.snapshot()
        except ExternalError as failure:
            if failure.code is Code.NOT_FOUND:
                return Ended.UNSUPPORTED
            raise
        doubtful = self._store.read_here(brake.shrinks_much, manifest.rows)
        if manifest.rows <= self._small_rows and not doubtful:
            self._announce(self._read_small(manifest))
        else:
            self._read_large(manifest, doubtful=doubtful)
            self._announce(ChangeSet(wholesale=True))
        return Ended.DONE

    # --- A small company ----------------------------------------------------------------------

    def _read_small(self, manifest: Manifest) -> ChangeSet:
        """Read everything into memory, and from there into the cache in one transaction."""
        newest: dict[tuple[str, str], PageRow | PageGone] = {}
        progress = _Progress(self._tell, manifest.rows, 0)
        with closing(self._contents(manifest.chunks)) as contents:
            for line in chain.from_iterable(map(page_lines, contents)):
                known = newest.get((line.kind, line.id))
                if known is None or known.seq < line.seq:
                    newest[line.kind, line.id] = line
        progress.loaded(len(newest))
        cursor, more = manifest.cursor, True
        while more:
            page = self._next_page(cursor)
            newest |= {(line.kind, line.id): line for line in page.lines}
            cursor, more = page.end.cursor, page.end.more
        whole = Page(list(newest.values()), page.end)
        return self._store.write_here(replace_all, whole)

    def _next_page(self, cursor: str) -> Page:
        self._check()
        try:
            return self._client.changes(cursor)
        except ExternalError as failure:
            raise _or_changed(failure, Code.CURSOR_RESET) from failure

    # --- A large one --------------------------------------------------------------------------

    def _read_large(self, manifest: Manifest, *, doubtful: bool) -> None:
        if self._store.read_here(_is_empty):
            self._show_recent(manifest)
        with self._loading_file(manifest) as file:
            state = file.loaded()
            if not state.complete:
                self._load(file, manifest, state)
            self._catch_up(file)
            if doubtful:
                self._have_confirmed(file)
        self._store.supersede(file.file, carry)

    def _have_confirmed(self, file: LoadingFile) -> None:
        try:
            brake.hold_back_all(Store(file.engine), self._client, lambda: self._catch_up(file))
        except ExternalError:
            # Whatever is wrong with it: it is not what to go on with.
            self._forget_loading()
            raise

    def _show_recent(self, manifest: Manifest) -> None:
        """Bring what was touched last into the cache, so that the desk can be used meanwhile."""
        with closing(self._contents([manifest.recent])) as contents:
            rows = list(chain.from_iterable(map(page_lines, contents)))
        self._announce(self._store.write_here(absorb_lines, rows, 0))

    @contextmanager
    def _loading_file(self, manifest: Manifest) -> Iterator[LoadingFile]:
        """Open the file that is being filled from the same source, or make one."""
        # A file of an older program would lack what the cache has been given since.
        source = f"{_source(manifest)} {self._store.read_here(schema_revision)}"
        file = self._known_file(source)
        if file is None:
            name = new_name()
            self._store.write_here(lambda c: set_state(c, **{LOADING_FILE: name}))
            opening = Loaded(source=source, cursor=manifest.cursor)
            file_there = self._store.file.beside(name)
            file = self._store.read_here(LoadingFile.create, file_there, opening)
        try:
            yield file
        finally:
            file.close()

    def _known_file(self, source: str) -> LoadingFile | None:
        name = self._store.read_here(get_state, LOADING_FILE)
        known = None if name is None else self._store.file.beside(name)
        if known is None or not known.path.exists():
            return None
        file = LoadingFile(known)
        try:
            if file.loaded().source == source:
                return file
        except ExternalError:
            logger.warning("a file that was being loaded cannot be read: beginning another")
        file.close()
        discard(known.path)
        return None

    def _load(self, file: LoadingFile, manifest: Manifest, state: Loaded) -> None:
        """Bring the chunks that are missing into the file, and make it searchable."""
        progress = _Progress(self._tell, manifest.rows, state.rows)
        while not state.indexed:
            missing = [c for c in manifest.chunks if not state.covers(c.sha256, _buckets(c))]
            with closing(self._contents(missing)) as contents:
                for chunk, content in zip(missing, contents, strict=True):
                    going_on = self._going_on(progress.loaded)
                    state = file.add_chunk(
                        chunk.sha256, _buckets(chunk), batches(content), going_on
                    )
            if not manifest.awaited:
                break
            manifest = self._grown(manifest, waiting=not missing)
        if not state.covers("", (0, BUCKETS)):
            raise ExternalError(Code.ANSWER_DAMAGED)
        statements = self._store.read_here(index_statements)
        file.build_indexes(statements, self._going_on(progress.indexed))

    def _grown(self, manifest: Manifest, *, waiting: bool) -> Manifest:
        """Return the manifest of a snapshot that is still being made, as it is by now."""
        if waiting:
            time.sleep(_POLL_S)
        self._check()
        grown = self._client.snapshot()
        if _source(grown) != _source(manifest):
            raise _Changed
        return grown

    def _catch_up(self, file: LoadingFile) -> None:
        """Read what has changed since the chunks, until Central has nothing newer.

        Then the file holds at least what the cache has shown (invariant 8).
        """
        loading = Store(file.engine)
        cursor = file.loaded().cursor
        if loading.read_here(get_state, CURSOR) is None:
            loading.write_here(lambda connection: set_state(connection, **{CURSOR: cursor}))
        more = True
        while more:
            try:
                page = self._next_page(loading.read_here(get_state, CURSOR))
            except _Changed:
                self._forget_loading()
                raise
            loading.write_here(_catch_up, page)
            more = page.end.more

    def _forget_loading(self) -> None:
        self._store.write_here(lambda c: set_state(c, **{LOADING_FILE: None}))

    # --- Both ---------------------------------------------------------------------------------

    def _contents(self, chunks: list[ChunkInfo]) -> Generator[bytes]:
        """Yield the chunks' bytes, unpacked and verified; one is fetched ahead of its turn."""
        ended = threading.Event()
        with ThreadPoolExecutor(1, thread_name_prefix="sync-fetch") as fetcher:
            try:
                ahead: deque[Future[bytes]] = deque()
                for chunk in chunks:
                    ahead.append(fetcher.submit(self._fetch, chunk, ended))
                    if len(ahead) > 1:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                ended.set()
                self._client.stop_fetching()

    def _fetch(self, chunk: ChunkInfo, ended: threading.Event) -> bytes:
        held = self._held.setdefault(chunk.sha256, Held())

        def wanted() -> bool:
            return self._wanted() and not ended.is_set()

        try:
            whole = wanted() and self._client.fetch_chunk(chunk.sha256, held, wanted)
        except ExternalError as failure:
            raise _or_changed(failure, Code.NOT_FOUND) from failure
        if not whole:
            raise _NotWanted
        content = open_chunk(chunk, held)
        del self._held[chunk.sha256]
        return content

    def _going_on(self, note: Callable[[float], None]) -> Callable[[float], None]:
        def go_on(much: float) -> None:
            note(much)
            self._check()

        return go_on

    def _check(self) -> None:
        if not self._wanted():
            raise _NotWanted


def _source(manifest: Manifest) -> str:
    return f"{manifest.epoch} {manifest.scope_revision}"


def _buckets(chunk: ChunkInfo) -> tuple[int, int]:
    return chunk.first_bucket, chunk.end_bucket


def _or_changed(failure: ExternalError, code: Code) -> Exception:
    return _Changed() if failure.code is code else failure


def _catch_up(connection: sa.Connection, page: Page) -> None:
    absorb_page(connection, page)
    note_erased(connection, page.lines)


class _Progress:
    """Counts what is done, and tells it."""

    def __init__(self, tell: Callable[[Told], None], expected: int, received: int) -> None:
        self._tell = tell
        self._expected = expected
        self._received = received
        self._say(received)

    def loaded(self, rows: float) -> None:
        """Count records that have been loaded."""
        self._received += int(rows)
        self._say(self._received)

    def indexed(self, part: float) -> None:
        """Note which part of what comes after the records is done."""
        self._say(self._expected * (1 + _AFTER_ROWS * part))

    def _say(self, done: float) -> None:
        work = self._expected * (1 + _AFTER_ROWS)
        self._tell(Told(min(self._received, self._expected), self._expected, done, work))


def is_needed(connection: sa.Connection) -> bool:
    """Tell whether there is no cursor from which changes could be read."""
    return not get_state(connection, CURSOR)


def shows_something(connection: sa.Connection) -> bool:
    """Tell whether the cache has customers from Central already."""
    known = sa.select(t.customer.c.id).where(t.customer.c.row_seq > 0).limit(1)
    return connection.execute(known).first() is not None


def _is_empty(connection: sa.Connection) -> bool:
    return not shows_something(connection)


def replace_all(connection: sa.Connection, page: Page) -> ChangeSet:
    """Make the cache hold what `page` holds and nothing else, beneath what is pending.

    What is not in it has left the scope for this desk: it stays where something waits on it.
    """
    if get_state(connection, CURSOR):
        return ChangeSet()
    there = {(line.kind, line.id) for line in page.lines}
    pending = outbox.pending_records(connection)
    # What a pending edit hides is Central's as well.
    held = pending | {
        (kind, record_id)
        for kind, table in t.TABLES.items()
        for record_id in connection.execute(sa.select(table.c.id)).scalars()
    }
    unknown = {record for record in pending if outbox.get_shadow(connection, *record) is None}
    # What a restored Central has lost and is told of again has not left anything.
    added = _added(connection)
    leaving = [
        PageGone(
            kind=kind.value,
            id=record_id,
            seq=0,
            reason=GoneReason.REMOVED if (kind, record_id) in added else GoneReason.LEFT_SCOPE,
        )
        for kind, record_id in sorted(held - unknown)
        if (kind.value, record_id) not in there and not is_outside(connection, kind, record_id)
    ]
    return absorb_page(connection, Page([*page.lines, *leaving], page.end))


def _added(connection: sa.Connection) -> set[tuple[str, str]]:
    """Return what this desk is adding: Central does not have it yet, or not any more."""
    waiting = (
        (one, decode_json(one.payload, Mutation).operation)
        for one in outbox.all_waiting(connection)
    )
    return {(i.kind, i.record_id) for i, operation in waiting if isinstance(operation, Append)}
