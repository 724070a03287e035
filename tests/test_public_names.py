"""The public face of each package, written down: a name that comes or goes is a decision, and CHANGELOG.md says it."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import types

import pytest

FACES: dict[str, str] = {
    "signatures": """
        ANY LOGIN_CHALLENGE_KIND AlgorithmRule BadArgument BadCertificate Cache Certificate Check
        ConfirmationIsNotASignature Content Coverage Digests Evidence FormatNotRead Found Identity Indication
        InformationSystem Input KeyPurpose LimitExceeded Limits LoginChallengeIsNotADocument NotALoginChallenge
        NotASignedDocument Outcome PathResult Person Policy Purpose Report Representative RevocationRule
        RevocationStatus SignatureReport SignaturesError Signer Status SubIndication TrustAnchors Want WantKind
        validate_path verification verify
    """,
    "confirmations": """
        Accepted Assurance AuthenticationReceipt Bounds Challenge Confirmation ConfirmationError Consent Disclosure
        Document Element Entity Group Labelled LoginStatement Members Message Payment Policy Receipt RelyingParty
        Rendered Request Rule Statement Texts advance assess digest_challenges issue_receipt read_authentication
        read_receipt render thumbprint write_answers write_challenges write_message
    """,
    "authsvc.client": "Answer Client Conversation Refused Trust Untrusted",
    "authsvc.evidence": "",
    "authsvc.evidence.kinds": """
        Administration Anchor Approval Authentication Confirmation Consent Correction Credential Decision Delivery
        Dispute Erasure Export FactorKey Genesis Group Issuer KINDS Key Mandate Material NoticeRead Predecessor
        Resolution SignaturePlace SignatureVerification
    """,
    "authsvc.store": "Arg BATCH Body Change ROW_LOCK Reads Row SCHEMA Store T Tx migrations",
}

# What CONTRACT section 3 promises to other programs; it may grow, never shrink.
PROMISED = {
    "signatures": "verify verification validate_path TrustAnchors Evidence Policy Indication Digests Cache",
}


def public(module: types.ModuleType) -> set[str]:
    """`__all__`, or without one the names that the module's own text defines."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    found: set[str] = set()
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("package", FACES)
def test_the_public_names_are_those_written_down(package: str) -> None:
    assert public(importlib.import_module(package)) == set(FACES[package].split())


@pytest.mark.parametrize("package", PROMISED)
def test_what_is_promised_to_other_programs_is_there(package: str) -> None:
    assert set(PROMISED[package].split()) <= public(importlib.import_module(package))


HEAVY = ("fastapi", "starlette", "pydantic", "uvicorn", "asyncpg", "sqlite3", "redis", "httpx2", "asyncio", "authsvc")


@pytest.mark.parametrize(("package", "other"), [("signatures", "confirmations"), ("confirmations", "signatures")])
def test_a_law_book_alone_loads_no_web_framework_no_database_and_not_the_other(package: str, other: str) -> None:
    wanted = [*HEAVY, other]
    code = f"import sys, {package}; print([name for name in {wanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
