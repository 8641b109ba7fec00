"""Cells of a CSV file that a spreadsheet will open: text stays text, in both directions."""

from __future__ import annotations

import re

# OWASP, "CSV Injection": what makes a spreadsheet take a cell for a formula, with the full-width
# forms that some of them accept. Apostrophes in front are ours, or to be told from ours.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

SEPARATOR = " ::: "
"""Between several values in one cell, as Google Contacts has it."""

NOTE_SEPARATOR = "\n␞\n"
"""Between several notes in one cell."""


def neutral(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs as a formula.

    A cell that could be one gets an apostrophe in front, telephone numbers such as "+44…"
    included; `original` takes it off again, so that our own import reads back what was exported.
    A text that begins with apostrophes and such a character gets one more, which makes this
    reversible for every text.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """Return what `neutral` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
