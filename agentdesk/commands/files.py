"""`import` and `export`: contacts of other programs, in and out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from agentdesk.commands.output import AsJson, tell, tell_aside, tell_json, tell_progress, tell_table
from agentdesk.commands.session import opened, session_of
from agentdesk.commands.stopping import INTERRUPTED, stoppable
from agentdesk.i18n import mark, tr, trn
from agentdesk.interchange.contact import Reason
from agentdesk.services.exporting import FORMATS, export_customers
from agentdesk.services.identity import load_identity
from agentdesk.services.importing import Imported, Progress, import_contacts

app = typer.Typer(rich_markup_mode=None)

_PROGRESS_EVERY_S = 0.1
_MOST_LINES_TOLD = 20

_REASONS = {
    Reason.ENCODING: mark("bytes that are no text in the file's encoding"),
    Reason.CONTROL_CHARACTERS: mark("damaged, or no text at all"),
    Reason.UNCLOSED_QUOTE: mark("a quotation mark is never closed"),
    Reason.COLUMN_COUNT: mark("more or fewer columns than the headers"),
    Reason.TOO_LONG: mark("too long"),
    Reason.UNCLOSED_CARD: mark("the card has no end"),
    Reason.BAD_LINE: mark("a line that means nothing in a card"),
    Reason.NOT_A_PERSON: mark("a group, not a person"),
    Reason.NOBODY: mark("neither name nor number nor e-mail"),
}


@app.command("import", help=mark("Import people from a vCard or CSV file."))
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=mark("vCard 2.1 to 4, or CSV."))],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Say what would happen and change nothing."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer with 0 if anybody could be read, else with 1; 130 if it was stopped."""
    with opened(session_of(context)) as profile, stoppable() as stop:
        done = import_contacts(
            profile.store,
            file,
            profile.store.read_here(load_identity),
            dry_run=dry_run,
            progress=_Teller().tell_people,
            cancelled=stop.is_set,
        )
    tell_progress("")
    if as_json:
        tell_json(_imported(done))
    else:
        _tell_imported(done, dry_run=dry_run)
    if done.stopped:
        raise typer.Exit(INTERRUPTED)
    if done.rejected and not done.read:
        raise typer.Exit(1)


def _imported(done: Imported) -> dict[str, Any]:
    return {
        "read": done.read,
        "created": done.created,
        "completed": done.completed,
        "unchanged": done.unchanged,
        "rejected": len(done.rejected),
        "rejected_file": str(done.rejected_file) if done.rejected_file else None,
        "lines": [
            {"line": r.line, "reason": r.reason.value, "explanation": tr(_REASONS[r.reason])}
            for r in done.rejected
        ],
        "stopped": done.stopped,
    }


def _tell_imported(done: Imported, *, dry_run: bool) -> None:
    if dry_run:
        tell(tr("Nothing was changed; this would happen:"))
    tell_table(
        [
            (tr("New"), str(done.created)),
            (tr("Completed"), str(done.completed)),
            (tr("Known already"), str(done.unchanged)),
            (tr("Not readable"), str(len(done.rejected))),
        ]
    )
    for part in done.rejected[:_MOST_LINES_TOLD]:
        reason = tr(_REASONS[part.reason])
        tell_aside(tr("Line %(line)d: %(reason)s", line=part.line, reason=reason))
    more = len(done.rejected) - _MOST_LINES_TOLD
    if more > 0:
        tell_aside(trn("and %(n)d more", "and %(n)d more", more))
    if done.rejected_file:
        tell_aside(tr("Not readable parts: %(file)s", file=str(done.rejected_file)))
    elif done.rejected and not dry_run:
        tell_aside(tr("The folder cannot be written to, so these parts are in your file alone."))
    if done.stopped:
        tell_aside(
            trn(
                "Stopped after %(n)d person. Import the file again to go on.",
                "Stopped after %(n)d people. Import the file again to go on.",
                done.read,
            )
        )


@app.command("export", help=mark("Export customers to a vCard or CSV file."))
def export(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=mark("Its ending says how: .vcf or .csv."))
    ],
    query: Annotated[
        str | None, typer.Option("--query", help=mark("Only those whom a search finds."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer with 0 if the file is there, whole; sensitive facts are not in it."""
    if file.suffix.lower() not in FORMATS:
        raise typer.BadParameter(tr("The file has to end in .vcf or .csv."))
    with opened(session_of(context)) as profile:
        count = export_customers(profile.store, file, query=query, progress=_Teller().tell_count)
    tell_progress("")
    if as_json:
        tell_json({"exported": count, "file": str(file.absolute())})
    else:
        tell(trn("%(n)d customer exported.", "%(n)d customers exported.", count))


class _Teller:
    """Shows progress with the time left, a few times a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._told = 0.0

    def tell_people(self, progress: Progress) -> None:
        """Show how many people are done."""
        self._tell(progress.people, progress.done_bytes, progress.all_bytes)

    def tell_count(self, done: int, total: int) -> None:
        """Show how many of how many are done."""
        self._tell(done, done, total)

    def _tell(self, people: int, done: int, total: int) -> None:
        moment = time.monotonic()
        if moment - self._told < _PROGRESS_EVERY_S or not done or not total:
            return
        self._told = moment
        left_s = round((moment - self._began) * (total - done) / done)
        tell_progress(
            trn(
                "%(n)d person, %(percent)d %%, about %(left)d s left",
                "%(n)d people, %(percent)d %%, about %(left)d s left",
                people,
                percent=100 * done // total,
                left=left_s,
            )
        )
