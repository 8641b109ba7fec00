"""The story of the demo, act by act: what an operator does on an ordinary morning."""

from __future__ import annotations

import sqlite3
import time
from functools import partial

from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QWidget

from agentdesk.demo.company import SHOWCASE
from agentdesk.story.player import PATIENCE_S, Player, Step
from agentdesk.sync.status import SyncState
from agentdesk.ui.theme_switch import ThemeChoice
from agentdesk.ui.widgets.text import ElidedLabel, Paragraph

_WHO = {person.key: person for person in SHOWCASE}
_BOB = _WHO["informal-regular"]
_NOTE = "Band plays the Brudenell on Friday. Ask how it went."
_OFFLINE_NOTE = "Rang back from the cellar, no network at all."
_STRANGER = "+442079460018"


async def first_sync(player: Player, step: Step) -> None:
    """Everything arrives on a new desk, which can be used meanwhile."""
    engine = player.running.engine
    began = time.perf_counter()
    await player.until(
        lambda: engine.status().state is SyncState.LIVE, "the first sync did not end", 300
    )
    step.facts["seconds"] = round(time.perf_counter() - began, 1)
    step.facts["customers"] = player.running.desk.customer_count().result(10)
    player.expect(int(step.facts["customers"]) > 0, "no customer has arrived")
    await player.settle()
    player.picture("01-desk-without-a-call")


async def bob_calls(player: Player, step: Step) -> None:
    """A known caller: name, manner and the first sentence to say."""
    await player.ring_and_see(_BOB.e164, line="Service")
    name = player.see(QWidget, "customer_name")
    how = player.see(QWidget, "how_found")
    opening = player.see(QWidget, "opening")
    step.facts["name"] = _words(name)
    step.facts["how"] = _words(how)
    step.facts["opening"] = _words(opening)
    player.expect("Hargreaves" in _words(name), "the card shows somebody else")
    player.expect("Bob" in _words(opening), "the opening line does not name the caller")
    await player.settle()
    player.picture("02-a-call-rings")


async def a_note_reaches_central(player: Player, step: Step) -> None:
    """A note by keyboard alone: shown at once, marked until Central has it."""
    player.press("Ctrl+J")
    edit = player.see(QPlainTextEdit, "note_edit")
    await player.until(edit.hasFocus, "the note box did not take the keyboard")
    player.type_text(_NOTE)
    began = time.perf_counter()
    player.press("Ctrl+Return")
    await player.until(lambda: edit.toPlainText() == "", "the note was not saved")
    step.facts["saved_ms"] = round((time.perf_counter() - began) * 1000, 1)
    await player.until(
        lambda: _at_central(player, _NOTE) == 1, "the note did not reach Central once"
    )
    step.facts["at_central_ms"] = round((time.perf_counter() - began) * 1000, 1)


async def a_fact_by_keyboard(player: Player, step: Step) -> None:
    """A line is filed as a fact without leaving the keyboard."""
    player.press("Ctrl+J")
    player.type_text("Daughter Ellie plays the trombone")
    player.press("Ctrl+L")
    await player.settle()
    player.picture("03-a-line-becomes-a-fact")
    player.press("Return")
    await player.until(
        lambda: _at_central(player, "plays the trombone") == 1, "the fact did not arrive"
    )
    step.facts["filed"] = True


async def a_second_call_waits(player: Player, step: Step) -> None:
    """Somebody else rings while a note is being typed: nothing takes the keyboard."""
    player.press("Ctrl+J")
    edit = player.see(QPlainTextEdit, "note_edit")
    player.type_text("Half a sen")
    await player.ring(_WHO["tech-savvy"].e164)
    await player.until(
        lambda: player.running.window.findChild(QWidget, "waiting_call") is not None,
        "the second call is not in the call bar",
    )
    player.expect(edit.hasFocus(), "the second call took the keyboard")
    player.type_text("tence")
    player.expect(edit.toPlainText() == "Half a sentence", "typing was disturbed")
    step.facts["typed"] = edit.toPlainText()
    await player.settle()
    player.picture("04-a-second-call-waits")
    edit.clear()


async def wrap_up_with_a_promise(player: Player, step: Step) -> None:
    """The call ends: how, what about, and what was promised, by keyboard alone."""
    player.press("F9")
    panel = player.see(QWidget, "wrap_up")
    await player.until(panel.isVisible, "the wrap-up did not open")
    player.see(QLineEdit, "summary").setFocus()
    player.type_text("Thermostat paired again, will check on Friday")
    player.see(QLineEdit, "promise").setFocus()
    player.type_text("Ring Bob to hear whether it held")
    _choose(player, "disposition", "solved")
    await player.settle()
    player.picture("05-wrap-up")
    player.press("Ctrl+Return")
    await player.until(
        lambda: _at_central(player, "Ring Bob to hear") == 1, "the promise did not arrive"
    )
    step.facts["promised"] = True


async def the_waiting_call_comes_up(player: Player, step: Step) -> None:
    """The call that waited is next."""
    name = player.see(QWidget, "customer_name")
    if "Qureshi" not in _words(name):
        player.press("F10")
    await player.until(lambda: "Qureshi" in _words(name), "the waiting call did not come up")
    step.facts["name"] = _words(name)
    await player.settle()
    player.picture("06-tech-savvy")
    await player.leave_call()


async def a_stranger_becomes_a_customer(player: Player, step: Step) -> None:
    """An unknown number: nothing is made by itself; a new customer takes one line."""
    await player.ring_and_see(_STRANGER, name="MOBILE CALLER")
    title = player.see(QWidget, "unknown_title")
    await player.until(title.isVisible, "the unknown caller is not shown")
    await player.settle()
    player.picture("07-unknown-number")
    player.press("Ctrl+Shift+N")
    field = player.see(QLineEdit, "new_customer_name")
    await player.until(field.isVisible, "there is no field for the name")
    field.setFocus()
    field.clear()
    player.type_text("Imogen Ashdown")
    player.press("Return")
    name = player.see(QWidget, "customer_name")
    await player.until(lambda: "Ashdown" in _words(name), "the new customer is not shown")
    await player.until(lambda: _at_central(player, "Imogen Ashdown") >= 1, "she did not arrive")
    step.facts["name"] = _words(name)
    await player.leave_call()


async def a_withheld_number(player: Player, step: Step) -> None:
    """A withheld number makes nothing at all."""
    before = player.running.desk.customer_count().result(10)
    await player.ring_and_see("anonymous")
    title = player.see(QWidget, "unknown_title")
    step.facts["shown"] = _words(title)
    await player.leave_call()
    player.expect("withheld" in str(step.facts["shown"]), "it does not say who is hidden")
    player.expect(player.running.desk.customer_count().result(10) == before, "somebody was made up")


async def a_shared_line(player: Player, step: Step) -> None:
    """Three people behind one number: the last caller's card, the others one key away."""
    await player.ring_and_see(_WHO["shared-line"].e164)
    how = player.see(QWidget, "how_found")
    step.facts["how"] = _words(how)
    player.expect("shared line" in _words(how), "it does not say that the line is shared")
    player.press("F6")
    await player.settle()
    player.picture("08-shared-line")
    player.press("Escape")
    await player.come_forward()
    await player.leave_call()


async def anybody_is_found(player: Player, step: Step) -> None:
    """One box finds anybody, misspelt and in another alphabet."""
    player.press("Ctrl+K")
    await player.settle()
    player.type_text("Shchukn")
    await player.settle()
    found = await _found(player, "Shchukn")
    step.facts["found"] = found
    player.expect("Щукин" in found, "nobody was found")
    player.picture("09-search")
    player.press("Escape")


async def offline_and_back(player: Player, step: Step) -> None:
    """Central goes away: everything works, the note waits, and arrives exactly once."""
    engine = player.running.engine
    player.stage.central.stop()
    await player.ring_and_see(_WHO["worried"].e164)
    player.press("Ctrl+J")
    player.type_text(_OFFLINE_NOTE)
    player.press("Ctrl+Return")
    await player.until(
        lambda: engine.status().pending > 0 and engine.status().state is SyncState.OFFLINE,
        "it does not say that something waits offline",
        PATIENCE_S,
    )
    step.facts["waiting"] = engine.status().pending
    await player.settle()
    player.picture("10-offline")
    player.stage.central.start()
    engine.sync_now()
    await player.until(lambda: engine.status().all_saved, "what waited was not sent", PATIENCE_S)
    step.facts["at_central"] = _at_central(player, _OFFLINE_NOTE)
    player.expect(step.facts["at_central"] == 1, "the note is not at Central exactly once")
    await player.leave_call()


async def the_other_screens(player: Player, step: Step) -> None:
    """Customers, Sync and Preferences, and the other themes."""
    for keys, name in (("Ctrl+2", "customers"), ("Ctrl+3", "sync"), ("Ctrl+4", "preferences")):
        player.press(keys)
        await player.settle()
        player.picture(f"11-{name}")
    player.press("Ctrl+1")
    await player.ring_and_see(_WHO["respect-seeker"].e164)
    for choice in (ThemeChoice.DARK, ThemeChoice.HIGH_CONTRAST, ThemeChoice.LIGHT):
        player.running.themes.choose(choice)
        await player.settle()
        player.picture(f"12-{choice.value}")
    await player.leave_call()
    step.facts["screens"] = 4


ACTS = (
    first_sync,
    bob_calls,
    a_note_reaches_central,
    a_fact_by_keyboard,
    a_second_call_waits,
    wrap_up_with_a_promise,
    the_waiting_call_comes_up,
    a_stranger_becomes_a_customer,
    a_withheld_number,
    a_shared_line,
    anybody_is_found,
    offline_and_back,
    the_other_screens,
)
"""The acts in their order."""


async def play_all(player: Player) -> bool:
    """Play every act; True if all of it happened."""
    for act in ACTS:
        title = (act.__doc__ or act.__name__).strip().rstrip(".")
        await player.play(title, partial(act, player))
    return player.complete


def _words(widget: QWidget) -> str:
    """Return what a widget says, whole even where the screen cuts it."""
    match widget:
        case ElidedLabel():
            return widget.full_text
        case Paragraph():
            return widget.text
        case QLabel():
            return widget.text()
        case _:
            return widget.accessibleName()


def _at_central(player: Player, text: str) -> int:
    """Count the records at Central whose text contains `text`, read past its own program."""
    source = f"{player.stage.central.database.absolute().as_uri()}?mode=ro"
    with sqlite3.connect(source, uri=True) as connection:
        query = "SELECT count(*) FROM record WHERE fields LIKE ? AND removed_at IS NULL"
        return int(connection.execute(query, (f"%{text}%",)).fetchone()[0])


def _choose(player: Player, group: str, value: str) -> None:
    """Choose a chip of a group as a click does."""
    chips = player.see(QWidget, group)
    chip = chips.findChild(QWidget, value)
    player.expect(chip is not None, f"{group} does not offer {value}")
    if chip is not None:
        chip.setFocus()
        player.press("Space")


async def _found(player: Player, text: str) -> str:
    hits = player.running.desk.search(text, 5)
    return ", ".join(hit.name for hit in hits.result(10))
