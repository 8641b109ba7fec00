"""Every error has words that tell what happened, what it means and what to do."""

from __future__ import annotations

import pytest

from agentdesk.errors import Code, ExternalError, UserError
from agentdesk.messages import TEXTS, words_for


def test_every_code_has_words() -> None:
    assert set(TEXTS) == set(Code)


@pytest.mark.parametrize("code", list(Code))
def test_words_are_whole_sentences_without_open_blanks(code: Code) -> None:
    words = words_for(ExternalError(code, field="birthday", reason="not a date"))
    for sentence in (words.what, words.meaning, words.next_step):
        assert sentence.endswith(".")
        assert "%(" not in sentence
        assert "!" not in sentence


def test_a_reason_is_told_in_words() -> None:
    words = words_for(UserError(Code.BAD_VALUE, field="birthday", reason="not a date"))
    assert "1984-03-07" in words.what


def test_an_error_that_is_not_ours_tells_nothing_of_itself() -> None:
    words = words_for(ValueError("Anna Blunt, +44 20 7946 0958"))
    assert words.code == "unexpected"
    assert "Anna" not in f"{words.what}{words.meaning}{words.next_step}"
