"""The people who work at the demo company, and who of them may sign in."""

from __future__ import annotations

import msgspec

from agentdesk.domain.entities import Organisation, Role, Team, User

DEMO_PASSWORD = "larkfield"  # noqa: S105 - published on purpose, the demo company has no secrets
"""Everybody's password at the demo company."""


class DemoUser(msgspec.Struct, frozen=True):
    """Somebody who can sign in to the demo company with `login` and `password`."""

    login: str
    password: str
    user: User

    @property
    def display_name(self) -> str:
        """The name that colleagues see."""
        return self.user.name

    @property
    def role(self) -> Role:
        """What this person may do."""
        return self.user.role

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that this person speaks with customers."""
        return self.user.languages

    @property
    def hometown(self) -> str | None:
        """Where this person comes from."""
        return self.user.hometown

    @property
    def interests(self) -> tuple[str, ...]:
        """What this person may share with a caller."""
        return self.user.interests


def _id(number: int) -> str:
    """Return the fixed id of something that exists in every demo company."""
    return f"018cc251-f400-7000-8000-0000000{number:05d}"


ORGANISATION = Organisation(
    id=_id(1),
    name="Larkfield Home",
    region="GB",
    language="en",
    time_zone="Europe/London",
    currency="GBP",
)
"""Appliances, heating and connected devices, sold with service contracts; from Leeds."""

TEAMS = (
    Team(id=_id(11), name="Leeds desk"),
    Team(id=_id(12), name="Languages desk"),
    Team(id=_id(13), name="Field, north"),
)


def _user(
    number: int,
    name: str,
    role: Role,
    team: int,
    languages: str,
    hometown: str,
    *interests: str,
) -> User:
    return User(
        id=_id(100 + number),
        name=name,
        role=role,
        team_id=TEAMS[team].id,
        hometown=hometown,
        languages=tuple(languages.split()),
        interests=interests,
    )


NADIA = _user(
    1, "Nadia Ellis", Role.AGENT, 0, "en ru pl", "Leeds",
    "Leeds United", "allotment", "Northern soul", "sourdough", "wild swimming",
)  # fmt: skip
TOM = _user(
    2, "Tom Okonkwo", Role.LEAD, 0, "en", "Sheffield",
    "Sheffield Wednesday", "chess", "jollof rice", "fell running",
)  # fmt: skip
RHYS = _user(
    3, "Rhys Pritchard", Role.FIELD, 2, "en cy", "Bangor",
    "mountain rescue", "choir", "sheepdogs", "rugby",
)  # fmt: skip
PRIYA = _user(
    4, "Priya Raman", Role.ADMIN, 0, "en", "Leicester",
    "bharatanatyam", "home automation", "cricket",
)  # fmt: skip
OLGA = _user(
    5, "Ольга Березина", Role.AGENT, 1, "ru en", "Самара",
    "лыжи", "хоровое пение", "дача", "Чехов",
)  # fmt: skip
MAREK = _user(
    6, "Marek Zieliński", Role.AGENT, 1, "pl en", "Wrocław",
    "żużel", "grzybobranie", "Lech Poznań", "planszówki",
)  # fmt: skip
JOYCE = _user(
    7, "Joyce Appiah", Role.AGENT, 0, "en", "Bradford", "gospel choir", "baking", "Bradford City"
)
CALLUM = _user(8, "Callum Reid", Role.AGENT, 0, "en", "Glasgow", "cycling", "home automation")
EWA = _user(9, "Ewa Lipińska", Role.FIELD, 2, "pl en", "Kraków", "Tatry", "fotografia")
HARPREET = _user(10, "Harpreet Gill", Role.FIELD, 2, "en pa", "Leeds", "Leeds United", "tabla")
TIMUR = _user(11, "Тимур Ахметов", Role.AGENT, 1, "ru en", "Казань", "хоккей", "шахматы")
GRACE = _user(12, "Grace Pickering", Role.AGENT, 0, "en", "York", "bell ringing", "dachshunds")

USERS = (
    NADIA, TOM, RHYS, PRIYA, OLGA, MAREK, JOYCE, CALLUM, EWA, HARPREET, TIMUR, GRACE,
)  # fmt: skip
"""Everybody who has ever talked to a customer."""

DEMO_USERS = tuple(
    DemoUser(login, DEMO_PASSWORD, user)
    for login, user in (
        ("nadia", NADIA),
        ("tom", TOM),
        ("rhys", RHYS),
        ("priya", PRIYA),
        ("olga", OLGA),
        ("marek", MAREK),
    )
)
"""Who can sign in: `nadia` is the operator that the demo story is told with."""

BY_NICKNAME = {
    "nadia": NADIA, "tom": TOM, "rhys": RHYS, "priya": PRIYA, "olga": OLGA, "marek": MAREK,
    "joyce": JOYCE, "callum": CALLUM, "ewa": EWA, "harpreet": HARPREET, "timur": TIMUR,
    "grace": GRACE,
}  # fmt: skip
"""How the hand-made histories name them."""

_DESK = {
    "en": (NADIA, NADIA, JOYCE, JOYCE, CALLUM, CALLUM, GRACE, GRACE, TOM),
    "ru": (OLGA, OLGA, OLGA, TIMUR, TIMUR, NADIA),
    "pl": (MAREK, MAREK, MAREK, EWA, NADIA),
}
_ROAD = {"en": (RHYS, HARPREET, HARPREET), "ru": (HARPREET, RHYS), "pl": (EWA, EWA, RHYS)}


def on_duty(language: str, *, visiting: bool) -> tuple[User, ...]:
    """Return who serves customers in `language` (en, ru, pl): by phone, or at their home."""
    return (_ROAD if visiting else _DESK)[language]
