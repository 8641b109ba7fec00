"""The log tells what happened and where, and nothing of whom."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from agentdesk import log
from agentdesk.errors import Code, ExternalError
from agentdesk.store.workers import Store

ours = logging.getLogger("agentdesk.store.engine")
library = logging.getLogger("urllib3.connectionpool")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The path of a log that is written until the test ends."""
    path = tmp_path / "log" / "agentdesk.log"
    log.log_to(path)
    yield path
    log.stop_logging()


def test_our_own_words_are_kept_and_the_file_is_made_when_needed(path: Path) -> None:
    assert not path.exists()
    ours.debug("too quiet")
    ours.info("table %s is read row by row", "outbox")
    [line] = path.read_text(encoding="utf-8").splitlines()
    assert line.endswith("agentdesk.store.engine: table outbox is read row by row")


def test_of_an_exception_the_place_and_the_codes_are_kept_but_not_the_words(path: Path) -> None:
    try:
        try:
            raise ValueError("Anna Blunt")
        except ValueError as cause:
            raise ExternalError(Code.DISK_FULL) from cause
    except ExternalError:
        ours.exception("saving failed")
    text = path.read_text(encoding="utf-8")
    assert "ExternalError [disk-full]" in text
    assert "builtins.ValueError" in text
    assert "test_log.py" in text
    assert "Anna" not in text


def test_of_a_library_only_the_place_of_a_warning_is_kept(path: Path) -> None:
    library.info("GET /v1/customers/lookup?e164=%s", "+442079460958")
    library.warning("retrying /v1/customers/lookup?e164=+442079460958")
    [line] = path.read_text(encoding="utf-8").splitlines()
    assert "urllib3.connectionpool: at test_log:" in line
    assert "7946" not in line


def test_an_error_of_the_cache_does_not_carry_what_was_to_be_stored(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "Anna Blunt"})

    with pytest.raises(ExternalError) as raised:
        store.read_here(work)
    assert isinstance(raised.value.__cause__, sa.exc.DBAPIError)
    assert "Anna" not in str(raised.value.__cause__)


def test_a_log_that_cannot_be_written_disturbs_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    log.log_to(tmp_path / "file" / "agentdesk.log")
    try:
        ours.info("said into the void")
    finally:
        log.stop_logging()
    assert capsys.readouterr().err == ""
