"""IIN and BIN: the numbers of natural persons and of legal entities, invented for the sandbox.

Twelve digits; the last is a check digit of two rounds modulo 11. The rule is common knowledge in the trade, not quoted
from a law text here, so a failed check elsewhere is a warning and never a refusal.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

_FIRST_ROUND: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
_SECOND_ROUND: Final = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


def invent_iin(born: date, serial: int, sex: Literal["f", "m"] = "f") -> str:
    """An IIN with a right check digit; `serial` 0 to 4999 tells apart those born on one day.

    Choose a birth before 1900 to be sure that nobody alive has the number.
    """
    if not 0 <= serial < 5000:
        raise ValueError("the serial of an IIN goes from 0 to 4999")
    if not 1800 <= born.year < 2100:
        raise ValueError("an IIN knows births from 1800 to 2099")
    century = 2 * (born.year // 100 - 18) + (1 if sex == "m" else 2)
    return _complete(f"{born:%y%m%d}{century}", serial, 4)


def invent_bin(registered: date, serial: int) -> str:
    """A BIN of a resident legal entity's head office with a right check digit; `serial` 0 to 49999 tells them apart."""
    if not 0 <= serial < 50_000:
        raise ValueError("the serial of a BIN goes from 0 to 49999")
    return _complete(f"{registered:%y%m}40", serial, 5)


def check_digit(eleven: str) -> int | None:
    """The check digit of eleven digits, or None where the rule gives none and the number is skipped."""
    for weights in (_FIRST_ROUND, _SECOND_ROUND):
        rest = sum(weight * int(digit) for weight, digit in zip(weights, eleven, strict=True)) % 11
        if rest < 10:
            return rest
    return None


def _complete(head: str, serial: int, width: int) -> str:
    # Of an even number and its successor at most one is skipped: the last digit has the weights 11 (no effect) and 2.
    for number in (2 * serial, 2 * serial + 1):
        eleven = f"{head}{number:0{width}}"
        digit = check_digit(eleven)
        if digit is not None:
            return f"{eleven}{digit}"
    raise ArithmeticError("two neighbours without a check digit")
