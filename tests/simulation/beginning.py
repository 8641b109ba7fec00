"""How every history begins: a company at Central, and desks that have read it, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agentdesk.central.database import sqlite_url
from agentdesk.central.seed import SeedAccount, seed
from agentdesk.domain.entities import (
    Entity,
    Fact,
    FactKind,
    Note,
    Organisation,
    Role,
    Team,
    User,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.moments import now
from agentdesk.store.engine import make_engine
from agentdesk.store.migrate import upgrade
from tests.real import person
from tests.simulation.chance import Chance
from tests.simulation.desk import KEY, PASSWORD

TEAMS = ("north", "south")
NAMES = ("ann", "ben", "cay")
LEAD = "lea"
CUSTOMERS = 6


@dataclass(frozen=True)
class Beginning:
    """Folders to be copied for every history: Central's, and one for each desk."""

    folder: Path
    users: dict[str, str]
    """Ids by name."""

    @property
    def central(self) -> Path:
        """Central's folder."""
        return self.folder / "central"

    def desk(self, index: int) -> Path:
        """Return a desk's folder."""
        return self.folder / f"desk{index}"


def found_company(folder: Path, desks: int) -> Beginning:
    """Fill a Central, and make as many empty caches as there are desks."""
    chance = Chance()
    chance.reseed("company")
    users = {}
    with chance.rules():
        organisation = Organisation(
            id=new_id(), name="Larkfield", region="GB", language="en", time_zone="Europe/London"
        )
        teams = [Team(id=new_id(), name=name) for name in TEAMS]
        users = {
            name: User(id=new_id(), name=name, role=Role.AGENT, team_id=team.id)
            for name, team in zip(NAMES, (*teams, teams[0]), strict=True)
        }
        users[LEAD] = User(id=new_id(), name=LEAD, role=Role.LEAD)
        beginning = Beginning(folder, {name: user.id for name, user in users.items()})
        beginning.central.mkdir(parents=True)
        seed(
            sqlite_url(beginning.central / "central.db"),
            [organisation, *teams, *users.values(), *_customers(teams)],
            [SeedAccount(user.id, name, PASSWORD) for name, user in users.items()],
            clock=chance.now,
        )
        for index in range(desks):
            cache = beginning.desk(index) / "cache.db"
            cache.parent.mkdir()
            engine = make_engine(cache, KEY, create=True)
            upgrade(engine, cache)
            engine.dispose()
    return beginning


def _customers(teams: Sequence[Team]) -> list[Entity]:
    found: list[Entity] = []
    for number in range(CUSTOMERS):
        somebody, phone = person(f"Person Number{number}", f"+44207946{number:04}")
        of_team = (None, None, *teams)[number % (2 + len(teams))]
        customer = msgspec.structs.replace(somebody, team_id=of_team and of_team.id)
        found += [
            customer,
            phone,
            Note(id=new_id(), customer_id=customer.id, text="one\ntwo\nthree", created_at=now()),
            Fact(id=new_id(), customer_id=customer.id, kind=FactKind.LIKES, text="tea"),
        ]
    return found
