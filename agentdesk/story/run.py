"""Runs the desktop for the demo, with somebody's hands on it or with the story's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from agentdesk.app import Options, Running, run_desktop
from agentdesk.demo.company import SHOWCASE
from agentdesk.story.acts import play_all
from agentdesk.story.gallery import take_pictures
from agentdesk.story.player import Player
from agentdesk.story.stage import OPERATOR, Stage, set_up
from agentdesk.sync.status import SyncState

Tell = Callable[[str], None]

DEMO_CALLS = tuple((person.shows, person.e164) for person in SHOWCASE)
_FIRST_CALL_AFTER_S = 1.5


def show_desk(folder: Path, customers: int, tell: Tell, language: str | None = None) -> int:
    """Open a window that a person can go on using; a first call comes in by itself."""
    with set_up(folder, customers, tell, language) as stage:
        tell(f"Signed in as {OPERATOR.display_name}. Close the window to end the demo.")

        async def first_call(running: Running) -> None:
            while running.engine.status().state is not SyncState.LIVE:
                await asyncio.sleep(0.1)
            await asyncio.sleep(_FIRST_CALL_AFTER_S)
            where = ["--home", str(stage.home), "--profile", stage.paths.name]
            command = [sys.executable, "-m", "agentdesk", *where, "call", SHOWCASE[1].e164]
            await asyncio.to_thread(subprocess.run, command, check=False)

        return run_desktop(_options(stage, first_call))


def tell_story(
    folder: Path,
    customers: int,
    tell: Tell,
    *,
    gallery: Path | None = None,
    language: str | None = None,
) -> int:
    """Play the whole story offscreen, keep pictures and a report, and print what happened."""
    pictures = folder / "pictures"
    for old in pictures.glob("*.png"):
        old.unlink()
    players: list[Player] = []
    with set_up(folder, customers, tell, language or "en") as stage:

        async def play(running: Running) -> None:
            running.window.resize(1366, 768)
            player = Player(running, stage, gallery or pictures, tell)
            players.append(player)
            try:
                await player.come_forward()
                if gallery is not None:
                    await take_pictures(player)
                else:
                    await play_all(player)
            finally:
                running.quit()

        code = run_desktop(_options(stage, play))
    for player in players:
        player.write_report(folder / "report.json")
        _tell_calls(player, tell)
        tell(f"Pictures in {player.pictures}, report in {folder / 'report.json'}")
    return code if players and players[0].complete else 1


def _options(stage: Stage, on_ready: Callable[[Running], object]) -> Options:
    return Options(
        home=stage.home,
        profile=stage.paths.name,
        passphrase=stage.passphrase,
        demo_calls=DEMO_CALLS,
        on_ready=on_ready,  # type: ignore[arg-type]  # both are coroutine functions
    )


def _tell_calls(player: Player, tell: Tell) -> None:
    painted = sorted(player.painted_ms)
    if painted:
        tell(
            f"Calls painted: {len(painted)}, median {painted[len(painted) // 2]:.0f} ms, "
            f"slowest {painted[-1]:.0f} ms from the window having the call"
        )
    tell("Everything happened" if player.complete else "Not everything happened")
