"""Losses on the way to Central, each with the bug that brings it back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.central import push as central_push
from agentdesk.central import tables as t
from agentdesk.central.operations import Act, Effect, append, existing
from agentdesk.central.rows import Refusal
from agentdesk.domain import moments
from agentdesk.domain.changes import ChangeSet
from agentdesk.domain.entities import FactKind
from agentdesk.domain.ids import new_id
from agentdesk.errors import AgentDeskError, Code, ExternalError, UserError
from agentdesk.store import outbox
from agentdesk.sync import exchange
from agentdesk.sync import protocol as p
from agentdesk.sync.absorb import absorb_verdicts
from agentdesk.sync.transport import CentralClient
from tests.exchanges import Backup, desk_on, settle
from tests.losses.finding import ANNA, Finding, KnownLoss, Stage

NOBODY = new_id()


# --- Acknowledgement lost, sent again, doubled -------------------------------------------------


def the_answer_to_a_push_gets_lost(stage: Stage) -> Finding:
    """Ann's note arrives, Central's answer does not; the desk sends it again."""
    ann = stage.desk("ann")
    desk_on(ann).add_note(ANNA[0].id, "Said once").result()
    whole = CentralClient.push

    def lose_the_answer(self: CentralClient, groups: list[p.Group]) -> p.PushResponse:
        whole(self, groups)
        raise ExternalError(Code.SERVER_UNREACHABLE)

    with stage.meanwhile() as network:
        network.setattr(CentralClient, "push", lose_the_answer)
        with suppress(AgentDeskError):
            settle(ann)
    settle(ann)
    return Finding(lost=stage.lost(["Said once"]), doubled=stage.doubled(["Said once"]))


def central_forgets_what_it_took(patch: pytest.MonkeyPatch) -> None:
    """Every arrival counts as new, and Central makes the ids."""
    whole = central_push._Push.receive_one

    def receive_one(self: central_push._Push, group: p.Group, _last_n: int) -> Any:
        numbers = [msgspec.json.decode(raw)["n"] for raw in group.mutations]
        connection = self._connection
        connection.execute(sa.delete(t.processed).where(t.processed.c.n.in_(numbers)))
        connection.execute(sa.update(t.device).values(last_n=numbers[0] - 1))
        return whole(self, group, numbers[0] - 1)

    def append_anew(act: Act, operation: p.Append) -> Effect:
        return append(act, msgspec.structs.replace(operation, id=new_id()))

    patch.setattr(central_push._Push, "receive_one", receive_one)
    patch.setattr(central_push, "append", append_anew)


# --- Server restored, acknowledged uploads gone ------------------------------------------------


def central_comes_back_from_a_backup(stage: Stage) -> Finding:
    """Ann's note is acknowledged after the backup that Central is restored from."""
    ann = stage.desk("ann")
    backup = Backup(
        stage.central, Path(stage.central.database_url.removeprefix("sqlite:///")).parent
    )
    desk_on(ann).add_note(ANNA[0].id, "Acknowledged").result()
    settle(ann)
    backup.restore()
    settle(ann)
    return Finding(lost=stage.lost(["Acknowledged"]), doubled=stage.doubled(["Acknowledged"]))


def what_was_acknowledged_is_never_sent_again(patch: pytest.MonkeyPatch) -> None:
    """An acknowledgement is taken for eternal."""
    patch.setattr(exchange, "send_again", lambda _connection, _last_n: ChangeSet())


# --- Queue stuck behind one bad entry ----------------------------------------------------------


def a_good_edit_waits_behind_one_that_cannot_be_taken(stage: Stage) -> Finding:
    """Ann's first edit is about nobody whom Central knows; her second is in order."""
    ann = stage.desk("ann")
    desk_on(ann).add_fact(NOBODY, FactKind.FAMILY, "Of nobody").result()
    desk_on(ann).add_note(ANNA[0].id, "Behind it").result()
    for _attempt in range(3):
        with suppress(AgentDeskError):
            settle(ann)
    stuck = [] if stage.at_central("Behind it") else ["Behind it"]
    return Finding(lost=(*stage.lost(["Of nobody"], ann), *stuck))


def a_bad_edit_fails_the_request(patch: pytest.MonkeyPatch) -> None:
    """What cannot be taken is an error, and not a verdict."""
    whole = central_push._Push._apply

    def apply(self: central_push._Push, book: Any, arrival: Any) -> Effect:
        try:
            return whole(self, book, arrival)
        except Refusal as refusal:
            raise UserError(refusal.code) from refusal

    patch.setattr(central_push._Push, "_apply", apply)


# --- "Done" shown though the server rejected ---------------------------------------------------


def an_edit_is_refused(stage: Stage) -> Finding:
    """Ann's edit is about nobody whom Central knows; what does her desk say afterwards?"""
    ann = stage.desk("ann")
    desk_on(ann).add_fact(NOBODY, FactKind.FAMILY, "Of nobody").result()
    settle(ann)
    waiting = ann.read_here(outbox.count_waiting)
    says_saved = not (waiting.pending or waiting.attention or waiting.conflicts)
    untrue = ["all saved centrally"] if says_saved and not stage.at_central("Of nobody") else []
    return Finding(lost=stage.lost(["Of nobody"], ann), untrue=tuple(untrue))


def any_answer_counts_as_success(patch: pytest.MonkeyPatch) -> None:
    """The desk looks at the answer's status only, not at the verdicts."""

    def absorb(connection: sa.Connection, verdicts: list[p.Verdict]) -> ChangeSet:
        fine = [p.Verdict(n=v.n, seq=v.seq, outcome=p.Outcome.APPLIED) for v in verdicts]
        return absorb_verdicts(connection, fine)

    patch.setattr(exchange, "absorb_verdicts", absorb)


# --- Conflict missed by timestamps -------------------------------------------------------------


def two_people_write_and_a_clock_is_wrong(stage: Stage) -> Finding:
    """Both give Anna another name, without a network; Ann's clock is ten years slow."""
    ann, ben = stage.desk("ann"), stage.desk("ben")
    slow = moments.now() - timedelta(days=3650)
    with stage.meanwhile() as clock:
        clock.setattr("agentdesk.sync.edits.now", lambda: slow)
        desk_on(ann).set_fields(ANNA[0].id, {"full_name": "Anna Sharp"}).result()
    desk_on(ben).set_fields(ANNA[0].id, {"full_name": "Anne Blunt"}).result()
    settle(ben)
    settle(ann)
    contested = ann.read_here(outbox.count_waiting).conflicts
    untrue = () if contested else ("nothing is contested",)
    return Finding(lost=stage.lost(["Anna Sharp", "Anne Blunt"], ann, ben), untrue=untrue)


def the_latest_clock_wins(patch: pytest.MonkeyPatch) -> None:
    """Central compares the moments at which people wrote."""

    def patch_by_clock(act: Act, operation: p.Patch) -> Effect:
        record = existing(act, operation.kind, operation.id)
        for name, change in operation.changes.items():
            if act.made_at > record.origin_of(name).at:
                act.book.write(record, name, change.new, act.origin)
        return Effect()

    patch.setattr(central_push, "patch", patch_by_clock)


LOSSES = (
    KnownLoss(
        "acknowledgement lost, sent again, doubled",
        the_answer_to_a_push_gets_lost,
        central_forgets_what_it_took,
        "doubled",
    ),
    KnownLoss(
        "server restored, acknowledged uploads gone",
        central_comes_back_from_a_backup,
        what_was_acknowledged_is_never_sent_again,
    ),
    KnownLoss(
        "queue stuck behind one bad entry",
        a_good_edit_waits_behind_one_that_cannot_be_taken,
        a_bad_edit_fails_the_request,
    ),
    KnownLoss(
        "done shown though the server rejected",
        an_edit_is_refused,
        any_answer_counts_as_success,
        "untrue",
    ),
    KnownLoss(
        "conflict missed by timestamps",
        two_people_write_and_a_clock_is_wrong,
        the_latest_clock_wins,
    ),
)
