"""Registering with the desktop, so that `tel:` and `agentdesk:` links open in AgentDesk.

Source: the Desktop Entry Specification 1.5 and the Association between MIME types and applications,
both of freedesktop.org. Everything is done in the user's own directories.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.telephony.events import LINK_SCHEMES

ENTRY_NAME = "agentdesk.desktop"
MIME_TYPES = tuple(f"x-scheme-handler/{scheme}" for scheme in LINK_SCHEMES)
_AT_MOST_S = 20.0
_RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`]""")


@dataclass(frozen=True, slots=True)
class Registered:
    """Where the entry lies, if it does, and which links it answers."""

    entry: Path
    installed: bool
    answers: tuple[str, ...]


def desktop_entry(command: Sequence[str]) -> str:
    """Return the entry that starts `command` with a link; the link is one argument, whatever it is.

    Nothing of a link is ever given to a shell: the desktop passes it as it is.
    """
    executable = " ".join(_quoted(part) for part in command)
    return f"""[Desktop Entry]
Type=Application
Version=1.5
Name=AgentDesk
GenericName=Customer desk
Comment=The whole person the moment a call rings
Exec={executable} %u
Terminal=false
Categories=Office;ContactManagement;
MimeType={";".join(MIME_TYPES)};
StartupNotify=true
StartupWMClass=agentdesk
"""


def install(
    environment: Mapping[str, str] = os.environ, command: Sequence[str] | None = None
) -> Registered:
    """Write the entry and make it the one that answers the links; blocks.

    Raises `ExternalError(DISK_FAILED)` if it cannot be written, `UserError(LINKS_UNSUPPORTED)` on
    a system without such entries.
    """
    _check_platform()
    entry = entry_path(environment)
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(desktop_entry(command or own_command()), encoding="utf-8")
    except OSError as failure:
        raise ExternalError(Code.DISK_FAILED) from failure
    _run(environment, "update-desktop-database", str(entry.parent))
    for mime_type in MIME_TYPES:
        _run(environment, "xdg-mime", "default", ENTRY_NAME, mime_type)
    return registered(environment)


def remove(environment: Mapping[str, str] = os.environ) -> Registered:
    """Take the entry away; what answered the links before does so again."""
    _check_platform()
    entry = entry_path(environment)
    try:
        entry.unlink(missing_ok=True)
        _forget_defaults(environment)
    except OSError as failure:
        raise ExternalError(Code.DISK_FAILED) from failure
    _run(environment, "update-desktop-database", str(entry.parent))
    return registered(environment)


def registered(environment: Mapping[str, str] = os.environ) -> Registered:
    """Tell whether the entry is there, and which links the desktop gives to it."""
    _check_platform()
    entry = entry_path(environment)
    answers = tuple(
        scheme
        for scheme, mime_type in zip(LINK_SCHEMES, MIME_TYPES, strict=True)
        if _run(environment, "xdg-mime", "query", "default", mime_type).strip() == ENTRY_NAME
    )
    return Registered(entry, entry.exists(), answers)


def entry_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the entry lies: in the user's data folder."""
    data = environment.get("XDG_DATA_HOME") or str(_home(environment) / ".local" / "share")
    return Path(data) / "applications" / ENTRY_NAME


def own_command() -> list[str]:
    """Return how this very installation is started."""
    beside = Path(sys.executable).with_name("agentdesk")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "agentdesk"]


def _forget_defaults(environment: Mapping[str, str]) -> None:
    """Take our name out of the lists in which the desktop keeps choices."""
    config = environment.get("XDG_CONFIG_HOME") or str(_home(environment) / ".config")
    for kept in (
        Path(config) / "mimeapps.list",
        entry_path(environment).with_name("mimeapps.list"),
    ):
        if not kept.exists():
            continue
        lines = [_without_us(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        text = "".join(f"{line}\n" for line in lines if line is not None)
        draft = kept.with_name(f"{kept.name}.new")
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, kept)  # noqa: PTH105 - replaces in one step


def _without_us(line: str) -> str | None:
    key, equals, value = line.partition("=")
    if not equals or key.strip() not in MIME_TYPES:
        return line
    others = [name for name in value.split(";") if name.strip() not in ("", ENTRY_NAME)]
    return f"{key}={';'.join(others)};" if others else None


def _run(environment: Mapping[str, str], program: str, *arguments: str) -> str:
    """Return what a program of the desktop says; empty if it is not there or fails."""
    found = which(program, path=environment.get("PATH"))
    if found is None:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [found, *arguments],
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_AT_MOST_S,
            check=False,
        )
        return done.stdout
    return ""


def _quoted(part: str) -> str:
    """Quote an argument as the specification's "The Exec key" says."""
    doubled = part.replace("%", "%%")
    if not _RESERVED.search(doubled):
        return doubled
    escaped = re.sub(r'(["`$\\])', r"\\\1", doubled)
    # A backslash in a value of type string is written twice.
    return '"' + escaped.replace("\\", "\\\\") + '"'


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or str(Path.home()))


def _check_platform() -> None:
    if not sys.platform.startswith("linux"):
        raise UserError(Code.LINKS_UNSUPPORTED)
