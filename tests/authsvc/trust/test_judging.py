"""The processes that judge documents: with the system's libraries or in plain Python the verdict is the same."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from authsvc.errors import ConfigurationError, Overloaded
from authsvc.trust import Job, Trust, Ways, load_engine, opening
from authsvc.web.sandbox.pki import TestPki, invent_iin, sign_cms
from signatures import LimitExceeded

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

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
    trust = Trust(tuple(pki.anchors()), (*pki.issuers(), *pki.crls(NOW)), ways=Ways(gost_native=native))
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


@asynccontextmanager
async def trusting(pki: TestPki, **how: Any) -> AsyncIterator[Trust]:
    trust = Trust(tuple(pki.anchors()), (*pki.issuers(), *pki.crls(NOW)), ways=Ways(**how))
    try:
        yield trust
    finally:
        trust.close()


@pytest.fixture(scope="module")
def job(pki: TestPki) -> Job:
    person = pki.authority("gost").issue_person(name="Серік Айгүл", iin=invent_iin(date(1890, 5, 17), 3))
    return Job(sign_cms(LETTER, [person], signing_time=NOW), None, (), NOW)


async def test_a_document_that_takes_too_long_is_refused_by_the_limit(pki: TestPki, job: Job) -> None:
    async with trusting(pki, gost_native=False, seconds=0.001) as trust:
        with pytest.raises(LimitExceeded, match="seconds"):
            await trust.verify(job)


async def test_beyond_the_pool_s_bound_the_caller_hears_that_it_is_full(
    pki: TestPki, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "UNDER_WAY", 2)
    async with trusting(pki) as trust:
        said = await asyncio.gather(*(trust.verify(job) for _ in range(5)), return_exceptions=True)
        assert [isinstance(each, Overloaded) for each in said] == [False, False, True, True, True]
        assert (await trust.verify(job)).report.indication.value == "TOTAL-PASSED"


async def test_when_a_process_is_killed_its_callers_hear_so_and_the_next_is_judged(pki: TestPki, job: Job) -> None:
    async with trusting(pki) as trust:
        await trust.verify(job)
        assert trust._pool is not None
        for process in list(trust._pool._processes):
            os.kill(process, signal.SIGKILL)
        said = await asyncio.gather(*(trust.verify(job) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(each, Overloaded) for each in said if isinstance(each, BaseException))
        assert (await trust.verify(job)).report.indication.value == "TOTAL-PASSED"


async def test_a_second_engine_that_differs_in_the_pool_leaves_the_verdict_open(pki: TestPki, job: Job) -> None:
    for name, indication in (("DENIES", "INDETERMINATE"), ("AGREES", "TOTAL-PASSED")):
        async with trusting(pki, engines=(("gost-34.10-2015", f"tests.authsvc.trust.second:{name}"),)) as trust:
            assert (await trust.verify(job)).report.indication.value == indication


@pytest.mark.parametrize("place", ["", "nothing.of.this.name:X", "os:path", "tests.authsvc.trust.second:NONE"])
def test_a_second_engine_that_is_none_stops_the_start(place: str) -> None:
    with pytest.raises(ConfigurationError, match="second_engines"):
        load_engine(place)
