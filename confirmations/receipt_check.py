"""The offline check of a receipt (RFC 7515; RFC 7638 thumbprints; evidence format v1).

The caller says what it needs: kind, audience, outcome, and if it knows it the statement's digest. Anything else is an
error, so a receipt of a refusal, of a login or of another act is never taken for a consent. Whether the entry is in the
log is asked of `check_log`, since this package knows no log: it is given the entry and the proof and says what is
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from confirmations import words
from confirmations.canonical import (
    LARGEST_TEXT,
    Json,
    hash_domain,
    parse_canonical,
    read_base64url,
    read_time,
    write_base64url,
    write_canonical,
)
from confirmations.errors import (
    CanonicalRefused,
    ReceiptKindRefused,
    ReceiptOutcomeRefused,
    ReceiptRefused,
    StatementRefused,
)
from confirmations.login_statement import LoginStatement
from confirmations.receipt import AUTHENTICATION, CONFIRMATION, SIGNATURE_BYTES, STATES, Disclosure, Kind, thumbprint
from confirmations.statement import Statement

LARGEST_RECEIPT: Final = 2 * LARGEST_TEXT  # characters of a compact JWS
FIRST_LINE: Final = b"authsvc/evidence/v1"
SALT_BYTES: Final = 32

LogCheck: TypeAlias = "Callable[[bytes, bytes, Mapping[str, Json] | None], str]"
"""Given entry, proof and time part: empty when what the caller trusts proves the entry, else what is wrong."""

T = TypeVar("T")

Keys: TypeAlias = Mapping[str, EllipticCurvePublicKey]
"""Receipt keys by RFC 7638 thumbprint: those that the log's genesis and key records name."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt over a confirmation that held every check. `disclosed` is name to value, from the entry's slots."""

    id: str
    time: int
    aud: str
    outcome: str
    state: str
    methods: tuple[str, ...]
    statement: Statement
    disclosed: Mapping[str, Json]
    entry: bytes

    def words(self, locale: str) -> tuple[str, ...]:
        """Give what is printed with it: the outcome first, who else could have made the record, what it is not."""
        lines = [words.OUTCOMES[self.outcome].say(locale), *words.say_authorship(self.methods, locale)]
        lines += [words.BINDS_NO_CONTENT[one].say(locale) for one in self.methods if one in words.BINDS_NO_CONTENT]
        shown_by, vouched_by = self.disclosed.get("shown_by"), self.disclosed.get("vouched_by")
        if shown_by == "relying_party":
            lines.append(words.SHOWN_BY_RELYING_PARTY.say(locale))
        if shown_by == "device_app":
            lines.append(words.SHOWN_BY_APP.say(locale))
        if isinstance(vouched_by, str) and vouched_by not in ("", "none"):
            lines.append(words.VOUCHED.say(locale, client=vouched_by))
        return (*lines, words.NOT_A_SIGNATURE.say(locale))


@dataclass(frozen=True, slots=True)
class AuthenticationReceipt:
    """A receipt over a login that held every check. It shares nothing with `Receipt`: a login is no consent."""

    id: str
    time: int
    aud: str
    login: str
    state: str
    acr: str
    methods: tuple[str, ...]
    statement: LoginStatement
    disclosed: Mapping[str, Json]
    entry: bytes

    def words(self, locale: str) -> tuple[str, ...]:
        """Give what is printed with it: the outcome first, and that it is no consent."""
        return words.OUTCOMES[self.login].say(locale), words.ONLY_A_LOGIN.say(locale)


def read_receipt(
    token: str | bytes,
    *,
    keys: Keys,
    audience: str,
    check_log: LogCheck,
    expected: str = "confirmed",
    statement_digest: str | None = None,
) -> Receipt:
    """Check a confirmation receipt; give it, or raise a ReceiptRefused, whatever the input."""
    found = _check(token, CONFIRMATION, keys, audience, expected, statement_digest)
    statement = _read_statement(Statement.of, found)
    _check_act(found, statement, audience)
    _ask_log(check_log, found)
    return Receipt(
        id=found.id,
        time=found.time,
        aud=audience,
        outcome=expected,
        state=found.state,
        methods=found.methods,
        statement=statement,
        disclosed=found.disclosed,
        entry=found.entry,
    )


def read_authentication(
    token: str | bytes,
    *,
    keys: Keys,
    audience: str,
    check_log: LogCheck,
    expected: str = "accepted",
    statement_digest: str | None = None,
) -> AuthenticationReceipt:
    """Check an authentication receipt; give it, or raise a ReceiptRefused, whatever the input."""
    found = _check(token, AUTHENTICATION, keys, audience, expected, statement_digest)
    statement = _read_statement(LoginStatement.of, found)
    _check_act(found, statement, audience)
    _ask_log(check_log, found)
    return AuthenticationReceipt(
        id=found.id,
        time=found.time,
        aud=audience,
        login=expected,
        state=found.state,
        acr=_text(found.body["login_acr"], "entry"),
        methods=found.methods,
        statement=statement,
        disclosed=found.disclosed,
        entry=found.entry,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Kind
    outcome: str
    state: str
    entry: bytes
    proof: bytes
    timing: Mapping[str, Json] | None
    body: Mapping[str, Json]
    id: str
    time: int
    methods: tuple[str, ...]
    statement: Json
    disclosed: Mapping[str, Json]


def _check(
    token: str | bytes, kind: Kind, keys: Keys, audience: str, expected: str, statement_digest: str | None
) -> _Found:
    if expected not in kind.outcomes:
        raise ValueError(f"not an outcome of a {kind.record}: {expected}")
    try:
        payload = _open(token, kind, keys)
        outcome = _text(payload[kind.outcome], kind.outcome)
        if outcome not in kind.outcomes:
            raise ReceiptRefused("outcome", "an outcome that is not known")
        if outcome != expected:
            raise ReceiptOutcomeRefused("outcome", f"this receipt says {outcome}; {expected} was asked for")
        if payload["aud"] != audience:
            raise ReceiptRefused("aud", "the receipt was made for another relying party")
        found = _read_entry(payload, kind, outcome)
        digest = write_base64url(hash_domain(kind.domain, write_canonical(found.statement)))
        if found.body[kind.statement] != digest or statement_digest not in (None, digest):
            raise ReceiptRefused("statement", "the receipt is about another statement")
        if found.disclosed["rp"] != audience:
            raise ReceiptRefused("rp", "the record names another relying party")
    except CanonicalRefused as error:
        raise ReceiptRefused("form", f"a part of the receipt is not in its form: {error.message}") from error
    return found


def _open(token: str | bytes, kind: Kind, keys: Keys) -> Mapping[str, Json]:
    """Steps 1 and 2: three parts, the right kind, a signature by a key that the caller trusts; give the payload."""
    parts = _split(token)
    try:
        header, signature = _object(parse_canonical(read_base64url(parts[0])), "header"), read_base64url(parts[2])
    except (CanonicalRefused, ReceiptRefused) as error:
        raise ReceiptKindRefused("kind", "this is not a receipt") from error
    if header.get("typ") != kind.typ:
        raise ReceiptKindRefused("kind", f"this is not a receipt over a {kind.record}")
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] != "ES256":
        raise ReceiptRefused("header", "a receipt's header is alg ES256, kid and typ, nothing else")
    kid = _text(header["kid"], "kid")
    key = keys.get(kid)
    if key is None or thumbprint(key) != kid:
        raise ReceiptRefused("key", "the receipt's key is not one of those that were named")
    if len(signature) != SIGNATURE_BYTES:
        raise ReceiptRefused("jws", "the receipt was altered")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), f"{parts[0]}.{parts[1]}".encode("ascii"), ECDSA(SHA256()))
    except InvalidSignature as error:
        raise ReceiptRefused("jws", "the receipt was altered") from error
    payload = _object(parse_canonical(read_base64url(parts[1])), "payload")
    timed = {"time"} if payload.get("state") == "anchored" else set()
    if payload.keys() != kind.members | timed:
        raise ReceiptRefused("members", "the receipt has other members than its kind")
    return payload


def _split(token: str | bytes) -> list[str]:
    if len(token) > LARGEST_RECEIPT:
        raise ReceiptKindRefused("kind", "this is longer than any receipt")
    try:
        text = token if isinstance(token, str) else token.decode("ascii")
    except UnicodeDecodeError as error:
        raise ReceiptKindRefused("kind", "this is not a receipt") from error
    parts = text.split(".")
    if len(parts) != 3:
        raise ReceiptKindRefused("kind", "this is not a receipt")
    return parts


def _read_entry(payload: Mapping[str, Json], kind: Kind, outcome: str) -> _Found:
    """Step 3: the entry is a record of this kind with this outcome, and each disclosure is what its slot commits to."""
    state = _text(payload["state"], "state")
    if state not in STATES:
        raise ReceiptRefused("state", "a state that is not known")
    entry, proof = _bytes(payload["entry"], "entry"), _bytes(payload["proof"], "proof")
    lines = entry.split(b"\n")
    if len(lines) != 6 or lines[0] != FIRST_LINE or lines[3] or lines[5]:
        raise ReceiptRefused("entry", "not an entry of this evidence format")
    if lines[1] != kind.record.encode("ascii"):
        raise ReceiptRefused("entry", f"the entry is not a {kind.record}")
    body = _object(parse_canonical(lines[2]), "entry")
    if body.keys() != kind.plain or body[kind.outcome] != outcome:
        raise ReceiptRefused("entry", "the entry has other members or another outcome than the receipt")
    timing = _object(payload["time"], "time") if "time" in payload else None
    return _Found(
        kind=kind,
        outcome=outcome,
        state=state,
        entry=entry,
        proof=proof,
        timing=timing,
        body=body,
        id=_text(body["id"], "entry"),
        time=read_time(_text(body["time"], "entry")),
        methods=_read_methods(body[kind.method], kind),
        statement=payload[kind.statement],
        disclosed=_read_disclosures(payload["disclosures"], body["claims"], kind, outcome),
    )


def _read_methods(value: Json, kind: Kind) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(method in kind.methods for method in value):
        raise ReceiptRefused("method", "a method that is not known")
    return tuple(value)


def _read_disclosures(value: Json, claims: Json, kind: Kind, outcome: str) -> dict[str, Json]:
    if not isinstance(value, list) or not isinstance(claims, list) or len(claims) != len(kind.slots):
        raise ReceiptRefused("disclosures", "the entry's slots or the disclosures are not a list of their length")
    disclosed: dict[str, Json] = {}
    for item in value:
        one = _read_disclosure(item, kind)
        if one.name in disclosed:
            raise ReceiptRefused("disclosures", f"the slot {one.name} is disclosed twice")
        if one.claim() != claims[one.slot]:
            raise ReceiptRefused("disclosures", f"the value of {one.name} is not the one that was recorded")
        disclosed[one.name] = one.value
    missing = kind.always[outcome] - disclosed.keys()
    if missing:
        raise ReceiptRefused("disclosures", f"not disclosed: {', '.join(sorted(missing))}")
    return disclosed


def _read_disclosure(item: Json, kind: Kind) -> Disclosure:
    members = _object(item, "disclosures")
    if members.keys() != {"name", "salt", "slot", "value"}:
        raise ReceiptRefused("disclosures", "a disclosure has name, salt, slot and value")
    slot, name, salt = members["slot"], members["name"], _text(members["salt"], "disclosures")
    if type(slot) is not int or not 0 <= slot < len(kind.slots) or kind.slots[slot] != name:
        raise ReceiptRefused("disclosures", "slot and name of a disclosure do not agree")
    if len(read_base64url(salt)) != SALT_BYTES:
        raise ReceiptRefused("disclosures", "a salt has 256 bits")
    return Disclosure(slot, kind.slots[slot], salt, members["value"])


def _read_statement(of: Callable[[object], T], found: _Found) -> T:
    try:
        return of(found.statement)
    except StatementRefused as error:
        raise ReceiptRefused("statement", f"the statement breaks a rule: {error.message}") from error


def _check_act(found: _Found, statement: Statement | LoginStatement, audience: str) -> None:
    """Step 4: the statement was asked by this relying party, and it was answered in a way that it allows."""
    if statement.rp.client_id != audience:
        raise ReceiptRefused("rp", "the statement was asked by another relying party")
    if found.outcome in ("confirmed", "accepted") and found.methods not in statement.methods:
        raise ReceiptRefused("method", "the statement does not allow the methods that were used")


def _ask_log(check_log: LogCheck, found: _Found) -> None:
    """Step 5: issuer, inclusion, checkpoint and time, by what the caller trusts of the log."""
    wrong = check_log(found.entry, found.proof, found.timing)
    if wrong:
        raise ReceiptRefused("log", f"the log does not prove the entry: {wrong}")


def _object(value: Json, rule: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise ReceiptRefused(rule, "an object is expected")
    return value


def _text(value: Json, rule: str) -> str:
    if not isinstance(value, str):
        raise ReceiptRefused(rule, "a text is expected")
    return value


def _bytes(value: Json, rule: str) -> bytes:
    return _text(value, rule).encode()
