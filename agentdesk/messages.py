"""What an error tells a person: what happened, what it means for their work, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agentdesk.errors import AgentDeskError, Code
from agentdesk.i18n import mark, tr


@dataclass(frozen=True, slots=True)
class Words:
    """An error in the active language; `code` is there to be quoted."""

    what: str
    meaning: str
    next_step: str
    code: str


@dataclass(frozen=True, slots=True)
class _Text:
    what: str
    meaning: str
    next_step: str


_NOTHING_CHANGED = mark("Nothing was changed.")
_WORK_ON = mark("You can go on working; what you save is kept here and sent later.")
_ALL_KEPT = mark("Everything you saved is kept on this computer.")

TEXTS: Mapping[Code, _Text] = MappingProxyType(
    {
        Code.BAD_FIELD: _Text(
            mark("There is no such field, or it cannot be changed: %(field)s."),
            _NOTHING_CHANGED,
            mark("Check how the field is written."),
        ),
        Code.BAD_VALUE: _Text(
            mark("“%(field)s” cannot have this value (%(reason)s)."),
            _NOTHING_CHANGED,
            mark("Enter another value."),
        ),
        Code.BAD_NUMBER: _Text(
            mark("This is not a telephone number."),
            _NOTHING_CHANGED,
            mark("Check the digits, and add the country code for a number from abroad."),
        ),
        Code.NOT_FOUND: _Text(
            mark("This is not there any more, or never was."),
            _NOTHING_CHANGED,
            mark("Search again: somebody may have merged or removed it."),
        ),
        Code.WRONG_PASSWORD: _Text(
            mark("Name and password do not fit together."),
            mark("You are not signed in."),
            mark("Type both again, and look whether Caps Lock is on."),
        ),
        Code.WRONG_PASSPHRASE: _Text(
            mark("This is not the passphrase of this profile."),
            mark("The profile stays locked, and nothing in it is lost."),
            mark("Type it again, and look whether Caps Lock is on."),
        ),
        Code.PASSPHRASE_NEEDED: _Text(
            mark("No keyring answers on this computer, so a passphrase has to protect the data."),
            mark("Without it the profile stays locked."),
            mark(
                "Enter the passphrase; commands read it from AGENTDESK_PASSPHRASE or from "
                "--passphrase-file."
            ),
        ),
        Code.NOT_SIGNED_IN: _Text(
            mark("Nobody is signed in to this profile."),
            mark("There is nothing to show or to send yet."),
            mark("Sign in, in the window or with “agentdesk sign-in”."),
        ),
        Code.SIGNED_OUT: _Text(
            mark("Central has ended this sign-in."),
            _ALL_KEPT,
            mark("Sign in again; what waits is sent then."),
        ),
        Code.NO_PERMISSION: _Text(
            mark("Your role does not allow this."),
            _NOTHING_CHANGED,
            mark("Ask your team lead or an administrator."),
        ),
        Code.UNREADABLE_FILE: _Text(
            mark("The file cannot be read."),
            _NOTHING_CHANGED,
            mark("Check that it is there, that you may open it, and that it is not empty."),
        ),
        Code.UNKNOWN_FORMAT: _Text(
            mark("The file is neither a vCard nor a table of contacts."),
            _NOTHING_CHANGED,
            mark("Export it again as vCard or CSV."),
        ),
        Code.EDITS_WAIT: _Text(
            mark("Edits that somebody else has not sent yet wait in this profile."),
            mark("They are kept for that person, and never sent as yours."),
            mark(
                "Let that person sign in, or work in a profile of your own: “agentdesk --profile”."
            ),
        ),
        Code.NAME_TAKEN: _Text(
            mark("This belongs to somebody else."),
            mark("Unsent edits stay with the person who made them."),
            mark("Let that person sign in and send them, or use a profile of your own."),
        ),
        Code.PROFILE_EXISTS: _Text(
            mark("This is there already."),
            _NOTHING_CHANGED,
            mark("Choose another name, or use the one that is there."),
        ),
        Code.PROFILE_MISSING: _Text(
            mark("There is no such profile."),
            mark("Nothing could be opened."),
            mark("Look at “agentdesk profile list”, or make one with “agentdesk profile create”."),
        ),
        Code.EXTRA_MISSING: _Text(
            mark("The parts for running Central are not installed."),
            mark("This computer can be a desk, but not Central."),
            mark("Install agentdesk[central]."),
        ),
        Code.NOT_DEMO: _Text(
            mark("This works in the demo profile alone."),
            _NOTHING_CHANGED,
            mark("Start the demo with “make demo”."),
        ),
        Code.WINDOW_OPEN: _Text(
            mark("AgentDesk is open with this profile."),
            _NOTHING_CHANGED,
            mark("Do this in its window, or close it first."),
        ),
        Code.CHANGED_SINCE: _Text(
            mark("This has been changed again since then."),
            _NOTHING_CHANGED,
            mark("Look at what stands there now, and change it where it stands."),
        ),
        Code.ERASED: _Text(
            mark("All that was known about this person has been erased, as the law demands."),
            mark("What you wrote about them was discarded, here and at Central."),
            mark("Do not write it down again. If they call, begin a new record with them."),
        ),
        Code.DISK_FULL: _Text(
            mark("The disk is full."),
            mark("What you typed last is still on the screen but not saved."),
            mark("Free some space, then save again."),
        ),
        Code.DISK_FAILED: _Text(
            mark("The disk could not be read or written."),
            mark("What you typed last may not be saved."),
            mark("Check that the disk is there and that you may write to the data folder."),
        ),
        Code.STORE_LOCKED: _Text(
            mark("Another program is writing to this profile."),
            mark("This was not saved yet."),
            mark("Wait a moment and try again."),
        ),
        Code.STORE_DAMAGED: _Text(
            mark("The local data is damaged."),
            mark(
                "The damaged file is kept. Your unsent edits can be saved, and everything else "
                "comes back from Central."
            ),
            mark("Rebuild it: start AgentDesk again, or run “agentdesk doctor --fix”."),
        ),
        Code.STORE_TOO_NEW: _Text(
            mark("A newer AgentDesk has written this data."),
            mark("This version leaves it alone, so that nothing is lost."),
            mark("Install the newer version."),
        ),
        Code.KEYRING_FAILED: _Text(
            mark("The keyring of this computer does not answer."),
            mark("The profile cannot be opened without its key."),
            mark("Unlock the keyring, then try again."),
        ),
        Code.KEY_MISSING: _Text(
            mark("The keyring has no key for this profile."),
            mark("Its data cannot be read; nothing was changed."),
            mark("Sign in to the computer as the person who made the profile, or make a new one."),
        ),
        Code.SERVER_UNREACHABLE: _Text(
            mark("Central cannot be reached."),
            _WORK_ON,
            mark("Check the network and the address. AgentDesk tries again by itself."),
        ),
        Code.SERVER_UNTRUSTED: _Text(
            mark("The server's certificate is not known."),
            mark("Nothing was sent, as somebody else could be answering in Central's place."),
            mark("Ask your administrator for the certificate file and choose it at sign-in."),
        ),
        Code.SERVER_NOT_CENTRAL: _Text(
            mark("Something answers at this address, but it is not Central."),
            _WORK_ON,
            mark(
                "Check the address. In a hotel or on a train, open a browser and accept the "
                "network's terms first."
            ),
        ),
        Code.SERVER_BUSY: _Text(
            mark("Central is busy."),
            _WORK_ON,
            mark("AgentDesk tries again by itself."),
        ),
        Code.SERVER_FAILED: _Text(
            mark("Central has a problem of its own."),
            _WORK_ON,
            mark("AgentDesk tries again by itself. If it lasts, tell your administrator."),
        ),
        Code.PROGRAM_TOO_OLD: _Text(
            mark("This AgentDesk is too old for your Central."),
            _WORK_ON,
            mark("Install the newer version."),
        ),
        Code.PROGRAM_TOO_NEW: _Text(
            mark("This AgentDesk is newer than your Central."),
            _WORK_ON,
            mark("Ask your administrator to bring Central up to date."),
        ),
        Code.DEVICE_FORKED: _Text(
            mark("A copy of this profile has sent edits under the same numbers."),
            mark("Sending has stopped, so that nothing is mixed up. Nothing is lost."),
            mark("Use one copy only. This one can go on as a new desk: see the Sync screen."),
        ),
        Code.NUMBERS_LOST: _Text(
            mark(
                "Central was put back to a time before anything that this desk remembers sending."
            ),
            mark("Sending has stopped, so that nothing is mixed up. Nothing is lost."),
            mark("Let this desk go on as a new one: see the Sync screen."),
        ),
        Code.DEVICE_WIPED: _Text(
            mark("An administrator had this desk wiped."),
            mark("The key of its data is destroyed; nobody can read it any more."),
            mark("Ask your administrator; then make a new profile."),
        ),
        Code.DEVICE_LOCKED: _Text(
            mark("An administrator has locked this desk."),
            _ALL_KEPT,
            mark("Ask your administrator to unlock it."),
        ),
        Code.TOKEN_EXPIRED: _Text(
            mark("Your sign-in has run out."),
            _ALL_KEPT,
            mark("Sign in again; what waits is sent then."),
        ),
        Code.CURSOR_RESET: _Text(
            mark("Central was restored from a backup."),
            mark("This desk reads everything anew and sends again what Central has lost."),
            mark("There is nothing you need to do."),
        ),
        Code.ANSWER_DAMAGED: _Text(
            mark("An answer of Central arrived damaged."),
            mark("It was thrown away, and nothing was changed by it."),
            mark("AgentDesk asks again by itself."),
        ),
        Code.REMOVALS_UNCONFIRMED: _Text(
            mark("Central wants to remove a great part of your data without vouching for it."),
            mark("Nothing was removed, and what you save is sent as always."),
            mark("AgentDesk asks again by itself. If it lasts, tell your administrator."),
        ),
        Code.CACHE_DIFFERS: _Text(
            mark("This desk does not have exactly what Central has."),
            _ALL_KEPT,
            mark(
                "AgentDesk reads everything anew by itself. If it lasts, tell your administrator."
            ),
        ),
        Code.ALREADY_SYNCING: _Text(
            mark("Another process synchronises this profile."),
            _ALL_KEPT,
            mark("There is nothing you need to do."),
        ),
        Code.CANNOT_DIAL: _Text(
            mark("Calls cannot be placed from here."),
            mark("Calls that come in are shown as before."),
            mark("Connect a telephone system in Preferences, or dial on your telephone."),
        ),
        Code.LINKS_UNSUPPORTED: _Text(
            mark("This system registers programs for links in another way."),
            _NOTHING_CHANGED,
            mark("Choose AgentDesk for tel: links in the system's own settings."),
        ),
        Code.PHONES_UNREACHABLE: _Text(
            mark("The telephone system cannot be reached."),
            mark("Calls do not open by themselves meanwhile; all else goes on."),
            mark("Check address and port. AgentDesk tries again by itself."),
        ),
        Code.PHONES_UNTRUSTED: _Text(
            mark("The telephone system's certificate is not known, or is for another name."),
            mark("Nothing was sent, as somebody else could be answering in its place."),
            mark("Ask your administrator for the certificate file, and name it in Preferences."),
        ),
        Code.PHONES_REFUSED: _Text(
            mark("The telephone system does not let this desk in."),
            mark("Calls do not open by themselves meanwhile; all else goes on."),
            mark("Check user and secret, and whether the system allows this computer to connect."),
        ),
        Code.PHONES_NOT_UNDERSTOOD: _Text(
            mark("Something answers there, but not in the way that was expected."),
            mark("Calls do not open by themselves meanwhile; all else goes on."),
            mark("Check kind, port and encryption of the telephone system."),
        ),
        Code.CALL_REFUSED: _Text(
            mark("The telephone system did not place the call."),
            mark("Nobody was called."),
            mark("Dial on your telephone, and ask your administrator what this desk may do."),
        ),
        Code.UNEXPECTED: _Text(
            mark("Something went wrong that should not have."),
            mark("What you saved before is safe; the last step may not have happened."),
            mark("Try again. If it happens again, quote the code below."),
        ),
        Code.INVALID_REQUEST: _Text(
            mark("Central did not understand this."),
            _ALL_KEPT,
            mark("Install the newest version, and quote the code below if it happens again."),
        ),
    }
)
"""The words for every code; a test holds the two together."""

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "empty": mark("it is empty"),
        "too long": mark("it is too long"),
        "not yes or no": mark("it is neither yes nor no"),
        "not one of": mark("it is none of the choices"),
        "not a date": mark("it is no date like 1984-03-07 or --03-07"),
        "not a time zone": mark("it is no time zone like Europe/Warsaw"),
        "not a language": mark("it is no language like en or pl"),
        "not allowed": mark("it is not among what is possible"),
        "not a JPEG or PNG": mark("it is no JPEG or PNG picture"),
        "not a country code": mark("it is no country code like GB"),
    }
)
"""Reasons that accompany `BAD_VALUE`, as they are raised, and in words."""


def words_for(error: BaseException) -> Words:
    """Return the words for any error; what is not ours reads as `UNEXPECTED`."""
    known = error if isinstance(error, AgentDeskError) else None
    code = known.code if known else Code.UNEXPECTED
    text = TEXTS[code]
    params: dict[str, str | int] = {"field": "", "reason": "", **(known.params if known else {})}
    reason = str(params["reason"])
    params["reason"] = tr(_REASONS[reason]) if reason in _REASONS else reason
    return Words(
        what=tr(text.what, **params) if "%(" in text.what else tr(text.what),
        meaning=tr(text.meaning),
        next_step=tr(text.next_step),
        code=code.value,
    )
