"""A call is understood as any source announces it, and no announcement breaks anything."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentdesk.domain.phone import parse_number
from agentdesk.errors import Code, UserError
from agentdesk.telephony.events import MOST_CHARS, Call, announced, from_link, is_link


def test_every_announcement_is_a_call_of_its_own() -> None:
    first, second = announced("020 7946 0958"), announced("020 7946 0958")
    assert first.call_id != second.call_id
    assert first.rang_at.tzinfo is not None
    assert (first.name, first.line) == (None, None)


@pytest.mark.parametrize(
    ("link", "e164", "extension"),
    [
        ("tel:+44-20-7946-0958", "+442079460958", None),
        ("TEL:+442079460958;ext=12", "+442079460958", "12"),
        ("tel:%2B442079460958", "+442079460958", None),
        ("tel:7946-0958;phone-context=+4420", "+442079460958", None),
        (" tel:02079460958\n", "+442079460958", None),
        ("agentdesk:call?number=%2B442079460958", "+442079460958", None),
        ("agentdesk://call?number=%2B442079460958", "+442079460958", None),
        ("agentdesk://call/?number=020%207946%200958", "+442079460958", None),
        ("agentdesk:call?number=+442079460958", "+442079460958", None),
        ("AGENTDESK:call?number=%2B442079460958%20ext.%2012", "+442079460958", "12"),
    ],
)
def test_a_link_names_its_number(link: str, e164: str, extension: str | None) -> None:
    number = parse_number(from_link(link).number, "GB")
    assert (number.e164, number.extension) == (e164, extension)


def test_a_link_may_name_the_caller_and_the_line() -> None:
    call = from_link(
        "agentdesk:call?number=112&name=%D0%90%D0%BD%D0%BD%D0%B0+%26+co&line=Sales&x=1"
    )
    assert (call.number, call.name, call.line) == ("112", "Анна & co", "Sales")
    empty = from_link("agentdesk:call?number=&name=&line=%20")
    assert (empty.number, empty.name, empty.line) == ("", None, None)
    assert from_link("agentdesk:call").number == ""


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://example.com/?number=112",
        "agentdesk:sync?number=112",
        "agentdesk://[call?number=112",
        "agentdesk://call:x]/",
        "file:///etc/passwd",
        "020 7946 0958",
    ],
)
def test_what_is_no_link_of_ours_is_refused(link: str) -> None:
    with pytest.raises(UserError) as refused:
        from_link(link)
    assert refused.value.code is Code.BAD_NUMBER


@pytest.mark.parametrize(
    ("argument", "link"),
    [
        ("tel:112", True),
        ("TEL:112", True),
        ("agentdesk:call", True),
        ("agentdesk", False),
        ("telegram:x", False),
        ("+44 20 7946 0958", False),
        ("", False),
    ],
)
def test_links_are_told_from_other_arguments(argument: str, link: bool) -> None:
    assert is_link(argument) is link


def test_long_texts_are_cut_and_unprintable_ones_can_be_handed_on() -> None:
    call = announced("1" * 9_999, "N" * 9_999, "  ")
    assert (len(call.number), len(call.name or ""), call.line) == (MOST_CHARS, MOST_CHARS, None)
    broken = announced("+44\x00207946\udcff0958", "An\ud800na")
    assert msgspec.json.decode(msgspec.json.encode(broken), type=Call) == broken
    assert (broken.number, broken.name) == ("+44207946?0958", "An?na")


@given(
    st.text(st.characters(), max_size=60),
    st.sampled_from(["", "tel:", "agentdesk:call?", "agentdesk://"]),
)
def test_no_link_breaks_the_program(text: str, scheme: str) -> None:
    with suppress(UserError):
        call = from_link(scheme + text)
        assert len(call.number) <= MOST_CHARS
        assert msgspec.json.decode(msgspec.json.encode(call), type=Call) == call
