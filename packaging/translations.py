"""Brings the catalogues up to date with the source: extracts, merges, compiles.

`python packaging/translations.py` writes; with `--check` it only tells what is stale and exits 1.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "agentdesk"
CATALOGUES = SOURCE / "resources" / "translations"
LANGUAGES = ("pl", "ru")

_KEYWORDS = {"tr": None, "mark": None, "trn": (1, 2), "trc": ((1, "c"), 2)}
_COMMENT = "Translators:"


def extracted() -> Catalog:
    """Return every text of the source that is translated, without places in files."""
    catalogue = Catalog(project="AgentDesk", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        SOURCE,
        method_map=[("**.py", "python")],
        keywords=_KEYWORDS,
        comment_tags=(_COMMENT,),
        strip_comment_tags=True,
    )
    for _file, _line, message, comments, context in found:
        catalogue.add(message, auto_comments=comments, context=context)
    return catalogue


def merged(language: str, template: Catalog) -> Catalog:
    """Return a language's catalogue with exactly the texts of `template`, nothing guessed."""
    path = CATALOGUES / f"{language}.po"
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain="agentdesk")
    else:
        catalogue = Catalog(locale=language, domain="agentdesk", project="AgentDesk")
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """Return the text form, sorted, so that a change shows as what it is."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, no_location=True, omit_header=False)
    lines = file.getvalue().decode().split("\n")
    # Dates and tool versions change without anything having changed.
    volatile = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By", "# FIRST AUTHOR")
    kept = [line for line in lines if not any(word in line for word in volatile)]
    return "\n".join(kept).encode()


def as_mo(catalogue: Catalog) -> bytes:
    """Return the compiled form, without what depends on the day."""
    with io.BytesIO(as_po(catalogue)) as text:
        clean = read_po(text, locale=catalogue.locale, domain="agentdesk")
    # Babel writes the minute of reading into the header otherwise.
    clean.creation_date = datetime(1970, 1, 1, tzinfo=UTC)
    file = io.BytesIO()
    write_mo(file, clean)
    return file.getvalue()


def stale() -> list[Path]:
    """Return the files that differ from what the source and the catalogues now say."""
    template = extracted()
    different = []
    for language in LANGUAGES:
        catalogue = merged(language, template)
        text, compiled = _paths(language)
        for path, content in ((text, as_po(catalogue)), (compiled, as_mo(catalogue))):
            if not path.exists() or path.read_bytes() != content:
                different.append(path)
    return different


def write() -> None:
    """Write the catalogues as `stale` wants them."""
    template = extracted()
    for language in LANGUAGES:
        catalogue = merged(language, template)
        text, compiled = _paths(language)
        compiled.parent.mkdir(parents=True, exist_ok=True)
        text.write_bytes(as_po(catalogue))
        compiled.write_bytes(as_mo(catalogue))


def _paths(language: str) -> tuple[Path, Path]:
    return CATALOGUES / f"{language}.po", CATALOGUES / language / "LC_MESSAGES" / "agentdesk.mo"


def main() -> int:
    """Write, or check with `--check`; returns the exit code."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    different = stale()
    for path in different:
        sys.stderr.write(f"stale: {path.relative_to(ROOT)}; run make translations\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
