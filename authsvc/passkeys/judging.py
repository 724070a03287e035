"""A passkey's answer at a login, shown without a login name (Web Authentication Level 3, section 7.2).

The challenge is the digest of the login's id, its nonce and a salt of the page, so it belongs to one login in one
browser, and it counts once. It can be computed again from the login statement and the evidence of the answer.
"""

import hashlib
from dataclasses import dataclass

import orjson

from authsvc import accounts, warning
from authsvc.clock import uuid7
from authsvc.credentials import Ground
from authsvc.evidence.log import Ticket
from authsvc.factors import Judged
from authsvc.in_session import whose_of
from authsvc.keys import b64url, unb64url
from authsvc.passkeys import words
from authsvc.passkeys.keeping import METHOD, Passkey, handle_of, lookup_of, open_passkey, record_of, rp_id_of
from authsvc.service import Service
from authsvc.store import Tx, people
from confirmations.canonical import Json
from confirmations.challenge import Accepted
from confirmations.errors import CloneSuspected, PasskeyRefused
from confirmations.methods import passkey as method

SALT_BYTES = 16
MAX_ANSWER = 16_384
"""Characters of an answer; a real one has about a thousand."""
_DOMAIN = b"authsvc/passkey-login/v1"


class Refused(Exception):
    """An answer that opens nothing; `clone` is the passkey whose counter went back."""

    def __init__(self, clone: Passkey | None = None) -> None:
        super().__init__("a passkey was refused")
        self.clone = clone


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose passkey it is, and that it was judged right: what `factors.use` claims."""

    account: str
    judged: Judged


def new_salt(svc: Service) -> str:
    """For one page."""
    return b64url(svc.entropy(SALT_BYTES))


def challenge_of(login_id: str, nonce: str, salt: str) -> bytes:
    """The challenge of a page of this login: SHA-256 over domain, id, nonce and salt, each behind a zero octet."""
    return hashlib.sha256(b"\x00".join((_DOMAIN, login_id.encode(), nonce.encode(), salt.encode()))).digest()


async def judge(svc: Service, login_id: str, nonce: str, salt: str, answer: str, lifetime_ms: int) -> Shown:
    """Judge an answer; the counter is claimed by `factors.use`. Raises Refused, whatever the answer is."""
    passkey = await _known(svc, salt, answer)
    challenge = challenge_of(login_id, nonce, salt)
    try:
        asserted = method.judge_assertion(
            answer,
            challenge=challenge,
            rp_id=rp_id_of(svc),
            origins=(svc.settings.issuer,),
            stored=passkey.stored,
            policy=method.Policy(),
        )
    except CloneSuspected as error:
        raise Refused(passkey) from error
    except PasskeyRefused as error:
        raise Refused from error
    if asserted.user_handle is not None and asserted.user_handle != handle_of(svc, passkey.row.account):
        raise Refused
    if passkey.row.state != "active" or not await svc.ephemeral.add(f"passkey:{b64url(challenge)}", lifetime_ms):
        raise Refused
    row = passkey.row
    evidence: dict[str, Json] = {
        "answer": _evidence(answer),
        "counter_after": asserted.sign_count,
        "counter_before": max(row.last_step, 0),
        "credential_id": b64url(passkey.credential_id),
        "factor_id": row.id,
        "public_key": b64url(passkey.public_key),
        "salt": salt,
    }
    judged = Judged(row.id, row.version, row.record_id, Accepted(METHOD, evidence), asserted.sign_count or None)
    return Shown(row.account, judged)


async def suspend(svc: Service, passkey: Passkey) -> bool:
    """A counter went back: a passkey that can't be synchronised has a copy. False when it may be synchronised, or was
    suspended before."""
    person = await accounts.person_by_id(svc, passkey.row.account)
    if passkey.backup_eligible or person is None or svc.log.read_only_reason is not None:
        return False
    now = svc.clock.now()
    ground = "suspended: the authenticator's counter did not move on"
    record = uuid7(now, svc.entropy)
    draft = record_of(svc, passkey, "suspended", record, whose_of(person), Ground(ground), now)
    notice = await warning.prepare(svc, person, words.SUSPENDED)

    async def act(tx: Tx) -> Ticket | None:
        if not await people.change_factor_state(tx, passkey.row.id, passkey.row.account, "active", "suspended"):
            return None
        await tx.together(*notice.changes)
        return await svc.log.stage(tx, draft)

    ticket = await svc.store.transact(act)
    if ticket is None:
        return False
    notice.send(svc)
    await svc.log.settled(ticket)
    return True


async def _known(svc: Service, salt: str, answer: str) -> Passkey:
    """The passkey that the answer names."""
    try:
        if not 0 < len(answer) <= MAX_ANSWER or len(unb64url(salt)) != SALT_BYTES:
            raise Refused
        credential = unb64url(str(orjson.loads(answer)["id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused from error
    row = await people.factor_by_lookup(svc.store, lookup_of(credential))
    if row is None:
        raise Refused
    return open_passkey(svc, row)


def _evidence(answer: str) -> dict[str, Json]:
    """What was signed and by which bytes, as it came; only of an answer that was judged right."""
    response = orjson.loads(answer)["response"]
    return {name: str(response[name]) for name in ("authenticatorData", "clientDataJSON", "signature")}
