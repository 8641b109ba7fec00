"""Who works at this desk, for which company."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from agentdesk.domain.entities import Organisation, Role, User
from agentdesk.errors import Code, UserError
from agentdesk.store.rows import get_entity
from agentdesk.store.state import get_states

SIGNED_IN_KEYS = ("user_id", "user_name", "role", "organisation_id", "organisation_name", "region")


@dataclass(frozen=True, slots=True)
class Identity:
    """The signed-in person and the company, as the cache knows them."""

    user: User
    organisation: Organisation


def load_identity(connection: sa.Connection) -> Identity:
    """Return who is signed in; raises `UserError(NOT_SIGNED_IN)` if nobody ever was.

    Before the first page of changes has arrived, what Central said at sign-in stands in.
    """
    said = get_states(connection, SIGNED_IN_KEYS)
    if not said["user_id"]:
        raise UserError(Code.NOT_SIGNED_IN)
    user = get_entity(connection, User, said["user_id"])
    organisation = get_entity(connection, Organisation, said["organisation_id"])
    return Identity(
        user or User(id=said["user_id"], name=said["user_name"], role=Role(said["role"])),
        organisation
        or Organisation(
            id=said["organisation_id"],
            name=said["organisation_name"],
            region=said["region"],
            language="en",
            time_zone="UTC",
        ),
    )
