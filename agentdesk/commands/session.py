"""What every command begins with: which profile, its passphrase, its language, its log."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from agentdesk import i18n, log
from agentdesk.errors import Code, UserError
from agentdesk.i18n import tr
from agentdesk.paths import ProfilePaths
from agentdesk.paths import home as data_folder

if TYPE_CHECKING:
    from agentdesk.services.desk import Desk
    from agentdesk.store.profile import Header, OpenProfile

PASSPHRASE_VARIABLE = "AGENTDESK_PASSPHRASE"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Session:
    """What the options in front of the command say."""

    home: Path | None = None
    profile: str = "default"
    passphrase_file: Path | None = None
    verbose: bool = False

    @property
    def data_folder(self) -> Path:
        """Where the profiles lie."""
        return data_folder(self.home)

    def paths(self, name: str | None = None) -> ProfilePaths:
        """Return the paths of the profile, or of another by name."""
        from agentdesk.store.profile import profile_paths

        return profile_paths(self.data_folder, name or self.profile)

    def given_passphrase(self) -> str | None:
        """Return the passphrase from the file or the environment, if there is one."""
        if self.passphrase_file is not None:
            return first_line(self.passphrase_file)
        return os.environ.get(PASSPHRASE_VARIABLE) or None

    def passphrase_for(self, header: Header) -> str | None:
        """Return the passphrase that opens a profile, None if it needs none.

        Asks at a terminal if it was not given.
        """
        if header.passphrase is None:
            return None
        given = self.given_passphrase()
        if given is None and sys.stdin.isatty():
            given = typer.prompt(tr("Passphrase"), hide_input=True, err=True)
        return given

    def start_log(self, paths: ProfilePaths) -> None:
        """Log into the profile's folder, or to the terminal with `--verbose`."""
        if self.verbose:
            log.log_to_terminal()
        elif paths.folder.is_dir():
            log.log_to(paths.log)


def session_of(context: typer.Context) -> Session:
    """Return the session of a running command."""
    found = context.find_object(Session)
    return found if found is not None else Session()


@contextmanager
def opened(session: Session) -> Iterator[OpenProfile]:
    """Open the profile for the time of a command."""
    from agentdesk.credentials import SystemKeyring
    from agentdesk.services.opening import open_for_work
    from agentdesk.store.profile import read_header
    from agentdesk.store.state import get_settings

    paths = session.paths()
    passphrase = session.passphrase_for(read_header(paths))
    session.start_log(paths)
    profile = open_for_work(paths, SystemKeyring(), passphrase)
    try:
        chosen = profile.store.read_here(get_settings).get("language")
        i18n.use_language(language_in_force(chosen))
        yield profile
    finally:
        profile.store.close()


@contextmanager
def opened_desk(session: Session) -> Iterator[Desk]:
    """Open the profile as the desk of whoever is signed in."""
    from agentdesk.services.opening import desk_of
    from agentdesk.store.state import get_settings

    with opened(session) as profile:
        chosen = profile.store.read_here(get_settings).get("language")
        yield desk_of(profile, language=language_in_force(chosen))


def language_in_force(chosen: object = None) -> str:
    """Return the language that was chosen in Preferences, else the system's if we have it."""
    if isinstance(chosen, str) and chosen in i18n.LANGUAGES:
        return chosen
    system = (locale.getlocale()[0] or "en").partition("_")[0].lower()
    return system if system in i18n.LANGUAGES else "en"


def first_line(path: Path) -> str:
    """Return the first line of a file that holds a secret; raises `UserError`."""
    try:
        return path.read_text(encoding="utf-8-sig").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(Code.UNREADABLE_FILE) from error
