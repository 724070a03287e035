"""A second engine per algorithm: agreement changes nothing, a difference leaves all verdicts open, in no cache."""

from collections.abc import Iterator

import pytest

from signatures import Cache, Indication, Outcome, verify
from signatures.engines import Engine, register
from tests.authsvc.trust.second import AGREES, BREAKS, DENIES
from tests.signatures.conftest import World
from tests.signatures.making import AT, cms
from tests.signatures.stamping import Stamping

CONTENT = b"The agreement is in force.\n"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    yield
    register("ecdsa", None)


def test_an_engine_that_agrees_changes_nothing(world: World) -> None:
    signed, evidence = cms(world.signer, CONTENT), world.evidence
    before = verify(signed, anchors=world.anchors, at=AT, evidence=evidence)
    register("ecdsa", AGREES)
    after = verify(signed, anchors=world.anchors, at=AT, evidence=evidence)
    assert before.indication is Indication.TOTAL_PASSED
    assert after.to_json() == before.to_json()


@pytest.mark.parametrize("engine", [DENIES, BREAKS], ids=lambda engine: str(engine.name))
def test_where_the_second_engine_differs_or_fails_nothing_is_decided(world: World, engine: Engine) -> None:
    register("ecdsa", engine)
    report = verify(cms(world.signer, CONTENT), anchors=world.anchors, at=AT, evidence=world.evidence)
    (one,) = report.signatures
    assert (one.indication, one.intact, report.indication) == (Indication.INDETERMINATE, None, one.indication)
    check = one.check("engine.differs")
    assert check is not None
    assert (check.outcome, dict(check.params)["engine"]) == (Outcome.FAILED, engine.name)


def test_a_forged_signature_that_the_second_engine_likes_is_not_decided_either(world: World) -> None:
    signed = bytearray(cms(world.signer, CONTENT))
    signed[-1] ^= 1
    register("ecdsa", Engine("likes", lambda *_: True))
    report = verify(bytes(signed), anchors=world.anchors, at=AT, evidence=world.evidence)
    assert report.indication is Indication.INDETERMINATE


def test_what_differed_is_kept_in_no_cache(world: World) -> None:
    cache, signed = Cache(), cms(world.signer, CONTENT)
    for engine, indication in ((DENIES, Indication.INDETERMINATE),) * 2 + ((AGREES, Indication.TOTAL_PASSED),):
        register("ecdsa", engine)
        report = verify(signed, anchors=world.anchors, at=AT, evidence=world.evidence, cache=cache)
        assert report.indication is indication


def test_another_algorithm_s_engine_is_not_asked(world: World) -> None:
    register("rsa-pss", DENIES)
    try:
        report = verify(cms(world.signer, CONTENT), anchors=world.anchors, at=AT, evidence=world.evidence)
    finally:
        register("rsa-pss", None)
    assert report.indication is Indication.TOTAL_PASSED


def test_a_time_stamp_is_left_open_too() -> None:
    stamping = Stamping.make()
    token = stamping.stamp()
    assert stamping.verify(token).valid
    register("ecdsa", DENIES)
    report = stamping.verify(token)
    assert report.indication is Indication.INDETERMINATE
    assert "engine.differs" in {check.code for check in report.checks}
