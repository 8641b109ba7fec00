"""Filling an empty Central with a whole company at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from agentdesk.central.accounts import add_account
from agentdesk.central.database import Database, open_database
from agentdesk.central.organisations import found, organisation_ids, write_entities
from agentdesk.domain import moments
from agentdesk.domain.entities import Entity, Organisation
from agentdesk.errors import BugError, Code, UserError

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """An account for a user who is among the entities."""

    user_id: str
    name: str
    password: str


def seed(
    database_url: str,
    entities: Iterable[Entity],
    accounts: Iterable[SeedAccount] = (),
    progress: Callable[[int], None] | None = None,
    *,
    clock: Callable[[], datetime] = moments.now,
) -> int:
    """Write `entities` into the database and return how many there were.

    The first has to be the organisation; customers come before what belongs to them, as desks
    receive everything in this order. `progress` is told the number written so far after each
    batch. Raises `UserError(PROFILE_EXISTS)` if the organisation is there already.
    """
    waiting = iter(entities)
    organisation = next(waiting, None)
    if not isinstance(organisation, Organisation):
        raise BugError(Code.UNEXPECTED)
    database = open_database(database_url)
    try:
        return _fill(database, organisation, waiting, accounts, progress, clock())
    finally:
        database.close()


def _fill(
    database: Database,
    organisation: Organisation,
    entities: Iterator[Entity],
    accounts: Iterable[SeedAccount],
    progress: Callable[[int], None] | None,
    now: datetime,
) -> int:
    # One transaction: a seed that was interrupted leaves nothing behind.
    with database.writing() as connection:
        if organisation.id in organisation_ids(connection):
            raise UserError(Code.PROFILE_EXISTS)
        found(connection, organisation, now)
        count = 1
        while batch := list(islice(entities, _BATCH)):
            write_entities(connection, organisation.id, batch, now)
            count += len(batch)
            if progress is not None:
                progress(count)
        for account in accounts:
            add_account(
                connection,
                organisation.id,
                account.user_id,
                name=account.name,
                password=account.password,
                now=now,
            )
    return count
