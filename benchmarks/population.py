"""People of a made-up country of many alphabets: names as frequent as names are.

Few names are common and many are rare (Zipf's law), so that most people share both of theirs with
others. The heads of the lists are Faker's, the long tails are put together from stems and endings.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import accumulate

_TAIL = 9_000
_EXPONENT = 0.85

_SHARES = {
    "pl": 0.24,
    "de": 0.22,
    "ru": 0.20,
    "en": 0.12,
    "uk": 0.07,
    "el": 0.07,
    "fr": 0.02,
    "it": 0.02,
    "cs": 0.02,
    "sv": 0.02,
}
_LOCALES = {
    "pl": "pl_PL",
    "de": "de_DE",
    "ru": "ru_RU",
    "uk": "uk_UA",
    "el": "el_GR",
    "en": "en_US",
    "fr": "fr_FR",
    "it": "it_IT",
    "cs": "cs_CZ",
    "sv": "sv_SE",
}
_STEMS = {
    "pl": "bab bal baran biel bor brz buk char chmiel ciesl czar dąb dob dow droz dud fil gaj gal"
    " głow gór grab grusz jab jan jar jasi jaw kacz kal kam karp kas kier kob kol kon kop kor kos"
    " kow koz kraj król krup krzem kub kuch kul kur kwiat lew lip lis lub łab łuk maj mal mar"
    " maz miel mik mis mor mroz nied now olsz ost paw pies pił piotr pol pop por prus rad raj rog"
    " rud rybi sad sob sok sow stach staw strz szcz szym świ tom trz tyl urb was wierz wilcz wit"
    " wod wol woj wron wró zaj zal zaw ziel ziół żur żwir",
    "de": "acker alt apfel bach bäck baum berg bern birk blum boden brand braun breit brück buch"
    " burg busch dorf dürr eber eck ehren eich eisen engel erd fahr feld fels fisch flach forst"
    " frei freud fried fuchs gold grab graf groß grün gut haas hafer hahn hart haupt heid heil"
    " hell herr hirsch hoch hof höf holz hopf horn huf jäg jung kais kalk kamm kirch klein klug"
    " knecht kohl kraft krei kron krüg küh kurz lam land lang laub lehm leim lich lieb lind löw"
    " mai mark mei mitter moos müh neu nieder ober öst ott pfeif pflug rau reich rein roden rosen"
    " roth rück sand schäf schil schön schwarz seil sonn stahl stein stern stolz strau thal tief"
    " traub vogel wald wasser weiden wein weiß wend wies wild wind winter wolf zieg zimmer zoll",
    "ru": "абр ават алекс андр анис арх афан бал бар баск бел бог бол бор бык варл вас вер влас"
    " волк вороб гавр ген глад гол горб горшк гриб гром гус дан дег дем дорош дроб дроз дья евс"
    " елис ерм ефим жар жданк жук завь зайк зим золот зуб игн изот илларион кабан кал кап кар"
    " каш кис клим ков козл кол комар кор кош крас круг кузьм кул курк лавр лар лебед лис лом лук"
    " макар мал март матв медвед мель мих моисе мор мурав муромц наз нест ник нос овс орл осип"
    " пав панкр пест петр пир плот пол пон прох пугач радищ рож ром ряб сав сазон саф сел семен"
    " сид скорн сморк сокол соф стол стрел сух тар терент тим тит тих трет туман тют уль уст фад"
    " филип фом харит хохл цвет чеб черн чирк шаб шал шев шил шум щерб щук юд ягод яхонт",
    "uk": "баб бал бар бевз білo бойч бонд борис браж буз ват велич вовч воронц гав гайд гнат гол"
    " гонч гор гринч гуз дани дем дзюб довг дубин жаб жур завгор захар зін іван ільч кабан калин"
    " карп кириц клим ков козач кол корн кос крав крив куз кул куч лав лев лис литв лос лук мак"
    " мар мат мель мик миш мор наз нест овч олій опан ост павл пал пан пас пет пил пол прих рев"
    " роман руд сав сах сид скор слоб сос стец сух тар тим ткач тов фед хар хом цимб чер чуп швед"
    " шев шум щерб юрч явор яким яр",
    "el": "αγγελ αθαν αλεξ αναγν αναστ ανδρ αντων αργυρ βασιλ βλαχ γεωργ γιανν γρηγορ δημ δημητρ"
    " ελευθ ευαγγελ ευθυμ ζαφειρ ζαχαρ ηλι θεοδ θωμ ιωανν καλ καρ κατσ κων κωνστ λαζ λαμπ λουκ"
    " μακρ μαν μαυρ μιχ μπακ μπαλ νικ νικολ ξανθ οικον παλ παν παπαγ παπαδημ παπαν παπ παρασκ"
    " παυλ πετρ πολ ραπτ σαμ σαρ σιδ σκαρλ σπυρ σταθ σταμ σταυρ στεφ σωτ τασ τζαν τριαντ τσιτ"
    " τσακ φιλ φωτ χαρ χατζηγ χατζ χρηστ χριστ",
    "en": "ack alder all ash ather bald bar barn beck ben black blake brad bram brent brom bur"
    " calder carl chad charl chester cliff col cop cran daven dun east ed elder ell elm farn fen"
    " gar glad gran green had hal ham hard har hath haw haz hen hol hor hun ing kel ken king kirk"
    " lang lin lock long mar mel mid mil mor nor oak old pem pres rad raven red rich rock rother"
    " row ruther san shel sher skel somer stan stock strat sut thorn tils tun wake wal war wat wes"
    " whit wil win wood wyn",
}
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "pl": (
        *(("owski", "owska"), ("ewski", "ewska"), ("iński", "ińska"), ("czyk", "czyk")),
        *(("ak", "ak"), ("ek", "ek"), ("icki", "icka"), ("owicz", "owicz"), ("ala", "ala")),
        *(("iec", "iec"), ("ecki", "ecka"), ("arz", "arz"), ("uch", "uch"), ("oń", "oń")),
        *(("anek", "anek"), ("asz", "asz"), ("uszewski", "uszewska"), ("elski", "elska")),
    ),
    "de": tuple(
        (e, e)
        for e in [
            "mann",
            "er",
            "bauer",
            "hofer",
            "meyer",
            "berg",
            "stein",
            "müller",
            "huber",
            "maier",
            "feld",
            "ing",
            "ner",
            "ler",
            "mayer",
            "bach",
            "inger",
            "reiter",
            "hauser",
            "eder",
            "brunner",
            "lechner",
            "wieser",
            "ke",
            "old",
        ]
    ),
    "ru": (
        *(("ов", "ова"), ("ин", "ина"), ("овский", "овская"), ("енко", "енко")),
        *(("анов", "анова"), ("енков", "енкова"), ("ихин", "ихина"), ("ушкин", "ушкина")),
        *(("аков", "акова"), ("ышев", "ышева"), ("ецкий", "ецкая"), ("унов", "унова")),
        *(("ейкин", "ейкина"), ("очкин", "очкина"), ("авин", "авина"), ("ыгин", "ыгина")),
    ),
    "uk": tuple(
        (e, e)
        for e in [
            "енко",
            "ук",
            "юк",
            "чук",
            "ак",
            "ко",
            "ишин",
            "ець",
            "ило",
            "ура",
            "як",
            "андзій",
            "ейко",
            "ина",
            "івка",
            "ошенко",
            "иненко",
            "унець",
            "ович",
            "ицький",
        ]
    ),
    "el": (
        *(("όπουλος", "οπούλου"), ("ίδης", "ίδου"), ("άκης", "άκη"), ("ίου", "ίου")),
        *(("άδης", "άδου"), ("έλης", "έλη"), ("ούδης", "ούδη"), ("άτος", "άτου")),
        *(("ιάδης", "ιάδου"), ("άκος", "άκου"), ("έας", "έα"), ("όγλου", "όγλου")),
    ),
    "en": tuple(
        (e, e)
        for e in [
            "son",
            "ton",
            "ley",
            "ford",
            "well",
            "wood",
            "ham",
            "field",
            "worth",
            "by",
            "wick",
            "ridge",
            "man",
            "more",
            "bury",
            "stone",
            "croft",
            "den",
            "dale",
            "gate",
            "shaw",
            "ing",
            "house",
            "combe",
            "low",
        ]
    ),
}
_TOWNS = {
    "pl": "Warszawa Kraków Łódź Wrocław Poznań Gdańsk Szczecin Lublin Katowice Białystok Gdynia"
    " Radom Toruń Kielce Rzeszów Olsztyn Opole Zakopane Sopot Płock",
    "de": "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund Essen"
    " Bremen Dresden Hannover Nürnberg Duisburg Bochum Wuppertal Münster Kiel Lübeck",
    "ru": "Москва Казань Тверь Самара Омск Пермь Уфа Томск Тула Рязань Пенза Псков Калуга Орёл"
    " Курск Вологда Смоленск Мурманск Сочи Иркутск",
    "uk": "Київ Харків Одеса Дніпро Львів Полтава Чернігів Суми Вінниця Житомир Рівне Луцьк",
    "el": "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Λάρισα Βόλος Ιωάννινα Χανιά Καβάλα Ρόδος",
    "en": "London Leeds Bristol Manchester Sheffield Oxford York Bath Norwich Exeter Derby Luton",
    "fr": "Paris Lyon Nantes Lille Rennes",
    "it": "Roma Milano Torino Bologna Genova",
    "cs": "Praha Brno Ostrava Plzeň Olomouc",
    "sv": "Stockholm Göteborg Malmö Uppsala Lund",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's name, what language it is in, and where they live."""

    language: str
    feminine: bool
    given: str
    family: str
    middle: str | None
    town: str

    @property
    def full(self) -> str:
        """The whole name as written."""
        return " ".join(part for part in (self.given, self.middle, self.family) if part)


class _Drawn:
    """Words of which the first are drawn most often."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        self._words = words
        weights = (1 / (rank + 3) ** _EXPONENT for rank in range(len(words)))
        self._bounds = list(accumulate(weights))

    def draw(self, chance: random.Random) -> tuple[str, str]:
        return chance.choices(self._words, cum_weights=self._bounds)[0]


class _Nation:
    def __init__(self, language: str) -> None:
        provider = import_module(f"faker.providers.person.{_LOCALES[language]}").Provider
        order = random.Random(f"names of {language}")
        self._language = language
        self._men = _given(provider.first_names_male, order)
        self._women = _given(provider.first_names_female, order)
        self._families = _Drawn([*_heads(provider, order), *_tails(language, order)])
        self._fathers = (
            [*zip(provider.middle_names_male, provider.middle_names_female, strict=False)]
            if language == "ru"
            else []
        )
        self._towns = _TOWNS[language].split()

    def person(self, chance: random.Random) -> Person:
        feminine = chance.random() < 0.5
        given = (self._women if feminine else self._men).draw(chance)[0]
        middle = None
        if self._fathers and chance.random() < 0.5:
            middle = chance.choice(self._fathers)[feminine]
        family = self._families.draw(chance)[feminine]
        town = chance.choice(self._towns)
        return Person(self._language, feminine, given, family, middle, town)


def _given(names: Sequence[str], order: random.Random) -> _Drawn:
    words = sorted({name for name in names if name.isalpha()})
    order.shuffle(words)
    return _Drawn([(word, word) for word in words])


def _heads(provider: type, order: random.Random) -> list[tuple[str, str]]:
    pairs = {
        (man, woman)
        for men, women in (
            ("last_names_male", "last_names_female"),
            ("male_last_names", "female_last_names"),
        )
        if isinstance(getattr(provider, men, None), tuple)
        for man, woman in zip(
            getattr(provider, men), getattr(provider, women, getattr(provider, men)), strict=False
        )
    }
    for names in ("unisex_last_names", "last_names_common", "last_names"):
        found = getattr(provider, names, None)
        if found and len(found) > 1 and not pairs:
            pairs |= {(name, name) for name in found}
    words = sorted(pair for pair in pairs if all(len(word) > 2 for word in pair))
    order.shuffle(words)
    return words


def _tails(language: str, order: random.Random) -> list[tuple[str, str]]:
    """Put together names that nobody has listed: one or two stems and an ending."""
    if language not in _STEMS:
        return []
    stems = _STEMS[language].split()
    endings = _ENDINGS[language]
    made: dict[tuple[str, str], None] = {}
    for _attempt in range(_TAIL):
        stem = order.choice(stems)
        if order.random() < 0.5:
            stem += order.choice(stems)[:2] if language in ("de", "en") else order.choice("аоуие")
            if language == "pl":
                stem = stem[:-1] + order.choice(("al", "an", "on", "os", "ar", "ut", "er"))
            elif language == "el":
                stem = stem[:-1] + order.choice(("αν", "ολ", "ιτ", "ερ", "αδ"))
            elif language in ("ru", "uk"):
                stem += order.choice("бдклмнрст")
        man, woman = order.choice(endings)
        made[(stem + man).capitalize(), (stem + woman).capitalize()] = None
    return list(made)


@cache
def _nations() -> tuple[list[_Nation], list[float]]:
    return [_Nation(one) for one in _SHARES], list(accumulate(_SHARES.values()))


def people(seed: int) -> Iterator[Person]:
    """Yield people without end, the same ones for the same seed."""
    chance = random.Random(seed)
    nations, bounds = _nations()
    while True:
        yield chance.choices(nations, cum_weights=bounds)[0].person(chance)
