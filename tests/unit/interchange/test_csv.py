"""CSV files are read as Google, Outlook, HubSpot and people write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentdesk.domain.entities import FactKind
from agentdesk.errors import Code, UserError
from agentdesk.interchange.contact import Contact, Labelled, LooseFact, Reason, Unreadable
from agentdesk.interchange.reading import read_contacts

Read = Callable[..., list[Contact | Unreadable]]
ReadOne = Callable[..., Contact]


def test_google_contacts_with_the_headers_of_today(read_one: ReadOne) -> None:
    found = read_one(
        "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,File As,Birthday,Notes,"
        "Labels,Organization Name,Organization Title,E-mail 1 - Label,E-mail 1 - Value,"
        "Phone 1 - Label,Phone 1 - Value,Address 1 - Label,Address 1 - Formatted,"
        "Address 1 - Street,Address 1 - City,Relation 1 - Label,Relation 1 - Value\r\n"
        "Anna,,Blunt,AN-uh,Mrs,,--03-07,Likes tea,* myContacts ::: Choir,ACME,Buyer,* Work,"
        'a@example.com ::: b@example.com,Mobile,+44 20 7946 0018 ::: 020 7946 0019,Home,"1 High '
        'St\nLondon",1 High St,London,Spouse,Tom\r\n'
    )

    assert (found.full_name, found.respelling) == ("Mrs Anna Blunt", "AN-uh")
    assert (found.birthday, found.company, found.notes) == ("--03-07", "ACME", ("Likes tea",))
    assert found.emails == (Labelled("a@example.com", "work"), Labelled("b@example.com", "work"))
    assert [phone.value for phone in found.phones] == ["+44 20 7946 0018", "020 7946 0019"]
    assert found.addresses == (Labelled("1 High St\nLondon", "home"),)
    assert set(found.facts) == {
        LooseFact(FactKind.OTHER, "Buyer"),
        LooseFact(FactKind.FAMILY, "Spouse: Tom"),
        LooseFact(FactKind.OTHER, "Choir"),
    }


def test_google_contacts_with_the_headers_of_before(read_one: ReadOne) -> None:
    found = read_one(
        "Name,Given Name,Family Name,Given Name Yomi,Nickname,Group Membership,Language,"
        "E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Name\n"
        "Anna Blunt,Anna,Blunt,AN-uh,Annie,* myContacts,English,* Home,a@example.com,Mobile,"
        "+442079460018,ACME\n",
        "utf-16",
    )

    assert (found.full_name, found.preferred_name, found.language) == ("Anna Blunt", "Annie", "en")
    assert found.phones == (Labelled("+442079460018", "mobile"),)
    assert (found.company, found.facts) == ("ACME", ())


@pytest.mark.parametrize(
    ("encoding", "text", "name", "phones", "place"),
    [
        (
            "utf-8",
            "Title,First Name,Last Name,Suffix,Company,Job Title,Business Street,Business City,"
            "Business Postal Code,Business Phone,Mobile Phone,E-mail Address,E-mail Display Name,"
            "E-mail Type,Birthday,Assistant's Phone\r\n"
            "Mrs,Anna,Blunt,,ACME,Buyer,1 High St,London,SW1,020 7946 0018,07700 900123,"
            "a@example.com,Anna (a@example.com),SMTP,0/0/00,020 7946 0099\r\n",
            "Mrs Anna Blunt",
            {"work": "020 7946 0018", "mobile": "07700 900123"},
            "1 High St\nSW1 London",
        ),
        (
            "cp1250",
            "Anrede;Vorname;Nachname;Suffix;Firma;Straße geschäftlich;Ort geschäftlich;"
            "Telefon geschäftlich;Mobiltelefon;E-Mail-Adresse;E-Mail-Angezeigter Name;"
            "Geburtstag\r\n"
            ";Jürgen;Müller;;ACME;Ring 1;Köln;0221 12345;0151 23456;a@example.com;J M;"
            "07.03.1984\r\n",
            "Jürgen Müller",
            {"work": "0221 12345", "mobile": "0151 23456"},
            "Ring 1\nKöln",
        ),
        (
            "cp1250",
            "Imię;Nazwisko;Firma;Adres służbowy - ulica;Adres służbowy - miejscowość;"
            "Telefon służbowy;Telefon komórkowy;Adres e-mail;Urodziny\r\n"
            "Łucja;Źdźbło;ACME;Krótka 1;Łódź;22 123 45 67;600 123 456;a@example.com;7.3.1984\r\n",
            "Łucja Źdźbło",
            {"work": "22 123 45 67", "mobile": "600 123 456"},
            "Krótka 1\nŁódź",
        ),
        (
            "cp1251",
            "Имя;Отчество;Фамилия;Организация;Улица (раб. адрес);Город (раб. адрес);Телефон раб.;"
            "Телефон переносной;Адрес эл. почты;День рождения\r\n"
            "Анна;Петровна;Иванова;ACME;Тверская 1;Москва;495 123-45-67;916 123-45-67;"
            "a@example.com;07.03.1984\r\n",
            "Анна Петровна Иванова",
            {"work": "495 123-45-67", "mobile": "916 123-45-67"},
            "Тверская 1\nМосква",
        ),
    ],
    ids=["english", "german", "polish", "russian"],
)
def test_outlook_in_the_languages_it_speaks(
    read_one: ReadOne, encoding: str, text: str, name: str, phones: dict[str, str], place: str
) -> None:
    found = read_one(text, encoding)

    assert found.full_name == name
    assert {phone.label: phone.value for phone in found.phones} == phones
    assert [mail.value for mail in found.emails] == ["a@example.com"]
    assert found.addresses == (Labelled(place, "work"),)
    assert found.company == "ACME"
    assert found.birthday in (None, "1984-03-07")


def test_hubspot_with_its_own_record_number(read_one: ReadOne) -> None:
    found = read_one(
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Company Name,"
        "Job Title,Street Address,City,Postal Code,Country/Region,Lead Status,Create Date\n"
        "4711,Anna,Blunt,a@example.com,+442079460018,,ACME,Buyer,1 High St,London,SW1,UK,New,x\n"
    )

    assert (found.uid, found.full_name, found.company) == ("hubspot:4711", "Anna Blunt", "ACME")
    assert found.phones == (Labelled("+442079460018"),)
    assert found.addresses == (Labelled("1 High St\nSW1 London\nUK"),)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Customer;Tel\nAnna Blunt;1234567\n", "Anna Blunt"),
        ("sep=;\nName;Phone\nAnna Blunt;1234567\n", "Anna Blunt"),
        ("ФИО\tНомер телефона\nИванова Анна\t1234567\n", "Иванова Анна"),
        ("Klient,Nr telefonu\nŁucja,1234567\n", "Łucja"),
        ("email\na@example.com\n", "a@example.com"),
        ("Name,Phone\rAnna,1234567\r", "Anna"),
        ('Name,Phone\n"Bob ""the Hat"" Gray",1234567\n', 'Bob "the Hat" Gray'),
        ('Name,Phone\n5" pipes Ltd,1234567\n', '5" pipes Ltd'),
        ("Name,Phone,\nAnna,1234567,,,\n", "Anna"),
    ],
)
def test_tables_that_people_made_are_understood(read_one: ReadOne, text: str, name: str) -> None:
    assert read_one(text).full_name == name


def test_the_order_of_day_and_month_is_learnt_from_the_file(read: Read) -> None:
    found = read("Name,Birthday\nAnna,03/04/1984\nBob,25/12/1990\n")

    assert [f.birthday for f in found if isinstance(f, Contact)] == ["1984-04-03", "1990-12-25"]


def test_an_ambiguous_birthday_is_kept_in_words(read_one: ReadOne) -> None:
    found = read_one("Name,Birthday\nAnna,03/04/1984\n")

    assert (found.birthday, found.facts) == (
        None,
        (LooseFact(FactKind.OTHER, "BDAY 03/04/1984"),),
    )


def test_row_numbers_are_not_taken_for_identities(read_one: ReadOne) -> None:
    assert read_one("Id,Name\n123456789012,Anna\n").uid is None


def test_one_bad_row_never_stops_the_rest(read: Read) -> None:
    found = read(
        b"Name,Phone,Notes\n"
        b"\xc3\x84nne,1234567,ok\n"
        b'Bob,1234567,"never closed\n'
        b'Carl,1234567,"two\nlines"\n'
        b"Dora,1234567\n"
        b"Eve,1,2,3\n"
        b"F\x00rank,1234567,\n"
        b"\xc3\xc3\xff,1234567,\n"
        b",,only a note\n"
        b"\n,,\n"
        b"G" + b"x" * 600_000 + b",1,\n"
        b'"Hugo",1234567,"last'
    )

    assert [(f.line, f.reason) for f in found if isinstance(f, Unreadable)] == [
        (3, Reason.UNCLOSED_QUOTE),
        (6, Reason.COLUMN_COUNT),
        (7, Reason.COLUMN_COUNT),
        (8, Reason.CONTROL_CHARACTERS),
        (9, Reason.ENCODING),
        (10, Reason.NOBODY),
        (13, Reason.TOO_LONG),
        (14, Reason.UNCLOSED_QUOTE),
    ]
    assert [(f.line, f.full_name) for f in found if isinstance(f, Contact)] == [
        (2, "Änne"),
        (4, "Carl"),
    ]


def test_a_quote_opened_in_a_huge_file_costs_one_row(read: Read) -> None:
    rows = [f"Person {n},1234567" for n in range(3000)]
    rows[10] = '"Person 10,1234567'

    found = read("Name,Phone\n" + "\n".join(rows))

    assert [f.line for f in found if isinstance(f, Unreadable)] == [12]
    assert len(found) == 3000


def test_progress_reaches_the_end_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("Name,Phone\n" + "Anna,1234567\n" * 20_000)
    told: list[tuple[int, int]] = []

    count = sum(1 for _ in read_contacts(path, lambda done, total: told.append((done, total))))

    size = path.stat().st_size
    assert count == 20_000
    assert told[-1] == (size, size)
    assert told == sorted(told)
    assert len(told) > 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \r\n",
        b"PK\x03\x04 an xlsx",
        b"\xd0\xcf\x11\xe0 an xls",
        b"{}",
        b"Colour,Size\nred,4\n",
        b"just some text\n",
        b"Anna Blunt,+44 20 7946 0018\n",
    ],
)
def test_what_is_no_file_of_contacts_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contacts"
    path.write_bytes(content)

    with pytest.raises(UserError) as caught:
        list(read_contacts(path))

    assert caught.value.code is Code.UNKNOWN_FORMAT


def test_a_file_that_cannot_be_opened_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        list(read_contacts(tmp_path / "missing.csv"))

    assert caught.value.code is Code.UNREADABLE_FILE
