"""The timeline: a sound model, pages, filters, a place that is kept, and many rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Channel
from agentdesk.domain.ids import new_id
from agentdesk.services.timeline import ItemKind, Position, TimelineItem, TimelinePage
from agentdesk.ui.roles import TimelineRole
from agentdesk.ui.theme_switch import ThemeSwitch
from agentdesk.views.desk.timeline_model import TimelineModel
from agentdesk.views.desk.timeline_view import TimelineView
from tests.ui.customers.world import fill
from tests.ui.desk.conftest import ANNA, ANNA_NUMBER, BOB, Station, contact

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def item(number: int, *, summary: str = "") -> TimelineItem:
    """Return the row that lies `number` hours before noon."""
    return TimelineItem(
        id=f"{999_999 - number:08d}",
        kind=ItemKind.NOTE,
        at=NOON - timedelta(hours=number),
        subject="",
        summary=summary or f"note {number}",
    )


def page(first: int, count: int, *, more: bool = True) -> TimelinePage:
    """Return a page of such rows."""
    items = tuple(item(n) for n in range(first, first + count))
    return TimelinePage(items, Position("", items[-1].id) if more else None)


@pytest.fixture
def model(qapp: object) -> TimelineModel:
    made = TimelineModel("en")
    made.tester = QAbstractItemModelTester(  # type: ignore[attr-defined] # kept as long as the model
        made, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    return made


def test_the_model_stays_sound_through_pages_and_changes(model: TimelineModel) -> None:
    model.show_page(page(0, 50))
    model.append_page(page(50, 50))
    assert model.loaded == 100
    changed = (item(0, summary="other words"), *page(2, 60).items)
    model.refresh(TimelinePage(changed, Position("", "x")))
    assert model.row_of(ItemKind.NOTE, item(1).id) == -1
    assert model.item(1) == changed[0]
    assert model.loaded == 99
    model.refresh_item(ItemKind.NOTE, item(90).id, item(90, summary="far away"))
    model.refresh_item(ItemKind.NOTE, item(91).id, None)
    assert model.loaded == 98
    model.show_page(TimelinePage())
    assert model.rowCount() == 0


def test_every_day_has_one_header_over_its_rows(model: TimelineModel) -> None:
    model.show_page(page(0, 30))
    model.append_page(page(30, 30, more=False))
    entries = [model.index(row).data(TimelineRole.ENTRY) for row in range(model.rowCount())]
    days = [model.index(row).data(TimelineRole.DAY) for row in range(model.rowCount())]
    assert entries.count(None) == len(set(days))
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags


def test_the_next_page_is_asked_for_once(model: TimelineModel) -> None:
    asked: list[None] = []
    model.more_wanted.connect(lambda: asked.append(None))
    model.show_page(page(0, 10))
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert len(asked) == 1
    model.append_page(page(10, 5, more=False))
    assert not model.canFetchMore(QModelIndex())


def test_new_rows_above_leave_what_is_read_where_it_is(
    qtbot: QtBot, themes: ThemeSwitch, model: TimelineModel
) -> None:
    view = TimelineView(themes, model)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    model.show_page(page(5, 80))
    view.verticalScrollBar().setValue(1234)
    row = view.indexAt(view.viewport().rect().center())
    kept, top = model.item(row.row()), view.visualRect(row).top()
    view.setCurrentIndex(row)
    model.refresh(page(0, 85))
    assert kept is not None
    now_at = model.index(model.row_of(kept.kind, kept.id))
    assert view.visualRect(now_at).top() == top
    assert view.currentIndex() == now_at


def test_a_hundred_thousand_rows_are_found_where_they_stand(
    qtbot: QtBot, themes: ThemeSwitch
) -> None:
    model = TimelineModel("en")
    view = TimelineView(themes, model)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    model.show_page(page(0, 1000))
    for first in range(1000, 100_000, 9000):
        model.append_page(page(first, 9000))
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum())
    last = model.index(model.rowCount() - 1)
    assert model.loaded == 100_000
    assert view.visualRect(last).bottom() == view.viewport().height() - 1
    assert view.indexAt(view.visualRect(last).center()) == last
    view.setCurrentIndex(last)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 1
    assert bar.value() == 0


def test_rows_stand_where_they_belong_after_one_is_removed(
    qtbot: QtBot, themes: ThemeSwitch, model: TimelineModel
) -> None:
    view = TimelineView(themes, model)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    model.show_page(page(0, 40, more=False))
    day, entry = view._heights
    for gone in (13, 0, 12):
        model.refresh_item(ItemKind.NOTE, item(gone).id, None)
        heights = [view.visualRect(model.index(row)).height() for row in range(model.rowCount())]
        assert heights == [day if model.is_day(row) else entry for row in range(model.rowCount())]


def test_keys_pass_over_the_headers_of_days(
    qtbot: QtBot, themes: ThemeSwitch, model: TimelineModel
) -> None:
    view = TimelineView(themes, model)
    qtbot.addWidget(view)
    view.show()
    model.show_page(page(0, 40, more=False))
    view.setCurrentIndex(model.index(1))
    for _ in range(20):
        QTest.keyClick(view, Qt.Key.Key_Down)
        assert model.item(view.currentIndex().row()) is not None


def open_anna(station: Station) -> None:
    """Open Anna with two hundred e-mails."""
    fill(
        station.store,
        [contact(ANNA, f"mail {n}", days_ago=n + 10, channel=Channel.EMAIL) for n in range(200)],
    )
    station.ring(ANNA_NUMBER)


def test_pages_come_by_themselves_while_scrolling(station: Station) -> None:
    open_anna(station)
    panel = station.page.person.timeline
    assert panel.model.loaded == 100
    panel.view.verticalScrollBar().setValue(panel.view.verticalScrollBar().maximum())
    station.qtbot.waitUntil(lambda: panel.model.loaded == 200)
    station.settle()
    panel.view.verticalScrollBar().setValue(panel.view.verticalScrollBar().maximum())
    station.qtbot.waitUntil(lambda: panel.model.loaded == 201)
    station.settle()
    assert station.timeline()[-1] == "mail 199"


def test_chips_and_words_filter_and_everything_comes_back(station: Station) -> None:
    open_anna(station)
    filters = station.page.person.timeline.filters
    filters.toggle.setChecked(True)
    filters._channels[Channel.CALL.value].click()
    station.qtbot.waitUntil(lambda: station.timeline() == ["Delivery of the boat"])
    filters._kinds[ItemKind.NOTE].click()
    station.settle()
    assert station.timeline() == []
    station.page.person.timeline._no_match.acted.emit()
    station.qtbot.waitUntil(lambda: len(station.timeline()) == 100)
    filters.search.setText("mail 123")
    station.qtbot.waitUntil(lambda: station.timeline() == ["mail 123"])
    station.settle()
    assert not filters._kinds[ItemKind.NOTE].isChecked()


def test_a_note_is_rewritten_and_removed_in_its_row_with_a_way_back(station: Station) -> None:
    station.desk.add_note(ANNA.id, "the old words").result(5)
    station.settle()
    station.ring(ANNA_NUMBER)
    panel = station.page.person.timeline
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.model.index(1))
    station.press(Qt.Key.Key_E)
    station.qtbot.waitUntil(lambda: panel.detail.is_changing)
    panel.detail.text.setPlainText("the new words")
    station.press(Qt.Key.Key_Return, ctrl=True)
    station.qtbot.waitUntil(lambda: "the new words" in station.timeline())
    station.settle()
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.model.index(1))
    station.press(Qt.Key.Key_Delete)
    station.qtbot.waitUntil(lambda: "the new words" not in station.timeline())
    station.settle()
    station.window.notices.bar.take_back()
    station.qtbot.waitUntil(lambda: "the new words" in station.timeline())
    station.settle()
    assert panel.model.loaded == 2


def test_enter_opens_a_row_in_place_and_escape_closes_it(station: Station) -> None:
    station.ring(ANNA_NUMBER)
    panel = station.page.person.timeline
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.model.index(1))
    station.press(Qt.Key.Key_Return)
    station.settle()
    assert panel.detail.isVisible()
    assert panel.detail.text.toPlainText() == "Delivery of the boat"
    assert panel.view.visualRect(panel.view.open_index).height() > panel.view._heights[1]
    station.press(Qt.Key.Key_Escape)
    assert not panel.detail.isVisible()


def test_an_unsaved_change_of_a_note_survives_what_others_do(station: Station) -> None:
    note = station.desk.add_note(ANNA.id, "begun").result(5)
    station.settle()
    station.ring(ANNA_NUMBER)
    panel = station.page.person.timeline
    panel.view.setCurrentIndex(panel.model.index(1))
    panel._change_current()
    station.qtbot.waitUntil(lambda: panel.detail.is_changing)
    panel.detail.text.setPlainText("begun and go")
    station.desk.add_note(ANNA.id, new_id()).result(5)
    station.qtbot.waitUntil(lambda: panel.model.loaded == 3)
    station.settle()
    assert panel.detail.is_changing
    assert panel.detail.text.toPlainText() == "begun and go"
    assert panel.model.item(panel.view.open_index.row()).id == note.id  # type: ignore[union-attr] # the row is there


def test_another_person_begins_at_the_top_without_the_filters_of_the_last(
    station: Station,
) -> None:
    open_anna(station)
    station.page.person.timeline.filters.search.setText("mail 1")
    station.window.open_customer(BOB.id)
    station.qtbot.waitUntil(lambda: station.timeline() == ["Garden pump"])
    station.settle()
    assert station.page.person.timeline.filters.search.text() == ""
