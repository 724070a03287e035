"""Passwords: NIST 800-63B-4 section 3.1.1 (length, no composition rules, block list), ASVS 5.0 V6.2.

A password proves knowledge and binds no content; alone it carries no legally significant act. Hashing (argon2id) is
slow and belongs to a pool outside; here stand the rules for a new password, the one form in which it is hashed, and the
verdict.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from confirmations.canonical import Json, write_time
from confirmations.challenge import Accepted, Entropy, make_nonce
from confirmations.errors import PasswordRefused, WrongAnswer

SHORTEST_BESIDE: Final = 8  # characters, beside another factor (NIST 800-63B-4)
SHORTEST_ALONE: Final = 15  # characters, as the only factor (NIST 800-63B-4)
LONGEST: Final = 256  # characters; at least 64 must be permitted, and hashing must not become a weapon


@dataclass(frozen=True, slots=True)
class PasswordChallenge:
    """What is issued when a password is asked for: nothing but a nonce, for this request."""

    request_id: str
    nonce: str

    def issued(self) -> dict[str, Json]:
        """Give the element of the challenge array."""
        return {"method": "password", "nonce": self.nonce, "request": self.request_id}


def normalise(password: str) -> str:
    """Give the one form that is hashed (NFKC): the same keys on two keyboards are one password. Nothing is cut off.

    A text that is too long for a password, or holds what can't be typed, is a wrong answer without being hashed.
    """
    if len(password) > LONGEST:
        raise WrongAnswer
    normal = unicodedata.normalize("NFKC", password)
    try:
        normal.encode()
    except UnicodeEncodeError:
        raise WrongAnswer from None
    if len(normal) > LONGEST:
        raise WrongAnswer
    return normal


def check_new(password: str, *, alone: bool, is_blocked: Callable[[str], bool]) -> str:
    """Refuse a new password that is too short, too long or on the block list; give its normal form.

    `alone`: it will be the only factor. `is_blocked` is given the normal form in small letters: common and leaked
    passwords, and the person's own names.
    """
    shortest = SHORTEST_ALONE if alone else SHORTEST_BESIDE
    try:
        normal = normalise(password)
    except WrongAnswer as error:
        raise PasswordRefused("length", f"A password has at most {LONGEST} characters.") from error
    if len(normal) < shortest:
        raise PasswordRefused("length", f"A password has at least {shortest} characters.")
    if is_blocked(normal.casefold()):
        raise PasswordRefused("blocked", "This password is known to others.")
    return normal


def issue(request_id: str, entropy: Entropy) -> PasswordChallenge:
    """Make the challenge of one request."""
    return PasswordChallenge(request_id, make_nonce(entropy))


def judge(challenge: PasswordChallenge, *, verified: bool, now: int, credential_id: str, version: int) -> Accepted:
    """Judge by what the pool found out: `verified` says whether the hash of this version of the credential fits."""
    if not verified:
        raise WrongAnswer
    return Accepted(
        "password",
        {**challenge.issued(), "answered": write_time(now), "credential": credential_id, "version": version},
    )
