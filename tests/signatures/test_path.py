"""RFC 5280 section 6: paths made here, NIST's PKITS and C2SP's x509-limbo (the samples), and bounds against bombs."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signatures import ANY, BadCertificate, Evidence, PathResult, Policy, TrustAnchors, validate_path
from signatures.asn1 import SEQUENCE
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, make_key, name_of, oid, usage

LENIENT = Policy.default().without_revocation()
POLICY, OTHER = "1.2.398.3.3.2", "1.2.3.4"


def validate(leaf: Ca, *above: Ca, anchor: Ca, at: datetime = AT, **options: object) -> PathResult:
    evidence = Evidence.of([one.der for one in above])
    anchors = TrustAnchors.of(anchor.der)
    return validate_path(leaf.der, anchors=anchors, evidence=evidence, at=at, policy=LENIENT, **options)  # type: ignore[arg-type]


def code(result: PathResult) -> str:
    return "" if result.failure is None else result.failure.code


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


def constraints(
    permitted: list[x509.GeneralName] | None = None, excluded: list[x509.GeneralName] | None = None
) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(permitted, excluded), True


DIRECTORY = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ")]))


@pytest.mark.parametrize(
    ("set_by", "name", "valid"),
    [
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("a.example.kz"), True),
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("example.kz"), True),
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("badexample.kz"), False),
        (constraints([x509.DNSName("a.example.kz")]), x509.DNSName("*.example.kz"), False),
        (constraints(None, [x509.DNSName("a.example.kz")]), x509.DNSName("*.example.kz"), False),
        (constraints(None, [x509.DNSName("example.kz")]), x509.DNSName("other.kz"), True),
        (constraints([x509.RFC822Name("example.kz")]), x509.RFC822Name("a@example.kz"), True),
        (constraints([x509.RFC822Name("example.kz")]), x509.RFC822Name("a@b.example.kz"), False),
        (constraints([x509.RFC822Name(".example.kz")]), x509.RFC822Name("a@b.example.kz"), True),
        (constraints([x509.RFC822Name("a@example.kz")]), x509.RFC822Name("b@example.kz"), False),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz/path"),
            True,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz.evil.net/"),
            False,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz@evil.net/"),
            False,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("urn:no:host"),
            False,
        ),
        (
            constraints([x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]),
            x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
            True,
        ),
        (
            constraints(None, [x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]),
            x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
            False,
        ),
        (constraints([DIRECTORY]), x509.DNSName("anything.kz"), True),
        (constraints(None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]), x509.DNSName("a.kz"), True),
        (
            constraints(None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.4")),
            False,  # a kind that is not understood here counts against the name
        ),
    ],
)
def test_name_constraints_hold_for_all_below(
    set_by: tuple[x509.ExtensionType, bool], name: x509.GeneralName, valid: bool
) -> None:
    alternative = (x509.SubjectAlternativeName([name]), False)
    in_anchor = Ca.root("Constrained Root", extensions=[set_by])
    assert validate(in_anchor.issue("Leaf", extensions=[alternative]), anchor=in_anchor).valid is valid
    root = Ca.root("Root")
    issuing = root.issue("Constrained", key=make_key("ec", 26), ca=True, extensions=[set_by])
    leaf = issuing.issue("Leaf", extensions=[alternative])
    assert code(validate(leaf, issuing, anchor=root)) == ("" if valid else code_of(name))


def code_of(name: x509.GeneralName) -> str:
    return "path.malformed" if name.value == "urn:no:host" else "path.names"


def test_directory_names_are_compared_without_case_and_doubled_spaces() -> None:
    base = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ұлттық  ОРТАЛЫҚ")])
    root = Ca.root("Root", extensions=[constraints([x509.DirectoryName(base)])])
    inside = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ұлттық орталық"), x509.NameAttribute(NameOID.COMMON_NAME, "x")]
    )
    assert validate(root.issue(subject=inside), anchor=root).valid
    assert code(validate(root.issue("Outside"), anchor=root)) == "path.names"


def test_an_address_in_the_subject_is_bound_by_constraints_on_mail() -> None:
    root = Ca.root("Root", extensions=[constraints(None, [x509.RFC822Name("evil.kz")])])
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@evil.kz")])
    assert code(validate(root.issue(subject=subject), anchor=root)) == "path.names"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@example.kz", ""),
        ('"a b"@example.kz', ""),
        ('"a@b"@example.kz', ""),
        ("evil@other.kz@example.kz", "path.malformed"),
        ("a b@example.kz", "path.malformed"),
        ('"a@example.kz', "path.malformed"),
        ("@example.kz", "path.malformed"),
        ("example.kz", "path.malformed"),
    ],
)
def test_a_mail_address_that_can_not_be_read_is_in_no_domain(address: str, expected: str) -> None:
    root = Ca.root("Root", extensions=[constraints([x509.RFC822Name("example.kz")])])
    alternative = encode(SEQUENCE, encode(0x81, address.encode()))
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), alternative)
    assert code(validate(root.issue("Leaf", extensions=[(extension, False)]), anchor=root)) == expected


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


def test_pkits_sample_25_of_25(shared_vectors: Path) -> None:
    folder = shared_vectors / "eds" / "pkits"
    read: Callable[[str], bytes] = lambda name: (folder / name).read_bytes()  # noqa: E731
    wrong = []
    for case in json.loads(read("manifest.json"))["cases"]:
        initial = frozenset("2.5.29.32.0" if oid == "any_policy" else oid for oid in case["initial_policies"])
        result = validate_path(
            read(case["leaf"]),
            anchors=TrustAnchors.of(read(case["trust_anchor"])),
            evidence=Evidence.of([read(name) for name in case["intermediates"]], [read(name) for name in case["crls"]]),
            at=datetime.fromisoformat(case["at"].replace("Z", "+00:00")),
            policy=Policy.default() if case["check_revocation"] else LENIENT,
            initial_policies=initial,
            explicit_policy=case["explicit_policy"],
            inhibit_mapping=case["inhibit_policy_mapping"],
            inhibit_any=case["inhibit_any_policy"],
        )
        if result.valid is not (case["expected"] == "valid"):
            wrong.append((case["id"], result.reason))
    assert wrong == []


def limbo(case: dict[str, Any]) -> PathResult | None:
    """Limbo's depth counts the certificates between leaf and anchor. None: a certificate can't even be read."""
    depth = case["max_chain_depth"]
    policy = Policy.default() if case["crls"] else LENIENT
    encoded = {name: [text.encode() for text in case[name]] for name in ("trust_anchors", "intermediates", "crls")}
    try:
        return validate_path(
            case["leaf"].encode(),
            anchors=TrustAnchors.of(*encoded["trust_anchors"]),
            evidence=Evidence.of(encoded["intermediates"], encoded["crls"]),
            at=datetime.fromisoformat(case["at"]) if case["at"] else datetime(2026, 11, 24, tzinfo=UTC),
            policy=policy if depth is None else policy.with_limits(path_length=depth + 2),
        )
    except BadCertificate:
        return None


# What limbo forbids and a verifier of signatures does not judge: how a CA should fill certificates that hold
# nevertheless, and the names and usages of TLS. The two in the groups crl and nc are duties of the CA.
LIMBO_ACCEPTED = """
    crl::crlnumber-missing rfc5280::nc::permitted-dns-match-noncritical rfc5280::pc::ica-noncritical-pc
    rfc5280::aki::leaf-missing-aki rfc5280::aki::intermediate-missing-aki rfc5280::aki::cross-signed-root-missing-aki
    rfc5280::ski::root-missing-ski rfc5280::ski::intermediate-missing-ski rfc5280::root-non-critical-basic-constraints
    rfc5280::serial::too-long rfc5280::serial::zero rfc5280::serial::negative rfc5280::leaf-ku-keycertsign
    rfc5280::san::noncritical-with-empty-subject rfc5280::san::underscore-dns rfc5280::san::ip-in-dns
    rfc5280::eku::ee-wrong-eku rfc5280::ca-as-leaf-wrong-san
"""


def test_limbo_119_of_138_and_each_difference_is_named(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "eds" / "x509-limbo" / "cases.json").read_text())["cases"]
    found = {case["id"]: (result := limbo(case)) is not None and result.valid for case in cases}
    expected = {case["id"]: case["expected"] == "valid" for case in cases}
    assert len(found) == 138
    refused = {name for name, valid in found.items() if expected[name] and not valid}
    accepted = {name for name, valid in found.items() if valid and not expected[name]}
    assert refused == {"pathlen::max-chain-depth-1-self-issued"}  # our bound on a path counts every certificate
    assert accepted == set(LIMBO_ACCEPTED.split())
