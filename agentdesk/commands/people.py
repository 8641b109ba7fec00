"""`lookup`, `search`, `customer`, `note` and `fact`: people, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from agentdesk.commands import people_json as shape
from agentdesk.commands.output import (
    AsJson,
    error_object,
    lines_of_stdin,
    tell,
    tell_json,
    tell_pairs,
    tell_table,
    text_of_stdin,
)
from agentdesk.commands.session import opened_desk, session_of
from agentdesk.domain.entities import Customer, FactKind
from agentdesk.domain.names import for_display
from agentdesk.errors import AgentDeskError, Code, UserError
from agentdesk.i18n import mark, tr
from agentdesk.messages import words_for
from agentdesk.services import syncing
from agentdesk.services.browse import find_customer
from agentdesk.services.callers import Recognition
from agentdesk.services.desk import Desk

app = typer.Typer(rich_markup_mode=None)
customer_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
note_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
fact_app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
app.add_typer(customer_app, name="customer", help=mark("Show and change what is known."))
app.add_typer(note_app, name="note", help=mark("Write notes about customers."))
app.add_typer(fact_app, name="fact", help=mark("File small things known about customers."))

STDIN = "-"
_MOST_RESULTS = 1_000

_CustomerId = Annotated[str, typer.Argument(metavar="ID", help=mark("The customer's id."))]


@app.command("lookup", help=mark("Say who calls from a number."))
def lookup(
    context: typer.Context,
    number: Annotated[
        str,
        typer.Argument(metavar="NUMBER", help=mark("A number, or - for one per line of input.")),
    ],
    central: Annotated[
        bool,
        typer.Option("--central", help=mark("Ask Central about a number that is unknown here.")),
    ] = False,
    line: Annotated[
        str | None,
        typer.Option(
            "--line", help=mark("Which of our lines is called: it may be in another country.")
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer with 0 whenever the question was answered, even with nobody."""
    with opened_desk(session_of(context)) as desk:
        if central and number != STDIN:
            e164 = desk.recognise(number, line).result().number.e164
            if e164 is not None:
                syncing.look_up(desk.store, e164)
        if number == STDIN:
            _answer_lines(lambda said: shape.recognised(desk.recognise(said, line).result()))
            return
        found = desk.recognise(number, line).result()
    if as_json:
        tell_json(shape.recognised(found))
    else:
        _tell_recognised(found)


def _tell_recognised(found: Recognition) -> None:
    shown = found.facts.shown if found.facts else found.number.typed
    tell(for_display(f"{shown}: {found.explanation}"))
    if found.facts and not found.candidates:
        facts = found.facts
        tell_pairs(
            [
                (tr("Country"), facts.country or ""),
                (tr("Time zone"), facts.time_zone or ""),
            ]
        )
    tell_table(
        (c.name, c.extension or "", c.label or "", (c.last_contact_at or "")[:10], c.customer_id)
        for c in found.candidates
    )
    tell_table(
        (tr("perhaps %(name)s", name=maybe.name), maybe.explanation, maybe.customer_id)
        for maybe in found.mentioned
    )


@app.command(
    "search",
    help=mark(
        "Find customers by name, number, e-mail, place or note; 1 if nobody is found. "
        "Filters: town:Berlin type:advocate since:2026-03 has:promise."
    ),
)
def search(
    context: typer.Context,
    text: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", help=mark("What to find, or - for one per line of input.")),
    ],
    limit: Annotated[
        int, typer.Option(min=1, max=_MOST_RESULTS, help=mark("At most so many results."))
    ] = 20,
    central: Annotated[
        bool,
        typer.Option("--central", help=mark("Ask Central as well for whom this desk lacks.")),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer with 0 if somebody was found, with 1 if not, as grep does."""
    with opened_desk(session_of(context)) as desk:
        if text == [STDIN]:
            _answer_lines(lambda line: [shape.hit(h) for h in desk.search(line, limit).result()])
            return
        asked = " ".join(text)
        hits = desk.search(asked, limit).result()
        if central:
            known = {hit.id for hit in hits}
            there = syncing.search_at_central(desk.store, asked)
            hits += [hit for hit in there if hit.id not in known]
    if as_json:
        tell_json([shape.hit(hit) for hit in hits])
    elif hits:
        tell_table(
            (
                h.name,
                h.company or "",
                h.matched or h.hometown or "",
                tr("At Central") if h.at_central else h.why.value,
                h.id,
            )
            for h in hits
        )
    else:
        tell(tr("Nobody found."))
    if not hits:
        raise typer.Exit(1)


def _answer_lines(answer: Callable[[str], Any]) -> None:
    """Answer every line of input with one of JSON; a line that fails does not end the rest."""
    failed = False
    for line in lines_of_stdin():
        try:
            tell_json(answer(line))
        except AgentDeskError as failure:
            failed = True
            tell_json(error_object(words_for(failure)))
    if failed:
        raise typer.Exit(1)


@customer_app.command("show", help=mark("Show everything on a customer's card."))
def show(context: typer.Context, customer_id: _CustomerId, as_json: AsJson = False) -> None:
    """Show the card; facts marked as sensitive stay masked here, as on the screen."""
    with opened_desk(session_of(context)) as desk:
        found = desk.open_person(_known(desk, customer_id).id).result()
    if found is None:
        raise UserError(Code.NOT_FOUND)
    if as_json:
        tell_json(shape.person(found))
    else:
        _tell_person(shape.person(found))


def _tell_person(known: dict[str, Any]) -> None:
    tell(for_display(known["name"]))
    tell_pairs((key, str(known[key])) for key in shape.SHOWN_FIELDS if known[key])
    sections = (
        (
            tr("Reached by"),
            [(p["label"] or p["kind"], p["value"]) for p in known["contact_points"]],
        ),
        (tr("Known"), [(f["kind"], f["text"] or "•••") for f in known["facts"]]),
        (tr("Open cases"), [(c["number"], c["subject"]) for c in known["open_cases"]]),
        (tr("Promised"), [(p["due_at"][:10], p["text"]) for p in known["open_promises"]]),
        (
            tr("Timeline"),
            [
                (i["at"][:10], i["channel"] or i["kind"], i["subject"] or i["summary"] or "")
                for i in known["timeline"]
            ],
        ),
    )
    for heading, rows in sections:
        if rows:
            tell()
            tell(heading)
            tell_table(("", *(for_display(str(cell), 100) for cell in row)) for row in rows)


@customer_app.command("set", help=mark("Change fields of a customer; field= empties one."))
def set_(
    context: typer.Context,
    customer_id: _CustomerId,
    assignments: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE…")],
    as_json: AsJson = False,
) -> None:
    """Change all fields or none."""
    values: dict[str, Any] = {}
    for assignment in assignments:
        field, equals, value = assignment.partition("=")
        if not equals:
            raise typer.BadParameter(tr("“%(word)s” is not FIELD=VALUE.", word=assignment))
        values[field.strip()] = value
    with opened_desk(session_of(context)) as desk:
        known = _known(desk, customer_id)
        changes = desk.set_fields(known.id, values).result()
    if as_json:
        tell_json({"id": known.id, "changed": bool(changes)})
    else:
        tell(tr("Saved; it waits for Central.") if changes else tr("Nothing to change."))


@note_app.command("add", help=mark("Save a note about a customer."))
def add_note(
    context: typer.Context,
    customer_id: _CustomerId,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("The note, or - for input."))],
    as_json: AsJson = False,
) -> None:
    """Save a note; it waits for Central like any other."""
    written = text_of_stdin() if text == STDIN else text
    with opened_desk(session_of(context)) as desk:
        known = _known(desk, customer_id)
        note = desk.add_note(known.id, written).result()
    _tell_saved(note.id, known, as_json=as_json)


@fact_app.command("add", help=mark("File one small thing known about a customer."))
def add_fact(
    context: typer.Context,
    customer_id: _CustomerId,
    kind: Annotated[FactKind, typer.Argument(metavar="KIND", help=" · ".join(FactKind))],
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help=mark("What is known, or - for input."))
    ],
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help=mark("Masked until the caller is verified."))
    ] = False,
    as_json: AsJson = False,
) -> None:
    """File a fact; it waits for Central like any other edit."""
    written = text_of_stdin() if text == STDIN else text
    with opened_desk(session_of(context)) as desk:
        known = _known(desk, customer_id)
        fact = desk.add_fact(known.id, kind, written, sensitive=sensitive).result()
    _tell_saved(fact.id, known, as_json=as_json)


def _tell_saved(record_id: str, known: Customer, *, as_json: bool) -> None:
    if as_json:
        tell_json({"id": record_id, "customer_id": known.id})
    else:
        tell(for_display(tr("Saved for %(name)s; it waits for Central.", name=known.full_name)))


def _known(desk: Desk, customer_id: str) -> Customer:
    """Return the customer, or whom they were merged into; raises `UserError(NOT_FOUND)`."""
    found = desk.store.read_here(find_customer, customer_id.strip())
    if found is None:
        raise UserError(Code.NOT_FOUND)
    return found
