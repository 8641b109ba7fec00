"""A Central of which the test says what it holds: its pages, its digest, its cards."""

from __future__ import annotations

from collections.abc import Sequence

from agentdesk.domain.entities import Customer
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import NAME_OF, KindName, to_row
from agentdesk.store.rows import owner_of
from agentdesk.sync.absorb import Page
from agentdesk.sync.address import Address
from agentdesk.sync.digests import BUCKETS, bucket_of, check_of
from agentdesk.sync.protocol import (
    PAGE_LIMIT,
    BucketDigest,
    Digest,
    GoneReason,
    PageEnd,
    PageGone,
    PageRow,
)
from agentdesk.sync.transport import CentralClient

Line = PageRow | PageGone


class ScriptedCentral(CentralClient):
    """Answers from a list of lines; a cursor is how many of them a desk has."""

    def __init__(self) -> None:
        super().__init__(Address("http://127.0.0.1:9"), "device")
        self.lines: list[Line] = []
        self.forgotten: set[str] = set()
        self.digests_asked = 0
        self.page_rows = 100_000
        self.arriving: list[list[Line]] = []

    def tell(self, *lines: Line) -> None:
        """Let these changes happen."""
        self.lines += lines

    def add_people(self, count: int, first_seq: int = 1) -> list[Customer]:
        """Add customers, and return them."""
        people = [Customer(id=new_id(), full_name=f"Person {n}") for n in range(count)]
        self.tell(*(row_of(who, seq) for seq, who in enumerate(people, first_seq)))
        return people

    def changes(self, cursor: str | None, limit: int = PAGE_LIMIT) -> Page:
        """Return what comes behind `cursor`."""
        begin = int(cursor or 0)
        lines = self.lines[begin : begin + min(limit, self.page_rows)]
        until = begin + len(lines)
        end = PageEnd(
            cursor=str(until),
            count=len(lines),
            checksum="",
            more=until < len(self.lines),
            absorbed=0,
            head_seq=max((line.seq for line in self.lines), default=0),
        )
        return Page(lines, end)

    def digest(self) -> Digest:
        """Count what is there, apart from what was `forgotten`; changes may arrive just before."""
        self.digests_asked += 1
        if self.arriving:
            self.tell(*self.arriving.pop(0))
        counts, checks = [0] * BUCKETS, [0] * BUCKETS
        for line in {(line.kind, line.id): line for line in self.lines}.values():
            if isinstance(line, PageGone) and line.id not in self.forgotten:
                continue
            kind = KindName(line.kind)
            owner = owner_of(kind, line.id, line.fields) if isinstance(line, PageRow) else line.id
            bucket = bucket_of(owner or line.id)
            counts[bucket] += 1
            checks[bucket] += check_of(line.kind, line.id, line.seq)
        buckets = [BucketDigest(*both) for both in zip(counts, checks, strict=True)]
        return Digest(cursor=str(len(self.lines)), buckets=buckets)


def row_of(entity: Customer, seq: int) -> PageRow:
    """Return a record as Central sends it."""
    fields = {name: value for name, value in to_row(entity).items() if name != "id"}
    kind = NAME_OF[type(entity)]
    return PageRow(kind=kind, id=entity.id, seq=seq, created_seq=seq, fields=fields)


def gone(
    people: Sequence[Customer], first_seq: int, reason: GoneReason = GoneReason.REMOVED
) -> list[Line]:
    """Return what Central says when `people` are no longer there."""
    return [
        PageGone(kind=KindName.CUSTOMER, id=who.id, seq=seq, reason=reason)
        for seq, who in enumerate(people, first_seq)
    ]
