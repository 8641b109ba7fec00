"""A colleague at another desk, who changes something while this one cannot reach Central."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from agentdesk.demo.company import DemoUser
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.errors import Code, ExternalError
from agentdesk.story.stage import CentralProcess, Stage
from agentdesk.sync.address import Address
from agentdesk.sync.protocol import FieldChange, Group, Mutation, Outcome, Patch
from agentdesk.sync.transport import CentralClient

Change = tuple[Any, Any]
"""What the colleague saw, and what they write."""


class Colleague:
    """Signed in at Central on a device of their own; keeps nothing."""

    def __init__(self, url: str, who: DemoUser) -> None:
        self._device_id = new_id()
        self._client = CentralClient(Address(url), self._device_id)
        self._client.sign_in(who.login, who.password, "Another desk")
        self._n = 0

    def change(self, customer_id: str, changes: Mapping[str, Change]) -> None:
        """Change fields of a customer; raises `ExternalError` if Central does not take it."""
        self._n += 1
        fields = {name: FieldChange(base=was, new=new) for name, (was, new) in changes.items()}
        patch = Patch(kind=KindName.CUSTOMER, id=customer_id, changes=fields)
        mutation = Mutation(n=self._n, operation=patch, made_at=now())
        raw = msgspec.Raw(msgspec.json.encode(mutation))
        answer = self._client.push([Group(id=new_id(), mutations=[raw])])
        if answer.verdicts[0].outcome is not Outcome.APPLIED:
            raise ExternalError(Code.SERVER_FAILED, status=0)


@contextmanager
def elsewhere(stage: Stage, who: DemoUser) -> Iterator[Colleague]:
    """Let a colleague reach Central at an address that this desk does not know.

    The stage's own Central must be stopped: both stand on the same database.
    """
    central = CentralProcess(stage.home)
    central.start()
    try:
        yield Colleague(central.url, who)
    finally:
        central.stop()
