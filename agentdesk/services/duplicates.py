"""Customers who are probably one person: finding them, showing why, and remembering who is two."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.blocking import Pass, blocks, pairs_of
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import ContactKind, ContactPoint, Customer, DistinctPair
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now, to_text
from agentdesk.domain.name_likeness import Level, Roots
from agentdesk.domain.sameness import (
    PROBABLE,
    Evidence,
    Likeness,
    Rarity,
    Trait,
    Traits,
    compare,
    likeness_bits,
)
from agentdesk.errors import Code, UserError
from agentdesk.store import lookalikes
from agentdesk.store import tables as t
from agentdesk.store.aliases import successor
from agentdesk.store.lookalikes import Pair, ordered
from agentdesk.store.rows import get_entity, select_entities
from agentdesk.store.search import find_customers
from agentdesk.store.short_forms import short_forms
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits
from agentdesk.sync.protocol import MergeCustomers, Mutation, Unmerge

SHARED_FROM = 3
"""A number that so many customers have is a shared line, whether somebody has marked it or not."""
_TOLD_EVERY = 500
_MOST_NEIGHBOURS = 20
_SIMILAR_NAMES = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What one trait says, with the values that were compared as they are written down.

    `bits` above zero speak for one person, below for two; what
    differs never speaks for one.
    """

    trait: Trait
    level: Level
    bits: float
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class PossiblePair:
    """Two customers who are probably one, `probability` from 0 to 1, and what says so.

    `one` is the customer with the lesser id.
    """

    one: Customer
    other: Customer
    bits: float
    probability: float
    said: tuple[Said, ...]
    put_off: bool = False

    @property
    def ids(self) -> Pair:
        """The two ids, the lesser first."""
        return self.one.id, self.other.id


@dataclass(frozen=True, slots=True)
class PossibleDuplicates:
    """What the list shows: the surest first, what was put off last.

    `searched_at` is when the whole base was last searched; None if it never was. `total` counts
    also what is beyond `pairs`.
    """

    pairs: tuple[PossiblePair, ...] = ()
    total: int = 0
    searched_at: str | None = None


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search has come: `done` of `total` steps of its work, and pairs found so far."""

    done: int
    total: int
    found: int = 0


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search came to. If it was `stopped`, what an earlier one had found still stands."""

    customers: int
    compared: int
    found: int
    stopped: bool = False


class _Stopped(Exception):  # noqa: N818 - an answer, not a fault
    """Somebody has cancelled the search."""


@lru_cache(maxsize=1 << 14)
def called(name: str) -> frozenset[str]:
    """Return a given name with its short forms, and what it is a short form of."""
    return short_forms(name) | {name}


# --- Searching the whole base -------------------------------------------------------------------


def search_base(
    store: Store,
    *,
    roots: Roots = called,
    progress: Callable[[SearchProgress], None] = lambda _progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Searched:
    """Compare all customers of the cache that share a key, and keep who is probably one; blocks.

    Reading is in pages, each a transaction of its own, and comparing holds none, so that nobody
    waits for it. `progress` and `cancelled` are called in this thread some times a second.
    """
    search = _Search(store, roots, progress, cancelled)
    try:
        return search.run()
    except _Stopped:
        return replace(search.result(), stopped=True)


class _Search:
    """One run through the base."""

    def __init__(
        self,
        store: Store,
        roots: Roots,
        progress: Callable[[SearchProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._store = store
        self._roots = roots
        self._progress = progress
        self._cancelled = cancelled
        self._people: list[Traits] = []
        self._compared: set[Pair] = set()
        self._found: dict[Pair, float] = {}
        self._done = 0
        self._total = 1

    def run(self) -> Searched:
        self._read()
        rarity, self._people = counted(self._people)
        for kind in Pass:
            self._go_through(kind, rarity)
        self._store.write_here(self._keep, rarity)
        return self.result()

    def result(self) -> Searched:
        return Searched(len(self._people), len(self._compared), len(self._found))

    def _read(self) -> None:
        count = self._store.read_here(
            lambda connection: connection.execute(
                sa.select(sa.func.count()).select_from(t.customer)
            ).scalar_one()
        )
        # Reading the base counts as much as two of the passes over it.
        self._total = max(count * (len(Pass) + 2), 1)
        after = ""
        while page := self._store.read_here(lookalikes.traits_page, after):
            self._people += page
            after = page[-1].id
            self._step(2 * len(page))

    def _go_through(self, kind: Pass, rarity: Rarity) -> None:
        reached = 0
        start = self._done
        for at, block in enumerate(blocks(self._people, kind, self._roots)):
            for one, other in pairs_of(block):
                pair = ordered(one.id, other.id)
                if pair in self._compared:
                    continue
                self._compared.add(pair)
                bits = likeness_bits(one, other, rarity=rarity, roots=self._roots)
                if bits >= PROBABLE:
                    self._found[pair] = bits
            reached += len(block)
            if at % _TOLD_EVERY == 0:
                self._step(0, min(reached, len(self._people)))
        self._done = start
        self._step(len(self._people))

    def _step(self, more: int, beyond: int = 0) -> None:
        self._done += more
        done = min(self._done + beyond, self._total)
        self._progress(SearchProgress(done, self._total, len(self._found)))
        if self._cancelled():
            raise _Stopped

    def _keep(self, connection: sa.Connection, rarity: Rarity) -> None:
        lookalikes.keep_found(connection, self._found.items(), rarity, to_text(now()))


def counted(people: Sequence[Traits]) -> tuple[Rarity, list[Traits]]:
    """Return how rare the values of a base are, and its people with shared lines marked."""
    counts: dict[Trait, Counter[str]] = defaultdict(Counter)
    lines: Counter[str] = Counter()
    for who in people:
        counts[Trait.FAMILY][" ".join(sorted(who.family))] += 1
        counts[Trait.GIVEN][who.given[0] if who.given else ""] += 1
        counts[Trait.TOWN][who.town] += 1
        counts[Trait.COMPANY][who.company] += 1
        lines.update(who.lines.keys())
    shared = {line for line, count in lines.items() if count >= SHARED_FROM}
    return Rarity(len(people), counts), [_marked(who, shared) for who in people]


def _marked(who: Traits, shared: Collection[str]) -> Traits:
    own = frozenset(line for line in who.lines if line in shared)
    return msgspec.structs.replace(who, shared=own) if own else who


# --- The list, and the hint on a card -----------------------------------------------------------


def possible_duplicates(
    connection: sa.Connection, limit: int = 200, *, roots: Roots = called
) -> PossibleDuplicates:
    """Return who is probably one, as far as it was found and still holds.

    What was found is compared again with what is known now: whoever was edited, merged, removed
    or told apart since is not suggested any more.
    """
    searched_at, rarity = lookalikes.last_search(connection)
    passed_over = _passed_over(connection)
    waiting = (
        one for one in lookalikes.found_pairs(connection) if not passed_over(one.first, one.second)
    )
    pairs: list[PossiblePair] = []
    while len(pairs) < limit and (part := list(islice(waiting, limit))):
        pairs += _shown(connection, part, rarity, roots)
    more = sum(1 for _one in waiting)
    return PossibleDuplicates(tuple(pairs[:limit]), len(pairs) + more, searched_at)


def duplicates_of(
    connection: sa.Connection, customer_id: str, *, roots: Roots = called
) -> tuple[PossiblePair, ...]:
    """Return with whom a customer is probably one, the surest first.

    Looks at the moment, not at what a search has kept: at those who share a number, an address or
    a birthday, and at those of a similar name.
    """
    customer_id = successor(connection, customer_id)
    mine = lookalikes.traits_by_id(connection, [customer_id]).get(customer_id)
    if mine is None:
        return ()
    name = connection.execute(
        sa.select(t.customer.c.full_name).where(t.customer.c.id == customer_id)
    ).scalar_one()
    similar = {hit.id for hit in find_customers(connection, name, _SIMILAR_NAMES)}
    near = lookalikes.neighbours(connection, mine, _MOST_NEIGHBOURS) | similar
    passed_over = _passed_over(connection, [customer_id])
    found = [
        lookalikes.FoundPair(*ordered(customer_id, other), weight=0.0)
        for other in sorted(near - {customer_id})
        if not passed_over(customer_id, other)
    ]
    _at, rarity = lookalikes.last_search(connection)
    return tuple(sorted(_shown(connection, found, rarity, roots), key=lambda p: -p.bits))


def compared_pair(
    connection: sa.Connection, one: str, other: str, *, roots: Roots = called
) -> PossiblePair | None:
    """Return how alike two customers are, however little; None if one of them is not there."""
    pair = ordered(successor(connection, one), successor(connection, other))
    if pair[0] == pair[1]:
        return None
    _at, rarity = lookalikes.last_search(connection)
    found = [lookalikes.FoundPair(*pair, weight=0.0)]
    return next(iter(_shown(connection, found, rarity, roots, least=-1000.0)), None)


def put_off(connection: sa.Connection, one: str, other: str, *, later: bool = True) -> ChangeSet:
    """Move a pair to the end of this desk's list, or back."""
    lookalikes.put_off(connection, ordered(one, other), to_text(now()) if later else None)
    return ChangeSet()


def _passed_over(
    connection: sa.Connection, ids: Sequence[str] | None = None
) -> Callable[[str, str], bool]:
    """Return what tells of a pair that it is settled: told apart, or being merged."""
    distinct = lookalikes.distinct_pairs(connection, ids)
    on_the_way = merging(connection)

    def settled(one: str, other: str) -> bool:
        if ordered(one, other) in distinct:
            return True
        return one in on_the_way or other in on_the_way

    return settled


def _shown(
    connection: sa.Connection,
    found: Sequence[lookalikes.FoundPair],
    rarity: Rarity,
    roots: Roots,
    least: float = PROBABLE,
) -> list[PossiblePair]:
    ids = {one for pair in found for one in (pair.first, pair.second)}
    traits = lookalikes.traits_by_id(connection, ids)
    on_lines = lookalikes.on_lines(connection, (x for who in traits.values() for x in who.lines))
    shared = {line for line, count in on_lines.items() if count >= SHARED_FROM}
    alike: list[tuple[lookalikes.FoundPair, Likeness]] = []
    for pair in found:
        if pair.first in traits and pair.second in traits:
            one, other = (_marked(traits[who], shared) for who in (pair.first, pair.second))
            likeness = compare(one, other, rarity=rarity, roots=roots)
            if likeness.bits >= least:
                alike.append((pair, likeness))
    people = _people(connection, {i for pair, _l in alike for i in (pair.first, pair.second)})
    points = _points(connection, people)
    return [
        PossiblePair(
            people[pair.first],
            people[pair.second],
            likeness.bits,
            likeness.probability,
            _told(likeness, *((people[i], points[i]) for i in (pair.first, pair.second))),
            pair.put_off,
        )
        for pair, likeness in alike
    ]


_Known = tuple[Customer, list[ContactPoint]]


def _told(likeness: Likeness, one: _Known, other: _Known) -> tuple[Said, ...]:
    return tuple(
        Said(e.trait, e.level, _plausible(e), *_written(e.trait, one, other))
        for e in likeness.evidence
    )


def _plausible(evidence: Evidence) -> float:
    """Return what a trait says as people would: what differs is no reason for, what agrees none
    against, though relatives share a town more often than one person's records do.
    """
    if evidence.level is Level.DIFFERENT:
        return min(evidence.bits, 0.0)
    if (evidence.trait, evidence.level) == (Trait.NUMBER, Level.PARTLY):
        return evidence.bits
    return max(evidence.bits, 0.0)


def _written(trait: Trait, one: _Known, other: _Known) -> tuple[str, str]:
    """Return the values of a trait as they are written down; what both have, where that is it."""
    if trait in (Trait.NUMBER, Trait.EMAIL):
        kind = ContactKind.PHONE if trait is Trait.NUMBER else ContactKind.EMAIL
        left, right = (
            {(p.e164 or p.value).casefold(): p.value for p in points if p.kind is kind}
            for _who, points in (one, other)
        )
        both = sorted(left.keys() & right.keys())
        if both:
            return left[both[0]], right[both[0]]
        return ", ".join(left.values()), ", ".join(right.values())
    attribute = {
        Trait.FAMILY: "family_name",
        Trait.GIVEN: "given_name",
        Trait.BIRTHDAY: "birthday",
        Trait.TOWN: "hometown",
        Trait.COMPANY: "company",
    }.get(trait, "full_name")
    values = [getattr(who, attribute) or who.full_name for who, _points in (one, other)]
    return values[0], values[1]


def _people(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        part = t.customer.c.id.in_(wanted[start : start + 500])
        found |= {who.id: who for who in select_entities(connection, Customer, part)}
    return found


def _points(connection: sa.Connection, ids: Iterable[str]) -> dict[str, list[ContactPoint]]:
    c = t.contact_point.c
    found: dict[str, list[ContactPoint]] = defaultdict(list)
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        part = c.customer_id.in_(wanted[start : start + 500])
        for point in select_entities(connection, ContactPoint, part, order=[c.id]):
            found[point.customer_id].append(point)
    return found


# --- Two people ---------------------------------------------------------------------------------


def say_distinct(connection: sa.Connection, one: str, other: str, author_id: str) -> ChangeSet:
    """Remember, for everybody, that two customers are two people; once is enough.

    Raises `UserError(NOT_FOUND)` if one is not there, or both are one already.
    """
    one, other = (successor(connection, who) for who in (one, other))
    if one == other or any(get_entity(connection, Customer, i) is None for i in (one, other)):
        raise UserError(Code.NOT_FOUND)
    pair = ordered(one, other)
    edits = Edits(connection, author_id)
    if pair not in lookalikes.distinct_pairs(connection, [one, other]):
        edits.append(
            DistinctPair(
                id=new_id(),
                customer_id=pair[0],
                other_id=pair[1],
                said_by=author_id,
                said_at=edits.made_at,
            )
        )
    return edits.finish()


def unsay_distinct(connection: sa.Connection, one: str, other: str, author_id: str) -> ChangeSet:
    """Take back that two customers are two people, by whomever it was said."""
    one, other = (successor(connection, who) for who in (one, other))
    said = lookalikes.distinct_pairs(connection, [one, other]).get(ordered(one, other), [])
    edits = Edits(connection, author_id)
    for record_id in said:
        edits.remove(KindName.DISTINCT_PAIR, record_id)
    return edits.finish()


# --- On the way ---------------------------------------------------------------------------------

_MERGES = (b'"op":"merge_customers"', b'"op":"unmerge"')


def merging(connection: sa.Connection) -> dict[str, str]:
    """Return who is on the way into whom: merges made here that Central has not answered yet."""
    c = t.outbox.c
    marked = [sa.func.instr(c.payload, mark) > 0 for mark in _MERGES]
    query = sa.select(c.payload).where(c.kind == KindName.CUSTOMER, sa.or_(*marked)).order_by(c.n)
    pending: dict[str, str] = {}
    for payload in connection.execute(query).scalars():
        operation = decode_json(payload, Mutation).operation
        if isinstance(operation, MergeCustomers):
            pending[operation.loser] = operation.winner
        elif isinstance(operation, Unmerge):
            pending.pop(operation.loser, None)
    return pending
