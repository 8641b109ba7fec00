"""Links of the desktop open here where somebody wants that, and nothing in a link is a command."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.cli import main
from agentdesk.errors import AgentDeskError
from agentdesk.telephony import links
from agentdesk.telephony.events import from_link

SHIPPED = Path(__file__).parents[3] / "packaging" / "linux" / "agentdesk.desktop"

_XDG_MIME = """#!/bin/sh
# Keeps choices as the desktop's own program does.
list="$XDG_CONFIG_HOME/mimeapps.list"
if [ "$1" = default ]; then
    [ -f "$list" ] || echo "[Default Applications]" > "$list"
    echo "$3=$2" >> "$list"
else
    sed -n "s|^$3=\\(.*\\)|\\1|p" "$list" 2>/dev/null | tr -d ';' | tail -1
fi
"""


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with a desktop of their own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("xdg-mime", _XDG_MIME), ("update-desktop-database", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (tmp_path / "config").mkdir()
    return {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PATH": f"{programs}:/usr/bin:/bin",
    }


def test_links_open_here_once_that_is_installed(desktop: dict[str, str]) -> None:
    assert links.registered(desktop).installed is False
    found = links.install(desktop, ["/opt/agent desk/agentdesk"])
    assert found.installed
    assert found.answers == ("tel", "agentdesk")
    assert found.entry.is_relative_to(desktop["HOME"])
    assert 'Exec="/opt/agent desk/agentdesk" %u' in found.entry.read_text()


def test_what_was_installed_twice_is_gone_once_removed(desktop: dict[str, str]) -> None:
    kept = Path(desktop["XDG_CONFIG_HOME"]) / "mimeapps.list"
    kept.write_text("[Default Applications]\ntext/html=browser.desktop\n")
    for _time in range(2):
        links.install(desktop, ["agentdesk"])
    found = links.remove(desktop)
    assert (found.installed, found.answers) == (False, ())
    assert kept.read_text() == "[Default Applications]\ntext/html=browser.desktop\n"


def test_without_the_desktops_programs_the_entry_is_there_all_the_same(
    desktop: dict[str, str], tmp_path: Path
) -> None:
    found = links.install({**desktop, "PATH": str(tmp_path / "nothing")}, ["agentdesk"])
    assert (found.installed, found.answers) == (True, ())


def test_the_entry_that_packages_ship_is_the_same() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == links.desktop_entry(["agentdesk"])


def test_an_entry_is_what_the_specification_asks_for() -> None:
    entry = configparser.RawConfigParser(strict=True)
    entry.read_string(links.desktop_entry(["agentdesk"]))
    told = dict(entry["Desktop Entry"])
    assert (told["type"], told["exec"]) == ("Application", "agentdesk %u")
    assert told["mimetype"].split(";") == ["x-scheme-handler/tel", "x-scheme-handler/agentdesk", ""]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1))
def test_any_folder_stays_one_argument(name: str) -> None:
    folder = f"/opt/{name} of ours"
    [line] = [
        line for line in links.desktop_entry([folder]).split("\n") if line.startswith("Exec=")
    ]
    # First as a value of type string, then as an argument in quotes.
    value = line.removeprefix("Exec=").replace("\\\\", "\\")
    found = re.fullmatch(r'"((?:[^"`$\\]|\\["`$\\])*)" %u', value)
    assert found is not None
    assert re.sub(r"\\(.)", r"\1", found[1]).replace("%%", "%") == folder


@pytest.mark.parametrize(
    "link",
    [
        "tel:+44$(reboot)",
        "tel:';rm -rf ~;'",
        "agentdesk:call?number=%0d%0aAction:%20Command&name=<script>alert(1)</script>",
        "agentdesk:call?number=" + "9" * 100_000,
        "agentdesk:call?name=%00%1b[31m",
        "agentdesk://call/../../etc/passwd?number=1",
        "tel:",
        "agentdesk:wipe",
    ],
)
def test_a_malicious_link_is_short_text_or_nothing(link: str) -> None:
    texts: list[str] = []
    try:
        call = from_link(link)
        texts = [call.number, call.name or "", call.line or ""]
    except AgentDeskError:
        pass
    assert all(len(text) <= 256 and "\x00" not in text for text in texts)


def test_the_command_tells_how_it_stands(
    desktop: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in desktop.items():
        monkeypatch.setenv(name, value)
    codes = [main(["links", what, "--json"]) for what in ("status", "install", "status", "remove")]
    told = [json.loads(line)["installed"] for line in capsys.readouterr().out.splitlines()]
    assert (codes, told) == ([0, 0, 0, 0], [False, True, True, False])
