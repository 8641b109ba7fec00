"""Two people take turns at one desk: what one types never appears under the other's name."""

from __future__ import annotations

import pytest

from agentdesk.domain.draft import Draft
from agentdesk.services.desk import Desk
from agentdesk.services.identity import Identity
from tests.real import ANN, BEN, ORGANISATION, Maker


@pytest.fixture
def desks(make_store: Maker) -> tuple[Desk, Desk]:
    """Ann's and Ben's desk on one cache."""
    store = make_store("shared")
    return Desk(store, Identity(ANN, ORGANISATION)), Desk(store, Identity(BEN, ORGANISATION))


def test_a_half_typed_note_waits_for_the_person_who_typed_it(desks: tuple[Desk, Desk]) -> None:
    ann, ben = desks
    anna = ann.add_customer("Anna Blunt").result()
    ann.save_draft(Draft(id=anna.id, text="Ann was typing", customer_id=anna.id)).result()
    opened = ben.open_person(anna.id).result()
    assert opened is not None
    assert opened.draft is None
    assert ben.drafts().result() == []

    ben.save_draft(Draft(id=anna.id, text="Ben was typing", customer_id=anna.id)).result()
    ben.add_note(anna.id, "Ben wrote", draft_id=anna.id).result()
    assert [draft.text for draft in ann.drafts().result()] == ["Ann was typing"]
    opened = ann.open_person(anna.id).result()
    assert opened is not None
    assert opened.draft is not None
    assert opened.draft.text == "Ann was typing"
