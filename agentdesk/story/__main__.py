"""`make demo`: with a display a window to go on using, without one the whole story offscreen."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

FOLDER = Path("build") / "demo"
CUSTOMERS = 9_000


def main() -> int:
    """Run the demo; the exit code is 0 only if everything happened."""
    asked = _arguments()
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    offscreen = asked.offscreen or not display
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Qt reads its platform when it is first imported.
    from agentdesk.story.run import show_desk, tell_story

    began = time.monotonic()

    def tell(text: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - began:5.1f} s] {text}\n")
        sys.stdout.flush()

    if offscreen:
        gallery, language = asked.gallery, asked.language
        return tell_story(asked.folder, asked.customers, tell, gallery=gallery, language=language)
    return show_desk(asked.folder, asked.customers, tell, asked.language)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m agentdesk.story", description="The demo of AgentDesk."
    )
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="how many to make up")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to set it up, afresh")
    parser.add_argument("--offscreen", action="store_true", help="play the story without a window")
    parser.add_argument("--gallery", type=Path, help="keep the guide's pictures in this folder")
    parser.add_argument("--language", choices=("en", "pl", "ru"), help="of the interface")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
