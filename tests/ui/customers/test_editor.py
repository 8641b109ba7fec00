"""Editing a customer: only what differs is sent, and nothing typed is ever lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from agentdesk.domain.entities import Customer
from agentdesk.ui.widgets.buttons import Button
from agentdesk.views.customers.contact_lines import ContactRow
from agentdesk.views.customers.editor import CustomerEditor
from agentdesk.views.customers.page import CustomersPage
from agentdesk.views.customers.summary import photo_bytes
from tests.real import person
from tests.ui.customers.world import World, fill, now_of

_CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(world: World) -> CustomersPage:
    return CustomersPage(
        world.desk,
        world.bridge,
        world.themes,
        world.actions,
        world.notices,
        world.preferences,
    )


@pytest.fixture
def anna(world: World, page: CustomersPage, qtbot: QtBot) -> Customer:
    """Anna, whose form is open."""
    entities = person("Anna Blunt", "+441632960011")
    fill(world.store, entities)
    world.show(page, qtbot, (1310, 720))
    assert isinstance(entities[0], Customer)
    page.edit_customer(entities[0].id)
    qtbot.waitUntil(lambda: page.editing)
    return entities[0]


def line(editor: CustomerEditor, name: str) -> QLineEdit:
    """Return the text field with this name."""
    inner = editor.form.control(name).inner
    assert isinstance(inner, QLineEdit)
    return inner


def write(editor: CustomerEditor, name: str, text: str) -> None:
    """Type over a field as a person does."""
    field = line(editor, name)
    field.setFocus()
    field.selectAll()
    for letter in text:
        # QTest knows the letters of ASCII alone.
        pressed = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field, pressed)


def rows(editor: CustomerEditor) -> list[ContactRow]:
    """Return the lines of contact points."""
    return editor.form.contacts._rows


def kept(world: World, customer: Customer) -> Customer:
    """Return the customer as the cache has them."""
    card = now_of(world.desk.card(customer.id))
    assert card is not None
    return card.customer


def test_only_what_differs_is_sent(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    write(page.editor, "preferred_name", "Annie")
    write(page.editor, "hometown", "Leeds")
    with qtbot.waitSignal(page.editor.saved):
        QTest.keyClick(line(page.editor, "hometown"), Qt.Key.Key_S, _CONTROL)
    (edit,) = now_of(world.desk.queue()).waiting
    assert dict(edit.values) == {"preferred_name": "Annie", "hometown": "Leeds"}
    assert not page.editing
    qtbot.waitUntil(lambda: "Annie" in page.summary._about.text)


def test_control_enter_saves_too(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    write(page.editor, "hometown", "Leeds")
    with qtbot.waitSignal(page.editor.saved):
        QTest.keyClick(line(page.editor, "hometown"), Qt.Key.Key_Return, _CONTROL)
    assert kept(world, anna).hometown == "Leeds"


def test_what_differs_is_marked_until_it_is_typed_back(page: CustomersPage, anna: Customer) -> None:
    control = page.editor.form.control("family_name")
    write(page.editor, "family_name", "Sharp")
    assert control._before.full_text == "Before: Blunt"
    assert control._before.isVisible()
    assert page.editor.save_button.isEnabled()
    write(page.editor, "family_name", " Blunt ")
    assert not control._before.isVisible()
    assert not page.editor.save_button.isEnabled()


def test_a_wrong_value_is_said_at_once_and_not_sent(
    world: World, page: CustomersPage, anna: Customer
) -> None:
    write(page.editor, "birthday", "tomorrow")
    control = page.editor.form.control("birthday")
    assert control._labelled is not None
    assert control._labelled.error.text.startswith("Write it like 1984-03-07")
    page.editor.save_button.click()
    assert control.inner.hasFocus()
    assert now_of(world.desk.queue()).waiting == ()
    write(page.editor, "birthday", "--03-07")
    assert control._labelled.error.text == ""


def test_a_name_cannot_be_emptied(page: CustomersPage, anna: Customer) -> None:
    field = line(page.editor, "full_name")
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    control = page.editor.form.control("full_name")
    assert control._labelled is not None
    assert control._labelled.error.text == "A name is needed."


def test_escape_keeps_what_was_typed_and_gives_it_back(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    write(page.editor, "hometown", "Leeds")
    rows(page.editor)[0]._label.setFocus()
    QTest.keyClicks(rows(page.editor)[0]._label, "work")
    QTest.keyClick(rows(page.editor)[0]._label, Qt.Key.Key_Escape)
    assert not page.editing
    notice = world.notices.bar.current
    assert notice is not None
    assert "Anna Blunt" in notice.text
    world.notices.bar.take_back()
    qtbot.waitUntil(lambda: page.editing)
    assert line(page.editor, "hometown").text() == "Leeds"
    assert rows(page.editor)[0]._label.text() == "work"
    assert page.editor._count.full_text == "2 unsaved changes"


def test_escape_without_changes_says_nothing(
    world: World, page: CustomersPage, anna: Customer
) -> None:
    QTest.keyClick(line(page.editor, "full_name"), Qt.Key.Key_Escape)
    assert not page.editing
    assert world.notices.bar.current is None


def test_discarding_can_be_undone(world: World, page: CustomersPage, anna: Customer) -> None:
    write(page.editor, "hometown", "Leeds")
    page.editor.discard.click()
    assert line(page.editor, "hometown").text() == ""
    world.notices.bar.take_back()
    assert line(page.editor, "hometown").text() == "Leeds"


def test_a_change_from_elsewhere_never_overwrites_typing(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    write(page.editor, "hometown", "Lee")
    now_of(world.desk.set_fields(anna.id, {"hometown": "York", "company": "Acme"}))
    qtbot.waitUntil(lambda: line(page.editor, "company").text() == "Acme")
    assert line(page.editor, "hometown").text() == "Lee"
    assert page.editor.form.control("hometown")._before.full_text == "Before: York"


def test_a_choice_is_sent_with_who_made_it(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    box = page.editor.form.control("customer_type")
    box.show_value("tech-savvy")
    box._tell()
    with qtbot.waitSignal(page.editor.saved):
        page.editor.save_button.click()
    assert kept(world, anna).customer_type == "tech-savvy"
    assert kept(world, anna).customer_type_source == "operator"


def test_a_number_is_added_by_keyboard_and_read_by_its_plan(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    add = page.editor.form.contacts.findChild(Button, "add_phone")
    assert isinstance(add, Button)
    add.setFocus()
    QTest.keyClick(add, Qt.Key.Key_Space)
    added = rows(page.editor)[-1]
    QTest.keyClicks(added._value, "12")
    page.editor.save_button.click()
    assert "not a telephone number" in added._error.text
    added._value.selectAll()
    QTest.keyClicks(added._value, "0113 496 0101")
    assert added._error.text == ""
    with qtbot.waitSignal(page.editor.saved):
        QTest.keyClick(added._value, Qt.Key.Key_S, _CONTROL)
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    assert [p.e164 for p in card.contact_points] == ["+441632960011", "+441134960101"]


def test_a_corrected_number_is_read_anew(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    row = rows(page.editor)[0]
    row._value.setFocus()
    row._value.selectAll()
    QTest.keyClicks(row._value, "01632 960022 ext 5")
    with qtbot.waitSignal(page.editor.saved):
        QTest.keyClick(row._value, Qt.Key.Key_S, _CONTROL)
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    (point,) = card.contact_points
    assert (point.value, point.e164, point.extension) == (
        "01632 960022 ext 5",
        "+441632960022",
        "5",
    )


def test_a_removed_number_comes_back_with_undo(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    rows(page.editor)[0]._remove.click()
    qtbot.waitUntil(lambda: world.notices.bar.current is not None)
    assert rows(page.editor) == []
    world.notices.bar.take_back()
    qtbot.waitUntil(lambda: len(rows(page.editor)) == 1)
    assert rows(page.editor)[0].line.value == "+441632960011"


def test_a_new_customer_is_made_by_keyboard_alone(
    world: World, page: CustomersPage, qtbot: QtBot
) -> None:
    world.show(page, qtbot)
    page.new_customer("01632 960033")
    qtbot.waitUntil(lambda: page.editing)
    write(page.editor, "full_name", "Żaneta Gżegżółka")
    with qtbot.waitSignal(page.editor.saved) as saved:
        QTest.keyClick(line(page.editor, "full_name"), Qt.Key.Key_S, _CONTROL)
    card = now_of(world.desk.card(saved.args[0]))
    assert card is not None
    assert card.customer.full_name == "Żaneta Gżegżółka"
    assert [p.e164 for p in card.contact_points] == ["+441632960033"]
    qtbot.waitUntil(lambda: page.panel.current_name == "Żaneta Gżegżółka")


def test_a_photo_is_made_small_and_square_and_can_be_removed(
    world: World, page: CustomersPage, anna: Customer, qtbot: QtBot, tmp_path: Path
) -> None:
    picture = QImage(1600, 1000, QImage.Format.Format_RGB32)
    picture.fill(QColor("teal"))
    path = tmp_path / "face.png"
    picture.save(str(path))
    page.editor.use_photo(path)
    qtbot.waitUntil(page.editor.remove_photo.isVisible)
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    kept_photo = QImage.fromData(photo_bytes(card) or b"")
    assert (kept_photo.width(), kept_photo.height()) == (112, 112)
    page.editor.remove_photo.click()
    qtbot.waitUntil(lambda: not page.editor.remove_photo.isVisible())
    qtbot.waitUntil(lambda: world.notices.bar.current is not None)
    while (notice := world.notices.bar.current) is not None and notice.undo is None:
        world.notices.bar.dismiss()
    world.notices.bar.take_back()
    qtbot.waitUntil(page.editor.remove_photo.isVisible)


def test_a_file_that_is_no_picture_is_refused_in_words(
    page: CustomersPage, anna: Customer, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(b"no picture")
    page.editor.use_photo(path)
    qtbot.waitUntil(lambda: page.editor.trouble.text != "")
    assert page.editor.trouble.text.startswith("The file cannot be read.")


def test_the_form_can_be_walked_with_tab(page: CustomersPage, anna: Customer, qtbot: QtBot) -> None:
    qtbot.waitUntil(line(page.editor, "full_name").hasFocus)
    for name in ("given_name", "family_name", "preferred_name", "form_of_address"):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert line(page.editor, name).hasFocus(), name


def test_tab_leads_through_contact_points_where_they_stand(
    page: CustomersPage, anna: Customer, qtbot: QtBot
) -> None:
    qtbot.waitUntil(line(page.editor, "full_name").hasFocus)
    stop: QWidget = page.editor.form.control("language").inner
    stop.setFocus()
    went: list[QWidget] = []
    while not isinstance(stop, Button) or stop.text() != "Add number":
        QTest.keyClick(stop, Qt.Key.Key_Tab)
        stop = QApplication.focusWidget() or page
        went.append(stop)
    first = rows(page.editor)[0]
    assert len(went) == 4
    assert all(first.isAncestorOf(passed) for passed in went[:-1])
