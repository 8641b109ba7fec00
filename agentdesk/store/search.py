"""Finding customers by what somebody types: names, numbers, addresses, places.

The index is SQLite's own full-text index over folded and transliterated words, kept up in the
same transaction as the rows. Words that match nothing are tried again with one or two edits
against the index's vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from agentdesk.domain.entities import ContactKind
from agentdesk.domain.found import Hit, Why
from agentdesk.domain.names import fold, search_tokens
from agentdesk.store.tables import contact_point, customer, interaction, search_entry

_CHUNK = 500
_SHORTEST_FRAGMENT = 4
_CANDIDATES = 200


# --- Keeping the index -------------------------------------------------------------------------


def reindex_customers(connection: sa.Connection, ids: Collection[str]) -> None:
    """Bring the entries of these customers up to date; those that are gone lose theirs."""
    wanted = list(ids)
    for start in range(0, len(wanted), _CHUNK):
        _reindex(connection, wanted[start : start + _CHUNK])


def _reindex(connection: sa.Connection, ids: list[str]) -> None:
    known = dict(
        connection.execute(
            sa.select(search_entry.c.customer_id, search_entry.c.docid).where(
                search_entry.c.customer_id.in_(ids)
            )
        ).all()
    )
    texts = _texts(connection, ids)
    gone = [known[customer_id] for customer_id in ids if customer_id in known]
    if gone:
        connection.execute(
            sa.text("DELETE FROM search_index WHERE rowid = :docid"), [{"docid": d} for d in gone]
        )
    dead = [known[customer_id] for customer_id in known if customer_id not in texts]
    if dead:
        connection.execute(search_entry.delete().where(search_entry.c.docid.in_(dead)))
    fresh = [customer_id for customer_id in texts if customer_id not in known]
    if fresh:
        top = connection.execute(sa.select(sa.func.max(search_entry.c.docid))).scalar() or 0
        entries = [{"docid": n, "customer_id": i} for n, i in enumerate(fresh, top + 1)]
        connection.execute(search_entry.insert(), entries)
        known |= {entry["customer_id"]: entry["docid"] for entry in entries}
    if texts:
        connection.execute(
            sa.text(
                "INSERT INTO search_index (rowid, names, reach, place) "
                "VALUES (:docid, :names, :reach, :place)"
            ),
            [{"docid": known[i], **text} for i, text in texts.items()],
        )


def _texts(connection: sa.Connection, ids: list[str]) -> dict[str, dict[str, str]]:
    """Return what is indexed of each customer that is there."""
    names = customer.c
    people = connection.execute(
        sa.select(
            names.id,
            names.full_name,
            names.given_name,
            names.family_name,
            names.preferred_name,
            names.company,
            names.hometown,
        ).where(names.id.in_(ids))
    )
    texts = {
        row.id: {
            "names": _words(row.full_name, row.given_name, row.family_name, row.preferred_name),
            "reach": "",
            "place": _words(row.company, row.hometown),
        }
        for row in people
    }
    points = connection.execute(
        sa.select(contact_point.c.customer_id, contact_point.c.value).where(
            contact_point.c.customer_id.in_(ids),
            contact_point.c.kind.in_([ContactKind.EMAIL, ContactKind.HANDLE]),
        )
    )
    for point in points:
        if point.customer_id in texts:
            texts[point.customer_id]["reach"] += " " + _address_words(point.value)
    return texts


def _words(*texts: str | None) -> str:
    """Return the distinct words of `texts`, in every spelling they are found by."""
    return " ".join(dict.fromkeys(word for text in texts if text for word in search_tokens(text)))


def _address_words(value: str) -> str:
    return " ".join(re.findall(r"\w+", fold(value)))


# --- Asking it ---------------------------------------------------------------------------------


def find_customers(connection: sa.Connection, text: str, limit: int = 20) -> list[Hit]:
    """Return the customers that `text` may mean, the best first.

    A number of at least four digits is looked for in the telephone numbers, everything else word
    by word in any order, the last word as a beginning. Among equals the latest contact is first.
    """
    text = text.strip()[:200]
    if not text:
        return []
    hits = _by_number(connection, text, limit)
    if len(hits) < limit and "@" in text:
        hits += _by_address(connection, text, limit)
    if len(hits) < limit:
        hits += _by_words(connection, text, limit)
    distinct: dict[str, Hit] = {}
    for hit in hits:
        distinct.setdefault(hit.id, hit)
    return _ranked(connection, list(distinct.values()))[:limit]


def _by_number(connection: sa.Connection, text: str, limit: int) -> list[Hit]:
    digits = re.sub(r"\D", "", text)
    if len(digits) < _SHORTEST_FRAGMENT or re.search(r"[^\W\d_]", text):
        return []
    # A leading trunk zero is not part of the E.164 form, so both spellings are looked for.
    fragments = {digits, digits.lstrip("0")} - {""}
    found = connection.execute(
        sa.select(*_PERSON, contact_point.c.value)
        .join(contact_point, contact_point.c.customer_id == customer.c.id)
        .where(sa.or_(*(contact_point.c.e164.contains(f, autoescape=True) for f in fragments)))
        .limit(limit)
    )
    return [
        Hit(row.id, row.full_name, 0.9, Why.NUMBER, row.company, row.hometown, matched=row.value)
        for row in found
    ]


def _by_address(connection: sa.Connection, text: str, limit: int) -> list[Hit]:
    found = connection.execute(
        sa.select(*_PERSON, contact_point.c.value)
        .join(contact_point, contact_point.c.customer_id == customer.c.id)
        .where(contact_point.c.kind == ContactKind.EMAIL, contact_point.c.value == text)
        .limit(limit)
    )
    return [
        Hit(row.id, row.full_name, 1.0, Why.ADDRESS, row.company, row.hometown, matched=row.value)
        for row in found
    ]


_PERSON = (customer.c.id, customer.c.full_name, customer.c.company, customer.c.hometown)


def _by_words(connection: sa.Connection, text: str, limit: int) -> list[Hit]:
    words = list(dict.fromkeys(re.findall(r"\w+", fold(text))))
    if not words:
        return []
    exact = [_alternatives(word) for word in words]
    hits = _match(connection, exact, words, Why.NAME, limit)
    if len(hits) < limit:
        loose = [
            spellings | _near(connection, word)
            for word, spellings in zip(words, exact, strict=True)
        ]
        if loose != exact:
            hits += _match(connection, loose, words, Why.SIMILAR_NAME, limit)
    return hits


def _alternatives(word: str) -> frozenset[str]:
    """Return the spellings under which `word` may stand in the index."""
    return frozenset(search_tokens(word)) or frozenset({word})


def _near(connection: sa.Connection, word: str) -> frozenset[str]:
    """Return words of the index within one edit of `word`, two for eight letters and more."""
    near: set[str] = set()
    for spelling in _alternatives(word):
        if len(spelling) < 3 or spelling.isdigit():
            continue
        allowed = 2 if len(spelling) >= 8 else 1
        vocabulary = _vocabulary(connection, len(spelling), allowed)
        near |= {
            term
            for term, _distance, _index in extract(
                spelling,
                vocabulary,
                scorer=DamerauLevenshtein.distance,
                score_cutoff=allowed,
                limit=20,
            )
        }
    return frozenset(near)


def _vocabulary(connection: sa.Connection, length: int, allowed: int) -> list[str]:
    terms = connection.execute(
        sa.text("SELECT term FROM search_terms WHERE length(term) BETWEEN :low AND :high"),
        {"low": length - allowed, "high": length + allowed},
    )
    return list(terms.scalars())


def _match(
    connection: sa.Connection,
    words: Iterable[frozenset[str]],
    typed: list[str],
    why: Why,
    limit: int,
) -> list[Hit]:
    """Return customers that have one of the spellings of every word."""
    expression = " AND ".join(
        "(" + " OR ".join(f'"{spelling}"*' for spelling in sorted(spellings)) + ")"
        for spellings in words
    )
    rows = connection.execute(
        sa.text(
            "SELECT search_entry.customer_id AS id FROM search_index "
            "JOIN search_entry ON search_entry.docid = search_index.rowid "
            "WHERE search_index MATCH :expression LIMIT :most"
        ),
        {"expression": expression, "most": max(limit, _CANDIDATES)},
    )
    ids = [row.id for row in rows]
    people = connection.execute(sa.select(*_PERSON).where(customer.c.id.in_(ids)))
    return [_scored(*person, typed=typed, why=why) for person in people]


def _scored(
    customer_id: str,
    name: str,
    company: str | None,
    hometown: str | None,
    *,
    typed: list[str],
    why: Why,
) -> Hit:
    """Return a hit whose score says how much of the name was typed, and how exactly."""
    name_words = set(search_tokens(name))
    whole = sum(bool(_alternatives(word) & name_words) for word in typed)
    begun = sum(any(n.startswith(tuple(_alternatives(w))) for n in name_words) for w in typed)
    score = 0.5 + 0.3 * whole / len(typed) + 0.2 * begun / len(typed)
    if why is Why.SIMILAR_NAME:
        score *= 0.7
    elif not begun:
        why, score = Why.PLACE, 0.45
    return Hit(customer_id, name, round(score, 3), why, company, hometown)


def _ranked(connection: sa.Connection, hits: list[Hit]) -> list[Hit]:
    latest = dict(
        connection.execute(
            sa.select(interaction.c.customer_id, sa.func.max(interaction.c.occurred_at))
            .where(interaction.c.customer_id.in_([hit.id for hit in hits]))
            .group_by(interaction.c.customer_id)
        ).all()
    )
    dated = [
        Hit(
            hit.id,
            hit.name,
            hit.score,
            hit.why,
            hit.company,
            hit.hometown,
            hit.matched,
            latest.get(hit.id),
        )
        for hit in hits
    ]
    dated.sort(key=lambda hit: hit.name)
    dated.sort(key=lambda hit: hit.last_contact_at or "", reverse=True)
    dated.sort(key=lambda hit: hit.score, reverse=True)
    return dated
