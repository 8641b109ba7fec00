"""Accounts: who may sign in, and how passwords are kept."""

from __future__ import annotations

from datetime import datetime

import argon2
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.organisations import write_entities
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
