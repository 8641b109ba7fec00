"""The ten invariants of synchronisation, held against what lies on the disks after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from agentdesk.central.feed import Position
from tests.simulation.desk import KEY, Desk, Entry
from tests.simulation.server import Server
from tests.simulation.views import (
    CentralView,
    DeskView,
    Key,
    Waiting,
    everything_at_desk,
    look_at_central,
    look_at_desk,
)

LOST, DOUBLED, DIVERGED, LIED, STUCK = "lost", "duplicated", "divergent", "lied", "not quiet"
_FOR_PEOPLE = ("rejected", "blocked", "conflict")


class Broken(Exception):  # noqa: N818 - the finding that the simulation is there for
    """An invariant does not hold. `found` tells it without a word that anybody typed."""

    def __init__(self, kind: str, invariant: int, found: str) -> None:
        super().__init__(f"invariant {invariant} ({kind}): {found}")
        self.kind = kind
        self.invariant = invariant


@dataclass
class _Known:
    """What the oracle knows of one desk."""

    numbers: set[int] = field(default_factory=set)
    position: Position = field(default_factory=Position)
    epoch: str = ""
    seqs: Mapping[Key, int] = field(default_factory=dict)


class Oracle:
    """Remembers what was reported as saved, and looks for it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._entries: dict[str, Entry] = {}
        self._excused: set[str] = set()
        self._elsewhere: set[str] = set()
        """What was typed on a profile that has been replaced by a copy of another or of earlier."""
        self._known: dict[int, _Known] = {}
        self._desks: dict[int, DeskView] = {}
        self._central = CentralView()
        self._processed: dict[tuple[str, int], tuple[str, str]] = {}
        self._payloads: dict[tuple[str, bytes], int] = {}
        self._restored: set[int] = set()
        """Desks that have not been greeted since Central came back from a backup."""
        self.edits = 0

    # --- What happened ------------------------------------------------------------------------

    def saved(self, entry: Entry) -> None:
        """Remember that the screen reported edits as saved."""
        self.edits += len(entry.numbers)
        self._known.setdefault(entry.desk, _Known()).numbers |= set(entry.numbers)
        for word in entry.words:
            self._entries[word] = entry
        for n in entry.given_up:
            held = self._desks.get(entry.desk)
            if held is not None and n in held.attention:
                self._excuse_payload(held.attention[n])

    def _excuse_payload(self, payload: bytes) -> None:
        text = payload.decode()
        self._excused |= {word for word in self._entries if word in text}

    def perhaps_saved(self, desk: Desk) -> None:
        """Find out whether a crash has kept what was being written."""
        entry, desk.being_written = desk.being_written, None
        if entry is None or not entry.numbers:
            return
        view = look_at_desk(desk.file, KEY)
        first = view.outbox.get(entry.numbers[0])
        if first is not None and all(w in view.words for w in entry.words):
            self.saved(entry)

    def went_back(self, desk: Desk, numbers: set[int]) -> None:
        """A desk is its own copy of earlier, when it had made `numbers`."""
        self._known[desk.index] = _Known(numbers=set(numbers))
        self._look(desk)
        own = {w for w, entry in self._entries.items() if entry.desk == desk.index}
        self._elsewhere |= own - self._desks[desk.index].words
        self._excuse_what_is_nowhere()

    def became_new(self, desk: Desk) -> None:
        """A desk has taken a new device's name and numbers."""
        self._look(desk)
        view = self._desks[desk.index]
        self._known[desk.index] = _Known(numbers=set(view.outbox))

    def central_went_back(self, desks: Iterable[Desk]) -> None:
        """Central is its own copy of earlier."""
        self._restored = {desk.index for desk in desks}
        self._look_at_central()
        self._processed = dict(self._central.processed)
        for known in self._known.values():
            known.position, known.epoch, known.seqs = Position(), "", {}
        self._excuse_what_is_nowhere()

    def greeted(self, desk: Desk) -> None:
        """Central has told a desk where it stands."""
        self._restored.discard(desk.index)

    def numbers_of(self, desk: Desk) -> set[int]:
        """Return the numbers that a desk has given to edits."""
        return set(self._known.setdefault(desk.index, _Known()).numbers)

    @property
    def head(self) -> int:
        """Where Central's feed ends."""
        return self._central.head

    def outbox_of(self, desk: Desk) -> set[int]:
        """Return the numbers of what a desk has still to send, or to read back."""
        return set(self._desks[desk.index].outbox)

    def has_everything(self, desk: Desk) -> bool:
        """Tell whether a desk has sent all that it had, and read all that there is."""
        view = self._desks[desk.index]
        return not view.outbox and view.cursor[0].seq == self._central.head

    def mark_of(self, desk: Desk) -> list[int]:
        """Return what changes whenever a desk gets any further."""
        view = self._desks.get(desk.index, DeskView())
        judged = sum(w.verdict is not None for w in view.outbox.values())
        return [view.cursor[0].seq, len(view.outbox), judged, len(view.journal)]

    def _excuse_what_is_nowhere(self) -> None:
        """Nobody can bring back what is on no disk any more."""
        self._excused |= self._entries.keys() - self._words_anywhere()

    # --- After every step ---------------------------------------------------------------------

    def check(self, touched: Iterable[Desk], *, central: bool) -> None:
        """Look at what was touched; raises `Broken`."""
        if central:
            self._look_at_central()
            self._check_processed()
        touched = list(touched)
        for desk in touched:
            self._look(desk)
        if touched or central:
            self._check_nothing_lost()
        for desk in touched:
            self._check_desk(desk)

    def _look(self, desk: Desk) -> None:
        self._desks[desk.index] = look_at_desk(desk.file, KEY)

    def _look_at_central(self) -> None:
        self._central = look_at_central(self._server.disk.path)

    def _words_anywhere(self) -> set[str]:
        return self._central.words.union(*(view.words for view in self._desks.values()))

    def _check_nothing_lost(self) -> None:
        missing = self._entries.keys() - self._words_anywhere() - self._excused
        if missing:
            raise Broken(LOST, 1, f"{self._named(min(missing))} is nowhere any more")

    def _named(self, word: str) -> str:
        """Return which edit typed a word, by its operation and its desk."""
        for view in self._desks.values():
            for w in (*view.outbox.values(), *view.journal.values()):
                if word in w.payload.decode():
                    op = f"{w.operation['op']} of a {w.kind}"
                    judged = (w.verdict or {}).get("outcome"), (w.verdict or {}).get("reason")
                    return f"edit {w.n} ({op}, judged {judged})"
        return f"an edit of desk {self._entries[word].desk}"

    def _check_processed(self) -> None:
        for key, judged in self._processed.items():
            if self._central.processed.get(key) != judged:
                raise Broken(DOUBLED, 3, f"mutation {key[1]} was judged a second time")
        self._processed = dict(self._central.processed)

    def _check_desk(self, desk: Desk) -> None:
        view = self._desks[desk.index]
        known = self._known.setdefault(desk.index, _Known())
        device_id = view.state.get("device_id")
        # After many weeks the journal lets go of what Central has.
        kept = {n for device, n in self._central.processed if device == device_id}
        gone = known.numbers - view.outbox.keys() - view.journal.keys() - kept
        if gone:
            raise Broken(LOST, 1, f"desk {desk.index} has lost its edit {min(gone)}")
        self._check_journal(desk, view, device_id)
        for record in {(w.kind, w.record_id) for w in view.outbox.values()}:
            self._check_shown(desk, view, record)
        self._check_position(desk, view, known)
        self._check_claim(desk)
        self._check_resent(view)

    def _check_journal(self, desk: Desk, view: DeskView, device_id: str | None) -> None:
        position, epoch = view.cursor
        if not self._central.continues(position, epoch):
            position = Position(seq=2**60)
        for n, judged in (view.outbox | view.journal).items():
            outcome = (judged.verdict or {}).get("outcome")
            if outcome in _FOR_PEOPLE and n not in view.told:
                raise Broken(LIED, 9, f"nobody was told that edit {n} was {outcome}")
        for n, settled in view.journal.items():
            if settled.verdict is None:
                raise Broken(LOST, 5, f"desk {desk.index} let go of edit {n} without a verdict")
            # Where it stands now: a copy of this profile may have sent it to a restored Central.
            again = self._central.processed.get((device_id or "", n))
            verdict = msgspec.json.decode(again[1]) if again else settled.verdict
            if verdict.get("seq", 0) > position.seq > 0:
                raise Broken(DIVERGED, 4, f"desk {desk.index} let go of edit {n} too early")

    def _check_shown(self, desk: Desk, view: DeskView, record: Key) -> None:
        """The person's own word stands until Central's answer to it has been read (4)."""
        waiting = [w for w in view.outbox.values() if (w.kind, w.record_id) == record]
        shown = view.rows.get(record)
        if record not in view.shadows:
            raise Broken(DIVERGED, 4, f"desk {desk.index} does not know what Central has")
        last = waiting[-1].operation
        if last["op"] == "remove":
            if shown is not None:
                raise Broken(DIVERGED, 4, f"desk {desk.index} shows what it has removed")
            return
        if last["op"] == "append" and shown is None:
            raise Broken(DIVERGED, 4, f"desk {desk.index} does not show what it has added")
        if shown is None:
            return
        if view.shadows[record] > 0:
            # Others may have changed already what was added here.
            waiting = [w for w in waiting if w.operation["op"] != "append"]
        # What changes somebody who was merged into this customer is theirs, in its turn.
        waiting += [
            w
            for w in view.outbox.values()
            if view.successors.get(w.record_id) == record[1] and w.operation["op"] == "patch"
        ]
        for field_name, value in _last_words(sorted(waiting, key=lambda w: w.n)).items():
            if shown["fields"].get(field_name) != value:
                raise Broken(DIVERGED, 4, f"desk {desk.index} hides its own {field_name}")

    def _check_position(self, desk: Desk, view: DeskView, known: _Known) -> None:
        """Rows and cursor go together (2), and never backwards within an epoch (8)."""
        position, epoch = view.cursor
        goes_on = all(self._central.continues(at, epoch) for at in (position, view.ahead))
        if position.seq == 0 or not goes_on:
            known.position, known.epoch, known.seqs = Position(), "", {}
            return
        seqs = view.seqs | view.shadows
        for record, held in self._central.records.items():
            if held.seq > position.seq or not held.is_in(view.scope):
                continue
            if held.removed_reason is None and seqs.get(record, 0) != held.seq:
                raise Broken(DIVERGED, 2, f"desk {desk.index} has read past a {record[0]}")
            waits = record in view.shadows or record in view.outside
            if held.removed_reason is not None and record in view.seqs and not waits:
                raise Broken(DIVERGED, 2, f"desk {desk.index} keeps a removed {record[0]}")
        if known.epoch == epoch and position.seq < known.position.seq:
            raise Broken(DIVERGED, 8, f"desk {desk.index} has gone back")
        if known.epoch == epoch:
            for record, seq in known.seqs.items():
                # At 0 it is what stands on top of a removal.
                if 0 < seqs.get(record, seq) < seq and record in view.seqs:
                    raise Broken(DIVERGED, 8, f"desk {desk.index} shows an older {record[0]}")
        known.position, known.epoch = position, epoch
        # What is newer than the position is from a time that a restored Central has lost.
        known.seqs = {record: seq for record, seq in seqs.items() if seq <= position.seq}

    def _check_claim(self, desk: Desk) -> None:
        """What is said to be saved centrally is (9)."""
        if not desk.status.all_saved or desk.index in self._restored:
            return
        own = {w for w, entry in self._entries.items() if entry.desk == desk.index}
        missing = own - self._central.words - self._excused - self._elsewhere
        if missing:
            what = self._named(min(missing))
            raise Broken(LIED, 9, f"desk {desk.index} says that all is saved, but not {what}")

    def _check_resent(self, view: DeskView) -> None:
        """No intention goes out under two numbers (3)."""
        device_id = view.state.get("device_id") or ""
        for waiting in (*view.outbox.values(), *view.journal.values()):
            content = _without_number(waiting.payload)
            if self._payloads.setdefault((device_id, content), waiting.n) != waiting.n:
                raise Broken(DOUBLED, 3, f"edit {waiting.n} has had another number")

    # --- When all is quiet --------------------------------------------------------------------

    def check_quiet(self, desks: Iterable[Desk]) -> None:
        """Look at everything; raises `Broken`."""
        desks = list(desks)
        self.check(desks, central=True)
        self._check_every_word()
        self._check_doubled()
        for desk in desks:
            self._check_equal(desk)

    def _check_every_word(self) -> None:
        """What was typed is at Central, in a row or in its history, or before a person (1, 6)."""
        views = self._desks.values()
        before_people = set().union(*(view.safe_words for view in views))
        stuck = set().union(*(self._words_of_forked(view) for view in views))
        missing = self._entries.keys() - self._central.words - before_people - stuck - self._excused
        if missing:
            raise Broken(LOST, 6, f"{self._named(min(missing))} left no trace at Central")

    def _words_of_forked(self, view: DeskView) -> set[str]:
        text = b"\n".join(w.payload for w in view.outbox.values()).decode()
        return {word for word in self._entries if word in text}

    def _check_doubled(self) -> None:
        """Whatever was typed once stands once (3)."""
        appended: Counter[str] = Counter()
        for (kind, _id), held in self._central.records.items():
            if kind in ("interaction", "fact", "promise", "contact_point"):
                words = {w for w in map(str, held.fields.values()) if w in self._entries}
                appended.update(words)
        for word, count in appended.items():
            if count > 1:
                raise Broken(DOUBLED, 3, f"an edit of desk {self._entries[word].desk} is twice")
        stood: Counter[tuple[str, str, str]] = Counter()
        for (kind, record_id), held in self._central.records.items():
            if kind == "field_version":
                if not held.fields["arrived_late"] and held.fields["record_kind"] != "note":
                    at = (held.fields["record_id"], held.fields["field"])
                    stood[(*at, held.fields["value"].strip('"'))] += 1
                continue
            for name, value in held.fields.items():
                stood[record_id, name, str(value)] += 1
        for (record_id, name, word), count in stood.items():
            if record_id in self._central.merged:
                # Taking a merge back writes again what stood before it.
                continue
            if word in self._entries and count > 1 + self._said_again(word):
                raise Broken(DOUBLED, 3, f"a {name} was written {count} times")

    def _said_again(self, word: str) -> int:
        """Count how often a person has said again what they had said: settling a conflict."""
        views = self._desks.values()
        sent = {
            (index, w.n)
            for index, view in enumerate(views)
            for w in (*view.outbox.values(), *view.journal.values())
            if word in w.payload.decode()
        }
        return max(0, len(sent) - 1)

    def _check_equal(self, desk: Desk) -> None:
        """The desk shows what Central holds, cut to its scope (7)."""
        view = self._desks[desk.index]
        pending = {(w.kind, w.record_id) for w in view.outbox.values()} | view.outside
        scope = self._central.scopes.get(view.state.get("user_id") or "", "all")
        if view.scope != scope:
            raise Broken(DIVERGED, 7, f"desk {desk.index} holds another scope than its person's")
        shown = everything_at_desk(desk.file, KEY)
        held = {
            record: {
                "fields": dict(row.fields),
                "seq": row.seq,
                "created_seq": row.created_seq,
                "versions": dict(row.versions),
            }
            for record, row in self._central.records.items()
            if row.removed_reason is None and row.is_in(scope)
        }
        for record in sorted((shown.keys() | held.keys()) - pending):
            if record not in held:
                raise Broken(DIVERGED, 7, f"desk {desk.index} shows a {record[0]} of nobody")
            if record not in shown:
                raise Broken(DIVERGED, 7, f"desk {desk.index} lacks a {record[0]}")
            ours, theirs = shown[record], held[record]
            for part in theirs:
                if _plain(ours[part]) != _plain(theirs[part]):
                    raise Broken(
                        DIVERGED, 7, f"desk {desk.index} has another {part} of a {record[0]}"
                    )


def _plain(value: Any) -> Any:
    """Return a row without what is empty: a desk keeps no difference between none and absent."""
    if isinstance(value, Mapping):
        return {k: v for k, v in value.items() if v is not None}
    return value


def _last_words(waiting: Iterable[Waiting]) -> dict[str, Any]:
    """Return what a person last set, by field, since the record was last added or restored."""
    said: dict[str, Any] = {}
    for w in waiting:
        operation = w.operation
        match operation["op"]:
            case "append":
                # Whose it is follows the customer, should they be merged meanwhile.
                said |= {n: v for n, v in operation["fields"].items() if n != "customer_id"}
            case "patch":
                said |= {n: change.get("new") for n, change in operation["changes"].items()}
            case "note_edit":
                said["text"] = operation["new_text"]
                said.pop("revision", None)
                said.pop("updated_at", None)
    return said


def _without_number(payload: bytes) -> bytes:
    body = msgspec.json.decode(payload)
    del body["n"]
    return msgspec.json.encode(body)
