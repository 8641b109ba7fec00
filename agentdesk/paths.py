"""Where things lie on the disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

HOME_VARIABLE = "AGENTDESK_HOME"


def home(chosen: Path | None = None) -> Path:
    """Return the data folder: `chosen`, else `AGENTDESK_HOME`, else the platform's own."""
    if chosen is not None:
        return chosen.absolute()
    from_environment = os.environ.get(HOME_VARIABLE)
    if from_environment:
        return Path(from_environment).absolute()
    return Path(platformdirs.user_data_dir("agentdesk", appauthor=False))


@dataclass(frozen=True, slots=True)
class ProfilePaths:
    """The files of one profile. `name` is made of letters, digits, `-` and `_` alone."""

    home: Path
    name: str

    @property
    def folder(self) -> Path:
        """The folder that holds everything of the profile."""
        return self.home / "profiles" / self.name

    @property
    def header(self) -> Path:
        """What is known before the cache is opened; holds nothing secret."""
        return self.folder / "profile.json"

    @property
    def cache(self) -> Path:
        """The encrypted cache."""
        return self.folder / "cache.db"

    @property
    def sync_lock(self) -> Path:
        """Held by the one process that synchronises."""
        return self.folder / "sync.lock"

    @property
    def open_lock(self) -> Path:
        """Held while the profile is being opened."""
        return self.folder / "open.lock"

    @property
    def damage_mark(self) -> Path:
        """There if the cache was found damaged while it was open."""
        return self.folder / "cache.damaged"

    @property
    def log(self) -> Path:
        """The program's log."""
        return self.folder / "log" / "agentdesk.log"
