"""The pace at which passwords can be guessed and people looked up, and how one is told to wait."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

import sqlalchemy as sa

from agentdesk.domain.moments import to_text
from agentdesk.errors import Code, ExternalError, UserError

_FREE_FAILURES = 5
_MAX_PAUSE_S = 300
_MAX_REMEMBERED = 10_000


class TooManyFailuresError(UserError):
    """Sign-in was refused without a look at the password."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(Code.SERVER_BUSY)
        self.retry_after_s = retry_after_s


class NotNowError(ExternalError):
    """What was asked for is to be had a little later; `status` is the answer's."""

    def __init__(self, retry_after_s: int, status: int = 503) -> None:
        super().__init__(Code.SERVER_BUSY)
        self.retry_after_s = retry_after_s
        self.status = status


def check_pace(
    connection: sa.Connection,
    log: sa.Select[int],
    at: sa.Column[str],
    now: datetime,
    *,
    per_minute: int,
    per_day: int,
) -> None:
    """Raise `NotNowError` if as much as may be is in a log already, by `log`, which counts it.

    Counted in the database: a restart does not forgive, nor does another process.
    """
    for within, most, pause_s in (
        (timedelta(minutes=1), per_minute, 60),
        (timedelta(days=1), per_day, 3_600),
    ):
        if connection.execute(log.where(at > to_text(now - within))).scalar_one() >= most:
            raise NotNowError(pause_s, status=429)


class SignInThrottle:
    """Slows down guessing, per account name, whether the account exists or not.

    In memory: a restart forgives, and each process counts for itself.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, name: str, now: datetime) -> None:
        """Raise `TooManyFailuresError` if `name` has to wait."""
        with self._lock:
            _, free_at = self._failures.get(name, (0, now))
        if free_at > now:
            raise TooManyFailuresError(max(1, int((free_at - now).total_seconds() + 0.999)))

    def failed(self, name: str, now: datetime) -> None:
        """Count a failure; from the fifth on the pause doubles, up to five minutes."""
        with self._lock:
            count = self._failures.pop(name, (0, now))[0] + 1
            excess = count - _FREE_FAILURES
            pause_s = 0 if excess < 0 else min(_MAX_PAUSE_S, 2 ** min(excess, 16))
            self._failures[name] = (count, now + timedelta(seconds=pause_s))
            while len(self._failures) > _MAX_REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget the failures of `name`."""
        with self._lock:
            self._failures.pop(name, None)
