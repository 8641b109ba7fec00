"""Accounts: who may sign in, what their desks hold, and how passwords are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import argon2
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.organisations import write_entities
from agentdesk.central.records import Origin, RecordBook
from agentdesk.central.scopes import ScopeName, scope_of
from agentdesk.decoding import decode_json
from agentdesk.domain.entities import User
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.errors import Code, UserError

# Argon2id with the parameters of RFC 9106, section 4, second choice.
_HASHER = argon2.PasswordHasher()

NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$HWpmDFU+rFHVv6UsTpZqfA"
    "$jGW/iPoM7OuXIaU47PfdZk+n8KGDDMnzmZELMhuc3DI"
)
"""Of a password that nobody knows: checked for names that nobody has, to take as long."""


@dataclass(frozen=True, slots=True)
class AccountChanges:
    """What is to become of an account; None leaves it. A `team` is a name or an id, "" is none."""

    scope: ScopeName | None = None
    team: str | None = None


def account_name(name: str) -> str:
    """Return the form in which sign-in names are stored and compared."""
    return name.strip().casefold()


def hash_password(password: str) -> str:
    """Return what is stored of a password; takes about 50 ms and 64 MiB by intention."""
    return _HASHER.hash(password)


def check_password(password_hash: str, password: str) -> bool:
    """Say whether `password` is the one that was hashed."""
    try:
        return _HASHER.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


def add_user(
    connection: sa.Connection, org_id: str, user: User, *, name: str, password: str, now: datetime
) -> None:
    """Give `user` an account under the sign-in `name`, and a record if there is none yet.

    Sign-in names are unique in the whole of Central, as nothing else tells the organisation.
    Raises `UserError(NAME_TAKEN)`.
    """
    known = connection.execute(
        sa.select(t.record.c.id).where(
            t.record.c.org_id == org_id,
            t.record.c.kind == KindName.USER.value,
            t.record.c.id == user.id,
        )
    ).first()
    if known is None:
        write_entities(connection, org_id, [user], now)
    add_account(connection, org_id, user.id, name=name, password=password, now=now)


def add_account(
    connection: sa.Connection, org_id: str, user_id: str, *, name: str, password: str, now: datetime
) -> None:
    """Let a user who has a record sign in as `name`; raises `UserError(NAME_TAKEN)`."""
    stored_name = account_name(name)
    if not 1 <= len(stored_name) <= 128:
        raise UserError(Code.BAD_VALUE)
    taken = connection.execute(
        sa.select(t.account.c.name).where(t.account.c.name == stored_name)
    ).first()
    if taken is not None:
        raise UserError(Code.NAME_TAKEN)
    connection.execute(
        sa.insert(t.account).values(
            org_id=org_id,
            name=stored_name,
            user_id=user_id,
            password_hash=hash_password(password),
            created_at=to_text(now),
        )
    )


def change_account(
    connection: sa.Connection, name: str, changes: AccountChanges, now: datetime
) -> None:
    """Change what the desks of the account `name` hold, and its user's team.

    If they hold something else afterwards, they start afresh. The last thing to do in a
    transaction. Raises `UserError(NOT_FOUND)` if there is no such account, team or user.
    """
    account = connection.execute(
        sa.select(t.account).where(t.account.c.name == account_name(name)).limit(1)
    ).one_or_none()
    if account is None:
        raise UserError(Code.NOT_FOUND)
    before = scope_of(connection, account.org_id, account.user_id)
    wanted = before.name if changes.scope is None else changes.scope
    team_id = before.team_id
    if changes.team is not None:
        team_id = find_team(connection, account.org_id, changes.team) if changes.team else None
    after = replace(before, name=wanted, team_id=team_id)
    if after.key != before.key:
        # Nobody else's desks are concerned: revisions are counted per account.
        connection.execute(
            sa.update(t.account)
            .where(t.account.c.org_id == account.org_id, t.account.c.name == account.name)
            .values(scope=wanted.value, scope_revision=t.account.c.scope_revision + 1)
        )
    if team_id != before.team_id:
        book = RecordBook(connection, account.org_id)
        user = book.get(KindName.USER, account.user_id)
        if user is None:
            raise UserError(Code.NOT_FOUND)
        book.write(user, "team_id", team_id, Origin(None, None, None, to_text(now)))
        book.write_all()


def find_team(connection: sa.Connection, org_id: str, wanted: str) -> str:
    """Return the id of the team that has this id or this name; raises `UserError(NOT_FOUND)`."""
    rows = connection.execute(
        sa.select(t.record.c.id, t.record.c.fields).where(
            t.record.c.org_id == org_id,
            t.record.c.kind == KindName.TEAM.value,
            t.record.c.removed_reason.is_(None),
        )
    )
    for row in rows:
        name: str = decode_json(row.fields)["name"]
        if wanted == row.id or wanted.strip().casefold() == name.casefold():
            return str(row.id)
    raise UserError(Code.NOT_FOUND)
