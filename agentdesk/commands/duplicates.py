"""`duplicates`: finding customers who are there twice, merging them, telling them apart."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from agentdesk.commands.output import AsJson, tell, tell_json, tell_progress, tell_table
from agentdesk.commands.session import opened_desk, session_of
from agentdesk.commands.stopping import INTERRUPTED, stoppable
from agentdesk.domain.likeness_words import certainty_words, level_words, reasons
from agentdesk.domain.names import for_display
from agentdesk.errors import Code, UserError
from agentdesk.i18n import mark, tr, trn
from agentdesk.services.browse import find_customer
from agentdesk.services.desk import Desk
from agentdesk.services.duplicates import (
    PossibleDuplicates,
    PossiblePair,
    SearchProgress,
    search_base,
)
from agentdesk.services.merging import MergePreview, Side

app = typer.Typer(rich_markup_mode=None)
duplicates_app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
app.add_typer(
    duplicates_app, name="duplicates", help=mark("Find customers who are there twice, merge them.")
)

_PROGRESS_EVERY_S = 0.1
_MOST = 100_000
_MOST_CHARS = 60

_First = Annotated[str, typer.Argument(metavar="A", help=mark("One customer's id."))]
_Second = Annotated[str, typer.Argument(metavar="B", help=mark("The other customer's id."))]
_Limit = Annotated[int, typer.Option(min=1, max=_MOST, help=mark("At most so many pairs."))]


@duplicates_app.callback()
def search(context: typer.Context, limit: _Limit = 1_000, as_json: AsJson = False) -> None:
    """Compare everybody and list who is probably one; 130 if it was stopped."""
    if context.invoked_subcommand is not None:
        return
    with opened_desk(session_of(context)) as desk, stoppable() as stop:
        # In this thread, to which Ctrl+C is told.
        searched = search_base(desk.store, progress=_Teller().tell, cancelled=stop.is_set)
        tell_progress("")
        if searched.stopped:
            if as_json:
                tell_json({"stopped": True, "customers": searched.customers})
            raise typer.Exit(INTERRUPTED)
        found = desk.possible_duplicates(limit).result()
    _tell_found(found, as_json=as_json)


@duplicates_app.command("list", help=mark("List what the last search found and still holds."))
def list_(context: typer.Context, limit: _Limit = 1_000, as_json: AsJson = False) -> None:
    """Answer with 0 also if there are none."""
    with opened_desk(session_of(context)) as desk:
        found = desk.possible_duplicates(limit).result()
    _tell_found(found, as_json=as_json)


def _tell_found(found: PossibleDuplicates, *, as_json: bool) -> None:
    if as_json:
        tell_json(
            {
                "searched_at": found.searched_at,
                "total": found.total,
                "pairs": [_pair(pair) for pair in found.pairs],
            }
        )
        return
    if found.searched_at is None:
        tell(tr("Nobody has searched yet: “agentdesk duplicates” does."))
        return
    tell(trn("%(n)d possible duplicate.", "%(n)d possible duplicates.", found.total))
    tell_table(
        (
            certainty_words(pair.bits),
            _shown(pair.one.full_name),
            _shown(pair.other.full_name),
            reasons((said.trait, said.level, said.bits) for said in pair.said),
            pair.one.id,
            pair.other.id,
        )
        for pair in found.pairs
    )


def _pair(pair: PossiblePair) -> dict[str, Any]:
    return {
        "a": {"id": pair.one.id, "name": pair.one.full_name},
        "b": {"id": pair.other.id, "name": pair.other.full_name},
        "bits": round(pair.bits, 2),
        "probability": round(pair.probability, 6),
        "put_off": pair.put_off,
        "evidence": [
            {
                "field": said.trait.value,
                "level": said.level.value,
                "bits": round(said.bits, 2),
                "a": said.one,
                "b": said.other,
            }
            for said in pair.said
        ],
    }


@duplicates_app.command("compare", help=mark("Tell how alike two customers are, and why."))
def compare(context: typer.Context, one: _First, other: _Second, as_json: AsJson = False) -> None:
    """Compare any two, however little alike they are."""
    with opened_desk(session_of(context)) as desk:
        pair = desk.compared_pair(_known(desk, one), _known(desk, other)).result()
    if pair is None:
        raise UserError(Code.NOT_FOUND)
    if as_json:
        tell_json(_pair(pair))
        return
    tell_table(
        (
            level_words(said.trait, said.level),
            f"{said.bits:+.1f}",
            _shown(said.one),
            _shown(said.other),
        )
        for said in pair.said
    )
    tell(
        tr(
            "Together: %(percent)s %% one person.",
            percent=f"{100 * pair.probability:.1f}",
        )
    )


@duplicates_app.command("merge", help=mark("Make two customers one; the richer record remains."))
def merge(
    context: typer.Context,
    one: _First,
    other: _Second,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="FIELD=A|B,…",
            help=mark("Whose value of a field is kept, where it is not the usual one."),
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="ID", help=mark("A number or fact that goes.")),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Say what would happen and change nothing."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Merge, with a choice for each field; “duplicates unmerge” undoes it."""
    with opened_desk(session_of(context)) as desk:
        first, second = _known(desk, one), _known(desk, other)
        preview = desk.preview_merge(first, second).result()
        sides = _sides(preview, first)
        choices = {field: sides[side] for field, side in _chosen(keep or []).items()}
        left = {e.record.id: e for e in preview.elements if e.record.id in (leave_out or [])}
        if len(left) != len(set(leave_out or [])):
            raise UserError(Code.NOT_FOUND)
        if not dry_run:
            out = [(e.kind, e.record.id) for e in left.values()]
            desk.merge(preview.winner.id, preview.loser.id, choices, out).result()
    if as_json:
        tell_json(_merge(preview, choices, left.keys(), done=not dry_run))
        return
    _tell_preview(preview, choices)
    tell(
        tr("Nothing was changed.")
        if dry_run
        else tr("Merged; it waits for Central. “duplicates unmerge” takes it back.")
    )


def _sides(preview: MergePreview, first: str) -> dict[str, Side]:
    """Return which side A and B are: the command names them in any order."""
    if preview.winner.id == first:
        return {"A": Side.WINNER, "B": Side.LOSER}
    return {"A": Side.LOSER, "B": Side.WINNER}


def _chosen(keep: list[str]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for word in (one for option in keep for one in option.split(",")):
        field, _equals, side = word.partition("=")
        if side.strip().upper() not in ("A", "B"):
            raise typer.BadParameter(tr("“%(word)s” is not FIELD=A or FIELD=B.", word=word))
        chosen[field.strip()] = side.strip().upper()
    return chosen


def _merge(
    preview: MergePreview, choices: dict[str, Side], left_out: Any, *, done: bool
) -> dict[str, Any]:
    return {
        "merged": done,
        "winner": preview.winner.id,
        "loser": preview.loser.id,
        "fields": {
            field.name: {
                "kept": _kept(field.name, preview, choices),
                "winner": field.winner,
                "loser": field.loser,
            }
            for field in preview.fields
        },
        "left_out": sorted(left_out),
        "joined": {kind.value: both[1] for kind, both in preview.joined.items()},
    }


def _kept(name: str, preview: MergePreview, choices: dict[str, Side]) -> Any:
    field = next(f for f in preview.fields if f.name == name)
    side = choices.get(name, field.usual)
    return field.winner if side is Side.WINNER else field.loser


def _tell_preview(preview: MergePreview, choices: dict[str, Side]) -> None:
    tell_table(
        (
            field.name,
            _shown(_kept(field.name, preview, choices)),
            _shown(field.winner),
            _shown(field.loser),
        )
        for field in preview.fields
    )
    counts = {kind: coming for kind, (_own, coming) in preview.joined.items() if coming}
    joined = ", ".join(f"{kind.value} {count}" for kind, count in counts.items())
    if joined:
        tell(tr("Joined: %(what)s", what=joined))


@duplicates_app.command("unmerge", help=mark("Take a merge back, whoever made it."))
def unmerge(
    context: typer.Context,
    customer_id: Annotated[str, typer.Argument(metavar="ID", help=mark("The customer's id."))],
    loser: Annotated[
        str | None,
        typer.Argument(metavar="PART", help=mark("Who was merged into them, else the last.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make somebody a customer of their own again."""
    with opened_desk(session_of(context)) as desk:
        known = _known(desk, customer_id)
        merges = desk.earlier_merges(known).result()
        part = loser or (merges[0].loser if merges else None)
        if part is None:
            raise UserError(Code.NOT_FOUND)
        desk.undo_earlier_merge(known, part).result()
    _tell_done(tr("Taken back; it waits for Central."), as_json=as_json, id=known, unmerged=part)


@duplicates_app.command("distinct", help=mark("Remember that two customers are two people."))
def distinct(
    context: typer.Context,
    one: _First,
    other: _Second,
    undo: Annotated[bool, typer.Option("--undo", help=mark("Take that back."))] = False,
    as_json: AsJson = False,
) -> None:
    """Suggest these two no more, at no desk."""
    with opened_desk(session_of(context)) as desk:
        first, second = _known(desk, one), _known(desk, other)
        work = desk.unsay_distinct if undo else desk.say_distinct
        work(first, second).result()
    words = tr("They may be one person again.") if undo else tr("Remembered: these are two people.")
    _tell_done(words, as_json=as_json, a=first, b=second, distinct=not undo)


def _known(desk: Desk, customer_id: str) -> str:
    found = desk.store.read_here(find_customer, customer_id.strip())
    if found is None:
        raise UserError(Code.NOT_FOUND)
    return found.id


def _tell_done(words: str, *, as_json: bool, **facts: Any) -> None:
    if as_json:
        tell_json(facts)
    else:
        tell(words)


def _shown(value: Any) -> str:
    return "" if value is None else for_display(str(value), _MOST_CHARS)


class _Teller:
    """Shows how far a search has come, a few times a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0

    def tell(self, progress: SearchProgress) -> None:
        """Show the share that is done, the time left and what was found."""
        moment = time.monotonic()
        if moment - self._told < _PROGRESS_EVERY_S or not progress.done:
            return
        self._told = moment
        left = (moment - self._began) * (progress.total - progress.done) / progress.done
        tell_progress(
            tr(
                "%(percent)d %%, %(found)d found, about %(left)d s left",
                percent=100 * progress.done // progress.total,
                found=progress.found,
                left=round(left),
            )
        )
