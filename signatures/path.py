"""RFC 5280 section 6: paths from a certificate to an anchor, built by name and key, then validated in full.

Two generations of a CA can have look-alike names: a candidate issuer counts only if its key signed the certificate.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from signatures import status as revocation
from signatures.certificates import Certificate, read_certificates
from signatures.context import Context
from signatures.errors import LimitExceeded
from signatures.keys import lacks_parameters, parameters_of
from signatures.material import Cache, Evidence, TrustAnchors
from signatures.ocsp import write_request
from signatures.policies import ANY
from signatures.policy import Policy, RevocationRule
from signatures.report import (
    Check,
    Found,
    Outcome,
    RevocationStatus,
    Status,
    Want,
    WantKind,
    failed,
    passed,
    rfc3339,
)
from signatures.rules import NO_INPUTS, Inputs, Path, out_of_time, validate

_KEY_CHANGES: Final = 2  # self-issued certificates that don't count; a CA changes its key once in years
_DEEPEST_PROOF: Final = 3  # keys for CRLs alone whose own status hangs on another such key
_DEEPEST_INHERITANCE: Final = 3  # DSA keys one above the other that have no parameters of their own
_MOST_GIVERS: Final = 4  # certificates of one name that may hand theirs down
_STEPS: Final = 16  # certificates looked behind for each path that may be tried


@dataclass(frozen=True, slots=True)
class PathResult:
    """What was found of one certificate: the path (leaf first, anchor last), the statuses, and every check.

    `failure` is the check that decided against the path, None if it is valid. `out_of_time` alone means that all is
    well but the leaf's own validity period, which a proof of time can mend.
    """

    path: Path
    failure: Check | None
    out_of_time: bool
    statuses: tuple[RevocationStatus, ...]
    checks: tuple[Check, ...]

    @property
    def valid(self) -> bool:
        """The path holds, and every status that is demanded is good."""
        return self.failure is None

    @property
    def reason(self) -> str:
        """Why it does not hold: the deciding check's code and parameters. Empty if it does."""
        if self.failure is None:
            return ""
        params = ", ".join(f"{name}: {value}" for name, value in self.failure.params)
        return f"{self.failure.code} ({params})" if params else self.failure.code


def validate_path(
    certificate: bytes,
    *,
    anchors: TrustAnchors,
    evidence: Evidence,
    at: datetime,
    policy: Policy | None = None,
    initial_policies: frozenset[str] = ANY,
    explicit_policy: bool = False,
    inhibit_mapping: bool = False,
    inhibit_any: bool = False,
    cache: Cache | None = None,
) -> PathResult:
    """Validate one certificate's path at a moment, from the evidence alone.

    `certificate` is DER or PEM; BadCertificate if it can't be read. Policies are dotted OIDs (`2.5.29.32.0` = any).
    """
    leaf = read_certificates(certificate)[0]
    context = Context(anchors, at, evidence, policy or Policy.default(), cache)
    search = find_path(leaf, context, Inputs(initial_policies, explicit_policy, inhibit_mapping, inhibit_any))
    try:
        while True:
            search.send(None)
    except StopIteration as stop:
        result: PathResult = stop.value
        return result


def find_path(
    leaf: Certificate, context: Context, inputs: Inputs = NO_INPUTS
) -> Generator[Want, Found | None, PathResult]:
    """The best path of a certificate: the first that is valid, else the one that says most about why not.

    Yields what is missing, and takes what was found for it.
    """
    best: PathResult | None = None
    context.unsupported.clear()  # what stood in the way of another signer is not in the way of this one
    try:
        while True:
            dead_ends: list[Certificate] = []
            for count, path in enumerate(build(leaf, context, dead_ends)):
                if count >= context.policy.limits.paths:
                    raise LimitExceeded("paths")
                result = yield from _judge(path, context, inputs)
                if result.valid:
                    return result
                best = _better(best, result)
            if best is not None:
                return best
            if not (yield from _ask_for_issuers(dead_ends, context)):
                return PathResult((leaf,), _no_path(context, dead_ends), False, (), ())
    except LimitExceeded as error:
        failure = failed("limit.exceeded", limit=error.limit)
        return best or PathResult((leaf,), failure, False, (), (failure,))


def _no_path(context: Context, dead_ends: list[Certificate]) -> Check:
    if context.unsupported:
        return failed("path.algorithm", algorithm=context.unsupported[0], why="unknown")
    return failed("path.found", issuer=dead_ends[0].issuer.text if dead_ends else "")


_RANK: Final = {"revocation.revoked": 0, "revocation.on_hold": 1, "path.validity": 2, "revocation.unknown": 3}


def _better(one: PathResult | None, other: PathResult) -> PathResult:
    """Of two paths that do not hold, the one that says more: revoked before unknown before malformed."""
    if one is None or one.failure is None or other.failure is None:
        return one or other
    return other if _RANK.get(other.failure.code, 9) < _RANK.get(one.failure.code, 9) else one


def _ask_for_issuers(dead_ends: list[Certificate], context: Context) -> Generator[Want, Found | None, bool]:
    """Asks for the issuers where building stopped; True if something new came."""
    came = False
    for certificate in dead_ends:
        if certificate.self_issued or context.unsupported:
            continue  # a root that is not trusted; an issuer that is here but whose algorithm is not
        issuer = certificate.issuer.text
        want = Want(WantKind.ISSUER, issuer, subject=certificate.subject.text, urls=certificate.issuer_urls)
        if context.may_ask(want) and context.take((yield want)):
            came = True
        else:
            context.miss(want)
    return came


def build(leaf: Certificate, context: Context, dead_ends: list[Certificate]) -> Iterator[Path]:
    """Every path from the leaf to an anchor whose names and keys fit, anchors first; dead ends are noted.

    No name and key stand twice in one path (RFC 4158 section 2.4.2), so there are no cycles.
    """
    stack: list[tuple[Path, Iterator[Certificate]]] = [((leaf,), _issuers(leaf, context))]
    if leaf in context.trusted:
        yield (leaf,)
    steps = _STEPS * context.policy.limits.paths
    while stack:
        path, candidates = stack[-1]
        issuer = next(candidates, None)
        if issuer is None:
            stack.pop()
            if path[-1] not in dead_ends and not _has_issuer(path[-1], context):
                dead_ends.append(path[-1])
            continue
        longer = (*path, issuer)
        if issuer in context.trusted:
            yield longer
        elif _is_short(longer, context.policy.limits.path_length) and not _repeats(issuer, path):
            steps -= 1
            if steps < 0:
                raise LimitExceeded("paths")
            stack.append((longer, _issuers(issuer, context)))


def _is_short(path: Path, most: int) -> bool:
    """Whether an anchor may still follow. A CA's certificates for its own new keys are no steps (RFC 5280 6.1.4 l)."""
    changes = sum(authority.self_issued for authority in path[1:])
    return len(path) - min(changes, _KEY_CHANGES) < most


def _has_issuer(certificate: Certificate, context: Context) -> bool:
    return next(_issuers(certificate, context), None) is not None


def _repeats(issuer: Certificate, path: Path) -> bool:
    return any(issuer.spki == other.spki and issuer.subject == other.subject for other in path)


def _issuers(certificate: Certificate, context: Context) -> Iterator[Certificate]:
    """Candidates by name, the likelier first: anchors, then those with the key identifier that is named."""
    wanted = certificate.authority_key_id

    def unlikeliness(candidate: Certificate) -> tuple[bool, bool]:
        return candidate not in context.trusted, wanted is not None and candidate.subject_key_id != wanted

    named = [candidate for candidate in context.certificates if candidate.subject == certificate.issuer]
    if len(named) > 1:
        named.sort(key=unlikeliness)
    for candidate in named:
        for issuer in _complete(candidate, context) if lacks_parameters(candidate.spki) else (candidate,):
            if issuer == certificate or not _hands_down(issuer, certificate):
                continue
            if context.links(issuer, certificate):
                yield issuer


def _complete(certificate: Certificate, context: Context, depth: int = 0) -> list[Certificate]:
    """A certificate whose DSA key has its issuer's parameters, once for each parameters that an issuer may hand down.

    Which of them holds is seen further up: `_hands_down` lets the path go on only to an issuer that has them.
    """
    if not lacks_parameters(certificate.spki) or depth >= _DEEPEST_INHERITANCE:
        return [certificate]
    above = [one for one in context.certificates if one.subject == certificate.issuer and one != certificate]
    givers = [giver for one in above[:_MOST_GIVERS] for giver in _complete(one, context, depth + 1)]
    handed = dict.fromkeys(parameters_of(giver.spki) for giver in givers)
    return [certificate.completed(one) for one in handed if one is not None]


def _hands_down(issuer: Certificate, certificate: Certificate) -> bool:
    return certificate.inherited is None or parameters_of(issuer.spki) == certificate.inherited


def _judge(path: Path, context: Context, inputs: Inputs) -> Generator[Want, Found | None, PathResult]:
    """RFC 5280 section 6.1 for one path, then the status of each certificate below the anchor."""
    leaf = path[0]
    failure = validate(path, context, inputs)
    if failure is not None:
        return PathResult(path, failure, False, (), (failure,))
    checks = [passed("path.valid", certificates=str(len(path)), anchor=path[-1].subject.text)]
    late = out_of_time(leaf, context.at)
    if late is not None:
        checks.append(late)
    statuses = []
    for place, certificate in enumerate(path[:-1]):
        status, found = yield from _find_status(certificate, path[place + 1 :], context, ask=late is None)
        checks += found
        statuses.append(status)
        verdict = _say_status(status, context.policy)
        if verdict is not None:
            checks.append(verdict)
            if verdict.outcome is Outcome.FAILED:
                failure = _stronger(failure, verdict)
    if failure is None or _RANK[failure.code] > _RANK["path.validity"]:
        failure = late or failure
    return PathResult(path, failure, late is not None and failure is late, tuple(statuses), tuple(checks))


def _stronger(one: Check | None, other: Check) -> Check:
    return other if one is None or _RANK[other.code] < _RANK[one.code] else one


def _find_status(
    certificate: Certificate, above: Path, context: Context, *, ask: bool
) -> Generator[Want, Found | None, tuple[RevocationStatus, list[Check]]]:
    """The status from what is at hand; where it is demanded and unknown, from what can be had."""
    issuers = [above[0], *(other for other in above[1:] if other.subject == certificate.issuer)]
    wants: list[Want] | None = None

    def proves(candidate: Certificate, _issuer: Certificate) -> Generator[Want, Found | None, bool]:
        """Whether a key beside the path leads to the same anchor. One that is being proven can't prove itself.

        But its own list may speak of it: nobody else's does where a CA has handed all its lists over (PKITS 4.14.30).
        """
        if candidate == certificate and candidate in context.proving:
            return True  # the anchor is compared where the proof of it began
        if candidate in context.proving or len(context.proving) >= _DEEPEST_PROOF:
            return False
        context.proving.add(candidate)
        unsupported = list(context.unsupported)
        try:
            result = yield from find_path(candidate, context)
        finally:
            context.proving.discard(candidate)
            context.unsupported[:] = unsupported
        return result.valid and result.path[-1] == above[-1]

    while True:
        status, found = yield from revocation.judge(certificate, issuers, context, proves)
        if status.status is not Status.UNKNOWN or context.policy.revocation is not RevocationRule.REQUIRED or not ask:
            return status, found
        came = False
        wants = _status_wants(certificate, above[0]) if wants is None else wants
        for want in wants:
            if context.may_ask(want) and context.take((yield want)):
                came = True
                break
            context.miss(want)
        if not came:
            return status, found


def _status_wants(certificate: Certificate, issuer: Certificate) -> list[Want]:
    """What may tell the status: an OCSP answer where the certificate names a responder, and a CRL."""
    names = certificate.issuer.text, certificate.subject.text, format(certificate.serial, "x")
    wants = [Want(WantKind.CRL, *names, urls=certificate.crl_urls)]
    if certificate.ocsp_urls:
        request = write_request(certificate, issuer).hex()
        wants.insert(0, Want(WantKind.OCSP, *names, urls=certificate.ocsp_urls, request=request))
    return wants


def _say_status(status: RevocationStatus, policy: Policy) -> Check | None:
    """The check that a status gives; nothing for an unknown status that nobody demands."""
    params = {"certificate": status.certificate.subject.text, "issuer": status.certificate.issuer.text}
    if status.this_update is not None:
        params["this_update"] = rfc3339(status.this_update)
    if status.revoked_at is not None:
        params |= {"revoked_at": rfc3339(status.revoked_at), "reason": status.reason or "unspecified"}
    if status.status is Status.GOOD:
        return passed("revocation.good", **params)
    if status.status is Status.UNKNOWN:
        return failed("revocation.unknown", **params) if policy.revocation is RevocationRule.REQUIRED else None
    return failed(f"revocation.{status.status.value}", **params)
