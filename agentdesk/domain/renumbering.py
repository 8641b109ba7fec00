"""Numbers that a country has changed: how a number was written before, and how it is now.

libphonenumber's metadata knows today's plan alone. The changes below are those that can be told
from the number itself; where an old number could have become several, nothing is guessed.

Sources. Vietnam (mobiles of 2018), Brazil (ninth digit, Anatel's Resolução 553, 2012-2016) and
Mexico (mobile 1 dropped, IFT, 3 August 2019): google/libphonenumber,
migrator/src/data/recipes.csv. Mobiles of Côte d'Ivoire (31 January 2021, ARTCI: 01 Moov, 05 MTN,
07 Orange): google/libphonenumber, resources/carrier/en/225.txt of before the change, which tells
whose an old number was; fixed lines cannot be told. Colombia (60 before the area code of fixed
lines, CRC's Resolución 5826, 1 September 2021) and Benin (01 before every number, ARCEP,
30 November 2024): the announcements. Poland (trunk prefix 0 dropped, UKE, 2009-2010): numbers were
often noted with it after +48.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class _Change(NamedTuple):
    """`old` becomes `new`, and `now` becomes `before`: patterns of all digits after the +."""

    old: str
    new: str
    now: str
    before: str


_CHANGES = (
    # Vietnam
    _Change(r"8412([068]\d{7})", r"847\1", r"847([068]\d{7})", r"8412\1"),
    _Change(r"84121(\d{7})", r"8479\1", r"8479(\d{7})", r"84121\1"),
    _Change(r"84122(\d{7})", r"8477\1", r"8477(\d{7})", r"84122\1"),
    _Change(r"8412([3-5]\d{7})", r"848\1", r"848([3-5]\d{7})", r"8412\1"),
    _Change(r"84127(\d{7})", r"8481\1", r"8481(\d{7})", r"84127\1"),
    _Change(r"84129(\d{7})", r"8482\1", r"8482(\d{7})", r"84129\1"),
    _Change(r"8416([2-9]\d{7})", r"843\1", r"843([2-9]\d{7})", r"8416\1"),
    _Change(r"8418([68]\d{7})", r"845\1", r"845([68]\d{7})", r"8418\1"),
    _Change(r"84199(\d{7})", r"8459\1", r"8459(\d{7})", r"84199\1"),
    # Brazil
    _Change(r"55([1-9]\d)([689]\d{7})", r"55\g<1>9\2", r"55([1-9]\d)9([689]\d{7})", r"55\1\2"),
    # Mexico
    _Change(r"521([2-9]\d{9})", r"52\1", r"52([2-9]\d{9})", r"521\1"),
    # Côte d'Ivoire
    _Change(
        r"225((?:0|4|5|7)[1-3]\d{6})",
        r"22501\1",
        r"22501((?:0|4|5|7)[1-3]\d{6})",
        r"225\1",
    ),
    _Change(
        r"225((?:0|4|5|6|7|8|9)[4-6]\d{6})",
        r"22505\1",
        r"22505((?:0|4|5|6|7|8|9)[4-6]\d{6})",
        r"225\1",
    ),
    _Change(
        r"225((?:(?:0|4|5|7|8)[7-9]|(?:6|9)[78])\d{6})",
        r"22507\1",
        r"22507((?:(?:0|4|5|7|8)[7-9]|(?:6|9)[78])\d{6})",
        r"225\1",
    ),
    _Change(r"225([457]0\d{6})", r"22501\1", r"22501([457]0\d{6})", r"225\1"),
    # Colombia
    _Change(r"57([1245678]\d{7})", r"5760\1", r"5760([1245678]\d{7})", r"57\1"),
    # Benin
    _Change(r"229(\d{8})", r"22901\1", r"22901(\d{8})", r"229\1"),
    # Poland
    _Change(r"480(\d{9})", r"48\1", r"48(\d{9})", r"480\1"),
)

_ALSO = (
    # Argentina: abroad a mobile has a 9 before its area code. Area code and number belong to one
    # subscriber with it or without it (ENACOM's plan fundamental: ten digits, one for both), and
    # exchanges signal either.
    (r"549(\d{10})", r"54\1"),
    (r"54([1-8]\d{9})", r"549\1"),
)


@lru_cache(maxsize=2048)
def renumbered(e164: str) -> str | None:
    """Return today's form of a number that its country has changed; None for all others.

    Today's form is right only if `e164` is no number of today's plan, which the caller knows.
    """
    for change in _CHANGES:
        if match := re.fullmatch(change.old, e164[1:]):
            return "+" + match.expand(change.new)
    return None


@lru_cache(maxsize=2048)
def spellings(e164: str) -> tuple[str, ...]:
    """Return all forms under which the subscriber of `e164` may be known, that one first.

    All of one country, and none that could be somebody else's.
    """
    return tuple(dict.fromkeys(_spellings(e164)))


def _spellings(e164: str) -> Iterator[str]:
    yield e164
    digits = e164[1:]
    for change in _CHANGES:
        if match := re.fullmatch(change.now, digits):
            yield "+" + match.expand(change.before)
    for pattern, other in _ALSO:
        if match := re.fullmatch(pattern, digits):
            yield "+" + match.expand(other)
