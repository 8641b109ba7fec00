"""A company whose processes die: its Central, its desks, and what has to be true afterwards."""

from __future__ import annotations

import os
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import sqlalchemy as sa

from agentdesk.central import tables as central_tables
from agentdesk.central.seed import SeedAccount, seed
from agentdesk.domain.entities import Note
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from agentdesk.store.rows import select_entities
from agentdesk.store.state import list_drafts
from agentdesk.store.workers import Store
from agentdesk.sync import account
from tests.exchanges import desk_on, settle
from tests.killable import Killable, killables
from tests.kills import acts
from tests.real import ANN, BEN, ORGANISATION, PASSWORD, Central, person, signed_in

ANNA = person("Anna Blunt", "+442079460958")
KEY = os.urandom(32).hex()
_TYPED_ONCE = {KindName.NOTE, KindName.FACT, KindName.CUSTOMER}


@dataclass(frozen=True)
class Company:
    """One Central, and the desks of Ann, who is killed, and of Ben, who is not.

    What they have typed stays from one kill to the next, as do the caches.
    """

    folder: Path
    central: Central
    centrals: Killable
    desks: Killable

    @property
    def anns(self) -> Path:
        """Ann's cache."""
        return self.cache("ann")

    @property
    def lock(self) -> str:
        """What keeps two from synchronising a cache; nobody does at the same time."""
        return str(self.folder / "sync.lock")

    def cache(self, name: str) -> Path:
        """Return where a cache of the company lies, in a folder of its own."""
        return self.folder / name / "cache.db"

    @contextmanager
    def open(self, name: str) -> Iterator[Store]:
        """Open a cache of the company, in this process."""
        with closing(acts.open_cache(str(self.cache(name)), KEY)) as store:
            yield store

    def serve(self, target: str = "", record: str = "") -> None:
        """Start Central, to die at `target`."""
        url, port = self.central.database_url, self.central.port
        self.centrals.start(acts.serve_central, target, record, url, port)
        self.central.port = int(self.centrals.wait_for(1)[0])

    def bring_central_back(self) -> list[str]:
        """Start Central again, wherever it has died; returns what it had reported."""
        reported = self.centrals.kill() if self._answers() else self.centrals.end()
        self.serve()
        return reported

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.central.port)):
            return True
        return False

    def forget_snapshots(self) -> None:
        """Let Central make a new snapshot for whoever asks next."""
        with self._database() as connection:
            for table in (central_tables.snapshot, central_tables.snapshot_chunk):
                connection.execute(table.delete())
            connection.commit()

    def empty_cache(self, name: str) -> Path:
        """Return a new cache without a user."""
        path = self.cache(name)
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        return Path(shutil.copy2(self.folder / "empty.db", path))

    def have_ben_change_things(self) -> None:
        """Let Ann's desk meet a conflict, a new note and a removed one when it exchanges next."""
        with self.open("ben") as ben:
            desk = desk_on(ben)
            notes = ben.read_here(
                select_entities, Note, t.TABLES[KindName.NOTE].c.author_id == BEN.id
            )
            for note in notes:
                desk.remove(KindName.NOTE, note.id).result()
            desk.add_note(ANNA[0].id, "Ben's").result()
            desk.set_fields(ANNA[0].id, {"full_name": f"Anna {new_id()}"}).result()
            settle(ben)

    def type_as_ann(self, name: str = "ann") -> list[str]:
        """Let Ann type everything, in this process; returns what she was told."""
        told: list[str] = []
        with self.open(name) as ann:
            acts.type_everything(desk_on(ann), ANNA[0].id, told.append)
        return told

    # --- What has to be true ------------------------------------------------------------------

    def check_saved(self, reported: list[str], name: str = "ann") -> None:
        """Assert that what was reported is on Ann's disk, before anything is mended."""
        with self.open(name) as ann:
            written = ann.read_here(_written)
            assert [text for text in typed_in(reported) if text not in written] == []
            drafts = [line for line in reported if line.startswith("draft")]
            kept = {draft.text for draft in ann.read_here(list_drafts, ANN.id)}
            assert set(drafts) <= kept

    def check_quiet(self, reported: list[str], name: str = "ann") -> None:
        """Assert that nothing is lost or doubled, and all are alike, once all have exchanged."""
        with self.open(name) as ann, self.open("ben") as ben:
            if ann.read_here(account.load_account).tokens is None:
                signed_in(ann, self.central)
            for desk in (ann, ben, ann):
                settle(desk)
                assert desk.read_here(outbox.count_waiting).pending == 0
            records = self._central_records()
            waits = ann.read_here(_put_before_a_person)
            everything = "\n".join(fields for _kind, fields in records) + waits
            assert [text for text in typed_in(reported) if text not in everything] == []
            texts = Counter(
                value
                for kind, fields in records
                if kind in _TYPED_ONCE
                for value in msgspec.json.decode(fields).values()
                if isinstance(value, str)
            )
            assert [text for text in typed_in(reported) if texts[text] > 1] == []
            back = [line.removeprefix("restored ") for line in reported if "restored" in line]
            assert [text for text in back if texts[text] != 1] == []
            versions = self._central_versions()
            assert ann.read_here(_versions) == versions
            assert ben.read_here(_versions) == versions

    def _central_records(self) -> list[tuple[str, str]]:
        record = central_tables.record
        query = sa.select(record.c.kind, record.c.fields).where(record.c.removed_reason.is_(None))
        with self._database() as connection:
            return [(kind, fields) for kind, fields in connection.execute(query)]

    def _central_versions(self) -> set[tuple[str, str, int]]:
        record = central_tables.record
        query = sa.select(record.c.kind, record.c.id, record.c.seq)
        with self._database() as connection:
            there = connection.execute(query.where(record.c.removed_reason.is_(None)))
            return {(kind, record_id, seq) for kind, record_id, seq in there}

    @contextmanager
    def _database(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(self.central.database_url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection


def typed_in(reported: list[str]) -> list[str]:
    """Return what was typed, by what was reported."""
    return [line.removeprefix("typed ") for line in reported if line.startswith("typed ")]


def _written(connection: sa.Connection) -> str:
    payloads = sa.union_all(sa.select(t.outbox.c.payload), sa.select(t.journal.c.payload))
    return "\n".join(bytes(payload).decode() for payload in connection.execute(payloads).scalars())


def _put_before_a_person(connection: sa.Connection) -> str:
    refused = connection.execute(sa.select(t.attention.c.payload)).scalars()
    contested = connection.execute(sa.select(t.conflict.c.mine)).scalars()
    return "\n".join([*(bytes(payload).decode() for payload in refused), *map(str, contested)])


def _versions(connection: sa.Connection) -> set[tuple[str, str, int]]:
    return {
        (kind.value, record_id, seq)
        for kind, table in t.TABLES.items()
        for record_id, seq in connection.execute(sa.select(table.c.id, table.c.row_seq))
    }


@contextmanager
def company_in(folder: Path) -> Iterator[Company]:
    """Let a company work, with both desks signed in and up to date."""
    url = f"sqlite:///{folder / 'central.db'}"
    accounts = [SeedAccount(ANN.id, "ann", PASSWORD), SeedAccount(BEN.id, "ben", PASSWORD)]
    seed(url, [ORGANISATION, ANN, BEN, *ANNA], accounts)
    empty = folder / "empty.db"
    engine = make_engine(empty, bytes.fromhex(KEY), create=True)
    upgrade(engine, empty)
    engine.dispose()
    with ExitStack() as running:
        centrals, desks = (
            running.enter_context(killables("tests.kills.acts")) for _side in ("central", "desk")
        )
        company = Company(folder, Central(url), centrals, desks)
        company.serve()
        for name in ("ann", "ben"):
            company.empty_cache(name)
            with company.open(name) as store:
                settle(signed_in(store, company.central, name))
        for _day in range(2):
            # Whatever a play meets, it meets the first time too.
            company.have_ben_change_things()
            company.type_as_ann()
            with company.open("ann") as ann:
                settle(ann)
        yield company
