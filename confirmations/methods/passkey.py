"""Passkeys and security keys: Web Authentication Level 3 (W3C), sections 7.1 and 7.2; Digital Code article 47.

Two public judges, for a registration and for an assertion. Over a statement the challenge is the statement's digest, so
that an assertion over one text is none over another. Beyond the specification's steps an answer is refused that has two
readings: a member twice, bytes behind a value, an outer id other than the attested one.

Every refusal is a `ConfirmationError`, whatever the input. A signature is never a key against replays: for ECDSA, n − s
is as good; the challenge is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography import x509

from confirmations.authenticator.attestation import CERTIFIED, Attestation, demand_path, judge_statement
from confirmations.authenticator.client_data import check_client_data, decode_base64url, decode_transported
from confirmations.authenticator.data import AttestedCredential, AuthenticatorData, read_authenticator_data
from confirmations.authenticator.errors import AuthenticatorFault, BadAttestation, BadKey, Malformed
from confirmations.authenticator.keys import ALGORITHMS, read_key
from confirmations.authenticator.statement import read_attestation
from confirmations.errors import CloneSuspected, ConfirmationError, PasskeyRefused

VERIFY: Final = "verify"
REQUIRED: Final = "required"
ATTESTATIONS: Final = (VERIFY, REQUIRED)

MAX_BYTES: Final = 131_072
"""Characters of a whole answer; the largest real one, a TPM's registration, has about 10,000."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is asked of an authenticator and of the page that it answered on.

    `top_origins` are the pages in whose frames it may be asked, if `allow_cross_origin`. `algorithms` are COSE numbers.
    `attestation`: with `verify` a statement must hold, and if `roots` are given (DER or PEM) a certified one must lead
    to one of them; with `required` there must be one that does. `at` (datetime, or ms since 1970) is when the path is
    judged, needed with roots. ValueError for a policy that makes no sense.
    """

    user_verification: bool = True
    allow_cross_origin: bool = False
    top_origins: Sequence[str] = ()
    algorithms: Sequence[int] = ALGORITHMS
    attestation: str = VERIFY
    roots: Sequence[bytes] = ()
    at: datetime | int | None = None
    user_presence: bool = True
    _roots: tuple[x509.Certificate, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.attestation not in ATTESTATIONS:
            raise ValueError(f"attestation is one of {', '.join(ATTESTATIONS)}")
        if isinstance(self.top_origins, str) or not set(self.algorithms) <= set(ALGORITHMS):
            raise ValueError("top origins are a sequence, algorithms are known COSE numbers")
        if self.attestation == REQUIRED and not self.roots:
            raise ValueError("an attestation that is required needs roots")
        if self.roots and self.at is None:
            raise ValueError("roots need the time at which a path to them is judged")
        object.__setattr__(self, "_roots", tuple(map(_load, self.roots)))

    def demand_trusted(self, attestation: Attestation) -> bool:
        """Whether the attestation leads to a root; BadAttestation where the policy wants one that does."""
        if attestation.kind != CERTIFIED:
            if self.attestation == REQUIRED:
                raise BadAttestation("no certified attestation")
            return False
        if not self._roots or self.at is None:
            return False
        at = self.at if isinstance(self.at, datetime) else datetime.fromtimestamp(self.at / 1000, UTC)
        demand_path(attestation.path, self._roots, at)
        return True


@dataclass(frozen=True, slots=True)
class Stored:
    """A registered credential as it is kept. `public_key` is the COSE_Key; None for what was not kept."""

    public_key: bytes
    sign_count: int
    backup_eligible: bool | None
    credential_id: bytes | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential. `attestation` is `none`, `self` or `certified`; `trusted`: it leads to a root of the policy.

    `registration` is the SHA-256 of the attestation object: what evidence of the enrolment commits to.
    """

    credential_id: bytes
    public_key: bytes
    algorithm: int
    sign_count: int
    aaguid: bytes
    format: str
    attestation: str
    trusted: bool
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    registration: bytes

    @property
    def device_bound(self) -> bool:
        """Whether the key can't leave one device, as far as its attestation proves it."""
        return self.trusted and not self.backup_eligible


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion that holds: the counter to keep, and what the authenticator says of its user and its backup."""

    credential_id: bytes
    sign_count: int
    user_present: bool
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    user_handle: bytes | None


def judge_registration(
    credential: Mapping[str, object] | str, *, challenge: bytes, rp_id: str, origins: Sequence[str], policy: Policy
) -> Registered:
    """Judge a registration (`PublicKeyCredential.toJSON()`, as JSON text or read). Raises PasskeyRefused."""
    with _fence():
        return _register(_Answer.of(credential), challenge, rp_id, origins, policy)


def judge_assertion(
    credential: Mapping[str, object] | str,
    *,
    challenge: bytes,
    rp_id: str,
    origins: Sequence[str],
    stored: Stored,
    policy: Policy,
) -> Asserted:
    """Judge an assertion by a stored credential. Raises PasskeyRefused; CloneSuspected for a counter that went back."""
    with _fence():
        return _assert(_Answer.of(credential), challenge, rp_id, origins, stored, policy)


@contextmanager
def _fence() -> Generator[None, None, None]:
    """Whatever goes wrong in here is a refusal: hostile bytes reach libraries that raise what they like."""
    try:
        yield
    except ConfirmationError:
        raise
    except AuthenticatorFault as fault:
        raise PasskeyRefused(fault.rule, fault.message) from fault
    except Exception as error:
        raise PasskeyRefused(Malformed.rule, "an answer that can't be read") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    """The browser's answer: its id, and the members of its response in base64url."""

    id: bytes
    response: Mapping[str, object]

    @classmethod
    def of(cls, credential: Mapping[str, object] | str) -> _Answer:
        members = _read_json(credential) if isinstance(credential, str) else credential
        if not isinstance(members, Mapping) or members.get("type") != "public-key":
            raise Malformed("not a public key credential")
        response, identity = members.get("response"), _text(members, "id")
        if not isinstance(response, Mapping) or _text(members, "rawId") != identity:
            raise Malformed("not one id and one response")
        return cls(decode_base64url(identity), response)

    def take(self, name: str) -> bytes:
        return decode_transported(_text(self.response, name))


def _read_json(text: str) -> object:
    if len(text) > MAX_BYTES:
        raise Malformed("an answer that is too large")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or len(value) > MAX_BYTES:
        raise Malformed(f"no {name}")
    return value


def _register(answer: _Answer, challenge: bytes, rp_id: str, origins: Sequence[str], policy: Policy) -> Registered:
    client_data = answer.take("clientDataJSON")
    _check_page(client_data, "webauthn.create", challenge, origins, policy)
    raw = answer.take("attestationObject")
    given = read_attestation(raw)
    _check_data(given.data, rp_id, policy)
    attested = _demand_attested(given.data, answer, policy)
    attestation = judge_statement(given, attested, client_data)
    return Registered(
        credential_id=attested.credential_id,
        public_key=attested.key.cose,
        algorithm=attested.key.algorithm,
        sign_count=given.data.sign_count,
        aaguid=attested.aaguid,
        format=given.format,
        attestation=attestation.kind,
        trusted=policy.demand_trusted(attestation),
        user_present=given.data.user_present,
        user_verified=given.data.user_verified,
        backup_eligible=given.data.backup_eligible,
        backed_up=given.data.backed_up,
        registration=hashlib.sha256(raw).digest(),
    )


def _demand_attested(data: AuthenticatorData, answer: _Answer, policy: Policy) -> AttestedCredential:
    attested = data.attested
    if attested is None:
        raise Malformed("a registration without a credential")
    if attested.credential_id != answer.id:
        raise Malformed("another id outside than the one attested")
    if attested.key.algorithm not in policy.algorithms:
        raise BadKey("an algorithm that was not offered")
    return attested


def _assert(
    answer: _Answer, challenge: bytes, rp_id: str, origins: Sequence[str], stored: Stored, policy: Policy
) -> Asserted:
    if stored.credential_id is not None and stored.credential_id != answer.id:
        raise PasskeyRefused("credential", "another credential")
    client_data, raw = answer.take("clientDataJSON"), answer.take("authenticatorData")
    _check_page(client_data, "webauthn.get", challenge, origins, policy)
    data = read_authenticator_data(raw)
    _check_data(data, rp_id, policy)
    if stored.backup_eligible is not None and stored.backup_eligible != data.backup_eligible:
        raise PasskeyRefused("backup_eligibility", "the credential was registered with other abilities")
    key, end = read_key(stored.public_key)
    if end != len(stored.public_key):
        raise Malformed("bytes after the stored key")
    if key.algorithm not in policy.algorithms:
        raise BadKey("an algorithm that is not allowed")
    key.verify(answer.take("signature"), raw + hashlib.sha256(client_data).digest())
    if (data.sign_count or stored.sign_count) and data.sign_count <= stored.sign_count:
        raise CloneSuspected(stored.sign_count, data.sign_count)
    handle = answer.take("userHandle") if answer.response.get("userHandle") is not None else None
    return Asserted(
        credential_id=answer.id,
        sign_count=data.sign_count,
        user_present=data.user_present,
        user_verified=data.user_verified,
        backup_eligible=data.backup_eligible,
        backed_up=data.backed_up,
        user_handle=handle,
    )


def _check_page(client_data: bytes, kind: str, challenge: bytes, origins: Sequence[str], policy: Policy) -> None:
    check_client_data(
        client_data,
        kind=kind,
        challenge=challenge,
        origins=(origins,) if isinstance(origins, str) else origins,
        allow_cross_origin=policy.allow_cross_origin,
        top_origins=policy.top_origins,
    )


def _check_data(data: AuthenticatorData, rp_id: str, policy: Policy) -> None:
    if data.rp_id_hash != hashlib.sha256(rp_id.encode()).digest():
        raise PasskeyRefused("rp_id", "another relying party")
    if policy.user_presence and not data.user_present:
        raise PasskeyRefused("user_presence", "nobody touched the authenticator")
    if policy.user_verification and not data.user_verified:
        raise PasskeyRefused("user_verification", "the authenticator did not check its user")


def _load(root: bytes) -> x509.Certificate:
    is_pem = root.lstrip().startswith(b"-----BEGIN")
    return x509.load_pem_x509_certificate(root) if is_pem else x509.load_der_x509_certificate(root)
