"""Paths that others have made: NIST's PKITS and C2SP's x509-limbo (the samples)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signatures import BadCertificate, Evidence, PathResult, Policy, TrustAnchors, validate_path
from tests.signatures.making import LENIENT


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


# What limbo forbids and is accepted here, each with its reason.
LIMBO_ACCEPTED = {
    "rfc5280::pc::ica-noncritical-pc": "six authorities of NIST's PKITS have such an extension, in valid paths too",
    "rfc5280::aki::leaf-missing-aki": "a hint for finding an issuer, who was found by the key",
    "rfc5280::aki::intermediate-missing-aki": "the same",
    "rfc5280::aki::cross-signed-root-missing-aki": "the same",
    "rfc5280::serial::negative": "the leaf is the anchor itself, trusted by its bytes",
    "rfc5280::eku::ee-wrong-eku": "serverAuth is demanded by TLS; the purpose of a signer is judged by its own profile",
    "rfc5280::ca-as-leaf-wrong-san": "a peer's host name is TLS",
}


def test_limbo_131_of_138_and_each_difference_is_named(shared_vectors: Path) -> None:
    cases = json.loads((shared_vectors / "eds" / "x509-limbo" / "cases.json").read_text())["cases"]
    found = {case["id"]: (result := limbo(case)) is not None and result.valid for case in cases}
    expected = {case["id"]: case["expected"] == "valid" for case in cases}
    assert len(found) == 138
    assert {name for name, valid in found.items() if expected[name] and not valid} == set()
    assert {name for name, valid in found.items() if valid and not expected[name]} == set(LIMBO_ACCEPTED)
