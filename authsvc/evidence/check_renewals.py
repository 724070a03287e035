"""Part of check 10: time stamps that were renewed (RFC 4998, section 5.3; evidence format, section 11).

The last renewal is judged first, and each older token then at the moment at which the later one proves it was there.
A renewal that is over something else, or came when the older token's certificate had ended, is a fault.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from authsvc.clock import rfc3339
from authsvc.evidence.anchor import in_ms
from authsvc.evidence.package_time import FoundRenewal, FoundTime
from authsvc.evidence.verdict import Sheet
from signatures.report import TimeStampReport

Judge = Callable[[str, bytes, bytes, datetime | None], TimeStampReport]
"""Judges (where, token, what it is over, the moment at which it is known to have been there), and says what fails."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A renewal that is over a token: where its own token stands, and the report on it."""

    where: str
    report: TimeStampReport


@dataclass(slots=True)
class Renewals:
    """What the renewals of a package prove of older tokens, by the SHA-256 of these in hex."""

    claims: dict[str, list[_Claim]] = field(default_factory=dict)
    authorities: dict[str, str] = field(default_factory=dict)
    """Of the renewals that hold: the SHA-256 of the token to that of its certificate."""

    def known_by(self, token: bytes) -> datetime | None:
        """The first moment at which a later token proves that this one was there; None without a renewal."""
        found = self.claims.get(hashlib.sha256(token).hexdigest(), ())
        return min((each.report.latest for each in found if each.report.valid and each.report.latest), default=None)

    def check_order(self, sheet: Sheet, token: bytes, where: str, report: TimeStampReport) -> None:
        """A renewal comes after the token that it renews, and before the end of that one's certificate."""
        for claim in self.claims.get(hashlib.sha256(token).hexdigest(), ()):
            renewed, earliest = claim.report.latest, report.earliest
            if renewed is None or earliest is None or report.authority is None:
                continue
            if renewed < earliest:
                sheet.fault("renewal_before_token", claim.where)
            elif renewed > report.authority.not_after:
                sheet.fault("renewal_too_late", claim.where, end=_say(report.authority.not_after))
            elif claim.report.valid:
                sheet.note("stamp_renewed", where, time=_say(renewed))


def _say(moment: datetime) -> str:
    return rfc3339(in_ms(moment, moment)[1])


def check_renewals(sheet: Sheet, time: FoundTime, judge: Judge) -> Renewals:
    """The renewals of a package, the last one first; what each is over, and what it proves of the tokens before it."""
    found = Renewals()
    older = {hashlib.sha256(token).hexdigest(): token for token in _anchored(time)}
    tokens = {each.number: (hashlib.sha256(each.token).hexdigest(), each.token) for each in time.renewals}
    for renewal in time.renewals:
        before = older | dict(pair for number, pair in tokens.items() if number < renewal.number)
        _check_one(sheet, renewal, before, found, judge)
    return found


def _anchored(time: FoundTime) -> Iterable[bytes]:
    return (token for checkpoint in time.checkpoints for token in checkpoint.tokens.values())


def _check_one(sheet: Sheet, renewal: FoundRenewal, before: Mapping[str, bytes], found: Renewals, judge: Judge) -> None:
    where = f"{renewal.folder}/token"
    if renewal.text is None or renewal.covers is None:
        sheet.fault("renewal_unreadable", renewal.folder)
        return
    report = judge(where, renewal.token, renewal.data, found.known_by(renewal.token))
    found.check_order(sheet, renewal.token, where, report)
    if report.valid and report.authority is not None:
        found.authorities[hashlib.sha256(renewal.token).hexdigest()] = report.authority.sha256
    for covered in renewal.covers:
        token = before.get(covered.token)
        if token is None:
            sheet.fault("renewal_of_unknown", f"{renewal.folder}/covers.json", token=covered.token[:16])
        elif not covered.is_under(renewal.text, token):
            sheet.fault("renewal_not_linked", f"{renewal.folder}/covers.json", token=covered.token[:16])
        else:
            found.claims.setdefault(covered.token, []).append(_Claim(where, report))
