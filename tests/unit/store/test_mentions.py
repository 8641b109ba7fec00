"""Numbers in texts are known as soon as the texts are, and forgotten with them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import (
    Channel,
    Fact,
    FactKind,
    Note,
    Promise,
)
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import to_text
from agentdesk.services.desk import Desk
from agentdesk.services.mentions import MentionReader, read_all, read_some
from agentdesk.store import mentions
from agentdesk.store.rows import BulkInsert, StoredRow, bulk_insert, delete_rows, put_rows
from agentdesk.store.tables import mention, mention_dismissed
from agentdesk.store.workers import Store
from agentdesk.sync.absorb import Page, absorb_page
from agentdesk.sync.carry import carry
from agentdesk.sync.protocol import GoneReason, PageEnd, PageGone, PageRow
from tests.real import ORGANISATION, Maker
from tests.stock import NOON, ago, contact, customer, stock

LONDON, WARSAW = "+442079460958", "+48221234567"
SAYS_LONDON = "Ring her sister on 020 7946 0958"


def mentioned(store: Store) -> list[tuple[str, str, str]]:
    query = sa.select(mention.c.e164, mention.c.kind, mention.c.customer_id).order_by(
        mention.c.e164, mention.c.kind
    )
    return [tuple(row) for row in store.read_here(lambda c: c.execute(query).all())]


def gone(kind: KindName, record_id: str, reason: GoneReason, into: str | None = None) -> Page:
    line = PageGone(kind=kind.value, id=record_id, seq=9, reason=reason, into=into)
    end = PageEnd(cursor="c", count=1, checksum="", more=False, absorbed=0)
    return Page([line], end)


def note(who: str, text: str = SAYS_LONDON) -> Note:
    return Note(id=new_id(), customer_id=who, text=text, created_at=NOON)


def test_every_text_in_which_people_write_numbers_is_read(store: Store) -> None:
    anna = customer()
    stock(
        store,
        ORGANISATION,
        anna,
        note(anna.id),
        contact(anna, channel=Channel.EMAIL, subject="Re: 020 7946 0958", summary=WARSAW),
        Fact(id=new_id(), customer_id=anna.id, kind=FactKind.FAMILY, text=SAYS_LONDON),
        Promise(
            id=new_id(), customer_id=anna.id, text=SAYS_LONDON, due_at=NOON, made_at=ago(days=1)
        ),
    )
    assert mentioned(store) == [
        (LONDON, "fact", anna.id),
        (LONDON, "interaction", anna.id),
        (LONDON, "note", anna.id),
        (LONDON, "promise", anna.id),
        (WARSAW, "interaction", anna.id),
    ]


def test_what_is_masked_or_of_nobody_known_tells_of_nobody(store: Store) -> None:
    anna = customer()
    secret = Fact(
        id=new_id(), customer_id=anna.id, kind=FactKind.OTHER, text=SAYS_LONDON, sensitive=True
    )
    stock(store, anna, secret, contact(None, summary=SAYS_LONDON))
    assert mentioned(store) == []


def test_an_edited_note_mentions_what_it_says_now(store: Store, desk: Desk) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    written = desk.add_note(anna.id, SAYS_LONDON).result()
    assert mentioned(store) == [(LONDON, "note", anna.id)]
    desk.edit_note(written.id, "Ring +48 22 123 45 67").result()
    assert mentioned(store) == [(WARSAW, "note", anna.id)]
    desk.remove(KindName.NOTE, written.id).result()
    assert mentioned(store) == []
    desk.restore(KindName.NOTE, written.id).result()
    assert mentioned(store) == [(WARSAW, "note", anna.id)]


def test_pages_bring_mentions_and_take_them_away(store: Store) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    fields: dict[str, Any] = {
        "customer_id": anna.id,
        "text": SAYS_LONDON,
        "revision": 1,
        "created_at": to_text(NOON),
    }
    row = PageRow(kind=KindName.NOTE, id="n1", seq=5, created_seq=5, fields=fields)
    end = PageEnd(cursor="c", count=1, checksum="", more=False, absorbed=0)
    store.write_here(absorb_page, Page([row], end))
    assert mentioned(store) == [(LONDON, "note", anna.id)]
    store.write_here(absorb_page, gone(KindName.NOTE, "n1", GoneReason.ERASED))
    assert mentioned(store) == []


def test_a_call_that_finds_its_person_mentions_what_it_says_of_them(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    call = contact(None, e164=LONDON, summary=f"Call back on {WARSAW}")
    stock(store, ORGANISATION, anna, call)
    assert mentioned(store) == []
    desk.attach_number(anna.id, desk.recognise(LONDON).result().number).result()
    assert mentioned(store) == [(WARSAW, "interaction", anna.id)]


def dismissed(store: Store) -> list[tuple[str, str]]:
    query = sa.select(mention_dismissed.c.e164, mention_dismissed.c.customer_id)
    return [tuple(row) for row in store.read_here(lambda c: c.execute(query).all())]


def test_what_was_dismissed_follows_a_merge_and_ends_with_an_erasure(store: Store) -> None:
    anna, twin = customer(), customer()
    stock(store, anna, twin)
    store.write_here(mentions.dismiss, [LONDON], twin.id)
    merged = gone(KindName.CUSTOMER, twin.id, GoneReason.MERGED, anna.id)
    store.write_here(absorb_page, merged)
    assert dismissed(store) == [(LONDON, anna.id)]
    store.write_here(absorb_page, gone(KindName.CUSTOMER, anna.id, GoneReason.ERASED))
    assert dismissed(store) == []


# --- Read afterwards ----------------------------------------------------------------------------


def load_notes(store: Store, who: str, *texts: str) -> None:
    """Put notes in as a first sync does, past everything that keeps mentions up."""
    members = ["id", "seq", "created_seq", "versions", "customer_id", "text", "created_at"]
    load: BulkInsert = bulk_insert(KindName.NOTE, members)
    at = to_text(NOON)
    rows = [[new_id(), 1, 1, None, who, text, at] for text in texts]
    store.write_here(load.put, rows)


def test_texts_that_were_loaded_in_bulk_are_read_afterwards(store: Store) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, *["Nothing"] * mentions.ROWS_AT_ONCE, SAYS_LONDON, f"Or {WARSAW}")
    assert mentioned(store) == []
    read_all(store)
    assert mentioned(store) == [(LONDON, "note", anna.id), (WARSAW, "note", anna.id)]
    assert store.read_here(mentions.progress).is_complete
    assert not read_some(store)


def test_reading_that_was_cut_off_goes_on_where_it_was(store: Store) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, SAYS_LONDON, *["Nothing"] * mentions.ROWS_AT_ONCE, f"Or {WARSAW}")
    assert read_some(store)
    # The latest come first.
    assert mentioned(store) == [(WARSAW, "note", anna.id)]
    read_all(store)
    assert mentioned(store) == [(LONDON, "note", anna.id), (WARSAW, "note", anna.id)]


def test_a_text_that_changes_while_it_is_read_mentions_what_it_says_now(
    store: Store, desk: Desk
) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, SAYS_LONDON, f"Or {WARSAW}")
    before = store.read_here(mentions.progress)
    after, found = store.read_here(mentions.read_on, before)
    ids = found[KindName.NOTE]
    assert len(ids) == 2
    desk.edit_note(ids[0], "No number any more").result()
    store.write_here(delete_rows, KindName.NOTE, ids[1:])
    store.write_here(mentions.keep_read, before, after, found)
    assert mentioned(store) == []


def test_what_was_read_in_another_file_is_not_taken_for_read_in_this_one(
    make_store: Maker,
) -> None:
    old, new = make_store("old"), make_store("new")
    anna = customer()
    stock(old, ORGANISATION, anna)
    stock(new, ORGANISATION, anna)
    read_all(old)
    load_notes(new, anna.id, SAYS_LONDON)
    before = old.read_here(mentions.progress)
    new.write_here(mentions.keep_read, before, before, {})
    with old.engine.begin() as source, new.engine.begin() as target:
        carry(source, target)
    assert not new.read_here(mentions.progress).is_complete
    read_all(new)
    assert mentioned(new) == [(LONDON, "note", anna.id)]


def test_all_is_read_again_where_national_numbers_belong_elsewhere(store: Store) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, "Ring 22 123 45 67")
    read_all(store)
    assert mentioned(store) == []

    def move(connection: sa.Connection) -> None:
        fields = {"name": "x", "region": "PL", "language": "pl", "time_zone": "Europe/Warsaw"}
        there = connection.execute(sa.text("SELECT id FROM organisation")).scalar_one()
        put_rows(connection, KindName.ORGANISATION, [(there, StoredRow(fields, 2, 1))])

    store.write_here(move)
    read_all(store)
    assert mentioned(store) == [(WARSAW, "note", anna.id)]


def test_the_window_reads_what_is_left_beside_itself(store: Store, qtbot: QtBot) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, SAYS_LONDON)
    reader = MentionReader(store, begin_after_s=0)
    reader.start()
    try:
        qtbot.waitUntil(lambda: store.read_here(mentions.progress).is_complete)
    finally:
        reader.stop()
    assert mentioned(store) == [(LONDON, "note", anna.id)]


def test_a_reader_that_has_not_begun_ends_at_once(store: Store) -> None:
    anna = customer()
    stock(store, ORGANISATION, anna)
    load_notes(store, anna.id, SAYS_LONDON)
    reader = MentionReader(store, begin_after_s=3_600)
    reader.start()
    reader.stop()
    assert mentioned(store) == []
