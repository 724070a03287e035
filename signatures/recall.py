"""Paths that were found valid, kept in the caller's cache for as long as the same search would find the same.

A kept path is true for one pool of certificates, CRLs and OCSP answers, one policy, and one stretch of time in which
nothing begins or ends: no certificate, CRL, answer, revocation, and no row of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from signatures.certificates import Certificate
from signatures.context import Context
from signatures.path import PathResult
from signatures.policy import Policy

_MOST: Final = 4  # pools in which one certificate is met at a time
_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)


class _Kept(NamedTuple):
    pool: tuple[object, ...]
    policy: Policy
    start: datetime
    end: datetime
    result: PathResult


def recall(leaf: Certificate, context: Context) -> PathResult | None:
    """The path of a certificate from the cache, if it would be found again now."""
    if context.cache is None or context.at != context.now:
        return None
    pool, policy = _pool(context), context.policy
    for kept in context.cache.remember(("paths", leaf.der), list[_Kept]):
        if (
            kept.start < context.at < kept.end
            and (kept.policy is policy or kept.policy == policy)
            and kept.pool == pool
        ):
            return kept.result
    return None


def keep(leaf: Certificate, result: PathResult, context: Context) -> None:
    """Keeps a valid path. Nothing else is kept: what failed may be mended by what comes."""
    if context.cache is None or not result.valid or context.at != context.now or context.policy.freshness is not None:
        return
    start, end = _FIRST, _LAST
    for moment in _moments(result, context):
        if moment <= context.at:
            start = max(start, moment)
        if moment >= context.at:
            end = min(end, moment)
    if start < context.at < end:
        kept = context.cache.remember(("paths", leaf.der), list[_Kept])
        kept.insert(0, _Kept(_pool(context), context.policy, start, end, result))
        del kept[_MOST:]


def _pool(context: Context) -> tuple[object, ...]:
    return context.trusted, tuple(context.certificates), tuple(context.crls), tuple(context.ocsp)


def _moments(result: PathResult, context: Context) -> Iterator[datetime]:
    """Every moment at which the search could begin to find something else."""
    policy = context.policy
    for certificate in context.certificates:
        yield from (certificate.not_before, certificate.not_after)
    for crl in context.crls:
        yield from (crl.this_update, crl.this_update - policy.skew, crl.this_update - policy.grace)
        yield crl.next_update or crl.this_update
    for answer in context.ocsp:
        for single in answer.singles:
            yield from (single.this_update, single.this_update - policy.skew, single.this_update - policy.grace)
            yield single.next_update or single.this_update + policy.ocsp_freshness
    for status in result.statuses:
        yield from (moment for moment in (status.revoked_at, status.revoked_later) if moment is not None)
    for rule in policy.algorithms:
        yield from (moment for moment in (rule.since, rule.until, rule.weak_since) if moment is not None)
