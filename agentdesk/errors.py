"""The three families of errors and their stable codes; imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """What can go wrong, as a code that a person can quote.

    The words for each code stand in `agentdesk.messages`; a test holds the two together.
    """

    # The person can act.
    BAD_FIELD = "bad-field"
    BAD_VALUE = "bad-value"
    BAD_NUMBER = "bad-number"
    NOT_FOUND = "not-found"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a code, not a password
    WRONG_PASSPHRASE = "wrong-passphrase"  # noqa: S105 - a code, not a passphrase
    PASSPHRASE_NEEDED = "passphrase-needed"  # noqa: S105 - a code, not a passphrase
    NOT_SIGNED_IN = "not-signed-in"
    SIGNED_OUT = "signed-out"
    NO_PERMISSION = "no-permission"
    UNREADABLE_FILE = "unreadable-file"
    UNKNOWN_FORMAT = "unknown-format"
    NAME_TAKEN = "name-taken"
    EDITS_WAIT = "edits-wait"
    PROFILE_EXISTS = "profile-exists"
    PROFILE_MISSING = "profile-missing"
    EXTRA_MISSING = "extra-missing"
    NOT_DEMO = "not-demo"
    WINDOW_OPEN = "window-open"
    CHANGED_SINCE = "changed-since"
    ERASED = "erased"
    CANNOT_DIAL = "cannot-dial"
    LINKS_UNSUPPORTED = "links-unsupported"

    # The surroundings failed.
    DISK_FULL = "disk-full"
    DISK_FAILED = "disk-failed"
    STORE_LOCKED = "store-locked"
    STORE_DAMAGED = "store-damaged"
    STORE_TOO_NEW = "store-too-new"
    KEYRING_FAILED = "keyring-failed"
    KEY_MISSING = "key-missing"
    SERVER_UNREACHABLE = "server-unreachable"
    SERVER_UNTRUSTED = "server-untrusted"
    SERVER_NOT_CENTRAL = "server-not-central"
    SERVER_BUSY = "server-busy"
    SERVER_FAILED = "server-failed"
    PROGRAM_TOO_OLD = "program-too-old"
    PROGRAM_TOO_NEW = "program-too-new"
    DEVICE_FORKED = "device-forked"
    NUMBERS_LOST = "numbers-lost"
    DEVICE_WIPED = "device-wiped"
    DEVICE_LOCKED = "device-locked"
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - a code, not a token
    CURSOR_RESET = "reset"
    ANSWER_DAMAGED = "answer-damaged"
    REMOVALS_UNCONFIRMED = "removals-unconfirmed"
    CACHE_DIFFERS = "cache-differs"
    ALREADY_SYNCING = "already-syncing"
    PHONES_UNREACHABLE = "phones-unreachable"
    PHONES_UNTRUSTED = "phones-untrusted"
    PHONES_REFUSED = "phones-refused"
    PHONES_NOT_UNDERSTOOD = "phones-not-understood"
    CALL_REFUSED = "call-refused"

    # We are at fault.
    UNEXPECTED = "unexpected"
    INVALID_REQUEST = "invalid-request"


class AgentDeskError(Exception):
    """An error with a code and parameters instead of display text.

    Parameters fill the blanks of the words in `agentdesk.messages`. They are shown to the
    person and may be logged, so they never hold names, numbers, note text or tokens.
    """

    def __init__(self, code: Code, **params: str | int) -> None:
        super().__init__(code.value)
        self.code = code
        self.params = params


class UserError(AgentDeskError):
    """The person can put it right: a wrong password, a value that is no date."""


class ExternalError(AgentDeskError):
    """Disk, network, keyring or another system failed; trying again may help."""


class BugError(AgentDeskError):
    """The program broke its own rules; the code is there to be quoted in a report."""
