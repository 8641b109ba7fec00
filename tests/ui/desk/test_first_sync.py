"""The first sync as the whole window shows it: calm, in numbers, cancelled and resumed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from agentdesk.sync.status import SyncState, SyncStatus
from tests.ui.desk.conftest import Station

UNDER_WAY = SyncStatus(
    SyncState.FIRST_SYNC, received=123_000, expected=600_000, rate_per_s=10_600.0, left_s=45.0
)
CANCELLED = SyncStatus(SyncState.FIRST_SYNC, received=123_000, expected=600_000, paused=True)


def tell(station: Station, status: SyncStatus) -> None:
    """Let synchronisation say this to the window."""
    _window, bridge = station.windows[-1]
    bridge.sync_changed.emit(status)


def test_the_strip_tells_rows_rate_and_time_left_and_goes_at_the_end(station: Station) -> None:
    strip = station.window.first_sync
    assert not strip.isVisible()
    tell(station, UNDER_WAY)
    assert strip.isVisible()
    assert strip.strip.accessibleName() == (
        "Getting your customers; you can work with those that are here: 123,000 of 600,000. "
        "10,600 a second · 45 s left"
    )
    tell(station, SyncStatus(SyncState.LIVE))
    assert not strip.isVisible()


def test_the_desk_is_used_while_the_customers_arrive(station: Station) -> None:
    tell(station, UNDER_WAY)
    station.ring("+442079460001")
    station.type_note("Asks for large print")
    tell(station, UNDER_WAY)
    assert station.page.person.note.edit.hasFocus()
    assert station.page.person.note.edit.toPlainText() == "Asks for large print"


def test_cancel_and_resume_are_asked_of_the_desk_and_keep_the_keyboard(station: Station) -> None:
    asked: list[str] = []
    station.desk.control_first_sync_with(
        lambda: asked.append("cancel"), lambda: asked.append("resume")
    )
    strip = station.window.first_sync.strip
    tell(station, UNDER_WAY)
    strip.cancel.setFocus()
    QTest.keyClick(strip.cancel, Qt.Key.Key_Space)
    station.qtbot.waitUntil(lambda: asked == ["cancel"])
    tell(station, CANCELLED)
    assert strip.resume.hasFocus()
    assert "not everything is here" in strip.accessibleName()
    QTest.keyClick(strip.resume, Qt.Key.Key_Space)
    station.qtbot.waitUntil(lambda: asked == ["cancel", "resume"])


def test_search_says_that_not_everybody_is_here(station: Station) -> None:
    tell(station, UNDER_WAY)
    panel = station.window.customers_page.panel
    assert not panel.partial.isHidden()
    calm = station.page.home._calm
    assert calm.title == "Your customers are on their way", "it claims no more than it knows"
    station.window.open_search()
    QTest.keyClicks(station.window.top.search, "Nobody like this")
    model = station.window.palette_list._model
    told = "Nobody among those that are here already"
    station.qtbot.waitUntil(lambda: model.index(0).data() == told)
    tell(station, SyncStatus(SyncState.LIVE))
    assert panel.partial.isHidden()
    assert calm.title == "All calls answered, all promises kept"
    station.window.palette_list.close_palette()


def test_reading_everything_anew_hides_nobody(station: Station) -> None:
    again = SyncStatus(SyncState.FIRST_SYNC, received=10, expected=60, again=True)
    tell(station, again)
    assert station.window.first_sync.isVisible()
    assert station.window.customers_page.panel.partial.isHidden()
