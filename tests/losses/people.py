"""Losses where people take turns at one desk, each with the bug that brings it back."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from agentdesk.central import tables as central_tables
from agentdesk.errors import AgentDeskError
from agentdesk.store import outbox
from agentdesk.store import tables as t
from agentdesk.store.state import set_state
from agentdesk.store.workers import Store
from agentdesk.sync import account
from tests.exchanges import desk_on, settle
from tests.losses.finding import ANNA, Finding, KnownLoss, Stage
from tests.real import ANN, signed_in

# --- Sign-out drops pending edits, or sends them as somebody else ------------------------------


def somebody_signs_out_with_unsent_edits(stage: Stage) -> Finding:
    """Ann signs out before her note is sent, and in again the next morning."""
    shared = stage.desk("shared", "ann")
    desk_on(shared).add_note(ANNA[0].id, "Typed at the last minute").result()
    account.sign_out(shared)
    settle(signed_in(shared, stage.central))
    lost = () if stage.at_central("Typed at the last minute") else ("Typed at the last minute",)
    return Finding(lost=lost)


def signing_out_empties_the_queue(patch: pytest.MonkeyPatch) -> None:
    """Signing out leaves nothing of a person behind."""

    def sign_out(store: Store) -> None:
        def forget(connection: sa.Connection) -> None:
            set_state(connection, access_token=None, refresh_token=None)
            connection.execute(t.outbox.delete())

        store.write_here(forget)

    patch.setattr(account, "sign_out", sign_out)


def somebody_else_signs_in_over_unsent_edits(stage: Stage) -> Finding:
    """Ann signs out before her note is sent; Ben is next at this desk, and Ann after him."""
    shared = stage.desk("shared", "ann")
    desk_on(shared).add_note(ANNA[0].id, "Ann's own words").result()
    account.sign_out(shared)
    for name in ("ben", "ann"):
        with suppress(AgentDeskError):
            settle(signed_in(shared, stage.central, name))
            account.sign_out(shared)
    misattributed = [text for text, author in _authors(stage).items() if author != ANN.id]
    lost = () if stage.at_central("Ann's own words") else ("Ann's own words",)
    return Finding(lost=lost, untrue=tuple(misattributed))


def _authors(stage: Stage) -> dict[str, str]:
    """Return who signed for each note."""
    record = central_tables.record
    text = sa.func.json_extract(record.c.fields, "$.text")
    engine = sa.create_engine(stage.central.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        query = sa.select(text, record.c.created_by).where(record.c.kind == "note")
        return dict(connection.execute(query).all())


def whoever_is_signed_in_sends_everything(patch: pytest.MonkeyPatch) -> None:
    """The queue belongs to the desk, not to a person."""

    def unjudged(connection: sa.Connection, _author_id: str, _limit: int) -> list[outbox.Intention]:
        query = sa.select(t.outbox).where(t.outbox.c.verdict.is_(None)).order_by(t.outbox.c.n)
        return [outbox._intention(row) for row in connection.execute(query).mappings()]

    patch.setattr(outbox, "next_author", lambda _connection: None)
    patch.setattr(outbox, "unjudged", unjudged)


LOSSES = (
    KnownLoss(
        "sign-out drops pending edits",
        somebody_signs_out_with_unsent_edits,
        signing_out_empties_the_queue,
    ),
    KnownLoss(
        "sign-out sends pending edits as somebody else",
        somebody_else_signs_in_over_unsent_edits,
        whoever_is_signed_in_sends_everything,
        "untrue",
    ),
)
