"""Central as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime

import anyio.to_thread
import sqlalchemy as sa
from litestar import Litestar

from agentdesk.central.answers import EXCEPTION_HANDLERS, add_headers
from agentdesk.central.database import Database, open_database
from agentdesk.central.feed import Numbering, head
from agentdesk.central.identity import Identity
from agentdesk.central.phone_routes import PhoneDesk
from agentdesk.central.poke import PokeHub
from agentdesk.central.pruning import prune_due
from agentdesk.central.routes import Central, router
from agentdesk.central.schema import openapi_config
from agentdesk.central.sequencer import choose, number_all, waiting_organisations
from agentdesk.central.snapshots import Snapshots
from agentdesk.domain import moments
from agentdesk.errors import ExternalError

log = logging.getLogger(__name__)

TIDY_S = 3_600.0
"""How often it is looked whether it is time to prune; the first time after as long."""

WATCH_S = 5.0
"""How often the feed is looked at for what other processes have written."""


def create_app(
    database_url: str,
    *,
    numbering: Numbering | None = None,
    clock: Callable[[], datetime] = moments.now,
) -> Litestar:
    """Return Central on the database at `database_url`, which is migrated first.

    `numbering` is kept in the database, for every Central that uses it; None leaves it as it is.
    `app.state.hub` is the `PokeHub`. Raises what `open_database` raises.
    """
    database = open_database(database_url)
    if numbering is not None:
        database.write(choose, numbering)
        # As after opening: an application that is never started leaves nothing open.
        database.close()
    hub = PokeHub()
    snapshots = Snapshots(database, clock)
    phones = PhoneDesk(database, hub, clock)
    central = Central(database, Identity(database, clock), hub, snapshots, clock, phones)
    app = Litestar(
        [router(central)],
        lifespan=[_lifespan(database, hub, snapshots, clock)],
        before_send=[add_headers],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=openapi_config(),
        # Ours is set up by whoever runs the process.
        logging_config=None,
    )
    app.state.hub = hub
    return app


def _lifespan(
    database: Database, hub: PokeHub, snapshots: Snapshots, clock: Callable[[], datetime]
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        hub.open()
        closing = threading.Event()
        tasks = [
            asyncio.create_task(_watch(database, hub)),
            asyncio.create_task(_tidy(database, clock, closing)),
        ]
        try:
            yield
        finally:
            hub.close()
            closing.set()
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await anyio.to_thread.run_sync(snapshots.close)
            database.close()

    return lifespan


async def _watch(database: Database, hub: PokeHub) -> None:
    """Poke for changes that another process has committed; number what was left without."""
    seen: dict[str, int] = {}
    while True:
        await asyncio.sleep(WATCH_S)
        try:
            await anyio.to_thread.run_sync(_number_waiting, database)
        except (sa.exc.SQLAlchemyError, ExternalError) as error:
            log.warning("cannot number what waits: %s", type(error).__name__)
        for org_id in list(hub.listening):
            try:
                seq = await anyio.to_thread.run_sync(_head_seq, database, org_id)
            except (sa.exc.SQLAlchemyError, ExternalError) as error:
                log.warning("cannot look at the feed: %s", type(error).__name__)
                continue
            if seen.get(org_id, seq) != seq:
                hub.poke(org_id)
            seen[org_id] = seq


async def _tidy(
    database: Database, clock: Callable[[], datetime], closing: threading.Event
) -> None:
    """Drop, once a day, what desks need no longer."""
    while True:
        await asyncio.sleep(TIDY_S)
        try:
            await anyio.to_thread.run_sync(prune_due, database, clock, lambda: not closing.is_set())
        except (sa.exc.SQLAlchemyError, ExternalError) as error:
            log.warning("cannot prune: %s", type(error).__name__)


def _number_waiting(database: Database) -> None:
    for org_id in database.read(waiting_organisations):
        number_all(database, org_id)


def _head_seq(database: Database, org_id: str) -> int:
    return database.read(head, org_id).seq
