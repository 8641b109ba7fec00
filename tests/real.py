"""Real parts that tests put together: caches, a Central that serves, desks signed in to it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentdesk.central.seed import SeedAccount, seed
from agentdesk.central.serve import CentralServer
from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Entity,
    Organisation,
    Role,
    User,
)
from agentdesk.domain.ids import new_id
from agentdesk.services.desk import Desk
from agentdesk.services.identity import load_identity
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.state import set_state
from agentdesk.store.workers import Store
from agentdesk.sync.account import sign_in
from agentdesk.sync.address import Address

ORGANISATION = Organisation(
    id=new_id(), name="Larkfield", region="GB", language="en", time_zone="Europe/London"
)
ANN = User(id=new_id(), name="Ann Reed", role=Role.AGENT, hometown="Leeds", interests=("chess",))
BEN = User(id=new_id(), name="Ben Wood", role=Role.AGENT)
PASSWORD = "correct horse battery"


def new_store(path: Path) -> Store:
    """Return an empty cache at `path`, with Ann signed in as far as the cache knows."""
    key = os.urandom(32)
    engine = make_engine(path, key, create=True)
    upgrade(engine, path)
    engine.dispose()
    store = Store(make_engine(path, key))
    store.write_here(
        lambda connection: set_state(
            connection,
            user_id=ANN.id,
            user_name=ANN.name,
            role=ANN.role.value,
            organisation_id=ORGANISATION.id,
            organisation_name=ORGANISATION.name,
            region=ORGANISATION.region,
        )
    )
    return store


def new_desk(store: Store) -> Desk:
    """Return Ann's desk on a cache."""
    return Desk(store, store.read_here(load_identity))


def person(name: str = "Anna Blunt", number: str | None = None) -> list[Entity]:
    """Return a customer, and their telephone number if there is one (in E.164)."""
    given, _, family = name.partition(" ")
    customer = Customer(id=new_id(), full_name=name, given_name=given, family_name=family or None)
    if number is None:
        return [customer]
    phone = ContactPoint(
        id=new_id(),
        customer_id=customer.id,
        kind=ContactKind.PHONE,
        value=number,
        e164=number,
    )
    return [customer, phone]


@dataclass
class Central:
    """A Central that serves on a free port until it is stopped, and can be started again."""

    database_url: str
    port: int = 0
    server: CentralServer | None = None
    _thread: threading.Thread | None = None

    @property
    def address(self) -> Address:
        """Where it answers; the same after it was started again."""
        return Address(f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        """Serve, and return once requests are accepted."""
        self.server = CentralServer(self.database_url, port=self.port)
        self.port = int(self.server.address.rsplit(":", 1)[1])
        ready = threading.Event()
        self._thread = threading.Thread(target=self.server.run, args=(ready.set,))
        self._thread.start()
        assert ready.wait(20)

    def stop(self) -> None:
        """Serve no more."""
        if self.server is not None and self._thread is not None:
            self.server.stop()
            self._thread.join(20)
            self.server = None


@contextmanager
def central_with(folder: Path, entities: Sequence[Entity]) -> Iterator[Central]:
    """Serve a company with Ann, Ben and `entities`."""
    url = f"sqlite:///{folder / 'central.db'}"
    accounts = [SeedAccount(ANN.id, "ann", PASSWORD), SeedAccount(BEN.id, "ben", PASSWORD)]
    seed(url, [ORGANISATION, ANN, BEN, *entities], accounts)
    central = Central(url)
    central.start()
    try:
        yield central
    finally:
        central.stop()


def signed_in(store: Store, central: Central, name: str = "ann") -> Store:
    """Sign a cache in to Central."""
    sign_in(store, central.address, name, PASSWORD)
    return store


Maker = Callable[[str], Store]
"""Makes an empty cache by name; it is closed when the test ends."""
