"""A lead at a screen of Central's own: merges customers, and uses what desks do not know yet."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import Any

import msgspec

from agentdesk.domain.moments import now
from tests.simulation.desk import PASSWORD
from tests.simulation.oracle import Broken
from tests.simulation.server import Answer, Server

_DEVICE = "the-leads-own"


class Lead:
    """A client of the API that keeps nothing."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._token = ""
        self._n = 0

    def went_back(self) -> None:
        """Central was restored: begin anew."""
        self._token = ""

    def merge(self, random: Random) -> None:
        """Make two customers one."""
        ids = self._customers("removed_at IS NULL")
        if len(ids) > 2:
            winner, loser = random.sample(ids, 2)
            self._push({"op": "merge_customers", "winner": winner, "loser": loser})

    def unmerge(self, random: Random) -> None:
        """Take a merge back."""
        pairs = self._ask("SELECT winner_id, loser_id FROM merge_log WHERE undone_at IS NULL")
        if pairs:
            winner, loser = random.choice(pairs)
            self._push({"op": "unmerge", "winner": winner, "loser": loser})

    def edit(self, random: Random) -> None:
        """Change a customer, now and then in a field that is of a later version."""
        ids = self._customers("removed_at IS NULL")
        if not ids:
            return
        field = random.choice(("hometown", "full_name", "since_schema_9"))
        change = {"base": None, "new": f"of {random.randrange(1000)}"}
        self._push(
            {
                "op": "patch",
                "kind": "customer",
                "id": random.choice(ids),
                "changes": {field: change},
            }
        )

    def move_customer(self, random: Random) -> None:
        """Give a customer to another team, or to all."""
        ids = self._customers("removed_at IS NULL")
        teams = [row[0] for row in self._ask("SELECT id FROM record WHERE kind = 'team'")]
        if ids:
            change = {"base": None, "new": random.choice([None, *teams])}
            patch = {"op": "patch", "kind": "customer", "id": random.choice(ids)}
            self._push(patch | {"changes": {"team_id": change}})

    def _customers(self, condition: str) -> list[str]:
        where = f"WHERE kind = 'customer' AND {condition}"
        return [row[0] for row in self._ask(f"SELECT id FROM record {where} ORDER BY id")]  # noqa: S608 - ours

    def _ask(self, query: str) -> list[Any]:
        connection = sqlite3.connect(self._server.disk.path)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def _push(self, operation: dict[str, Any]) -> None:
        if not self._token:
            self._sign_in()
        answer = self._send(operation)
        if answer.status == 401:
            self._sign_in()
            answer = self._send(operation)
        if answer.status != 200:
            raise Broken("bug", 0, f"Central answers the lead {answer.status}")
        self._n = msgspec.json.decode(answer.body)["last_n"]

    def _sign_in(self) -> None:
        body = {"name": "lea", "password": PASSWORD, "device_id": _DEVICE}
        answer = self._post("/v1/auth/sign-in", body)
        self._token = msgspec.json.decode(answer.body)["access_token"]
        answer = self._post("/v1/sync/push", {"device_id": _DEVICE, "groups": []})
        self._n = msgspec.json.decode(answer.body)["last_n"]

    def _send(self, operation: dict[str, Any]) -> Answer:
        mutation = {"n": self._n + 1, "made_at": now(), "operation": operation}
        groups = [{"id": f"lead-{self._n + 1}", "mutations": [mutation]}]
        return self._post("/v1/sync/push", {"device_id": _DEVICE, "groups": groups})

    def _post(self, path: str, body: Any) -> Answer:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return self._server.handle("POST", path, headers, msgspec.json.encode(body))
