"""What a process does until it is killed; run as `python -m tests.kills.acts`.

Every act takes first where to die, and where to write the boundaries that it met; one of them is
empty. What it types is unique, and reported once the desk has said that it is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agentdesk.central.database import open_database
from agentdesk.central.serve import CentralServer, serve
from agentdesk.domain.draft import Draft
from agentdesk.domain.entities import FactKind
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.services import syncing
from agentdesk.services.desk import Desk
from agentdesk.services.opening import open_for_work
from agentdesk.store.engine import CacheFile, make_engine
from agentdesk.store.profile import create_profile, profile_paths
from agentdesk.store.state import set_state
from agentdesk.store.swap import finish_swap
from agentdesk.store.workers import Store
from agentdesk.sync.account import open_client
from agentdesk.sync.address import Address
from agentdesk.sync.first_sync import FirstSync
from tests.exchanges import desk_on
from tests.fakes import MemoryKeyring
from tests.killable import main, report
from tests.kills.boundaries import Tracer, die_at, record_in
from tests.real import PASSWORD

PASSPHRASE = "a cat walks over the bridge"
NOBODY = "01890000-0000-7000-8000-00000000dead"


def _watch(target: str, record: str) -> None:
    Tracer(die_at(target) if target else record_in(record)).install()


def open_cache(path: str, key: str) -> Store:
    """Open a cache by its key in hexadecimal, as a profile is opened."""
    current = finish_swap(CacheFile(Path(path), bytes.fromhex(key)))
    return Store(make_engine(current.path, current.key))


def _typed(desk_word: str) -> str:
    return f"{desk_word} {new_id()}"


def type_everything(desk: Desk, customer_id: str, tell: Callable[[str], None]) -> None:
    """Do what a person does in a day, without a network; `tell` of each edit once it is saved."""
    note, again, gone = (_typed(word) for word in ("note", "again", "gone"))
    written = desk.add_note(customer_id, note).result()
    tell(f"typed {note}")
    desk.edit_note(written.id, again).result()
    tell(f"typed {again}")
    passing = desk.add_note(customer_id, gone).result()
    tell(f"typed {gone}")
    desk.remove(KindName.NOTE, passing.id).result()
    desk.restore(KindName.NOTE, passing.id).result()
    tell(f"restored {gone}")
    for values in ({"full_name": _typed("name")}, {"company": _typed("company")}):
        desk.set_fields(customer_id, values).result()
        tell(f"typed {next(iter(values.values()))}")
    for about, word in ((customer_id, "fact"), (NOBODY, "nobody")):
        fact = _typed(word)
        desk.add_fact(about, FactKind.FAMILY, fact).result()
        tell(f"typed {fact}")
    name = _typed("person")
    desk.add_customer(name, number="+48 601 234 567").result()
    tell(f"typed {name}")
    draft = Draft(id=customer_id, text=_typed("draft"), customer_id=customer_id)
    desk.save_draft(draft).result()
    tell(draft.text)


def edit(target: str, record: str, path: str, key: str, customer_id: str) -> None:
    """Type."""
    store = open_cache(path, key)
    desk = desk_on(store)
    _watch(target, record)
    type_everything(desk, customer_id, report)
    store.close()


def exchange(target: str, record: str, path: str, key: str, lock: str) -> None:
    """Exchange until quiet, with an access token that has run out."""
    store = open_cache(path, key)
    store.write_here(lambda connection: set_state(connection, access_token="has.run.out"))
    _watch(target, record)
    _sync(store, lock)
    store.close()


def take_turns(target: str, record: str, path: str, key: str, lock: str, url: str) -> None:
    """Sign out and in again."""
    store = open_cache(path, key)
    _watch(target, record)
    syncing.sign_out(store, Path(lock))
    syncing.sign_in(store, Path(lock), Address(url), "ann", PASSWORD)
    store.close()


def first_sync(target: str, record: str, path: str, key: str, lock: str) -> None:
    """Fetch everything into a file of its own, which takes the cache's place, and its name."""
    store = open_cache(path, key)
    _watch(target, record)
    FirstSync(store, open_client(store), small_rows=0).run()
    _sync(store, lock)
    store.close()
    open_cache(path, key).close()


def make_profile(target: str, record: str, home: str) -> None:
    """Make a profile, and open it."""
    paths, keyring = profile_paths(Path(home), "default"), MemoryKeyring(answers=False)
    _watch(target, record)
    create_profile(paths, keyring, PASSPHRASE)
    open_for_work(paths, keyring, PASSPHRASE).store.close()


def open_profile(target: str, record: str, home: str, repair: bool) -> None:
    """Open a profile whose cache is of an older program, or damaged."""
    paths, keyring = profile_paths(Path(home), "default"), MemoryKeyring(answers=False)
    _watch(target, record)
    open_for_work(paths, keyring, PASSPHRASE, repair=repair).store.close()


def serve_central(target: str, record: str, url: str, port: int) -> None:
    """Serve; report the port."""
    server = CentralServer(url, port=port)
    if target or record:
        _watch(target, record)
    report(server.address.rsplit(":", 1)[1])
    serve(server)


def make_central(target: str, record: str, url: str) -> None:
    """Make Central's tables."""
    _watch(target, record)
    open_database(url).close()


def _sync(store: Store, lock: str) -> None:
    syncing.sync_once(store, Path(lock), lambda _pushed, _pulled: None)


ACTS = (
    edit,
    exchange,
    take_turns,
    first_sync,
    make_profile,
    open_profile,
    serve_central,
    make_central,
)

if __name__ == "__main__":
    main({act.__name__: act for act in ACTS})
