"""Playbooks: strict reading, blanks that stay sayable, and the shipped files."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
import re
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentdesk.domain.playbook import (
    BLANKS,
    MAX_BYTES,
    OPEN,
    Playbook,
    blanks_in,
    decode_playbook,
    fill,
    open_blanks,
)
from agentdesk.errors import UserError
from agentdesk.services.playbooks import in_language, shipped_playbooks

# A busy machine is no failure.
unhurried = settings(deadline=None)

SHIPPED = shipped_playbooks()
LANGUAGES = ("en", "pl", "ru")
EACH = pytest.mark.parametrize("playbook", SHIPPED, ids=lambda p: f"{p.key}.{p.language}")

CYRILLIC = re.compile(r"[\u0400-\u04ff]")
POLISH = re.compile(r"[ąćęłńóśźż]", re.IGNORECASE)

# Words of other alphabets that belong to a language all the same.
SHARED_WORDS = re.compile(r"\{[^}]*\}|\b(?:api|dns|S|M|L)\b", re.IGNORECASE)


def changed(playbook: Playbook, **fields: object) -> bytes:
    """Return `playbook` as YAML with some top-level fields replaced."""
    return msgspec.yaml.encode({**msgspec.to_builtins(playbook), **fields})


def texts_of(playbook: Playbook) -> list[str]:
    """Return every text of `playbook` that a person reads, phrases to look for included."""
    return [
        playbook.name,
        playbook.portrait,
        playbook.form_of_address.text,
        playbook.opening,
        playbook.opening_known,
        playbook.question,
        *playbook.do,
        *playbook.dont,
        *(sign.because for sign in playbook.signs),
        *(phrase for sign in playbook.signs for phrase in sign.phrases),
        *(part for phrase in playbook.phrases for part in (phrase.when, phrase.text)),
        *(link.label for link in playbook.links),
        *(decision.text for decision in playbook.may_decide),
        *(part for q in playbook.practice for part in (q.situation, q.why, *q.options)),
    ]


# Reading ----------------------------------------------------------------------------------


def test_a_playbook_survives_being_written_and_read_again() -> None:
    assert all(decode_playbook(msgspec.yaml.encode(playbook)) == playbook for playbook in SHIPPED)


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"hue": 360}, "hue", "359"),
        ({"key": "Not A Slug"}, "key", "regex"),
        ({"icon": "medal"}, "icon", "regex"),
        ({"version": "1"}, "version", "int"),
        ({"surprise": 1}, "playbook", "surprise"),
        ({"signs": []}, "signs", "length"),
        ({"opening": "Hello {nobody}"}, "playbook", "opening has an unknown blank {nobody}"),
        ({"opening": "Hello [[you"}, "playbook", "opening has brackets"),
        ({"opening": "x" * 141}, "opening", "140"),
        (
            {"links": [{"id": "a", "label": "Home", "url": "https://example.com/"}]},
            "links[0].url",
            "",
        ),
        ({"links": []}, "playbook", "names a link that does not exist"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(
    fields: dict[str, object], field: str, reason: str
) -> None:
    with pytest.raises(UserError) as caught:
        decode_playbook(changed(SHIPPED[0], **fields))
    assert caught.value.params["field"] == field
    assert reason in str(caught.value.params["reason"])


@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        ({"kind": "phrase"}, "needs any"),
        ({"kind": "history"}, "needs rules"),
        ({"kind": "phrase", "any": ["Upper Case"]}, "lower case"),
        ({"kind": "phrase", "any": ["in*side"]}, "lower case"),
        ({"kind": "history", "any": ["word"], "rules": [{"name": "calls", "at_least": 1}]}, "any"),
        ({"kind": "history", "rules": [{"name": "calls"}]}, "exactly one"),
        ({"kind": "history", "rules": [{"name": "calls", "one_of": ["a"]}]}, "one_of"),
        ({"kind": "history", "rules": [{"name": "loyalty_stage", "at_most": 1}]}, "one_of"),
        ({"kind": "history", "rules": [{"name": "shoe_size", "at_most": 1}]}, "shoe_size"),
    ],
)
def test_a_sign_that_cannot_be_evaluated_is_refused(sign: dict[str, object], reason: str) -> None:
    whole = {"id": "a", "weight": 0.5, "because": "Because", **sign}
    with pytest.raises(UserError) as caught:
        decode_playbook(changed(SHIPPED[0], signs=[whole]))
    assert str(caught.value.params["field"]).startswith("signs[0]")
    assert reason in str(caught.value.params["reason"])


def test_a_quiz_answer_has_to_be_one_of_the_options() -> None:
    question = {"situation": "?", "options": ["a", "b"], "answer": 2, "why": "!"}
    with pytest.raises(UserError) as caught:
        decode_playbook(changed(SHIPPED[0], practice=[question]))
    assert caught.value.params["field"] == "practice[0]"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"key: [", b"x" * (MAX_BYTES + 1), b"", b"- 1"])
def test_what_is_no_playbook_is_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        decode_playbook(data)
    assert caught.value.params["field"] == "playbook"


# Filling blanks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "blanks", "filled"),
    [
        ("Hi {first_name}.", {"first_name": "Bob"}, "Hi Bob."),
        ("Hi {first_name}.", {}, f"Hi {OPEN}."),
        ("Hi {first_name}.", {"first_name": "  "}, f"Hi {OPEN}."),
        ("Hello[[, {address}]].", {"address": "Mrs Blunt"}, "Hello, Mrs Blunt."),
        ("Hello[[, {address}]].", {}, "Hello."),
        ("[[{address}, ]]good day.", {}, "Good day."),
        ("[[{address}, ]]good day.", {"address": "Ann"}, "Ann, good day."),
        ("One [[{product}]] , two [[{minutes}]].", {}, "One, two."),
        ("[[{product} in {minutes}. ]]Bye.", {"product": "A"}, "Bye."),
        ("Say {first_name}", {"first_name": "{link} [[x]]"}, "Say {link} [[x]]"),
    ],
)
def test_a_text_stays_sayable_whatever_is_known(
    text: str, blanks: dict[str, str], filled: str
) -> None:
    assert fill(text, blanks) == filled


def test_only_required_blanks_are_reported_open_and_each_once() -> None:
    text = "{first_name}, {first_name}: {minutes}[[, {product}]]"
    assert open_blanks(text, {}) == ("first_name", "minutes")
    assert open_blanks(text, {"first_name": "Bob", "minutes": "3"}) == ()


@unhurried
@given(
    playbook=st.sampled_from(SHIPPED),
    known=st.dictionaries(st.sampled_from(sorted(BLANKS)), st.text(max_size=20)),
)
def test_no_bracket_of_ours_ever_reaches_the_screen(
    playbook: Playbook, known: dict[str, str]
) -> None:
    plain = {name: re.sub(r"[\[\]{}…]", "", value) for name, value in known.items()}
    for phrase in playbook.phrases:
        said = playbook.phrase_text(phrase, plain)
        assert not set("{}[]") & set(said)
        assert (OPEN in said) == bool(playbook.phrase_gaps(phrase, plain))


def test_the_known_opening_is_used_after_a_last_contact_and_needs_its_subject() -> None:
    bob = next(p for p in SHIPPED if p.key == "informal-regular" and p.language == "en")
    blanks = {"first_name": "Bob", "operator": "Anna"}
    assert bob.opening_for(blanks).startswith("Hi Bob, Anna here. Good to hear you.")
    assert "“Pump”" in bob.opening_for({**blanks, "last_subject": "Pump"})


def test_a_phrase_brings_its_own_link() -> None:
    playbook = next(p for p in SHIPPED if any(phrase.link for phrase in p.phrases))
    phrase = next(phrase for phrase in playbook.phrases if phrase.link)
    url = next(link.url for link in playbook.links if link.id == phrase.link)
    assert url in playbook.phrase_text(phrase, {})
    assert "link" not in playbook.phrase_gaps(phrase, {})


# The shipped files ------------------------------------------------------------------------


def test_seven_types_are_shipped_in_three_languages_each() -> None:
    keys = {playbook.key for playbook in SHIPPED}
    assert len(keys) == 7
    assert {(p.key, p.language) for p in SHIPPED} == set(itertools.product(keys, LANGUAGES))


def test_each_file_is_named_after_what_it_holds() -> None:
    folder = Path(__file__).parents[3] / "agentdesk" / "resources" / "playbooks"
    named = {
        path.name: decode_playbook(path.read_bytes()) for path in sorted(folder.glob("*.yaml"))
    }
    assert len(named) == len(SHIPPED)
    assert all(name == f"{p.key}.{p.language}.yaml" for name, p in named.items())


def test_languages_differ_in_words_only() -> None:
    shapes: dict[str, set[object]] = defaultdict(set)
    for p in SHIPPED:
        shapes[p.key].add(
            (
                (p.version, p.icon, p.hue, p.form_of_address.style, len(p.do), len(p.dont)),
                tuple((s.id, s.kind, s.weight, s.rules, bool(s.phrases)) for s in p.signs),
                tuple((phrase.id, phrase.link) for phrase in p.phrases),
                tuple((link.id, link.url.replace(f"/{p.language}/", "/")) for link in p.links),
                tuple((d.id, d.kind, d.limit_minor, d.currency) for d in p.may_decide),
                tuple((len(q.options), q.answer) for q in p.practice),
            )
        )
    assert {key: len(forms) for key, forms in shapes.items()} == dict.fromkeys(shapes, 1)


@EACH
def test_a_playbook_is_complete_enough_to_train_somebody(playbook: Playbook) -> None:
    assert 4 <= len(playbook.do) <= 6
    assert 4 <= len(playbook.dont) <= 6
    assert len(playbook.phrases) >= 6
    assert len(playbook.links) >= 3
    assert len(playbook.may_decide) >= 2
    assert len(playbook.practice) >= 3
    assert all(len(question.options) == 3 for question in playbook.practice)


@EACH
def test_right_answers_are_not_always_in_the_same_place(playbook: Playbook) -> None:
    assert len({question.answer for question in playbook.practice}) == 3


@EACH
def test_the_first_sentence_can_always_be_said(playbook: Playbook) -> None:
    said = playbook.opening_for({"operator": "Anna", "company": "Alfa"})
    again = playbook.opening_for({"operator": "Anna", "company": "Alfa", "last_subject": "X"})
    assert OPEN not in said + again
    assert said[0].isupper()
    assert "X" in again


@EACH
def test_texts_have_a_length_that_can_be_read_during_a_call(playbook: Playbook) -> None:
    assert max(len(playbook.opening), len(playbook.opening_known)) <= 140
    assert max(len(line) for line in (*playbook.do, *playbook.dont)) <= 120
    assert max(len(phrase.text) for phrase in playbook.phrases) <= 240
    assert max(len(phrase.when) for phrase in playbook.phrases) <= 90
    assert max(len(sign.because) for sign in playbook.signs) <= 90
    assert max(len(link.label) for link in playbook.links) <= 60
    assert len(playbook.portrait) <= 120
    assert len(playbook.name) <= 32


@EACH
def test_a_language_is_not_mixed_with_another(playbook: Playbook) -> None:
    for text in texts_of(playbook):
        rest = SHARED_WORDS.sub("", text)
        cyrillic = bool(CYRILLIC.search(rest))
        if playbook.language == "ru":
            assert cyrillic or not re.search(r"[^\W\d_]", rest), text
            assert not re.search(r"[A-Za-z]", rest), text
        else:
            assert not cyrillic, text
    foreign = playbook.language != "pl"
    assert foreign != bool(POLISH.search(" ".join(texts_of(playbook))))


@EACH
def test_links_lead_to_exact_pages_in_the_language_of_the_playbook(playbook: Playbook) -> None:
    start = f"https://www.example.com/{playbook.language}/"
    for link in playbook.links:
        assert link.url.startswith(start)
        assert len(link.url.removeprefix(start).split("/")) >= 2


@EACH
def test_every_link_blank_has_a_link_to_fill_it(playbook: Playbook) -> None:
    for phrase in playbook.phrases:
        assert ("link" in blanks_in(phrase.text)) == (phrase.link is not None)


def test_icons_exist_and_differ_between_types() -> None:
    spec = importlib.util.find_spec("qtawesome")
    assert spec is not None
    assert spec.origin is not None
    charmap = next((Path(spec.origin).parent / "fonts").glob("phosphor-charmap-*.json"))
    known = json.loads(charmap.read_text(encoding="utf-8"))
    icons = {playbook.key: playbook.icon for playbook in SHIPPED}
    assert all(icon.removeprefix("ph.") in known for icon in icons.values())
    assert len(set(icons.values())) == len(icons)


# Linear RGB as seen with full protanopia, deuteranopia and tritanopia: Machado, Oliveira and
# Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009.
VISIONS = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def lab(
    hue: int, lightness: float, vision: tuple[tuple[float, ...], ...]
) -> tuple[float, float, float]:
    """Return CIE L*a*b* (D65) of HSL(`hue`, 60 %, `lightness`) as seen with `vision`."""

    def channel(n: int) -> float:
        k = (n + hue / 30) % 12
        value = lightness - 0.6 * min(lightness, 1 - lightness) * max(-1, min(k - 3, 9 - k, 1))
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    def bent(t: float) -> float:
        return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116

    written = [channel(n) for n in (0, 8, 4)]
    r, g, b = (
        min(1.0, max(0.0, sum(a * c for a, c in zip(row, written, strict=True)))) for row in vision
    )
    x = bent((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047)
    y = bent(0.2126 * r + 0.7152 * g + 0.0722 * b)
    z = bent((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("vision", VISIONS.values(), ids=VISIONS)
@pytest.mark.parametrize("lightness", [0.45, 0.65], ids=["light theme", "dark theme"])
def test_the_hues_of_types_differ_for_everybody(
    vision: tuple[tuple[float, ...], ...], lightness: float
) -> None:
    hues = {playbook.key: playbook.hue for playbook in SHIPPED}
    seen = [lab(hue, lightness, vision) for hue in hues.values()]
    nearest = min(math.dist(one, other) for one, other in itertools.combinations(seen, 2))
    # A difference of 10 in CIE76 is plain to see at a glance; 2.3 is just noticeable.
    assert nearest > 10


def test_a_missing_language_falls_back_to_english() -> None:
    german = in_language(SHIPPED, "de")
    assert {playbook.language for playbook in german} == {"en"}
    assert {playbook.language for playbook in in_language(SHIPPED, "ru")} == {"ru"}
    assert len(german) == 7
