"""The encoding of a file is found from its bytes."""

from __future__ import annotations

import codecs

import pytest

from agentdesk.interchange import encodings

RUSSIAN = ["Иванов", "ПЕТРОВА Анна", "Жуков Пётр;Москва", "Юлія Згурська", "Им Ян", "Ёж"]
CENTRAL_EUROPEAN = [
    *("Łódź", "Wojciech Źrebiec", "Grażyna Łęcka", "GŻEGŻÓŁKA", "ŁĄŻ", "Ząbkowice Śląskie"),
    *("Jiří Dvořák", "Šárka Říhová", "JIŘÍ ČERNÝ", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    *("Müller Straße", "Ősi Gyöngyi"),
]


@pytest.mark.parametrize("text", RUSSIAN)
def test_cyrillic_words_are_windows_1251(text: str) -> None:
    assert encodings.of_lines([text.encode("cp1251")]) == "cp1251"


@pytest.mark.parametrize("text", CENTRAL_EUROPEAN)
def test_polish_czech_german_and_hungarian_words_are_windows_1250(text: str) -> None:
    assert encodings.of_lines([text.encode("cp1250")]) == "cp1250"


@pytest.mark.parametrize("text", [*RUSSIAN, *CENTRAL_EUROPEAN, "plain"])
def test_what_is_well_formed_utf_8_is_utf_8(text: str) -> None:
    assert encodings.of_lines([b"Name"] * 50 + [text.encode()]) == "utf-8"


def test_one_damaged_line_does_not_change_the_encoding_of_the_others() -> None:
    lines = ["Анна Иванова, Москва".encode(), b"\xff\xfe\xc0"]

    assert encodings.of_lines(lines) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["Name,Phone\r\nAnna,1\r\n", "Имя,Телефон\r\nАнна,1\r\n", "Łódź\n"]
)
def test_utf_16_is_known_without_its_mark(text: str, encoding: str) -> None:
    assert encodings.from_mark(text.encode(encoding)) == encoding


def test_byte_order_marks_are_believed() -> None:
    assert encodings.from_mark(codecs.BOM_UTF8 + b"x") == "utf-8-sig"
    assert encodings.from_mark("x".encode("utf-16")) == "utf-16"
    assert encodings.from_mark("Имя,Телефон\n".encode()) is None
    assert encodings.from_mark(b"") is None
