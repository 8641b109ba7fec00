"""What every answer of Central has in common: its headers, and how errors are told."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Request, Response
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap, Message, Scope

from agentdesk.central.throttle import NotNowError, TooManyFailuresError
from agentdesk.errors import AgentDeskError, Code
from agentdesk.sync.protocol import ErrorAnswer

log = logging.getLogger(__name__)

_HEADERS = {
    # By this a desk tells Central from a captive portal.
    "X-AgentDesk-Central": "1",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = "max-age=31536000"

_STATUS = {
    Code.WRONG_PASSWORD: 401,
    Code.SIGNED_OUT: 401,
    Code.TOKEN_EXPIRED: 401,
    Code.NOT_SIGNED_IN: 401,
    Code.NO_PERMISSION: 403,
    Code.DEVICE_LOCKED: 403,
    Code.NOT_FOUND: 404,
    Code.CURSOR_RESET: 409,
    Code.DEVICE_FORKED: 409,
    Code.PROGRAM_TOO_OLD: 426,
    Code.PROGRAM_TOO_NEW: 426,
    Code.SERVER_BUSY: 503,
}
_CODES = {401: Code.NOT_SIGNED_IN, 403: Code.NO_PERMISSION, 404: Code.NOT_FOUND}
_BUSY_RETRY_S = 2
_HUNG_UP = "client disconnected prematurely"
"""How Litestar says that a request ended before its body did."""

_Request = Request[Any, Any, Any]


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the common headers on an answer that is about to start."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scope.get("scheme") == "https":
        headers.setdefault("Strict-Transport-Security", _HSTS)


def error_answer(
    status: int, code: Code, *, retry_after_s: int | None = None
) -> Response[ErrorAnswer]:
    """Return an answer that is not 2xx."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        ErrorAnswer(code=code.value, retry_after_s=retry_after_s),
        status_code=status,
        headers=headers,
        media_type="application/json",
    )


def _known(_request: _Request, error: AgentDeskError) -> Response[ErrorAnswer]:
    if isinstance(error, TooManyFailuresError):
        return error_answer(429, error.code, retry_after_s=error.retry_after_s)
    if isinstance(error, NotNowError):
        return error_answer(error.status, error.code, retry_after_s=error.retry_after_s)
    wait_s = _BUSY_RETRY_S if error.code is Code.SERVER_BUSY else None
    return error_answer(_STATUS.get(error.code, 400), error.code, retry_after_s=wait_s)


def _undecodable(_request: _Request, _error: msgspec.MsgspecError) -> Response[ErrorAnswer]:
    return error_answer(400, Code.INVALID_REQUEST)


def _http(_request: _Request, error: HTTPException) -> Response[ErrorAnswer]:
    if error.detail == _HUNG_UP:
        # Nobody hears this; a network that breaks in the middle of a request is no fault of ours.
        return error_answer(400, Code.INVALID_REQUEST)
    if error.status_code >= 500:
        return _unexpected(_request, error)
    return error_answer(error.status_code, _CODES.get(error.status_code, Code.INVALID_REQUEST))


def _database_failed(_request: _Request, error: sa.exc.OperationalError) -> Response[ErrorAnswer]:
    # Locked by another process, or no room: both may pass. Parameters are personal data.
    log.error("database failed: %s", type(error.orig).__name__)
    return error_answer(503, Code.SERVER_BUSY, retry_after_s=_BUSY_RETRY_S)


def _no_connection(_request: _Request, _error: sa.exc.TimeoutError) -> Response[ErrorAnswer]:
    log.error("no connection to the database was free")
    return error_answer(503, Code.SERVER_BUSY, retry_after_s=_BUSY_RETRY_S)


def _unstorable(_request: _Request, error: sa.exc.DataError) -> Response[ErrorAnswer]:
    # A name or a token that no row can have, such as one with a null character.
    log.info("refused by the database: %s", type(error.orig).__name__)
    return error_answer(400, Code.INVALID_REQUEST)


def _unexpected(_request: _Request, error: Exception) -> Response[ErrorAnswer]:
    # The message of an unknown exception may quote what somebody wrote; its place does not.
    log.error("unexpected %s in %s", type(error).__name__, _place(error))
    return error_answer(500, Code.UNEXPECTED)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-8:])


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    AgentDeskError: _known,
    msgspec.MsgspecError: _undecodable,
    HTTPException: _http,
    sa.exc.OperationalError: _database_failed,
    sa.exc.TimeoutError: _no_connection,
    sa.exc.DataError: _unstorable,
    Exception: _unexpected,
}
