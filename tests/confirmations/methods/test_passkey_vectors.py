"""The W3C's vectors and others, one case one test; skipped, visibly, where the folder is absent."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confirmations.errors import ConfirmationError
from confirmations.methods import passkey

FOLDER = Path(__file__).parents[4] / "shared" / "vectors" / "webauthn"
AT = datetime(2025, 6, 1, tzinfo=UTC)
"""Inside the validity of every certificate of the vectors that have roots."""
RULES = {"user_verification", "backup_eligibility", "sign_count", "challenge", "origin", "cross_origin", "malformed"}
RULES |= {"signature", "attestation"}


def _cases() -> list[Any]:
    documents = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    cases = [(case, document["roots"]) for document in documents for case in document["vectors"]]
    if not cases:
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"no vectors in {FOLDER.name}"))]
    return [pytest.param(case, roots, id=case["id"]) for case, roots in cases]


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _judge(case: Any, roots: Any) -> passkey.Registered | passkey.Asserted:
    policy = passkey.Policy(
        user_verification=case["policy"]["require_user_verification"],
        allow_cross_origin=case["policy"]["allow_cross_origin"],
        top_origins=case["policy"]["top_origins"],
        roots=[_bytes(roots[name]) for name in case["policy"].get("attestation_roots", [])],
        at=AT,
    )
    asked: Any = {
        "challenge": _bytes(case["challenge"]),
        "rp_id": case["rp_id"],
        "origins": case["origins"],
        "policy": policy,
    }
    if case["kind"] == "registration":
        return passkey.judge_registration(case["credential"], **asked)
    kept = case["stored"]
    stored = passkey.Stored(_bytes(kept["public_key"]), kept["sign_count"], kept.get("backup_eligible"))
    return passkey.judge_assertion(case["credential"], stored=stored, **asked)


@pytest.mark.parametrize(("case", "roots"), _cases())
def test_judged_as_expected(case: Any, roots: Any) -> None:
    expected = case["expect"]
    if expected["verdict"] == "reject":
        with pytest.raises(ConfirmationError) as caught:
            _judge(case, roots)
        if expected.get("reason") in RULES:
            assert getattr(caught.value, "rule", None) == expected["reason"]
        return
    judged = _judge(case, roots)
    facts = {"uv": "user_verified", "up": "user_present", "be": "backup_eligible", "bs": "backed_up"}
    for name, member in {**facts, "sign_count": "sign_count", "fmt": "format", "alg": "algorithm"}.items():
        if name in expected:
            assert getattr(judged, member) == expected[name], name
    if isinstance(judged, passkey.Registered) and "public_key" in expected:
        assert judged.public_key == _bytes(expected["public_key"])
        assert judged.credential_id == _bytes(expected["credential_id"])
        assert judged.aaguid == _bytes(expected["aaguid"])
        assert judged.trusted is bool(case["policy"]["attestation_roots"])


@pytest.mark.parametrize(("case", "roots"), _cases())
def test_no_path_is_trusted_at_a_time_when_its_root_was_not_valid(case: Any, roots: Any) -> None:
    if case["kind"] != "registration" or not case["policy"].get("attestation_roots"):
        return
    old = {**case, "policy": {**case["policy"]}}
    policy = passkey.Policy(
        user_verification=False,
        roots=[_bytes(roots[name]) for name in old["policy"]["attestation_roots"]],
        at=datetime(1999, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(ConfirmationError):
        passkey.judge_registration(
            case["credential"],
            challenge=_bytes(case["challenge"]),
            rp_id=case["rp_id"],
            origins=case["origins"],
            policy=policy,
        )
