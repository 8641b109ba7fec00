"""The words for the values of the domain's enumerations, one table per enumeration."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from agentdesk.domain.entities import (
    CaseState,
    Channel,
    Consent,
    ContactKind,
    Disposition,
    FactKind,
    LoyaltyStage,
    Mood,
    PromiseState,
    Standing,
    TechnicalLevel,
)
from agentdesk.i18n import mark, tr

_CHANNELS: Mapping[StrEnum, str] = {
    Channel.CALL: mark("Call"),
    Channel.EMAIL: mark("E-mail"),
    Channel.CHAT: mark("Chat"),
    Channel.SMS: mark("SMS"),
    Channel.SOCIAL: mark("Social network"),
    Channel.VISIT: mark("Visit"),
    Channel.POST: mark("Post"),
    Channel.OTHER: mark("Other channel"),
}
_DISPOSITIONS: Mapping[StrEnum, str] = {
    Disposition.SOLVED: mark("Solved"),
    Disposition.INFORMED: mark("Informed"),
    Disposition.FOLLOW_UP: mark("Follow up"),
    Disposition.PASSED_ON: mark("Passed on"),
    Disposition.NO_ANSWER: mark("No answer"),
    Disposition.MISSED: mark("Missed"),
    Disposition.WRONG_NUMBER: mark("Wrong number"),
    Disposition.OTHER: mark("Other"),
}
_MOODS: Mapping[StrEnum, str] = {
    Mood.DELIGHTED: mark("Delighted"),
    Mood.CONTENT: mark("Content"),
    Mood.NEUTRAL: mark("Neutral"),
    Mood.UNHAPPY: mark("Unhappy"),
    Mood.ANGRY: mark("Angry"),
}
_FACT_KINDS: Mapping[StrEnum, str] = {
    FactKind.HOMETOWN: mark("Hometown"),
    FactKind.FAMILY: mark("Family"),
    FactKind.LIKES: mark("Likes"),
    FactKind.DISLIKES: mark("Dislikes"),
    FactKind.HABIT: mark("Habit"),
    FactKind.TRAVEL: mark("Travel"),
    FactKind.TEAM: mark("Team"),
    FactKind.INTEREST: mark("Interest"),
    FactKind.PRODUCT: mark("Product"),
    FactKind.ACCESS: mark("Access needs"),
    FactKind.NAME: mark("Name"),
    FactKind.CHANNEL: mark("Preferred channel"),
    FactKind.HOURS: mark("Preferred hours"),
    FactKind.OTHER: mark("Something else"),
}
_LOYALTY: Mapping[StrEnum, str] = {
    LoyaltyStage.ONE_OFF: mark("One purchase"),
    LoyaltyStage.CUSTOMER: mark("Customer"),
    LoyaltyStage.REGULAR: mark("Regular"),
    LoyaltyStage.LOYAL: mark("Loyal"),
    LoyaltyStage.COMMITTED: mark("Committed"),
}
_LEVELS: Mapping[StrEnum, str] = {
    TechnicalLevel.NOVICE: mark("Needs plain words"),
    TechnicalLevel.COMFORTABLE: mark("At home with technology"),
    TechnicalLevel.EXPERT: mark("Technical expert"),
}
_STANDINGS: Mapping[StrEnum, str] = {
    Standing.MODEL: mark("Model customer"),
    Standing.GROWTH: mark("Growing"),
    Standing.AT_RISK: mark("At risk"),
    Standing.DANGLING: mark("Drifting away"),
}
_PROMISES: Mapping[StrEnum, str] = {
    PromiseState.OPEN: mark("Open"),
    PromiseState.KEPT: mark("Kept"),
    PromiseState.BROKEN: mark("Broken"),
    PromiseState.WITHDRAWN: mark("Withdrawn"),
}
_CASES: Mapping[StrEnum, str] = {
    CaseState.OPEN: mark("Open"),
    CaseState.WAITING: mark("Waiting"),
    CaseState.SOLVED: mark("Solved"),
}
_CONTACTS: Mapping[StrEnum, str] = {
    ContactKind.PHONE: mark("Phone"),
    ContactKind.EMAIL: mark("E-mail"),
    ContactKind.ADDRESS: mark("Address"),
    ContactKind.HANDLE: mark("Handle"),
    ContactKind.OTHER: mark("Other"),
}
_CONSENT: Mapping[StrEnum, str] = {
    Consent.UNKNOWN: mark("Not asked"),
    Consent.GRANTED: mark("Agreed"),
    Consent.REFUSED: mark("Refused"),
}
_TABLES: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Channel: _CHANNELS,
    Disposition: _DISPOSITIONS,
    Mood: _MOODS,
    FactKind: _FACT_KINDS,
    LoyaltyStage: _LOYALTY,
    TechnicalLevel: _LEVELS,
    Standing: _STANDINGS,
    PromiseState: _PROMISES,
    CaseState: _CASES,
    ContactKind: _CONTACTS,
    Consent: _CONSENT,
}


def label(value: StrEnum) -> str:
    """Return the word for `value` in the active language."""
    return tr(_TABLES[type(value)][value])
