"""RFC 5280 sections 5.2.4 to 5.3.3: delta and indirect CRLs, CRLs split by reasons, keys for CRLs alone."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest
from cryptography import x509

from signatures import Evidence, Policy, Status, validate_path
from signatures.asn1 import BIT_STRING, SEQUENCE
from signatures.der import encode
from signatures.revocation import Crl
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, algorithm, integer, make_key, usage
from tests.signatures.test_crl_bytes import (
    CERTIFICATE_ISSUER,
    DAY,
    DELTA,
    Maker,
    entry,
    extension,
    judge,
    make,
    said,
    utc,
)

__all__ = ["make"]

NUMBER, POINT = "2.5.29.20", "2.5.29.28"
INDIRECT = extension(POINT, encode(SEQUENCE, encode(0x84, b"\xff")), critical=True)


def reason(code: int) -> bytes:
    return extension("2.5.29.21", bytes((0x0A, 1, code)))


def numbered(number: int, base: int | None = None) -> list[bytes]:
    listed = [extension(NUMBER, integer(number))]
    return listed if base is None else [*listed, extension(DELTA, integer(base), critical=True)]


def serial(world: World) -> int:
    return world.signer.certificate.serial_number


def test_a_delta_revokes_and_lifts_what_its_base_says(world: World, make: Maker) -> None:
    clean, held = make(extensions=numbered(5)), make(entry(serial(world), reason(6)), extensions=numbered(5))
    newer = utc(AT - timedelta(hours=1))
    revokes = make(entry(serial(world), reason(1)), extensions=numbered(6, 5), this_update=newer)
    lifts = make(entry(serial(world), reason(8)), extensions=numbered(6, 5), this_update=newer)
    assert said(judge(world, clean, revokes))[0] is Status.REVOKED
    assert said(judge(world, held))[0] is Status.ON_HOLD
    assert said(judge(world, held, lifts)) == (Status.GOOD, {"crl.delta_used"})


def test_a_delta_that_does_not_go_on_from_the_list_says_nothing(world: World, make: Maker) -> None:
    base = make(extensions=numbered(5))
    for numbers in ((6, 6), (5, 5), (4, 3)):  # a base newer than ours; not newer than ours
        lone = make(entry(serial(world)), extensions=numbered(*numbers))
        assert said(judge(world, base, lone)) == (Status.GOOD, {"crl.delta"})
    other_scope = make(entry(serial(world)), extensions=[*numbered(6, 5), INDIRECT])
    assert said(judge(world, base, other_scope)) == (Status.GOOD, {"crl.delta"})


def test_an_old_list_with_a_delta_in_force_is_in_force(world: World, make: Maker) -> None:
    base = make(extensions=numbered(5), next_update=utc(AT - timedelta(hours=2)))
    delta = make(extensions=numbered(6, 5), this_update=utc(AT - timedelta(hours=1)))
    assert said(judge(world, base))[0] is Status.UNKNOWN
    assert said(judge(world, base, delta)) == (Status.GOOD, {"crl.delta_used"})


def test_entries_of_an_indirect_list_are_of_the_issuer_named_last(world: World, make: Maker) -> None:
    names = encode(0xA4, world.root.certificate.subject.public_bytes())
    other = extension(CERTIFICATE_ISSUER, encode(SEQUENCE, names), critical=True)
    own = encode(0xA4, world.issuing.certificate.subject.public_bytes())
    back = extension(CERTIFICATE_ISSUER, encode(SEQUENCE, own), critical=True)
    mine = serial(world)
    assert said(judge(world, make(entry(7, other), entry(mine), extensions=[INDIRECT])))[0] is Status.GOOD
    assert said(judge(world, make(entry(7, other), entry(mine, back), extensions=[INDIRECT])))[0] is Status.REVOKED
    assert said(judge(world, make(entry(mine), entry(7, other), extensions=[INDIRECT])))[0] is Status.REVOKED


def points_to(issuer: Ca) -> tuple[x509.ExtensionType, bool]:
    point = x509.DistributionPoint(None, None, None, [x509.DirectoryName(issuer.certificate.subject)])
    return x509.CRLDistributionPoints([point]), False


def indirect_case(world: World, *, covers: bool = True, revoked: bool = False, under: Ca | None = None) -> Status:
    """A signer whose certificate names another authority for its CRL, and that authority's list."""
    lists = (under or world.root).issue("Lists", key=make_key("ec", 12), ca=True, key_usage=usage("crl_sign"))
    leaf = world.issuing.issue("Leaf", key=make_key("ec", 4), extensions=(points_to(lists),))
    scope = x509.IssuingDistributionPoint(
        [x509.DirectoryName(lists.certificate.subject)], None, False, False, None, covers, False
    )
    builder = x509.CertificateRevocationListBuilder(lists.certificate.subject, AT - DAY, AT + DAY)
    if revoked:
        one = x509.RevokedCertificateBuilder(leaf.certificate.serial_number, AT - DAY)
        names = x509.CertificateIssuer([x509.DirectoryName(world.issuing.certificate.subject)])
        builder = builder.add_revoked_certificate(one.add_extension(names, critical=True).build())
    from cryptography.hazmat.primitives import hashes, serialization

    crl = builder.add_extension(scope, critical=True).sign(lists.key, hashes.SHA256())  # type: ignore[arg-type]
    known = Evidence.of(
        [world.issuing.der, lists.der], [world.root.crl(), crl.public_bytes(serialization.Encoding.DER)]
    )
    result = validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT)
    return result.statuses[0].status


def test_another_authority_that_the_certificate_names_speaks_for_it(world: World) -> None:
    assert indirect_case(world) is Status.GOOD
    assert indirect_case(world, revoked=True) is Status.REVOKED
    assert indirect_case(world, covers=False) is Status.UNKNOWN
    assert indirect_case(world, under=Ca.root("Stranger", key=make_key("ec", 13))) is Status.UNKNOWN


def test_the_list_of_a_look_alike_generation_does_not_count_and_a_key_for_lists_does(world: World) -> None:
    """The other generation has the same name and the same root, and no certificate joins the two."""
    other = world.root.issue("Test Issuing", key=make_key("ec", 14), ca=True)
    lists = world.root.issue("Test Issuing", key=make_key("ec", 15), ca=True, key_usage=usage("crl_sign"))
    for authority, expected in ((other, Status.UNKNOWN), (lists, Status.GOOD)):
        crls = [world.root.crl(), authority.crl()]
        known = Evidence.of([world.issuing.der, authority.der], crls)
        result = validate_path(world.signer.der, anchors=world.anchors, evidence=known, at=AT)
        assert result.statuses[0].status is expected
    world.root.revoke(lists, AT - DAY)
    known = Evidence.of([world.issuing.der, lists.der], [world.root.crl(), lists.crl()])
    result = validate_path(world.signer.der, anchors=world.anchors, evidence=known, at=AT)
    assert result.statuses[0].status is Status.UNKNOWN


def test_lists_for_some_reasons_clear_together(world: World, make: Maker) -> None:
    def part(bits: int) -> bytes:
        flags = encode(0x83, bytes((7,)) + bits.to_bytes(2, "big"))
        return make(extensions=[extension(POINT, encode(SEQUENCE, flags), critical=True)])

    compromise, rest = 0x6000, 0x1F80
    assert said(judge(world, part(compromise)))[0] is Status.UNKNOWN
    assert said(judge(world, part(rest)))[0] is Status.UNKNOWN
    assert said(judge(world, part(compromise), part(rest)))[0] is Status.GOOD


def test_a_list_after_the_certificates_end_may_have_dropped_it(world: World, make: Maker) -> None:
    signer = world.issuing.issue("Short", key=make_key("ec", 4), end=AT - 10 * DAY)
    late = make(this_update=utc(AT - DAY))
    kept = make(this_update=utc(AT - DAY), extensions=[extension("2.5.29.60", b"\x18\x0f20200101000000Z")])
    for crl, expected in ((late, Status.UNKNOWN), (kept, Status.GOOD)):
        known = Evidence.of([world.issuing.der], [world.root.crl(AT - 30 * DAY, 90 * DAY), crl])
        result = validate_path(signer.der, anchors=world.anchors, evidence=known, at=AT)
        assert result.statuses[0].status is expected


@pytest.mark.parametrize("rule", [Policy.default(), Policy.online(), Policy.archive()])
def test_every_rule_of_age_has_its_name_and_digest(rule: Policy) -> None:
    assert rule.digest != rule.without_revocation().digest


@pytest.mark.deep
def test_a_million_entries_cost_no_hundreds_of_megabytes() -> None:
    crl = Crl.of(large(1_000_000))
    tracemalloc.start()
    assert crl.entry(5 << 100) is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80 << 20
    assert len(crl._index.places) * crl._index.places.itemsize == 8_000_000


def test_entries_of_a_large_list_are_found_and_nothing_else() -> None:
    crl = Crl.of(large(5_000))
    assert all(crl.entry(number << 100) is not None for number in range(1, 5_000, 97))
    assert all(crl.entry((number << 100) + 1) is None for number in range(1, 5_000, 97))


def large(entries: int) -> bytes:
    """A list with serial numbers like real ones; its signature does not matter here."""
    listed = [entry(number << 100) for number in range(1, entries + 1)]
    named = algorithm("1.2.840.10045.4.3.2")
    issuer = encode(SEQUENCE)
    tbs = encode(SEQUENCE, integer(1), named, issuer, utc(AT - DAY), utc(AT + DAY), encode(SEQUENCE, *listed))
    return encode(SEQUENCE, tbs, named, encode(BIT_STRING, b"\0\1"))
