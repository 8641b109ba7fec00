"""Names are found in any spelling, used as people like, and shown without doing harm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain import names
from agentdesk.domain.entities import Customer


def customer(full_name: str, **fields: str) -> Customer:
    return Customer(id="1", full_name=full_name, **fields)  # type: ignore[arg-type]  # only texts


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łukasz ŻÓŁĆ", "lukasz zolc"),
        ("Straße", "strasse"),
        ("Øystein Æ", "oystein ae"),
        ("Ñuñez", "nunez"),
        ("Đorđe", "dorde"),
        ("İstanbul", "istanbul"),
        ("ＦＵＬＬ", "full"),
        ("Ёлкин", "елкин"),
    ],
)
def test_case_and_accents_do_not_matter_for_finding(text: str, folded: str) -> None:
    assert names.fold(text) == folded


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Щукин Юрий", "Shchukin Iurii"),
        ("ЩУКИНА Ирина", "SHCHUKINA Irina"),
        ("Подъячева Наталья", "Podieiacheva Natalia"),
        ("Юлія Згурська", "Yuliia Zghurska"),
        ("Григорій В’ячеславович", "Hryhorii Viacheslavovych"),
        ("Παπαδόπουλος Ευάγγελος", "Papadopoulos Evangelos"),
        ("Μπάμπης", "Bampis"),
        ("Ευτυχία", "Eftychia"),
        ("Anna Ö", "Anna Ö"),
    ],
)
def test_names_come_into_latin_letters_as_in_a_passport(text: str, written: str) -> None:
    assert names.latin(text) == written


def test_a_word_is_found_by_its_own_and_by_its_latin_form() -> None:
    assert names.search_forms("Анна O’Brien-Łoś") == (
        ("анна", "anna"),
        ("obrien", "brien"),
        ("los",),
    )
    assert names.search_tokens("Анна Anna") == ("анна", "anna")


def test_names_of_different_alphabets_sort_together() -> None:
    people = [customer("Анна Борисова", family_name="Борисова"), customer("Ańna Abel")]

    assert sorted(map(names.sort_key, people)) == ["anna abel", "borisova anna borisova"]


@pytest.mark.parametrize(
    ("full_name", "letters"),
    [
        ("Mrs Anna Blunt", "AB"),
        ("Bob", "B"),
        ("Анна Петровна Иванова", "АИ"),
        ("Élodie (Lo) Martin", "ÉM"),
        ("e\u0301lodie", "É"),
        ("😀 7", ""),
        ("", ""),
    ],
)
def test_initials_stand_in_for_a_photo(full_name: str, letters: str) -> None:
    assert names.initials(full_name) == letters


@pytest.mark.parametrize(
    ("full_name", "given_name"),
    [
        ("Mrs Anna Blunt", "Anna"),
        ("Blunt, Anna", "Anna"),
        ("Иванова Анна Петровна", "Анна"),
        ("Анна Петровна Иванова", "Анна"),
        ("Bob", "Bob"),
        ("  ", None),
    ],
)
def test_the_given_name_is_guessed_from_the_whole(full_name: str, given_name: str | None) -> None:
    assert names.given_name_of(customer(full_name)) == given_name


@pytest.mark.parametrize(
    ("who", "language", "address"),
    [
        (customer("Anna Blunt", form_of_address="Mrs Blunt"), "en", "Mrs Blunt"),
        (customer("Robert Gray", preferred_name="Bob"), "en", "Bob"),
        (customer("Mrs Anna Blunt"), "en", "Mrs Blunt"),
        (customer("Anna Blunt", pronouns="she/her"), "en", "Ms Blunt"),
        (customer("Anna Blunt", pronouns="they/them"), "en", "Anna Blunt"),
        (customer("Anna Blunt"), "en", "Anna Blunt"),
        (customer("Иванова Анна Петровна"), "ru", "Анна Петровна"),
        (customer("Анна Петровна"), "ru", "Анна Петровна"),
        (customer("Роман Абрамович"), "ru", "Роман Абрамович"),
        (customer("Анна Петровна Иванова", given_name="Анна"), "ru", "Анна Петровна"),
        (customer("Anna Kowalska"), "pl", "Pani Anna Kowalska"),
        (customer("Jan Kowalski"), "pl", "Pan Jan Kowalski"),
        (customer("Anna Nowak", pronouns="ona/jej"), "pl", "Pani Anna Nowak"),
        (customer("Anna Nowak"), "pl", "Anna Nowak"),
        (customer("Kuba Kowalski"), "pl", "Kuba Kowalski"),
        (customer("Anna Kowalska", pronouns="oni/ich"), "pl", "Anna Kowalska"),
        (customer("dr Anna Kowalska"), "pl", "dr Anna Kowalska"),
    ],
)
def test_nothing_about_a_person_is_invented_to_address_them(
    who: Customer, language: str, address: str
) -> None:
    assert names.default_address(who, language) == address


def test_a_name_cannot_turn_its_neighbours_around() -> None:
    assert names.for_display("\u202egnp.exe\u202c") == "gnp.exe"
    assert names.for_display("שלום") == "\u2068שלום\u2069"
    assert names.for_display("a\x00b\x1b[31m\nc\ud800") == "ab[31m c"
    assert names.for_display("one\r\ntwo\u2028three", lines=True) == "one\ntwo\nthree"
    assert names.for_display("<b>&amp;</b>") == "<b>&amp;</b>"


def test_a_long_name_is_cut_between_characters() -> None:
    family = "👨‍👩‍👧‍👦"

    assert names.for_display("abcdefghij", 5) == "abcd…"
    assert names.for_display("abc", 3) == "abc"
    assert names.for_display("ab" + family, 5) == "ab…"
    assert names.for_display("e\u0301" * 4, 4) == "e\u0301…"


@given(st.text(max_size=80))
def test_no_text_breaks_what_names_are_put_through(text: str) -> None:
    who = customer(text)

    shown = names.for_display(text, 20)
    assert len(shown) <= 22
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)
    assert names.fold(names.fold(text)) == names.fold(text)
    assert len(names.initials(text)) <= 8
    assert all(names.default_address(who, language) is not None for language in ("en", "ru", "pl"))
    assert all(token == names.fold(token) for token in names.search_tokens(text))


def test_a_name_is_the_same_in_any_order_alphabet_and_with_any_title() -> None:
    keys = {names.name_key(name) for name in ("Mrs Anna O’Brien", "O'BRIEN, Ánna", "Анна Obrien")}

    assert keys == {"anna obrien"}
    assert names.name_key("😀") != names.name_key("🎉")
