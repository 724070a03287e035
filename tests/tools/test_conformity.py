"""The conformity table is the tests': none of its rows stands on nothing, and the document is not old."""

from __future__ import annotations

import pytest

from tools.conformity import DOCUMENT, MARKS, ROWS, Row, count, fill


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.specification} {row.section}")
def test_every_row_stands_on_tests(row: Row) -> None:
    assert count(row) > 0


def test_the_document_has_the_table_as_it_is_now() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert MARKS[0] in text
    assert fill(text) == text, "run ./dev run python -m tools.conformity"


def test_what_is_not_there_is_said() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for row in ROWS:
        assert not row.partly or f"met but for: {row.partly}" in text
