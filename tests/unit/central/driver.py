"""A Central with a small company, and desks that talk to it over the real ASGI application."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from agentdesk.central.seed import SeedAccount, seed
from agentdesk.domain import entities as e
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName, to_row
from agentdesk.sync import protocol as p

PASSWORD = "correct horse"
_T = TypeVar("_T")


class Backend(StrEnum):
    """What Central runs on, and how its feed is numbered."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"
    SEQUENCER = "sequencer"
    """PostgreSQL, with numbers given by the sequencer."""


EVERYWHERE = tuple(Backend)
DATABASES = (Backend.SQLITE, Backend.POSTGRES)


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return its time."""
        return self.now

    def turn(self, **amount: float) -> None:
        """Go on by a `timedelta` of `amount`."""
        self.now += timedelta(**amount)


@dataclass(frozen=True)
class Company:
    """Who and what is there from the start."""

    organisation: e.Organisation
    agent: e.User
    colleague: e.User
    lead: e.User
    customer: e.Customer
    other: e.Customer


def small_company() -> Company:
    """Return a company of three users and two customers."""
    return Company(
        organisation=e.Organisation(
            id=new_id(), name="Acme", region="GB", language="en", time_zone="Europe/London"
        ),
        agent=e.User(id=new_id(), name="Ann Agent", role=e.Role.AGENT),
        colleague=e.User(id=new_id(), name="Cole League", role=e.Role.AGENT),
        lead=e.User(id=new_id(), name="Lea Dee", role=e.Role.LEAD),
        customer=e.Customer(id=new_id(), full_name="Robert Blunt", hometown="Riga"),
        other=e.Customer(id=new_id(), full_name="Bob Blunt", company="Blunt & Co"),
    )


def fill(url: str, company: Company) -> None:
    """Fill a database with `company`."""
    seed(
        url,
        [
            company.organisation,
            company.agent,
            company.colleague,
            company.lead,
            company.customer,
            company.other,
        ],
        [
            SeedAccount(company.agent.id, "ann", PASSWORD),
            SeedAccount(company.colleague.id, "cole", PASSWORD),
            SeedAccount(company.lead.id, "lea", PASSWORD),
        ],
    )


def look_into(url: str, statement: sa.Select[Any]) -> list[Any]:
    """Return rows straight from Central's database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(statement))


@dataclass
class Pulled:
    """A page of changes after its checks."""

    head: p.PageHead
    lines: list[p.PageRow | p.PageGone]
    end: p.PageEnd

    @property
    def rows(self) -> dict[str, p.PageRow]:
        """Its rows by id."""
        return {line.id: line for line in self.lines if isinstance(line, p.PageRow)}

    @property
    def gone(self) -> dict[str, p.PageGone]:
        """Its gone lines by id."""
        return {line.id: line for line in self.lines if isinstance(line, p.PageGone)}


@dataclass
class Desk:
    """One desk, signed in."""

    client: TestClient[Litestar]
    name: str
    device_id: str
    tokens: p.TokenResponse
    n: int = 0
    sent: list[p.Group] = field(default_factory=list)

    def post(self, path: str, body: Any) -> Response:
        """Post a wire type, or raw bytes, with the desk's token."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self.client.post(path, content=content, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        """What identifies the desk."""
        return {"Authorization": f"Bearer {self.tokens.access_token}"}

    def hello(self, cursor: str | None = None) -> p.HelloResponse:
        """Greet Central."""
        request = p.HelloRequest(
            device_id=self.device_id,
            program="test",
            schema_oldest=1,
            schema_newest=1,
            cursor=cursor,
        )
        return decoded(self.post("/v1/sync/hello", request), p.HelloResponse)

    def encode(self, operation: p.Operation) -> bytes:
        """Return the next mutation as the bytes that a desk keeps."""
        self.n += 1
        made_at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
        return msgspec.json.encode(p.Mutation(n=self.n, operation=operation, made_at=made_at))

    def push_groups(self, groups: Sequence[p.Group]) -> p.PushResponse:
        """Send groups as they are."""
        request = p.PushRequest(device_id=self.device_id, groups=list(groups))
        return decoded(self.post("/v1/sync/push", request), p.PushResponse)

    def push(self, *operations: p.Operation) -> list[p.Verdict]:
        """Send operations as one group and return their verdicts."""
        group = group_of(*(self.encode(operation) for operation in operations))
        self.sent.append(group)
        return self.push_groups([group]).verdicts

    def push_one(self, operation: p.Operation) -> p.Verdict:
        """Send one operation and return its verdict."""
        [verdict] = self.push(operation)
        return verdict

    def pull(self, cursor: str | None = None, limit: int | None = None) -> Pulled:
        """Read and check one page."""
        query = {"cursor": cursor, "limit": limit}
        response = self.client.get(
            "/v1/sync/changes",
            params={name: value for name, value in query.items() if value is not None},
            headers=self.headers,
        )
        assert response.status_code == 200, response.text
        return read_page(response.content)

    def manifest(self) -> p.Manifest:
        """Ask what a snapshot consists of."""
        answer = self.client.get("/v1/sync/snapshot", headers=self.headers)
        return decoded(answer, p.Manifest)

    def chunk(self, sha256: str, **headers: str) -> Response:
        """Ask for a chunk, or with a Range header for a part of it."""
        path = f"/v1/sync/chunk/{sha256}"
        return self.client.get(path, headers=self.headers | headers)

    def digest(self) -> p.Digest:
        """Ask for the digests of the scope."""
        return decoded(self.client.get("/v1/sync/digest", headers=self.headers), p.Digest)

    def row(self, record_id: str) -> p.PageRow:
        """Return a record as Central has it now."""
        return self.pull().rows[record_id]


def decoded(response: Response, answer: type[_T]) -> _T:
    """Return the body of a good answer."""
    assert response.status_code in (200, 201), response.text
    return msgspec.json.decode(response.content, type=answer)


def error_of(response: Response) -> tuple[int, str]:
    """Return status and code of an answer that is not 2xx."""
    return response.status_code, msgspec.json.decode(response.content, type=p.ErrorAnswer).code


def read_page(body: bytes) -> Pulled:
    """Decode a page and check its count and checksum."""
    lines = body.splitlines(keepends=True)
    head, *middle, end = [msgspec.json.decode(line, type=p.PageLine) for line in lines]
    assert isinstance(head, p.PageHead)
    assert isinstance(end, p.PageEnd)
    assert end.checksum == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    assert end.count == len(middle)
    changes = [line for line in middle if isinstance(line, (p.PageRow, p.PageGone))]
    assert len(changes) == len(middle)
    return Pulled(head, changes, end)


def group_of(*mutations: bytes) -> p.Group:
    """Return a group of encoded mutations."""
    return p.Group(id=new_id(), mutations=[msgspec.Raw(mutation) for mutation in mutations])


def sign_in(
    client: TestClient[Litestar],
    name: str,
    device_id: str | None = None,
    *,
    password: str = PASSWORD,
) -> Desk:
    """Sign in on a device, a new one if none is given."""
    device = device_id or new_id()
    request = p.SignInRequest(name=name, password=password, device_id=device, device_name="desk")
    response = client.post("/v1/auth/sign-in", content=msgspec.json.encode(request))
    return Desk(client, name, device, decoded(response, p.TokenResponse))


def append(entity: e.Entity, kind: KindName) -> p.Append:
    """Return the operation that adds `entity`."""
    fields = to_row(entity)
    del fields["id"]
    return p.Append(kind=kind, id=entity.id, fields=fields)


def a_fact(customer_id: str, text: str = "likes sailing") -> p.Append:
    """Return the operation that adds a fact."""
    fact = e.Fact(id=new_id(), customer_id=customer_id, kind=e.FactKind.LIKES, text=text)
    return append(fact, KindName.FACT)


def a_note(customer_id: str, text: str) -> p.Append:
    """Return the operation that adds a note."""
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    note = e.Note(id=new_id(), customer_id=customer_id, text=text, created_at=at)
    return append(note, KindName.NOTE)


def patch_customer(record_id: str, **changes: tuple[Any, Any]) -> p.Patch:
    """Return the operation that changes fields from what was seen to what is new."""
    return p.Patch(
        kind=KindName.CUSTOMER,
        id=record_id,
        changes={name: p.FieldChange(base=base, new=new) for name, (base, new) in changes.items()},
    )
