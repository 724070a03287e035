"""RFC 6960: answers that count, and every way in which one does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signatures import Evidence, Found, PathResult, Policy, Status, Want, WantKind, validate_path, verification
from signatures.certificates import Certificate
from signatures.ocsp import OcspResponse, write_request
from signatures.report import Report
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, Holder, cms, make_key, usage

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIGNING = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)
NO_CHECK = (x509.OCSPNoCheck(), False)
POINT = (
    x509.CRLDistributionPoints(
        [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.kz/a.crl")], None, None, None)]
    ),
    False,
)
ACCESS = (
    x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.example.kz")
            )
        ]
    ),
    False,
)


def answer(
    world: World,
    *,
    responder: Holder | None = None,
    subject: Holder | None = None,
    issuer: Holder | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    this_update: datetime = AT - HOUR,
    next_update: datetime | None = AT + HOUR,
    digest: hashes.HashAlgorithm | None = None,
    nonce: bytes | None = None,
) -> bytes:
    by = responder or world.issuing
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=(subject or world.signer).certificate,
        issuer=(issuer or world.issuing).certificate,
        algorithm=digest or hashes.SHA1(),  # noqa: S303 -- what responders use for certID
        cert_status=status,
        this_update=this_update,
        next_update=next_update,
        revocation_time=revoked_at,
        revocation_reason=reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    if responder is not None:
        builder = builder.certificates([responder.certificate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def judge(
    world: World, *answers: bytes, crls: tuple[bytes, ...] = (), policy: Policy | None = None, at: datetime = AT
) -> PathResult:
    evidence = Evidence.of([world.issuing.der], [world.root.crl(), *crls], answers)
    return validate_path(
        world.signer.der, anchors=world.anchors, evidence=evidence, at=at, policy=policy or Policy.default()
    )


def said(result: PathResult) -> tuple[Status, set[str]]:
    return result.statuses[0].status, {check.code for check in result.checks if check.code.startswith("ocsp.")}


def delegate(world: World, **options: object) -> Ca:
    options.setdefault("extensions", (SIGNING, NO_CHECK))
    options.setdefault("key_usage", usage("digital_signature"))
    return world.issuing.issue("OCSP", key=make_key("ec", 7), **options)  # type: ignore[arg-type]


def test_the_issuers_own_answer_and_a_delegates_count(world: World) -> None:
    for made in (answer(world), answer(world, responder=delegate(world)), answer(world, digest=hashes.SHA256())):
        result = judge(world, made)
        assert result.valid
        assert said(result) == (Status.GOOD, set())
        assert (result.statuses[0].source, result.statuses[0].material) == ("ocsp", OcspResponse.of(made).sha256)


def test_revoked_and_held_are_what_they_are(world: World) -> None:
    revoked = answer(
        world, status=ocsp.OCSPCertStatus.REVOKED, revoked_at=AT - DAY, reason=x509.ReasonFlags.key_compromise
    )
    result = judge(world, revoked, crls=(world.issuing.crl(),))
    assert result.statuses[0].status is Status.REVOKED  # one that revokes weighs more than one that clears
    assert result.statuses[0].reason == "keyCompromise"
    held = answer(
        world, status=ocsp.OCSPCertStatus.REVOKED, revoked_at=AT - DAY, reason=x509.ReasonFlags.certificate_hold
    )
    assert judge(world, held).statuses[0].status is Status.ON_HOLD


def test_a_revocation_after_the_moment_is_said_and_clears(world: World) -> None:
    later = answer(
        world,
        status=ocsp.OCSPCertStatus.REVOKED,
        revoked_at=AT - HOUR,
        reason=x509.ReasonFlags.superseded,
        this_update=AT - HOUR,
    )
    result = judge(world, later, at=AT - DAY)
    assert result.statuses[0].status is Status.UNKNOWN  # no answer can be from the future
    assert result.statuses[0].revoked_later == AT - HOUR


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"next_update": AT - timedelta(minutes=1)}, "ocsp.stale"),
        ({"this_update": AT - 2 * DAY, "next_update": None}, "ocsp.stale"),
        ({"this_update": AT + HOUR, "next_update": AT + DAY}, "ocsp.not_yet_in_force"),
        ({"status": ocsp.OCSPCertStatus.UNKNOWN}, "ocsp.unknown"),
    ],
)
def test_an_answer_of_another_time_or_of_no_knowledge_clears_nobody(
    world: World, options: dict[str, object], code: str
) -> None:
    assert said(judge(world, answer(world, **options))) == (Status.UNKNOWN, {code})  # type: ignore[arg-type]


def test_an_answer_about_another_certificate_or_issuer_says_nothing(world: World) -> None:
    other = world.issuing.issue("Other", key=make_key("ec", 5))
    twin = Ca.root("Test Issuing", key=make_key("ec", 6))
    for made in (answer(world, subject=other), answer(world, issuer=twin)):
        assert said(judge(world, made)) == (Status.UNKNOWN, set())


def test_only_the_issuer_or_its_delegate_may_answer(world: World) -> None:
    stranger = Ca.root("Stranger", key=make_key("ec", 8))
    strangers = stranger.issue("OCSP", key=make_key("ec", 7), extensions=(SIGNING, NO_CHECK))
    cases = {
        "ocsp.signature": answer(world)[:-8] + bytes(8),
        "ocsp.responder": answer(world, responder=strangers),
    }
    for code, made in cases.items():
        assert said(judge(world, made)) == (Status.UNKNOWN, {code})
    for wrong in (
        delegate(world, extensions=(NO_CHECK,)),  # no OCSPSigning
        delegate(world, key_usage=usage("key_encipherment")),
        world.root.issue("OCSP", key=make_key("ec", 7), extensions=(SIGNING, NO_CHECK)),  # not by this issuer
        world.signer,  # a signer answers for itself
    ):
        assert said(judge(world, answer(world, responder=wrong))) == (Status.UNKNOWN, {"ocsp.responder"})


def test_a_delegates_own_life_and_status_count(world: World) -> None:
    expired = delegate(world, end=AT - DAY)
    assert said(judge(world, answer(world, responder=expired)))[1] == {"ocsp.responder_expired"}
    silent = delegate(world, extensions=(SIGNING,))  # the CA names no place for its status: local policy
    assert said(judge(world, answer(world, responder=silent))) == (Status.GOOD, set())
    named = delegate(world, extensions=(SIGNING, POINT))
    made = answer(world, responder=named)
    assert said(judge(world, made)) == (Status.UNKNOWN, {"ocsp.responder_status"})
    other = world.issuing.crl()
    assert said(judge(world, made, crls=(other,))) == (Status.GOOD, set())
    world.issuing.revoke(named, AT - DAY)
    assert said(judge(world, made, crls=(world.issuing.crl(),)))[1] == {"ocsp.responder_revoked"}


def test_a_changed_byte_of_the_answer_clears_nobody(world: World) -> None:
    made = answer(world)
    place = made.index(b"\x80\x00")  # good
    changed = made[:place] + b"\x82\x00" + made[place + 2 :]
    assert said(judge(world, changed)) == (Status.UNKNOWN, {"ocsp.signature"})


def test_rules_of_age(world: World) -> None:
    made = answer(world, next_update=AT + HOUR)
    assert judge(world, made, crls=(world.root.crl(),), policy=Policy.online()).valid
    archive = judge(world, made, policy=Policy.archive(), at=AT)
    assert said(archive) == (Status.UNKNOWN, {"ocsp.too_early"})
    assert (Policy.online().name, Policy.archive().name) == ("authsvc/eds/online/1", "authsvc/eds/archive/1")


def test_the_report_names_the_rule_with_its_times(world: World) -> None:
    for policy, said in (
        (Policy.default(), ("at_time", "—", "0")),
        (Policy.online(), ("online", "604800", "0")),
        (Policy.archive(grace=DAY), ("archive", "—", "86400")),
    ):
        report = world.verify(cms(world.signer, b"x"), policy=policy)
        (check,) = [one for one in report.checks if one.code == "policy.status"]
        assert tuple(check.param(name) for name in ("rule", "freshness", "grace")) == said
        assert report.policy == policy.name


def drive(world: World, reply: Found) -> tuple[Report, list[Want]]:
    """A driver that has only this to give for an OCSP want."""
    signer = world.issuing.issue("Asked", key=make_key("ec", 4), extensions=(ACCESS,))
    world.signer = signer
    asked: list[Want] = []
    steps = verification(
        cms(signer, b"x"), anchors=world.anchors, at=AT, evidence=Evidence.of([world.issuing.der], [world.root.crl()])
    )
    want = next(steps)
    try:
        while True:
            asked.append(want)
            give = reply if want.kind is WantKind.OCSP else None
            if give is not None:
                give = replace_answers(world, give)
            want = steps.send(give)
    except StopIteration as stop:
        return stop.value, asked


def replace_answers(world: World, found: Found) -> Found:
    return found._replace(ocsp=(answer(world, nonce=found.ocsp[0] or None),))


@pytest.mark.parametrize(
    ("sent", "came", "passes"), [(b"n" * 16, b"n" * 16, True), (b"n" * 16, b"", True), (b"n" * 16, b"m" * 16, False)]
)
def test_an_answer_brought_for_a_want_fits_its_nonce(world: World, sent: bytes, came: bytes, passes: bool) -> None:
    report, asked = drive(world, Found(ocsp=(came,), nonce=sent))
    assert asked[0].kind is WantKind.OCSP
    assert asked[0].urls == ("http://ocsp.example.kz",)
    request = ocsp.load_der_ocsp_request(bytes.fromhex(asked[0].request))
    assert request.serial_number == world.signer.certificate.serial_number
    assert (report.indication.value == "TOTAL-PASSED") is passes


def test_a_request_is_what_others_write(world: World) -> None:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        world.signer.certificate,
        world.issuing.certificate,
        hashes.SHA1(),  # noqa: S303
    )
    own = [Certificate.of(one.der) for one in (world.signer, world.issuing)]
    assert write_request(*own) == builder.build().public_bytes(Encoding.DER)
    with_nonce = builder.add_extension(x509.OCSPNonce(b"0123456789abcdef"), critical=False).build()
    assert write_request(*own, nonce=b"0123456789abcdef") == with_nonce.public_bytes(Encoding.DER)


def test_the_basic_response_alone_is_read_as_signatures_embed_it(world: World) -> None:
    whole = answer(world)
    start = whole.rindex(b"\x30", 0, whole.index(OcspResponse.of(whole).tbs))
    assert said(judge(world, whole[start:])) == (Status.GOOD, set())
