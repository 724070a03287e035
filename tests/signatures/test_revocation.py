"""CRLs: genuine, in force, meant for this certificate; and what does not count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signatures import Evidence, PathResult, Policy, Status, validate_path
from signatures.errors import Malformed
from signatures.revocation import Crl
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, integer, make_key, name_of, usage

DAY = timedelta(days=1)


def judge(world: World, *crls: bytes, policy: Policy | None = None) -> PathResult:
    evidence = Evidence.of([world.issuing.der], [world.root.crl(), *crls])
    return validate_path(
        world.signer.der, anchors=world.anchors, evidence=evidence, at=AT, policy=policy or Policy.default()
    )


def status(result: PathResult) -> Status:
    return result.statuses[0].status


def findings(result: PathResult) -> set[str]:
    return {check.code for check in result.checks if check.code.startswith("crl.")}


def test_not_on_a_crl_in_force_is_good(world: World) -> None:
    result = judge(world, world.issuing.crl())
    assert result.valid
    assert status(result) is Status.GOOD


@pytest.mark.parametrize(
    ("extension", "critical", "code"),
    [
        (x509.DeltaCRLIndicator(1), True, "crl.delta"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True, "crl.extension"),
        (x509.CRLNumber(1), True, "crl.extension"),
        (x509.IssuingDistributionPoint(None, None, False, True, None, False, False), True, "crl.scope"),
        (x509.IssuingDistributionPoint(None, None, False, False, None, False, True), True, "crl.scope"),
        (
            x509.IssuingDistributionPoint(
                [x509.UniformResourceIdentifier("http://other/crl")], None, False, False, None, False, False
            ),
            True,
            "crl.scope",
        ),
    ],
)
def test_a_crl_that_does_not_cover_the_certificate_says_nothing(
    world: World, extension: x509.ExtensionType, critical: bool, code: str
) -> None:
    result = judge(world, world.issuing.crl(extensions=[(extension, critical)]))
    assert status(result) is Status.UNKNOWN
    assert result.reason.startswith("revocation.unknown")
    assert code in findings(result)


def test_a_crl_for_users_only_covers_the_signer(world: World) -> None:
    users = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    assert judge(world, world.issuing.crl(extensions=[(users, True)])).valid


def test_a_crl_for_some_reasons_can_revoke_but_not_clear(world: World) -> None:
    some = x509.IssuingDistributionPoint(
        None, None, False, False, frozenset({x509.ReasonFlags.key_compromise}), False, False
    )
    result = judge(world, world.issuing.crl(extensions=[(some, True)]))
    assert status(result) is Status.UNKNOWN
    world.issuing.revoke(world.signer, AT - DAY)
    assert status(judge(world, world.issuing.crl(extensions=[(some, True)]))) is Status.REVOKED


def test_a_distribution_point_that_fits_by_url_or_relative_name_counts(world: World) -> None:
    url = [x509.UniformResourceIdentifier("http://ca/crl")]
    relative = x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.COMMON_NAME, "crl1")])
    full = [x509.DirectoryName(x509.Name([*world.issuing.certificate.subject, *relative]))]
    for own, point in (
        (x509.DistributionPoint(url, None, None, None), {"full_name": url, "relative_name": None}),
        (x509.DistributionPoint(full, None, None, None), {"full_name": None, "relative_name": relative}),
        (x509.DistributionPoint(None, relative, None, None), {"full_name": full, "relative_name": None}),
    ):
        extension = x509.CRLDistributionPoints([own])
        signer = world.issuing.issue("Pointed", key=make_key("ec", 5), extensions=[(extension, False)])
        scope = x509.IssuingDistributionPoint(
            **point,  # type: ignore[arg-type]
            only_contains_user_certs=False,
            only_contains_ca_certs=False,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        )
        crl = world.issuing.crl(extensions=[(scope, True)])
        assert judge(world.signed_by(signer), crl).valid


def test_a_crl_by_a_forger_with_the_issuers_name_does_not_count(world: World) -> None:
    result = judge(world, world.issuing.crl(key=make_key("ec", 88)))
    assert status(result) is Status.UNKNOWN
    assert findings(result) == {"crl.signature"}


def test_a_crl_by_another_issuer_with_the_same_serial_does_not_count(world: World) -> None:
    other = world.root.issue("Other Issuing", key=make_key("ec", 6), ca=True)
    other.revoke(world.signer, AT - DAY)
    assert status(judge(world, other.crl(), world.issuing.crl())) is Status.GOOD


def test_an_issuer_that_may_not_sign_crls_does_not_clear_anybody(world: World) -> None:
    issuing = world.root.issue("No Crl", key=make_key("ec", 7), ca=True, key_usage=usage("key_cert_sign"))
    signer = issuing.issue("Under No Crl")
    evidence = Evidence.of([issuing.der], [world.root.crl(), issuing.crl()])
    result = validate_path(signer.der, anchors=world.anchors, evidence=evidence, at=AT)
    assert findings(result) == {"crl.issuer_usage"}
    assert not result.valid


@pytest.mark.parametrize(
    ("this_update", "code"), [(AT - 30 * DAY, "crl.stale"), (AT + 2 * DAY, "crl.not_yet_in_force")]
)
def test_a_crl_out_of_force_clears_nobody(world: World, this_update: object, code: str) -> None:
    result = judge(world, world.issuing.crl(this_update))  # type: ignore[arg-type]
    assert status(result) is Status.UNKNOWN
    assert findings(result) == {code}


def test_clocks_may_differ_a_little(world: World) -> None:
    assert judge(world, world.issuing.crl(AT + timedelta(minutes=4))).valid


def test_freshness_is_the_policys(world: World) -> None:
    from dataclasses import replace

    policy = replace(Policy.default(), freshness=timedelta(hours=12))
    old = judge(world, world.issuing.crl(AT - DAY), policy=policy)
    assert findings(old) == {"crl.stale"}


def test_a_revocation_stands_whatever_the_crls_age_but_a_hold_does_not(world: World) -> None:
    world.issuing.revoke(world.signer, AT - 60 * DAY, x509.ReasonFlags.superseded)
    result = judge(world, world.issuing.crl(AT - 30 * DAY))
    assert (status(result), result.statuses[0].reason) == (Status.REVOKED, "superseded")
    held = world.issuing.issue("Held", key=make_key("ec", 8))
    world.issuing.revoke(held, AT - 60 * DAY, x509.ReasonFlags.certificate_hold)
    assert status(judge(world.signed_by(held), world.issuing.crl(AT - 30 * DAY))) is Status.UNKNOWN
    assert status(judge(world.signed_by(held), world.issuing.crl())) is Status.ON_HOLD


def test_a_hold_that_was_lifted_is_good_by_the_newest_crl(world: World) -> None:
    older = Ca(world.issuing.key, world.issuing.certificate)
    older.revoke(world.signer, AT - 3 * DAY, x509.ReasonFlags.certificate_hold)
    crls = [older.crl(AT - 2 * DAY), world.issuing.crl(AT - DAY)]
    assert status(judge(world, *crls)) is Status.GOOD
    assert status(judge(world, *reversed(crls))) is Status.GOOD
    turned = [world.issuing.crl(AT - 2 * DAY), older.crl(AT - DAY)]
    assert status(judge(world, *turned)) is Status.ON_HOLD


def test_remove_from_crl_in_a_full_list_is_no_revocation(world: World) -> None:
    world.issuing.revoke(world.signer, AT - 3 * DAY, x509.ReasonFlags.remove_from_crl)
    assert status(judge(world, world.issuing.crl())) is Status.GOOD


def test_a_revocation_after_the_validation_time_is_said_and_not_counted(world: World) -> None:
    world.issuing.revoke(world.signer, AT + DAY, x509.ReasonFlags.key_compromise)
    result = judge(world, world.issuing.crl())
    assert result.valid
    assert "revocation.later" in {check.code for check in result.checks}


def test_an_authority_with_a_new_key_signs_crls_for_its_old_one() -> None:
    """RFC 5280 6.3: the self-issued certificate of the old key stands in the path, below the new one."""
    root = Ca.root("Root", key=make_key("ec", 30))
    new = root.issue("Rolling", key=make_key("ec", 31), ca=True)
    old_with_new = new.issue("Rolling", subject=name_of("Rolling"), key=make_key("ec", 32), ca=True)
    leaf = old_with_new.issue("Leaf", key=make_key("ec", 33))
    evidence = Evidence.of([new.der, old_with_new.der], [root.crl(), new.crl()])
    from signatures import TrustAnchors

    result = validate_path(leaf.der, anchors=TrustAnchors.of(root.der), evidence=evidence, at=AT)
    assert result.valid, result.reason


def test_entries_are_found_by_serial_number_among_many(world: World) -> None:
    for number in range(1, 3000, 2):
        world.issuing.revoked.append((number * 7919, AT - DAY, None))
    crl = Crl.of(world.issuing.crl())
    assert crl.entry(7919 * 1501) is not None
    assert crl.entry(7919 * 1500) is None
    entry = crl.entry(7919)
    assert entry is not None
    assert (entry.revoked_at, entry.reason, entry.plain) == (AT - DAY, "unspecified", True)


def test_a_list_that_can_not_be_read_says_nothing(world: World) -> None:
    world.issuing.revoke(world.signer, AT - DAY)
    good = world.issuing.crl()
    place = good.index(integer(world.signer.certificate.serial_number))
    for at, value in ((place - 1, 0x7F), (place, 0x04), (place + 1, 0x00)):
        broken = bytearray(good)
        broken[at] = value
        crl = Crl.of(bytes(broken))
        with pytest.raises(Malformed):
            crl.entry(1)


def test_evidence_that_can_not_be_read_is_kept_as_refused_and_told(world: World) -> None:
    evidence = Evidence.of([b"rubbish"], [b"\x30\x00", world.issuing.crl()])
    assert [refused.kind for refused in evidence.refused] == ["certificate", "crl"]
    assert len(evidence.crls) == 1


def test_files_of_unnamed_kinds_are_sorted_by_their_structure(world: World) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = world.issuing.certificate.public_bytes(Encoding.PEM) + world.root.certificate.public_bytes(Encoding.PEM)
    ocsp = bytes.fromhex("30030a0106")
    evidence = Evidence.sort([pem, world.issuing.crl(), world.signer.der, ocsp, b"rubbish", b""])
    assert (len(evidence.certificates), len(evidence.crls), evidence.ocsp) == (3, 1, ())
    assert [refused.kind for refused in evidence.refused] == ["ocsp", "file", "file"]
