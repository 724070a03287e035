"""RFC 5280 section 6.3 and RFC 6960 section 3.2: the status of one certificate of a path at a moment.

From CRLs (full, with a delta, indirect, split by reasons) and OCSP answers that are genuine, meant for the certificate
and of the age that the policy's rule asks for. A revocation for good stands whatever its source's age. "Not revoked"
and "on hold" need a source of the right age, and the newest of them counts.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from signatures import responder
from signatures.certificates import ALL_REASONS, AUTHORITY_KEY_ID, Certificate, DistributionPoint, GeneralName
from signatures.context import Context
from signatures.errors import Malformed
from signatures.names import Name
from signatures.ocsp import OcspResponse, SingleResponse
from signatures.report import Check, Found, RevocationStatus, Status, Want, information, rfc3339, warning
from signatures.revocation import NUMBER, REASONS, Crl, CrlEntry

_HOLD: Final = "certificateHold"
_REMOVED: Final = "removeFromCRL"
_POINT: Final = "2.5.29.28"
_MOST_CANDIDATES: Final = 8  # certificates beside the path whose key may have signed one CRL

Steps = Generator[Want, Found | None, bool]
Proves = Callable[[Certificate, Certificate], Steps]


@dataclass(slots=True)
class Ledger:
    """What the sources have said so far about one certificate at one moment."""

    certificate: Certificate
    at: datetime
    revoked: RevocationStatus | None = None
    current: RevocationStatus | None = None
    later: RevocationStatus | None = None
    cleared: set[str] = field(default_factory=set)
    partly: list[RevocationStatus] = field(default_factory=list)

    def note(self, source: RevocationStatus, *, counts: bool, reasons: frozenset[str] = ALL_REASONS) -> None:
        """Takes one source's word. For good: the earliest counts. Of the right age: the newest counts.

        `reasons` are those that the source speaks of: several that clear a part of them each may clear all together.
        """
        if source.revoked_at is not None and source.revoked_at > self.at:
            if self.later is None or source.revoked_at < (self.later.revoked_at or source.revoked_at):
                self.later = source
            source = source._replace(status=Status.GOOD, revoked_at=None, reason=None)
        if source.status is Status.REVOKED:
            if self.revoked is None or (source.revoked_at or self.at) < (self.revoked.revoked_at or self.at):
                self.revoked = source
            return
        if not counts:
            return
        if source.status is Status.GOOD and not reasons >= ALL_REASONS:
            self.cleared |= reasons
            self.partly.append(source)
            if not self.cleared >= ALL_REASONS:
                return
            source = min(self.partly, key=lambda one: one.this_update or self.at)
        if self.current is None or (source.this_update or self.at) > (self.current.this_update or self.at):
            self.current = source

    def conclude(self) -> RevocationStatus:
        """Revoked before anything else, then the newest word, then nothing."""
        status = self.revoked or self.current or RevocationStatus(self.certificate, Status.UNKNOWN)
        return status._replace(revoked_later=self.later.revoked_at if self.later else None)


def judge(
    certificate: Certificate, issuers: Sequence[Certificate], context: Context, proves: Proves
) -> Generator[Want, Found | None, tuple[RevocationStatus, list[Check]]]:
    """The status of a certificate, and what there is to say about each source.

    `issuers` are the certificates of its path that bear its issuer's name: a CA with a changed key signs CRLs with the
    new one. `proves` finds out whether another certificate may speak for the same anchor (a key for CRLs alone).
    """
    ledger = Ledger(certificate, context.at)
    findings: list[Check] = []
    for answer in tuple(context.ocsp):
        _take_answer(answer, ledger, findings, issuers, context)
    meant: list[Crl] = []
    for crl in tuple(context.crls):
        if not _may_speak(crl, certificate):
            continue
        params = {"crl": crl.sha256, "issuer": crl.issuer.text}
        try:
            refusal = _refuse(crl, certificate) or (yield from _refuse_signer(crl, issuers, context, proves))
        except Malformed as error:
            findings.append(warning("crl.malformed", **params, detail=error.message))
            continue
        if refusal is not None:
            findings.append(warning(refusal, **params))
        else:
            meant.append(crl)
    for crl in meant:
        if not crl.delta:
            _take_crl(crl, [one for one in meant if one.delta], ledger, findings, context)
        elif not any(_goes_on(crl, other) for other in meant):
            findings.append(warning("crl.delta", crl=crl.sha256, issuer=crl.issuer.text))
    return ledger.conclude(), findings


def _may_speak(crl: Crl, certificate: Certificate) -> bool:
    return crl.issuer == certificate.issuer or any(
        name.directory_name == crl.issuer for point in _points(certificate) for name in point.crl_issuer
    )


def _points(certificate: Certificate) -> tuple[DistributionPoint, ...]:
    try:
        return certificate.distribution_points
    except Malformed:
        return ()


def _refuse(crl: Crl, certificate: Certificate) -> str | None:
    """The code of the first reason why a CRL says nothing about the certificate, its signer and its age aside."""
    if crl.unknown_critical:
        return "crl.extension"
    if crl.issuer != certificate.issuer and not crl.scope.indirect:
        return "crl.indirect"
    if (out_of_scope := _out_of_scope(crl, certificate)) is not None:
        return out_of_scope
    return None if crl.inner_algorithm.agrees(crl.outer_algorithm) else "crl.algorithms_differ"


def _out_of_scope(crl: Crl, certificate: Certificate) -> str | None:
    scope, basic = crl.scope, certificate.basic_constraints
    ca = basic is not None and basic.ca
    if scope.only_attribute or (scope.only_user and ca) or (scope.only_ca and not ca):
        return "crl.scope"
    if scope.names:
        pointed = {_comparable(name) for name in _pointed(certificate, crl.issuer)}
        if not pointed.intersection(_comparable(name) for name in scope.names):
            return "crl.scope"
    return None


def _pointed(certificate: Certificate, issuer: Name) -> Iterator[GeneralName]:
    """The names of the points that this issuer's CRL may stand at; a point without a name is named by its issuer."""
    for point in certificate.distribution_points:
        named = [name.directory_name for name in point.crl_issuer if name.directory_name is not None]
        if (issuer in named) if named else (issuer == certificate.issuer):
            yield from point.names or point.crl_issuer


def _comparable(name: GeneralName) -> tuple[int, object]:
    return name.kind, name.directory_name or name.value


def _refuse_signer(
    crl: Crl, issuers: Sequence[Certificate], context: Context, proves: Proves
) -> Generator[Want, Found | None, str | None]:
    """The first of the path that may have signed the CRL and did; else one beside it that leads to the same anchor."""
    named = [issuer for issuer in issuers if issuer.subject == crl.issuer]
    reasons = [context.refuses_crl(crl, issuer) for issuer in named]
    if None in reasons:
        return None
    others = [one for one in context.certificates if one.subject == crl.issuer and one not in named]
    for candidate in others[:_MOST_CANDIDATES]:
        if issuers and _is_one_authority(crl, candidate, issuers[0]) and context.refuses_crl(crl, candidate) is None:
            if (yield from proves(candidate, issuers[0])):
                return None
            reasons.append("crl.issuer_path")
    return reasons[-1] if reasons else "crl.signature"


def _is_one_authority(crl: Crl, candidate: Certificate, issuer: Certificate) -> bool:
    """Whether a key beside the path may be the issuer's own, or that of the other authority which the CRL names.

    Two generations of a CA can bear one name. The list of one says nothing of the other's certificates unless the key
    is for CRLs alone or the CA itself has certified it (a self-issued certificate).
    """
    if crl.issuer != issuer.subject or candidate.self_issued:
        return True
    return candidate.key_usage is not None and "keyCertSign" not in candidate.key_usage


def _goes_on(delta: Crl, base: Crl) -> bool:
    """Section 5.2.4: same issuer, scope and key named, and the complete list is not older than the delta's base."""
    if base.delta or delta.base_number is None or base.number is None or delta.number is None:
        return False
    alike = all(
        (delta.extensions[oid].value if oid in delta.extensions else None)
        == (base.extensions[oid].value if oid in base.extensions else None)
        for oid in (_POINT, AUTHORITY_KEY_ID)
    )
    return alike and delta.issuer == base.issuer and delta.base_number <= base.number < delta.number


def _take_crl(crl: Crl, deltas: list[Crl], ledger: Ledger, findings: list[Check], context: Context) -> None:
    """The word of a complete list, and of the newest delta of the right age that goes on from it."""
    certificate, params = ledger.certificate, {"crl": crl.sha256, "issuer": crl.issuer.text}
    try:
        entry = crl.entry(certificate.serial, certificate.issuer)
        usable = [one for one in deltas if _goes_on(one, crl) and _late(one, certificate, context) is None]
        delta = max(usable, key=lambda one: one.number or 0, default=None)
        changed = None if delta is None else delta.entry(certificate.serial, certificate.issuer)
    except Malformed as error:
        findings.append(warning("crl.malformed", **params, detail=error.message))
        return
    if any(one is not None and not one.plain for one in (entry, changed)):
        findings.append(warning("crl.entry", **params))
        return
    if crl.inner_algorithm != crl.outer_algorithm:
        findings.append(warning("crl.null_parameters", **params))
    if entry is not None and entry.reason != _REMOVED and entry.revoked_at > context.at:
        later = rfc3339(entry.revoked_at)
        findings.append(information("revocation.later", **params, revoked_at=later, reason=entry.reason))
    if delta is not None:
        findings.append(information("crl.delta_used", crl=delta.sha256, issuer=delta.issuer.text))
        if changed is not None:
            entry = changed
        elif entry is not None and entry.reason == _HOLD and delta.this_update < entry.revoked_at:
            entry = None
        crl = delta
    late = _late(crl, certificate, context)
    if late is not None:
        findings.append(warning(late, **params))
    ledger.note(_say(crl, entry, certificate), counts=late is None, reasons=_reasons(crl, certificate))


def _reasons(crl: Crl, certificate: Certificate) -> frozenset[str]:
    """The reasons that a CRL speaks of: by its own scope, and by the points of the certificate that it stands at."""
    own = ALL_REASONS if crl.scope.reasons is None else crl.scope.reasons
    if not crl.scope.names:
        return own
    at_point = frozenset[str]()
    points = [point for point in _points(certificate) if _stands_at(crl, point)]
    for point in points:
        at_point |= ALL_REASONS if point.reasons is None else point.reasons
    return own & at_point if points else own


def _stands_at(crl: Crl, point: DistributionPoint) -> bool:
    wanted = {_comparable(name) for name in crl.scope.names}
    return bool(wanted.intersection(_comparable(name) for name in point.names or point.crl_issuer))


def _say(crl: Crl, entry: CrlEntry | None, certificate: Certificate) -> RevocationStatus:
    status = Status.GOOD
    if entry is not None and entry.reason != _REMOVED:
        status = Status.ON_HOLD if entry.reason == _HOLD else Status.REVOKED
    listed = None if status is Status.GOOD else entry
    return RevocationStatus(
        certificate,
        status,
        crl.sha256,
        crl.this_update,
        crl.next_update,
        listed.revoked_at if listed else None,
        listed.reason if listed else None,
        "crl",
    )


def _late(crl: Crl, certificate: Certificate, context: Context) -> str | None:
    """Why a CRL is not of the age that the policy asks for; the code, None if it is."""
    if AUTHORITY_KEY_ID in crl.extensions and NUMBER not in crl.extensions:
        return "crl.no_number"  # section 5.2.3: who writes CRLs of this profile numbers them
    if crl.next_update is None:
        return "crl.stale"
    why = context.refuses_age(crl.this_update, crl.next_update)
    if why is not None:
        return f"crl.{why}"
    if crl.this_update > certificate.not_after:  # the entry may have been dropped since
        since = crl.covers_expired_since
        return None if since is not None and since <= certificate.not_after else "crl.after_expiry"
    return None


def _take_answer(
    answer: OcspResponse, ledger: Ledger, findings: list[Check], issuers: Sequence[Certificate], context: Context
) -> None:
    """The word of one OCSP answer, if it has one of this certificate."""
    certificate = ledger.certificate
    pairs = [
        (single, issuer) for single in answer.singles for issuer in issuers[:1] if single.names(certificate, issuer)
    ]
    for single, issuer in pairs:
        params = {"ocsp": answer.sha256, "issuer": certificate.issuer.text}
        refusal = responder.refuse(answer, single, issuer, context)
        if refusal is not None:
            findings.append(warning(refusal, **params))
            continue
        status = _say_single(answer, single, certificate)
        if status.revoked_at is not None and status.revoked_at > context.at:
            later, reason = rfc3339(status.revoked_at), status.reason or "unspecified"
            findings.append(information("revocation.later", crl=answer.sha256, revoked_at=later, reason=reason))
        late = _late_answer(single, certificate, context)
        if late is not None:
            findings.append(warning(late, **params))
        if single.state == "unknown":
            findings.append(warning("ocsp.unknown", **params))
            continue
        ledger.note(status, counts=late is None)


def _late_answer(single: SingleResponse, certificate: Certificate, context: Context) -> str | None:
    ends = single.next_update or single.this_update + context.policy.ocsp_freshness
    why = context.refuses_age(single.this_update, ends)
    if why is not None:
        return f"ocsp.{why}"
    if single.this_update > certificate.not_after:
        cutoff = single.cutoff
        return None if cutoff is not None and cutoff <= certificate.not_after else "ocsp.after_expiry"
    return None


def _say_single(answer: OcspResponse, single: SingleResponse, certificate: Certificate) -> RevocationStatus:
    status, reason = Status.GOOD, None
    if single.state == "revoked":
        reason = REASONS.get(single.reason, "unspecified")
        status = Status.ON_HOLD if reason == _HOLD else Status.REVOKED
    return RevocationStatus(
        certificate,
        status,
        answer.sha256,
        single.this_update,
        single.next_update,
        single.revoked_at,
        reason,
        "ocsp",
        answer.produced_at,
    )
