"""Somebody merges the customer who is on the screen: the card, the call and the note go along."""

from __future__ import annotations

from agentdesk.domain.draft import Draft
from agentdesk.domain.kinds import KindName
from agentdesk.sync.absorb import Page, absorb_page
from agentdesk.sync.protocol import GoneReason, PageEnd, PageGone
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, BOB, Station


def merge_anna_into_bob(station: Station) -> None:
    """Take in a page of Central's that says so, as synchronisation does."""
    gone = PageGone(
        kind=KindName.CUSTOMER, id=ANNA.id, seq=9, reason=GoneReason.MERGED, into=BOB.id
    )
    end = PageEnd(cursor="c", count=1, checksum="", more=False, absorbed=0)
    station.desk.announce(station.store.write_here(absorb_page, Page([gone], end)))
    station.qtbot.waitUntil(lambda: station.page.subject == BOB.id)
    station.settle()


def test_the_card_follows_with_the_note_that_is_being_typed(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    station.type_note("half a")
    station.qtbot.waitUntil(
        lambda: station.page.person.note.status.text() == "Draft kept", timeout=2000
    )
    merge_anna_into_bob(station)
    assert station.page.person.note.text == "half a"
    assert station.page.calls.current is not None
    assert station.page.calls.current.customer_id == BOB.id
    drafts = station.desk.drafts().result(5)
    assert drafts == [Draft(id=BOB.id, text="half a", customer_id=BOB.id)]


def test_what_was_begun_about_the_other_stands_before_it(station: Station) -> None:
    station.desk.save_draft(Draft(id=BOB.id, text="about Bob", customer_id=BOB.id)).result(5)
    station.ring(ANNA_NUMBER)
    station.type_note("half a")
    station.qtbot.waitUntil(
        lambda: station.page.person.note.status.text() == "Draft kept", timeout=2000
    )
    merge_anna_into_bob(station)
    assert station.page.person.note.text == "about Bob\nhalf a"
