"""Finding customers by what somebody types: names, numbers, addresses, places, texts.

Stages, each only if those before it have not filled the list: whole words, beginnings, other
spellings, one word with slips, all words with slips, words of notes and facts. A stage asks the
full-text index for rows (`search_index` keeps it) and compares those with what was typed. See
decision 13 for what was tried and measured.
"""

# Statements are put together from constants only; values are bound.
# ruff: noqa: S608

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import msgspec
import sqlalchemy as sa

from agentdesk.domain.asked import Asked, Word, take_apart
from agentdesk.domain.found import Hit, Spans, Why
from agentdesk.domain.names import fold
from agentdesk.store.search_alike import Alike, Kind, alike_words
from agentdesk.store.search_index import (
    GRAM,
    TOWN_MARK,
    TYPE_MARK,
    former_value,
)
from agentdesk.store.search_score import Score, Token, Wanted, compare, tokens
from agentdesk.store.search_texts import find_texts

_MOST_ROWS = 100
"""So many rows of a stage are compared; which ones, where there are more, is the index's order."""
_RECENT = 60
_FILTERED_ROWS = 1_500
_LOOSE = 40
_TEXT_FROM = 3
_TEXT_SCORE = 0.8
_TEXTS_AMONG_NAMES = 5


def find_customers(connection: sa.Connection, text: str, limit: int = 20) -> list[Hit]:
    """Return the customers that `text` may mean, the best first; never raises for any text.

    What `text` may hold is told by `asked.take_apart`. Among equals the latest contact is first.
    """
    asked = take_apart(text)
    search = _Search(connection, asked, limit)
    if asked.words:
        search.by_number()
        search.by_address()
        search.by_words()
        search.by_texts()
    elif asked.filtered and not asked.text:
        search.by_filters()
    return search.best()


class _Search:
    """One question, and what has been found so far."""

    def __init__(self, connection: sa.Connection, asked: Asked, limit: int) -> None:
        self._connection = connection
        self._cursor = connection.connection.cursor()
        self._asked = asked
        self._limit = limit
        self._hits: dict[str, Hit] = {}
        self._seen: set[int] = set()

    def best(self) -> list[Hit]:
        return _ranked(self._connection, list(self._hits.values()), self._limit)

    def _full(self) -> bool:
        return len(self._hits) >= self._limit

    # --- Numbers and addresses ------------------------------------------------------------------

    def by_number(self) -> None:
        """Find numbers that have the digits in one run."""
        for fragment in sorted(self._asked.fragments, key=len, reverse=True):
            parts = {fragment[at : at + GRAM] for at in range(len(fragment) - GRAM + 1)}
            expression = " AND ".join(_quoted(part) for part in sorted(parts))
            rows = self._cursor.execute(
                "SELECT c.id, c.full_name, c.company, c.hometown, p.value, p.e164 FROM ("
                "SELECT rowid AS docid FROM search_number WHERE search_number MATCH ? LIMIT ?"
                ") JOIN customer AS c ON c.rowid = docid "
                "JOIN contact_point AS p ON p.customer_id = c.id "
                "WHERE p.e164 LIKE ?" + self._conditions("c"),
                (expression, _MOST_ROWS, f"%{fragment}%", *self._values()),
            ).fetchall()
            for id_, name, company, town, value, e164 in rows:
                score = 1.0 if e164.endswith(fragment) and len(fragment) > 8 else 0.9
                self._keep(
                    Hit(id_, name, score, Why.NUMBER, company, town, value,
                        matched_spans=digit_spans(value, fragment))
                )  # fmt: skip

    def by_address(self) -> None:
        """Find a whole e-mail address."""
        if "@" not in self._asked.text:
            return
        rows = self._cursor.execute(
            "SELECT c.id, c.full_name, c.company, c.hometown, p.value FROM contact_point AS p "
            "JOIN customer AS c ON c.id = p.customer_id "
            "WHERE p.kind = 'email' AND p.value = ?" + self._conditions("c") + " LIMIT ?",
            (self._asked.text, *self._values(), self._limit),
        ).fetchall()
        for id_, name, company, town, value in rows:
            spans = ((0, len(value)),)
            self._keep(Hit(id_, name, 1.0, Why.ADDRESS, company, town, value, matched_spans=spans))

    # --- Words ----------------------------------------------------------------------------------

    def by_words(self) -> None:
        words = self._asked.words
        exactly = [Wanted(word) for word in words]
        if self._full():
            return
        self._stage([_whole(word) for word in words], exactly)
        if not self._full():
            begun = self._stage([_begun(word) for word in words], exactly)
            if begun >= _MOST_ROWS:
                # So many begin like this that those of the last contacts may not be among them.
                self._compare_rows(self._recent(), exactly)
        if self._full():
            return
        alike = [alike_words(self._connection, word) for word in words]
        if not any(alike):
            return
        wanted = [Wanted(word, found) for word, found in zip(words, alike, strict=True)]
        close = [_one_of(w.word, w.alike, Kind.SHORT_FORM) for w in wanted]
        self._stage(close, wanted)
        # What stands in a note as it was typed comes before what only resembles a name.
        self.by_texts(_TEXTS_AMONG_NAMES)
        if self._full():
            return
        if len(words) > 1:
            self._one_word_off(wanted, close)
        if not self._full():
            self._stage([_one_of(w.word, w.alike, Kind.FAR) for w in wanted], wanted)

    def _one_word_off(self, wanted: Sequence[Wanted], close: Sequence[str]) -> None:
        """Find those with one word that is not as typed, and all others close."""
        ways = []
        for at, one in enumerate(wanted):
            slips = [word for word, alike in one.alike.items() if alike.kind >= Kind.SLIP][:_LOOSE]
            if slips:
                off = " OR ".join(map(_quoted, slips))
                ways.append(_all([off if i == at else other for i, other in enumerate(close)]))
        if ways:
            self._rows_of(" OR ".join(f"({way})" for way in ways), wanted)

    def _stage(self, choices: Sequence[str], wanted: Sequence[Wanted]) -> int:
        return self._rows_of(_all(choices), wanted)

    def _rows_of(self, expression: str, wanted: Sequence[Wanted]) -> int:
        docids = self._match(expression)
        self._compare_rows(docids, wanted)
        return len(docids)

    def _match(self, expression: str) -> list[int]:
        """Return the numbers of rows that fit an expression of the index's query language."""
        if self._marks_asked:
            expression = _all([expression, *self._marks_asked])
        most = _FILTERED_ROWS if self._asked.since or self._asked.has_promise else _MOST_ROWS
        rows = self._cursor.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? LIMIT ?", (expression, most)
        )
        return [row[0] for row in rows]

    @cached_property
    def _marks_asked(self) -> list[str]:
        """What asks the index for town and type: whole words, or beginnings that are no words."""
        marks = [TOWN_MARK + word for word in self._asked.town]
        if self._asked.customer_type:
            marks.append(TYPE_MARK + self._asked.customer_type)
        return [_quoted(mark) if self._is_word(mark) else f"{_quoted(mark)}*" for mark in marks]

    def _is_word(self, mark: str) -> bool:
        query = "SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT 1"
        return self._cursor.execute(query, (_quoted(mark),)).fetchone() is not None

    def _compare_rows(self, docids: Iterable[int], wanted: Sequence[Wanted]) -> None:
        fresh = [docid for docid in docids if docid not in self._seen]
        self._seen.update(fresh)
        unclear: list[tuple[Any, ...]] = []
        for row in self._people(fresh):
            score = compare(wanted, _named(row)) or compare(wanted, _own_words(row))
            if score is None:
                unclear.append(row)
            else:
                self._keep(_hit(row, score))
        if self._full():
            return
        # What is not in the row itself: addresses, former names, numbers of cases.
        more = self._further_words([row[0] for row in unclear])
        for row in unclear:
            score = compare(wanted, [*_own_words(row), *more.get(row[0], ())])
            if score is not None:
                self._keep(_hit(row, score))

    def _people(self, docids: Sequence[int]) -> list[tuple[Any, ...]]:
        if not docids:
            return []
        rows: list[tuple[Any, ...]] = self._cursor.execute(
            "SELECT id, full_name, given_name, family_name, preferred_name, company, hometown "
            "FROM customer AS c WHERE rowid IN (SELECT value FROM json_each(?))"
            + self._conditions("c"),
            (_json(docids), *self._values()),
        ).fetchall()
        return rows[: _MOST_ROWS * 2]

    def _further_words(self, ids: Sequence[str]) -> dict[str, list[Token]]:
        if not ids:
            return {}
        words: dict[str, list[Token]] = {one: [] for one in ids}
        asked = _json(ids)
        for query, why in _FURTHER:
            for customer_id, text in self._cursor.execute(query, (asked,)):
                value = former_value(text) if why is Why.FORMER_NAME else text
                words[customer_id] += tokens(value, why)
        return words

    def _recent(self) -> list[int]:
        """Return the rows of the last customers who were in contact."""
        rows = self._cursor.execute(
            "SELECT DISTINCT c.rowid FROM ("
            "SELECT customer_id FROM interaction WHERE customer_id IS NOT NULL "
            "ORDER BY occurred_at DESC LIMIT ?) JOIN customer AS c ON c.id = customer_id",
            (_RECENT,),
        )
        return [row[0] for row in rows]

    # --- Texts and filters ----------------------------------------------------------------------

    def by_texts(self, most: int = _MOST_ROWS) -> None:
        """Find words in notes and facts, `most` at most."""
        if self._full() or max(len(word.latin) for word in self._asked.words) < _TEXT_FROM:
            return
        room = min(most, self._limit - len(self._hits))
        for found in find_texts(self._connection, self._asked.text, room * 2):
            row = self._cursor.execute(
                "SELECT id, full_name, company, hometown FROM customer AS c WHERE id = ?"
                + self._conditions("c")
                + self._marks("c"),
                (found.customer_id, *self._values(), *self._mark_values()),
            ).fetchone()
            if row is not None:
                why = Why.NOTE if found.note else Why.FACT
                self._keep(
                    Hit(row[0], row[1], _TEXT_SCORE, why, row[2], row[3], found.text,
                        matched_spans=found.spans)
                )  # fmt: skip

    def by_filters(self) -> None:
        """Find everybody whom the filters leave, those of the last contacts first."""
        asked = self._asked
        if asked.town or asked.customer_type:
            docids = self._match(_all(self._marks_asked))
        elif asked.has_promise:
            docids = self._docids(
                "SELECT DISTINCT c.rowid FROM promise AS p "
                "JOIN customer AS c ON c.id = p.customer_id "
                "WHERE p.state = 'open' ORDER BY p.due_at LIMIT ?"
            )
        else:
            docids = self._docids(
                "SELECT DISTINCT c.rowid FROM interaction AS i "
                "JOIN customer AS c ON c.id = i.customer_id ORDER BY i.occurred_at DESC LIMIT ?"
            )
        for row in self._people(docids):
            self._keep(Hit(row[0], row[1], 0.5, Why.FILTER, row[5], row[6]))

    def _docids(self, query: str) -> list[int]:
        return [row[0] for row in self._cursor.execute(query, (_MOST_ROWS,))]

    def _conditions(self, person: str) -> str:
        """Return what filters ask of a customer's row `person`, as SQL that goes on from WHERE."""
        words = ""
        if self._asked.since:
            words += (
                f" AND EXISTS (SELECT 1 FROM interaction WHERE customer_id = {person}.id "
                "AND occurred_at >= ?)"
            )
        if self._asked.has_promise:
            words += (
                f" AND EXISTS (SELECT 1 FROM promise WHERE customer_id = {person}.id "
                "AND state = 'open')"
            )
        return words

    def _values(self) -> list[str]:
        return [self._asked.since] if self._asked.since else []

    def _marks(self, person: str) -> str:
        """Return what asks for town and type where the index was not asked for them."""
        words = f" AND folded(ifnull({person}.hometown, '')) LIKE ?" * len(self._asked.town)
        if self._asked.customer_type:
            words += f" AND replace({person}.customer_type, '-', '') LIKE ?"
        return words

    def _mark_values(self) -> list[str]:
        values = [f"%{word}%" for word in self._asked.town[:1]] * len(self._asked.town)
        return values + ([f"{self._asked.customer_type}%"] if self._asked.customer_type else [])

    def _keep(self, hit: Hit) -> None:
        known = self._hits.get(hit.id)
        if known is None or known.score < hit.score:
            self._hits[hit.id] = hit


_FURTHER = (
    (
        "SELECT customer_id, value FROM field_version WHERE record_kind = 'customer' "
        "AND customer_id IN (SELECT value FROM json_each(?)) AND NOT arrived_late "
        "AND field IN ('full_name', 'given_name', 'family_name', 'preferred_name')",
        Why.FORMER_NAME,
    ),
    (
        "SELECT customer_id, value FROM contact_point WHERE kind IN ('email', 'handle') "
        "AND customer_id IN (SELECT value FROM json_each(?))",
        Why.ADDRESS,
    ),
    (
        'SELECT customer_id, number FROM "case" '
        "WHERE customer_id IN (SELECT value FROM json_each(?))",
        Why.CASE,
    ),
)


def _named(row: Sequence[Any]) -> tuple[Token, ...]:
    """Return the words of somebody's names, each once."""
    _id, full, given, family, preferred, *_places = row
    words = tokens(full, Why.NAME)
    for name in (given, family, preferred):
        if name and name not in full:
            known = {token.forms[-1] for token in words}
            words += tuple(t for t in tokens(name, Why.NAME) if t.forms[-1] not in known)
    return words


def _own_words(row: Sequence[Any]) -> tuple[Token, ...]:
    return _named(row) + tokens(row[5], Why.PLACE) + tokens(row[6], Why.PLACE)


def _hit(row: Sequence[Any], score: Score) -> Hit:
    id_, name, company, town = row[0], row[1], row[5], row[6]
    shown = name if name.isascii() else unicodedata.normalize("NFC", name)
    name_spans = score.spans.get(shown, ()) if shown == name else ()
    spans: Spans = score.spans.get(score.matched, ()) if score.matched else ()
    return Hit(
        id_, name, score.score, score.why, company, town, score.matched,
        name_spans=name_spans, matched_spans=spans,
    )  # fmt: skip


def digit_spans(number: str, digits: str) -> Spans:
    """Return the part of `number` that holds `digits`, spaces between included."""
    places = [at for at, char in enumerate(number) if char.isdigit()]
    at = "".join(number[place] for place in places).find(digits)
    if at < 0:
        return ()
    first, last = places[at], places[at + len(digits) - 1]
    return ((first, last - first + 1),)


# --- The index's query language -----------------------------------------------------------------


def _quoted(form: str) -> str:
    """Return `form` as a string of FTS5's query language, in which nothing is an operator."""
    return '"' + form.replace('"', '""') + '"'


def _whole(word: Word) -> str:
    return " OR ".join(_quoted(form) for form in word.forms)


def _begun(word: Word) -> str:
    return " OR ".join(f"{_quoted(form)}*" for form in word.forms)


def _one_of(word: Word, alike: dict[str, Alike] | Any, most: Kind) -> str:
    """Return what asks for the word, its beginning, or one of the words like it up to `most`."""
    others = [other for other, found in alike.items() if found.kind <= most]
    return " OR ".join([_begun(word), *map(_quoted, others)])


def _all(choices: Sequence[str]) -> str:
    return " AND ".join(f"({choice})" for choice in choices)


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()


# --- The order ----------------------------------------------------------------------------------


def _ranked(connection: sa.Connection, hits: list[Hit], limit: int) -> list[Hit]:
    """Return the best of `hits`: by score, then the latest contact, then the name."""
    hits.sort(key=lambda hit: (-round(hit.score, 2), fold(hit.name)))
    if len(hits) > limit:
        # Those that tie with the last that is shown count as well.
        last = round(hits[limit - 1].score, 2)
        hits = [hit for hit in hits if round(hit.score, 2) >= last]
    latest = dict(connection.connection.cursor().execute(_LATEST, (_json([h.id for h in hits]),)))
    dated = [(latest.get(hit.id), hit) for hit in hits]
    dated.sort(key=lambda one: one[0] or "", reverse=True)
    dated.sort(key=lambda one: round(one[1].score, 2), reverse=True)
    return [replace(hit, last_contact_at=moment) for moment, hit in dated[:limit]]


_LATEST = (
    "SELECT value, (SELECT max(occurred_at) FROM interaction WHERE customer_id = value) "
    "FROM json_each(?)"
)
