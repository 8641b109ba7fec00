"""Which telephone system the settings mean."""

from __future__ import annotations

from typing import TypeVar

from agentdesk import settings
from agentdesk.errors import Code, UserError
from agentdesk.settings import Preferences, Setting
from agentdesk.telephony.system import PhoneSystem, SystemKind, extensions_of

_T = TypeVar("_T")

CENTRAL, NONE = "central", "none"


def chosen_system(preferences: Preferences, secret: str) -> PhoneSystem | None:
    """Return the system that this desk connects to itself, None if it does not.

    Raises `UserError(BAD_VALUE)` for a port that is none.
    """

    def get(setting: Setting[_T]) -> _T:
        return preferences.get(setting)

    source = get(settings.PHONE_SOURCE)
    if source in (CENTRAL, NONE):
        return None
    port = get(settings.PHONE_PORT).strip()
    if port and not port.isdecimal():
        raise UserError(Code.BAD_VALUE, field="port", reason="not a number")
    return PhoneSystem(
        kind=SystemKind(source),
        host=get(settings.PHONE_HOST).strip(),
        port=int(port or 0),
        encrypted=get(settings.PHONE_ENCRYPTED),
        ca_file=get(settings.PHONE_CA_FILE).strip(),
        user=get(settings.PHONE_USER).strip(),
        secret=secret,
        extensions=extensions_of(get(settings.PHONE_EXTENSIONS)),
        channel=get(settings.PHONE_CHANNEL).strip(),
        context=get(settings.PHONE_CONTEXT).strip(),
    )
