"""ETSI EN 319 102-1 clauses 5.5 and 5.6: B-T, B-LT, B-LTA, counter-signatures; what proves a time and what does not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from signatures import Evidence, Indication, Policy, SignatureReport, SubIndication, TrustAnchors, asn1, verify
from signatures.asn1 import OCTET_STRING, SEQUENCE
from signatures.cades import (
    ARCHIVE_STAMP,
    CERTIFICATE_VALUES,
    CONTENT_STAMP,
    COUNTER_SIGNATURE,
    REVOCATION_VALUES,
    SIGNATURE_STAMP,
)
from signatures.der import encode
from signatures.timestamp import TST_INFO
from tests.signatures.making import (
    AT,
    DATA,
    HASH_OIDS,
    Ca,
    attribute,
    envelope,
    ess,
    essential,
    make_key,
    oid,
    signer_info,
)
from tests.signatures.stamping import make_authority, write_info

CONTENT = b"Contract 7: 1000 tenge"
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def extend(info: bytes, *attributes: bytes) -> bytes:
    """The SignerInfo with more unsigned attributes."""
    children = asn1.parse(info).children()
    parts = [one.raw for one in children if one.tag != 0xA1]
    old = [one.raw for last in children if last.tag == 0xA1 for one in last.children()]
    return encode(SEQUENCE, *parts, encode(0xA1, *old, *attributes))


def value_of(info: bytes) -> bytes:
    return next(one.value for one in asn1.parse(info).children() if one.tag == OCTET_STRING)


@dataclass
class Long:
    """A PKI of twenty years, a signer whose certificate ended a year ago, time stamp authorities of their own time."""

    root: Ca = field(default_factory=lambda: Ca.root(begin=AT - 10 * YEAR, end=AT + 10 * YEAR))

    def __post_init__(self) -> None:
        self.issuing = self.root.issue(
            "Issuing", key=make_key("ec", 3), ca=True, begin=AT - 9 * YEAR, end=AT + 9 * YEAR
        )
        self.signer = self.issuing.issue("Signer", key=make_key("ec", 4), begin=AT - 3 * YEAR, end=AT - YEAR)
        self.old = make_authority(self.issuing, "Old TSA", begin=AT - 4 * YEAR, end=AT - DAY)
        self.new = make_authority(
            self.issuing, "New TSA", key=make_key("ec", 10), begin=AT - 2 * YEAR, end=AT + 2 * YEAR
        )
        self.signed_at = AT - 2 * YEAR
        self.extra: list[bytes] = []

    def lists(self, moment: datetime | None = None) -> list[bytes]:
        at = moment or self.signed_at
        return [self.root.crl(at + DAY), self.issuing.crl(at + DAY)]

    def sign(self, *, with_ess: bool = True, attributes: tuple[bytes, ...] = ()) -> bytes:
        parts = [*essential(CONTENT), *attributes, *([ess(self.signer.der)] if with_ess else [])]
        return signer_info(self.signer, CONTENT, attributes=parts)

    def token(self, data: bytes, at: datetime, authority: Ca | None = None, unsigned: tuple[bytes, ...] = ()) -> bytes:
        by = authority or self.old
        info = write_info(data, at=at, digest="sha256")
        parts = [*essential(info, "sha256", TST_INFO), ess(by.der)]
        signer = signer_info(by, info, attributes=parts, content_type=TST_INFO, unsigned=unsigned)
        return envelope(info, [signer], [by.der], content_type=TST_INFO)

    def stamped(self, info: bytes, at: datetime | None = None, authority: Ca | None = None) -> bytes:
        token = self.token(value_of(info), at or self.signed_at, authority)
        return extend(info, attribute(SIGNATURE_STAMP, token))

    def archived(self, info: bytes, at: datetime, *, held: tuple[list[bytes], list[bytes]], forget: int = 0) -> bytes:
        """With an archive-time-stamp-v3 by the new authority over all that is there."""
        children = asn1.parse(info).children()
        digest = lambda data: encode(OCTET_STRING, hashlib.sha256(data).digest())  # noqa: E731
        values = [
            digest(pair[0].raw + value.raw)
            for last in children
            if last.tag == 0xA1
            for pair in [one.children() for one in last.children()]
            for value in pair[1].children()
        ]
        index = encode(
            SEQUENCE,
            encode(SEQUENCE, oid(HASH_OIDS["sha256"])),
            encode(SEQUENCE, *(digest(one) for one in held[0])),
            encode(SEQUENCE, *(digest(one) for one in held[1])),
            encode(SEQUENCE, *values[forget:]),
        )
        parts = b"".join(one.raw for one in children if one.tag != 0xA1)
        data = oid(DATA) + hashlib.sha256(CONTENT).digest() + parts + index
        token = self.token(data, at, self.new, (attribute("0.4.0.19122.1.5", index),))
        return extend(info, attribute(ARCHIVE_STAMP, token))

    def judge(
        self,
        info: bytes,
        *,
        crls: list[bytes] | None = None,
        inside: tuple[list[bytes], list[bytes]] | None = None,
        at: datetime = AT,
        policy: Policy | None = None,
        content: bytes = CONTENT,
    ) -> SignatureReport:
        certificates, lists = inside or ([self.signer.der, self.issuing.der], [])
        signed = envelope(content, [info], certificates, crls=lists)
        report = verify(
            signed,
            anchors=TrustAnchors.of(self.root.der),
            at=at,
            evidence=Evidence.of(self.extra, self.lists() + self.lists(AT - 2 * DAY) if crls is None else crls),
            policy=policy or Policy.default(),
        )
        return report.signatures[0]


@pytest.fixture
def long() -> Long:
    return Long()


def verdict(one: SignatureReport) -> tuple[Indication, SubIndication | None]:
    return one.indication, one.sub_indication


def test_a_time_stamp_makes_an_expired_certificate_good(long: Long) -> None:
    """NCANode issues 73 and 103."""
    info = long.sign()
    assert verdict(long.judge(info)) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    one = long.judge(long.stamped(info, authority=long.new, at=AT - 2 * YEAR + DAY))
    assert verdict(one) == (PASSED, None)
    assert one.best_signature_time_source == "signature_time_stamp"
    assert timedelta(0) <= one.best_signature_time - (AT - 2 * YEAR + DAY) <= timedelta(seconds=1)
    assert one.level == "B-T"
    assert [stamp.kind for stamp in one.time_stamps] == ["signature"]


def test_plain_cms_with_a_time_stamp_has_a_time_and_no_level(long: Long) -> None:
    one = long.judge(long.stamped(long.sign(with_ess=False), authority=long.new, at=AT - 2 * YEAR + DAY))
    assert (one.indication, one.format, one.level) == (PASSED, "CMS", None)
    assert one.best_signature_time_source == "signature_time_stamp"


@pytest.mark.parametrize("spoil", ["imprint", "untrusted", "expired", "after", "none"])
def test_a_time_stamp_that_does_not_hold_proves_nothing(long: Long, spoil: str) -> None:
    info = long.sign()
    stranger = make_authority(Ca.root("Stranger", key=make_key("ec", 8)), begin=AT - 4 * YEAR)
    tokens = {
        "imprint": long.token(b"another value", AT - 2 * YEAR + DAY, long.new),
        "untrusted": long.token(value_of(info), long.signed_at, stranger),
        "expired": long.token(value_of(info), long.signed_at),  # its authority's certificate ended yesterday
        "after": long.token(value_of(info), AT - DAY, long.new),  # a time after the signer's certificate had ended
        "none": b"\x30\x00",
    }
    one = long.judge(extend(info, attribute(SIGNATURE_STAMP, tokens[spoil])))
    assert verdict(one) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_a_revocation_after_the_proven_time_does_not_count_and_one_before_does(long: Long) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    long.issuing.revoke(long.signer, AT - 2 * YEAR + 30 * DAY, x509.ReasonFlags.key_compromise)
    later = [long.root.crl(AT - YEAR - DAY), long.issuing.crl(AT - YEAR - DAY)]
    assert verdict(long.judge(stamped, crls=[*later, *long.lists(AT - 2 * DAY)])) == (PASSED, None)
    long.issuing.revoked.clear()
    long.issuing.revoke(long.signer, AT - 2 * YEAR - DAY)
    before = [long.root.crl(AT - YEAR - DAY), long.issuing.crl(AT - YEAR - DAY)]
    assert verdict(long.judge(stamped, crls=before)) == (UNSURE, SubIndication.REVOKED_NO_POE)


def test_what_a_content_time_stamp_proves_makes_a_revoked_signer_fail(long: Long) -> None:
    """Clause 5.2.6: the signature was made after the content's stamp, and the certificate was revoked before it."""
    token = long.token(CONTENT, AT - 2 * YEAR + DAY, long.new)
    info = long.sign(attributes=(attribute(CONTENT_STAMP, token),))
    long.issuing.revoke(long.signer, AT - 2 * YEAR - DAY)
    lists = [long.root.crl(AT - YEAR - DAY), long.issuing.crl(AT - YEAR - DAY)]
    assert verdict(long.judge(info, crls=lists)) == (FAILED, SubIndication.REVOKED)


def test_a_stamp_before_the_certificate_began_is_too_early(long: Long) -> None:
    long.new = make_authority(long.issuing, "Early TSA", key=make_key("ec", 10), begin=AT - 5 * YEAR, end=AT + 2 * YEAR)
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 4 * YEAR)
    assert verdict(long.judge(stamped)) == (FAILED, SubIndication.NOT_YET_VALID)


def values(long: Long, *, crls: list[bytes]) -> list[bytes]:
    """certificate-values and revocation-values."""
    return [
        attribute(CERTIFICATE_VALUES, encode(SEQUENCE, long.issuing.der, long.signer.der)),
        attribute(REVOCATION_VALUES, encode(SEQUENCE, encode(0xA0, encode(SEQUENCE, *crls)))),
    ]


def test_with_all_material_inside_it_is_long_term(long: Long) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    whole = extend(stamped, *values(long, crls=long.lists()))
    assert long.judge(whole, crls=[]).level == "B-LT"
    in_fields = ([long.signer.der, long.issuing.der], long.lists())
    assert long.judge(stamped, crls=[], inside=in_fields).level == "B-LT"


def archive(long: Long, **options: int) -> tuple[bytes, tuple[list[bytes], list[bytes]]]:
    """Signed and stamped two years ago by an authority that has ended since; archived while it was still valid."""
    held = ([long.signer.der, long.issuing.der], long.lists())
    return long.archived(long.stamped(long.sign()), AT - YEAR, held=held, **options), held


def test_an_archive_time_stamp_carries_an_old_one_over_the_end_of_its_authority(long: Long) -> None:
    info, held = archive(long)
    one = long.judge(info, inside=held)
    assert verdict(one) == (PASSED, None)
    assert (one.level, one.best_signature_time_source) == ("B-LTA", "signature_time_stamp")
    assert [(stamp.kind, stamp.valid) for stamp in one.time_stamps] == [("archive", True), ("signature", True)]


def test_an_archive_time_stamp_covers_only_what_its_index_names(long: Long) -> None:
    info, held = archive(long, forget=1)
    one = long.judge(info, inside=held)
    assert [(stamp.kind, stamp.valid) for stamp in one.time_stamps] == [("archive", True), ("signature", False)]
    assert one.best_signature_time_source == "archive_time_stamp"
    assert verdict(one) == (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)  # a year ago the certificate had just ended


@pytest.mark.parametrize("place", ["certificate", "crl"])
def test_what_was_archived_may_not_be_taken_away(long: Long, place: str) -> None:
    info, (certificates, crls) = archive(long)
    inside = (certificates[:1], crls) if place == "certificate" else (certificates, crls[:1])
    long.extra = [long.issuing.der]
    one = long.judge(info, inside=inside)
    assert not one.time_stamps[0].valid
    assert one.indication is UNSURE


def test_another_content_breaks_the_archive_time_stamp_too(long: Long) -> None:
    info, held = archive(long)
    one = long.judge(info, inside=held, content=CONTENT + b"0")
    assert verdict(one) == (FAILED, SubIndication.HASH_FAILURE)
    assert one.time_stamps[0].sub_indication is SubIndication.HASH_FAILURE


def counter(long: Long, over: bytes, *, content_type: bool = False) -> bytes:
    witness = long.issuing.issue("Witness", key=make_key("ec", 16))
    long.extra = [witness.der]
    parts = essential(over)[0 if content_type else 1 :]
    return attribute(COUNTER_SIGNATURE, signer_info(witness, over, attributes=[*parts, ess(witness.der)]))


def test_a_counter_signature_is_a_report_of_its_own(long: Long) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    good = long.judge(extend(stamped, counter(long, value_of(stamped))))
    assert verdict(good) == (PASSED, None)
    (own,) = good.counter_signatures
    assert (own.indication, own.signer and own.signer.name) == (PASSED, "Witness")
    assert own.coverage is not None
    assert own.coverage.scope == "signature_value"
    assert own.level == "B-B"


@pytest.mark.parametrize("spoil", ["value", "content_type"])
def test_a_bad_counter_signature_breaks_only_itself(long: Long, spoil: str) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    over = b"another value" if spoil == "value" else value_of(stamped)
    one = long.judge(extend(stamped, counter(long, over, content_type=spoil == "content_type")))
    assert verdict(one) == (PASSED, None)
    assert [each.indication for each in one.counter_signatures] == [FAILED]
    assert "counter_signature" in {check.code for check in one.checks if check.outcome.value == "warning"}


def test_old_attributes_are_named(long: Long) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    one = long.judge(extend(stamped, attribute("1.2.840.113549.1.9.16.2.48", b"\x30\x00")))
    check = one.check("attributes.old")
    assert check is not None
    assert check.param("attribute") == "archive-time-stamp-v2"


def test_an_archive_policy_wants_a_status_from_after_the_signature(long: Long) -> None:
    stamped = long.stamped(long.sign(), authority=long.new, at=AT - 2 * YEAR + DAY)
    before = [long.root.crl(AT - 2 * YEAR, 30 * DAY), long.issuing.crl(AT - 2 * YEAR, 30 * DAY)]
    after = [long.root.crl(AT - 2 * YEAR + 3 * DAY), long.issuing.crl(AT - 2 * YEAR + 3 * DAY)]
    assert long.judge(stamped, crls=before).indication is PASSED
    assert long.judge(stamped, crls=after, policy=Policy.archive()).indication is PASSED
    assert long.judge(stamped, crls=before, policy=Policy.archive()).indication is UNSURE
    assert long.judge(stamped, crls=after, policy=Policy.archive(grace=5 * DAY)).indication is UNSURE


def test_the_ncas_stamped_signature_stands_while_its_authority_does(shared_vectors: Path) -> None:
    """The index on cms_f9c0a6249f: after the signer's certificate has ended, and after the TSA's has."""
    folder = shared_vectors / "kz"
    anchors = TrustAnchors.of(
        *((folder / "ca" / name).read_bytes() for name in ("nca_gost2022_test.cer", "nca_gost_test_2004.cer"))
    )
    crl = (folder / "crl" / "nca_gost2022_test_daace8.crl").read_bytes()
    signed = (folder / "cms" / "cms_f9c0a6249f.der").read_bytes()

    def judge(at: datetime, policy: Policy) -> SignatureReport:
        return verify(signed, anchors=anchors, at=at, evidence=Evidence.of(crls=[crl]), policy=policy).signatures[0]

    waived = Policy.default().without_revocation()
    one = judge(datetime(2026, 5, 1, tzinfo=UTC), waived)
    assert verdict(one) == (PASSED, None)
    assert one.best_signature_time.replace(microsecond=0) == datetime(2025, 2, 24, 19, 23, 15, tzinfo=UTC)
    assert verdict(judge(datetime(2026, 5, 1, tzinfo=UTC), Policy.default()))[0] is UNSURE
    assert verdict(judge(datetime(2026, 11, 20, tzinfo=UTC), waived))[0] is UNSURE


@pytest.mark.parametrize("place", range(0, 40, 7))
def test_any_turned_bit_of_a_time_stamp_proves_no_time(long: Long, place: int) -> None:
    info = long.sign()
    token = bytearray(long.token(value_of(info), AT - 2 * YEAR + DAY, long.new))
    token[-1 - place] ^= 1
    one = long.judge(extend(info, attribute(SIGNATURE_STAMP, bytes(token))))
    assert one.best_signature_time_source == "validation_time"
