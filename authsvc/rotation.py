"""The log's keys over time: added, retired, revoked by records that the root key signs (evidence format, section 9).

A private key is in the key file before its record goes in, since whoever sequences next must sign with it. What a
record ended is removed from the file afterwards; keys of receipts stay, so that old receipts can be derived again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from authsvc.approving import Given, approvals_of
from authsvc.clock import parse_rfc3339, rfc3339, uuid7
from authsvc.custody import Custody, TokenEd25519
from authsvc.errors import InvalidRequest, NotFound
from authsvc.evidence import kinds
from authsvc.evidence.approvals import NONCE_BYTES, read_request, request_digest, write_request
from authsvc.evidence.errors import ApprovalRefused
from authsvc.evidence.keyforms import issuer_name
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import ML_DSA_44, Signer, TreeSigner, Verifier
from authsvc.keys import FAMILIES, ROOT, AddedKey, Es256Key, Keys, Private, load_keys, replace_keys, unb64url
from authsvc.service import Service

ACT = "key_revocation"
"""The act of the request that two persons approve after a leak."""
ED25519, ML_DSA = "ed25519", "ml-dsa-44"


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as the log knows it: good from `start` to `end` (indices; tree sizes for a log key). `state`: in force,
    retired or revoked; `here` whether its private part is in the key file. `id`: 8 characters that name it."""

    id: str
    use: str
    family: str
    kind: str
    value: str
    start: int
    end: int | None
    state: str
    leaked_at: int | None
    here: bool


def list_keys(svc: Service, keys: Keys) -> list[KeyView]:
    """Every key that the log ever named, in the order of the log. `keys` is the key file as it is now."""
    ring = _ring(svc)
    private = {str(_verifier(ring.origin, key)) for key in keys.log_keys()}
    private |= {str(Signer(issuer_name(ring.origin, f), key).verifier) for f in FAMILIES for key in keys.issuer_keys(f)}
    thumbprints = {key.kid for key in keys.receipt_keys()}
    views = [
        KeyView(
            id=each.verifier.key_id.hex(),
            use="log" if each.family == KeyRing.LOG else "issuer",
            family="" if each.family == KeyRing.LOG else each.family,
            kind=ML_DSA if each.verifier.algorithm == ML_DSA_44 else ED25519,
            value=str(each.verifier),
            start=each.start,
            end=each.end,
            state=each.event or "in force",
            leaked_at=each.leaked_at,
            here=str(each.verifier) in private,
        )
        for each in ring.intervals
    ]
    views += [
        KeyView(
            id=unb64url(each.thumbprint)[:4].hex(),
            use="receipt",
            family="",
            kind="es256",
            value=each.thumbprint,
            start=each.start,
            end=each.end,
            state=each.event or "in force",
            leaked_at=each.leaked_at,
            here=each.thumbprint in thumbprints,
        )
        for each in ring.receipts
    ]
    return views


async def add_key(
    svc: Service,
    root: Ed25519PrivateKey,
    *,
    use: str,
    family: str = "",
    kind: str = ED25519,
    replaces: bool = False,
    ground: str = "",
) -> KeyView:
    """Make a key, keep its private part, record it; with `replaces` those in force of its use, family and kind retire
    in the same step. InvalidRequest for a use or family that knows no such key."""
    ring = _ring(svc)
    made, value = _generate(ring.origin, use, family, kind, svc.settings.custody)
    old = [each for each in list_keys(svc, _file(svc)) if (each.use, each.family) == (use, family)]
    old = [each for each in old if each.state == "in force" and each.kind == ("es256" if use == "receipt" else kind)]
    replace_keys(_file(svc).plus(AddedKey(use, made, family)), svc.settings.keys_dir, svc.settings.custody)
    records = [_record(svc, use, value, "added", "rotation" if replaces else "", ground=ground)]
    if replaces:
        records += [_record(svc, use, each.value, "retired", "rotation", ground=ground) for each in old]
    await svc.log.change_keys(records, root)
    if replaces:
        _forget(svc, old)
    return _found(svc, value)


async def end_key(
    svc: Service, root: Ed25519PrivateKey, key: str, *, event: str, reason: str, ground: str = ""
) -> KeyView:
    """Retire a key, or revoke it for a reason other than a leak. NotFound, InvalidRequest; ConfigurationError where no
    log key of its kind would be left."""
    view = _in_force(svc, key)
    await svc.log.change_keys([_record(svc, view.use, view.value, event, reason, ground=ground)], root)
    _forget(svc, [view])
    return _found(svc, view.value)


def request_revocation(svc: Service, key: str, leaked_at: int) -> bytes:
    """What two persons approve after a leak: which key, since when. InvalidRequest for the root or a time to come."""
    view = _in_force(svc, key)
    now = svc.clock.now()
    if leaked_at > now:
        raise InvalidRequest("a leak that is still to come")
    members = {"key": view.value, "leaked_at": rfc3339(leaked_at), "reason": "compromise"}
    return write_request(ACT, uuid7(now, svc.entropy), svc.entropy(NONCE_BYTES), members)


async def revoke_leaked(
    svc: Service, root: Ed25519PrivateKey, request: bytes, given: Given, *, ground: str = ""
) -> KeyView:
    """Revoke a leaked key as two distinct persons approved it; `trust.json` names it from then on.

    Entries that an anchor shows to be older than the leak stay valid, those from there to this record are not
    confirmed.
    InvalidRequest where the request or the approvals don't hold.
    """
    try:
        asked = read_request(request, ACT)
    except ApprovalRefused as error:
        raise InvalidRequest(error.message) from error
    view = _in_force(svc, str(asked.get("key")))
    approvals = await approvals_of(svc, request, given)
    record = kinds.Key(
        id=str(asked["id"]),
        time=svc.clock.now(),
        key_use=view.use,
        key_value=view.value,
        key_event="revoked",
        key_reason="compromise",
        key_leaked_at=parse_rfc3339(str(asked["leaked_at"])),
        approvals=approvals,
        key_ground=ground,
        key_evidence=request_digest(request),
    )
    signed = {f"approval/{number}": data for number, data in enumerate(given.signed, 1)}
    await svc.log.change_keys([record], root, {"key_evidence": request, **signed})
    _forget(svc, [view])
    return _found(svc, view.value)


def _ring(svc: Service) -> KeyRing:
    if svc.log.ring is None:
        raise InvalidRequest("the log's keys can't be read; see `authsvc evidence fsck`")
    return svc.log.ring


def _file(svc: Service) -> Keys:
    return load_keys(svc.settings.keys_dir, svc.entropy, svc.settings.custody)


def _verifier(origin: str, key: Ed25519PrivateKey | MLDSA44PrivateKey) -> Verifier:
    signer = Signer(origin, key) if isinstance(key, Ed25519PrivateKey) else TreeSigner(origin, key)
    return signer.verifier


def _generate(origin: str, use: str, family: str, kind: str, custody: Custody) -> tuple[Private, str]:
    if use == "receipt" and not family:
        made = Es256Key.of(ec.generate_private_key(ec.SECP256R1()))
        return made, made.kid
    if use == "issuer" and family in FAMILIES and family != ROOT and kind == ED25519:
        private = custody.generate_ed25519()
        return private, str(Signer(issuer_name(origin, family), private).verifier)
    if use == "log" and not family and kind in (ED25519, ML_DSA):
        log_key = custody.generate_ed25519() if kind == ED25519 else MLDSA44PrivateKey.generate()
        return log_key, str(_verifier(origin, log_key))
    raise InvalidRequest("no such key: issuer with a family other than root, log, or receipt")


def _record(svc: Service, use: str, value: str, event: str, reason: str, *, ground: str) -> kinds.Key:
    now = svc.clock.now()
    return kinds.Key(
        id=uuid7(now, svc.entropy),
        time=now,
        key_use=use,
        key_value=value,
        key_event=event,
        key_reason=reason,
        key_ground=ground,
    )


def _in_force(svc: Service, key: str) -> KeyView:
    found = [each for each in list_keys(svc, _file(svc)) if key in (each.id, each.value)]
    if len(found) != 1:
        raise NotFound(f"no key {key[:80]}, or more than one" if key else "no key is named")
    if found[0].family == ROOT:
        raise InvalidRequest("a leaked root ends the origin: `authsvc evidence recover` opens a successor")
    if found[0].state != "in force":
        raise InvalidRequest(f"key {found[0].id} is {found[0].state} already")
    return found[0]


def _found(svc: Service, value: str) -> KeyView:
    return next(each for each in list_keys(svc, _file(svc)) if each.value == value)


def _forget(svc: Service, ended: Sequence[KeyView]) -> None:
    """Remove private parts that sign nothing any more; an ended key of receipts is kept to derive old ones again."""
    keys, directory = _file(svc), Path(svc.settings.keys_dir)
    gone = {each.value for each in ended if each.use != "receipt"}
    origin, forgotten = _ring(svc).origin, list[Ed25519PrivateKey | MLDSA44PrivateKey]()
    for family in FAMILIES:
        for key in keys.issuer_keys(family):
            if str(Signer(issuer_name(origin, family), key).verifier) in gone:
                keys = keys.minus("issuer", key, family)
                forgotten.append(key)
    for log_key in keys.log_keys():
        if str(_verifier(origin, log_key)) in gone:
            keys = keys.minus("log", log_key)
            forgotten.append(log_key)
    replace_keys(keys, directory, svc.settings.custody)
    for one in forgotten:
        if isinstance(one, TokenEd25519):
            one.token.forget(one.label)
