"""Words in notes and facts: a full-text index that the database itself keeps, by triggers.

A row's number is four times that of the note or fact, plus which of the two it is: so nothing but
the words is stored, and no path of a write can pass the index by.
"""

# Statements are put together from constants only; values are bound.
# ruff: noqa: S608

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from agentdesk.domain.found import Spans
from agentdesk.domain.names import fold

NOTE, FACT = 0, 1
_SOURCES = (("note", NOTE), ("fact", FACT))
_WORD = re.compile(r"[^\W_]+")
_BEGUN_FROM = 4
_MOST_WORDS = 8
_AROUND = 40


@dataclass(frozen=True, slots=True)
class FoundText:
    """A piece of a note or fact around the words that were found in it."""

    customer_id: str
    note: bool
    text: str
    spans: Spans


def end_bulk_texts(connection: sa.Connection) -> None:
    """Make the index of texts anew from all rows, however they came."""
    connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('delete-all')")
    for table, kind in _SOURCES:
        connection.exec_driver_sql(
            f"INSERT INTO search_text (rowid, words) SELECT rowid * 4 + {kind}, text FROM {table}"
        )


def find_texts(connection: sa.Connection, text: str, most: int) -> list[FoundText]:
    """Return notes and facts that have all words of `text`, the last one perhaps only begun.

    Sensitive facts are left out: they are masked until a caller is verified.
    """
    words = [word for word in _WORD.findall(text) if word.isalnum()][:_MOST_WORDS]
    if not words:
        return []
    quoted = [f'"{word}"' for word in words]
    if len(words[-1]) >= _BEGUN_FROM:
        quoted[-1] += "*"
    cursor = connection.connection.cursor()
    rows = cursor.execute(
        "SELECT rowid FROM search_text WHERE search_text MATCH ? ORDER BY rowid DESC LIMIT ?",
        (" AND ".join(quoted), most),
    ).fetchall()
    found = []
    for (number,) in rows:
        row = cursor.execute(_ROWS[number % 4], (number // 4,)).fetchone()
        if row is not None:
            shown, spans = _piece(row[1], words)
            found.append(FoundText(row[0], number % 4 == NOTE, shown, spans))
    return found


_ROWS = {
    NOTE: "SELECT customer_id, text FROM note WHERE rowid = ?",
    FACT: "SELECT customer_id, text FROM fact WHERE rowid = ? AND NOT sensitive",
}


def _piece(text: str, words: list[str]) -> tuple[str, Spans]:
    """Return a line of `text` around the first word that was found, and where the words are."""
    text = " ".join(text.split())
    wanted = tuple(fold(word) for word in words)
    places = [m for m in _WORD.finditer(text) if fold(m[0]).startswith(wanted)]
    first = places[0].start() if places else 0
    begin = max(0, text.rfind(" ", 0, max(0, first - _AROUND)) + 1) if first > _AROUND else 0
    piece = text[begin : begin + 3 * _AROUND]
    lead = "…" if begin else ""
    spans = tuple(
        (m.start() - begin + len(lead), m.end() - m.start())
        for m in places
        if m.end() - begin <= len(piece)
    )
    return lead + piece + ("…" if begin + len(piece) < len(text) else ""), spans
