"""A package that was handed out stays what it was: kept bytes, checked by this release (evidence format, 16)."""

from pathlib import Path
from typing import Any

import pytest

from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package_check import check
from authsvc.evidence.trust import parse_trust
from authsvc.evidence.verdict import Code, Verdict
from tests.authsvc.evidence.court import AT, judge_well

KEPT = Path(__file__).parents[2] / "vectors" / "evidence"
PACKAGE, TRUST = (KEPT / "package.zip").read_bytes(), parse_trust((KEPT / "trust.json").read_bytes())
YEAR = 31_557_600_000


def judged(package: bytes, at: int) -> Verdict:
    def verify(case: Any) -> Any:
        return verify_eds(case) if (case.content or b"").startswith(b"<?xml") else judge_well(case)

    return check(package, TRUST, at=at, verify_eds=verify)


@pytest.mark.parametrize("years", [0, 1, 30])
def test_the_kept_package_is_valid_however_old_it_gets(years: int) -> None:
    verdict = judged(PACKAGE, AT + years * YEAR)
    assert verdict.code is Code.VALID
    assert len(verdict.records) == 11
    assert {each.code for each in verdict.checks[14].findings} <= {"sealed_by", "seal_not_stamped", "seal_not_trusted"}


def test_the_kept_package_with_one_byte_changed_is_not() -> None:
    at = PACKAGE.index(b'"outcome":"confirmed"')
    assert judged(PACKAGE[:at] + b'"outcome":"Confirmed"' + PACKAGE[at + 21 :], AT).code is Code.INVALID
