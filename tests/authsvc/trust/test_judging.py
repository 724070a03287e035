"""The processes that judge documents: with the system's libraries or in plain Python the verdict is the same."""

import os
from datetime import date

import pytest

from authsvc.trust import Job, Trust
from authsvc.web.sandbox.pki import TestPki, invent_iin, sign_cms

pytestmark = pytest.mark.anyio

FOUNDED = 1_795_000_000_000
NOW = FOUNDED + 86_400_000
LETTER = b"The agreement is in force.\n"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    """GOST authorities of a day ago."""
    return TestPki.create(at=FOUNDED, entropy=os.urandom, families=("gost",))


@pytest.mark.parametrize("native", [True, False])
async def test_gost_is_verified_with_the_system_s_libraries_or_in_plain_python_and_the_report_names_which(
    pki: TestPki, native: bool
) -> None:
    person = pki.authority("gost").issue_person(name="Серік Айгүл", iin=invent_iin(date(1890, 5, 17), 3))
    trust = Trust(tuple(pki.anchors()), (*pki.issuers(), *pki.crls(NOW)), gost_native=native)
    try:
        judged = await trust.verify(Job(sign_cms(LETTER, [person], signing_time=NOW), None, (), NOW))
    finally:
        trust.close()
    (one,) = judged.report.signatures
    assert one.indication.value == "TOTAL-PASSED"
    named = one.check("algorithm.backend")
    assert named is not None
    assert native or dict(named.params)["backend"] == "pure"  # with `auto` it is what the machine has
    assert {piece.kind for piece in judged.material[0]} == {"certificate", "crl"}
