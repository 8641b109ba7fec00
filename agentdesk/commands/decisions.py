"""`conflicts`, `attention` and `history`: what a person decides, and what stood there before."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from agentdesk.commands.output import AsJson, tell, tell_json, tell_table
from agentdesk.commands.session import opened_desk, session_of
from agentdesk.domain.names import for_display
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr
from agentdesk.services.browse import find_customer
from agentdesk.services.conflicts import Choice, ContestedField
from agentdesk.services.history import HistoryEntry
from agentdesk.services.queue import QueuedEdit

app = typer.Typer(rich_markup_mode=None)
conflicts_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
attention_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(conflicts_app, name="conflicts", help=mark("Settle what two people changed at once."))
app.add_typer(
    attention_app, name="attention", help=mark("Decide about edits that Central refused.")
)

_MOST_CHARS = 60
_ConflictId = Annotated[str, typer.Argument(metavar="ID", help=mark("The conflict's id."))]
_Number = Annotated[int, typer.Argument(metavar="N", help=mark("The edit's number."))]


@conflicts_app.command("list", help=mark("List your conflicts, the oldest first."))
def list_conflicts(context: typer.Context, as_json: AsJson = False) -> None:
    """Answer with 0 also if there are none."""
    with opened_desk(session_of(context)) as desk:
        found = desk.queue().result().conflicts
    if as_json:
        tell_json([_conflict(one) for one in found])
        return
    if not found:
        tell(tr("No conflicts."))
    tell_table(
        (
            one.id,
            _shown(one.customer_name),
            one.field,
            tr("mine: %(value)s", value=_shown(one.mine)),
            tr("theirs: %(value)s", value=_shown(one.theirs)),
            _shown(one.their_author),
        )
        for one in found
    )


def _conflict(one: ContestedField) -> dict[str, Any]:
    return {
        "id": one.id,
        "n": one.n,
        "kind": one.kind.value,
        "record_id": one.record_id,
        "customer_id": one.customer_id,
        "customer": one.customer_name,
        "field": one.field,
        "reason": str(one.reason),
        "base": one.base,
        "mine": one.mine,
        "theirs": one.theirs,
        "their_author": one.their_author,
        "made_at": one.made_at,
        "changed_at": one.changed_at,
        "also": [msgspec.to_builtins(value) for value in one.also],
        "choices": [choice.value for choice in one.choices],
    }


@conflicts_app.command(
    "resolve", help=mark("Settle a conflict with one value, or one written anew.")
)
def resolve(
    context: typer.Context,
    conflict_id: _ConflictId,
    mine: Annotated[bool, typer.Option("--mine", help=mark("What was typed here."))] = False,
    theirs: Annotated[bool, typer.Option("--theirs", help=mark("What Central has."))] = False,
    both: Annotated[
        bool, typer.Option("--both", help=mark("Of a note that became two, both."))
    ] = False,
    value: Annotated[
        str | None, typer.Option("--value", metavar="TEXT", help=mark("What is written anew."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Settle with exactly one of the options."""
    given = {
        Choice.MINE: mine,
        Choice.THEIRS: theirs,
        Choice.BOTH: both,
        Choice.ANEW: value is not None,
    }
    chosen = [choice for choice, is_given in given.items() if is_given]
    if len(chosen) != 1:
        raise typer.BadParameter(tr("Say one of --mine, --theirs, --both and --value."))
    with opened_desk(session_of(context)) as desk:
        desk.settle_conflict(conflict_id, chosen[0], value).result()
    if as_json:
        tell_json({"id": conflict_id, "settled": chosen[0].value})
    else:
        tell(tr("Settled; what was chosen is sent."))


@conflicts_app.command("reopen", help=mark("Take the settling of a conflict back."))
def reopen(context: typer.Context, conflict_id: _ConflictId, as_json: AsJson = False) -> None:
    """Undo with a new edit where settling had made one."""
    with opened_desk(session_of(context)) as desk:
        desk.reopen_conflict(conflict_id).result()
    _tell_done(as_json, tr("The conflict is open again."), id=conflict_id, settled=None)


@attention_app.command("list", help=mark("List your edits that Central refused."))
def list_attention(context: typer.Context, as_json: AsJson = False) -> None:
    """Answer with 0 also if there are none."""
    with opened_desk(session_of(context)) as desk:
        found = desk.queue().result().attention
    if as_json:
        tell_json([_refused(one) for one in found])
        return
    if not found:
        tell(tr("Nothing was refused."))
    tell_table(
        (
            str(one.n),
            _shown(one.customer_name),
            f"{one.kind.value} {one.action}",
            one.reason or "",
            _day(one.made_at),
        )
        for one in found
    )


def _refused(one: QueuedEdit) -> dict[str, Any]:
    values = dict(one.values)
    if values.get("sensitive"):
        values["text"] = None
    return {
        "n": one.n,
        "kind": one.kind.value,
        "record_id": one.record_id,
        "action": one.action,
        "customer_id": one.customer_id,
        "customer": one.customer_name,
        "values": values,
        "reason": one.reason,
        "made_at": one.made_at,
        "raised_at": one.raised_at,
    }


@attention_app.command("retry", help=mark("Ask Central again, on top of what stands now."))
def retry(context: typer.Context, n: _Number, as_json: AsJson = False) -> None:
    """Send again, with a number of its own, what may be permitted by now."""
    with opened_desk(session_of(context)) as desk:
        desk.retry_refused(n).result()
    _tell_done(as_json, tr("It waits for Central again."), n=n, done="retried")


@attention_app.command("discard", help=mark("Give an edit up; “attention keep” undoes it."))
def discard(context: typer.Context, n: _Number, as_json: AsJson = False) -> None:
    """Take the edit off the list."""
    with opened_desk(session_of(context)) as desk:
        desk.discard_refused(n).result()
    _tell_done(as_json, tr("The edit is discarded."), n=n, done="discarded")


@attention_app.command("keep", help=mark("Put a discarded edit back on the list."))
def keep(context: typer.Context, n: _Number, as_json: AsJson = False) -> None:
    """Take a discarding back."""
    with opened_desk(session_of(context)) as desk:
        desk.keep_refused(n).result()
    _tell_done(as_json, tr("The edit is on the list again."), n=n, done="kept")


@attention_app.command("hand-over", help=mark("Ask the team's leads to make an edit."))
def hand_over(
    context: typer.Context,
    n: _Number,
    text: Annotated[
        str | None,
        typer.Option("--text", metavar="TEXT", help=mark("What to ask for, in your words.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Leave a note on the customer and an entry on the leads' list."""
    with opened_desk(session_of(context)) as desk:
        done = desk.hand_over(n, text).result()
    _tell_done(
        as_json,
        tr("Handed over; it waits for Central."),
        n=n,
        done="handed-over",
        review_id=done.review_id,
        note_id=done.note_id,
    )


@attention_app.command("copy", help=mark("Write out what a refused edit says."))
def copy(context: typer.Context, n: _Number, as_json: AsJson = False) -> None:
    """Write plain text, to be put elsewhere."""
    with opened_desk(session_of(context)) as desk:
        text = desk.refused_text(n).result()
    if as_json:
        tell_json({"n": n, "text": text})
    else:
        tell(for_display(text, None, lines=True))


@app.command("history", help=mark("Show what was known of a customer before, the newest first."))
def history(
    context: typer.Context,
    customer_id: Annotated[str, typer.Argument(metavar="ID", help=mark("The customer's id."))],
    field: Annotated[str | None, typer.Option("--field", help=mark("Of this field alone."))] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help=mark("At most so many entries."))
    ] = 50,
    everything: Annotated[
        bool, typer.Option("--all", help=mark("Also fields that follow from others."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show overwritten values with their authors; those of sensitive facts are masked."""
    with opened_desk(session_of(context)) as desk:
        known = desk.store.read_here(find_customer, customer_id.strip())
        if known is None:
            raise UserError(Code.NOT_FOUND)
        page = desk.history(known.id, limit=limit, field=field, everything=everything).result()
    if as_json:
        tell_json([_entry(entry) for entry in page.entries])
        return
    if not page.entries:
        tell(tr("Nothing has been changed."))
    tell_table(
        (
            _day(entry.replaced_at),
            _shown(entry.replaced_by),
            f"{entry.kind.value} {entry.event.name.lower() if entry.event else entry.field}",
            "•••" if entry.masked else _shown(entry.value),
            "•••" if entry.masked else _shown(entry.now),
            _shown(entry.author),
        )
        for entry in page.entries
    )


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "record_id": entry.record_id,
        "field": entry.field or None,
        "event": entry.event.name.lower() if entry.event else None,
        "value": entry.value,
        "now": entry.now,
        "author": entry.author,
        "written_at": entry.written_at,
        "replaced_by": entry.replaced_by,
        "replaced_at": entry.replaced_at,
        "arrived_late": entry.arrived_late,
        "masked": entry.masked,
    }


def _tell_done(as_json: bool, words: str, **facts: Any) -> None:
    if as_json:
        tell_json(facts)
    else:
        tell(words)


def _shown(value: Any) -> str:
    return "" if value is None else for_display(str(value), _MOST_CHARS)


def _day(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
