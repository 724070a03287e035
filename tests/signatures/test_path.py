"""RFC 5280 section 6: paths built by name and key and validated in full, and bounds against bombs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from signatures import ANY, BadCertificate, Evidence, PathResult, TrustAnchors, validate_path
from signatures.asn1 import SEQUENCE
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import AT, LENIENT, Ca, code, make_key, name_of, oid, usage, validate

POLICY, OTHER = "1.2.398.3.3.2", "1.2.3.4"


def test_a_path_of_three_is_found_leaf_first_and_anchor_last(world: World) -> None:
    result = validate(world.signer, world.issuing, anchor=world.root)
    assert result.valid
    assert result.reason == ""
    assert [one.der for one in result.path] == [world.signer.der, world.issuing.der, world.root.der]


def test_every_mutated_byte_of_a_certificate_loses_the_path(world: World) -> None:
    for place in range(0, len(world.signer.der), 7):
        data = bytearray(world.signer.der)
        data[place] ^= 0x10
        try:
            result = validate_path(
                bytes(data), anchors=world.anchors, evidence=Evidence.of([world.issuing.der]), at=AT, policy=LENIENT
            )
        except BadCertificate:
            continue
        assert not result.valid


def test_the_period_includes_both_ends(world: World) -> None:
    leaf = world.issuing.issue("Short", begin=AT, end=AT + timedelta(hours=1))
    for at, valid in (
        (AT, True),
        (AT - timedelta(seconds=1), False),
        (AT + timedelta(hours=1), True),
        (AT + timedelta(hours=1, milliseconds=500), True),
        (AT + timedelta(hours=1, seconds=1), False),
    ):
        assert validate(leaf, world.issuing, anchor=world.root, at=at).valid is valid


def test_an_expired_authority_or_anchor_ends_the_path(world: World) -> None:
    old = world.root.issue("Old Ca", key=make_key("ec", 20), ca=True, end=AT - timedelta(days=1))
    leaf = old.issue("Leaf")
    assert code(validate(leaf, old, anchor=world.root)) == "path.ca_validity"
    root = Ca.root("Old Root", end=AT - timedelta(days=1))
    assert code(validate(root.issue("Leaf"), anchor=root)) == "path.ca_validity"


def test_a_leaf_can_not_issue_and_key_usage_must_allow_it(world: World) -> None:
    assert code(validate(world.signer.issue("Below"), world.signer, world.issuing, anchor=world.root)) == "path.ca"
    unable = world.root.issue("Unable", key=make_key("ec", 21), ca=True, key_usage=usage("crl_sign"))
    assert code(validate(unable.issue("Leaf"), unable, anchor=world.root)) == "path.ca"
    without = world.root.issue("Without", key=make_key("ec", 22), ca=True, basic=False)
    assert code(validate(without.issue("Leaf"), without, anchor=world.root)) == "path.ca"


def test_path_length_counts_intermediates_but_not_self_issued_ones(world: World) -> None:
    below = world.issuing.issue("Below", key=make_key("ec", 23), ca=True)
    leaf = below.issue("Leaf", key=make_key("ec", 24))
    assert code(validate(leaf, below, world.issuing, anchor=world.root)) == "path.length"
    own = world.issuing.issue("Self", subject=name_of("Test Issuing"), key=make_key("ec", 25), ca=True)
    assert validate(own.issue("Leaf"), own, world.issuing, anchor=world.root).valid


def test_the_anchors_own_path_length_counts() -> None:
    root = Ca.root("Short Root", path_length=0)
    below = root.issue("Below", key=make_key("ec", 23), ca=True)
    assert validate(root.issue("Leaf"), anchor=root).valid
    assert code(validate(below.issue("Leaf"), below, anchor=root)) == "path.length"


def test_an_unhandled_critical_extension_refuses_and_an_uncritical_one_does_not(world: World) -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    leaf = world.issuing.issue("Critical", extensions=[(unknown, True)])
    assert code(validate(leaf, world.issuing, anchor=world.root)) == "path.extension"
    leaf = world.issuing.issue("Uncritical", extensions=[(unknown, False)])
    assert validate(leaf, world.issuing, anchor=world.root).valid


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize(
    ("dotted", "value"),
    [
        ("2.5.29.17", b"example.kz"),
        ("2.5.29.17", encode(SEQUENCE)),
        ("2.5.29.37", encode(SEQUENCE)),
        ("2.5.29.37", b""),
        ("2.5.29.19", b"\x05\x00"),
    ],
)
def test_an_extension_that_is_understood_and_can_not_be_read_refuses(
    world: World, dotted: str, value: bytes, critical: bool
) -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(dotted), value)
    leaf = world.issuing.issue("Leaf", extensions=[(extension, critical)])
    assert code(validate(leaf, world.issuing, anchor=world.root)) == "path.malformed"


def test_of_two_paths_that_do_not_hold_the_one_that_says_more_is_told(world: World) -> None:
    """The same authority, certified twice: one path ends in an expired certificate, the other in a revoked one."""
    key, name = make_key("ec", 28), name_of("Twice")
    expired = world.root.issue("", subject=name, key=key, ca=True, end=AT - timedelta(days=1))
    revoked = world.root.issue("", subject=name, key=key, ca=True)
    world.root.revoke(revoked, AT - timedelta(days=1))
    leaf = revoked.issue("Leaf", key=make_key("ec", 29))
    for chain in ([expired, revoked], [revoked, expired]):
        known = Evidence.of([one.der for one in chain], [world.root.crl(), revoked.crl()])
        result = validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT)
        assert code(result) == "revocation.revoked"
    good = world.root.issue("", subject=name, key=key, ca=True)
    known = Evidence.of([one.der for one in (expired, revoked, good)], [world.root.crl(), revoked.crl()])
    assert validate_path(leaf.der, anchors=world.anchors, evidence=known, at=AT).valid


def test_no_more_paths_are_judged_than_the_limit(world: World) -> None:
    key, name = make_key("ec", 28), name_of("Often")
    end = AT - timedelta(days=1)
    often = [world.root.issue("", subject=name, key=key, ca=True, end=end) for _ in range(5)]
    leaf = often[0].issue("Leaf", key=make_key("ec", 29))
    good = world.root.issue("", subject=name, key=key, ca=True)
    known = Evidence.of([one.der for one in (*often, good)])
    for paths, valid in ((6, True), (5, False)):
        result = validate_path(
            leaf.der, anchors=world.anchors, evidence=known, at=AT, policy=LENIENT.with_limits(paths=paths)
        )
        assert result.valid is valid


def policies(*oids: str) -> tuple[x509.ExtensionType, bool]:
    information = [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    return x509.CertificatePolicies(information), False


def test_explicit_policy_demands_one_of_the_initial_policies() -> None:
    root = Ca.root("Root")
    issuing = root.issue("Issuing", key=make_key("ec", 27), ca=True, extensions=[policies(POLICY, OTHER)])
    leaf = issuing.issue("Leaf", extensions=[policies(POLICY)])
    bare = issuing.issue("Bare")
    for one, initial, explicit, valid in (
        (leaf, ANY, False, True),
        (leaf, ANY, True, True),
        (leaf, frozenset({POLICY}), True, True),
        (leaf, frozenset({OTHER}), True, False),
        (leaf, frozenset({OTHER}), False, True),
        (bare, ANY, False, True),
        (bare, ANY, True, False),
    ):
        result = validate(one, issuing, anchor=root, initial_policies=initial, explicit_policy=explicit)
        assert code(result) == ("" if valid else "path.policies")


def test_a_policy_bomb_is_linear() -> None:
    """CVE-2023-0464: mappings that double the tree at each level. Here each level is a set."""
    many = [f"1.2.3.{number}" for number in range(200)]
    root = Ca.root("Root")
    above, chain = root, []
    for level in range(6):
        mapping = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), mappings(many))
        extensions = [policies(*many), (mapping, False)]
        above = above.issue(f"Ca {level}", key=make_key("ec", 40 + level), ca=True, extensions=extensions)
        chain.append(above)
    leaf = above.issue("Leaf", extensions=[policies(*many)])
    assert isinstance(validate(leaf, *chain, anchor=root, explicit_policy=True), PathResult)


def mappings(oids: list[str]) -> bytes:
    pairs = [encode(SEQUENCE, oid(one), oid(other)) for one in oids[:100] for other in oids[100:102]]
    return encode(SEQUENCE, *pairs)


def test_many_look_alikes_end_in_a_refusal() -> None:
    root = Ca.root("Root")
    twins = [Ca.root("Twin", key=make_key("ec", 100 + place)) for place in range(8)]
    crossed = [one.issue("Twin", subject=name_of("Twin"), key=other.key, ca=True) for one in twins for other in twins]
    leaf = twins[0].issue("Leaf")
    policy = LENIENT.with_limits(key_checks=60)
    result = validate_path(
        leaf.der,
        anchors=TrustAnchors.of(root.der),
        evidence=Evidence.of([one.der for one in (*twins, *crossed)]),
        at=AT,
        policy=policy,
    )
    assert code(result) == "limit.exceeded"


def test_a_certificate_that_can_not_be_read_is_the_callers_mistake(world: World) -> None:
    for data in (b"", b"rubbish", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"):
        with pytest.raises(BadCertificate):
            validate_path(data, anchors=world.anchors, evidence=Evidence(), at=AT)
        with pytest.raises(BadCertificate):
            TrustAnchors.of(data)


def test_anchors_have_one_digest_whatever_their_order(world: World) -> None:
    one = TrustAnchors.of(world.root.der, world.issuing.der)
    other = TrustAnchors.of(world.issuing.der, world.root.der, world.root.der)
    assert one.digest == other.digest
    assert one.digest != world.anchors.digest
