"""What is exported can be opened by anything, harms nothing, and comes back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentdesk.domain.entities import (
    ContactKind,
    ContactPoint,
    Customer,
    Fact,
    FactKind,
    Note,
    Photo,
)
from agentdesk.interchange import cells
from agentdesk.interchange.contact import Contact, Dossier, Labelled
from agentdesk.interchange.export import csv_lines, vcards
from agentdesk.interchange.planning import IdentityKey, KeyKind, Nothing, plan_import
from agentdesk.interchange.reading import read_contacts

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ID = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"


def point(kind: ContactKind, value: str, **more: str) -> ContactPoint:
    return ContactPoint(id=value, customer_id=ID, kind=kind, value=value, **more)  # type: ignore[arg-type]  # texts only


def fact(kind: FactKind, text: str, *, sensitive: bool = False) -> Fact:
    return Fact(id=text, customer_id=ID, kind=kind, text=text, sensitive=sensitive)


def note(text: str) -> Note:
    return Note(id=text, customer_id=ID, text=text, created_at=AT)


ANNA = Dossier(
    customer=Customer(
        id=ID,
        full_name="Анна «Ann; é, \\» Blunt 👩‍👩‍👧",
        given_name="Анна",
        family_name="Blunt",
        preferred_name="Ann, the one",
        form_of_address="Mrs Blunt",
        respelling="AN-uh",
        ipa="ˈænə",
        pronouns="she/her",
        language="en-GB",
        birthday="--03-07",
        hometown="Leeds",
        time_zone="Europe/London",
        company="=ACME",
    ),
    points=(
        point(ContactKind.PHONE, "020 7946 0018", e164="+442079460018", label="mobile"),
        point(ContactKind.PHONE, "0018", e164="+442079460018", extension="12", label="Cottage"),
        point(ContactKind.PHONE, "4021 or; so, ask", label="work"),
        point(ContactKind.PHONE, "07700 900123", e164="+447700900123"),
        point(ContactKind.PHONE, "07700 900124", e164="+447700900124"),
        point(ContactKind.EMAIL, "a@example.com", label="home"),
        point(ContactKind.ADDRESS, '1 "High" St^\nLondon; UK', label="home"),
        point(ContactKind.HANDLE, "https://example.com/~a", label="website"),
        point(ContactKind.OTHER, "locker 5"),
    ),
    facts=(
        fact(FactKind.LIKES, "tea: strong, with milk\nno sugar"),
        fact(FactKind.OTHER, "likes: riddles"),
        fact(FactKind.FAMILY, "ill", sensitive=True),
    ),
    notes=(
        note("=cmd|' /C calc'!A0\n\nsecond; line, \\n"),
        note("'-quoted ␞ sign"),
        note("ж" * 300),
    ),
    photo=Photo(id="p", customer_id=ID, media_type="image/png", data="iVBORw0KGgoAAAA="),
)


class OnlyAnna:
    """One customer, found by the id alone."""

    def __init__(self, dossier: Dossier) -> None:
        self._dossier = dossier

    def find(self, keys: Sequence[IdentityKey]) -> Dossier | None:
        mine = IdentityKey(KeyKind.ID, self._dossier.customer.id)
        return self._dossier if mine in keys else None


Write = Callable[[Dossier], bytes]


def as_vcard(person: Dossier) -> bytes:
    return "".join(vcards([person])).encode()


def as_csv(person: Dossier) -> bytes:
    return "".join(csv_lines([person])).encode("utf-8-sig")


def come_back(content: bytes, folder: Path) -> Contact:
    path = folder / "export"
    path.write_bytes(content)
    (found,) = read_contacts(path)
    assert isinstance(found, Contact)
    return found


@pytest.mark.parametrize("write", [as_vcard, as_csv])
def test_what_was_exported_changes_nothing_when_it_comes_back(tmp_path: Path, write: Write) -> None:
    found = come_back(write(ANNA), tmp_path)

    plan = plan_import(found, OnlyAnna(ANNA), region="PL", at=AT)

    assert plan == Nothing(ID)
    assert found.full_name == ANNA.customer.full_name
    assert (found.birthday, found.ipa, found.company) == ("--03-07", "ˈænə", "=ACME")


def test_an_empty_database_gets_the_person_back_from_a_vcard(tmp_path: Path) -> None:
    found = come_back(as_vcard(ANNA), tmp_path)

    assert found.phones[:2] == (
        Labelled("tel:+442079460018", "mobile"),
        Labelled("tel:+442079460018;ext=12", "Cottage"),
    )
    assert found.notes[0] == "=cmd|' /C calc'!A0\n\nsecond; line, \\n"
    assert found.photo is not None


@pytest.mark.parametrize("write", [as_vcard, as_csv])
def test_sensitive_facts_do_not_leave(write: Write) -> None:
    assert b"ill" not in write(ANNA)


def test_lines_of_a_vcard_are_at_most_75_octets_and_whole_characters() -> None:
    lines = as_vcard(ANNA).split(b"\r\n")

    assert lines[:2] == [b"BEGIN:VCARD", b"VERSION:4.0"]
    assert lines[-2:] == [b"END:VCARD", b""]
    assert max(map(len, lines)) <= 75
    assert all(line.decode("utf-8") or True for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(ANNA).decode("utf-8-sig"), newline="")))

    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r\n")]
    assert "'+442079460018" in rows[1]
    assert "'=ACME" in rows[1]


@given(st.text(alphabet="'=+-@\t\r\n＝ab1 ", max_size=6))
def test_neutralising_a_cell_can_be_undone(text: str) -> None:
    cell = cells.neutral(text)

    assert cell[:1] not in tuple("=+-@\t\r\n＝＋－＠") or cell == ""
    assert cells.original(cell) == text


_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from("\\,;:^\"'\n\r\t =+-@<>аяłß😀\u202e\x00\x85\u2028\ud800"), st.characters()
    ),
    min_size=1,
    max_size=120,
).filter(lambda text: any(char.isalpha() for char in text))


@pytest.mark.parametrize("write", [as_vcard, as_csv])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=_TEXT, note_text=_TEXT, fact_text=_TEXT, address=_TEXT, company=_TEXT)
def test_any_text_at_all_makes_the_round_trip(
    tmp_path: Path,
    write: Write,
    name: str,
    note_text: str,
    fact_text: str,
    address: str,
    company: str,
) -> None:
    person = Dossier(
        customer=Customer(id=ID, full_name=name, company=company, preferred_name=name),
        points=(point(ContactKind.ADDRESS, address), point(ContactKind.EMAIL, f"{name}@x")),
        facts=(fact(FactKind.TRAVEL, fact_text),),
        notes=(note(note_text), note(address)),
    )

    found = come_back(
        write(person) if write is as_vcard else as_csv(person),
        tmp_path,
    )

    assert plan_import(found, OnlyAnna(person), region="GB", at=AT) == Nothing(ID)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from(
                [
                    *(b"BEGIN:VCARD\r\n", b"END:VCARD\n", b"FN:x\n", b"Name,Phone\n", b'"', b","),
                    *(b"\r\n ", b"=\r\n", b";ENCODING=QUOTED-PRINTABLE:", b"\x00", b"\xff\xfe"),
                    *(b"N;CHARSET=idna:", b"PHOTO:data:;base64,", b"TEL;TYPE=", b"BDAY:", b"\xef"),
                ]
            ),
        ),
        max_size=30,
    )
)
def test_no_bytes_at_all_break_the_reader(tmp_path: Path, parts: list[bytes]) -> None:
    for start in (b"BEGIN:VCARD\n", b"Name,Phone,Birthday,Notes\n"):
        path = tmp_path / "fuzz"
        path.write_bytes(start + b"".join(parts))

        found = list(read_contacts(path))

        assert all(entry.line >= 1 for entry in found)
        assert all(entry.full_name for entry in found if isinstance(entry, Contact))
