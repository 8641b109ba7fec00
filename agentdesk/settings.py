"""Which settings there are, declared once, and what they are now."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar, overload

from agentdesk.errors import Code, UserError
from agentdesk.i18n import LANGUAGES, mark

_T = TypeVar("_T")


class SettingKind(StrEnum):
    """What values a setting has, and so which control shows it."""

    CHOICE = "choice"
    NUMBER = "number"
    TRUTH = "truth"
    TEXT = "text"
    """One line, of at most `high` characters."""
    REMEMBERED = "remembered"
    """Any JSON value that the window keeps for itself; not shown in Preferences."""


class Section(StrEnum):
    """Under which heading of Preferences a setting stands."""

    APPEARANCE = "appearance"
    CALLS = "calls"
    TELEPHONY = "telephony"
    NONE = ""


@dataclass(frozen=True)
class Choice:
    """One value of a setting and its marked words; `label` is shown as it is if `as_is`."""

    value: str
    label: str
    as_is: bool = False


@dataclass(frozen=True)
class Setting(Generic[_T]):
    """A setting. `label`, `help` and the labels of `choices` are marked for translation.

    `low`, `high` and `step` bound a number, which counts `unit` (a sign, not translated).
    `later` says that a change takes effect when the program starts the next time.
    """

    key: str
    default: _T
    kind: SettingKind
    section: Section = Section.NONE
    label: str = ""
    help: str = ""
    choices: tuple[Choice, ...] = ()
    low: int = 0
    high: int = 0
    step: int = 1
    unit: str = ""
    later: bool = False

    def allows(self, value: object) -> bool:
        """Tell whether `value` may be this setting's."""
        match self.kind:
            case SettingKind.CHOICE:
                return any(choice.value == value for choice in self.choices)
            case SettingKind.TRUTH:
                return isinstance(value, bool)
            case SettingKind.TEXT:
                return isinstance(value, str) and len(value) <= self.high and value.isprintable()
            case SettingKind.NUMBER:
                whole = isinstance(value, int) and not isinstance(value, bool)
                return whole and self._on_a_step(value)
            case _:
                return True

    def _on_a_step(self, value: Any) -> bool:
        return bool(self.low <= value <= self.high and (value - self.low) % self.step == 0)


LANGUAGE: Setting[str] = Setting(
    key="language",
    default="system",
    kind=SettingKind.CHOICE,
    section=Section.APPEARANCE,
    label=mark("Language"),
    help=mark("The whole window speaks it from the next start; playbooks do at once."),
    choices=(
        Choice("system", mark("As the system")),
        *(Choice(code, name, as_is=True) for code, name in LANGUAGES.items()),
    ),
    later=True,
)
THEME: Setting[str] = Setting(
    key="theme",
    default="system",
    kind=SettingKind.CHOICE,
    section=Section.APPEARANCE,
    label=mark("Theme"),
    choices=(
        Choice("system", mark("As the system")),
        Choice("light", mark("Light")),
        Choice("dark", mark("Dark")),
        Choice("high-contrast", mark("High contrast")),
    ),
)
TEXT_SIZE: Setting[int] = Setting(
    key="text-size",
    default=100,
    kind=SettingKind.NUMBER,
    section=Section.APPEARANCE,
    label=mark("Text size"),
    help=mark("Everything grows with it, not the letters alone."),
    low=80,
    high=200,
    step=10,
    unit="%",
)
LESS_MOTION: Setting[bool] = Setting(
    key="less-motion",
    default=False,
    kind=SettingKind.TRUTH,
    section=Section.APPEARANCE,
    label=mark("Less motion"),
    help=mark("Late values appear at once instead of fading in."),
)
RAISE_ON_CALL: Setting[bool] = Setting(
    key="raise-on-call",
    default=True,
    kind=SettingKind.TRUTH,
    section=Section.CALLS,
    label=mark("Bring the window forward when a call rings"),
    help=mark("Never while you are typing a note: then the call waits in the call bar."),
)
NUMBER_STYLE: Setting[str] = Setting(
    key="number-style",
    default="readable",
    kind=SettingKind.CHOICE,
    section=Section.CALLS,
    label=mark("Telephone numbers"),
    help=mark("How numbers are shown; they are always kept as they were typed, too."),
    choices=(
        Choice("readable", mark("Grouped")),
        Choice("typed", mark("As typed")),
    ),
)
LINE_REGIONS: Setting[str] = Setting(
    key="line-regions",
    default="",
    kind=SettingKind.TEXT,
    section=Section.CALLS,
    label=mark("Lines abroad"),
    help=mark(
        "The country of numbers without a country code, by the line that is called, such as "
        "Warsaw=PL, 4021=CZ. Else it is that of the line's own number, or the company's."
    ),
    high=400,
)

PHONE_SOURCE: Setting[str] = Setting(
    key="telephony.source",
    default="central",
    kind=SettingKind.CHOICE,
    section=Section.TELEPHONY,
    label=mark("Where calls come from"),
    help=mark("Links and the command “agentdesk call” always work."),
    choices=(
        Choice("central", mark("Central")),
        Choice("asterisk", "Asterisk", as_is=True),
        Choice("freeswitch", "FreeSWITCH", as_is=True),
        Choice("none", mark("Nowhere else")),
    ),
)
PHONE_HOST: Setting[str] = Setting(
    key="telephony.host",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Address"),
    help=mark("The telephone system's name in the network."),
    high=255,
)
PHONE_PORT: Setting[str] = Setting(
    key="telephony.port",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Port"),
    help=mark("Empty for the usual one."),
    high=5,
)
PHONE_ENCRYPTED: Setting[bool] = Setting(
    key="telephony.encrypted",
    default=True,
    kind=SettingKind.TRUTH,
    section=Section.TELEPHONY,
    label=mark("Encrypted connection (TLS)"),
    help=mark("Without it, everybody in the network can read who calls."),
)
PHONE_CA_FILE: Setting[str] = Setting(
    key="telephony.ca-file",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Certificate file"),
    help=mark("Only if the system's certificate is one of your company's own."),
    high=1_000,
)
PHONE_USER: Setting[str] = Setting(
    key="telephony.user",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("User"),
    help=mark("As the telephone system knows this desk; FreeSWITCH may need none."),
    high=128,
)
PHONE_EXTENSIONS: Setting[str] = Setting(
    key="telephony.extensions",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Extensions of this desk"),
    help=mark("Calls for them open here. Several with commas."),
    high=400,
)
PHONE_CHANNEL: Setting[str] = Setting(
    key="telephony.channel",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Telephone to call from"),
    help=mark("Empty for PJSIP or user with the first extension."),
    high=120,
)
PHONE_CONTEXT: Setting[str] = Setting(
    key="telephony.context",
    default="",
    kind=SettingKind.TEXT,
    section=Section.TELEPHONY,
    label=mark("Dial plan"),
    help=mark("Empty for from-internal (Asterisk) or default (FreeSWITCH)."),
    high=80,
)
OWN_SYSTEM: tuple[Setting[Any], ...] = (
    PHONE_HOST,
    PHONE_PORT,
    PHONE_ENCRYPTED,
    PHONE_CA_FILE,
    PHONE_USER,
    PHONE_EXTENSIONS,
    PHONE_CHANNEL,
    PHONE_CONTEXT,
)
"""What matters only where this desk connects to a telephone system itself."""

WINDOW_PLACE: Setting[Any] = Setting("window.place", None, SettingKind.REMEMBERED)
WINDOW_SCREEN: Setting[Any] = Setting("window.screen", None, SettingKind.REMEMBERED)
DESK_COLUMNS: Setting[Any] = Setting("desk.columns", None, SettingKind.REMEMBERED)
DESK_NOTE_HEIGHT: Setting[Any] = Setting("desk.note-height", None, SettingKind.REMEMBERED)
CUSTOMERS_COLUMNS: Setting[Any] = Setting("customers.columns", None, SettingKind.REMEMBERED)

SETTINGS: tuple[Setting[Any], ...] = (
    LANGUAGE,
    THEME,
    TEXT_SIZE,
    LESS_MOTION,
    RAISE_ON_CALL,
    NUMBER_STYLE,
    LINE_REGIONS,
    PHONE_SOURCE,
    *OWN_SYSTEM,
    WINDOW_PLACE,
    WINDOW_SCREEN,
    DESK_COLUMNS,
    DESK_NOTE_HEIGHT,
    CUSTOMERS_COLUMNS,
)
"""All settings, in the order in which Preferences shows them."""

_BY_KEY: Mapping[str, Setting[Any]] = {setting.key: setting for setting in SETTINGS}

_LINE_REGION = re.compile(r"\s*(?P<line>[^=,;]+?)\s*=\s*(?P<region>[A-Za-z]{2})\s*")


def line_regions(kept: Mapping[str, Any]) -> dict[str, str]:
    """Return which of our lines belong to which country (ISO 3166), by the settings `kept`.

    What is no "line=country" is passed over.
    """
    text = kept.get(LINE_REGIONS.key)
    parts = re.split(r"[,;]", text) if isinstance(text, str) else []
    found = [_LINE_REGION.fullmatch(part) for part in parts]
    return {match["line"]: match["region"].upper() for match in found if match}


Listener = Callable[[str, Any], None]
"""Called with the key and the new value."""


@dataclass
class Preferences:
    """The settings of one person on one profile; for one thread, the window's.

    `save(key, value)` keeps a value; a default is kept as None. Values that are not declared
    here, or that a declaration does not allow, came from another version of the program: they
    stay where they are kept, and the default holds meanwhile.
    """

    save: Callable[[str, Any], object] | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _listeners: list[Listener] = field(default_factory=list)

    def load(self, values: Mapping[str, Any]) -> None:
        """Take over what was kept, and tell the listeners what differs; saves nothing."""
        before = {setting.key: self.get(setting) for setting in SETTINGS}
        self._values = dict(values)
        for setting in SETTINGS:
            value = self.get(setting)
            if value != before[setting.key]:
                self._tell(setting.key, value)

    @overload
    def get(self, setting: Setting[_T]) -> _T: ...
    @overload
    def get(self, setting: str) -> Any: ...
    def get(self, setting: Setting[Any] | str) -> Any:
        """Return the value in force; an undeclared key gives what was kept, or None."""
        known = _BY_KEY.get(setting) if isinstance(setting, str) else setting
        if known is None:
            return self._values.get(str(setting))
        value = self._values.get(known.key)
        return value if value is not None and known.allows(value) else known.default

    def set(self, setting: Setting[_T] | str, value: _T) -> None:
        """Change a setting, keep it and tell the listeners.

        Raises `UserError(BAD_FIELD)` for an undeclared key and `UserError(BAD_VALUE)` for a
        value that the setting cannot have.
        """
        known = _BY_KEY.get(setting if isinstance(setting, str) else setting.key)
        if known is None:
            raise UserError(Code.BAD_FIELD, field=str(setting))
        if not known.allows(value):
            raise UserError(Code.BAD_VALUE, field=known.key, reason="not allowed")
        if value == self.get(known):
            return
        kept = None if value == known.default else value
        self._values[known.key] = kept
        if self.save is not None:
            self.save(known.key, kept)
        self._tell(known.key, value)

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after every change; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, key: str, value: Any) -> None:
        for listener in tuple(self._listeners):
            listener(key, value)
