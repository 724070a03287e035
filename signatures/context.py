"""What one verification works with: certificates and CRLs at hand, the moment, the policy, what is left to spend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from signatures.algorithms import Hash, Key, Scheme, UnknownAlgorithm, read_scheme
from signatures.certificates import Certificate
from signatures.engines import disagrees
from signatures.errors import BadArgument, LimitExceeded, Malformed
from signatures.material import Cache, Evidence, TrustAnchors
from signatures.ocsp import OcspResponse
from signatures.policy import Policy, Purpose, StatusRule, Use
from signatures.report import Found, Input, Want
from signatures.revocation import Crl

_T = TypeVar("_T")


class _EnginesDiffer(Exception):
    """Two engines say different things about one signature value: nothing may be kept of it."""


@dataclass(slots=True)
class _Left:
    """What is left to spend, in public-key operations and in bytes for slow hashes."""

    key_checks: int
    slow_bytes: int


class Context:
    """The pool of one verification. Only `anchors` are trusted; all else in it is a hint."""

    def __init__(
        self, anchors: TrustAnchors, at: datetime, evidence: Evidence, policy: Policy, cache: Cache | None
    ) -> None:
        if at.tzinfo is None:
            raise BadArgument("The validation time has no time zone.")
        self.anchors = anchors
        self.at = at
        self.policy = policy
        self.evidence = evidence
        self.cache = cache
        self.certificates = dict.fromkeys((*anchors.certificates, *evidence.certificates))
        self.now = at
        self.crls = dict.fromkeys(evidence.crls)
        self.ocsp = dict.fromkeys(evidence.answers)
        self.nonces: dict[bytes, bytes] = {}
        self.proving: set[Certificate] = set()
        self.trusted = anchors.trusted
        self.wants: list[Want] = []
        self.unsupported: list[str] = []
        self.differences: dict[tuple[str, str], None] = {}
        self._asked: set[Want] = set()
        self._brought: list[Certificate] = []
        self._left = _Left(policy.limits.key_checks, policy.limits.slow_hash_bytes)
        self._links: dict[tuple[bytes, bytes], bool] = {}
        self._crl_links: dict[tuple[bytes, bytes], bool] = {}

    def moved(self, at: datetime, policy: Policy) -> Context:
        """The same verification at another moment and under another policy: pool, wants and budget are shared."""
        other = self._copy()
        other.at, other.policy, other.unsupported = at, policy, []
        return other

    def _copy(self) -> Context:
        other = object.__new__(Context)
        other.__dict__.update(self.__dict__)
        return other

    def narrowed(self, kept: set[str]) -> Context:
        """The same with nothing but what is named by its SHA-256, the anchors aside; it asks for nothing."""
        other = self._copy()
        other.certificates = {one: None for one in self.certificates if one in self.trusted or one.sha256 in kept}
        other.crls = {one: None for one in self.crls if one.sha256 in kept}
        other.ocsp = {one: None for one in self.ocsp if one.sha256 in kept}
        other.policy = self.policy.with_limits(wants=0)
        other.wants, other.unsupported = [], []
        return other

    def inputs(self) -> list[Input]:
        """Digests of everything but the document."""
        found = [Input("policy", self.policy.digest, self.policy.name), Input("anchors", self.anchors.digest)]
        if self.evidence.certificates or self._brought:
            certificates = (*self.evidence.certificates, *self._brought)
            found += [Input("certificate", item.sha256, item.subject.text) for item in certificates]
        if self.crls:
            found += [Input("crl", item.sha256, item.issuer.text) for item in self.crls]
        if self.ocsp:
            found += [Input("ocsp", item.sha256) for item in self.ocsp]
        if self.evidence.refused:
            found += [Input(item.kind, item.sha256) for item in self.evidence.refused]
        return found

    def read_certificate(self, der: bytes) -> Certificate | None:
        """A certificate out of the document, put into the pool; None if it can't be read."""
        if len(der) > self.policy.limits.certificate_bytes:
            return None
        try:
            certificate: Certificate = self.remember(("certificate", der), lambda: Certificate.of(der))
        except (Malformed, LimitExceeded):
            return None
        self.certificates.setdefault(certificate)
        return certificate

    def read_crl(self, der: bytes) -> Crl | None:
        """A CRL out of the document or from outside, put into the pool; None if it can't be read."""
        try:
            crl: Crl = self.remember(("crl", der), lambda: Crl.of(der))
        except (Malformed, LimitExceeded):
            return None
        self.crls.setdefault(crl)
        return crl

    def read_answer(self, der: bytes, nonce: bytes | None = None) -> OcspResponse | None:
        """An OCSP answer out of the document or from outside, put into the pool; None if it can't be read."""
        try:
            answer: OcspResponse = self.remember(("ocsp", der), lambda: OcspResponse.of(der))
        except (Malformed, LimitExceeded):
            return None
        self.ocsp.setdefault(answer)
        if nonce is not None:
            self.nonces[der] = nonce
        return answer

    def may_ask(self, want: Want) -> bool:
        """Whether to ask for this from outside: not twice, and not beyond the limit."""
        if want in self._asked or len(self._asked) >= self.policy.limits.wants:
            return False
        self._asked.add(want)
        return True

    def miss(self, want: Want) -> None:
        """Notes for the report what was missing in the end."""
        if want not in self.wants and len(self.wants) < self.policy.limits.wants:
            self.wants.append(want)

    def take(self, found: Found | None) -> bool:
        """Puts what came for a want into the pool; True if something did that can be read."""
        if found is None:
            return False
        certificates = [item for der in found.certificates if (item := self.read_certificate(der)) is not None]
        crls = [crl for der in found.crls if (crl := self.read_crl(der)) is not None]
        answers = [one for der in found.ocsp if (one := self.read_answer(der, found.nonce)) is not None]
        self._brought += certificates
        return bool(certificates or crls or answers)

    def judges(self, scheme: Scheme, bits: int | None, use: Use) -> tuple[str | None, bool]:
        """Why a scheme, its hash and the size of its key may not be used for this at the moment, None if they may; and
        whether the policy calls one of them weak by now.
        """
        policy, at = self.policy, self.at
        refused, weak = policy.judges(scheme.hash.name, None, at, use)
        own, own_weak = policy.judges(scheme.family, bits, at, use)
        return refused or own, weak or own_weak

    def refuses(self, scheme: Scheme, bits: int | None, use: Use) -> str | None:
        """The first of the two alone."""
        return self.judges(scheme, bits, use)[0]

    @property
    def use(self) -> Use:
        """What the signatures that are judged here are for."""
        return Use.TSA if self.policy.purpose is Purpose.TIME_STAMP else Use.SIGNER

    def verifies(self, key: Key, scheme: Scheme, signature: bytes, message: bytes, digest: bytes | None) -> bool:
        """One counted public-key operation; what a slow hash has to digest for it is counted too.

        False where a second engine says something else: that is noted, and leaves every verdict open.
        """
        try:
            return self._verify(key, scheme, signature, message, digest)
        except _EnginesDiffer:
            return False

    def _verify(self, key: Key, scheme: Scheme, signature: bytes, message: bytes, digest: bytes | None) -> bool:
        self._left.key_checks -= 1
        if self._left.key_checks < 0:
            raise LimitExceeded("key_checks")
        if digest is None:
            self._spend(scheme.hash, len(message))
        holds = scheme.verifies(key, signature, message, digest)
        engine = disagrees(holds, key, scheme, signature, message, digest)
        if engine:
            self.differences.setdefault((scheme.name, engine))
            raise _EnginesDiffer
        return holds

    def _spend(self, algorithm: Hash, size: int) -> None:
        if algorithm.slow:
            self._left.slow_bytes -= size
            if self._left.slow_bytes < 0:
                raise LimitExceeded("slow_hash_bytes")

    def digest(self, algorithm: Hash, data: bytes) -> bytes:
        """The digest of bytes out of the document; what a slow hash has to take is counted."""
        self._spend(algorithm, len(data))
        return algorithm.of(data)

    def fingerprint(self, certificate: Certificate, algorithm: Hash) -> bytes:
        """The digest of a certificate by any hash, made once: many signers may name one certificate."""
        known = certificate.fingerprints.get(algorithm.name)
        if known is None:
            self._spend(algorithm, len(certificate.der))
            certificate.fingerprints[algorithm.name] = known = algorithm.of(certificate.der)
        return known

    def links(self, issuer: Certificate, subject: Certificate) -> bool:
        """Whether the issuer's key signed the subject's certificate. An algorithm not supported is noted, and False."""
        place = (issuer.spki, subject.der)
        known = self._links.get(place)
        if known is not None:
            return known
        try:
            scheme, key = read_scheme(subject.outer_algorithm), issuer.key
        except UnknownAlgorithm as error:
            self.unsupported.append(error.name)
            return False

        def check() -> bool:
            return (
                subject.inner_algorithm.agrees(subject.outer_algorithm)
                and key.allows(scheme)
                and self._verify(key.key, scheme, subject.signature, subject.tbs, None)
            )

        self._links[place] = holds = self._remember_agreed(("link", *place), check)
        return holds

    def refuses_age(self, this_update: datetime, next_update: datetime) -> str | None:
        """Why a source of status is not of the age that the policy's rule asks for; None if it is."""
        policy, at = self.policy, self.at
        if this_update > self.now + policy.skew:
            return "not_yet_in_force"
        if policy.status_rule is StatusRule.ONLINE:
            at = self.now
        elif policy.status_rule is StatusRule.ARCHIVE:
            return None if this_update >= at + policy.grace else "too_early"
        elif this_update > at + policy.skew:
            return None
        stale = next_update < at or (policy.freshness is not None and this_update < at - policy.freshness)
        return "stale" if stale else None

    def refuses_crl(self, crl: Crl, issuer: Certificate) -> str | None:
        """Why a certificate's key is not one that may have signed the CRL, or did not; None if it did."""
        if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
            return "crl.issuer_usage"
        try:
            scheme, bits = read_scheme(crl.outer_algorithm), issuer.key.bits
        except UnknownAlgorithm:
            return "crl.algorithm"
        if self.refuses(scheme, bits, Use.CRL) is not None:
            return "crl.algorithm"
        return None if self.signed(crl.der, crl.tbs, crl.signature, issuer, scheme) else "crl.signature"

    def signed(self, der: bytes, tbs: bytes, signature: bytes, issuer: Certificate, scheme: Scheme) -> bool:
        """Whether the issuer's key signed a CRL or an OCSP answer; found out once for all that it speaks of."""
        place = (issuer.spki, der)
        known = self._crl_links.get(place)
        if known is not None:
            return known

        def check() -> bool:
            key = issuer.key
            return key.allows(scheme) and self._verify(key.key, scheme, signature, tbs, None)

        self._crl_links[place] = holds = self._remember_agreed(("status-signature", *place), check)
        return holds

    def _remember_agreed(self, key: tuple[object, ...], check: Callable[[], bool]) -> bool:
        """As `remember`, but what two engines do not agree about is kept nowhere, and False."""
        try:
            return self.remember(key, check)
        except _EnginesDiffer:
            return False

    def remember(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """What the caller's cache has under the key, or what `make` gives: nothing that time or trust could change."""
        return make() if self.cache is None else self.cache.remember(key, make)
