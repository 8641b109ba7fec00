"""Finding customers by what somebody types: names, numbers, addresses, places.

The index is SQLite's own full-text index over folded and transliterated words, kept up in the
same transaction as the rows. Words that match nothing are tried again with one or two edits
against the index's vocabulary.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from agentdesk.domain.entities import ContactKind
from agentdesk.domain.found import Hit, Why
from agentdesk.domain.names import search_forms, search_tokens, storable
from agentdesk.store.tables import contact_point, customer, interaction, search_entry

_CHUNK = 500
_SHORTEST_FRAGMENT = 4
_CANDIDATES = 200
_MOST_CHARS = 200
_MOST_WORDS = 12
_TRUNK_8_DIGITS = 11


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
    texts = index_texts(connection, ids)
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


_BULK_BYTES = 16 * 1024 * 1024
_USUAL_BYTES = 1024 * 1024
_EVERYBODY = sa.text(
    "SELECT rowid, id, full_name, given_name, family_name, preferred_name, company, hometown, "
    "(SELECT group_concat(value, ' ') FROM contact_point WHERE customer_id = customer.id "
    "AND kind IN ('email', 'handle')) AS reach "
    "FROM customer WHERE rowid > :after ORDER BY rowid LIMIT :most"
)


def begin_bulk_index(connection: sa.Connection) -> None:
    """Empty the index and get it ready to be filled with all customers at once."""
    connection.execute(search_entry.delete())
    connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    # Larger pieces, and nothing merged before the end: both only while nobody searches.
    _configure(connection, hashsize=_BULK_BYTES, automerge=0)


def bulk_index(connection: sa.Connection, after: int, most: int) -> int | None:
    """Index at most `most` customers behind the row `after`; return the last row, None at the end.

    Needs the index on the customers' contact points.
    """
    people = connection.execute(_EVERYBODY, {"after": after, "most": most}).all()
    if not people:
        return None
    cursor = connection.connection.cursor()
    cursor.executemany(
        "INSERT INTO search_entry (docid, customer_id) VALUES (?, ?)",
        [(person[0], person[1]) for person in people],
    )
    cursor.executemany(
        "INSERT INTO search_index (rowid, names, reach, place) VALUES (?, ?, ?, ?)",
        [
            (person[0], _words(*person[2:6]), _words(person[8]), _words(person[6], person[7]))
            for person in people
        ],
    )
    return int(people[-1][0])


def end_bulk_index(connection: sa.Connection) -> None:
    """Let the index be kept up row by row from now on."""
    _configure(connection, hashsize=_USUAL_BYTES, automerge=4)


def _configure(connection: sa.Connection, **options: int) -> None:
    for option, value in options.items():
        connection.execute(
            sa.text("INSERT INTO search_index (search_index, rank) VALUES (:option, :value)"),
            {"option": option, "value": value},
        )


def index_texts(connection: sa.Connection, ids: list[str]) -> dict[str, dict[str, str]]:
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
            texts[point.customer_id]["reach"] += " " + _words(point.value)
    return texts


def _words(*texts: str | None) -> str:
    """Return the distinct words of `texts`, in every spelling they are found by."""
    return " ".join(dict.fromkeys(word for text in texts if text for word in search_tokens(text)))


# --- Asking it ---------------------------------------------------------------------------------


def find_customers(connection: sa.Connection, text: str, limit: int = 20) -> list[Hit]:
    """Return the customers that `text` may mean, the best first; never raises for any text.

    A number of at least four digits is looked for in the telephone numbers, everything else word
    by word in any order, each word as a beginning. Among equals the latest contact is first.
    """
    text = storable(text).strip()[:_MOST_CHARS]
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
    fragments = _fragments(text)
    if not fragments:
        return []
    found = connection.execute(
        sa.select(*_PERSON, contact_point.c.value)
        .join(contact_point, contact_point.c.customer_id == customer.c.id)
        .where(sa.or_(*(contact_point.c.e164.contains(f, autoescape=True) for f in fragments)))
        .order_by(contact_point.c.e164, customer.c.id)
        .limit(limit)
    )
    return [
        Hit(row.id, row.full_name, 0.9, Why.NUMBER, row.company, row.hometown, matched=row.value)
        for row in found
    ]


def _fragments(text: str) -> frozenset[str]:
    """Return the runs of digits by which a number written as `text` stands in E.164."""
    # The trunk zero of "+44 (0)20 …" is dialled by nobody who dials the country code.
    plain = unicodedata.normalize("NFKC", text).replace("(0)", "" if "+" in text else "0")
    digits = "".join(str(unicodedata.decimal(c)) for c in plain if c.isdecimal())
    if len(digits) < _SHORTEST_FRAGMENT or any(c.isalpha() for c in plain):
        return frozenset()
    # Trunk prefixes are not part of E.164: zeros in most countries, 8 before the ten digits of
    # a Russian or Kazakh number.
    spellings = {digits, digits.lstrip("0")}
    if len(digits) == _TRUNK_8_DIGITS and digits.startswith("8"):
        spellings.add(digits[1:])
    return frozenset(spelling for spelling in spellings if len(spelling) >= _SHORTEST_FRAGMENT)


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
_NAMES = (customer.c.given_name, customer.c.family_name, customer.c.preferred_name)


def _by_words(connection: sa.Connection, text: str, limit: int) -> list[Hit]:
    words = [frozenset(forms) for forms in search_forms(text)][:_MOST_WORDS]
    if not words:
        return []
    # Whole words first: beginnings alone may be so many that a short name drowns among them.
    ids = _match(connection, words, begun=False)
    if len(ids) < _CANDIDATES:
        ids += _match(connection, words, begun=True)
    hits = _scored(connection, ids, words, Why.NAME)
    if len(hits) < limit:
        loose = [forms | _near(connection, forms) for forms in words]
        if loose != words:
            near = _match(connection, loose, begun=True)
            hits += _scored(connection, near, words, Why.SIMILAR_NAME)
    return hits


def _near(connection: sa.Connection, forms: frozenset[str]) -> frozenset[str]:
    """Return words of the index within one edit of `forms`, two for eight letters and more."""
    near: set[str] = set()
    for form in forms:
        if len(form) < 3 or form.isdigit():
            continue
        allowed = 2 if len(form) >= 8 else 1
        vocabulary = _vocabulary(connection, len(form), allowed)
        near |= {
            term
            for term, _distance, _index in extract(
                form,
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


def _match(connection: sa.Connection, words: Iterable[frozenset[str]], *, begun: bool) -> list[str]:
    """Return who has one of the forms of every word, or, if `begun`, what begins with one."""
    star = "*" if begun else ""
    expression = " AND ".join(
        "(" + " OR ".join(f"{_quoted(form)}{star}" for form in sorted(forms)) + ")"
        for forms in words
    )
    rows = connection.execute(
        sa.text(
            "SELECT search_entry.customer_id FROM search_index "
            "JOIN search_entry ON search_entry.docid = search_index.rowid "
            "WHERE search_index MATCH :expression LIMIT :most"
        ),
        {"expression": expression, "most": _CANDIDATES},
    )
    return list(rows.scalars())


def _quoted(form: str) -> str:
    """Return `form` as a string of FTS5's query language, in which nothing is an operator."""
    return '"' + form.replace('"', '""') + '"'


def _scored(
    connection: sa.Connection, ids: Iterable[str], words: Sequence[frozenset[str]], why: Why
) -> list[Hit]:
    query = sa.select(*_PERSON, *_NAMES).where(customer.c.id.in_(list(dict.fromkeys(ids))))
    hits = [_hit(row, words, why) for row in connection.execute(query).mappings()]
    reached = [hit.id for hit in hits if hit.why is Why.ADDRESS]
    addresses = _addresses(connection, reached, words)
    return [replace(hit, matched=addresses.get(hit.id)) for hit in hits]


def _addresses(
    connection: sa.Connection, ids: Sequence[str], words: Sequence[frozenset[str]]
) -> dict[str, str]:
    """Return for each of `ids` the address that has most of `words`."""
    if not ids:
        return {}
    best: dict[str, tuple[int, str]] = {}
    points = connection.execute(
        sa.select(contact_point.c.customer_id, contact_point.c.value).where(
            contact_point.c.customer_id.in_(ids),
            contact_point.c.kind.in_([ContactKind.EMAIL, ContactKind.HANDLE]),
        )
    )
    for point in points:
        tokens = _tokens(point.value)
        count = sum(_begins(tokens, forms) for forms in words)
        best[point.customer_id] = max(best.get(point.customer_id, (0, "")), (count, point.value))
    return {customer_id: value for customer_id, (count, value) in best.items() if count}


def _hit(row: sa.RowMapping, words: Sequence[frozenset[str]], why: Why) -> Hit:
    """Return a hit whose score says how much of the name was typed, and how exactly."""
    names = _tokens(*(row[column] for column in (customer.c.full_name, *_NAMES)))
    whole = sum(not forms.isdisjoint(names) for forms in words)
    begun = sum(_begins(names, forms) for forms in words)
    score = 0.5 + 0.3 * whole / len(words) + 0.2 * begun / len(words)
    if why is Why.SIMILAR_NAME:
        score *= 0.7
    elif not begun:
        score = 0.45
        place = _tokens(row["company"], row["hometown"])
        why = Why.PLACE if any(_begins(place, forms) for forms in words) else Why.ADDRESS
    id_, name, company, hometown = (row[column] for column in _PERSON)
    return Hit(id_, name, round(score, 3), why, company, hometown)


def _tokens(*texts: str | None) -> frozenset[str]:
    return frozenset(token for text in texts if text for token in search_tokens(text))


def _begins(tokens: Iterable[str], forms: frozenset[str]) -> bool:
    return any(token.startswith(tuple(forms)) for token in tokens)


def _ranked(connection: sa.Connection, hits: list[Hit]) -> list[Hit]:
    latest = dict(
        connection.execute(
            sa.select(interaction.c.customer_id, sa.func.max(interaction.c.occurred_at))
            .where(interaction.c.customer_id.in_([hit.id for hit in hits]))
            .group_by(interaction.c.customer_id)
        ).all()
    )
    dated = [replace(hit, last_contact_at=latest.get(hit.id)) for hit in hits]
    dated.sort(key=lambda hit: hit.name)
    dated.sort(key=lambda hit: hit.last_contact_at or "", reverse=True)
    dated.sort(key=lambda hit: hit.score, reverse=True)
    return dated
