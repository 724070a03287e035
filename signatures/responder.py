"""RFC 6960 section 4.2.2.2: who may answer for a CA, and whether an answer is genuine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from signatures.algorithms import UnknownAlgorithm, read_scheme
from signatures.certificates import CRL_DISTRIBUTION_POINTS, Certificate
from signatures.context import Context
from signatures.errors import LimitExceeded, Malformed
from signatures.ocsp import NO_CHECK, NONCE, OCSP_SIGNING, OcspResponse, SingleResponse
from signatures.policy import Use

_KNOWN: Final = frozenset({NONCE})
_MOST_CERTIFICATES: Final = 8  # of one answer; one is usual


def refuse(answer: OcspResponse, single: SingleResponse, issuer: Certificate, context: Context) -> str | None:
    """The code of the first reason why an answer does not count, its age aside; None if it does."""
    if not single.plain or any(one.critical for oid, one in answer.extensions.items() if oid not in _KNOWN):
        return "ocsp.extension"
    expected = context.nonces.get(answer.der)
    if expected is not None and answer.nonce is not None and answer.nonce != expected:
        return "ocsp.nonce"
    found = "ocsp.responder"
    for candidate in _candidates(answer, issuer, context):
        why = _refuse_responder(answer, candidate, issuer, context)
        if why is None:
            return None
        found = why
    return found


def _candidates(answer: OcspResponse, issuer: Certificate, context: Context) -> Iterator[Certificate]:
    if answer.is_by(issuer):
        yield issuer
    held = [context.read_certificate(der) for der in answer.certificates[:_MOST_CERTIFICATES]]
    for candidate in dict.fromkeys([*held, *context.certificates]):
        if candidate is not None and candidate != issuer and answer.is_by(candidate):
            yield candidate


def _refuse_responder(
    answer: OcspResponse, candidate: Certificate, issuer: Certificate, context: Context
) -> str | None:
    """The issuer itself, one that the issuer has delegated, or one that the caller trusts."""
    try:
        scheme, key = read_scheme(answer.algorithm), candidate.key
    except UnknownAlgorithm:
        return "ocsp.algorithm"
    if context.refuses(scheme, key.bits, Use.OCSP) is not None:
        return "ocsp.algorithm"
    if not context.signed(answer.der, answer.tbs, answer.signature, candidate, scheme):
        return "ocsp.signature"
    if candidate == issuer or candidate.spki == issuer.spki:
        return None
    try:
        return _refuse_delegate(answer, candidate, issuer, context)
    except (Malformed, LimitExceeded):
        return "ocsp.responder"


def _refuse_delegate(answer: OcspResponse, candidate: Certificate, issuer: Certificate, context: Context) -> str | None:
    usage = candidate.key_usage
    if OCSP_SIGNING not in candidate.extended_key_usage:
        return "ocsp.responder"
    if usage is not None and not usage & {"digitalSignature", "nonRepudiation"}:
        return "ocsp.responder"
    if candidate in context.trusted:
        return None
    if candidate.issuer != issuer.subject or not context.links(issuer, candidate):
        return "ocsp.responder"
    if not candidate.not_before <= answer.produced_at <= candidate.not_after:
        return "ocsp.responder_expired"
    return None if NO_CHECK in candidate.extensions else _refuse_by_lists(candidate, issuer, context)


def _refuse_by_lists(candidate: Certificate, issuer: Certificate, context: Context) -> str | None:
    """The responder's own status where the CA has not renounced it: from the issuer's CRLs at hand.

    A CA that names no place for the status leaves it to local policy (section 4.2.2.2.1), and then silence is no harm.
    """
    silent = True
    for crl in tuple(context.crls):
        if crl.issuer != issuer.subject or context.refuses_crl(crl, issuer) is not None:
            continue
        if (entry := crl.entry(candidate.serial)) is not None and entry.revoked_at <= context.at:
            return "ocsp.responder_revoked"
        silent = silent and not (crl.next_update and context.refuses_age(crl.this_update, crl.next_update) is None)
    named = CRL_DISTRIBUTION_POINTS in candidate.extensions or bool(candidate.ocsp_urls)
    return "ocsp.responder_status" if silent and named else None
