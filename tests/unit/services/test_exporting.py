"""An exported file is there whole or not at all, and can be imported again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from agentdesk.domain.entities import ContactKind, FactKind
from agentdesk.errors import AgentDeskError, Code
from agentdesk.services.desk import Desk
from agentdesk.services.exporting import export_customers
from agentdesk.services.importing import import_contacts
from agentdesk.store.workers import Store


@pytest.fixture
def people(desk: Desk) -> list[str]:
    """Two customers, one with everything; their ids."""
    anna = desk.add_customer("Anna Blunt", number="020 7946 0958", hometown="Riga").result()
    desk.add_contact_point(anna.id, ContactKind.EMAIL, "anna@example.com").result()
    desk.add_note(anna.id, "=cmd|'/c calc'!A1").result()
    desk.add_fact(anna.id, FactKind.LIKES, "sailing").result()
    desk.add_fact(anna.id, FactKind.FAMILY, "mother ill", sensitive=True).result()
    return [anna.id, desk.add_customer("Żaneta Łęcka").result().id]


@pytest.mark.parametrize("ending", [".vcf", ".csv"])
def test_what_was_exported_is_known_when_it_is_imported_again(
    store: Store, desk: Desk, people: list[str], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"out{ending}"
    assert export_customers(store, path) == len(people)
    again = import_contacts(store, path, desk.identity)
    assert (again.created, again.completed, again.unchanged) == (0, 0, 2)
    assert again.rejected == ()


@pytest.mark.parametrize("ending", [".vcf", ".csv"])
def test_sensitive_facts_stay_here(
    store: Store, people: list[str], tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"out{ending}"
    assert export_customers(store, path) == len(people)
    text = path.read_text(encoding="utf-8-sig")
    assert "sailing" in text
    assert "mother" not in text


def test_a_note_that_could_be_a_formula_is_none_in_a_table(
    store: Store, people: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    assert export_customers(store, path) == len(people)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "\"'=cmd|" in path.read_text(encoding="utf-8-sig")


@pytest.mark.usefixtures("people")
def test_a_query_exports_those_whom_it_finds(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.vcf"
    told: list[tuple[int, int]] = []
    count = export_customers(
        store, path, query="zaneta", progress=lambda done, total: told.append((done, total))
    )
    assert (count, told) == (1, [(1, 1)])
    assert "Anna" not in path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("people")
def test_the_file_is_for_its_owner_alone_and_nothing_lies_beside_it(
    store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    export_customers(store, folder / "all.vcf")
    [path] = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.usefixtures("people")
def test_an_export_that_fails_leaves_the_earlier_file(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    path = folder / "all.vcf"
    path.write_text("the earlier one", encoding="utf-8")

    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_customers(store, path, progress=fail)
    assert [entry.name for entry in folder.iterdir()] == ["all.vcf"]
    assert path.read_text(encoding="utf-8") == "the earlier one"


def test_a_folder_that_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(AgentDeskError) as raised:
        export_customers(store, tmp_path / "none" / "all.vcf")
    assert raised.value.code is Code.DISK_FAILED
