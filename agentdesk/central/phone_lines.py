"""Lines: which telephone systems may tell Central about calls, and whom they mean by a user."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from phonenumbers import SUPPORTED_REGIONS

from agentdesk.central import tables as t
from agentdesk.central.accounts import account_name
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import to_text
from agentdesk.domain.names import storable
from agentdesk.errors import Code, UserError

_SECRET_BYTES = 32
_MOST_NAME_CHARS = 128
_NOBODYS_HASH = hashlib.sha256(secrets.token_bytes(_SECRET_BYTES)).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """A line that has proved itself."""

    org_id: str
    line_id: str
    region: str | None


def add_line(
    connection: sa.Connection,
    org_id: str,
    name: str,
    now: datetime,
    *,
    number: str | None = None,
    region: str | None = None,
) -> tuple[str, str]:
    """Add a line; returns its id and its secret, which nobody can read again.

    Raises `UserError(BAD_VALUE)` for a name or region that is none, `NAME_TAKEN`.
    """
    shown = storable(name).strip()
    if not 1 <= len(shown) <= _MOST_NAME_CHARS:
        raise UserError(Code.BAD_VALUE, field="name", reason="length")
    if region is not None and region.upper() not in SUPPORTED_REGIONS:
        raise UserError(Code.BAD_VALUE, field="region", reason="unknown")
    taken = {row.name.casefold() for row in list_lines(connection, org_id)}
    if shown.casefold() in taken:
        raise UserError(Code.NAME_TAKEN)
    line_id, secret = new_id(), secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(
        sa.insert(t.phone_line).values(
            org_id=org_id,
            line_id=line_id,
            name=shown,
            secret_hash=_hash(secret),
            number=storable(number or "").strip()[:64] or None,
            region=region.upper() if region else None,
            created_at=to_text(now),
            rotated_at=to_text(now),
        )
    )
    return line_id, secret


def rotate(connection: sa.Connection, org_id: str, wanted: str, now: datetime) -> tuple[str, str]:
    """Give a line another secret; the former one is worth nothing from now on."""
    line_id, secret = find_line(connection, org_id, wanted), secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(
        sa.update(t.phone_line)
        .where(t.phone_line.c.org_id == org_id, t.phone_line.c.line_id == line_id)
        .values(secret_hash=_hash(secret), rotated_at=to_text(now))
    )
    return line_id, secret


def remove_line(connection: sa.Connection, org_id: str, wanted: str) -> str:
    """Remove a line with the calls that go on; returns its id."""
    line_id = find_line(connection, org_id, wanted)
    for table in (t.phone_call, t.phone_line):
        mine = (table.c.org_id == org_id, table.c.line_id == line_id)
        connection.execute(sa.delete(table).where(*mine))
    return line_id


def list_lines(connection: sa.Connection, org_id: str) -> list[sa.Row[Any]]:
    """Return the lines by name: `line_id`, `name`, `number`, `region` and three moments."""
    c = t.phone_line.c
    query = (
        sa.select(c.line_id, c.name, c.number, c.region, c.created_at, c.rotated_at, c.heard_at)
        .where(c.org_id == org_id)
        .order_by(c.name)
    )
    return list(connection.execute(query))


def find_line(connection: sa.Connection, org_id: str, wanted: str) -> str:
    """Return the id of the line with this id or name; raises `UserError(NOT_FOUND)`."""
    for row in list_lines(connection, org_id):
        if wanted == row.line_id or wanted.strip().casefold() == row.name.casefold():
            return str(row.line_id)
    raise UserError(Code.NOT_FOUND)


def recognise_line(connection: sa.Connection, line_id: str, secret: str) -> Line | None:
    """Return the line if this is its secret; takes as long if there is no such line."""
    row = connection.execute(
        sa.select(t.phone_line).where(t.phone_line.c.line_id == line_id[:64]).limit(1)
    ).one_or_none()
    known = _NOBODYS_HASH if row is None else row.secret_hash
    right = hmac.compare_digest(_hash(secret), known)
    return Line(row.org_id, row.line_id, row.region) if right and row is not None else None


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash: nobody guesses them, however fast.
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def assign(connection: sa.Connection, org_id: str, phone_name: str, account: str) -> str:
    """Say that telephone systems mean the user of `account` by `phone_name`; returns the user's id.

    Raises `UserError(NOT_FOUND)` if there is no such account.
    """
    name = _phone_name(phone_name)
    user_id = connection.execute(
        sa.select(t.account.c.user_id).where(
            t.account.c.org_id == org_id, t.account.c.name == account_name(account)
        )
    ).scalar_one_or_none()
    if user_id is None:
        raise UserError(Code.NOT_FOUND)
    if not 1 <= len(name) <= _MOST_NAME_CHARS:
        raise UserError(Code.BAD_VALUE, field="name", reason="length")
    unassign(connection, org_id, phone_name)
    connection.execute(sa.insert(t.phone_user).values(org_id=org_id, name=name, user_id=user_id))
    return str(user_id)


def unassign(connection: sa.Connection, org_id: str, phone_name: str) -> bool:
    """Take an assignment back; tells whether there was one."""
    mine = (t.phone_user.c.org_id == org_id, t.phone_user.c.name == _phone_name(phone_name))
    return connection.execute(sa.delete(t.phone_user).where(*mine)).rowcount > 0


def users_meant(
    connection: sa.Connection, org_id: str, told: tuple[str, ...]
) -> dict[str, str | None]:
    """Return the user whom each name means: an assigned one, a sign-in name or a user's id.

    None stands for a name that means nobody with an account.
    """
    wanted = {name: _phone_name(name) for name in told}
    c = t.phone_user.c
    found = connection.execute(
        sa.select(c.name, c.user_id).where(c.org_id == org_id, c.name.in_(wanted.values()))
    )
    assigned: dict[str, str] = {row.name: row.user_id for row in found}
    accounts = connection.execute(
        sa.select(t.account.c.name, t.account.c.user_id).where(
            t.account.c.org_id == org_id,
            t.account.c.disabled_at.is_(None),
            t.account.c.name.in_(wanted.values()) | t.account.c.user_id.in_(told),
        )
    ).all()
    by_name = {row.name: row.user_id for row in accounts}
    ids = {row.user_id for row in accounts}
    return {
        name: assigned.get(plain) or by_name.get(plain) or (name if name in ids else None)
        for name, plain in wanted.items()
    }


def _phone_name(name: str) -> str:
    return account_name(storable(name))
