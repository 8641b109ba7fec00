"""The Customers screen: finding, opening and keeping up, by keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import ContactKind, ContactPoint, Customer
from agentdesk.domain.ids import new_id
from agentdesk.settings import NUMBER_STYLE
from agentdesk.ui.roles import CustomerRole
from agentdesk.views.customers.list_model import PAGE, CustomerListModel
from agentdesk.views.customers.page import CustomersPage
from tests.real import person
from tests.ui.customers.world import World, fill, now_of


@pytest.fixture
def page(world: World, qtbot: QtBot) -> CustomersPage:
    return CustomersPage(
        world.desk,
        world.bridge,
        world.themes,
        world.actions,
        world.notices,
        world.preferences,
    )


def show(world: World, page: CustomersPage, qtbot: QtBot) -> None:
    """Show the screen and wait until its list has been read."""
    world.show(page, qtbot)
    page.take_keyboard()
    qtbot.waitUntil(lambda: page.panel._count.text() != "")


def names(model: CustomerListModel) -> list[str]:
    """Return the names in the list."""
    return [model.name_of(row) for row in range(model.rowCount())]


def test_customers_are_listed_by_family_name_and_counted(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, [*person("Zoe Adams"), *person("Bob Stone"), *person("Ann Blunt")])
    show(world, page, qtbot)
    assert names(page.panel.model) == ["Zoe Adams", "Ann Blunt", "Bob Stone"]
    assert page.panel._count.text() == "3 customers"


def test_an_empty_cache_says_what_will_be_here(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    show(world, page, qtbot)
    assert page.panel._pages.currentWidget() is page.panel._none
    assert page.panel._none.button is not None
    page.panel._none.button.click()
    qtbot.waitUntil(lambda: page.editing)
    assert page.editor.customer_id is None


def test_long_lists_are_read_by_the_page(
    world: World, page: CustomersPage, qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    people = [person(f"Ann Person{n:04}")[0] for n in range(2 * PAGE + 50)]
    fill(world.store, people)
    show(world, page, qtbot)
    model = page.panel.model
    assert model.rowCount() == PAGE
    for expected in (2 * PAGE, 2 * PAGE + 50):
        model.fetchMore(QModelIndex())
        assert not model.canFetchMore(QModelIndex())
        with qtbot.waitSignal(model.rowsInserted):
            assert model.rowCount() < expected
        assert model.rowCount() == expected
    assert not model.canFetchMore(QModelIndex())
    assert names(model) == sorted(names(model))
    assert len(set(names(model))) == len(people)
    qtmodeltester.check(model)  # type: ignore[no-untyped-call] # pytest-qt has no types here


def test_typing_finds_and_enter_opens(world: World, page: CustomersPage, qtbot: QtBot) -> None:
    bob = person("Bob Stone", "+441632960011")
    fill(world.store, [*bob, *person("Ann Blunt")])
    show(world, page, qtbot)
    QTest.keyClicks(page.panel.search, "bob")
    qtbot.waitUntil(lambda: names(page.panel.model) == ["Bob Stone"])
    index = page.panel.model.index(0)
    assert index.data(CustomerRole.WHY) == "Name"
    assert index.data(CustomerRole.NAME_RANGES) == ((0, 3),)
    with qtbot.waitSignal(page.customer_opened) as opened:
        QTest.keyClick(page.panel.search, Qt.Key.Key_Return)
    assert opened.args == [bob[0].id]


def test_a_number_is_found_and_its_digits_are_marked(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person("Bob Stone", "+441632960011"))
    show(world, page, qtbot)
    QTest.keyClicks(page.panel.search, "01632 960011")
    qtbot.waitUntil(lambda: page.panel._count.text() == "1 found")
    index = page.panel.model.index(0)
    assert index.data(CustomerRole.NUMBER) == "+441632960011"
    assert index.data(CustomerRole.NUMBER_RANGES) == ((3, 10),)


def test_the_answer_to_the_latest_words_is_shown(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, [p for name in ("Bob Stone", "Ann Blunt") for p in person(name)])
    show(world, page, qtbot)
    for text in ("b", "bo", "bob", "ann"):
        page.panel.search.setText(text)
    qtbot.waitUntil(lambda: names(page.panel.model) == ["Ann Blunt"])
    assert page.panel._count.text() == "1 found"


def test_nobody_found_offers_a_new_customer(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person())
    show(world, page, qtbot)
    QTest.keyClicks(page.panel.search, "qqqq")
    qtbot.waitUntil(lambda: page.panel._pages.currentWidget() is page.panel._nobody)
    QTest.keyClick(page.panel.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.panel._pages.currentWidget() is page.panel.list)
    assert page.panel.search.text() == ""


def test_arrows_move_in_the_list_while_typing_goes_on(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, [p for name in ("Ann Blunt", "Bob Stone") for p in person(name)])
    show(world, page, qtbot)
    qtbot.waitUntil(lambda: page.summary._name.text == "Ann Blunt")
    QTest.keyClick(page.panel.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.summary._name.text == "Bob Stone")
    QTest.keyClick(page.panel.search, Qt.Key.Key_Down)
    assert page.panel.search.hasFocus()
    assert page.panel.current_name == "Bob Stone"


def test_letters_typed_in_the_list_go_to_the_search(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person())
    show(world, page, qtbot)
    page.panel.list.setFocus()
    QTest.keyClicks(page.panel.list, "b")
    assert page.panel.search.hasFocus()
    assert page.panel.search.text() == "b"
    page.panel.list.setFocus()
    QTest.keyClick(page.panel.list, Qt.Key.Key_Escape)
    assert page.panel.search.text() == ""


def test_n_begins_a_new_customer_and_e_edits(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person())
    show(world, page, qtbot)
    page.panel.list.setFocus()
    QTest.keyClick(page.panel.list, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: page.editing)
    assert page.editor.customer_id == page.panel.current_id
    QTest.keyClick(page.editor, Qt.Key.Key_Escape)
    assert not page.editing
    assert page.panel.list.hasFocus()
    QTest.keyClick(page.panel.list, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: page.editing)
    assert page.editor.customer_id is None


def test_a_change_from_elsewhere_is_shown_and_the_place_is_kept(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    ann, bob = person("Ann Blunt")[0], person("Bob Stone")[0]
    fill(world.store, [ann, bob])
    show(world, page, qtbot)
    page.panel.select(bob.id)
    now_of(world.desk.set_fields(bob.id, {"full_name": "Bob Flint", "hometown": "Leeds"}))
    qtbot.waitUntil(lambda: names(page.panel.model) == ["Ann Blunt", "Bob Flint"])
    qtbot.waitUntil(lambda: page.summary._name.text == "Bob Flint")
    assert page.panel.current_id == bob.id


def test_a_change_while_the_screen_is_away_is_read_when_it_is_shown(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    ann = person("Ann Blunt")[0]
    fill(world.store, [ann])
    show(world, page, qtbot)
    page.hide()
    with qtbot.waitSignal(world.bridge.changed):
        now_of(world.desk.set_fields(ann.id, {"full_name": "Ann Sharp"}))
    assert names(page.panel.model) == ["Ann Blunt"]
    page.show()
    qtbot.waitUntil(lambda: names(page.panel.model) == ["Ann Sharp"])


def test_numbers_are_grouped_or_left_as_typed(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person("Bob Stone", "+441632960011"))
    show(world, page, qtbot)
    index = page.panel.model.index(0)
    assert index.data(CustomerRole.NUMBER) == "01632 960011"
    world.preferences.set(NUMBER_STYLE, "typed")
    assert index.data(CustomerRole.NUMBER) == "+441632960011"


def test_odd_names_are_shown_as_text(world: World, page: CustomersPage, qtbot: QtBot) -> None:
    odd = "<b>Bob</b>\x07 " + "x" * 10_000
    customer = Customer(id=new_id(), full_name=odd)
    mail = ContactPoint(
        id=new_id(), customer_id=customer.id, kind=ContactKind.EMAIL, value="a@b.example"
    )
    fill(world.store, [customer, mail])
    show(world, page, qtbot)
    shown = page.panel.model.name_of(0)
    assert shown.startswith("<b>Bob</b>")
    assert len(shown) <= 200
    qtbot.waitUntil(lambda: page.summary._name.text.startswith("<b>Bob</b>"))
    assert "\x07" not in page.summary._name.text


def test_a_screen_reader_hears_the_whole_row(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    fill(world.store, person("Bob Stone", "+441632960011"))
    show(world, page, qtbot)
    heard = page.panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert heard == "Bob Stone, +441632960011"


def test_column_widths_are_remembered(world: World, page: CustomersPage, qtbot: QtBot) -> None:
    show(world, page, qtbot)
    page.splitter.moveSplitter(500, 1)
    assert world.saved["customers.columns"] == page.splitter.sizes()


def test_an_escape_in_the_search_goes_nowhere_else(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    show(world, page, qtbot)
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page.panel.search, key)
    assert page.panel.search.hasFocus()
