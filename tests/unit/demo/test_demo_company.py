"""The demo company holds together: ids, references, times, numbers and texts."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

import msgspec
import phonenumbers
import pytest

from agentdesk.demo.company import DEMO_USERS, SHOWCASE, make_company
from agentdesk.demo.portrait import CUSTOMER_TYPES
from agentdesk.domain import entities as e
from agentdesk.domain.kinds import KINDS, NAME_OF, from_row, to_row

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
AS_OF = datetime(2026, 11, 21, 9, tzinfo=UTC)
CUSTOMERS = 700
REFERENCES = (
    "customer_id", "interaction_id", "case_id", "note_id", "user_id", "author_id", "made_by",
    "learned_by", "confirmed_by", "team_id", "corrects_id",
)  # fmt: skip
LEFT_OVER = re.compile(r"[{}|<>]|\$[~^a-z]|\(\)|  |\.\.| [,.]|//|[.?!][\"”»]+\.")


@cache
def company() -> tuple[e.Entity, ...]:
    return tuple(make_company(CUSTOMERS, seed=1, today=TODAY))


def all_of(kind: type[Any]) -> list[Any]:
    return [entity for entity in company() if type(entity) is kind]


def texts(entity: e.Entity) -> Iterator[str]:
    for field in ("text", "subject", "summary", "outcome", "full_name", "value"):
        text = getattr(entity, field, None)
        if isinstance(text, str):
            yield text


def test_the_same_seed_and_day_give_the_same_bytes() -> None:
    again = make_company(CUSTOMERS, seed=1, today=TODAY)
    encode = msgspec.json.Encoder(order="deterministic").encode
    assert [encode(entity) for entity in again] == [encode(entity) for entity in company()]


def test_another_seed_gives_other_people_but_the_same_showcases() -> None:
    other = [c.full_name for c in make_company(60, seed=2, today=TODAY) if type(c) is e.Customer]
    first = [c.full_name for c in all_of(e.Customer)][:60]
    by_hand = sum(1 for a, b in zip(first, other, strict=True) if a == b)
    assert first != other
    assert by_hand >= 17


def test_the_number_of_customers_is_exact_even_if_it_cuts_a_household() -> None:
    counts = [
        sum(type(x) is e.Customer for x in make_company(n, today=TODAY)) for n in (0, 3, 18, 41, 77)
    ]
    assert counts == [0, 3, 18, 41, 77]


def test_a_larger_company_begins_with_the_smaller_one() -> None:
    larger = make_company(CUSTOMERS * 100, seed=1, today=TODAY)
    some = len(company()) - 2_000
    assert tuple(islice(larger, some)) == company()[:some]


def test_ids_are_unique_and_of_version_7() -> None:
    ids = [entity.id for entity in company()]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(text).version for text in ids} == {7}


def test_every_reference_is_to_something_that_came_before() -> None:
    seen: dict[str, e.Entity] = {}
    for entity in company():
        for field in REFERENCES:
            target = getattr(entity, field, None)
            if target is not None:
                assert target in seen, (type(entity).__name__, field)
                owner = getattr(seen[target], "customer_id", None)
                assert owner in (None, getattr(entity, "customer_id", None))
        seen[entity.id] = entity


def test_organisation_teams_and_users_come_first() -> None:
    kinds = [type(entity) for entity in company()[:40]]
    assert kinds[0] is e.Organisation
    assert kinds[1:4] == [e.Team] * 3
    assert kinds[4:16] == [e.User] * 12
    assert kinds[16] is e.Customer


def test_every_record_survives_the_way_through_a_row() -> None:
    for entity in company()[:4_000]:
        kind = KINDS[NAME_OF[type(entity)]]
        assert from_row(kind.entity, to_row(entity)) == entity


def test_nothing_has_happened_after_the_present() -> None:
    past = ("occurred_at", "created_at", "updated_at", "opened_at", "closed_at", "learned_at",
            "confirmed_at", "made_at", "settled_at", "tried_at", "written_at", "purchased_at",
            "chosen_at")  # fmt: skip
    for entity in company():
        for field in past:
            moment = getattr(entity, field, None)
            assert moment is None or moment <= AS_OF, (type(entity).__name__, field, moment)


def test_a_demo_started_at_night_shows_no_call_from_the_future() -> None:
    night = datetime(2026, 3, 1, 0, 20, tzinfo=UTC)
    calls = [x for x in make_company(120, today=night) if type(x) is e.Interaction]
    assert max(call.occurred_at for call in calls) <= night


def test_a_leap_day_is_nobodys_trouble() -> None:
    birthdays = [
        c.birthday
        for c in make_company(200, today=datetime(2028, 2, 28, tzinfo=UTC))
        if type(c) is e.Customer and c.birthday
    ]
    assert birthdays
    assert not [b for b in birthdays if b.endswith("02-29")]


def test_cases_are_closed_exactly_when_solved() -> None:
    for case in all_of(e.Case):
        assert (case.closed_at is not None) == (case.state is e.CaseState.SOLVED)
        assert case.closed_at is None or case.closed_at >= case.opened_at
    states = Counter(case.state for case in all_of(e.Case))
    assert min(states[state] for state in e.CaseState) > 3
    assert any(c.complaint and c.closed_at is None for c in all_of(e.Case))


def test_case_numbers_are_given_once() -> None:
    numbers = [case.number for case in all_of(e.Case)]
    assert len(set(numbers)) == len(numbers)


def test_promises_are_due_yesterday_today_and_tomorrow() -> None:
    due = {(p.due_at.date() - TODAY.date()).days for p in all_of(e.Promise) if p.state == "open"}
    assert {-1, 0, 1} <= due


def test_promises_end_as_their_state_says() -> None:
    for promise in all_of(e.Promise):
        assert promise.due_at > promise.made_at
        assert (promise.settled_at is None) == (promise.state is e.PromiseState.OPEN)
        if promise.state is e.PromiseState.KEPT:
            assert promise.settled_at <= promise.due_at
        if promise.state is e.PromiseState.BROKEN:
            assert promise.settled_at > promise.due_at


def test_phone_numbers_are_valid_and_agree_with_what_was_typed() -> None:
    country = {c.id: c.country for c in all_of(e.Customer)}
    for point in all_of(e.ContactPoint):
        if point.kind is not e.ContactKind.PHONE:
            continue
        number = phonenumbers.parse(point.e164)
        home = country[point.customer_id]
        assert phonenumbers.is_valid_number(number), point.e164
        assert phonenumbers.region_code_for_number(number) == home
        typed = phonenumbers.parse(point.value, home)
        assert phonenumbers.format_number(typed, phonenumbers.PhoneNumberFormat.E164) == point.e164


def test_only_shared_lines_belong_to_several_people() -> None:
    owners: dict[str, list[e.ContactPoint]] = {}
    for point in all_of(e.ContactPoint):
        if point.e164 and not point.e164.startswith("+1"):
            owners.setdefault(point.e164, []).append(point)
    several = [points for points in owners.values() if len(points) > 1]
    assert len(several) > 15
    assert all(point.shared for points in several for point in points)
    with_extensions = [p for p in several if all(point.extension for point in p)]
    assert with_extensions
    for points in with_extensions:
        assert len({point.extension for point in points}) == len(points)


def test_numbers_are_written_in_many_ways() -> None:
    phones = [p for p in all_of(e.ContactPoint) if p.kind is e.ContactKind.PHONE]
    shapes = {re.sub(r"\d", "#", point.value) for point in phones}
    assert len(shapes) > 40
    assert sum(not p.value.startswith(("+", "00")) for p in phones) > len(phones) / 2


def test_mail_goes_nowhere() -> None:
    mails = [p.value for p in all_of(e.ContactPoint) if p.kind is e.ContactKind.EMAIL]
    assert len(mails) > 200
    for mail in mails:
        assert re.fullmatch(r"[a-z0-9._]+@example\.(com|org|net)", mail), mail


def test_no_template_signs_are_left_in_any_text() -> None:
    for entity in company():
        for text in texts(entity):
            assert not LEFT_OVER.search(text), text
            assert text == text.strip()


@pytest.mark.parametrize(("language", "letters"), [("ru", "[а-яё]"), ("pl", "[a-ząęłńóśźż]")])
def test_histories_are_in_the_language_of_the_customer(language: str, letters: str) -> None:
    speakers = {c.id for c in all_of(e.Customer) if c.language == language}
    told = [x.summary for x in all_of(e.Interaction) if x.customer_id in speakers]
    assert len(told) > 200
    assert all(re.search(letters, text) for text in told)


def test_no_sentence_is_told_too_often() -> None:
    english = {c.id for c in all_of(e.Customer) if c.language == "en"}
    rows = [(x.subject, x.summary) for x in all_of(e.Interaction) if x.customer_id in english]
    commonest = Counter(rows).most_common(1)[0][1]
    assert commonest < len(rows) / 100
    assert len(set(rows)) > len(rows) / 2


def test_histories_are_skewed_as_in_life() -> None:
    counts = Counter(x.customer_id for x in all_of(e.Interaction))
    assert 6 <= (sum(counts.values()) - max(counts.values())) / CUSTOMERS <= 10
    assert max(counts.values()) > 2_000
    assert sum(n > 60 for n in counts.values()) >= 3
    assert sum(n <= 5 for n in counts.values()) > CUSTOMERS / 2


def test_customers_have_about_as_much_as_was_asked_for() -> None:
    facts = {fact.customer_id for fact in all_of(e.Fact)}
    notes = {note.customer_id for note in all_of(e.Note)}
    assert 0.5 <= len(facts) / CUSTOMERS <= 0.7
    assert 0.2 <= len(notes) / CUSTOMERS <= 0.4
    assert 1.7 <= len(all_of(e.ContactPoint)) / CUSTOMERS <= 2.6
    assert {f.kind for f in all_of(e.Fact)} >= set(e.FactKind) - {e.FactKind.OTHER}


def test_channels_departments_and_moods_are_mixed() -> None:
    contacts = all_of(e.Interaction)
    assert {c.channel for c in contacts} >= set(e.Channel) - {e.Channel.OTHER}
    assert {c.department for c in contacts} == {
        "sales", "service", "billing", "technical", "delivery",
    }  # fmt: skip
    assert {c.mood for c in contacts} >= set(e.Mood)


def test_a_changed_note_keeps_what_it_said_before() -> None:
    versions = Counter(v.note_id for v in all_of(e.NoteVersion))
    assert versions
    for note in all_of(e.Note):
        assert note.revision == 1 + versions[note.id]
        assert (note.updated_at is not None) == (note.revision > 1)


def test_most_customer_types_are_left_to_the_suggestion() -> None:
    types = Counter(c.customer_type for c in all_of(e.Customer))
    assert types[None] > CUSTOMERS * 0.8
    assert set(types) == {None, *CUSTOMER_TYPES}


def test_everybody_needed_can_sign_in() -> None:
    users = {u.id: u for u in all_of(e.User)}
    assert {demo.role for demo in DEMO_USERS} == set(e.Role)
    assert len({demo.login for demo in DEMO_USERS}) == len(DEMO_USERS)
    for demo in DEMO_USERS:
        assert users[demo.user.id] == demo.user
        assert demo.password
        assert demo.languages
        assert demo.hometown
        assert demo.interests


def test_every_showcase_is_in_the_company() -> None:
    keys = {case.key for case in SHOWCASE}
    assert keys >= set(CUSTOMER_TYPES)
    assert keys >= {"shared-line", "extension", "do-not-call", "patronymic", "pani",
                    "right-to-left", "long-history", "mentioned"}  # fmt: skip
    customers = {c.id for c in all_of(e.Customer)}
    lines = {(p.customer_id, p.e164, p.extension) for p in all_of(e.ContactPoint)}
    for case in SHOWCASE:
        assert case.customer_id in customers
        if case.key != "mentioned":
            assert (case.customer_id, case.e164, case.extension) in lines
