"""The operator reads how a caller was found, and how far to trust it."""

from __future__ import annotations

from datetime import date

import pytest

from agentdesk.domain.callers import CallerMatch, MatchKind, explain
from agentdesk.domain.entities import Channel
from agentdesk.domain.kinds import KindName

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (CallerMatch(kind=MatchKind.EXACT), "exact number"),
        (CallerMatch(kind=MatchKind.EXTENSION, extension="12"), "same number, extension 12"),
        (
            CallerMatch(kind=MatchKind.SHARED, people=3, last_caller="Anna 100%s"),
            "shared line: 3 people, last caller Anna 100%s",
        ),
        (CallerMatch(kind=MatchKind.SHARED, people=2), "shared line: 2 people"),
        (
            CallerMatch(
                kind=MatchKind.MENTIONED,
                mentioned_in=Channel.EMAIL,
                mentioned_on=date(2026, 5, 3),
            ),
            "number mentioned in an e-mail of 3 May",
        ),
        (
            CallerMatch(kind=MatchKind.MENTIONED, mentioned_on=date(2025, 5, 3)),
            "number mentioned in a note of 3 May 2025",
        ),
        (CallerMatch(kind=MatchKind.MENTIONED), "number mentioned earlier"),
        (
            CallerMatch(
                kind=MatchKind.MENTIONED,
                mentioned_kind=KindName.FACT,
                mentioned_on=date(2026, 5, 3),
            ),
            "number mentioned in a personal note of 3 May",
        ),
        (
            CallerMatch(
                kind=MatchKind.MENTIONED,
                mentioned_kind=KindName.PROMISE,
                mentioned_on=date(2026, 5, 3),
            ),
            "number mentioned in a promise of 3 May",
        ),
        (
            CallerMatch(kind=MatchKind.EXTENSION, extension="12", called_from="14"),
            "same number, extension 12; this call is from 14",
        ),
        (CallerMatch(kind=MatchKind.INTERNAL, extension="204"), "internal extension 204"),
        (CallerMatch(kind=MatchKind.SHORT), "service number, nobody's own"),
        (CallerMatch(kind=MatchKind.UNKNOWN), "unknown"),
        (CallerMatch(kind=MatchKind.WITHHELD), "number withheld"),
    ],
)
def test_how_the_caller_was_found_is_said_in_words(match: CallerMatch, words: str) -> None:
    assert explain(match, language="en", today=TODAY) == words


@pytest.mark.parametrize("channel", list(Channel))
def test_a_mention_names_its_day_on_every_channel(channel: Channel) -> None:
    match = CallerMatch(
        kind=MatchKind.MENTIONED, mentioned_in=channel, mentioned_on=date(2026, 5, 3)
    )

    assert explain(match, language="pl", today=TODAY).endswith("3 maja")
    assert explain(match, language="no-such-language", today=TODAY).endswith("3 May")
