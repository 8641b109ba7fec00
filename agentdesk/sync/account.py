"""The desk's account with Central: where it is, who signed in, and with which tokens.

All of it lies in the encrypted cache.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from agentdesk.domain.ids import new_id
from agentdesk.errors import Code, UserError
from agentdesk.store import outbox
from agentdesk.store.state import get_state, get_states, set_state
from agentdesk.store.workers import Store
from agentdesk.sync.address import Address, Tokens
from agentdesk.sync.protocol import TokenResponse

if TYPE_CHECKING:
    from agentdesk.sync.transport import CentralClient

_KEYS = ("device_id", "central_url", "ca_file", "access_token", "refresh_token", "user_id")


@dataclass(frozen=True, slots=True)
class Account:
    """What the cache knows of the sign-in; `tokens` is None once signed out."""

    device_id: str
    address: Address | None
    user_id: str | None
    tokens: Tokens | None


def load_account(connection: sa.Connection) -> Account:
    """Return the account as the cache has it; a profile is given its device id here."""
    kept = get_states(connection, _KEYS)
    address = Address(kept["central_url"], kept["ca_file"]) if kept["central_url"] else None
    both = kept["access_token"] and kept["refresh_token"]
    tokens = Tokens(kept["access_token"], kept["refresh_token"]) if both else None
    return Account(kept["device_id"] or "", address, kept["user_id"], tokens)


def ensure_device(connection: sa.Connection) -> str:
    """Return this profile's device id, made the first time it is asked for."""
    device_id = get_states(connection, ["device_id"])["device_id"]
    if not device_id:
        device_id = new_id()
        set_state(connection, device_id=device_id)
    return str(device_id)


def open_client(store: Store) -> CentralClient:
    """Return a client for the account of the cache; raises `UserError(NOT_SIGNED_IN)`."""
    return client_of(store, store.read_here(load_account))


def client_of(store: Store, account: Account) -> CentralClient:
    """Return a client for `account`; raises `UserError(NOT_SIGNED_IN)`.

    It stops with that error, too, once it finds at a refresh that somebody has signed in or out.
    """
    if account.address is None or account.tokens is None:
        raise UserError(Code.NOT_SIGNED_IN)
    held = account.tokens

    def keep(fresh: Tokens) -> None:
        nonlocal held
        store.write_here(_replace_tokens, held, fresh)
        held = fresh

    return _client_class()(account.address, account.device_id, account.tokens, keep)


def sign_in(store: Store, address: Address, name: str, password: str) -> TokenResponse:
    """Sign in at Central and keep what it gave. Blocks.

    The person whose edit is the next to be sent has to come first: another's sign-in is refused
    with `UserError(EDITS_WAIT)`, so that nobody's edits go under another's name, or wait behind
    those of somebody who cannot sign in. So is one at another company: the cache is the first's.
    """
    device_id = store.write_here(ensure_device)
    client = _client_class()(address, device_id)
    answer = client.sign_in(name, password, platform.node()[:80])
    store.write_here(_keep_account, address, answer)
    return answer


def sign_out(store: Store) -> None:
    """Forget the tokens. The cache and everything unsent stay for the same person. Blocks."""
    store.write_here(
        lambda connection: set_state(connection, access_token=None, refresh_token=None)
    )


def _client_class() -> type[CentralClient]:
    # HTTP is imported by whoever asks first, a worker: the window's start does not wait for it.
    from agentdesk.sync.transport import CentralClient

    return CentralClient


def _replace_tokens(connection: sa.Connection, held: Tokens, fresh: Tokens) -> None:
    # A refresh that took long must not put one person's tokens in place of another's.
    if get_state(connection, "refresh_token") != held.refresh:
        raise UserError(Code.NOT_SIGNED_IN)
    set_state(connection, access_token=fresh.access, refresh_token=fresh.refresh)


def _keep_account(connection: sa.Connection, address: Address, answer: TokenResponse) -> None:
    company = get_state(connection, "organisation_id")
    if company not in (None, answer.organisation_id):
        raise UserError(Code.NAME_TAKEN)
    if outbox.next_author(connection) not in (None, answer.user_id):
        raise UserError(Code.EDITS_WAIT)
    set_state(
        connection,
        central_url=address.url,
        ca_file=address.ca_file,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        user_id=answer.user_id,
        user_name=answer.user_name,
        role=answer.role,
        organisation_id=answer.organisation_id,
        organisation_name=answer.organisation_name,
        region=answer.region,
    )
