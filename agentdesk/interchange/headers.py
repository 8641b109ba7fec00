"""Which column of a CSV file holds what, by the headers that other programs write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from types import MappingProxyType

import msgspec

from agentdesk.domain.names import fold


class Target(StrEnum):
    """What a column may hold; `address-…` columns belong together by their `place`."""

    NAME = "name"
    GIVEN = "given"
    MIDDLE = "middle"
    FAMILY = "family"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    NICKNAME = "nickname"
    FORM_OF_ADDRESS = "form-of-address"
    RESPELLING = "respelling"
    PHONETIC_GIVEN = "phonetic-given"
    PHONETIC_FAMILY = "phonetic-family"
    IPA = "ipa"
    PRONOUNS = "pronouns"
    GENDER = "gender"
    LANGUAGE = "language"
    BIRTHDAY = "birthday"
    HOMETOWN = "hometown"
    TIME_ZONE = "time-zone"
    COMPANY = "company"
    JOB = "job"
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    NOTE = "note"
    CATEGORIES = "categories"
    INTEREST = "interest"
    FAMILY_MEMBER = "family-member"
    FACTS = "facts"
    UID = "uid"
    ADDRESS = "address-whole"
    STREET = "address-street"
    CITY = "address-city"
    REGION = "address-region"
    CODE = "address-code"
    COUNTRY = "address-country"
    BOX = "address-box"
    EXTENDED = "address-extended"
    LABEL = "label"
    """The label of the phone, e-mail or address with the same `place`."""


class Column(msgspec.Struct, frozen=True):
    """What the column at `index` holds; `place` tells several of one kind apart."""

    index: int
    target: Target
    place: str = ""
    label: str | None = None


class Headers(msgspec.Struct, frozen=True):
    """The columns of a file that are understood, and the headers that are not."""

    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    ours: bool = False
    """Written by `agentdesk.interchange.export`, which separates values in one way only."""

    def holds_people(self) -> bool:
        """Whether there is a name, a number or an e-mail address to go by."""
        telling = {Target.NAME, Target.GIVEN, Target.FAMILY, Target.PHONE, Target.EMAIL}
        return any(column.target in telling for column in self.columns)


HUBSPOT = "hubspot"
"""Label of a UID that is unique within one HubSpot account only."""

_T = Target
_WORDS: dict[Target, str] = {
    _T.NAME: "name, full name, display name, customer, customer name, client, client name, contact"
    ", contact name, kunde, kundenname, voller name, imie i nazwisko, nazwa, klient"
    ", nazwa klienta, фио, полное имя, клиент, имя клиента, контакт, имя и фамилия, фамилия имя"
    ", фамилия имя отчество",
    _T.GIVEN: "first name, given name, firstname, forename, vorname, imie, имя",
    _T.MIDDLE: "middle name, additional name, weitere vornamen, drugie imie, отчество",
    _T.FAMILY: "last name, family name, surname, lastname, nachname, familienname, nazwisko"
    ", фамилия",
    _T.PREFIX: "name prefix, prefix, salutation, honorific, courtesy title, anrede, tytul"
    ", обращение",
    _T.SUFFIX: "name suffix, suffix, sufiks, суффикс",
    _T.NICKNAME: "nickname, preferred name, known as, short name, spitzname, pseudonim"
    ", preferowane imie, псевдоним, предпочитаемое имя",
    _T.FORM_OF_ADDRESS: "form of address",
    _T.RESPELLING: "pronunciation, respelling, phonetic name, yomi name, file as phonetic"
    ", aussprache, wymowa, произношение",
    _T.PHONETIC_GIVEN: "phonetic first name, given name yomi, first name phonetic",
    _T.PHONETIC_FAMILY: "phonetic last name, family name yomi, last name phonetic",
    _T.IPA: "ipa",
    _T.PRONOUNS: "pronouns, pronomen, zaimki, местоимения",
    _T.GENDER: "gender, sex, geschlecht, plec, пол",
    _T.LANGUAGE: "language, preferred language, sprache, jezyk, язык",
    _T.BIRTHDAY: "birthday, date of birth, birth date, birthdate, dob, geburtstag, geburtsdatum"
    ", urodziny, data urodzenia, день рождения, дата рождения",
    _T.HOMETOWN: "hometown, home town, birthplace, place of birth, geburtsort, miejsce urodzenia"
    ", rodzinne miasto, родной город, место рождения",
    _T.TIME_ZONE: "time zone, timezone, zeitzone, strefa czasowa, часовой пояс",
    _T.COMPANY: "company, company name, organization name, organisation, organization, employer"
    ", associated company, organization 1 name, firma, organizacja, компания, организация",
    _T.JOB: "job title, organization title, position, occupation, organization 1 title, beruf"
    ", stanowisko, должность",
    _T.PHONE: "phone, phone number, telephone, telephone number, tel, telefon, rufnummer"
    ", telefonnummer, numer telefonu, nr telefonu, telefon firma, телефон, номер телефона"
    ", company main phone, callback, telefon organizacji",
    _T.EMAIL: "email, e mail, mail, email address, e mail address, e mail adresse, email adresse"
    ", adres e mail, adres email, poczta, адрес эл почты, эл почта, электронная почта"
    ", адрес электронной почты, почта, work email",
    _T.HANDLE: "web page, website, website url, webseite, strona sieci web, strona www"
    ", веб страница, сайт, skype, telegram, twitter, twitter username",
    _T.NOTE: "notes, note, comment, comments, remarks, description, notizen, bemerkung"
    ", bemerkungen, notatki, uwagi, заметки, примечание, примечания, комментарий",
    _T.CATEGORIES: "categories, category, labels, group membership, tags, groups, kategorien"
    ", kategorie, категории, метки",
    _T.INTEREST: "hobby, hobbies, interests, хобби, zainteresowania, интересы",
    _T.FAMILY_MEMBER: "spouse, children, partner, partnerin, wspolmalzonek, dzieci, kinder"
    ", супруг а, супруг, дети",
    _T.FACTS: "facts, fakty, факты",
    _T.UID: "id, uid, uuid, record id, contact id",
    _T.ADDRESS: "address, adresse, adres, адрес, anschrift, full address",
    _T.STREET: "street, street address, strasse, ulica, улица",
    _T.CITY: "city, town, ort, stadt, miasto, miejscowosc, город",
    _T.REGION: "state, region, state region, province, county, bundesland, wojewodztwo, область"
    ", регион",
    _T.CODE: "postal code, zip, zip code, postcode, postleitzahl, plz, kod pocztowy"
    ", почтовый индекс, индекс",
    _T.COUNTRY: "country, country region, land, land region, kraj, kraj region, страна"
    ", страна регион, страна или регион",
    _T.BOX: "po box, postfach, skrytka pocztowa, почтовый ящик",
    _T.EXTENDED: "extended address, street 2, street 3, strasse 2, ulica 2, улица 2",
}
# Headers are compared folded, so that the tables are, too.
_EXACT = MappingProxyType(
    {fold(word): target for target, words in _WORDS.items() for word in words.split(", ")}
)

_GOOGLE = re.compile(
    r"(phone|e mail|address|im|website|relation|organization|custom field|event) (\d+) "
    r"(type|label|value|formatted|street|city|po box|region|postal code|country"
    r"|extended address|name|title|service)"
)
_GOOGLE_VALUES = MappingProxyType(
    {
        "phone": _T.PHONE,
        "e mail": _T.EMAIL,
        "im": _T.HANDLE,
        "website": _T.HANDLE,
        "relation": _T.FAMILY_MEMBER,
    }
)
_GOOGLE_ADDRESS = MappingProxyType(
    {
        "formatted": _T.ADDRESS,
        "street": _T.STREET,
        "city": _T.CITY,
        "region": _T.REGION,
        "postal code": _T.CODE,
        "country": _T.COUNTRY,
        "po box": _T.BOX,
        "extended address": _T.EXTENDED,
    }
)


def _folded(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of small letters for headers, which are folded ("й" is "и" then)."""
    return re.compile(fold(pattern))


_PLACES = MappingProxyType(
    {
        "work": _folded(
            r"\b(?:business|work|office|company|geschaftlich|firma|dienstlich|sluzbow\w*|praca"
            r"|firmow\w*|раб|рабоч\w*|служебн\w*|organizacji)\b"
        ),
        "home": _folded(r"\b(?:home|private|personal|privat|domow\w*|prywatn\w*|дом|домашн\w*)\b"),
        "mobile": _folded(
            r"\b(?:mobile|cell|mobil|mobiltelefon|handy|komork\w*|komorkowy|переносной|мобильн\w*"
            r"|сотовый|моб)\b"
        ),
        "fax": _folded(r"\b(?:fax|faks|факс)\b"),
        "other": _folded(r"\b(?:other|weitere[sr]?|inny|inne|друг\w*)\b"),
        "main": _folded(r"\b(?:primary|main|haupttelefon|glown\w*|основн\w*)\b"),
    }
)
_NOT_OF_THE_PERSON = _folded(
    r"\b(?:assistant\w*|assistent\w*|asystent\w*|помощник\w*|display name|angezeigter|isdn|telex"
    r"|teletyp\w*|телекс|owner|ttytdd|wyswietlana|выводимое|type|typ|тип|radio|funktelefon"
    r"|pager|пейджер|status|date|datum|data|дата|count|consent|opt|opted|source|unsubscribed|last"
    r"|bounced|manager\w*|vorgesetzt\w*)\b"
)
_PHONE_WORD = _folded(r"\b(?:\w*phone\w*|\w*telefon\w*|tel|телефон\w*|mobil\w*|handy)\b")
_EMAIL_WORD = _folded(r"\b(?:e ?mail\w*|почт\w*|poczt\w*)\b")


def normal(header: str) -> str:
    """Return a header for comparison: folded, words apart by single spaces, no punctuation."""
    return " ".join(re.sub(r"[\W_]+", " ", fold(header)).split())


def recognise(headers: Sequence[str]) -> Headers:
    """Say what the columns under `headers` hold: exact names first, then words in them."""
    plain = [normal(header) for header in headers]
    # In Outlook "Title" is "Mrs"; everywhere else it is what somebody's job is.
    outlook = "suffix" in plain and "job title" in plain
    columns: list[Column] = []
    ignored: list[str] = []
    for index, header in enumerate(plain):
        if header == "title":
            found: Column | None = Column(index, _T.PREFIX if outlook else _T.JOB)
        else:
            found = _google(index, header) or _exact(index, header) or _by_words(index, header)
        if found is not None:
            columns.append(found)
        elif header:
            ignored.append(headers[index])
    ours = {"id", "form of address", "ipa", "facts"} <= set(plain)
    return Headers(tuple(columns), tuple(ignored), ours)


def _google(index: int, header: str) -> Column | None:
    found = _GOOGLE.fullmatch(header)
    if found is None:
        return None
    what, number, part = found.groups()
    place = f"{what} {number}"
    if part in ("type", "label", "service"):
        return Column(index, _T.LABEL, place)
    if what == "address" and part in _GOOGLE_ADDRESS:
        return Column(index, _GOOGLE_ADDRESS[part], place)
    if what == "organization":
        target = {"name": _T.COMPANY, "title": _T.JOB}.get(part)
        return Column(index, target) if target and number == "1" else None
    if part == "value" and what in _GOOGLE_VALUES:
        return Column(index, _GOOGLE_VALUES[what], place)
    return None


def _exact(index: int, header: str) -> Column | None:
    target = _EXACT.get(header) or _EXACT.get(re.sub(r" \d+$", "", header))
    if target is None:
        return None
    label = None
    if target is _T.HANDLE:
        label = header if header in ("skype", "telegram", "twitter") else "website"
    elif header == "record id":
        label = HUBSPOT
    return Column(index, target, label=label)


def _by_words(index: int, header: str) -> Column | None:
    if _NOT_OF_THE_PERSON.search(header):
        return None
    place = next((name for name, words in _PLACES.items() if words.search(header)), "")
    if _EMAIL_WORD.search(header):
        return Column(index, _T.EMAIL, label=place or None)
    if _PHONE_WORD.search(header) or place in ("mobile", "fax"):
        label = "mobile" if _PLACES["mobile"].search(header) else place
        label = "fax" if _PLACES["fax"].search(header) else label
        return Column(index, _T.PHONE, label=label or None)
    if place:
        return _part_of_address(index, header, place)
    return None


def _part_of_address(index: int, header: str, place: str) -> Column | None:
    """Read "Business Street", "Ort privat", "Adres służbowy - ulica", "Улица (раб. адрес)"."""
    rest = _PLACES[place].sub(" ", header)
    rest = " ".join(re.sub(r"\b(?:address|adresse|adres|адрес)\b", " ", rest).split())
    target = _EXACT.get(rest)
    if target is None and not rest and re.search(r"\b(?:address|adresse|adres|адрес)\b", header):
        target = _T.ADDRESS
    if target is not None and target.value.startswith("address-"):
        return Column(index, target, place, place)
    return None
