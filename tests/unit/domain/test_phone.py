"""Telephone numbers are read by the plan of their country, and never guessed from their end."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain import phone
from agentdesk.domain.phone import NumberKind, parse_number


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
        ("++44 20 7946 0018", "US", "+442079460018"),
        ("0044 20 7946 0018", "PL", "+442079460018"),
        ("0044 20 7946 0018", "RU", "+442079460018"),
        ("810 44 20 7946 0018", "RU", "+442079460018"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("+7 701 123 45 67", "RU", "+77011234567"),
        ("22 123 45 67", "PL", "+48221234567"),
        ("030/123456-12", "DE", "+493012345612"),
        ("212.736.5000", "US", "+12127365000"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("＋４４　２０　７９４６　００１８", "JP", "+442079460018"),
        ("٠٢٠ ٧٩٤٦ ٠٠١٨", "GB", "+442079460018"),
        ("\u202a+44 20 7946 0018\u202c", "GB", "+442079460018"),
        ("Tel.: 020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018 (home)", "GB", "+442079460018"),
        ("*31#020 7946 0018", "GB", "+442079460018"),
        ("+800 1234 5678", "GB", "+80012345678"),
    ],
)
def test_any_notation_gives_the_same_e164(text: str, region: str, e164: str) -> None:
    parsed = parse_number(text, region)

    assert (parsed.kind, parsed.e164, parsed.extension) == (NumberKind.SUBSCRIBER, e164, None)
    assert parsed.typed == text
    assert parsed.certain


@pytest.mark.parametrize(
    "text",
    [
        "020 7946 0018 x12",
        "020 7946 0018 ext. 12",
        "020 7946 0018, ext 12",
        "020 7946 0018 (extension 12)",
        "020 7946 0018 доб. 12",
        "020 7946 0018 вн. 12",
        "020 7946 0018 wew. 12",
        "020 7946 0018 nr wewn. 12",
        "020 7946 0018 внутренний 12",
        "020 7946 0018 дод. 12",
        "020 7946 0018 ramal 12",
        "020 7946 0018 toestel 12",
        "020 7946 0018 DW-12",
        "020 7946 0018p12",
        "020 7946 0018 w12",
        "020 7946 0018,12",
        "020 7946 0018~12",
        "020 7946 0018 #12",
        "020 7946 0018,,12#",
        "020 7946 0018;ext=12",
        "020 7946 0018; ext. 12",
        "tel:+44-20-7946-0018;ext=1-2;isub=7",
        "tel:20-7946-0018;phone-context=+44;ext=12",
        "sip:+442079460018;ext=12@example.com;user=phone",
    ],
)
def test_an_extension_is_told_apart_in_every_way_of_writing_it(text: str) -> None:
    parsed = parse_number(text, "GB")

    assert (parsed.e164, parsed.extension) == ("+442079460018", "12")


@pytest.mark.parametrize(
    "text",
    [
        "sip:+442079460018@provider.example;user=phone",
        "sips:+442079460018:secret@provider.example",
        '"Bob" <sip:+442079460018@provider.example>;tag=4',
        "Bob <tel:+44-20-7946-0018>",
        "tel://%2B44%2020%207946%200018",
        "callto:+442079460018",
        "+442079460018:5060",
        "<sip:+442079460018@192.0.2.1:5060;user=phone;transport=udp>",
        "sip:00442079460018@provider.example;user=phone",
        "tel:+44-20-7946-0018;isub=12345;phone-context=pbx.example",
        "+442079460018@provider.example",
        "tel:+44-20-7946-0018;phone-context=example.com",
    ],
)
def test_addresses_of_telephony_are_read_up_to_the_number(text: str) -> None:
    assert parse_number(text, "US").e164 == "+442079460018"


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "\u200e", "anonymous", "Anonymous", "PRIVATE", "Unknown", "withheld", "-1"),
        *("restricted", "unavailable", "0", "0000000000", "<unknown>", "номер скрыт"),
        *("numer zastrzeżony", "sip:anonymous@anonymous.invalid", "266696687", "+266696687"),
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        *("sip:thisisanonymous@anonymous.invalid", "anonymous@anonymous.invalid", "+000", "+0"),
        *("Numéro masqué", "ANONIMOWY", "не определён", "Asterisk", "tel:unavailable"),
    ],
)
def test_a_caller_who_hides_is_withheld_and_has_no_number(text: str) -> None:
    parsed = parse_number(text, "GB")

    assert parsed.kind is NumberKind.WITHHELD
    assert (parsed.e164, parsed.extension, parsed.digits) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "region", "kind"),
    [
        ("112", "PL", NumberKind.SHORT),
        ("999", "GB", NumberKind.SHORT),
        ("911", "US", NumberKind.SHORT),
        ("4021", "GB", NumberKind.INTERNAL),
        ("12345", "DE", NumberKind.INTERNAL),
        ("sip:4021@pbx.local", "GB", NumberKind.INTERNAL),
    ],
)
def test_short_and_internal_numbers_have_digits_and_no_e164(
    text: str, region: str, kind: NumberKind
) -> None:
    parsed = parse_number(text, region)

    assert (parsed.kind, parsed.e164) == (kind, None)
    assert parsed.digits is not None
    assert parsed.digits in text


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("7946 0018", "GB"),
        ("555-1234", "US"),
        ("+", "GB"),
        ("()", "GB"),
        ("abc", "GB"),
        ("sip:bob@example.com", "US"),
        ("123bobsmith", "US"),
        ("Order 12345678901", "GB"),
        ("+999 123 456", "GB"),
        ("+44 20 7946 0018 0000 0000", "GB"),
        ("+1" * 200, "US"),
    ],
)
def test_what_cannot_be_dialled_is_invalid_and_stays_as_typed(text: str, region: str) -> None:
    parsed = parse_number(text, region)

    assert (parsed.kind, parsed.e164, parsed.typed) == (NumberKind.INVALID, None, text)


def test_a_number_of_a_range_that_is_too_new_gets_an_uncertain_e164() -> None:
    # Ofcom keeps 07700 900xxx out of service, so that no metadata will ever list it.
    parsed = parse_number("07700 900123", "GB")

    assert (parsed.kind, parsed.e164) == (NumberKind.SUBSCRIBER, "+447700900123")
    assert (parsed.region, parsed.certain) == ("GB", False)


def test_a_country_code_without_its_plus_is_a_guess() -> None:
    parsed = parse_number("442079460018", "PL")

    assert (parsed.e164, parsed.certain) == ("+442079460018", False)


def test_without_a_known_region_only_international_numbers_are_read() -> None:
    assert parse_number("+442079460018", "").e164 == "+442079460018"
    assert parse_number("020 7946 0018", "XX").kind is NumberKind.INVALID


def test_numbers_that_share_their_last_digits_stay_different() -> None:
    polish = parse_number("+48 22 794 60 01", "GB").e164
    british = parse_number("022 794 6001", "GB").e164

    assert polish != british


def test_a_number_is_national_at_home_and_international_abroad() -> None:
    assert phone.format_for_display("+442079460018", "GB") == "020 7946 0018"
    assert phone.format_for_display("+442079460018", "pl") == "+44 20 7946 0018"
    assert phone.format_for_display("+74951234567", "RU", "12").endswith("ext. 12")
    assert phone.format_for_display("no number", "GB") == "no number"


def test_the_place_and_the_local_time_of_a_number_are_known() -> None:
    assert phone.country_of("+442079460018", "ru") == "Великобритания"
    assert phone.country_of("+442079460018", "no-such-language") == "United Kingdom"
    assert phone.country_of("+80012345678", "en") is None
    assert phone.place_of("+442079460018", "en") == "London"
    assert phone.place_of("+48221234567", "pl") == "Warszawa"
    assert phone.place_of("nonsense", "en") is None
    assert phone.time_zones_of("+442079460018") == ("Europe/London",)
    assert phone.time_zones_of("nonsense") == ()


def test_place_names_are_not_loaded_before_somebody_asks() -> None:
    probe = (
        "import sys, agentdesk.domain.phone as p; p.parse_number('020 7946 0018', 'GB');"
        "p.country_of('+442079460018', 'en'); sys.exit('phonenumbers.geocoder' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0


_NUMBERISH = st.text(alphabet='0123456789+()-./ ;,=@<>:"#*xtelsipxdobwew.extphone-context%٣３')


@given(text=st.one_of(st.text(max_size=300), _NUMBERISH), region=st.sampled_from(["GB", "RU", ""]))
def test_no_text_at_all_breaks_the_reader(text: str, region: str) -> None:
    parsed = parse_number(text, region)

    assert parsed.typed == text
    assert (parsed.e164 is not None) == (parsed.kind is NumberKind.SUBSCRIBER)
    if parsed.e164 is not None:
        assert parse_number(parsed.e164, "US").e164 == parsed.e164


@pytest.mark.parametrize(
    "text",
    [
        "tel:1;phone-context=" + "a" * 230 + "!",
        "(" * 256,
        "1-" * 128,
        "+1 " + "x" * 250,
        " " * 255 + "x",
        "1" + " ,;." * 60 + "ext",
        "<" * 128 + ">" * 128,
    ],
)
def test_hostile_text_is_read_at_once(text: str) -> None:
    # pytest-timeout would end the test; a backtracking pattern would run for years.
    assert parse_number(text, "GB").e164 is None
