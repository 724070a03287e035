"""The package as others see it: its public names, its purity, its errors, its words."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import signatures
from signatures import Check, Indication, Outcome, SignaturesError, SubIndication, Want, WantKind
from signatures.algorithms import UnknownAlgorithm
from signatures.report import failed, information, not_done, passed, warning
from signatures.words import (
    ERRORS,
    FAILS,
    HOLDS,
    INDICATIONS,
    LOCALES,
    REASONS,
    SUB_INDICATIONS,
    WANTS,
    describe_want,
    sentence,
    shorten,
)

FACE = {
    "ANY",
    "AlgorithmRule",
    "BadArgument",
    "BadCertificate",
    "Cache",
    "Certificate",
    "Check",
    "ConfirmationIsNotASignature",
    "Content",
    "Coverage",
    "Digests",
    "Evidence",
    "FormatNotRead",
    "Found",
    "Identity",
    "Indication",
    "InformationSystem",
    "Input",
    "KeyPurpose",
    "LOGIN_CHALLENGE_KIND",
    "LimitExceeded",
    "Limits",
    "LoginChallengeIsNotADocument",
    "NotALoginChallenge",
    "NotASignedDocument",
    "Outcome",
    "PathResult",
    "Person",
    "Policy",
    "Purpose",
    "Report",
    "Representative",
    "RevocationRule",
    "RevocationStatus",
    "SignatureReport",
    "SignaturesError",
    "Signer",
    "Status",
    "SubIndication",
    "TrustAnchors",
    "Want",
    "WantKind",
    "validate_path",
    "verification",
    "verify",
}
SOURCES = sorted(Path(signatures.__file__).parent.glob("*.py"))
MAKERS = {
    "passed": passed,
    "passed_by": passed,
    "failed": failed,
    "warning": warning,
    "information": information,
    "not_done": not_done,
}


def test_the_public_names_are_these_and_all_are_there() -> None:
    assert set(signatures.__all__) == FACE
    assert all(hasattr(signatures, name) for name in FACE)


def test_signatures_alone_loads_no_web_framework_no_database_and_nothing_of_the_house() -> None:
    program = (
        "import sys, signatures; "
        "heavy = {'fastapi', 'starlette', 'pydantic', 'jinja2', 'asyncpg', 'uvicorn', 'redis', 'httpx2', 'webauthn', "
        "'asyncio', 'socket', 'ssl', 'http', 'secrets', 'uuid', 'ctypes', 'sqlite3', 'authsvc', 'confirmations'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(signatures.__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"


def errors_below(root: type[SignaturesError]) -> list[type[SignaturesError]]:
    return [root, *(error for child in root.__subclasses__() for error in errors_below(child))]


def test_every_error_has_its_own_code_and_its_words_and_survives_a_process_pool() -> None:
    errors = errors_below(SignaturesError)
    codes = [error.code for error in errors]
    assert len(set(codes)) == len(codes)
    assert set(codes) == set(ERRORS)
    for error in errors:
        made = error("x")
        again = pickle.loads(pickle.dumps(made))  # noqa: S301
        assert (type(again), again.message) == (error, made.message)


def codes_in_source() -> set[tuple[str, str]]:
    """Every (outcome, code) that the source can make, read from the calls of passed(), failed(), ..."""
    found: set[tuple[str, str]] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add((node.func.id.removesuffix("_by"), first.value))
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant):
                value = node.value.value
                if isinstance(value, str) and value.startswith("crl."):
                    found.add(("warning", value))
    return found


# Codes of what speaks against a source of status: values that the judging functions return.
SAID = {
    *("crl.signature", "crl.extension", "crl.indirect", "crl.scope", "crl.algorithms_differ", "crl.algorithm"),
    *("crl.issuer_usage", "crl.issuer_path", "crl.no_number", "crl.after_expiry", "crl.too_early", "crl.stale"),
    *("crl.not_yet_in_force", "ocsp.not_yet_in_force", "ocsp.stale", "ocsp.too_early", "ocsp.after_expiry"),
    *("ocsp.signature", "ocsp.extension", "ocsp.nonce", "ocsp.algorithm", "ocsp.responder"),
    *("ocsp.responder_expired", "ocsp.responder_revoked", "ocsp.responder_status"),
}


def test_every_check_has_its_sentence_in_three_languages() -> None:
    codes = codes_in_source()
    assert len(codes) > 60
    for maker, code in codes:
        check = MAKERS[maker](code)
        for locale in LOCALES:
            assert sentence(check, locale).strip()


def test_no_sentence_is_left_over_without_a_check() -> None:
    codes = codes_in_source()
    holds = {code for maker, code in codes if maker in ("passed", "information")}
    fails = {code for maker, code in codes if maker in ("failed", "warning", "not_done")}
    fails |= {"path.ca_validity", "revocation.revoked", "revocation.on_hold"}  # made from parts
    fails |= {code for code in FAILS if code.startswith(("crl.", "ocsp."))} & SAID
    assert set(HOLDS) == holds
    assert set(FAILS) == fails


def test_every_verdict_every_want_and_every_reason_has_words() -> None:
    assert set(INDICATIONS) == set(Indication)
    assert set(SUB_INDICATIONS) == set(SubIndication)
    assert set(WANTS) == set(WantKind)
    from signatures.revocation import REASONS as KNOWN

    assert set(KNOWN.values()) - {"removeFromCRL"} <= set(REASONS)


@pytest.mark.parametrize("words", [*HOLDS.values(), *FAILS.values(), *ERRORS.values(), *SUB_INDICATIONS.values()])
def test_the_languages_name_the_same_places(words: tuple[str, str, str]) -> None:
    from string import Formatter

    places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in words]
    assert places[0] == places[1] == places[2]


def test_names_in_sentences_are_shortened_and_reasons_translated() -> None:
    check = failed(
        "revocation.revoked",
        certificate='GN=ТЕСТОВИЧ,O=АО \\"ТЕСТ\\",CN=ТЕСТОВ\\, ТЕСТ',
        reason="keyCompromise",
        revoked_at="2026-11-20T00:00:00Z",
    )
    assert sentence(check, "en") == (
        "The certificate was revoked at 2026-11-20T00:00:00Z (key compromise): ТЕСТОВ, ТЕСТ."
    )
    assert "компрометация ключа" in sentence(check, "ru")
    assert "кілт жария болған" in sentence(check, "kk")
    assert shorten("O=without,C=KZ") == "O=without,C=KZ"
    assert "—" in sentence(failed("path.found"), "en")


def test_a_want_is_named_in_words() -> None:
    want = Want(WantKind.CRL, "CN=Issuing,C=KZ")
    assert [describe_want(want, locale) for locale in LOCALES] == [
        "Issuing шығарған CRL тізімі",
        "список отозванных (CRL) от Issuing",
        "the CRL issued by Issuing",
    ]


def test_check_parameters_can_be_asked_for() -> None:
    check = Check("code", Outcome.PASSED, (("name", "value"),))
    assert (check.param("name"), check.param("other")) == ("value", None)


def test_an_unknown_algorithm_keeps_its_name() -> None:
    assert pickle.loads(pickle.dumps(UnknownAlgorithm("MD5"))).name == "MD5"  # noqa: S301
