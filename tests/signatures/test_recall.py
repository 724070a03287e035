"""Paths in the cache: found again while nothing changes, and never when something would be found otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from signatures import Cache, Evidence, Indication, Policy, Report, verify
from tests.signatures.conftest import World
from tests.signatures.making import AT, cms

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONTENT = b"content"


class Kept(Cache):
    """A cache that says how often a path was searched: each search asks for the links of the path."""

    def __init__(self) -> None:
        super().__init__()
        self.links = 0

    def remember(self, key, make):  # type: ignore[no-untyped-def]
        self.links += key[0] == "link"
        return super().remember(key, make)


def judge(
    world: World, cache: Cache, *, at: datetime = AT, evidence: Evidence | None = None, policy: Policy | None = None
) -> Report:
    return verify(
        cms(world.signer, CONTENT),
        anchors=world.anchors,
        at=at,
        evidence=evidence or Evidence.of([world.issuing.der], [world.root.crl(), world.issuing.crl()]),
        policy=policy or Policy.default(),
        cache=cache,
    )


def test_a_path_is_searched_once(world: World) -> None:
    cache, evidence = Kept(), world.evidence
    first = judge(world, cache, evidence=evidence)
    searched = cache.links
    again = judge(world, cache, evidence=evidence, at=AT + timedelta(minutes=5))
    assert searched > 0
    assert cache.links == searched
    assert first.indication is again.indication is Indication.TOTAL_PASSED
    assert [one.path for one in first.signatures] == [one.path for one in again.signatures]


def test_a_kept_path_ends_with_the_first_thing_that_ends(world: World) -> None:
    cache, evidence = Kept(), world.evidence
    assert judge(world, cache, evidence=evidence).indication is Indication.TOTAL_PASSED
    late = judge(world, cache, evidence=evidence, at=AT + 8 * DAY)  # the CRLs have ended
    assert late.indication is Indication.INDETERMINATE
    assert judge(world, cache, evidence=evidence, at=AT - 2 * HOUR).indication is Indication.INDETERMINATE
    assert judge(world, cache, evidence=evidence, at=AT + 400 * DAY).indication is Indication.INDETERMINATE


def test_new_evidence_another_policy_and_other_anchors_are_another_search(world: World) -> None:
    cache, evidence = Kept(), world.evidence
    assert judge(world, cache, evidence=evidence).indication is Indication.TOTAL_PASSED
    world.issuing.revoke(world.signer, AT - DAY)
    revoked = Evidence.of([world.issuing.der], [world.root.crl(), world.issuing.crl()])
    assert judge(world, cache, evidence=revoked).indication is Indication.INDETERMINATE
    archive = judge(world, cache, evidence=evidence, policy=Policy.archive())
    assert archive.indication is Indication.INDETERMINATE
    stranger = world.anchors.__class__(())
    report = verify(cms(world.signer, CONTENT), anchors=stranger, at=AT, evidence=evidence, cache=cache)
    assert report.indication is Indication.INDETERMINATE


def test_a_path_that_failed_is_not_kept(world: World) -> None:
    cache = Kept()
    nothing = Evidence.of([world.issuing.der])
    assert judge(world, cache, evidence=nothing).indication is Indication.INDETERMINATE
    assert judge(world, cache).indication is Indication.TOTAL_PASSED
