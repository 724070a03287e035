"""Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, six digits, steps of 30 s.

A TOTP proves possession of the seed and binds no content. Current and previous step are right (the person types while
the step turns); in strict mode the current one alone. A step is accepted once: only steps after `last_step` count, and
the caller writes the accepted step by compare-and-set in the transaction of the answer.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from typing import Final

import pyotp

from confirmations.canonical import Json, write_time
from confirmations.challenge import Accepted, Entropy, make_nonce
from confirmations.errors import Replayed, WrongAnswer

SEED_BYTES: Final = 20  # 160 bits, the length of the HMAC that RFC 4226 recommends
DIGITS: Final = 6
STEP: Final = 30_000  # ms
NO_STEP: Final = -1
"""The `last_step` of a seed that was never used."""

_LONGEST_ANSWER: Final = 64
_GROUPING: Final = re.compile(r"[\s\u00a0\u202f-]")


@dataclass(frozen=True, slots=True)
class TotpChallenge:
    """What is issued when a TOTP is asked for: nothing but a nonce, for this request."""

    request_id: str
    nonce: str

    def issued(self) -> dict[str, Json]:
        """Give the element of the challenge array."""
        return {"method": "totp", "nonce": self.nonce, "request": self.request_id}


def make_seed(entropy: Entropy) -> bytes:
    """Make a seed of 160 bits. It is kept sealed under a key outside the database."""
    return entropy(SEED_BYTES)


def write_uri(seed: bytes, *, account: str, issuer: str) -> str:
    """Give the `otpauth:` URI that an authenticator app reads from a QR code."""
    return pyotp.TOTP(_base32(seed)).provisioning_uri(name=account, issuer_name=issuer)


def write_seed(seed: bytes) -> str:
    """Give the seed in base32, to be typed where no QR code can be read."""
    return _base32(seed)


def code_at(seed: bytes, now: int) -> str:
    """Give the code of the step that `now` (ms) lies in: what the person's app shows."""
    return pyotp.TOTP(_base32(seed), digits=DIGITS, interval=STEP // 1000).at(now // 1000)


def issue(request_id: str, entropy: Entropy) -> TotpChallenge:
    """Make the challenge of one request."""
    return TotpChallenge(request_id, make_nonce(entropy))


def judge(
    challenge: TotpChallenge,
    answer: str,
    *,
    seed: bytes,
    last_step: int,
    now: int,
    factor_id: str,
    strict: bool = False,
) -> tuple[Accepted, int]:
    """Judge an answer as typed; give the evidence and the step to store.

    The caller stores the step where it is later than the stored one and takes zero changed rows as a wrong answer. A
    code that was right but whose step is used up is `Replayed`.
    """
    typed = _GROUPING.sub("", answer[:_LONGEST_ANSWER])
    code = typed if typed.isascii() and len(answer) <= _LONGEST_ANSWER else ""
    totp = pyotp.TOTP(_base32(seed), digits=DIGITS, interval=STEP // 1000)
    current = now // STEP
    found = NO_STEP
    for step in (current, current - 1):  # both are computed for every answer, so time does not tell which was near
        right = step >= 0 and hmac.compare_digest(totp.generate_otp(max(step, 0)), code)
        if right and found == NO_STEP and (step == current or not strict):
            found = step
    if found == NO_STEP:
        raise WrongAnswer
    if found <= last_step:
        raise Replayed
    evidence: dict[str, Json] = {**challenge.issued(), "answered": write_time(now), "factor": factor_id, "step": found}
    return Accepted("totp", evidence), found


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode("ascii")
