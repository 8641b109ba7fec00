"""Correcting ways to reach somebody, and keeping a face: what the desk takes and refuses."""

from __future__ import annotations

import base64

import pytest

from agentdesk.domain.entities import ContactPoint, Photo
from agentdesk.errors import Code, UserError
from agentdesk.services.people import MOST_PHOTO_BYTES
from tests.real import person
from tests.ui.customers.world import World, fill, now_of

JPEG = b"\xff\xd8\xff" + b"x" * 100


def test_a_number_that_somebody_else_has_becomes_a_shared_line(world: World) -> None:
    anna, point = person("Anna Blunt", "+441632960011")
    fill(world.store, [anna, point, *person("Bob Stone", "+441632960022")])
    now_of(world.desk.edit_contact_point(point.id, "01632 960022", "work"))
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    (kept,) = card.contact_points
    assert (kept.e164, kept.label, kept.shared) == ("+441632960022", "work", True)


def test_only_the_label_is_sent_if_only_the_label_differs(world: World) -> None:
    anna, point = person("Anna Blunt", "+441632960011")
    fill(world.store, [anna, point])
    now_of(world.desk.edit_contact_point(point.id, "+441632960011", "work"))
    (edit,) = now_of(world.desk.queue()).waiting
    assert dict(edit.values) == {"label": "work"}


@pytest.mark.parametrize(("value", "code"), [("12", Code.BAD_NUMBER), (" ", Code.BAD_VALUE)])
def test_a_number_that_is_none_is_refused(world: World, value: str, code: Code) -> None:
    anna, point = person("Anna Blunt", "+441632960011")
    assert isinstance(point, ContactPoint)
    fill(world.store, [anna, point])
    with pytest.raises(UserError) as refused:
        now_of(world.desk.edit_contact_point(point.id, value))
    assert refused.value.code is code


def test_a_point_that_is_gone_is_not_found(world: World) -> None:
    with pytest.raises(UserError) as refused:
        now_of(world.desk.edit_contact_point("gone", "01632 960022"))
    assert refused.value.code is Code.NOT_FOUND


def test_a_new_photo_takes_the_place_of_the_old_one(world: World) -> None:
    anna = person()[0]
    fill(world.store, [anna])
    first = now_of(world.desk.set_photo(anna.id, "image/jpeg", JPEG))
    second = now_of(world.desk.set_photo(anna.id, "image/jpeg", JPEG + b"y"))
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    assert isinstance(card.photo, Photo)
    assert card.photo.id == second.id != first.id
    assert base64.b64decode(card.photo.data) == JPEG + b"y"
    now_of(world.desk.remove_photo(anna.id))
    card = now_of(world.desk.card(anna.id))
    assert card is not None
    assert card.photo is None


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("image/jpeg", b"GIF89a"),
        ("image/gif", b"GIF89a"),
        ("image/png", JPEG),
        ("image/jpeg", JPEG + b"x" * MOST_PHOTO_BYTES),
    ],
)
def test_what_is_no_small_picture_is_refused(world: World, media_type: str, data: bytes) -> None:
    anna = person()[0]
    fill(world.store, [anna])
    with pytest.raises(UserError) as refused:
        now_of(world.desk.set_photo(anna.id, media_type, data))
    assert refused.value.code is Code.BAD_VALUE
