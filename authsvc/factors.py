"""Factors: judging a password and a one-time code for a login (NIST 800-63B-4 3.1; RFC 6238).

Judging costs the same for a login name that nobody has: a hash of no password is verified, a seed of zeros is tried.
Judging changes nothing; `use` claims what may be used once, inside the transaction of the login.
"""

import unicodedata
from base64 import b32decode
from collections.abc import Sequence
from dataclasses import dataclass, replace

from authsvc.errors import Forbidden, InvalidRequest
from authsvc.service import Service
from authsvc.store import Reads, Tx, people, recovering
from authsvc.store.people import FactorRow
from confirmations.assurance import MULTI, meets
from confirmations.challenge import Accepted
from confirmations.errors import WrongAnswer
from confirmations.methods import password as password_method
from confirmations.methods import totp as totp_method
from confirmations.methods.password import PasswordChallenge

NOBODY = "00000000-0000-7000-8000-000000000000"
"""Stands for the account and the factors of a login name that nobody has."""
_NO_SEED = bytes(totp_method.SEED_BYTES)
LONGEST_NAME = 64
RECOVERING = "code"
"""The method of a session that stands on a recovery code."""
FRESH_MS = 10 * 60 * 1000
"""An enrolment or a revocation wants a sign-in that is not older."""


@dataclass(frozen=True, slots=True)
class By:
    """The session in which a person enrols or revokes: its `sid`, `authentication` record, acr, since when, where, on
    which methods."""

    account: str
    sid: str
    authentication: str
    acr: str
    authenticated_at: int
    device: str = ""
    methods: tuple[str, ...] = ()


def is_fresh(svc: Service, by: By) -> bool:
    """Whether two factors were shown within the last ten minutes."""
    return meets(by.acr, MULTI) and by.authenticated_at >= svc.clock.now() - FRESH_MS


def demand_fresh(svc: Service, by: By) -> None:
    """Forbidden unless the person signed in with two factors a moment ago, and not by a recovery code.

    What a session that stands on a recovery code changes is held for a day, while all channels are told.
    """
    if not is_fresh(svc, by):
        raise Forbidden("this needs a sign-in with two factors, not longer ago than ten minutes")
    if RECOVERING in by.methods:
        raise Forbidden("a sign-in by a recovery code changes no factor at once")


def read_name(name: str) -> str:
    """The name of a factor in its one form. Raises InvalidRequest."""
    called = " ".join(unicodedata.normalize("NFC", name).split())
    if not 0 < len(called) <= LONGEST_NAME or not called.isprintable():
        raise InvalidRequest(f"name: 1 to {LONGEST_NAME} letters")
    return called


@dataclass(frozen=True, slots=True)
class Judged:
    """One factor's verdict. `accepted` is None for a wrong answer; `step` is what a TOTP takes, `number` which recovery
    code of a list is used up."""

    factor: str
    version: int
    record: str
    accepted: Accepted | None
    step: int | None = None
    number: int | None = None


async def factors_by_method(reads: Reads, account: str) -> dict[str, FactorRow]:
    """The newest active factor of each method; empty for NOBODY, at the same price."""
    return {factor.method: factor for factor in await people.factors_of(reads, account)}


async def judge_password(
    svc: Service, factor: FactorRow | None, challenge: PasswordChallenge, answer: str
) -> tuple[Judged, bool]:
    """(what to recall, whether it was right) for a password, or for a hash of nothing. Raises Overloaded.

    What is recalled has the same shape and length for a wrong password and for nobody's.
    """
    encoded = _unseal(svc, factor).decode() if factor else svc.passwords.nobody
    try:
        verified = await svc.passwords.verify(encoded, password_method.normalise(answer))
    except WrongAnswer:
        verified = False
    if factor is None:
        return Judged(NOBODY, 0, NOBODY, None), False
    return Judged(factor.id, factor.version, factor.record_id, None), verified


def recall_password(judged: Judged, challenge: PasswordChallenge, answered: int) -> Judged:
    """A password that was judged right on an earlier page, as accepted at that time (ms)."""
    accepted = password_method.judge(
        challenge, verified=True, now=answered, credential_id=judged.factor, version=judged.version
    )
    return replace(judged, accepted=accepted)


def judge_totp(svc: Service, factor: FactorRow | None, answer: str, request_id: str) -> Judged:
    """Judge a one-time code by the server's clock; the step that it takes is claimed by `use`."""
    challenge = totp_method.issue(request_id, svc.entropy)
    seed = b32decode(_unseal(svc, factor), casefold=True) if factor else _NO_SEED
    last_step = factor.last_step if factor else totp_method.NO_STEP
    identity = (factor.id, factor.version, factor.record_id) if factor else (NOBODY, 0, NOBODY)
    try:
        accepted, step = totp_method.judge(
            challenge, answer, seed=seed, last_step=last_step, now=svc.clock.now(), factor_id=identity[0]
        )
    except WrongAnswer:
        return Judged(*identity, None)
    return Judged(*identity, accepted, step) if factor else Judged(*identity, None)


async def use(tx: Tx, judged: Sequence[Judged], now: int) -> bool:
    """Claim what was judged right, each by one conditional statement; False when any of it no longer stands.

    A TOTP step and a recovery code are taken here: of two logins with one code, one alone gets True.
    """
    for one in judged:
        if one.number is not None:
            if not await recovering.use_code(tx, one.factor, one.number, now):
                return False
            continue
        if one.accepted is None or not await people.hold_factor(tx, one.factor, one.version):
            return False
        if one.step is not None and not await people.claim_step(tx, one.factor, one.step):
            return False
    return True


def _unseal(svc: Service, factor: FactorRow) -> bytes:
    return svc.keys.unseal("factor", factor.sealed, factor.id.encode())
