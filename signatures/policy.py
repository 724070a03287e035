"""What is allowed: ETSI EN 319 102-1 clause 5.1.4 (constraints), ETSI TS 119 312 (algorithms by date), and our limits.

A policy is a value. Its digest stands in each report, so that an old verdict can be made again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from signatures.errors import BadArgument
from signatures.lazy import lazy

# The member `kind` of what a person signs to log in by EDS. Signed content of this kind is never a document.
LOGIN_CHALLENGE_KIND: Final = "authsvc/login-challenge/v1"


class Purpose(StrEnum):
    """What the signature is asked to be: one under a document, the answer to a login challenge, or a time stamp."""

    DOCUMENT = "document"
    LOGIN = "login"
    TIME_STAMP = "time_stamp"


class RevocationRule(StrEnum):
    """Whether the status of every certificate below the anchor must be known.

    AT_HAND demands nothing, but a revocation that the material at hand proves still counts.
    """

    REQUIRED = "required"
    AT_HAND = "at_hand"


class StatusRule(StrEnum):
    """Of what age a source of "not revoked" must be.

    AT_TIME: in force at the moment that is judged, or issued after it. ONLINE: an OCSP answer or CRL that is in force
    now. ARCHIVE: issued after the moment that is judged, and the grace period later.
    """

    AT_TIME = "at_time"
    ONLINE = "online"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much hostile input may cost. Each is a number of its own unit; what goes beyond is refused, never cut."""

    signed_bytes: int = 64 << 20  # the signed file; an attached content is inside it
    elements: int = 100_000  # ASN.1 elements read of one file; a signature with three certificates has about 150
    depth: int = 32  # nesting; a SignedData with certificates needs 14
    signatures: int = 64  # SignerInfos in one file
    certificates: int = 256  # certificates taken from one file
    certificate_bytes: int = 64 << 10  # one certificate out of a document; the largest real ones have about 4 KiB
    path_length: int = 10  # certificates from signer to anchor
    paths: int = 32  # candidate paths tried for one signer
    key_checks: int = 512  # public-key operations in one verification
    name_checks: int = 20_000  # comparisons of names with name constraints in one path
    policies: int = 512  # certificate policies that one level of a path may bring
    slow_hash_bytes: int = 8 << 20  # for a hash in plain Python, content and all else apart: about 13 seconds each
    wants: int = 16  # things asked for from outside in one verification

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not isinstance(value, int) or value < 0:
                raise BadArgument(f"The limit {item.name} is not a number.")


class Use(StrEnum):
    """What a signature is for: an algorithm may do for one and not for another."""

    SIGNER = "signer"
    CA = "ca"
    CRL = "crl"
    OCSP = "ocsp"
    TSA = "tsa"


@dataclass(frozen=True, slots=True)
class AlgorithmRule:
    """One row: a hash or a scheme's family, the smallest key in bits, the time of its use, and what it is for.

    `since` and `until` bound the use; no `uses` means all of them; from `weak_since` on there is a warning.
    """

    name: str
    bits: int = 0
    until: datetime | None = None
    since: datetime | None = None
    uses: tuple[Use, ...] = ()
    weak_since: datetime | None = None

    @property
    def timeless(self) -> bool:
        """Whether it says the same at any moment."""
        return self.since is self.until is self.weak_since is None

    def refuses(self, bits: int | None, at: datetime) -> str | None:
        """`short`, `too_early` or `too_late`; None if the row allows it."""
        if bits is not None and bits < self.bits:
            return "short"
        if self.since is not None and at < self.since:
            return "too_early"
        return "too_late" if self.until is not None and at >= self.until else None


_FOR_SHA1: Final = datetime(2017, 1, 1, tzinfo=UTC)
_FOR_SHA224: Final = datetime(2026, 1, 1, tzinfo=UTC)
_FOR_RSA_1024: Final = datetime(2014, 1, 1, tzinfo=UTC)
_FOR_DSA: Final = datetime(2024, 2, 3, tzinfo=UTC)  # FIPS 186-5 lets nobody sign by it any longer
_FOR_GOST_2004: Final = datetime(2025, 1, 1, tzinfo=UTC)
_MOST_KEPT: Final = 1024  # answers about algorithms; keys of RSA come in thousands of sizes
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)

# ETSI TS 119 312 gives the dates in spirit; the GOST pair of 2015 is the national standard in force, and the older pair
# signs the NCA's time stamps even in 2025.
ALGORITHMS: Final = (
    AlgorithmRule("sha1", until=_FOR_SHA1, weak_since=_ALWAYS),
    AlgorithmRule("sha224", until=_FOR_SHA224),
    AlgorithmRule("sha256"),
    AlgorithmRule("sha384"),
    AlgorithmRule("sha512"),
    AlgorithmRule("sha3-256"),
    AlgorithmRule("sha3-384"),
    AlgorithmRule("sha3-512"),
    AlgorithmRule("shake128"),
    AlgorithmRule("shake256"),
    AlgorithmRule("gost-34.11-2015-256"),
    AlgorithmRule("gost-34.11-2015-512"),
    AlgorithmRule("gost-34.311-95", weak_since=_FOR_GOST_2004),
    AlgorithmRule("gost-34.11-94", weak_since=_FOR_GOST_2004),
    AlgorithmRule("rsa-pkcs1", bits=2048),
    AlgorithmRule("rsa-pkcs1", bits=1024, until=_FOR_RSA_1024, weak_since=_ALWAYS),
    AlgorithmRule("rsa-pss", bits=2048),
    AlgorithmRule("ecdsa", bits=256),
    AlgorithmRule("dsa", bits=2048, until=_FOR_DSA, weak_since=_ALWAYS),
    AlgorithmRule("dsa", bits=1024, until=_FOR_RSA_1024, weak_since=_ALWAYS),
    AlgorithmRule("ed25519", bits=255),
    AlgorithmRule("ed448", bits=448),
    AlgorithmRule("ml-dsa-44"),
    AlgorithmRule("ml-dsa-65"),
    AlgorithmRule("ml-dsa-87"),
    AlgorithmRule("gost-34.10-2015", bits=256),
    AlgorithmRule("gost-34.310-2004", bits=256, weak_since=_FOR_GOST_2004),
)


@dataclass(frozen=True)
class Policy:
    """One validation policy. Take `Policy.default()` and change it by its methods.

    `freshness`: how old a CRL's thisUpdate may be at the validation time; None = until its nextUpdate.
    `skew`: how far a CRL's thisUpdate may lie after the validation time (clocks differ).
    `status_rule`, `grace`: see StatusRule. `ocsp_freshness`: for how long an OCSP answer without nextUpdate holds.
    `bare_content`: a signature without signed attributes is accepted for content of type id-data.
    `order_as_found`: signed attributes that were signed in another order than DER's are accepted, with a warning.
    """

    name: str = "authsvc/eds/basic/1"
    purpose: Purpose = Purpose.DOCUMENT
    revocation: RevocationRule = RevocationRule.REQUIRED
    freshness: timedelta | None = None
    skew: timedelta = timedelta(minutes=5)
    status_rule: StatusRule = StatusRule.AT_TIME
    grace: timedelta = timedelta(0)
    ocsp_freshness: timedelta = timedelta(hours=24)
    bare_content: bool = True
    order_as_found: bool = True
    algorithms: tuple[AlgorithmRule, ...] = ALGORITHMS
    limits: Limits = field(default_factory=Limits)

    def __hash__(self) -> int:
        return hash((self.name, self.purpose, self.revocation))  # a policy is looked up often, and by itself

    @classmethod
    def default(cls) -> Policy:
        """Basic validation at the given time: every status known from a CRL in force, key purpose of the profile."""
        return _DEFAULT

    @classmethod
    def online(cls) -> Policy:
        """Every status by an OCSP answer or a CRL that is in force at the validation time and at most a week old."""
        return replace(
            _DEFAULT, name="authsvc/eds/online/1", status_rule=StatusRule.ONLINE, freshness=timedelta(days=7)
        )

    @classmethod
    def archive(cls, grace: timedelta = timedelta(0)) -> Policy:
        """Every status issued after the best signature time, and at least the grace period later."""
        return replace(_DEFAULT, name="authsvc/eds/archive/1", status_rule=StatusRule.ARCHIVE, grace=grace)

    @classmethod
    def login(cls) -> Policy:
        """For the answer to a login challenge: as `online`, since who was revoked since does not come in any more."""
        return replace(cls.online().for_login(), name="authsvc/eds/login/1")

    @classmethod
    def named(cls, name: str) -> Policy:
        """The policy that a report names. BadArgument for a name that none of them has."""
        for policy in (_DEFAULT, cls.online(), cls.archive(), cls.login()):
            if policy.name == name:
                return policy
        raise BadArgument("A policy with this name does not exist.")

    def without_revocation(self) -> Policy:
        """Nothing is demanded about revocation; a revocation that the material at hand proves still counts."""
        return replace(self, revocation=RevocationRule.AT_HAND)

    def with_limits(self, **limits: int) -> Policy:
        """The same policy with some limits changed, by their names in `Limits`."""
        try:
            return replace(self, limits=replace(self.limits, **limits))
        except TypeError as error:
            raise BadArgument("A limit with this name does not exist.") from error

    def for_login(self) -> Policy:
        """The same policy for an answer to a login challenge: only that content, and also authentication keys."""
        return replace(self, purpose=Purpose.LOGIN)

    def for_time_stamp(self) -> Policy:
        """The same policy for a time stamp token: only a time stamp authority's key will do."""
        return replace(self, purpose=Purpose.TIME_STAMP)

    def refuses(self, name: str, bits: int | None, at: datetime, use: Use = Use.SIGNER) -> str | None:
        """Why an algorithm may not be used for this at this moment; None if one row allows it.

        `unknown` (in no row), `other_use` (in rows for other uses only), else what the first row says: `short`,
        `too_early` or `too_late`.
        """
        return self.judges(name, bits, at, use)[0]

    def ends(self, name: str, bits: int | None, at: datetime, use: Use = Use.SIGNER) -> datetime | None:
        """Until when an algorithm that is allowed at this moment will be; None while no end is set."""
        rows = [rule.until for rule in self._rows(name, use) if rule.refuses(bits, at) is None]
        known = [each for each in rows if each is not None]
        return max(known) if known and len(known) == len(rows) else None

    def warns(self, name: str, bits: int | None, at: datetime, use: Use = Use.SIGNER) -> bool:
        """Whether the row that allows an algorithm calls it weak by now."""
        return self.judges(name, bits, at, use)[1]

    def judges(self, name: str, bits: int | None, at: datetime, use: Use) -> tuple[str | None, bool]:
        """Both answers; kept where they hang on no time, as nearly every signature asks for the same few."""
        place = (name, bits, use)
        known = self._settled.get(place)
        if known is None:
            rows = self._rows(name, use)
            known = self._judge(name, rows, bits, at)
            timeless = [rule.refuses(bits, at) for rule in rows if rule.timeless]
            if (None in timeless or len(timeless) == len(rows)) and len(self._settled) < _MOST_KEPT:
                self._settled[place] = known
        return known

    def _judge(self, name: str, rows: list[AlgorithmRule], bits: int | None, at: datetime) -> tuple[str | None, bool]:
        if not rows:
            return "other_use" if name in self._by_name else "unknown", False
        reasons = [rule.refuses(bits, at) for rule in rows]
        allowing = [rule for rule, why in zip(rows, reasons, strict=True) if why is None]
        weak = all(rule.weak_since is not None and at >= rule.weak_since for rule in allowing)
        return (None, weak) if allowing else (reasons[0], False)

    def _rows(self, name: str, use: Use) -> list[AlgorithmRule]:
        return [rule for rule in self._by_name.get(name, ()) if not rule.uses or use in rule.uses]

    @lazy
    def status_words(self) -> dict[str, str]:
        """Of what age a status must be, for the report; times in seconds."""
        freshness = "—" if self.freshness is None else str(int(self.freshness.total_seconds()))
        grace = str(int(self.grace.total_seconds()))
        return {"rule": self.status_rule.value, "freshness": freshness, "grace": grace}

    @lazy
    def _by_name(self) -> dict[str, list[AlgorithmRule]]:
        found: dict[str, list[AlgorithmRule]] = {}
        for rule in self.algorithms:
            found.setdefault(rule.name, []).append(rule)
        return found

    @lazy
    def _settled(self) -> dict[tuple[str, int | None, Use], tuple[str | None, bool]]:
        return {}

    @lazy
    def digest(self) -> str:
        """SHA-256 over every member of the policy, in hexadecimal."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


_DEFAULT: Final = Policy()
