"""The face of the package: what it exports, what it may not touch, and that its refusals have one language."""

from __future__ import annotations

import ast
import pickle
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import confirmations
from confirmations import errors, words
from confirmations.state import OUTCOMES, Confirmation

FILES = sorted(Path(confirmations.__file__).parent.rglob("*.py"))
FORBIDDEN = {
    "authsvc", "signatures", "asyncio", "socket", "time", "secrets", "uuid", "random", "os", "subprocess", "threading",
    "fastapi", "starlette", "pydantic", "sqlite3", "asyncpg", "redis", "httpx2",
}  # fmt: skip


def every_error(
    root: type[errors.ConfirmationError] = errors.ConfirmationError,
) -> Iterator[type[errors.ConfirmationError]]:
    yield root
    for kind in root.__subclasses__():
        yield from every_error(kind)


def test_the_public_names_are_exactly_those_that_the_package_binds() -> None:
    bound = {
        name
        for name, value in vars(confirmations).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert bound == set(confirmations.__all__)
    assert confirmations.__all__ == sorted(confirmations.__all__)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_pure_file_imports_nothing_that_reaches_outside(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        assert not FORBIDDEN & {name.split(".")[0] for name in names}
        assert node.col_offset == 0, "an import inside a function hides a cycle"


def test_a_confirmation_has_no_ancestor_and_no_descendant() -> None:
    assert Confirmation.__mro__ == (Confirmation, object)
    with pytest.raises(ValueError, match="not a reason"):
        confirmations.state.Refusal("signed")
    assert not any("sign" in name and name != "NOT_A_SIGNATURE" for name in map(str.lower, OUTCOMES))


def test_the_two_receipts_have_no_common_ancestor() -> None:
    receipt, login = confirmations.Receipt, confirmations.AuthenticationReceipt
    assert set(receipt.__mro__) & set(login.__mro__) == {object}


def test_every_wire_code_has_its_sentence_in_three_languages() -> None:
    codes = {kind.code for kind in every_error()}
    assert codes == set(words.ERRORS)
    assert all(all(text) for text in words.ERRORS.values())


def test_every_error_is_drawn_in_the_tree() -> None:
    assert errors.__doc__ is not None
    for kind in every_error():
        assert kind.__name__ in errors.__doc__
        assert kind.code in errors.__doc__ or kind is errors.ConfirmationError


def test_errors_cross_processes_with_all_that_they_say() -> None:
    refused = pickle.loads(pickle.dumps(errors.StatementRefused("rp.name", "nfc", "not in form C")))  # noqa: S301 - our own
    assert (refused.member, refused.rule, refused.message) == ("rp.name", "nfc", "rp.name: not in form C")
    wrong = pickle.loads(pickle.dumps(errors.Replayed()))  # noqa: S301 - our own
    assert (type(wrong), wrong.message) == (errors.Replayed, errors.WrongAnswer().message)


def test_a_wrong_answer_and_a_replayed_one_look_the_same_outside() -> None:
    wrong, replayed = errors.WrongAnswer(), errors.Replayed()
    assert (wrong.code, wrong.message) == (replayed.code, replayed.message)
