"""Names: finding them in any spelling or alphabet, addressing people, showing them safely."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType

from agentdesk.domain.entities import Customer


def _table(pairs: str) -> dict[str, str]:
    """Read "щshch ь": a letter, and what stands for it."""
    return {pair[0]: pair[1:] for pair in pairs.split()}


_UNFOLDED = str.maketrans(_table("łl đd ðd øo æae œoe þth ıi ħh ŋn ŧt ĸk əe ƒf ʼ' ’'"))
"""Letters that Unicode does not decompose, after case folding."""

# ICAO Doc 9303, part 3, section 6, table B, which Russian passports follow.
_RUSSIAN = _table(
    "аa бb вv гg дd еe ёe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch"
    " ъie ыy ь эe юiu яia ўu"
)
# Decree 55 of the Cabinet of Ukraine, 27 January 2010.
_UKRAINIAN = _RUSSIAN | _table("гh ґg иy іi їi єie '")
_UKRAINIAN_INITIAL = _table("єye їyi йy юyu яya")
_CYRILLIC = frozenset(_UKRAINIAN) - {"'"}
_UKRAINIAN_MARKS = frozenset("іїєґ")
# ELOT 743, as in Greek passports.
_GREEK = _table("αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo")
_GREEK_PAIRS = {"γγ": "ng", "γξ": "nx", "γχ": "nch", "ου": "ou"}
_GREEK_UNVOICED = frozenset("θκξπσςτφχψ")

_WORD = re.compile(r"[^\W_]+(?:['’ʼ`][^\W_]+)*")
_finditer = _WORD.finditer
_LETTERS = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_APOSTROPHES = re.compile(r"['’ʼ`]")
_NO_LETTERS = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")
"""What folding may bring into a word, as spaces from a ligature of words."""
_TITLES = frozenset(
    [
        *("mr", "mrs", "ms", "miss", "mx", "sir", "dame", "lord", "lady", "dr", "prof", "rev"),
        *("herr", "frau", "pan", "pani", "inż", "mgr", "г-н", "г-жа", "господин", "госпожа"),
    ]
)
_PATRONYMIC_F = re.compile(r"(?:овна|евна|ична|инична|ovna|evna|ichna)$")
_PATRONYMIC_M = re.compile(r"(?:ович|евич|ьич|кузьмич|лукич|ильич|фомич|ovich|evich)$")

_OVERRIDES = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb"
)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_JOINERS = "\u200c\u200d"


def fold(text: str) -> str:
    """Return `text` without case and accents, for comparing and for finding.

    Letters that accents do not explain become their usual replacement (ł l, ø o, æ ae, ß ss).
    Other alphabets stay; `latin` brings them over.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).translate(_UNFOLDED)


def latin(text: str) -> str:
    """Return Cyrillic and Greek words of `text` in Latin letters as passports write them.

    Text with a letter that only Ukrainian has is read as Ukrainian. Everything else stays as it
    is, with its accents.
    """
    plain = unicodedata.normalize("NFC", text)
    if plain.isascii():
        return plain
    ukrainian = bool(set(plain.lower()) & _UKRAINIAN_MARKS)
    return _LETTERS.sub(lambda word: _latin_word(word[0], ukrainian=ukrainian), plain)


def search_forms(text: str) -> tuple[tuple[str, ...], ...]:
    """Return for each word of `text` the forms it may be found by, folded, Latin ones last.

    A search matches a word if it matches one of its forms.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFC", text)
    return tuple(forms for forms in map(_forms, _WORD.findall(plain)) if forms)


def placed_forms(text: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return where each word of `text` begins, how long it is, and its forms (`search_forms`).

    `text` is taken as it is: in composed form (NFC) the places are those of what is shown.
    """
    places = []
    for word in _finditer(text):
        forms = _forms(word[0])
        if forms:
            start, end = word.span()
            places.append((start, end - start, forms))
    return tuple(places)


@lru_cache(maxsize=1 << 14)
def _forms(word: str) -> tuple[str, ...]:
    """Return the forms of one word; names repeat, and a first sync asks for every customer's."""
    if word.isascii() and word.isalnum():
        return (word.lower(),)
    parts = [part for part in _APOSTROPHES.split(word) if len(part) > 1]
    spellings = [word, latin(word), *(parts if len(parts) < len(word) - 1 else ())]
    whole = (_NO_LETTERS.sub("", _APOSTROPHES.sub("", fold(one))) for one in spellings)
    return tuple(dict.fromkeys(form for form in whole if form))


def search_tokens(text: str) -> tuple[str, ...]:
    """Return all forms of all words of `text`, each once: what an index stores for it."""
    return tuple(dict.fromkeys(form for forms in search_forms(text) for form in forms))


def sort_key(customer: Customer) -> str:
    """Return what customers are ordered by: family name, then the whole name, folded."""
    return fold(latin(f"{customer.family_name or ''} {customer.full_name}")).strip()


def name_key(full_name: str) -> str:
    """Return what two spellings of one name have in common.

    Order, case, accents, alphabet and titles do not matter.
    """
    plain = _APOSTROPHES.sub("", fold(latin(" ".join(_name_words(full_name)))))
    return " ".join(sorted(_WORD.findall(plain))) or fold(full_name)


def initials(full_name: str) -> str:
    """Return at most two capitals to stand in for a photo; empty for a name without letters."""
    words = _name_words(full_name)
    chosen = words[:1] + words[1:][-1:]
    return "".join(_first_letter(word) for word in chosen)


def given_name_of(customer: Customer) -> str | None:
    """Return the given name, guessed from the whole name if it was not stored apart.

    "Blunt, Anna" and "Иванова Анна Петровна" are understood. None if there is no word at all.
    """
    if customer.given_name and customer.given_name.strip():
        return customer.given_name.strip()
    family, comma, rest = customer.full_name.partition(",")
    words = _name_words(rest if comma and _name_words(rest) else family)
    if len(words) == 3 and _is_patronymic(words[2]) and not _is_patronymic(words[1]):
        return words[1]
    if customer.family_name and len(words) > 1 and words[0] == customer.family_name.strip():
        return words[1]
    return words[0] if words else None


def patronymic_of(customer: Customer) -> str | None:
    """Return the patronymic that the name contains, or None.

    Surnames such as Абрамович look like one, so that of two words the second counts only if it
    has the feminine form or the surname is known to be another.
    """
    words = _name_words(f"{customer.given_name or ''} {customer.full_name}")
    words = list(dict.fromkeys(words))
    family = (customer.family_name or "").strip()
    for word in words[1:]:
        if word == family:
            continue
        if _PATRONYMIC_F.search(word.casefold()):
            return word
        if _PATRONYMIC_M.search(word.casefold()) and (len(words) > 2 or family):
            return word
    return None


def default_address(customer: Customer, language: str) -> str:
    """Return how to address somebody whose form of address nobody has asked for yet.

    What is stored comes first, then the preferred name. Beyond that nothing is invented: no
    title or gender that the name or the pronouns do not show, and only the nominative, since
    the vocative of a foreign name cannot be derived.

    - English: the title in the name ("Mrs Blunt"), "Ms"/"Mr" by pronouns, else the whole name.
      Never "Mrs" unless the person writes it so.
    - Russian: given name and patronymic, else the name as written.
    - Polish: "Pani Anna Kowalska", "Pan Jan Kowalski" by pronouns, or if given name and surname
      agree in gender; else the name as written.
    """
    stored = (customer.form_of_address or "").strip() or (customer.preferred_name or "").strip()
    if stored:
        return stored
    whole = " ".join(customer.full_name.split())
    given = given_name_of(customer)
    if language == "ru":
        patronymic = patronymic_of(customer)
        return f"{given} {patronymic}" if given and patronymic else whole
    if language == "pl" and not _title_of(whole):
        family = _family_of(customer)
        title = {"f": "Pani", "m": "Pan"}.get(_polish_gender(customer, given, family))
        return f"{title} {given} {family}" if title and given and family else whole
    return whole if language == "pl" else _english_address(customer, whole)


def storable(text: str) -> str:
    """Return `text` as UTF-8 can hold it: without NUL, with "?" for halves of characters.

    Halves come from arguments and files that are not UTF-8.
    """
    return text.replace("\x00", "").encode(errors="replace").decode()


def for_display(text: str, limit: int | None = None, *, lines: bool = False) -> str:
    """Return `text` so that it shows as what it is and disturbs nothing around it.

    Control characters and direction marks are removed, line breaks become spaces (unless
    `lines`), and right-to-left text is put into an isolate (UAX #9, FSI … PDI), so that it
    cannot reorder its neighbours. Longer than `limit` characters, it ends in "…".
    """
    if text.isascii() and text.isprintable() and (limit is None or len(text) <= limit):
        # Printable ASCII holds nothing to remove or to isolate: most texts are done here.
        return text.strip(" ") if lines else text
    kept = "".join(_shown(char, lines=lines) for char in text)
    shown = kept.strip("\n ") if lines else " ".join(kept.split(" "))
    if limit is not None and len(shown) > limit:
        shown = _cut(shown, limit)
    if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in shown):
        return f"{_FIRST_STRONG_ISOLATE}{shown}{_POP_ISOLATE}"
    return shown


def _latin_word(word: str, *, ukrainian: bool) -> str:
    lowered = word.lower()
    letters = set(lowered)
    if {unicodedata.normalize("NFD", char)[0] for char in lowered} & set(_GREEK):
        return _in_case_of(word, _greek(lowered))
    if not letters & _CYRILLIC:
        return word
    if not ukrainian:
        return _in_case_of(word, "".join(_RUSSIAN.get(char, char) for char in lowered))
    lowered = lowered.replace("’", "'").replace("ʼ", "'").replace("зг", "zgh")
    head = _UKRAINIAN_INITIAL.get(lowered[0]) or _UKRAINIAN.get(lowered[0], lowered[0])
    return _in_case_of(word, head + "".join(_UKRAINIAN.get(char, char) for char in lowered[1:]))


def _greek(lowered: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))
    # A diaeresis keeps two vowels apart: "αϊ", "αϋ".
    apart = {i for i, char in enumerate(lowered) if char in "ϊϋΐΰ"}
    out, at = [], 0
    while at < len(bare):
        pair = bare[at : at + 2]
        if at == 0 and pair == "μπ":
            out.append("b")
        elif pair in _GREEK_PAIRS:
            out.append(_GREEK_PAIRS[pair])
        elif pair in ("αυ", "ευ", "ηυ") and at + 1 not in apart:
            follows = bare[at + 2 : at + 3]
            out.append(
                _GREEK[pair[0]] + ("f" if not follows or follows in _GREEK_UNVOICED else "v")
            )
        else:
            out.append(_GREEK.get(bare[at], bare[at]))
            at += 1
            continue
        at += 2
    return "".join(out)


def _in_case_of(word: str, transliterated: str) -> str:
    if len(word) > 1 and word.isupper():
        return transliterated.upper()
    if word[0].isupper():
        return transliterated[:1].upper() + transliterated[1:]
    return transliterated


def _name_words(name: str) -> list[str]:
    """The words of a name that hold a letter, without titles and what stands in brackets."""
    bare = re.sub(r"\([^()]*\)|\"[^\"]*\"", " ", name)
    words = [word.strip('.,;:!?()"') for word in bare.split()]
    lettered = [word for word in words if any(char.isalpha() for char in word)]
    untitled = [word for word in lettered if word.casefold() not in _TITLES]
    return untitled or lettered


def _first_letter(word: str) -> str:
    normal = unicodedata.normalize("NFC", word)
    at = next(i for i, char in enumerate(normal) if char.isalpha())
    end = at + 1
    while end < len(normal) and unicodedata.combining(normal[end]):
        end += 1
    letter = normal[at:end].upper()
    return letter if len(letter) <= end - at else letter[0]


def _is_patronymic(word: str) -> bool:
    lowered = word.casefold()
    return bool(_PATRONYMIC_F.search(lowered) or _PATRONYMIC_M.search(lowered))


def _title_of(whole: str) -> str | None:
    first = whole.split(" ")[0]
    return first if first.strip(".").casefold() in _TITLES and " " in whole else None


def _family_of(customer: Customer) -> str | None:
    if customer.family_name and customer.family_name.strip():
        return customer.family_name.strip()
    family, comma, _rest = customer.full_name.partition(",")
    words = _name_words(family)
    if comma and words:
        return " ".join(words)
    return words[-1] if len(words) > 1 else None


_GENDER_OF_PRONOUN = MappingProxyType(
    {
        **dict.fromkeys(("she", "her", "ona", "jej", "она", "её", "ее"), "f"),
        **dict.fromkeys(("he", "him", "on", "jego", "он", "его"), "m"),
    }
)


def _gender_by_pronouns(pronouns: str | None) -> str | None:
    words = re.findall(r"\w+", (pronouns or "").casefold())
    genders = {_GENDER_OF_PRONOUN.get(word, "other") for word in words[:1]}
    return next(iter(genders), None)


def _polish_gender(customer: Customer, given: str | None, family: str | None) -> str:
    """Return "f", "m" or "" from pronouns, else from given name and surname if they agree."""
    stated = _gender_by_pronouns(customer.pronouns)
    if stated is not None or not given or not family:
        return stated if stated in ("f", "m") else ""
    feminine_given = given.casefold().endswith("a")
    if feminine_given and re.search(r"(?:ska|cka|dzka)$", family.casefold()):
        return "f"
    if not feminine_given and re.search(r"(?:ski|cki|dzki)$", family.casefold()):
        return "m"
    return ""


def _english_address(customer: Customer, whole: str) -> str:
    family = _family_of(customer)
    if not family:
        return whole
    title = _title_of(whole)
    if title is None:
        gender = _gender_by_pronouns(customer.pronouns)
        title = {"f": "Ms", "m": "Mr"}.get(gender or "")
    return f"{title} {family}" if title else whole


def _shown(char: str, *, lines: bool) -> str:
    if char in _OVERRIDES:
        return ""
    if char in "\n\u2028\u2029":
        return "\n" if lines else " "
    if char == "\t":
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cs") else char


def _cut(text: str, limit: int) -> str:
    end = max(limit - 1, 0)
    while end and (
        unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] in _JOINERS
    ):
        end -= 1
    return text[:end].rstrip() + "…"
