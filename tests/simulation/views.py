"""What is on the disks of desks and Central, read past the program and its locks."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlcipher3 import dbapi2 as sqlcipher

from agentdesk.central.feed import Cursor, Position, decode_cursor
from agentdesk.domain.kinds import KINDS, KindName

WORD = re.compile(r"w\d+x\d+w")
Key = tuple[str, str]
"""Kind and id of a record."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record as Central holds it."""

    fields: Mapping[str, Any]
    versions: Mapping[str, int]
    origins: Mapping[str, Any]
    created_seq: int
    seq: int
    created_by: str | None
    removed_reason: str | None
    merged_into: str | None
    team_id: str | None

    def is_in(self, scope: str) -> bool:
        """Tell whether it is in a scope, by the scope's key."""
        return scope == "all" or self.team_id is None or scope == f"team/{self.team_id}"


@dataclass
class CentralView:
    """Everything that Central holds."""

    records: dict[Key, Held] = field(default_factory=dict)
    tags: dict[int, str] = field(default_factory=dict)
    epoch: str = ""
    head: int = 0
    processed: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    """Digest and verdict of every mutation."""
    words: set[str] = field(default_factory=set)
    scopes: dict[str, str] = field(default_factory=dict)
    """The key of the scope of every person who has an account."""
    merged: set[str] = field(default_factory=set)
    """Customers that a merge was about."""

    def continues(self, cursor: Position, epoch: str) -> bool:
        """Tell whether what a desk has read is what Central still has."""
        if epoch != self.epoch:
            return False
        return cursor.seq == 0 or self.tags.get(cursor.seq) == cursor.tag


def look_at_central(path: Path) -> CentralView:
    """Read Central's database."""
    view = CentralView()
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        (view.epoch,) = connection.execute("SELECT epoch FROM org").fetchone()
        (view.head,) = connection.execute("SELECT seq FROM feed_head").fetchone()
        view.tags = {row[0]: row[1] for row in connection.execute("SELECT seq, tag FROM changes")}
        words: list[str] = []
        for row in connection.execute("SELECT * FROM record"):
            words.append(row["fields"])
            view.records[row["kind"], row["id"]] = Held(
                json.loads(row["fields"]),
                json.loads(row["versions"]),
                json.loads(row["origins"]),
                row["created_seq"],
                row["seq"],
                row["created_by"],
                row["removed_reason"],
                row["merged_into"],
                row["team_id"],
            )
        for user_id, scope in connection.execute("SELECT user_id, scope FROM account"):
            team = view.records["user", user_id].fields.get("team_id")
            view.scopes[user_id] = scope if scope == "all" or not team else f"team/{team}"
        for row in connection.execute("SELECT device_id, n, digest, verdict FROM processed"):
            view.processed[row["device_id"], row["n"]] = (row["digest"], row["verdict"])
        words += [bytes(row[0]).decode() for row in connection.execute(_QUARANTINED)]
        for snapshot, *both in connection.execute(_MERGES):
            words.append(snapshot)
            view.merged.update(both)
        view.words = set(WORD.findall("\n".join(words)))
    finally:
        connection.close()
    return view


_TOLD = "SELECT n FROM attention UNION SELECT n FROM conflict UNION SELECT n FROM merged"
_MERGES = "SELECT snapshot, winner_id, loser_id FROM merge_log"
_QUARANTINED = "SELECT payload FROM quarantine"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One entry of the outbox or the journal."""

    n: int
    kind: str
    record_id: str
    author_id: str
    operation: Mapping[str, Any]
    payload: bytes
    verdict: Mapping[str, Any] | None
    attempted: bool = False


@dataclass
class DeskView:
    """Everything that a desk holds and the oracle asks about."""

    outbox: dict[int, Waiting] = field(default_factory=dict)
    journal: dict[int, Waiting] = field(default_factory=dict)
    seqs: dict[Key, int] = field(default_factory=dict)
    """Central's version of every record that is shown, or shown with own edits on top."""
    shadows: dict[Key, int] = field(default_factory=dict)
    conflicts: int = 0
    attention: dict[int, bytes] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    """Numbers of edits that were put before a person, whatever became of that."""
    state: dict[str, Any] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """In outbox, journal, open conflicts and what waits for attention."""
    safe_words: set[str] = field(default_factory=set)
    """In open conflicts and what waits for attention: before a person."""
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)
    """Who stands for a customer who was merged."""
    outside: set[Key] = field(default_factory=set)
    """What is kept although it has left the scope, while anything waits on it."""

    @property
    def cursor(self) -> tuple[Position, str]:
        """Where the desk stands: position and epoch; the start without a cursor."""
        decoded = self._decoded
        if decoded is None or decoded.fresh.seq:
            # Nobody says what is there while everything is being read page by page.
            return Position(), ""
        return decoded.position, decoded.epoch

    @property
    def ahead(self) -> Position:
        """Where the feed stood when the desk was told half of it."""
        return Position() if self._decoded is None else self._decoded.ahead

    @property
    def scope(self) -> str:
        """The key of the scope that the cursor was made in."""
        return "all" if self._decoded is None else self._decoded.held

    @property
    def _decoded(self) -> Cursor | None:
        text = self.state.get("cursor")
        return decode_cursor(text) if text else None


_SEQS = " UNION ALL ".join(
    f"SELECT '{kind}', id, row_seq FROM \"{kind}\""  # noqa: S608 - ours
    for kind in KINDS
)


def look_at_desk(path: Path, key: bytes) -> DeskView:
    """Read a desk's cache; the rows themselves only as far as edits wait on them."""
    view = DeskView()
    connection = _open(path, key)
    try:
        view.state = {
            # A number is kept as one: the column's affinity is numeric.
            row["key"]: json.loads(row["value"]) if isinstance(row["value"], str) else row["value"]
            for row in connection.execute("SELECT key, value FROM sync_state")
        }
        for name, held in (("outbox", view.outbox), ("journal", view.journal)):
            for row in connection.execute(f"SELECT * FROM {name} ORDER BY n"):  # noqa: S608 - ours
                held[row["n"]] = _waiting(row)
        before_people = [
            json.dumps([row["mine"]])
            for row in connection.execute("SELECT mine FROM conflict WHERE settled_at IS NULL")
        ]
        view.conflicts = len(before_people)
        for row in connection.execute("SELECT n, payload FROM attention WHERE settled_at IS NULL"):
            view.attention[row["n"]] = bytes(row["payload"])
        view.told = {row["n"] for row in connection.execute(_TOLD)}
        before_people += [payload.decode() for payload in view.attention.values()]
        view.safe_words = set(WORD.findall("\n".join(before_people)))
        sent = [w.payload for w in (*view.outbox.values(), *view.journal.values())]
        view.words = view.safe_words | set(WORD.findall(b"\n".join(sent).decode()))
        for kind, record_id, seq in connection.execute(_SEQS):
            view.seqs[kind, record_id] = seq
        for row in connection.execute("SELECT kind, record_id, row_seq, body FROM shadow"):
            view.shadows[row["kind"], row["record_id"]] = row["row_seq"]
        view.successors = dict(connection.execute("SELECT loser, winner FROM alias").fetchall())
        for kind, record_id in connection.execute("SELECT kind, record_id FROM outside"):
            view.outside.add((kind, record_id))
        for w in view.outbox.values():
            found = _row(connection, w.kind, w.record_id)
            if found is not None:
                view.rows[w.kind, w.record_id] = found
    finally:
        connection.close()
    return view


def everything_at_desk(path: Path, key: bytes) -> dict[Key, dict[str, Any]]:
    """Return all records as the desk shows them, with the columns that synchronisation needs."""
    connection = _open(path, key)
    try:
        return {
            (str(kind), row["id"]): _fields(KindName(kind), row)
            for kind in KINDS
            for row in connection.execute(f'SELECT * FROM "{kind}"')  # noqa: S608 - ours
        }
    finally:
        connection.close()


def _open(path: Path, key: bytes) -> Any:
    connection = sqlcipher.connect(str(path))
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.row_factory = sqlcipher.Row
    return connection


def _waiting(row: Any) -> Waiting:
    columns = row.keys()
    return Waiting(
        n=row["n"],
        kind=row["kind"],
        record_id=row["record_id"],
        author_id=row["author_id"],
        operation=msgspec.json.decode(row["payload"])["operation"],
        payload=bytes(row["payload"]),
        verdict=msgspec.json.decode(row["verdict"]) if row["verdict"] is not None else None,
        attempted="attempted_at" in columns and row["attempted_at"] is not None,
    )


def _row(connection: Any, kind: str, record_id: str) -> dict[str, Any] | None:
    found = connection.execute(
        f'SELECT * FROM "{kind}" WHERE id = ?',  # noqa: S608 - ours
        (record_id,),
    ).fetchone()
    return None if found is None else _fields(KindName(kind), found)


def _fields(kind: KindName, row: Any) -> dict[str, Any]:
    """Return a row's fields as Central writes them, and what it says of them beside."""
    booleans = _BOOLEANS[kind]
    fields: dict[str, Any] = {}
    for name in KINDS[kind].fields:
        value = row[name]
        if name in booleans:
            value = None if value is None else bool(value)
        elif name in _LISTS[kind] and value is not None:
            value = json.loads(value)
        fields[name] = value
    fields |= json.loads(row["extra"]) if row["extra"] else {}
    versions = json.loads(row["versions"]) if row["versions"] else {}
    return {
        "fields": fields,
        "seq": row["row_seq"],
        "created_seq": row["created_seq"],
        "versions": versions,
    }


def _typed(kind: KindName, word: str) -> frozenset[str]:
    members = msgspec.structs.fields(KINDS[kind].entity)
    return frozenset(m.name for m in members if word in str(m.type))


_BOOLEANS = {kind: _typed(kind, "bool") for kind in KINDS}
_LISTS = {kind: _typed(kind, "tuple") for kind in KINDS}
