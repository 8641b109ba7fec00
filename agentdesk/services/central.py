"""What only a desk that reaches Central can do, as views and commands may ask for it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol, TypeVar

from agentdesk.domain.found import AtCentral
from agentdesk.errors import Code, UserError

_T = TypeVar("_T")


class CentralCalls(Protocol):
    """Offered by synchronisation while it runs; every call returns at once."""

    def lookup(self, e164: str) -> Future[int]:
        """Ask Central who has a number; how many customers it knows, now in the cache.

        The future fails with `AgentDeskError` if Central could not be asked.
        """

    def search(self, text: str) -> Future[AtCentral]:
        """Ask Central for customers by name whom this desk does not hold."""

    def visit(self, customer_id: str) -> Future[int]:
        """Bring a customer whom such a search has named into the cache; 0 if they are gone."""

    def new_device(self) -> Future[None]:
        """Let a copied profile go on as a desk of its own; somebody has to sign in again."""

    def check_now(self) -> Future[None]:
        """Compare the cache with Central soon; the status tells what came of it."""


class NoCentral:
    """A desk without synchronisation: everything fails with `UserError(NOT_SIGNED_IN)`."""

    def lookup(self, e164: str) -> Future[int]:  # noqa: ARG002 - nobody is asked
        """Fail."""
        return _refused(Future[int]())

    def search(self, text: str) -> Future[AtCentral]:  # noqa: ARG002 - nobody is asked
        """Fail."""
        return _refused(Future[AtCentral]())

    def visit(self, customer_id: str) -> Future[int]:  # noqa: ARG002 - nobody is asked
        """Fail."""
        return _refused(Future[int]())

    def new_device(self) -> Future[None]:
        """Fail."""
        return _refused(Future[None]())

    def check_now(self) -> Future[None]:
        """Fail."""
        return _refused(Future[None]())


def _refused(future: Future[_T]) -> Future[_T]:
    future.set_exception(UserError(Code.NOT_SIGNED_IN))
    return future
