"""Who asks: signing in, access tokens, and refresh tokens that are used once."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.accounts import (
    NOBODYS_HASH,
    account_name,
    check_password,
    hash_password,
    needs_rehash,
)
from agentdesk.central.database import Database
from agentdesk.central.devices import register
from agentdesk.central.operations import Caller
from agentdesk.central.throttle import SignInThrottle
from agentdesk.decoding import decode_json
from agentdesk.domain.entities import Organisation, Role, User
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName, from_row
from agentdesk.domain.moments import from_text, to_text
from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.sync.protocol import RefreshRequest, SignInRequest, TokenResponse

ACCESS_LASTS = timedelta(minutes=10)
REFRESH_LASTS = timedelta(days=30)
REFRESH_GRACE = timedelta(seconds=30)
"""How long a used refresh token still works if its successor has not: the answer got lost."""

_ALGORITHM = "HS256"
_MAX_HASHING = 4
"""How many passwords are looked at at once: each takes 64 MiB and a processor."""


class Identity:
    """Signs people in and recognises them. May be used from any thread."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._throttle = SignInThrottle()
        self._hashing = threading.BoundedSemaphore(_MAX_HASHING)

    def sign_in(self, request: SignInRequest) -> TokenResponse:
        """Start a session on a device.

        Raises `TooManyFailuresError`; `UserError(WRONG_PASSWORD)`, whatever of name and password is
        wrong; `ExternalError(DEVICE_LOCKED)`.
        """
        name, now = account_name(request.name), self._clock()
        self._throttle.check(name, now)
        account = self._database.read(_account, name)
        stored = NOBODYS_HASH if account is None else account.password_hash
        with self._hashing:
            right = check_password(stored, request.password)
        if account is None or account.disabled_at is not None or not right:
            self._throttle.failed(name, now)
            raise UserError(Code.WRONG_PASSWORD)
        self._throttle.succeeded(name)
        return self._database.write(self._start_session, account, request, now)

    def _start_session(
        self,
        connection: sa.Connection,
        account: sa.Row[Any],
        request: SignInRequest,
        now: datetime,
    ) -> TokenResponse:
        if needs_rehash(account.password_hash):
            _store_hash(connection, account, hash_password(request.password))
        register(connection, account.org_id, account.user_id, request, now)
        session_id = new_id()
        connection.execute(
            sa.insert(t.session).values(
                org_id=account.org_id,
                session_id=session_id,
                user_id=account.user_id,
                device_id=request.device_id,
                started_at=to_text(now),
            )
        )
        return self._tokens(connection, account.org_id, session_id, parent=None)

    def refresh(self, request: RefreshRequest) -> TokenResponse:
        """Exchange a refresh token for the next one and an access token.

        Raises `UserError(SIGNED_OUT)` if the token is unknown, expired, of another device or
        used before; the last of these ends the session, as somebody may have stolen it.
        """
        tokens = self._database.write(self._exchange, request, self._clock())
        # Not raised in there, so that the end of the session is committed.
        if tokens is None:
            raise UserError(Code.SIGNED_OUT)
        return tokens

    def _exchange(
        self, connection: sa.Connection, request: RefreshRequest, now: datetime
    ) -> TokenResponse | None:
        org_id, token_hash = _split(request.refresh_token)
        found = _token(connection, org_id, token_hash)
        if found is None or found.device_id != request.device_id:
            return None
        alive = found.ended_at is None and from_text(found.expires_at) > now
        if alive and self._may_use(connection, found, now):
            connection.execute(
                sa.update(t.refresh_token)
                .where(
                    t.refresh_token.c.org_id == org_id,
                    t.refresh_token.c.token_hash == token_hash,
                    t.refresh_token.c.used_at.is_(None),
                )
                .values(used_at=to_text(now))
            )
            return self._tokens(connection, org_id, found.session_id, parent=token_hash)
        if alive:
            _end_session(connection, org_id, found.session_id, now, "reuse")
        return None

    def sign_out(self, request: RefreshRequest) -> None:
        """End the session of a refresh token; an unknown token ends nothing."""
        self._database.write(_end_session_of, request, self._clock())

    def end_session(self, caller: Caller) -> None:
        """Sign the caller out on this device."""
        self._database.write(
            _end_session, caller.org_id, caller.session_id, self._clock(), "sign-out"
        )

    def recognise(self, access_token: str) -> tuple[Caller, float]:
        """Return who sends `access_token`, and for how many seconds it is still valid.

        Raises `ExternalError(TOKEN_EXPIRED)` for a token that is no longer or was never valid,
        also when the session or the account has ended.
        """
        try:
            org_id = str(jwt.get_unverified_header(access_token).get("kid", ""))
            claims, caller = self._database.read(self._claimed, org_id, access_token)
        except jwt.InvalidTokenError as error:
            raise ExternalError(Code.TOKEN_EXPIRED) from error
        if caller is None:
            raise ExternalError(Code.TOKEN_EXPIRED)
        return caller, float(claims["exp"]) - self._clock().timestamp()

    def _claimed(
        self, connection: sa.Connection, org_id: str, access_token: str
    ) -> tuple[dict[str, Any], Caller | None]:
        claims = self._claims(connection, org_id, access_token)
        return claims, _caller(connection, org_id, claims)

    def _claims(self, connection: sa.Connection, org_id: str, access_token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            access_token,
            _signing_key(connection, org_id),
            algorithms=[_ALGORITHM],
            # Against our own clock, below: tests turn it.
            options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "sid"]},
        )
        if float(claims["exp"]) <= self._clock().timestamp():
            raise jwt.ExpiredSignatureError
        return claims

    def _may_use(self, connection: sa.Connection, token: sa.Row[Any], now: datetime) -> bool:
        if token.used_at is None:
            return True
        if now - from_text(token.used_at) > REFRESH_GRACE:
            return False
        successor_used = connection.execute(
            sa.select(t.refresh_token.c.token_hash).where(
                t.refresh_token.c.org_id == token.org_id,
                t.refresh_token.c.parent_hash == token.token_hash,
                t.refresh_token.c.used_at.is_not(None),
            )
        ).first()
        return successor_used is None

    def _tokens(
        self, connection: sa.Connection, org_id: str, session_id: str, *, parent: str | None
    ) -> TokenResponse:
        now = self._clock()
        session = connection.execute(
            sa.select(t.session).where(
                t.session.c.org_id == org_id, t.session.c.session_id == session_id
            )
        ).one()
        secret = secrets.token_urlsafe(32)
        refresh = f"{org_id}.{secret}"
        connection.execute(
            sa.insert(t.refresh_token).values(
                org_id=org_id,
                token_hash=_hash(refresh),
                session_id=session_id,
                parent_hash=parent,
                issued_at=to_text(now),
                expires_at=to_text(now + REFRESH_LASTS),
            )
        )
        user = _record(connection, org_id, KindName.USER, session.user_id, User)
        organisation = _record(connection, org_id, KindName.ORGANISATION, org_id, Organisation)
        access = jwt.encode(
            {
                "sub": session.user_id,
                "sid": session_id,
                "iat": int(now.timestamp()),
                "exp": int((now + ACCESS_LASTS).timestamp()),
            },
            _signing_key(connection, org_id),
            algorithm=_ALGORITHM,
            headers={"kid": org_id},
        )
        return TokenResponse(
            access_token=access,
            refresh_token=refresh,
            expires_in_s=int(ACCESS_LASTS.total_seconds()),
            user_id=user.id,
            user_name=user.name,
            role=user.role,
            organisation_id=org_id,
            organisation_name=organisation.name,
            region=organisation.region,
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _split(token: str) -> tuple[str, str]:
    return token.partition(".")[0], _hash(token)


def _token(connection: sa.Connection, org_id: str, token_hash: str) -> sa.Row[Any] | None:
    return connection.execute(
        sa.select(t.refresh_token, t.session.c.device_id, t.session.c.ended_at)
        .select_from(
            t.refresh_token.join(
                t.session,
                sa.and_(
                    t.session.c.org_id == t.refresh_token.c.org_id,
                    t.session.c.session_id == t.refresh_token.c.session_id,
                ),
            )
        )
        .where(t.refresh_token.c.org_id == org_id, t.refresh_token.c.token_hash == token_hash)
        .with_for_update()
    ).one_or_none()


def _account(connection: sa.Connection, name: str) -> sa.Row[Any] | None:
    return connection.execute(
        sa.select(t.account).where(t.account.c.name == name).limit(1)
    ).one_or_none()


def _end_session_of(connection: sa.Connection, request: RefreshRequest, now: datetime) -> None:
    org_id, token_hash = _split(request.refresh_token)
    found = _token(connection, org_id, token_hash)
    if found is not None and found.device_id == request.device_id:
        _end_session(connection, org_id, found.session_id, now, "sign-out")


def _end_session(
    connection: sa.Connection, org_id: str, session_id: str, now: datetime, because: str
) -> None:
    connection.execute(
        sa.update(t.session)
        .where(
            t.session.c.org_id == org_id,
            t.session.c.session_id == session_id,
            t.session.c.ended_at.is_(None),
        )
        .values(ended_at=to_text(now), ended_because=because)
    )


def _signing_key(connection: sa.Connection, org_id: str) -> bytes:
    key: bytes | None = connection.execute(
        sa.select(t.org.c.signing_key).where(t.org.c.org_id == org_id)
    ).scalar_one_or_none()
    if key is None:
        raise jwt.InvalidTokenError
    return key


def _caller(connection: sa.Connection, org_id: str, claims: dict[str, Any]) -> Caller | None:
    row = connection.execute(
        sa.select(t.session.c.device_id, t.record.c.fields)
        .select_from(
            t.session.join(
                t.account,
                sa.and_(
                    t.account.c.org_id == t.session.c.org_id,
                    t.account.c.user_id == t.session.c.user_id,
                ),
            ).join(
                t.record,
                sa.and_(
                    t.record.c.org_id == t.session.c.org_id,
                    t.record.c.kind == KindName.USER.value,
                    t.record.c.id == t.session.c.user_id,
                ),
            )
        )
        .where(
            t.session.c.org_id == org_id,
            t.session.c.session_id == claims["sid"],
            t.session.c.user_id == claims["sub"],
            t.session.c.ended_at.is_(None),
            t.account.c.disabled_at.is_(None),
            t.record.c.removed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    role = Role(decode_json(row.fields)["role"])
    return Caller(org_id, claims["sub"], role, row.device_id, claims["sid"])


def _record(
    connection: sa.Connection, org_id: str, kind: KindName, record_id: str, entity: type[Any]
) -> Any:
    fields = connection.execute(
        sa.select(t.record.c.fields).where(
            t.record.c.org_id == org_id,
            t.record.c.kind == kind.value,
            t.record.c.id == record_id,
        )
    ).scalar_one()
    return from_row(entity, decode_json(fields) | {"id": record_id})


def _store_hash(connection: sa.Connection, account: sa.Row[Any], password_hash: str) -> None:
    connection.execute(
        sa.update(t.account)
        .where(t.account.c.org_id == account.org_id, t.account.c.name == account.name)
        .values(password_hash=password_hash)
    )
