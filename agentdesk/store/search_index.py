"""Keeping the search index: what people are found by, in the transaction that changes the row.

Four parts. `search_index` and `search_number` are SQLite's full-text indexes whose rows have the
number of the customer's row: the first holds words and their beginnings, the second parts of
telephone numbers. `search_word` is every word of a name or a
place with the number of customers who have it; `search_near` leads from letters left out and from
consonants to those words. `search_entry` remembers whose words were counted.
"""

# Statements are put together from constants only; values are bound.
# ruff: noqa: S608

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from agentdesk.decoding import decode_json
from agentdesk.domain.names import search_forms, search_tokens
from agentdesk.domain.sounds import near_keys, sound
from agentdesk.store.search_texts import end_bulk_texts

GRAM = 4
"""The shortest part of a number that is looked for."""

TOWN_MARK, TYPE_MARK = "\ue000", "\ue001"
"""What a word of a town and a customer type begin with: nobody types it."""

_CHUNK = 500
_LONGEST_WORD = 32
_BULK_BYTES = 16 * 1024 * 1024
_USUAL_BYTES = 1024 * 1024
_NOT_DIGITS = re.compile(r"[^0-9]")
_WORDLIKE = re.compile(r"[a-z]{2,}")

_PERSON = """
SELECT customer.rowid, id, full_name, given_name, family_name, preferred_name, company, hometown,
customer_type, (
  SELECT group_concat(ifnull(e164, value), char(10)) FROM contact_point
  WHERE customer_id = customer.id AND kind IN ('email', 'handle', 'phone')
), (
  SELECT group_concat(number, ' ') FROM "case" WHERE customer_id = customer.id
)
FROM customer
"""
_SOME = sa.text(_PERSON + "WHERE id IN (SELECT value FROM json_each(:ids))")
_NEXT = sa.text(_PERSON + "WHERE customer.rowid > :after ORDER BY customer.rowid LIMIT :most")
_FORMER = sa.text(
    "SELECT customer_id, value FROM field_version WHERE record_kind = 'customer' "
    "AND customer_id IN (SELECT value FROM json_each(:ids)) AND NOT arrived_late "
    "AND field IN ('full_name', 'given_name', 'family_name', 'preferred_name')"
)


class Indexed(NamedTuple):
    """What is indexed of one customer, whose row has the number `docid`."""

    docid: int
    words: str
    numbers: str
    vocabulary: tuple[str, ...]


def reindex_customers(connection: sa.Connection, ids: Collection[str]) -> None:
    """Bring what is indexed of these customers up to date; those that are gone lose theirs."""
    cursor = connection.connection.cursor()
    gone = [row[0] for row in cursor.execute("SELECT docid FROM search_gone")]
    if gone:
        _drop_unused(cursor, _forget(cursor, gone))
        cursor.execute("DELETE FROM search_gone")
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        people = connection.execute(_SOME, {"ids": _json(some)}).all()
        lost = _forget(cursor, [person[0] for person in people])
        _add(cursor, _indexed(connection, people))
        # Only now: most words are those that were there before.
        _drop_unused(cursor, lost)


def _forget(cursor: Any, docids: Sequence[int]) -> list[int]:
    """Take out what is indexed of the rows `docids`; return the words that have lost somebody."""
    lost: Counter[int] = Counter()
    for start in range(0, len(docids), _CHUNK):
        known = cursor.execute(
            "SELECT docid, words FROM search_entry WHERE docid IN (SELECT value FROM json_each(?))",
            (_json(list(docids[start : start + _CHUNK])),),
        ).fetchall()
        rows = [(docid,) for docid, _words in known]
        for table in ("search_index", "search_number"):
            cursor.executemany(f"DELETE FROM {table} WHERE rowid = ?", rows)
        cursor.executemany("DELETE FROM search_entry WHERE docid = ?", rows)
        for _docid, words in known:
            lost.update(array("I", words))
    cursor.executemany(
        "UPDATE search_word SET people = people - ? WHERE id = ?",
        [(count, word) for word, count in lost.items()],
    )
    return list(lost)


def _drop_unused(cursor: Any, words: list[int]) -> None:
    """Forget those of `words` that nobody has any more: a name may go with a person's erasure."""
    unused = cursor.execute(
        "SELECT id, word FROM search_word WHERE people <= 0 "
        "AND id IN (SELECT value FROM json_each(?))",
        (_json(words),),
    ).fetchall()
    cursor.executemany(
        "DELETE FROM search_near WHERE key = ? AND word = ?",
        [(key, word_id) for word_id, word in unused for key in near_keys(word)],
    )
    cursor.executemany("DELETE FROM search_word WHERE id = ?", [(one[0],) for one in unused])


def _add(cursor: Any, people: Sequence[Indexed]) -> None:
    found = Counter(word for person in people for word in person.vocabulary)
    numbers = _word_numbers(cursor, found)
    cursor.executemany(
        "INSERT INTO search_index (rowid, words) VALUES (?, ?)",
        [(person.docid, person.words) for person in people],
    )
    cursor.executemany(
        "INSERT INTO search_number (rowid, parts) VALUES (?, ?)",
        [(person.docid, person.numbers) for person in people],
    )
    cursor.executemany(
        "INSERT INTO search_entry (docid, words) VALUES (?, ?)",
        [
            (person.docid, array("I", [numbers[word] for word in person.vocabulary]).tobytes())
            for person in people
        ],
    )


def _word_numbers(cursor: Any, found: Counter[str]) -> dict[str, int]:
    """Count the words `found` once more each, and return their numbers."""
    rows = cursor.execute(
        "SELECT word, id FROM search_word WHERE word IN (SELECT value FROM json_each(?))",
        (_json(list(found)),),
    ).fetchall()
    numbers: dict[str, int] = dict(rows)
    fresh = [word for word in found if word not in numbers]
    if fresh:
        top = cursor.execute("SELECT max(id) FROM search_word").fetchone()[0] or 0
        numbers |= {word: number for number, word in enumerate(fresh, top + 1)}
        cursor.executemany(
            "INSERT INTO search_word (id, word, sound, people) VALUES (?, ?, ?, ?)",
            [(numbers[word], word, sound(word), found[word]) for word in fresh],
        )
        cursor.executemany(
            "INSERT OR IGNORE INTO search_near (key, word) VALUES (?, ?)",
            [(key, numbers[word]) for word in fresh for key in near_keys(word)],
        )
    cursor.executemany(
        "UPDATE search_word SET people = people + ? WHERE id = ?",
        [(found[word], number) for word, number in rows],
    )
    return numbers


# --- What is indexed ----------------------------------------------------------------------------


def _indexed(connection: sa.Connection, people: Sequence[Any]) -> list[Indexed]:
    ids = [person[1] for person in people]
    former: dict[str, list[str]] = {}
    for customer_id, value in connection.execute(_FORMER, {"ids": _json(ids)}):
        former.setdefault(customer_id, []).append(former_value(value))
    return [indexed(person, former.get(person[1], ())) for person in people]


def former_value(value: str) -> str:
    """Return the text that a version of a field holds; empty if it is none."""
    try:
        text = decode_json(value)
    except msgspec.DecodeError:
        return ""
    return text if isinstance(text, str) else ""


def indexed(person: Sequence[Any], former: Iterable[str]) -> Indexed:
    """Return what is indexed of a customer: the columns of `_PERSON`, and earlier names."""
    docid, _id, full, *names, company, town, kind, points, cases = person
    # Most given and family names are words of the whole name, which has them already.
    whole = f" {full} "
    named = [full, *(name for name in names if name and f" {name} " not in whole)]
    named += [text for text in (*former, company, town) if text]
    words: dict[str, None] = {}
    vocabulary: dict[str, None] = {}
    for text in named:
        for forms in search_forms(text):
            words |= dict.fromkeys(forms)
            if len(forms[-1]) <= _LONGEST_WORD and _WORDLIKE.fullmatch(forms[-1]):
                vocabulary[forms[-1]] = None
    numbers: dict[str, None] = {}
    for point in points.split("\n") if points else ():
        if point.startswith("+"):
            numbers |= dict.fromkeys(number_parts(point))
        else:
            words |= dict.fromkeys(search_tokens(point))
    if cases:
        words |= dict.fromkeys(search_tokens(cases))
    if town:
        words |= dict.fromkeys(TOWN_MARK + token for token in search_tokens(town))
    if kind:
        words[type_mark(kind)] = None
    return Indexed(docid, " ".join(words), " ".join(numbers), tuple(vocabulary))


def number_parts(number: str) -> list[str]:
    """Return all parts of a number with four digits; none for fewer digits."""
    digits = _NOT_DIGITS.sub("", number)
    return [digits[at : at + GRAM] for at in range(len(digits) - GRAM + 1)]


def type_mark(kind: str) -> str:
    """Return the mark of a customer type."""
    return TYPE_MARK + "".join(search_tokens(kind))


# --- All at once --------------------------------------------------------------------------------


def begin_bulk_index(connection: sa.Connection) -> None:
    """Empty the index and get it ready to be filled with all customers at once."""
    for table in ("search_entry", "search_gone", "search_word", "search_near"):
        connection.exec_driver_sql(f"DELETE FROM {table}")
    for table in ("search_index", "search_number"):
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    # Larger pieces, and nothing merged before the end: both only while nobody searches.
    _configure(connection, hashsize=_BULK_BYTES, automerge=0)


def bulk_index(connection: sa.Connection, after: int, most: int) -> int | None:
    """Index at most `most` customers behind the row `after`; return the last row, None at the end.

    Needs the indexes on what belongs to customers.
    """
    people = index_texts(connection, after, most)
    if not people:
        return None
    _add(connection.connection.cursor(), people)
    return people[-1].docid


def index_texts(connection: sa.Connection, after: int, most: int) -> list[Indexed]:
    """Return what is indexed of at most `most` customers behind the row `after`."""
    return _indexed(connection, connection.execute(_NEXT, {"after": after, "most": most}).all())


def end_bulk_index(connection: sa.Connection) -> None:
    """Let the index be kept up row by row from now on."""
    _configure(connection, hashsize=_USUAL_BYTES, automerge=4)
    for table in ("search_index", "search_number"):
        connection.exec_driver_sql(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
    end_bulk_texts(connection)


def rebuild_index(
    connection: sa.Connection, went_on: Callable[[int], None] = lambda _row: None
) -> None:
    """Make the index anew from the rows; `went_on` is told the last row, and may raise."""
    begin_bulk_index(connection)
    last = bulk_index(connection, -1, _CHUNK)
    while last is not None:
        went_on(last)
        last = bulk_index(connection, last, _CHUNK)
    end_bulk_index(connection)


def _configure(connection: sa.Connection, **options: int) -> None:
    for table in ("search_index", "search_number"):
        for option, value in options.items():
            connection.execute(
                sa.text(f"INSERT INTO {table} ({table}, rank) VALUES (:option, :value)"),
                {"option": option, "value": value},
            )


def _json(values: list[Any]) -> str:
    return msgspec.json.encode(values).decode()
