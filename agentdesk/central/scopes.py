"""Scopes: which records a person's desks hold, and cutting what they read to that.

A desk holds all customers, or, with the scope `team`, those of its user's team and those of no
team; with a customer goes all that belongs to them, and what belongs to nobody is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from agentdesk.central import tables as t
from agentdesk.central.placing import EVERYBODY, former_mark
from agentdesk.decoding import decode_json
from agentdesk.domain.kinds import KindName


class ScopeName(StrEnum):
    """What an account's desks hold."""

    ALL = "all"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person's desks hold. `revision` is raised whenever that becomes something else."""

    name: ScopeName = ScopeName.ALL
    team_id: str | None = None
    revision: int = 1

    @property
    def key(self) -> str:
        """What tells scopes of different content apart, in an organisation."""
        if self.name is ScopeName.ALL or self.team_id is None:
            return self.name.value
        return f"{self.name.value}/{self.team_id}"

    def holds(self) -> sa.ColumnElement[bool]:
        """Return the condition that a row of `record` is in this scope."""
        if self.name is ScopeName.ALL:
            return sa.true()
        everybodys = t.record.c.team_id.is_(None)
        if self.team_id is None:
            return everybodys
        return sa.or_(everybodys, t.record.c.team_id == self.team_id)

    def has_held(self) -> sa.ColumnElement[bool]:
        """Return the condition that a row of `record` is in this scope, or once was."""
        if self.name is ScopeName.ALL:
            return sa.true()
        marks = [former_mark(EVERYBODY)]
        if self.team_id is not None:
            marks.append(former_mark(self.team_id))
        former = (t.record.c.former_teams.contains(mark, autoescape=True) for mark in marks)
        return sa.or_(self.holds(), *former)

    def has(self, team_id: str | None) -> bool:
        """Say whether a record of this team, or of none, is in this scope."""
        return self.name is ScopeName.ALL or team_id is None or team_id == self.team_id


EVERYTHING = Scope()
"""The scope of an account that nobody has narrowed."""


def scope_of(connection: sa.Connection, org_id: str, user_id: str) -> Scope:
    """Return the scope of a person who has an account."""
    row = connection.execute(
        sa.select(
            t.account.c.scope,
            t.account.c.scope_revision,
            t.org.c.scope_revision.label("of_all"),
            t.record.c.fields,
        )
        .select_from(
            t.account.join(t.org, t.org.c.org_id == t.account.c.org_id).join(
                t.record,
                sa.and_(
                    t.record.c.org_id == t.account.c.org_id,
                    t.record.c.kind == KindName.USER.value,
                    t.record.c.id == t.account.c.user_id,
                ),
            )
        )
        .where(t.account.c.org_id == org_id, t.account.c.user_id == user_id)
    ).one()
    # Both only ever grow, so that neither can take back what the other has raised.
    revision = row.of_all + row.scope_revision
    team_id = decode_json(row.fields).get("team_id")
    return Scope(ScopeName(row.scope), team_id, revision)
