"""Check 10 of a package: trusted time (evidence format, sections 11 and 12).

Each token is judged at its own time under the anchors of trust.json. What it proves is a place in the log, between two
moments; a record's own `time` after the upper one is a fault, before the lower one a finding: a queue may wait.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from authsvc.clock import rfc3339
from authsvc.evidence.anchor import Anchor, Bracket, Stamped, bracket, in_ms
from authsvc.evidence.check_renewals import Judge, check_renewals
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.keyring import KeyRing, Standing
from authsvc.evidence.merkle import SHA256, leaf_hash, verify_consistency, verify_inclusion
from authsvc.evidence.note import open_checkpoint
from authsvc.evidence.package_read import CHECKPOINT, Package
from authsvc.evidence.package_time import FoundAnchor, FoundCheckpoint, FoundTime, read_time
from authsvc.evidence.record import Entry
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet
from signatures import Cache, Evidence, Outcome, Policy, SubIndication, TrustAnchors
from signatures.errors import SignaturesError
from signatures.report import TimeStampReport
from signatures.timestamp import Expected, find_weak, read_stamp, verify_stamp

UNKNOWN = frozenset({SubIndication.TRY_LATER, SubIndication.CRYPTO_CONSTRAINTS_FAILURE})
"""What leaves a token undecided rather than broken: a status that no list tells, an algorithm that is not read here."""

POLICY = Policy.default()
"""By which tokens are judged, each at its own time; its algorithms must hold until a renewal, or until now."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Proven:
    """What the tokens prove: each record's bracket by its index, and the moment of the first anchor (ms)."""

    brackets: Mapping[int, Bracket] = field(default_factory=dict)
    first: int | None = None

    @property
    def complete(self) -> bool:
        """Whether every record has an upper bound."""
        return bool(self.brackets) and all(each.before is not None for each in self.brackets.values())

    @property
    def uppers(self) -> dict[int, int]:
        """The moment (ms) before which each record stood in the log, by its index, where one is proven."""
        return {index: each.before.latest for index, each in self.brackets.items() if each.before is not None}

    @property
    def whole(self) -> int | None:
        """The moment (ms) before which all records stood in the log; None where one has no bound."""
        return max(self.uppers.values()) if self.complete else None

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """After which moment the first record came, before which the last one that has a bound."""
        afters = [each.after.earliest if each.after else None for each in self.brackets.values()]
        after = None if None in afters else min((each for each in afters if each is not None), default=None)
        return after, max(self.uppers.values(), default=None)


@dataclass(slots=True)
class _Tokens:
    """The tokens that hold: their bounds; and by (size, SHA-256 of the token) what their records must name."""

    anchors: list[Anchor]
    by_digest: dict[tuple[int, str], tuple[Anchor, str, Stamped]]
    renewing: Mapping[str, str]
    """Of renewals: the SHA-256 of the token to that of its certificate."""


def check_time(sheet: Sheet, package: Package, trust: Trust | None, ring: KeyRing | None, at: int) -> Proven:
    """10: the anchors of the package, and what they prove of each record. `at` is the checker's clock in ms."""
    time = read_time(package.files)
    if not time.checkpoints and not time.renewals:
        sheet.leave_check("no_time")
        _check_order(sheet, package)
        return Proven()
    tokens = _check_tokens(sheet, package, time, trust, at)
    _check_sequence(sheet, tokens.anchors)
    placed = [found for each in time.anchors if (found := _check_anchor(sheet, package, each, tokens, ring))]
    proven = Proven(
        {
            item.proof.index: bracket(item.proof.index, [*tokens.anchors, *placed])
            for item in package.records
            if item.entry is not None and item.proof is not None
        },
        min((each.latest for each in tokens.anchors), default=None),
    )
    for item in package.records:
        if item.entry is not None and item.proof is not None:
            _check_record(sheet, item.path, item.entry, proven.brackets[item.proof.index])
    return proven


def _check_order(sheet: Sheet, package: Package) -> None:
    """Without anchors only the order of the log's own times can be looked at."""
    latest = 0
    for item in package.records:
        if item.entry is not None:
            if item.entry.time < latest:
                sheet.note("logged_late", item.path, seconds=(latest - item.entry.time) // 1000)
            latest = max(latest, item.entry.time)


def _check_tokens(sheet: Sheet, package: Package, time: FoundTime, trust: Trust | None, at: int) -> _Tokens:
    found = _Tokens([], {}, {})
    anchors = _trusted(sheet, trust)
    judge = _judge(sheet, time, anchors, _EPOCH + timedelta(milliseconds=at)) if anchors is not None else None
    renewals = check_renewals(sheet, time, judge) if judge is not None else None
    for checkpoint in time.checkpoints:
        if not _check_stamped(sheet, package, checkpoint, trust) or checkpoint.stamped is None:
            continue
        if judge is None or renewals is None:
            continue
        for name, token in checkpoint.tokens.items():
            where = f"{checkpoint.folder}/tokens/{name}"
            report = judge(where, token, checkpoint.stamped.text, renewals.known_by(token))
            renewals.check_order(sheet, token, where, report)
            if report.valid and report.earliest and report.latest and report.authority:
                anchor = Anchor(checkpoint.size, *in_ms(report.earliest, report.latest))
                found.anchors.append(anchor)
                digest = hashlib.sha256(token).hexdigest()
                found.by_digest[checkpoint.size, digest] = (anchor, report.authority.sha256, checkpoint.stamped)
        if not checkpoint.tokens:
            sheet.fault("stamp_without_token", checkpoint.path)
    found.renewing = renewals.authorities if renewals is not None else {}
    return found


def _judge(sheet: Sheet, time: FoundTime, anchors: TrustAnchors, at: datetime) -> Judge:
    """Judges tokens by the package's material; `at` is the moment of the check."""
    evidence = Evidence.of(time.material["certificate"], time.material["crl"], time.material["ocsp"])
    cache = Cache()

    def judge(where: str, token: bytes, text: bytes, known_by: datetime | None) -> TimeStampReport:
        expected = Expected(not_after=at, known_by=known_by)
        report = verify_stamp(
            token, text, anchors=anchors, evidence=evidence, policy=POLICY, expected=expected, cache=cache
        )
        if _check_token(sheet, where, report):
            _check_strength(sheet, where, token, report, known_by or at)
        return report

    return judge


def _check_strength(sheet: Sheet, where: str, token: bytes, report: TimeStampReport, at: datetime) -> None:
    """A token whose algorithms have weakened could be made today: only a renewal from before shows that it is old."""
    weak = find_weak(read_stamp(token), report.authority.key.bits, POLICY, at) if report.authority else None
    if weak is not None:
        sheet.doubt("stamp_weakened", where, algorithm=weak)


def _trusted(sheet: Sheet, trust: Trust | None) -> TrustAnchors | None:
    if trust is None or not trust.tsa_anchors:
        sheet.note("stamps_not_trusted")
        return None
    try:
        return TrustAnchors.of(*trust.tsa_anchors)
    except SignaturesError as error:
        sheet.fault("tsa_anchors_unreadable", reason=error.message)
        return None


def _check_stamped(sheet: Sheet, package: Package, found: FoundCheckpoint, trust: Trust | None) -> bool:
    """The stamped text is of this log, signed by its keys, and the package's checkpoint extends it."""
    stamped, own = found.stamped, package.checkpoint
    if stamped is None or found.consistency is None or own is None:
        sheet.fault("stamp_unreadable", found.path)
        return False
    checkpoint = stamped.checkpoint
    if checkpoint.origin != own.origin or checkpoint.size != found.size:
        sheet.fault("stamp_of_another_log", found.path, origin=checkpoint.origin)
        return False
    if not verify_consistency(checkpoint.size, own.size, checkpoint.root, own.root, found.consistency):
        sheet.fault("stamp_not_linked", found.path)
        return False
    if trust is not None:
        needed = [each.verifier for each in trust.log_keys if each.is_good(checkpoint.size)]
        try:
            _, note = open_checkpoint(stamped.note, needed, own.origin)
        except EvidenceError as error:
            sheet.fault("stamp_log_signature", found.path, reason=error.message)
            return False
        if {each.verifier for each in note.verified} != set(needed):
            sheet.fault("stamp_log_signature", found.path, reason="missing")
            return False
    return True


def _check_token(sheet: Sheet, where: str, report: TimeStampReport) -> bool:
    if report.valid:
        return True
    failed = [check.code for check in report.checks if check.outcome is Outcome.FAILED]
    reason = failed[0] if failed else str(report.indication)
    if "stamp.future" in failed:
        sheet.fault("stamp_from_future", where, time=report.time.isoformat() if report.time else "")
    elif report.sub_indication in UNKNOWN:
        sheet.doubt("stamp_not_decided", where, reason=reason)
    else:
        sheet.fault("stamp_fails", where, reason=reason)
    return False


def _check_sequence(sheet: Sheet, anchors: Sequence[Anchor]) -> None:
    """A larger checkpoint can't have been stamped before a smaller one."""
    latest_start = 0
    for one in sorted(anchors, key=lambda each: (each.size, each.earliest)):
        if one.latest < latest_start:
            sheet.fault("stamp_before_the_one_below", f"time/checkpoints/{one.size}/stamped")
        latest_start = max(latest_start, one.earliest)


def _check_anchor(
    sheet: Sheet, package: Package, found: FoundAnchor, tokens: _Tokens, ring: KeyRing | None
) -> Anchor | None:
    """The record of a token at its place: what it names is what the package holds."""
    entry, proof, own = found.entry, found.proof, package.checkpoint
    if entry is None or proof is None or own is None or entry.type != "anchor":
        sheet.fault("anchor_unreadable", found.path)
        return None
    leaf = leaf_hash(found.data, SHA256)
    included = verify_inclusion(proof.index, own.size, leaf, proof.path, own.root)
    if (
        not included
        or proof.checkpoint != package.files.get(CHECKPOINT)
        or found.path != f"time/anchors/{proof.index}.note"
    ):
        sheet.fault("anchor_not_included", found.path)
        return None
    if ring is not None and not _is_signed(entry, proof.index, ring):
        sheet.fault("anchor_signature", found.path)
        return None
    size, digest = int(str(entry.body["anchor_size"])), digest_bytes(str(entry.body["anchor_token"])).hex()
    if digest in tokens.renewing:
        if proof.index < size or digest_bytes(str(entry.body["anchor_tsa"])).hex() != tokens.renewing[digest]:
            sheet.fault("anchor_differs", found.path)
        return None  # it bounds no entry: what it is over is older than its size tells
    named = tokens.by_digest.get((size, digest))
    if named is None:
        sheet.note("anchor_without_token", found.path)
        return None
    anchor, authority, stamped = named
    told = [digest_bytes(str(entry.body[name])) for name in ("anchor_tsa", "anchor_root", "anchor_root_512")]
    if proof.index < size or told != [bytes.fromhex(authority), stamped.checkpoint.root, stamped.root_512]:
        sheet.fault("anchor_differs", found.path)
        return None
    return Anchor(anchor.size, anchor.earliest, anchor.latest, proof.index)


def _is_signed(entry: Entry, index: int, ring: KeyRing) -> bool:
    standing, interval = ring.standing(entry, index)
    return (
        interval is not None
        and standing is not Standing.OUTSIDE
        and interval.verifier.verify(entry.text, entry.signature.raw)
    )


def _check_record(sheet: Sheet, path: str, entry: Entry, found: Bracket) -> None:
    if found.before is None:
        sheet.note("not_anchored", path)
    elif entry.time > found.before.latest:
        late = (entry.time - found.before.latest + 999) // 1000
        sheet.fault(
            "time_after_bound", path, time=rfc3339(entry.time), bound=rfc3339(found.before.latest), seconds=late
        )
    if found.after is not None and entry.time < found.after.earliest:
        sheet.note("logged_late", path, seconds=(found.after.earliest - entry.time) // 1000)
