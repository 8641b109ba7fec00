"""Customers are found by whatever somebody remembers of them, however it is typed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentdesk.domain.entities import (
    Case,
    CaseState,
    ContactKind,
    ContactPoint,
    Customer,
    FactKind,
    FieldVersion,
    Promise,
)
from agentdesk.domain.found import Hit, Why
from agentdesk.domain.ids import new_id
from agentdesk.domain.kinds import KindName
from agentdesk.domain.moments import now
from agentdesk.domain.names import search_forms
from agentdesk.services.desk import Desk
from agentdesk.store.rows import delete_rows
from agentdesk.store.search import find_customers
from agentdesk.store.search_index import reindex_customers
from agentdesk.store.workers import Store
from agentdesk.sync.edits import Edits
from tests.real import ANN
from tests.stock import ago, contact, customer, email, phone, stock

CROWD = [
    customer("Anna Maria Blunt", given_name="Anna Maria", family_name="Blunt", hometown="Leeds"),
    customer("Łukasz Żółć-Wróbel", company="Élan & Søns"),
    customer("Сергей Иванов", hometown="Тверь"),
    customer("Sergei Petrov"),
    customer("Niamh O’Brien"),
    customer("Robert Gray", preferred_name="Bob"),
    customer("Jean-Pierre Müller"),
    customer("Юлія Їжак"),
    customer("李 小龍"),
    customer("Alexandra Featherstonehaugh"),
]


@pytest.fixture
def crowd(store: Store) -> Store:
    """A cache with people of many spellings."""
    stock(store, *CROWD)
    return store


def hits(store: Store, text: str, limit: int = 20) -> list[Hit]:
    return store.read_here(find_customers, text, limit)


def found(store: Store, text: str) -> list[str]:
    return [hit.name for hit in hits(store, text)]


def terms(store: Store) -> set[str]:
    query = sa.text("SELECT word FROM search_word")
    return set(store.read_here(lambda connection: connection.execute(query).scalars().all()))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna blunt", "Anna Maria Blunt"),
        ("Blunt, Anna", "Anna Maria Blunt"),
        ("BLUNT maria ANNA", "Anna Maria Blunt"),
        ("blu", "Anna Maria Blunt"),
        ("an bl", "Anna Maria Blunt"),
        ("zolc", "Łukasz Żółć-Wróbel"),
        ("ŻÓŁĆ lukasz", "Łukasz Żółć-Wróbel"),
        ("żółć-wróbel", "Łukasz Żółć-Wróbel"),
        ("wrobel", "Łukasz Żółć-Wróbel"),
        ("elan sons", "Łukasz Żółć-Wróbel"),
        ("muller jean", "Jean-Pierre Müller"),
        ("Jean‐Pierre", "Jean-Pierre Müller"),
        ("jean-p", "Jean-Pierre Müller"),
        ("M\u0075\u0308ller", "Jean-Pierre Müller"),
        ("sergei ivanov", "Сергей Иванов"),
        ("сергей петров", "Sergei Petrov"),
        ("ИВАНОВ", "Сергей Иванов"),
        ("tver", "Сергей Иванов"),
        ("їжак", "Юлія Їжак"),
        ("yizhak yuliia", "Юлія Їжак"),
        ("o'brien", "Niamh O’Brien"),
        ("obrien", "Niamh O’Brien"),
        ("O`Brien niamh", "Niamh O’Brien"),
        ("brien", "Niamh O’Brien"),
        ("bob gray", "Robert Gray"),
        ("李", "李 小龍"),
        ("leeds", "Anna Maria Blunt"),
    ],
)
def test_a_name_is_found_in_any_order_accent_and_alphabet(
    crowd: Store, text: str, name: str
) -> None:
    assert found(crowd, text)[0] == name


def test_an_apostrophe_that_was_not_stored_is_no_obstacle(store: Store) -> None:
    stock(store, customer("Niamh Obrien"))
    assert found(store, "O'Brien") == ["Niamh Obrien"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna blnut", "Anna Maria Blunt"),
        ("ana blunt", "Anna Maria Blunt"),
        ("bluntt", "Anna Maria Blunt"),
        ("blumt", "Anna Maria Blunt"),
        ("ivanow", "Сергей Иванов"),
        ("featherstonhaug", "Alexandra Featherstonehaugh"),
        ("aleksandra", "Alexandra Featherstonehaugh"),
        ("lukas wróbl", "Łukasz Żółć-Wróbel"),
    ],
)
def test_a_slip_of_the_fingers_still_finds(crowd: Store, text: str, name: str) -> None:
    assert found(crowd, text) == [name]


@pytest.mark.parametrize("text", ["blxxt", "ana xyz", "featherstoxxxxx", "zz"])
def test_too_many_slips_find_nobody(crowd: Store, text: str) -> None:
    assert found(crowd, text) == []


def test_every_word_has_to_fit_somebody(crowd: Store) -> None:
    assert found(crowd, "anna leeds") == ["Anna Maria Blunt"]
    assert found(crowd, "anna gray") == []


def test_why_somebody_was_found_is_told_truly(crowd: Store) -> None:
    anna = CROWD[0]
    stock(crowd, email(anna, "office@mill.example"), phone(anna, "+442079460958"))
    whys = {
        text: hits(crowd, text)[0].why
        for text in ("blunt", "bob", "blumt", "leeds", "mill", "office@mill.example", "7946 0958")
    }
    assert whys == {
        "blunt": Why.NAME,
        "bob": Why.NAME,
        "blumt": Why.SIMILAR_NAME,
        "leeds": Why.PLACE,
        "mill": Why.ADDRESS,
        "office@mill.example": Why.ADDRESS,
        "7946 0958": Why.NUMBER,
    }
    assert hits(crowd, "mill")[0].matched == "office@mill.example"


@pytest.mark.parametrize(
    "text",
    [
        "+442079460958",
        "+44 (0)20 7946 0958",
        "0044 20 7946 0958",
        "020 7946 0958",
        "(020) 7946-0958",
        "7946",
        "9460 95",
        "0958",
        "０２０ ７９４６",
        "٧٩٤٦",
    ],
)
def test_a_number_is_found_by_any_part_in_any_writing(store: Store, text: str) -> None:
    anna, ben = customer(), customer("Ben Sharp")
    stock(store, anna, phone(anna, "+442079460958"), ben, phone(ben, "+48601234567"))
    assert [(hit.name, hit.matched) for hit in hits(store, text)] == [
        ("Anna Blunt", "+442079460958")
    ]


def test_a_russian_number_is_found_with_its_trunk_eight(store: Store) -> None:
    anna = customer()
    stock(store, anna, phone(anna, "+79123456789"))
    assert found(store, "8 (912) 345-67-89") == ["Anna Blunt"]


def test_three_digits_are_no_number_and_letters_make_a_name(store: Store) -> None:
    anna = customer()
    stock(store, anna, phone(anna, "+442079460958"))
    assert found(store, "946") == []
    assert found(store, "flat 7946") == []


@pytest.mark.parametrize(
    "text",
    [
        "Anna.Blunt@Example.com",
        "anna.blunt@example.com",
        "anna.blunt@exam",
        "blunt@",
        "example.com",
    ],
)
def test_an_e_mail_address_is_found_whole_and_in_part(store: Store, text: str) -> None:
    who, other = customer("Nobody Else"), customer("Ben Sharp")
    stock(store, who, email(who, "anna.blunt@example.com"), other)
    assert found(store, text) == ["Nobody Else"]


def test_a_handle_is_found_by_its_parts(store: Store) -> None:
    who = customer("Nobody Else")
    handle = ContactPoint(
        id=new_id(), customer_id=who.id, kind=ContactKind.HANDLE, value="@blunt_anna"
    )
    stock(store, who, handle)
    assert found(store, "@blunt_anna") == found(store, "anna") == ["Nobody Else"]


@pytest.mark.parametrize(
    "text",
    [
        '"blunt"',
        "blunt*",
        "*blunt",
        "^blunt",
        "-blunt",
        "+blunt",
        "(blunt",
        "blunt)",
        "{blunt}",
        "'blunt",
        'bl"unt"',
        "blunt;--",
        "blunt\x00",
        "names:blunt",
        "names : blunt",
        "{names reach}:blunt",
        "blunt AND",
        "blunt OR gray",
        "NOT blunt",
        "NEAR(blunt, 2)",
        "blunt NEAR anna",
        "rowid:1 blunt",
        "%",
        "_",
        '"',
        '""',
        "\\",
    ],
)
def test_operators_of_the_index_are_plain_text(crowd: Store, text: str) -> None:
    assert set(found(crowd, text)) <= {"Anna Maria Blunt"}


@pytest.mark.parametrize(
    ("text", "name"),
    [("and", "Andy And"), ("or not near", "Or Not Near"), ('"or" near*', "Or Not Near")],
)
def test_people_may_be_called_like_operators(store: Store, text: str, name: str) -> None:
    stock(store, customer("Andy And"), customer("Or Not Near"))
    assert found(store, text) == [name]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.text(st.characters(), max_size=30),
        st.text('anblut "*^:(){}+-@.%_\\\x00\ud800½ﷺ٣0946', max_size=20),
    )
)
def test_no_text_breaks_the_search(crowd: Store, text: str) -> None:
    assert all(hit.id for hit in hits(crowd, text))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000,
        "town:" * 3_000,
        "blunt " * 2_000,
        'town:"',
        'town:"" type: since: has:',
        "since:2026-99-99 has:everything",
        "since:٢٠٢٦",
        "\ue000leeds \ue001worried",
        "town:\x00\ud800",
        "☎ ﷺ ½ ①②③④",
    ],
)
def test_odd_and_endless_questions_are_answered(crowd: Store, text: str) -> None:
    assert len(hits(crowd, text)) <= len(CROWD)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.characters(max_codepoint=0x1C7F), max_size=12), max_size=4))
def test_whoever_has_a_name_is_found_by_it(store: Store, words: list[str]) -> None:
    name = " ".join(words)
    who = customer(name)
    stock(store, who)
    # As many as there are of that name: earlier examples stay in the cache.
    if search_forms(name):
        assert who.id in {hit.id for hit in hits(store, " ".join(reversed(words)), 10_000)}


def test_the_best_is_first_and_among_equals_the_latest_contact(store: Store) -> None:
    exact, begun = customer("Ann Lee"), customer("Annabel Leeds")
    older, later = customer("Ann Stone"), customer("Ann Stone")
    stock(
        store, exact, begun, older, later, contact(older, ago(days=9)), contact(later, ago(days=1))
    )
    assert [hit.id for hit in hits(store, "ann stone")] == [later.id, older.id]
    assert [hit.name for hit in hits(store, "ann le")] == ["Ann Lee", "Annabel Leeds"]
    assert hits(store, "ann stone")[0].last_contact_at == "2026-11-20T12:00:00.000Z"


def test_a_short_name_does_not_drown_among_longer_ones(store: Store) -> None:
    stock(store, *(customer(f"Linda Number{n}") for n in range(300)), customer("Wei Li"))
    assert hits(store, "li", 5)[0].name == "Wei Li"
    assert len(hits(store, "li", 5)) == 5


def test_nothing_is_found_by_nothing(crowd: Store) -> None:
    assert found(crowd, "") == found(crowd, "   ") == found(crowd, "?!") == []


def test_the_index_follows_every_edit(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    address = desk.add_contact_point(anna.id, ContactKind.EMAIL, "anna@mill.example").result()
    assert found(store, "mill") == ["Anna Blunt"]
    desk.edit_contact_point(address.id, "anna@forge.example").result()
    assert (found(store, "mill"), found(store, "forge")) == ([], ["Anna Blunt"])
    desk.set_fields(anna.id, {"full_name": "Anna Sharp", "company": "Grindstone"}).result()
    assert (found(store, "blunt"), found(store, "sharp grind")) == ([], ["Anna Sharp"])
    desk.remove(KindName.CONTACT_POINT, address.id).result()
    assert found(store, "forge") == []
    assert terms(store) == {"anna", "sharp", "grindstone"}


def test_the_index_forgets_who_is_removed_and_knows_who_is_back(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    desk.remove(KindName.CUSTOMER, anna.id).result()
    assert found(store, "blunt") == []
    assert terms(store) == set()
    ben = desk.add_customer("Ben Sharp").result()
    desk.restore(KindName.CUSTOMER, anna.id).result()
    assert [hit.id for hit in hits(store, "blunt")] == [anna.id]
    assert [hit.id for hit in hits(store, "sharp")] == [ben.id]


def test_an_edit_that_fails_leaves_the_index_as_it_was(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()

    def half(connection: sa.Connection) -> None:
        edits = Edits(connection, ANN.id)
        edits.patch(KindName.CUSTOMER, anna.id, full_name="Anna Sharp")
        edits.finish()
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        store.write_here(half)
    assert (found(store, "blunt"), found(store, "sharp")) == (["Anna Blunt"], [])


def test_many_customers_are_indexed_and_forgotten_at_once(store: Store) -> None:
    people = [customer(f"Person{n}") for n in range(1_100)]
    stock(store, *people)
    assert found(store, "person1099")[0] == "Person1099"
    ids = [who.id for who in people[:1_050]]

    def forget(connection: sa.Connection) -> None:
        delete_rows(connection, KindName.CUSTOMER, ids)
        reindex_customers(connection, ids)

    store.write_here(forget)
    assert "Person0" not in found(store, "person0")
    assert len(hits(store, "person", 100)) == 50


def test_whoever_is_indexed_twice_is_found_once(store: Store) -> None:
    anna: Customer = customer()
    stock(store, anna)
    store.write_here(reindex_customers, [anna.id])
    store.write_here(reindex_customers, [anna.id, new_id()])
    assert found(store, "anna") == ["Anna Blunt"]


# --- Other spellings, sounds, short forms -------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Сергей Щукин", "shchukin"),
        ("Сергей Щукин", "Schukin sergej"),
        ("Сергей Щукин", "Schtschukin"),
        ("Sergei Shchukin", "щукин"),
        ("Jürgen Müller", "mueller juergen"),
        ("Jürgen Müller", "Мюллер Юрген"),
        ("Grzegorz Brzęczyszczykiewicz", "brzeczyszczykiewicz"),
        ("Agnieszka Szczepańska", "Щепаньская Агнешка"),
        ("Γιάννης Παπαδόπουλος", "papadopoulos"),
        ("Giannis Papadopoulos", "Παπαδόπουλος"),
        ("Karl Meier", "mayer carl"),
        ("Philip Stephens", "filip stefens"),
        ("Katarzyna Wójcik", "Kasia wojcik"),
        ("Robert Gray", "bob gray"),
        ("Bob Gray", "robert gray"),
        ("Александра Белова", "саша белова"),
        ("Александр Белов", "Саша Белов"),
        ("Κωνσταντίνος Δούκας", "Κώστας Δούκας"),
        ("James Blunt", "J. Blunt"),
        ("James Blunt", "blunt j"),
        ("Anna Maria Blunt", "A M Blunt"),
    ],
)
def test_a_name_is_found_by_its_sound_its_alphabets_and_its_short_forms(
    store: Store, name: str, typed: str
) -> None:
    stock(store, customer(name), customer("Nobody Else"), customer("Jan Quatsch"))
    assert found(store, typed) == [name]


def test_why_somebody_with_another_spelling_was_found_is_told(store: Store) -> None:
    stock(store, customer("Karl Meier"), customer("Robert Gray"), customer("Anna Blunt"))
    whys = {text: hits(store, text)[0].why for text in ("carl mayer", "bob gray", "ana blunt")}
    assert whys == {
        "carl mayer": Why.SAME_SOUND,
        "bob gray": Why.SHORT_FORM,
        "ana blunt": Why.SAME_SOUND,
    }


def test_a_former_name_still_finds_and_is_told(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt", family_name="Blunt").result()
    version = FieldVersion(
        id=new_id(),
        customer_id=anna.id,
        record_kind="customer",
        record_id=anna.id,
        field="family_name",
        value='"Featherstone"',
        written_at=ago(days=9),
        replaced_at=ago(days=1),
    )
    stock(store, version)
    store.write_here(reindex_customers, [anna.id])
    [hit] = hits(store, "anna featherstone")
    assert (hit.id, hit.why, hit.matched) == (anna.id, Why.FORMER_NAME, "Featherstone")
    assert hits(store, "fetherstone")[0].id == anna.id


def test_exact_comes_before_close_and_close_is_there_too(store: Store) -> None:
    stock(store, customer("Jan Kowalsky"), customer("Jan Kowalski"), customer("Jan Kowal"))
    assert found(store, "jan kowalski") == ["Jan Kowalski", "Jan Kowalsky"]


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("blun", ["Blun"]),
        ("ann blu", ["Ann", "Blu"]),
        ("blumt", ["Blunt"]),
        ("wisn", []),
    ],
)
def test_the_letters_that_matched_are_told(store: Store, typed: str, marked: list[str]) -> None:
    stock(store, customer("Anna Blunt"))
    parts = [
        hit.name[start : start + length]
        for hit in hits(store, typed)
        for start, length in hit.name_spans
    ]
    assert parts == marked


# --- Texts, cases, filters ----------------------------------------------------------------------


def test_words_of_notes_and_facts_are_found_and_shown(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    note = desk.add_note(anna.id, "Her parrot Zebedee answers the telephone.").result()
    desk.add_fact(anna.id, FactKind.LIKES, "Słucha Szymanowskiego").result()
    [hit] = hits(store, "zebedee parrot")
    assert (hit.id, hit.why) == (anna.id, Why.NOTE)
    assert [hit.matched[a : a + n] for a, n in hit.matched_spans if hit.matched] == [
        "parrot",
        "Zebedee",
    ]
    assert [hit.why for hit in hits(store, "szymanow")] == [Why.FACT]
    desk.edit_note(note.id, "Her cat answers.").result()
    assert hits(store, "zebedee") == []
    assert [hit.why for hit in hits(store, "cat answers")] == [Why.NOTE]
    desk.remove(KindName.NOTE, note.id).result()
    assert hits(store, "cat answers") == []


def test_a_sensitive_fact_is_not_shown_by_a_search(store: Store, desk: Desk) -> None:
    anna = desk.add_customer("Anna Blunt").result()
    desk.add_fact(anna.id, FactKind.OTHER, "Password hint: rhubarb", sensitive=True).result()
    assert hits(store, "rhubarb") == []


def test_a_case_is_found_by_its_number(store: Store) -> None:
    anna = customer("Anna Blunt")
    case = Case(
        id=new_id(), customer_id=anna.id, number="RX-20417", subject="Pump",
        state=CaseState.OPEN, opened_at=ago(days=1),
    )  # fmt: skip
    stock(store, anna, case)
    assert [(hit.why, hit.matched) for hit in hits(store, "rx-20417")] == [(Why.CASE, "RX-20417")]
    assert found(store, "20417") == ["Anna Blunt"]


def test_filters_narrow_and_stand_alone(store: Store, desk: Desk) -> None:
    leeds = desk.add_customer("Anna Blunt", hometown="Leeds", customer_type="tech-savvy").result()
    york = desk.add_customer("Anna Sharp", hometown="New York").result()
    promise = Promise(
        id=new_id(), customer_id=york.id, text="Call back", due_at=now(), made_at=ago(days=1)
    )
    stock(store, promise, contact(leeds, ago(days=1)), contact(york, ago(days=400)))

    def ids(text: str) -> list[str]:
        return [hit.id for hit in hits(store, text)]

    assert ids("anna town:leeds") == ids("town:Leeds") == [leeds.id]
    assert ids('town:"new york" an') == [york.id]
    assert ids("anna type:tech-savvy") == ids("type:tech") == [leeds.id]
    assert ids("anna has:promise") == ids("has:promise") == [york.id]
    assert ids("anna since:2026-11") == [leeds.id]
    assert set(ids("anna town:")) == {leeds.id, york.id}
    assert ids("anna colour:red") == []
    assert ids("anna since:yesterday") == []
