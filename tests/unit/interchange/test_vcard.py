"""vCards are read as they come from telephones, mail programs and other CRMs."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from agentdesk.domain.entities import FactKind
from agentdesk.interchange.contact import Contact, Labelled, LooseFact, Reason, Unreadable
from agentdesk.interchange.lines import lines_of
from agentdesk.interchange.vcard import unfolded

Read = Callable[..., list[Contact | Unreadable]]
ReadOne = Callable[..., Contact]


def card(*lines: str, version: str = "4.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def test_names_are_read_with_their_parts(read_one: ReadOne) -> None:
    found = read_one(card("FN:Mrs Anna Blunt", "N:Blunt;Anna;Maria;Mrs;", "NICKNAME:Annie,A"))

    assert (found.full_name, found.given_name, found.family_name, found.preferred_name) == (
        "Mrs Anna Blunt",
        "Anna",
        "Blunt",
        "Annie",
    )
    assert found.line == 1


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Blunt;Anna;;Mrs;"], "Mrs Anna Blunt"),
        (["ORG:ACME\\, Inc.;Sales"], "ACME, Inc."),
        (["EMAIL:anna@example.com"], "anna@example.com"),
        (["TEL:020 7946 0018"], "020 7946 0018"),
    ],
)
def test_without_a_formatted_name_the_next_best_stands_in(
    read_one: ReadOne, lines: list[str], name: str
) -> None:
    assert read_one(card(*lines)).full_name == name


@pytest.mark.parametrize(
    ("lines", "respelling", "ipa"),
    [
        (["X-PHONETIC-FIRST-NAME:AN-uh", "X-PHONETIC-LAST-NAME:blunt"], "AN-uh blunt", None),
        (["N;PHONETIC=ipa;ALTID=1:blʌnt;ˈænə;;;"], None, "ˈænə blʌnt"),
        (["N;PHONETIC=script;ALTID=1:ブラント;アンナ;;;"], "アンナ ブラント", None),
        (["PRONUNCIATION:AN-uh"], "AN-uh", None),
        (["PRONUNCIATION:/ˈænə/"], None, "/ˈænə/"),
        (["SOUND;X-IRMC-N:blunt;anna;;;"], "blunt anna", None),
    ],
)
def test_how_to_say_the_name_is_found(
    read_one: ReadOne, lines: list[str], respelling: str | None, ipa: str | None
) -> None:
    found = read_one(card("FN:Anna Blunt", "N:Blunt;Anna;;;", *lines))

    assert (found.full_name, found.respelling, found.ipa) == ("Anna Blunt", respelling, ipa)


def test_numbers_keep_their_labels_and_the_preferred_comes_first(read_one: ReadOne) -> None:
    found = read_one(
        card(
            "FN:Anna",
            'TEL;VALUE=uri;TYPE="cell,voice":tel:+44-20-7946-0018;ext=5',
            "item1.TEL;PREF=1:020 7946 0019",
            "item1.X-ABLABEL:_$!<Work>!$_",
            "item2.TEL;TYPE=pref:020 7946 0020",
            "item2.X-ABLABEL:Summer cottage",
            "TEL;TYPE=HOME,FAX:020 7946 0021",
        )
    )

    assert found.phones == (
        Labelled("020 7946 0019", "work"),
        Labelled("020 7946 0020", "Summer cottage"),
        Labelled("tel:+44-20-7946-0018;ext=5", "mobile"),
        Labelled("020 7946 0021", "home fax"),
    )


def test_escapes_and_folds_are_undone(read_one: ReadOne) -> None:
    found = read_one(
        card("FN:Ann\r\n a", r"NOTE:one\ntwo\, three\; four \\n", "NOTE:a\r\n  word\r\n\t, more")
    )

    assert found.full_name == "Anna"
    assert found.notes == ("one\ntwo, three; four \\n", "a word, more")


def test_a_fold_in_the_middle_of_a_character_is_mended(read_one: ReadOne) -> None:
    ruined = "FN:Анна".encode()
    content = b"BEGIN:VCARD\r\n" + ruined[:6] + b"\r\n " + ruined[6:] + b"\r\nEND:VCARD\r\n"

    assert read_one(content).full_name == "Анна"


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        ("BDAY:19840307", "1984-03-07"),
        ("BDAY:--0307", "--03-07"),
        ("BDAY;VALUE=date:1984-03-07", "1984-03-07"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-07", "--03-07"),
    ],
)
def test_birthdays_come_with_or_without_a_year(read_one: ReadOne, line: str, birthday: str) -> None:
    found = read_one(card("FN:Anna", line))

    assert (found.birthday, found.facts) == (birthday, ())


@pytest.mark.parametrize("text", ["1984-03", "circa 1800"])
def test_a_birthday_that_is_no_day_is_kept_as_a_fact(read_one: ReadOne, text: str) -> None:
    found = read_one(card("FN:Anna", f"BDAY;VALUE=text:{text}"))

    assert (found.birthday, found.facts) == (None, (LooseFact(FactKind.OTHER, f"BDAY {text}"),))


@pytest.mark.parametrize(
    ("lines", "pronouns"),
    [
        (["PRONOUNS;LANGUAGE=en:xe/xir", "GRAMGENDER:masculine"], "xe/xir"),
        (["GRAMGENDER;LANGUAGE=pl:FEMININE"], "ona/jej"),
        (["LANG:ru", "GRAMGENDER:masculine"], "он/его"),
        (["GRAMGENDER:feminine"], "she/her"),
        (["GRAMGENDER:neuter"], None),
        (["GENDER:F"], None),
    ],
)
def test_pronouns_are_told_never_concluded_from_sex(
    read_one: ReadOne, lines: list[str], pronouns: str | None
) -> None:
    assert read_one(card("FN:Anna", *lines)).pronouns == pronouns


def test_the_rest_of_a_card_finds_its_place(read_one: ReadOne) -> None:
    found = read_one(
        card(
            *("FN:Anna", "LANG;PREF=2:de", "LANG;PREF=1:en-GB", "TZ:Europe/London"),
            *("ORG:ACME;Sales", "TITLE:Buyer", "HOBBY:rowing", "BIRTHPLACE:Leeds"),
            *("RELATED;TYPE=spouse;VALUE=text:Tom", "RELATED:urn:uuid:1", "CATEGORIES:VIP,Tea"),
            *("CATEGORIES:myContacts", "IMPP:skype:anna.b", "X-TELEGRAM:anna"),
            "ADR;TYPE=home:;;1 High St;London;;SW1;UK",
            'ADR;LABEL="2 Low St^nLeeds":;;;;;;',
            "UID:urn:uuid:0190AAAA-bbbb-7ccc-8ddd-eeeeeeeeeeee",
        )
    )

    assert (found.language, found.time_zone, found.company) == ("en-GB", "Europe/London", "ACME")
    assert found.hometown == "Leeds"
    assert {(fact.kind, fact.text) for fact in found.facts} == {
        (FactKind.OTHER, "Buyer"),
        (FactKind.INTEREST, "rowing"),
        (FactKind.FAMILY, "spouse: Tom"),
        (FactKind.OTHER, "VIP"),
        (FactKind.OTHER, "Tea"),
    }
    assert found.handles == (Labelled("anna.b", "skype"), Labelled("anna", "TELEGRAM"))
    assert found.addresses == (
        Labelled("1 High St\nSW1 London\nUK", "home"),
        Labelled("2 Low St\nLeeds"),
    )
    assert found.uid == "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee"


PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.mark.parametrize(
    "line",
    [
        f"PHOTO:data:image/png;base64,{base64.b64encode(PNG).decode()}",
        f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(PNG).decode()}",
        f"PHOTO;PNG;BASE64:{base64.b64encode(PNG).decode()[:20]}\r\n"
        f"{base64.b64encode(PNG).decode()[20:]}\r\n",
    ],
)
def test_an_inline_photo_is_taken(read_one: ReadOne, line: str) -> None:
    photo = read_one(card("FN:Anna", line)).photo

    assert photo is not None
    assert (photo.media_type, base64.b64decode(photo.data)) == ("image/png", PNG)


@pytest.mark.parametrize(
    "line",
    [
        "PHOTO:https://example.com/anna.png",
        "PHOTO;ENCODING=b;TYPE=PNG:!!!",
        f"PHOTO;ENCODING=b:{base64.b64encode(b'<svg onload=x>').decode()}",
        f"PHOTO;ENCODING=b:{base64.b64encode(PNG + bytes(64 * 1024)).decode()}",
        f"PHOTO;ENCODING=b:{base64.b64encode(PNG + bytes(700_000)).decode()}",
    ],
)
def test_a_photo_that_is_none_or_too_large_costs_only_itself(read_one: ReadOne, line: str) -> None:
    found = read_one(card("FN:Anna", line))

    assert (found.full_name, found.photo) == ("Anna", None)


def test_quoted_printable_of_old_telephones_is_read(read_one: ReadOne) -> None:
    found = read_one(
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=D0=B0=D0=BD=D0=BE=D0=\r\n"
            "=B2=D0=B0;=D0=90=D0=BD=D0=BD=D0=B0;;;",
            "TEL;CELL:89161234567",
            "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo",
            version="2.1",
        )
    )

    assert (found.full_name, found.notes) == ("Анна Иванова", ("one\ntwo",))
    assert found.phones == (Labelled("89161234567", "mobile"),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_cards_are_read_in_every_encoding(read_one: ReadOne, encoding: str) -> None:
    assert read_one(card("FN:Анна Иванова"), encoding).full_name == "Анна Иванова"


def test_a_property_may_name_its_own_character_set(read_one: ReadOne) -> None:
    content = (
        card("FN:@", "ORG:Ромашка", "NOTE:Ключ")
        .encode()
        .replace(b"FN:@", b"FN;CHARSET=windows-1251:" + "Анна".encode("cp1251"))
    )

    assert read_one(content).full_name == "Анна"


def test_a_spoiled_card_is_reported_and_the_rest_is_read(read: Read) -> None:
    good = card("FN:Bob")
    found = read(
        "BEGIN:VCARD\nFN:Unclosed\n"
        + good
        + card("FN:Anna", "no property at all")
        + card("FN:A\x00nna")
        + card("KIND:group", "FN:Friends")
        + card("NOTE:nobody")
        + "rubbish\nmore rubbish\n"
        + good
    )

    problems = [(f.line, f.reason) for f in found if isinstance(f, Unreadable)]
    assert problems == [
        (1, Reason.UNCLOSED_CARD),
        (7, Reason.BAD_LINE),
        (12, Reason.CONTROL_CHARACTERS),
        (16, Reason.NOT_A_PERSON),
        (21, Reason.NOBODY),
        (25, Reason.BAD_LINE),
    ]
    assert [f.line for f in found if isinstance(f, Contact)] == [3, 27]


def test_a_card_inside_a_card_is_passed_over(read: Read) -> None:
    found = read(card("FN:Anna", "AGENT:", "BEGIN:VCARD", "FN:Secretary", "END:VCARD", "NOTE:x"))

    assert [(f.full_name, f.notes) for f in found if isinstance(f, Contact)] == [("Anna", ("x",))]


def test_a_line_without_end_is_cut_and_costs_its_card(read: Read) -> None:
    found = read(card("FN:Anna", "NOTE:" + "x" * 2_000_000) + card("FN:Bob"))

    assert found[0] == Unreadable(1, Reason.TOO_LONG)
    assert isinstance(found[1], Contact)


def test_blank_lines_are_no_folds() -> None:
    lines = unfolded(lines_of([b"NOTE:a\r\n \r\n b\n", b"FN:c\r", b"\nX:d"]))

    assert [line.data for line in lines] == [b"NOTE:a", b" b", b"FN:c", b"X:d"]
