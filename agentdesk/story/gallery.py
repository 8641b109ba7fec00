"""Takes the pictures of the user guide, so that they always show the program as it is."""

from __future__ import annotations

import asyncio
from functools import partial

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from agentdesk.demo.company import DEMO_USERS, SHOWCASE
from agentdesk.story.colleague import Change, elsewhere
from agentdesk.story.player import Player, Step, StepFailed
from agentdesk.sync.status import SyncState, SyncStatus
from agentdesk.ui.theme_switch import ThemeChoice

_WHO = {person.key: person for person in SHOWCASE}
_LAPTOP = (1366, 768)
_SCREEN = (1920, 1080)


async def take_pictures(player: Player) -> bool:
    """Take every picture of the guide; True if all could be taken."""
    for name, act in (
        ("first sync", _first_sync),
        ("home", _home),
        ("call", _call),
        ("wrap-up", _wrap_up),
        ("unknown", _unknown),
        ("search", _search),
        ("screens", _screens),
        ("twice", _twice),
        ("offline", _offline),
        ("conflict", _conflict),
    ):
        await player.play(name, partial(act, player))
    return player.complete


async def _first_sync(player: Player, _step: Step) -> None:
    """Show how customers arrive; on a fast computer the picture may show them arrived."""
    engine = player.running.engine
    player.running.window.resize(*_LAPTOP)
    await player.until(lambda: _is_seen(engine.status()), "there was no first sync", 300)
    player.picture("first-sync")


def _is_seen(status: SyncStatus) -> bool:
    arriving = status.state is SyncState.FIRST_SYNC and status.received > 0
    return arriving or status.state is SyncState.LIVE


async def _home(player: Player, _step: Step) -> None:
    engine = player.running.engine
    await player.until(lambda: engine.status().state is SyncState.LIVE, "no first sync", 300)
    player.running.window.resize(*_LAPTOP)
    await player.settle()
    player.picture("home")


async def _call(player: Player, _step: Step) -> None:
    window, themes = player.running.window, player.running.themes
    await player.ring_and_see(_WHO["informal-regular"].e164, line="Service")
    await player.settle()
    player.picture("desk-light")
    themes.choose(ThemeChoice.DARK)
    await player.settle()
    player.picture("desk-dark")
    themes.choose(ThemeChoice.HIGH_CONTRAST)
    await player.settle()
    player.picture("desk-high-contrast")
    themes.choose(ThemeChoice.LIGHT)
    window.resize(*_SCREEN)
    await player.settle()
    player.picture("desk-large")
    window.resize(*_LAPTOP)
    await _type_note(player)


async def _type_note(player: Player) -> None:
    player.press("Ctrl+J")
    player.type_text("Band plays the Brudenell on Friday\nDaughter Ellie plays the trombone")
    player.press("Ctrl+L")
    await player.settle()
    player.picture("fact")
    player.press("Escape")
    player.see(QPlainTextEdit, "note_edit").clear()


async def _wrap_up(player: Player, _step: Step) -> None:
    player.press("F9")
    panel = player.see(QWidget, "wrap_up")
    await player.until(panel.isVisible, "the wrap-up did not open")
    player.see(QLineEdit, "summary").setFocus()
    player.type_text("Thermostat paired again, will check on Friday")
    player.see(QLineEdit, "promise").setFocus()
    player.type_text("Ring Bob to hear whether it held")
    await player.settle()
    player.picture("wrap-up")
    player.press("Escape")
    await player.leave_call()


async def _unknown(player: Player, _step: Step) -> None:
    await player.ring_and_see("+48225550118")
    await player.settle()
    player.picture("unknown-number")
    await player.leave_call()
    await _mentioned(player)
    await player.ring_and_see(_WHO["shared-line"].e164)
    player.press("F6")
    await player.settle()
    player.picture("shared-line")
    player.press("Escape")
    await player.come_forward()
    await player.leave_call()
    await player.ring_and_see(_WHO["patronymic"].e164)
    await player.settle()
    player.picture("desk-patronymic")
    await player.leave_call()
    await player.ring_and_see(_WHO["right-to-left"].e164)
    await player.settle()
    player.picture("desk-right-to-left")
    await player.leave_call()


async def _mentioned(player: Player) -> None:
    """Let somebody call whose number only stands in a note, and be missed."""
    desk = player.running.desk
    known = desk.open_call(_WHO["informal-regular"].e164).result(10).recognition.best
    if known is None:
        raise StepFailed("the customer is not here")
    desk.add_note(known.customer_id, "His sister, if he is on stage: 020 7946 0991").result(10)
    await player.ring_and_see("+442079460991")
    await player.settle()
    player.picture("mentioned-number")
    player.press("Ctrl+Shift+M")
    home = player.running.window.desk_page.home
    await player.until(
        lambda: any(row.title == "020 7946 0991" for row in home.missed.rows),
        "the call is not among those to return",
    )
    player.press("Ctrl+Shift+R")
    await player.settle()
    player.picture("missed-calls")


async def _search(player: Player, _step: Step) -> None:
    player.press("Ctrl+K")
    await player.settle()
    player.type_text("Shchukn")
    await player.settle()
    player.picture("search")
    player.press("Escape")
    player.press("F1")
    await player.settle()
    player.picture("shortcuts")
    player.press("Escape")
    await player.come_forward()


async def _screens(player: Player, _step: Step) -> None:
    for keys, name in (("Ctrl+2", "customers"), ("Ctrl+3", "sync"), ("Ctrl+4", "preferences")):
        player.press(keys)
        await player.settle()
        player.picture(name)
    player.press("Ctrl+1")


async def _twice(player: Player, _step: Step) -> None:
    """Enter somebody a second time, as it happens at a telephone, and find that out."""
    engine, desk = player.running.engine, player.running.desk
    who = _WHO["informal-regular"]
    card = desk.open_call(who.e164).result(10).card
    if card is None:
        raise StepFailed("the customer is not here")
    known = card.customer
    desk.add_customer(
        f"Bob {known.family_name or 'Hargreaves'}s",
        number=who.e164,
        given_name="Bob",
        family_name=f"{known.family_name or 'Hargreaves'}s",
        birthday=known.birthday,
        hometown="Leeds",
        company="Hargreaves Plumbing",
    ).result(10)
    await player.until(lambda: engine.status().all_saved, "the second entry was not sent", 60)
    player.press("Ctrl+2")
    await player.settle()
    player.see(QWidget, "customer_list").setFocus()
    player.press("D")
    await player.settle()
    player.press("S")
    found = player.running.window.customers_page.duplicates
    await player.until(lambda: found.model.rowCount() > 0, "nobody was found twice", 120)
    await player.settle()
    player.picture("duplicates")
    player.press("M")
    await player.until(found.merge_panel.isVisible, "the merge did not open")
    await player.settle()
    player.picture("merge")
    player.press("Escape")
    await player.settle()
    player.press("T")
    await player.settle()
    player.press("Escape")
    player.press("Ctrl+1")


async def _offline(player: Player, _step: Step) -> None:
    engine = player.running.engine
    player.stage.central.stop()
    await player.ring_and_see(_WHO["worried"].e164)
    player.press("Ctrl+J")
    player.type_text("Rang back from the cellar, no network at all.")
    player.press("Ctrl+Return")
    await player.until(
        lambda: engine.status().pending > 0 and engine.status().state is SyncState.OFFLINE,
        "it does not say that something waits offline",
        60,
    )
    await player.settle()
    player.picture("offline")
    player.press("Ctrl+3")
    await player.settle()
    player.picture("sync-offline")
    player.stage.central.start()
    engine.sync_now()
    await player.until(lambda: engine.status().all_saved, "what waited was not sent", 60)


async def _conflict(player: Player, _step: Step) -> None:
    """Two people change one customer without knowing of each other."""
    engine, desk = player.running.engine, player.running.desk
    card = desk.open_call(_WHO["informal-regular"].e164).result(10).card
    if card is None:
        raise StepFailed("the customer is not here")
    bob = card.customer
    player.stage.central.stop()
    desk.set_fields(bob.id, {"full_name": "Robert J. Hargreaves", "hometown": "York"}).result(10)
    theirs = {
        "full_name": (bob.full_name, "Robert Hargreaves-Cole"),
        "hometown": (bob.hometown, "Hull"),
    }
    await asyncio.to_thread(_meanwhile, player, bob.id, theirs)
    player.stage.central.start()
    engine.sync_now()
    await player.until(lambda: engine.status().conflicts > 0, "there is no conflict", 60)
    await player.settle()
    await player.settle()
    player.press("Ctrl+3")
    await player.settle()
    player.picture("sync-conflict")
    player.press("3")
    await player.settle()
    player.picture("sync-anew")
    player.press("Escape")
    for _section in range(3):
        player.press("Ctrl+PageDown")
    await player.settle()
    player.picture("sync-merged")
    player.press("Ctrl+2")
    await player.settle()
    player.type_text("Hargreaves")
    await player.settle()
    player.see(QWidget, "customer_list").setFocus()
    player.press("H")
    await player.settle()
    await player.settle()
    player.picture("customer-changes")


def _meanwhile(player: Player, customer_id: str, changes: dict[str, Change]) -> None:
    with elsewhere(player.stage, DEMO_USERS[1]) as colleague:
        colleague.change(customer_id, changes)
