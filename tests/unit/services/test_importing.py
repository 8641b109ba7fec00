"""Imports write whole people, twice the same file nothing twice, and lose no line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from agentdesk.domain.entities import ContactPoint, Customer, Fact, Note, Photo
from agentdesk.errors import AgentDeskError, Code
from agentdesk.interchange.contact import Reason, Unreadable
from agentdesk.services import importing
from agentdesk.services.importing import Imported, Progress, import_contacts
from agentdesk.store import outbox
from agentdesk.store.rows import select_entities
from agentdesk.store.search import find_customers
from agentdesk.store.tables import contact_point
from agentdesk.store.workers import Store
from agentdesk.sync.plan import batch
from tests.real import ANN, ORGANISATION, new_desk

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CARDS = f"""BEGIN:VCARD
VERSION:4.0
FN:Anna Blunt
TEL:+442079460958
NOTE:Prefers mornings
HOBBY:sailing
PHOTO:data:image/png;base64,{PIXEL}
END:VCARD
BEGIN:VCARD
VERSION:4.0
KIND:group
FN:Everybody
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Bob Blunt
TEL:020 7946 0958
END:VCARD
"""
TABLE = 'Full name,Phone\nAnna Blunt,020 7946 0958\ntorn,1,2,3\n"open,1\nBob Stone,020 7946 0999\n'


def run(store: Store, path: Path, *, dry_run: bool = False) -> Imported:
    """Import a file as Ann."""
    return import_contacts(store, path, new_desk(store).identity, dry_run=dry_run)


def written(folder: Path, content: str | bytes, name: str = "people.csv") -> Path:
    """Return a file with `content`."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def count(store: Store, entity: type[Customer | ContactPoint | Fact | Note | Photo]) -> int:
    """Count the records of a kind."""
    return len(store.read_here(select_entities, entity))


def groups(store: Store) -> int:
    """Count the groups that wait for Central."""
    return len(batch(store.read_here(outbox.unjudged, ANN.id, 10_000)))


def test_everything_about_a_person_goes_in_as_one_group(store: Store, tmp_path: Path) -> None:
    done = run(store, written(tmp_path, CARDS, "people.vcf"))
    assert (done.read, done.created, len(done.rejected)) == (2, 2, 1)
    kinds = (Customer, ContactPoint, Fact, Note, Photo)
    assert [count(store, kind) for kind in kinds] == [2, 2, 1, 1, 1]
    assert groups(store) == 2
    [note] = store.read_here(select_entities, Note)
    assert (note.text, note.author_id) == ("Prefers mornings", ANN.id)


def test_the_imported_are_found_and_recognised_at_once(store: Store, tmp_path: Path) -> None:
    run(store, written(tmp_path, CARDS, "people.vcf"))
    assert [hit.name for hit in store.read_here(find_customers, "blunt")] != []
    recognised = new_desk(store).recognise("020 7946 0958").result()
    assert {c.name for c in recognised.candidates} == {"Anna Blunt", "Bob Blunt"}


def test_a_number_of_several_people_becomes_a_shared_line_for_all(
    store: Store, tmp_path: Path
) -> None:
    run(store, written(tmp_path, CARDS, "people.vcf"))
    points = store.read_here(select_entities, ContactPoint)
    assert [point.shared for point in points] == [True, True]


@pytest.mark.parametrize(("name", "content"), [("people.vcf", CARDS), ("people.csv", TABLE)])
def test_the_same_file_twice_creates_nothing_twice(
    store: Store, tmp_path: Path, name: str, content: str
) -> None:
    path = written(tmp_path, content, name)
    first = run(store, path)
    before = groups(store)
    again = run(store, path)
    assert (again.created, again.completed, again.unchanged) == (0, 0, first.read)
    assert groups(store) == before


def test_somebody_known_is_completed_and_never_overwritten(store: Store, tmp_path: Path) -> None:
    new_desk(store).add_customer("Anna Blunt", number="020 7946 0958", hometown="Riga").result()
    content = "Full name,Phone,Hometown,Company\nAnna Blunt,+44 20 7946 0958,Oslo,Blunt & Co\n"
    done = run(store, written(tmp_path, content))
    [anna] = store.read_here(select_entities, Customer)
    assert (done.created, done.completed) == (0, 1)
    assert (anna.hometown, anna.company) == ("Riga", "Blunt & Co")


def test_a_dry_run_tells_the_same_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, TABLE + "Anna Blunt,+442079460958\n")
    imagined = run(store, path, dry_run=True)
    assert (count(store, Customer), groups(store)) == (0, 0)
    assert [entry.name for entry in tmp_path.glob("people*")] == ["people.csv"]
    done = run(store, path)
    assert (imagined.created, imagined.unchanged) == (done.created, done.unchanged) == (2, 1)


def test_what_cannot_be_read_is_told_by_line_and_kept_beside_the_file(
    store: Store, tmp_path: Path
) -> None:
    done = run(store, written(tmp_path, TABLE))
    assert done.rejected == (
        Unreadable(3, Reason.COLUMN_COUNT),
        Unreadable(4, Reason.UNCLOSED_QUOTE),
    )
    assert done.rejected_file == tmp_path / "people.rejected.csv"
    kept = done.rejected_file.read_bytes().splitlines()
    assert kept == [b"Full name,Phone", b"torn,1,2,3", b'"open,1']


def test_what_was_mended_in_the_rejected_file_can_be_imported(store: Store, tmp_path: Path) -> None:
    done = run(store, written(tmp_path, TABLE))
    assert done.rejected_file is not None
    mended = done.rejected_file.read_text(encoding="utf-8").replace("torn,1,2,3", "Torn Reed,1")
    again = run(store, written(tmp_path, mended.replace('"open', '"Open Hart"'), "mended.csv"))
    assert (again.created, again.rejected) == (2, ())


def test_an_earlier_rejected_file_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, CARDS, "people.vcf")
    first, second = run(store, path).rejected_file, run(store, path).rejected_file
    assert first == tmp_path / "people.rejected.txt"
    assert second == tmp_path / "people.rejected-2.txt"
    assert first.read_text(encoding="utf-8").splitlines()[3] == "FN:Everybody"


def test_rejected_lines_keep_the_bytes_of_the_file(store: Store, tmp_path: Path) -> None:
    name, torn = "Żaneta Łęcka", "ślad,1,2,3"
    content = f"Imię i nazwisko,Telefon\r\n{name},+48 22 555 01 23\r\n{torn}\r\n".encode("cp1250")
    done = run(store, written(tmp_path, content))
    assert done.rejected_file is not None
    assert torn.encode("cp1250") in done.rejected_file.read_bytes()
    wide = run(store, written(tmp_path, content.decode("cp1250").encode("utf-16"), "wide.csv"))
    assert wide.rejected_file is not None
    assert torn in wide.rejected_file.read_text(encoding="utf-8-sig")


def test_a_text_that_nobody_could_type_is_rejected_and_not_cut(
    store: Store, tmp_path: Path
) -> None:
    content = f"Full name,Phone,Notes\nAnna,1,{'n' * 20_001}\nBob,020 7946 0999,{'n' * 20_000}\n"
    done = run(store, written(tmp_path, content))
    assert done.rejected == (Unreadable(2, Reason.TOO_LONG),)
    [note] = store.read_here(select_entities, Note)
    assert len(note.text) == 20_000


def test_stopping_leaves_whole_people_and_the_next_run_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_BATCH", 10)
    rows = "".join(f"Person {n},+44 20 7946 {n:04},p{n}@example.com\n" for n in range(30))
    path = written(tmp_path, f"Full name,Phone,E-mail\n{rows}")
    identity = new_desk(store).identity
    seen: list[int] = []

    def note(progress: Progress) -> None:
        seen.append(progress.people)

    done = import_contacts(
        store, path, identity, progress=note, cancelled=lambda: seen[-1:] == [10]
    )
    assert (done.stopped, done.created) == (True, 10)
    assert (count(store, Customer), count(store, ContactPoint), groups(store)) == (10, 20, 10)
    rest = run(store, path)
    assert (rest.stopped, rest.created, rest.unchanged) == (False, 20, 10)


def test_an_interruption_in_a_batch_undoes_the_batch_whole(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = importing._apply, []

    def apply_until_interrupted(connection: sa.Connection, *rest: object) -> None:
        calls.append(rest)
        original(connection, *rest)  # type: ignore[arg-type]  # passed on as they came
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "_apply", apply_until_interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(store, written(tmp_path, TABLE))
    assert len(calls) == 2
    assert (count(store, Customer), count(store, ContactPoint), groups(store)) == (0, 0, 0)


def test_a_file_of_another_kind_changes_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(AgentDeskError) as raised:
        run(store, written(tmp_path, b"PK\x03\x04 spreadsheet", "people.xlsx"))
    assert raised.value.code is Code.UNKNOWN_FORMAT
    assert count(store, Customer) == 0


def test_local_numbers_are_those_of_the_companys_country(store: Store, tmp_path: Path) -> None:
    identity = new_desk(store).identity
    polish = msgspec.structs.replace(ORGANISATION, region="PL")
    identity = type(identity)(identity.user, polish)
    import_contacts(store, written(tmp_path, "Name,Phone\nZofia,22 555 01 23\n"), identity)
    numbers = store.read_here(lambda c: c.execute(sa.select(contact_point.c.e164)).scalars().all())
    assert numbers == ["+48225550123"]
