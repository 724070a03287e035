"""Recovery codes, a kind of `code`: look-up secrets on paper (NIST 800-63B-4 3.1.2; ASVS 5.0 6.5.1 to 6.5.3).

Ten codes of 50 bits, in an alphabet without letters that look alike (Crockford's base 32). Each answers once. They
prove possession of the list and bind no content. What is kept of a code is a salted password hash, made by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from confirmations.canonical import Json, write_time
from confirmations.challenge import Accepted, Entropy, make_nonce
from confirmations.errors import WrongAnswer

CODES: Final = 10
LETTERS: Final = 10  # 50 bits: over the 20 bits of a look-up secret, under the 112 that need no slow hash
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u00a0": None, "\u202f": None})
_LONGEST_ANSWER: Final = 64  # letters with any grouping; more is not looked at


@dataclass(frozen=True, slots=True)
class RecoveryChallenge:
    """What is issued when a recovery code is asked for: nothing but a nonce, for this request."""

    request_id: str
    nonce: str

    def issued(self) -> dict[str, Json]:
        """Give the element of the challenge array."""
        return {"method": "code", "nonce": self.nonce, "request": self.request_id}


def make_codes(entropy: Entropy) -> tuple[str, ...]:
    """Make a list of codes, no two alike, without grouping. They are shown once and kept as hashes alone."""
    made: dict[str, None] = {}
    while len(made) < CODES:
        made["".join(ALPHABET[byte % len(ALPHABET)] for byte in entropy(LETTERS))] = None  # 32 divides 256: even
    return tuple(made)


def read_code(typed: str) -> str:
    """Give a code in its one form: capitals, no blanks and hyphens, look-alikes as what they stand for; "" for none."""
    code = typed.upper().translate(_ALIKE) if len(typed) <= _LONGEST_ANSWER else ""
    return code if len(code) == LETTERS and all(letter in ALPHABET for letter in code) else ""


def group_code(code: str) -> str:
    """Group a code for reading: 0123456789 is 01234-56789."""
    return f"{code[: LETTERS // 2]}-{code[LETTERS // 2 :]}"


def issue(request_id: str, entropy: Entropy) -> RecoveryChallenge:
    """Ask for a recovery code of the person's list."""
    return RecoveryChallenge(request_id, make_nonce(entropy))


def judge(challenge: RecoveryChallenge, *, list_id: str, number: int | None, now: int) -> Accepted:
    """Judge what the list said of an answer: the `number` (1 to 10) of the unused code that it is, or None.

    The code is right only if the caller then uses it up, by one conditional statement.
    """
    if number is None:
        raise WrongAnswer
    evidence: dict[str, Json] = {"answered": write_time(now), "list": list_id, "number": number, "recovery": True}
    return Accepted("code", {**challenge.issued(), **evidence})
