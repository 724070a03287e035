"""JWS and JAdES (RFC 7515, RFC 7797, ETSI TS 119 182-1): what is read, what is refused, and PyJWT's word beside it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from signatures import (
    Digests,
    Evidence,
    Indication,
    Policy,
    Report,
    SignatureReport,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.errors import (
    ConfirmationIsNotASignature,
    FormatNotRead,
    LoginChallengeIsNotADocument,
    NotALoginChallenge,
    NotASignedDocument,
)
from signatures.policy import LOGIN_CHALLENGE_KIND
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, make_key, sign
from tests.signatures.test_longterm import Long

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
LETTER = b"Dear bank, pay 1000"


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def header_of(signer: Ca, *certificates: bytes, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "alg": "ES256" if isinstance(signer.key, ec.EllipticCurvePrivateKey) else "RS256",
        "x5c": [base64.b64encode(one).decode() for one in (signer.der, *certificates)],
        "x5t#S256": b64u(hashlib.sha256(signer.der).digest()),
        "sigT": "2026-11-24T09:00:00Z",
        "crit": ["sigT"],
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def parts_of(signer: Ca, header: dict[str, Any], payload: bytes) -> tuple[str, str, str]:
    """The three parts; the payload is encoded unless the header says otherwise."""
    encoded = b64u(json.dumps(header).encode())
    written = payload.decode() if header.get("b64") is False else b64u(payload)
    message = f"{encoded}.{written}".encode()
    _, value = sign(signer.key, message)
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        value = b"".join(one.to_bytes(32, "big") for one in decode_dss_signature(value))
    return encoded, written, b64u(value)


def compact(signer: Ca, payload: bytes = LETTER, **changes: Any) -> bytes:
    return ".".join(parts_of(signer, header_of(signer, **changes), payload)).encode()


def detached(signer: Ca, payload: bytes = LETTER, **changes: Any) -> bytes:
    encoded, _, value = parts_of(signer, header_of(signer, **changes), payload)
    return f"{encoded}..{value}".encode()


def in_json(signer: Ca, *, flat: bool = True, header: dict[str, Any] | None = None, **changes: Any) -> bytes:
    encoded, payload, value = parts_of(signer, header_of(signer, **changes), LETTER)
    one: dict[str, Any] = {"protected": encoded, "signature": value}
    if header is not None:
        one["header"] = header
    return json.dumps({"payload": payload, **one} if flat else {"payload": payload, "signatures": [one]}).encode()


def one_of(report: Report) -> SignatureReport:
    (one,) = report.signatures
    return one


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_compact_jws_with_a_certificate_is_a_signed_document(world: World, kind: str) -> None:
    signer = world.issuing.issue("Other", key=make_key(kind, 70))
    one = one_of(world.verify(compact(signer)))
    assert (one.indication, one.intact, one.format, one.container, one.level) == (PASSED, True, "JAdES", "JSON", "B-B")
    assert one.coverage is not None
    assert (one.coverage.attached, one.coverage.size) == (True, len(LETTER))


@pytest.mark.parametrize("flat", [True, False])
def test_both_json_forms_are_read(world: World, flat: bool) -> None:
    assert one_of(world.verify(in_json(world.signer, flat=flat))).indication is PASSED


def test_several_signatures_have_a_report_each(world: World) -> None:
    first = json.loads(in_json(world.signer, flat=False))
    second = json.loads(in_json(world.issuing.issue("Two", key=make_key("ec", 71)), flat=False))
    first["signatures"] += second["signatures"]
    assert [one.indication for one in world.verify(json.dumps(first).encode()).signatures] == [PASSED, PASSED]
    first["signatures"][1]["signature"] = first["signatures"][0]["signature"]
    assert [one.indication for one in world.verify(json.dumps(first).encode()).signatures] == [PASSED, FAILED]


def test_a_plain_jws_is_no_jades(world: World) -> None:
    one = one_of(world.verify(compact(world.signer, sigT=None, crit=None, **{"x5t#S256": None})))
    assert (one.indication, one.format, one.level) == (PASSED, "JWS", None)


def test_a_detached_payload_is_given_by_the_caller(world: World) -> None:
    data = detached(world.signer)
    assert one_of(world.verify(data, LETTER)).indication is PASSED
    assert one_of(world.verify(data, LETTER + b"0")).indication is FAILED
    missing = one_of(world.verify(data))
    assert (missing.indication, missing.sub_indication) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    digests = one_of(world.verify(data, Digests(sha256=hashlib.sha256(LETTER).digest())))
    assert digests.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


def test_an_unencoded_payload_is_declared_critical_or_refused(world: World) -> None:
    good = detached(world.signer, b64=False, crit=["b64", "sigT"])
    assert one_of(world.verify(good, LETTER)).indication is PASSED
    bad = detached(world.signer, b64=False, crit=["sigT"])
    one = one_of(world.verify(bad, LETTER))
    assert (one.indication, one.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize("encoded", [True, False])
def test_detached_objects_are_signed_by_their_digests(world: World, encoded: bool) -> None:
    texts = {"a.txt": b"one", "b.txt": b"two"}
    values = [b64u(hashlib.sha256(b64u(one).encode() if encoded else one).digest()) for one in texts.values()]
    named = {
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": ["http%3A//x/a.txt", "b.txt"],
        "hashM": "S256",
        "hashV": values,
    }
    changes: dict[str, Any] = {"sigD": named, "crit": ["sigT", "sigD"] + ([] if encoded else ["b64"])}
    if not encoded:
        changes["b64"] = False
    data = detached(world.signer, b"", **changes)
    assert one_of(world.verify(data, texts)).indication is PASSED  # type: ignore[arg-type]
    wrong = one_of(world.verify(data, {**texts, "b.txt": b"three"}))
    assert (wrong.indication, wrong.sub_indication) == (FAILED, SubIndication.HASH_FAILURE)
    missing = one_of(world.verify(data, {"a.txt": b"one"}))
    assert missing.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND
    if not encoded:
        digests = {name: Digests(sha256=hashlib.sha256(text).digest()) for name, text in texts.items()}
        assert one_of(world.verify(data, digests)).intact is True  # type: ignore[arg-type]


def test_detached_objects_are_signed_by_their_bytes(world: World) -> None:
    named = {"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a.txt", "b.txt"]}
    header = header_of(world.signer, sigD=named, crit=["sigT", "sigD", "b64"], b64=False)
    encoded, _, value = parts_of(world.signer, header, b"onetwo")
    data = f"{encoded}..{value}".encode()
    assert one_of(world.verify(data, {"a.txt": b"one", "b.txt": b"two"})).indication is PASSED
    assert one_of(world.verify(data, {"a.txt": b"two", "b.txt": b"one"})).indication is FAILED


@pytest.mark.parametrize(
    "changes",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": "sigT"},
        {"crit": ["sigT", "absent"]},
        {"crit": [1]},
        {"b64": "no"},
        {"x5c": "text"},
        {"x5c": ["%%%"]},
        {"x5c": [1]},
        {"sigD": {"mId": "x"}},
        {"sigD": "x"},
    ],
)
def test_headers_that_break_their_rules_are_format_failures(world: World, changes: dict[str, Any]) -> None:
    one = one_of(world.verify(detached(world.signer, **changes), LETTER))
    assert (one.indication, one.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize("name", ["none", "HS256", "RSA-OAEP", "1.2.840.113549.1.1.11", "", None, 5, ["ES256"]])
def test_algorithms_that_are_none_of_ours_are_no_verdict(world: World, name: object) -> None:
    header = header_of(world.signer)
    header["alg"] = name
    one = one_of(world.verify(".".join(parts_of(world.signer, header, LETTER)).encode()))
    assert (one.indication, one.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


def test_an_algorithm_binds_its_key_and_its_length(world: World) -> None:
    rsa = world.issuing.issue("Rsa", key=make_key("rsa", 72))
    assert one_of(world.verify(compact(rsa, alg="PS256"))).indication is FAILED
    assert one_of(world.verify(compact(rsa, alg="ES256"))).indication is FAILED
    data = compact(world.signer)
    assert one_of(world.verify(data[:-4])).sub_indication is SubIndication.FORMAT_FAILURE


def test_the_first_certificate_is_the_signers(world: World) -> None:
    other = world.issuing.issue("Other", key=make_key("ec", 73))
    swapped = [base64.b64encode(one).decode() for one in (other.der, world.signer.der)]
    one = one_of(world.verify(compact(world.signer, x5c=swapped, **{"x5t#S256": None})))
    assert one.indication is FAILED
    wrong = b64u(hashlib.sha256(other.der).digest())
    assert one_of(world.verify(compact(world.signer, **{"x5t#S256": wrong}))).indication is UNSURE


def test_a_member_in_both_headers_is_refused(world: World) -> None:
    one = one_of(world.verify(in_json(world.signer, header={"alg": "none"})))
    assert (one.indication, one.sub_indication) == (FAILED, SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize("place", ["a", "b", "c"])
def test_what_was_signed_and_changed_is_told(world: World, place: str) -> None:
    encoded, payload, value = compact(world.signer).decode().split(".")
    flip = lambda text, at: text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]  # noqa: E731
    bent = {"a": (flip(encoded, len(encoded) // 2), payload, value), "b": (encoded, flip(payload, 3), value)}
    bent["c"] = (encoded, payload, flip(value, 3))
    try:
        report = world.verify(".".join(bent[place]).encode())
    except NotASignedDocument:
        assert place == "a"  # a header that can't be read any more names no certificate
        return
    assert report.indication is FAILED or report.indication is UNSURE
    assert all(one.intact is not True for one in report.signatures)


def test_a_content_beside_an_attached_one_must_be_the_same(world: World) -> None:
    assert one_of(world.verify(compact(world.signer), LETTER)).indication is PASSED
    assert one_of(world.verify(compact(world.signer), b"another")).indication is FAILED


@pytest.mark.parametrize("typ", ["confirmation-receipt+jwt", "application/Confirmation-Receipt+JWT"])
def test_a_confirmation_receipt_is_no_signature_whatever_certificate_it_names(world: World, typ: str) -> None:
    with pytest.raises(ConfirmationIsNotASignature):
        world.verify(compact(world.signer, typ=typ))
    with pytest.raises(ConfirmationIsNotASignature):
        world.verify(in_json(world.signer, typ=typ))


def test_a_token_that_names_no_certificate_is_no_document(world: World) -> None:
    bare = {"x5c": None, "x5t#S256": None}
    with pytest.raises(FormatNotRead):
        world.verify(compact(world.signer, **bare))
    with pytest.raises(NotASignedDocument):
        world.verify(in_json(world.signer, **bare))


def test_a_login_challenge_is_no_document_and_a_document_no_login(world: World) -> None:
    challenge = json.dumps({"kind": LOGIN_CHALLENGE_KIND}).encode()
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(compact(world.signer, challenge))
    with pytest.raises(LoginChallengeIsNotADocument):
        world.verify(detached(world.signer, challenge), challenge)
    with pytest.raises(NotALoginChallenge):
        world.verify(compact(world.signer), policy=Policy.default().for_login())


@pytest.mark.parametrize(
    "text",
    [
        '{"signatures": [], "x5c": 1}',
        '{"signatures": [1]}',
        '{"payload": 5, "signature": "x", "protected": "e30"}',
        '{"signature": 5, "protected": "e30"}',
        '{"signature": "x", "protected": 5}',
        '{"signature": "x", "header": []}',
        '{"signature": "x", "header": {"x5c": []}}',
        '{"signature": "x", "signature": "y", "header": {"x5c": []}}',
        "e.e.e",
        "eyJ.x.x",
        "{" * 5_000,
        '{"signatures":' + "[" * 5_000,
    ],
)
def test_hostile_json_ends_in_a_refusal_or_a_report(world: World, text: str) -> None:
    try:
        report = world.verify(text.encode())
    except NotASignedDocument:
        return
    assert report.indication in (FAILED, UNSURE)


def test_a_time_stamp_over_the_value_proves_the_time() -> None:
    long = Long()
    encoded, payload, value = parts_of(long.signer, header_of(long.signer, long.issuing.der), LETTER)
    token = long.token(value.encode(), long.signed_at, long.new)
    stamped = {"sigTst": {"tstTokens": [{"val": base64.b64encode(token).decode()}]}}
    whole: dict[str, Any] = {"payload": payload, "protected": encoded, "signature": value}
    evidence = Evidence.of([long.issuing.der], long.lists())

    def judge(*members: object) -> SignatureReport:
        data = json.dumps({**whole, "header": {"etsiU": list(members)}}).encode()
        return one_of(verify(data, anchors=TrustAnchors.of(long.root.der), at=AT, evidence=evidence))

    assert judge().indication is UNSURE  # the signer's certificate ended a year ago
    for form in (stamped, b64u(json.dumps(stamped).encode())):
        one = judge(form)
        assert (one.indication, one.level, one.best_signature_time_source) == (PASSED, "B-T", "signature_time_stamp")
    lists = [{"val": base64.b64encode(crl).decode()} for crl in long.lists()]
    held = judge(stamped, {"rVals": {"crlVals": lists}}, {"xVals": [{"x509Cert": {"val": "AAAA"}}]})
    assert held.level == "B-LT"
    other = {"sigTst": {"tstTokens": [{"val": base64.b64encode(long.token(b"x", long.signed_at, long.new)).decode()}]}}
    assert judge(other).indication is UNSURE
    assert judge({"sigTst": {"tstTokens": [{"val": "AAAA"}]}}).indication is UNSURE


@pytest.mark.parametrize(("kind", "alg"), [("ec", "ES256"), ("rsa", "RS256"), ("rsa", "PS256"), ("rsa", "RS512")])
def test_pyjwt_says_the_same(world: World, kind: str, alg: str) -> None:
    signer = world.issuing.issue("Other", key=make_key(kind, 74))
    headers = {name: value for name, value in header_of(signer, alg=None).items() if name != "crit"}
    theirs = jwt.api_jws.encode(LETTER, signer.key, algorithm=alg, headers=headers)  # type: ignore[arg-type]
    assert one_of(world.verify(theirs.encode())).indication is PASSED
    ours = compact(signer, crit=None)
    key = signer.certificate.public_key()
    plain = "ES256" if kind == "ec" else "RS256"
    assert jwt.api_jws.decode(ours.decode(), key, algorithms=[plain]) == LETTER  # type: ignore[arg-type]
