"""ETSI EN 319 102-1 clauses 5.5 and 5.6: a signature with time stamps, judged at the best proven time.

Archive time stamps are taken from the newest to the oldest: each that holds proves what it covers at its own time, and
may rest on authorities that were good then. What remains is a time at which the signature itself is proven to have been
there. The signer's path is judged at that time, and then slid forward to now (clause 5.6.2.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from signatures import cades, cms
from signatures.algorithms import Hash, UnknownAlgorithm, hash_of
from signatures.cades import Placed
from signatures.certificates import Certificate
from signatures.content import ContentSource
from signatures.context import Context
from signatures.draft import FAILED, UNSURE, Draft
from signatures.errors import LimitExceeded, Malformed
from signatures.judgement import Material, judge
from signatures.model import SignedData, SignerInfo, read_signer_info
from signatures.path import PathResult, find_path
from signatures.report import (
    Found,
    Indication,
    SignatureReport,
    Status,
    SubIndication,
    TimeStampReport,
    Want,
    failed,
    information,
    not_done,
    passed,
    rfc3339,
    warning,
)
from signatures.timestamp import Expected, Stamp, find_weak, judge_stamp, unread

_DEEPEST: Final = 3  # counter-signatures of counter-signatures
_MOST_COUNTERS: Final = 16


@dataclass(slots=True)
class Proofs:
    """What time stamps have proven: the earliest time of each thing; `best` is the signature's.

    `known_by`: a moment at which everything in the document is proven to have existed, by a time stamp over all of it.
    """

    now: datetime
    best: datetime
    source: str = "validation_time"
    tokens: dict[bytes, datetime] = field(default_factory=dict)
    not_before: datetime | None = None
    reports: list[TimeStampReport] = field(default_factory=list)
    archived: bool = False
    known_by: datetime | None = None

    def prove(self, moment: datetime, source: str) -> None:
        """The signature existed at this moment."""
        if moment < self.best:
            self.best, self.source = moment, source


def judge_signature(
    info: SignerInfo | Malformed,
    opened: SignedData,
    material: Material,
    context: Context,
    depth: int = 0,
    proofs: Proofs | None = None,
) -> Generator[Want, Found | None, SignatureReport]:
    """Judges one signature with all that stands beside it. Whatever it is, the end is a report.

    `proofs`: what time stamps over the whole document have proven already.
    """
    if isinstance(info, Malformed):
        return (yield from judge(info, material, context))
    embedded = _take_embedded(info, opened, context)
    proofs = proofs or Proofs(context.now, context.now)
    draft = Draft()
    try:
        yield from _judge_stamps(info, opened, material, context, proofs, draft)
    except LimitExceeded as error:
        draft.add(warning("limit.exceeded", limit=error.limit))
    at_best = context if proofs.best == context.at else context.moved(proofs.best, context.policy)
    report = yield from judge(info, material, at_best)
    counters = yield from _judge_counters(info, opened, context, depth, draft)
    _name_old(info, draft)
    weigh(report, proofs, context, draft)
    return conclude(report, proofs, draft, counters, embedded, context)


def _take_embedded(info: SignerInfo, opened: SignedData, context: Context) -> list[bytes]:
    """The certificates, CRLs and OCSP answers that the document itself holds."""
    taken = [*opened.certificates, *opened.crls, *opened.answers]
    for der in opened.answers:
        context.read_answer(der)
    try:
        taken += cades.take_values(info, context)
        stamps = [one.stamp for one in cades.find_stamps(info, context.policy.limits)]
    except LimitExceeded:
        stamps = []
    for stamp in stamps:
        if isinstance(stamp, Stamp):
            taken += [*stamp.envelope.certificates, *stamp.envelope.crls, *stamp.envelope.answers]
            taken += cades.take_values(stamp.signer, context)
            for der in stamp.envelope.answers:
                context.read_answer(der)
    return taken


def _judge_stamps(
    info: SignerInfo, opened: SignedData, material: Material, context: Context, proofs: Proofs, draft: Draft
) -> Generator[Want, Found | None, None]:
    placed = cades.find_stamps(info, context.policy.limits)
    read = [(one, one.stamp) for one in placed if isinstance(one.stamp, Stamp)]
    for one in placed:
        if not isinstance(one.stamp, Stamp):
            proofs.reports.append(replace(unread(one.stamp), kind=one.kind))
            draft.add(not_done("time.stamp", kind=one.kind, detail=one.stamp.message))
    archive = sorted((pair for pair in read if pair[0].kind == "archive"), key=lambda pair: pair[1].time, reverse=True)
    for one, stamp in archive:
        yield from _judge_archive(one, stamp, placed, info, opened, material, context, proofs, draft)
    for one, stamp in read:
        if one.kind == "signature":
            report = yield from judge_one(
                one, stamp, ContentSource("", (info.signature,), bound(context)), context, proofs, draft
            )
            if report.valid and report.latest is not None:
                proofs.prove(report.latest, "signature_time_stamp")
        elif one.kind == "content":
            content = cms.find_content(material.contents, material.attached, None, None)
            if content is not None:
                report = yield from judge_one(one, stamp, content, context, proofs, draft)
                if report.valid and report.earliest is not None:
                    proofs.not_before = max(proofs.not_before or report.earliest, report.earliest)


def bound(context: Context) -> int:
    """How many bytes a slow hash may take."""
    return context.policy.limits.slow_hash_bytes


def judge_one(
    one: Placed, stamp: Stamp, content: ContentSource, context: Context, proofs: Proofs, draft: Draft
) -> Generator[Want, Found | None, TimeStampReport]:
    """One token at its own time, and whether it can still be believed at the time at which it is proven to exist."""
    known_by = proofs.tokens.get(one.value, proofs.known_by or proofs.now)
    expected = Expected(not_after=proofs.now, known_by=known_by)
    report = yield from judge_stamp(stamp, content, context, expected)
    report = _check_believed(replace(report, kind=one.kind), stamp, known_by, context)
    proofs.reports.append(report)
    params = {"kind": one.kind, "time": rfc3339(stamp.time)}
    if report.valid:
        draft.add(passed("time.stamp", **params))
    else:
        draft.add(warning("time.stamp", **params, detail=(report.sub_indication or report.indication).value))
    return report


def _check_believed(report: TimeStampReport, stamp: Stamp, known_by: datetime, context: Context) -> TimeStampReport:
    """An authority's key is guarded while its certificate is valid, and its algorithms must still hold when it ends."""
    draft = Draft(list(report.checks))
    if report.sub_indication is not None:
        draft.verdicts.append((report.indication, report.sub_indication))
    authority = report.authority
    if authority is not None and not authority.not_before <= known_by <= authority.not_after:
        check = failed("stamp.expired", certificate=authority.subject.text, not_after=rfc3339(authority.not_after))
        draft.call(check, UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    elif authority is not None and (weak := find_weak(stamp, authority.key.bits, context.policy, known_by)) is not None:
        check = failed("algorithm.allowed", algorithm=weak, why="too_late")
        draft.call(check, UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    indication, sub_indication = draft.conclude()
    return replace(report, indication=indication, sub_indication=sub_indication, checks=tuple(draft.checks))


def _judge_archive(
    one: Placed,
    stamp: Stamp,
    placed: list[Placed],
    info: SignerInfo,
    opened: SignedData,
    material: Material,
    context: Context,
    proofs: Proofs,
    draft: Draft,
) -> Generator[Want, Found | None, None]:
    """archive-time-stamp-v3: its index, its imprint, and what it then proves of the tokens under it."""
    try:
        index = cades.read_index(stamp)
        cades.check_index(index, opened, info)
        algorithm = hash_of(stamp.imprint_algorithm)
    except (Malformed, UnknownAlgorithm) as error:
        broken = unread(error if isinstance(error, Malformed) else Malformed(error.message))
        proofs.reports.append(replace(broken, kind=one.kind, time=stamp.time))
        draft.add(warning("time.stamp", kind=one.kind, time=rfc3339(stamp.time), detail=error.message))
        return
    content = cms.find_content(material.contents, material.attached, None, None)
    digest = content.digest(algorithm) if content is not None else None
    if digest is None:
        draft.add(not_done("time.stamp", kind=one.kind, detail=algorithm.name))
        return
    covered = ContentSource("", (cades.archived(opened, info, digest, index),), bound(context))
    report = yield from judge_one(one, stamp, covered, context, proofs, draft)
    if not report.valid or report.latest is None:
        return
    proofs.archived = True
    proofs.prove(report.latest, "archive_time_stamp")
    for other in placed:
        if other.value != one.value and index.covers(other.attribute, other.value):
            proofs.tokens[other.value] = min(proofs.tokens.get(other.value, report.latest), report.latest)


def _judge_counters(
    info: SignerInfo, opened: SignedData, context: Context, depth: int, draft: Draft
) -> Generator[Want, Found | None, tuple[SignatureReport, ...]]:
    """RFC 5652 section 11.4: signatures over this signature's value. A bad one is said and breaks only itself."""
    values = [one for item in info.unsigned_attributes if item.oid == cades.COUNTER_SIGNATURE for one in item.values]
    if values and depth >= _DEEPEST:
        draft.add(not_done("counter_signature", why="depth"))
        return ()
    found: list[SignatureReport] = []
    for value in values[:_MOST_COUNTERS]:
        source = ContentSource("", (info.signature,), bound(context))
        counter: SignerInfo | Malformed
        try:
            counter = read_signer_info(value)
            source.prepare(_hashes(counter))
        except Malformed as error:
            counter = error
        under = Material("", source, (), scope="signature_value")
        report = yield from judge_signature(counter, opened, under, context, depth + 1)
        found.append(report)
        name = report.signer.name if report.signer else "—"
        if report.indication is Indication.TOTAL_PASSED:
            draft.add(passed("counter_signature", signer=name))
        else:
            why = (report.sub_indication or report.indication).value
            draft.add(warning("counter_signature", signer=name, why=why))
    return tuple(found)


def _hashes(info: SignerInfo) -> list[Hash]:
    try:
        return [hash_of(info.digest_algorithm)]
    except UnknownAlgorithm:
        return []


def _name_old(info: SignerInfo, draft: Draft) -> None:
    for attribute in info.unsigned_attributes:
        if attribute.oid in cades.OLD:
            draft.add(information("attributes.old", attribute=cades.OLD[attribute.oid]))


def weigh(report: SignatureReport, proofs: Proofs, context: Context, draft: Draft) -> None:
    """What the proven times add to a verdict: too early, too late, or resting on what is no longer proven."""
    signer = report.signer.certificate if report.signer else None
    if report.intact is not True or signer is None:
        return
    if proofs.best < signer.not_before:
        check = failed("path.validity", certificate=signer.subject.text, not_before=rfc3339(signer.not_before))
        draft.call(check, FAILED, SubIndication.NOT_YET_VALID)
    floor = proofs.not_before
    if floor is not None and floor > proofs.best:
        draft.call(failed("time.order"), UNSURE, SubIndication.TIMESTAMP_ORDER_FAILURE)
    elif floor is not None:
        _check_floor(report, floor, draft)
    if proofs.best < proofs.now and report.indication is Indication.TOTAL_PASSED:
        limit = _slide(report, proofs)
        if limit < proofs.best:
            check = failed("time.slide", time=rfc3339(proofs.best), limit=rfc3339(limit))
            draft.call(check, UNSURE, SubIndication.NO_POE)


def _check_floor(report: SignatureReport, floor: datetime, draft: Draft) -> None:
    """Clause 5.2.6: a content time stamp proves that the signature was made after it."""
    own = report.revocation[0] if report.revocation else None
    signer = report.signer.certificate if report.signer else None
    if own is not None and own.status is Status.REVOKED and own.revoked_at is not None and own.revoked_at < floor:
        params = {"certificate": own.certificate.subject.text, "revoked_at": rfc3339(own.revoked_at)}
        draft.call(failed("revocation.revoked", **params, reason=own.reason or ""), FAILED, SubIndication.REVOKED)
    elif signer is not None and signer.not_after < floor:
        check = failed("path.validity", certificate=signer.subject.text, not_after=rfc3339(signer.not_after))
        draft.call(check, FAILED, SubIndication.EXPIRED)


def _slide(report: SignatureReport, proofs: Proofs) -> datetime:
    """Clause 5.6.2.2, from the anchor down: the time until which the path is proven to have been good.

    A revocation that came later, or a status that has run out, moves it back; what lies below must be older than that.
    """
    control = proofs.now
    for status in reversed(report.revocation):
        if status.revoked_later is not None:
            control = min(control, status.revoked_later)
        elif status.next_update is not None and status.next_update < control:
            control = max(status.next_update, status.this_update or status.next_update)
    return control


def conclude(
    report: SignatureReport,
    proofs: Proofs,
    draft: Draft,
    counters: tuple[SignatureReport, ...],
    embedded: list[bytes],
    context: Context,
) -> SignatureReport:
    """The report with all that was found beside the signature; `embedded`: the material that the document holds."""
    if not (draft.checks or counters or proofs.reports):
        return report  # nothing stands beside it
    whole = Draft([*report.checks, *draft.checks])
    if report.sub_indication is not None:
        whole.verdicts.append((report.indication, report.sub_indication))
    whole.verdicts += draft.verdicts
    if proofs.source != "validation_time":
        whole.add(passed("time.best", time=rfc3339(proofs.best), source=proofs.source))
    indication, sub_indication = whole.conclude()
    if any(verdict[1] is SubIndication.REVOKED for verdict in draft.verdicts):
        indication, sub_indication = FAILED, SubIndication.REVOKED
    return replace(
        report,
        indication=indication,
        sub_indication=sub_indication,
        level=_level(report, proofs, embedded, context),
        best_signature_time=proofs.best,
        best_signature_time_source=proofs.source,
        checks=tuple(whole.checks),
        counter_signatures=counters,
        time_stamps=tuple(proofs.reports),
    )


def _level(report: SignatureReport, proofs: Proofs, embedded: list[bytes], context: Context) -> str | None:
    """The level reached: each needs the one below, and counts what holds, not what is there."""
    stamps = [one for one in proofs.reports if one.valid and one.kind == "signature"]
    if report.level is None or not stamps or report.signer is None:
        return report.level
    alone = context.narrowed({hashlib.sha256(der).hexdigest() for der in embedded})
    asked = [(report.signer.certificate, proofs.best), *((one.authority, one.time) for one in stamps)]
    if not all(_is_held(certificate, moment, alone) for certificate, moment in asked):
        return "B-T"
    return "B-LTA" if proofs.archived else "B-LT"


def _is_held(certificate: Certificate | None, moment: datetime | None, alone: Context) -> bool:
    """Whether the document by itself holds a path and a good status for each of its certificates at a moment."""
    if certificate is None or moment is None:
        return False
    search = find_path(certificate, alone.moved(moment, alone.policy))
    try:
        while True:
            search.send(None)
    except StopIteration as stop:
        result: PathResult = stop.value
    known = [status.status for status in result.statuses]
    return result.valid and len(known) == len(result.path) - 1 > 0 and set(known) == {Status.GOOD}
