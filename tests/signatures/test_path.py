"""RFC 5280 section 6: paths made here, NIST's PKITS and C2SP's x509-limbo (the samples), and bounds against bombs."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signatures import ANY, BadCertificate, Evidence, PathResult, Policy, SignaturesError, TrustAnchors, validate_path
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, make_key, name_of, usage

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
    from signatures.der import encode
    from tests.signatures.making import oid

    pairs = [encode(0x30, oid(one), oid(other)) for one in oids[:100] for other in oids[100:102]]
    return encode(0x30, *pairs)


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


def test_limbo_sample_refuses_no_valid_path_and_agrees_on_most(shared_vectors: Path) -> None:
    """Names of hosts and TLS usages are not judged here, nor what limbo calls pedantic; the rest must hold."""
    cases = json.loads((shared_vectors / "eds" / "x509-limbo" / "cases.json").read_text())["cases"]
    agreed, refused = 0, []
    for case in cases:
        at = datetime.fromisoformat(case["at"]) if case["at"] else datetime(2026, 11, 24, tzinfo=UTC)
        valid = case["expected"] == "valid"
        leaf = (case.get("leaf") or case.get("peer_certificate")).encode()
        try:
            result = validate_path(
                leaf,
                anchors=TrustAnchors.of(*(text.encode() for text in case["trust_anchors"])),
                evidence=Evidence.of(
                    [text.encode() for text in case["intermediates"]], [text.encode() for text in case["crls"]]
                ),
                at=at,
                policy=Policy.default() if case["crls"] else LENIENT,
            )
        except SignaturesError:
            agreed += not valid
            continue
        agreed += result.valid is valid
        if valid and not result.valid:
            refused.append((case["id"], result.reason))
    assert refused == []
    assert agreed >= 115
