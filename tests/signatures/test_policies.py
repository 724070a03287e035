"""RFC 5280 sections 4.2.1.4 to 4.2.1.14 and 6.1 with RFC 9618: certificate policies along a path."""

from __future__ import annotations

import pytest
from cryptography import x509

from signatures import ANY, Evidence, PathResult, TrustAnchors, validate_path
from signatures.asn1 import SEQUENCE
from signatures.der import encode
from tests.signatures.making import AT, LENIENT, NULL, Ca, code, integer, make_key, oid

ANY_POLICY = "2.5.29.32.0"
ONE, TWO, THREE = "1.2.398.3.3.2.1", "1.2.398.3.3.2.2", "1.2.398.3.3.2.3"
Extension = tuple[x509.ExtensionType, bool]


def raw(last: int, value: bytes) -> Extension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"2.5.29.{last}"), value), True


def policies(*oids: str) -> Extension:
    return raw(32, encode(SEQUENCE, *(encode(SEQUENCE, oid(one)) for one in oids)))


def mappings(*pairs: tuple[str, str]) -> Extension:
    return raw(33, encode(SEQUENCE, *(encode(SEQUENCE, oid(one), oid(other)) for one, other in pairs)))


def constraints(*, require: int | None = None, inhibit: int | None = None) -> Extension:
    members = [(0x80, require), (0x81, inhibit)]
    return raw(36, encode(SEQUENCE, *(encode(tag, bytes((n,))) for tag, n in members if n is not None)))


def inhibit_any(skip: int) -> Extension:
    return raw(54, integer(skip))


def judge(leaf: list[Extension], *above: list[Extension], limit: int = 512, **inputs: object) -> PathResult:
    """A path from a plain root over authorities with these extensions (the one next to the leaf last) to a leaf."""
    root = Ca.root()
    chain: list[Ca] = []
    for place, extensions in enumerate(above):
        parent = chain[-1] if chain else root
        chain.append(parent.issue(f"Ca {place}", key=make_key("ec", 300 + place), ca=True, extensions=extensions))
    signer = (chain[-1] if chain else root).issue("Leaf", key=make_key("ec", 310), extensions=leaf)
    return validate_path(
        signer.der,
        anchors=TrustAnchors.of(root.der),
        evidence=Evidence.of([one.der for one in chain]),
        at=AT,
        policy=LENIENT.with_limits(policies=limit),
        **inputs,  # type: ignore[arg-type]
    )


def explicit(leaf: list[Extension], *above: list[Extension], wanted: frozenset[str] = ANY, **inputs: object) -> bool:
    result = judge(leaf, *above, explicit_policy=True, initial_policies=wanted, **inputs)
    assert code(result) in ("", "path.policies")
    return result.valid


def test_a_policy_must_hold_at_every_level() -> None:
    assert explicit([policies(ONE)], [policies(ONE, TWO)])
    assert not explicit([policies(ONE)], [policies(TWO)])
    assert not explicit([policies(ONE)], [])
    assert not explicit([], [policies(ONE)])
    assert explicit([policies(ONE)], [policies(ANY_POLICY)])
    assert explicit([policies(ANY_POLICY)], [policies(ONE)], wanted=frozenset({ONE}))
    assert not explicit([policies(ANY_POLICY)], [policies(ONE)], wanted=frozenset({TWO}))


def test_without_demand_nothing_is_demanded() -> None:
    for leaf, above in (([policies(ONE)], [policies(TWO)]), ([], [policies(ONE)]), ([policies(ONE)], [])):
        assert judge(leaf, above).valid


def test_require_explicit_policy_counts_certificates() -> None:
    for skip, valid in ((0, False), (1, False), (2, True), (5, True)):
        assert judge([], [constraints(require=skip)]).valid is valid
    assert not judge([], [constraints(require=0)], [policies(ONE)]).valid
    assert judge([policies(ONE)], [constraints(require=0), policies(ONE)]).valid
    assert not judge([policies(TWO)], [constraints(require=0), policies(ONE)]).valid


def test_the_leafs_own_demand_counts_when_it_asks_for_nought() -> None:
    assert not judge([constraints(require=0)], []).valid
    assert judge([constraints(require=1)], []).valid
    assert judge([constraints(require=0), policies(ONE)], [policies(ONE)]).valid


def test_a_mapping_lets_two_authorities_speak_of_one_policy() -> None:
    mapped = [policies(ONE), mappings((ONE, TWO))]
    assert explicit([policies(TWO)], mapped)
    assert explicit([policies(TWO)], mapped, wanted=frozenset({ONE}))
    assert not explicit([policies(TWO)], mapped, wanted=frozenset({TWO}))
    assert not explicit([policies(ONE)], mapped)
    assert not explicit([policies(THREE)], mapped)


def test_a_mapping_of_a_policy_that_is_there_as_any_policy() -> None:
    mapped = [policies(ANY_POLICY), mappings((ONE, TWO))]
    assert explicit([policies(TWO)], mapped, wanted=frozenset({ONE}))
    assert not explicit([policies(TWO)], mapped, wanted=frozenset({THREE}))


def test_inhibited_mappings_take_the_policy_away() -> None:
    mapped = [policies(ONE), mappings((ONE, TWO))]
    assert not explicit([policies(TWO)], mapped, inhibit_mapping=True)
    assert not explicit([policies(ONE)], mapped, inhibit_mapping=True)
    assert not explicit([policies(TWO)], [policies(ONE), constraints(inhibit=0)], mapped)
    assert explicit([policies(TWO)], [policies(ONE), constraints(inhibit=1)], mapped)


def test_inhibited_any_policy_is_no_policy() -> None:
    assert not explicit([policies(ONE)], [policies(ANY_POLICY)], inhibit_any=True)
    assert not explicit([policies(ANY_POLICY)], [policies(ONE), inhibit_any(0)])
    assert explicit([policies(ANY_POLICY)], [policies(ONE), inhibit_any(1)])
    assert explicit([policies(ONE)], [policies(ONE), inhibit_any(0)])


@pytest.mark.parametrize(
    "extension",
    [
        policies(),
        policies(ONE, ONE),
        mappings((ANY_POLICY, ONE)),
        mappings((ONE, ANY_POLICY)),
        raw(33, encode(SEQUENCE, encode(SEQUENCE, oid(ONE)))),
        constraints(),
        raw(36, encode(SEQUENCE, encode(0x80, b"\xff"))),
        raw(36, encode(SEQUENCE, encode(0x82, b"\x00"))),
        inhibit_any(-1),
        raw(54, NULL),
    ],
    ids=range(10),
)
def test_extensions_that_can_not_mean_what_they_say_refuse_the_path(extension: Extension) -> None:
    assert code(judge([], [extension])) == "path.malformed"


def test_more_policies_than_the_limit_end_the_search() -> None:
    many = [f"1.2.3.{number}" for number in range(40)]
    mapping = mappings(*((one, TWO) for one in many))
    for leaf, above in (
        ([policies(*many)], [policies(ANY_POLICY)]),
        ([], [policies(*many)]),
        ([], [policies(ONE), mapping]),
    ):
        assert judge(leaf, above).valid
        result = judge(leaf, above, limit=30)
        assert result.failure is not None
        assert (result.failure.code, result.failure.param("limit")) == ("limit.exceeded", "policies")
