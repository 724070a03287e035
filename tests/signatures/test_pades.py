"""PDF signatures (ISO 32000-1 section 12.8, ETSI EN 319 142-1): what is covered, changed later, proven."""

from __future__ import annotations

import asyncio
import hashlib
import re
import warnings
from collections.abc import Mapping
from datetime import timedelta

import pytest

from signatures import (
    Evidence,
    Indication,
    Limits,
    Policy,
    Report,
    SignatureReport,
    SubIndication,
    TrustAnchors,
    verify,
)
from signatures.cades import SIGNATURE_STAMP
from signatures.errors import NotALoginChallenge
from signatures.report import Outcome
from tests.signatures.conftest import World
from tests.signatures.making import AT, attribute, cms
from tests.signatures.pdfs import blank, compressed, detached, sign, start_of, store, stream, update, write
from tests.signatures.test_longterm import Long, value_of

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
DAY = timedelta(days=1)


def signed(world: World, data: bytes | None = None, **options: object) -> bytes:
    value = detached(world.signer, world.issuing)
    return sign(data or blank(), value, **options)  # type: ignore[arg-type]


def one_of(report: Report) -> SignatureReport:
    (one,) = report.signatures
    return one


def whys(one: SignatureReport) -> list[str | None]:
    return [check.param("why") for check in one.checks if check.code == "pdf.changed"]


def test_a_signature_over_the_whole_file_passes_and_says_what_it_covers(world: World) -> None:
    report = world.verify(signed(world))
    one = one_of(report)
    assert (report.indication, one.indication, one.intact) == (PASSED, PASSED, True)
    assert (one.format, one.container, one.level) == ("PAdES", "PDF", "B-B")
    assert one.coverage is not None
    assert (one.coverage.scope, one.coverage.attached, one.coverage.seen) == ("revision_2", True, True)
    assert one.coverage.name == "Field10"
    assert one.check("pdf.whole") is not None
    assert one.claimed_time is not None
    assert one.claimed_time.isoformat() == "2027-01-15T10:00:00+00:00"


def test_an_ordinary_pdf_signature_is_no_pades(world: World) -> None:
    def value(data: bytes) -> bytes:
        return cms(world.signer, data, detached=True)

    one = one_of(world.verify(sign(blank(), value, kind=b"adbe.pkcs7.detached")))
    assert (one.indication, one.format, one.level) == (PASSED, "PDF", None)


def test_the_oldest_kind_signs_the_sha1_of_the_file(world: World) -> None:
    def value(data: bytes) -> bytes:
        return cms(world.signer, hashlib.sha1(data).digest())  # noqa: S324 - the format's own

    good = sign(blank(), value, kind=b"adbe.pkcs7.sha1")
    assert one_of(world.verify(good)).intact is True
    at = good.index(b"1000 tenge")
    broken = one_of(world.verify(good[:at] + b"9" + good[at + 1 :]))
    assert (broken.indication, broken.intact) == (FAILED, False)


def test_a_kind_that_is_not_read_is_no_verdict(world: World) -> None:
    one = one_of(world.verify(signed(world, kind=b"adbe.x509.rsa_sha1")))
    assert (one.indication, one.intact, one.failures[0].code) == (UNSURE, None, "pdf.kind")


@pytest.mark.parametrize("needle", [b"1000 tenge", b"/Pages 2 0 R", b"%PDF-1.7", b"startxref"])
def test_one_changed_byte_is_a_changed_document(world: World, needle: bytes) -> None:
    data = signed(world)
    at = data.index(needle) + (7 if needle.startswith(b"%PDF") else 0)
    report = world.verify(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :])
    assert report.indication is FAILED
    assert report.sub_indication in (SubIndication.HASH_FAILURE, SubIndication.FORMAT_FAILURE)


# --- the byte range ---


def ranged(data: bytes, numbers: str) -> bytes:
    """With another byte range of the same length."""
    found = re.search(rb"/ByteRange\[[^]]*\]", data)
    assert found is not None
    new = f"/ByteRange[{numbers}]".encode()
    assert len(new) <= len(found[0])
    return data.replace(found[0], new.ljust(len(found[0])))


@pytest.mark.parametrize(
    "form",
    [
        "1 {a} {b} {c}",
        "0 {a} {b}",
        "0 {a} {b} {c} 0 0",
        "0 {a} {b} {more}",
        "0 {a} {b} -1",
        "0 -1 {b} {c}",
        "0 {less} {b} {c}",
        "0 {a} {after} {c}",
        "0 {a} {inside} {c}",
        "0 {b} {a} {c}",
        "0 {a} {a} {c}",
        "0 0 0 0",
        "0 {a} {b} {c}.5",
        "0 true {b} {c}",
        "0 (x) {b} {c}",
    ],
)
def test_a_byte_range_of_any_other_form_signs_nothing(world: World, form: str) -> None:
    data = signed(world)
    a, b, c = map(int, re.findall(rb"/ByteRange\[0 (\d+) +(\d+) +(\d+)", data)[0])
    numbers = form.format(a=a, b=b, c=c, more=c + 1, less=a - 1, after=b + 1, inside=b - 1)
    report = world.verify(ranged(data, numbers))
    one = one_of(report)
    assert (one.indication, one.sub_indication, one.intact) == (FAILED, SubIndication.FORMAT_FAILURE, False)
    assert one.format == "PAdES"


def test_a_byte_range_that_lies_far_away_or_is_none_signs_nothing(world: World) -> None:
    data = signed(world)
    gone = data.replace(b"/ByteRange[", b"/ByteRanje[")
    assert one_of(world.verify(gone)).sub_indication is SubIndication.FORMAT_FAILURE
    assert one_of(world.verify(ranged(data, "9 9 9 9"))).intact is False


def test_a_value_that_is_no_hexadecimal_string_signs_nothing(world: World) -> None:
    data = signed(world)
    start = data.index(b"/Contents<") + 9
    stop = data.index(b">", start)
    literal = data[:start] + b"(" + data[start + 1 : stop] + b")" + data[stop + 1 :]
    assert one_of(world.verify(literal)).sub_indication is SubIndication.FORMAT_FAILURE


def test_bytes_hidden_behind_the_value_are_seen(world: World) -> None:
    data = signed(world)
    stop = data.index(b">", data.index(b"/Contents<"))
    hidden = data[: stop - 4] + b"beef" + data[stop:]
    assert one_of(world.verify(hidden)).sub_indication is SubIndication.FORMAT_FAILURE


def test_a_signature_moved_to_another_range_does_not_hold(world: World) -> None:
    """Signature wrapping: the old bytes kept somewhere, the byte range stretched around new ones."""
    data = signed(world)
    a, b, c = map(int, re.findall(rb"/ByteRange\[0 (\d+) +(\d+) +(\d+)", data)[0])
    wrapped = ranged(data + data[b : b + c], f"0 {a} {len(data)} {c}")
    assert one_of(world.verify(wrapped)).sub_indication is SubIndication.FORMAT_FAILURE


# --- what came later ---

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %s/Resources<</Font<</F1 5 0 R>>>>%s>>"
FORM = b"/AcroForm<</Fields[10 0 R%s]/SigFlags 3>>"


@pytest.mark.parametrize(
    ("objects", "kinds"),
    [
        ({4: stream(b"BT (Pay 9000 tenge) Tj ET")}, ["content"]),
        ({3: PAGE % (b"20 0 R", b""), 20: stream(b"BT (Pay 9000) Tj ET")}, ["content", "page"]),
        ({5: b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>"}, ["content"]),
        ({1: b"<</Type/Catalog/Pages 20 0 R" + FORM % b"" + b">>", 20: b"<</Type/Pages/Kids[]/Count 0>>"}, ["catalog"]),
        (
            {3: PAGE % (b"4 0 R", b"/Annots[20 0 R]"), 20: b"<</Type/Annot/Subtype/FreeText/Rect[0 0 9 9]>>"},
            ["annotation"],
        ),
        (
            {
                1: b"<</Type/Catalog/Pages 2 0 R" + FORM % b" 20 0 R" + b">>",
                20: b"<</FT/Tx/T(Sum)/V(9000)/Subtype/Widget>>",
            },
            ["form_field"],
        ),
    ],
)
def test_what_a_later_revision_changed_is_told_and_the_signature_stays_what_it_is(
    world: World, objects: Mapping[int, bytes], kinds: list[str]
) -> None:
    one = one_of(world.verify(update(signed(world), objects)))
    assert (one.indication, one.intact) == (PASSED, True)
    assert one.check("pdf.whole") is None
    assert set(kinds) <= set(whys(one))
    changed = one.check("pdf.changed")
    assert changed is not None
    assert (changed.outcome, changed.param("revision"), changed.param("revisions")) == (Outcome.WARNING, "2", "3")


def test_a_second_signature_and_validation_data_are_what_a_signed_file_may_receive(world: World) -> None:
    first = signed(world)
    second = signed(world, first, fields=(10,), number=20)
    report = world.verify(second)
    assert [one.indication for one in report.signatures] == [PASSED, PASSED]
    early, late = report.signatures
    assert [early.check("pdf.extended") is not None, late.check("pdf.whole") is not None] == [True, True]
    entry, objects = store([world.issuing.der], [world.root.crl(), world.issuing.crl()], 40)
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[10 0 R 20 0 R]/SigFlags 3>>%s>>" % entry
    extended = world.verify(update(second, {1: catalog, **objects}))
    assert [one.check("pdf.extended") is not None for one in extended.signatures] == [True, True]


def test_content_named_as_validation_data_is_still_content(world: World) -> None:
    """Whoever overwrites a page's text and lists it in the store, or in an appearance, has changed the page."""
    catalog = b"<</Type/Catalog/Pages 2 0 R" + FORM % b"" + b"/DSS<</Certs[4 0 R]>>>>"
    text = stream(b"BT (Pay 9000 tenge) Tj ET")
    assert "content" in whys(one_of(world.verify(update(signed(world), {1: catalog, 4: text}))))
    widget = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/Rect[0 0 0 0]/AP<</N 4 0 R>>>>"
    form = b"<</Type/Catalog/Pages 2 0 R" + FORM % b" 20 0 R" + b">>"
    assert "content" in whys(one_of(world.verify(update(signed(world), {1: form, 20: widget, 4: text}))))


@pytest.mark.parametrize("tail", [b"x", b"\n%PDF-1.7\n", b"\n4 0 obj\n<<>>\nendobj\n", b"\n\n(more)"])
def test_bytes_behind_the_last_revision_are_a_change(world: World, tail: bytes) -> None:
    one = one_of(world.verify(signed(world) + tail))
    assert (one.indication, whys(one)) == (PASSED, ["content"])


def test_an_end_of_line_behind_the_file_is_none(world: World) -> None:
    assert one_of(world.verify(signed(world) + b"\r\n")).check("pdf.whole") is not None


def test_what_was_only_written_anew_is_no_change(world: World) -> None:
    data = signed(world)
    found = re.search(rb"5 0 obj\n(.*?)\nendobj", data, re.DOTALL)
    assert found is not None
    assert one_of(world.verify(update(data, {5: found[1]}))).check("pdf.extended") is not None


# --- levels ---


def long_term(long: Long, *, with_store: bool, with_stamp: bool) -> bytes:
    """Signed and stamped two years ago by what has ended since; material and a document time stamp on request."""

    def stamped(info: bytes) -> list[bytes]:
        return [attribute(SIGNATURE_STAMP, long.token(value_of(info), long.signed_at))]

    data = sign(blank(), detached(long.signer, long.issuing, unsigned=stamped))
    more: dict[int, bytes] = {}
    entry = b""
    if with_store:
        entry, more = store([long.issuing.der], [*long.lists(), *long.lists(AT - 400 * DAY)], 40)
    form = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%s]/SigFlags 3>>%s>>"
    if with_stamp:
        more[1] = form % (b"10 0 R 30 0 R", entry)
        return sign(
            data,
            lambda covered: long.token(covered, AT - 400 * DAY, long.new),
            kind=b"ETSI.RFC3161",
            type_=b"DocTimeStamp",
            number=30,
            more=more,
        )
    return update(data, {1: form % (b"10 0 R", entry), **more})


def judge(long: Long, data: bytes) -> SignatureReport:
    evidence = Evidence.of([long.issuing.der], [*long.lists(), *long.lists(AT - 400 * DAY)])
    return one_of(verify(data, anchors=TrustAnchors.of(long.root.der), at=AT, evidence=evidence))


def test_a_document_time_stamp_carries_a_signature_over_the_end_of_its_authority() -> None:
    long = Long()
    bare = judge(long, long_term(long, with_store=True, with_stamp=False))
    assert bare.indication is UNSURE
    kept = judge(long, long_term(long, with_store=True, with_stamp=True))
    assert (kept.indication, kept.level) == (PASSED, "B-LTA")
    assert [(stamp.kind, stamp.valid) for stamp in kept.time_stamps] == [("document", True), ("signature", True)]
    assert kept.best_signature_time_source == "signature_time_stamp"


def test_without_material_in_the_file_the_level_is_that_of_a_time_stamp() -> None:
    long = Long()
    one = judge(long, long_term(long, with_store=False, with_stamp=True))
    assert (one.indication, one.level) == (PASSED, "B-T")


def test_a_document_time_stamp_over_other_bytes_proves_nothing() -> None:
    long = Long()
    data = long_term(long, with_store=True, with_stamp=True)
    at = data.rindex(b"/SigFlags 3")
    one = judge(long, data[:at] + b"/SigFlags 1" + data[at + 11 :])
    assert [(stamp.kind, stamp.valid) for stamp in one.time_stamps] == [("document", False), ("signature", False)]
    assert one.indication is UNSURE


def test_a_file_with_a_document_time_stamp_alone_has_no_signature() -> None:
    long = Long()
    data = sign(blank(), lambda covered: long.token(covered, AT, long.new), kind=b"ETSI.RFC3161", type_=b"DocTimeStamp")
    report = verify(data, anchors=TrustAnchors.of(long.root.der), at=AT)
    assert (report.indication, report.signatures) == (UNSURE, ())
    assert [check.code for check in report.checks if check.outcome is Outcome.FAILED] == ["signatures.present"]
    assert any(check.code == "pdf.stamps" for check in report.checks)


# --- the file ---


def test_objects_in_streams_are_found(world: World) -> None:
    one = one_of(world.verify(signed(world, compressed(blank()))))
    assert (one.indication, one.intact) == (PASSED, True)
    assert one.check("pdf.whole") is not None


def test_a_file_without_a_signature_says_so(world: World) -> None:
    for data in (blank(), compressed(blank()), blank(b"/AcroForm<</Fields[]>>")):
        report = world.verify(data)
        assert (report.indication, report.signatures) == (UNSURE, ())


def test_an_encrypted_file_is_told(world: World) -> None:
    secret = write({1: b"<</Type/Catalog/Pages 2 0 R>>"}).replace(b"/Root", b"/Encrypt 8 0 R/Root")
    assert "pdf.encrypted" in [check.code for check in world.verify(secret).checks]


def test_a_pdf_is_no_login(world: World) -> None:
    with pytest.raises(NotALoginChallenge):
        world.verify(signed(world), policy=Policy.default().for_login())


def test_a_content_given_beside_a_pdf_is_not_looked_at_and_that_is_said(world: World) -> None:
    report = world.verify(signed(world), b"another")
    assert report.indication is PASSED
    assert [check.outcome for check in report.checks if check.code == "content.same"] == [Outcome.NOT_DONE]


BOMB = b"1 0 obj\n" + stream(bytes(80 << 20), b"/Type/XRef/W[1 4 1]/Size 3/Root 1 0 R", packed=True) + b"\nendobj\n"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        b"%PDF-9.9\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nstartxref\n9999999\n%%EOF",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\nxref\n0 99999999\ntrailer<<>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer<</Prev 9/Root 1 0 R>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer" + b"[" * 100_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer" + b"<</A" * 100_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer<</A(" + b"(" * 100_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer<</A 1/A 2>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 0\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + BOMB + b"startxref\n9\n%%EOF",
        blank().replace(b"4 0 obj", b"7 0 obj").replace(b"1 0 obj", b"8 0 obj"),
        blank(b"/AcroForm<</Fields[1 0 R]>>"),
        blank(b"/AcroForm 1 0 R/Fields[1 0 R 1 0 R]/Kids[1 0 R]/FT/Sig/V 1 0 R"),
    ],
    ids=range(15),
)
def test_a_broken_or_hostile_file_ends_in_a_report(world: World, data: bytes) -> None:
    report = world.verify(data)
    assert report.indication in (FAILED, UNSURE)
    assert all(one.intact is not True for one in report.signatures)


def test_every_cut_and_every_flip_of_a_signed_file_ends_in_a_report(world: World) -> None:
    data = signed(world, compressed(blank()))
    start = start_of(data)
    skipped = range(data.index(b"/Contents<"), data.index(b">>", data.index(b"/Contents<")))
    for at in [*range(8, len(data), 97), *range(start, len(data))]:
        assert all(one.intact is not True for one in world.verify(data[:at]).signatures) or at >= len(data) - 1
        if at not in skipped:
            bent = data[:at] + bytes((data[at] ^ 0x10,)) + data[at + 1 :]
            assert all(one.intact is not True for one in world.verify(bent).signatures), at


def test_many_signatures_over_large_files_are_beyond_the_limit(world: World) -> None:
    data = signed(world)
    small = Policy.default().with_limits(signed_bytes=len(data), signatures=1)
    assert isinstance(small.limits, Limits)
    assert world.verify(data, policy=small).indication is PASSED
    both = signed(world, data, fields=(10,), number=20)
    report = world.verify(both, policy=Policy.default().with_limits(signatures=1))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)


# --- a second opinion ---


def ask_pyhanko(data: bytes, world: World) -> bool:
    """Whether pyHanko finds the first signature intact, valid and trusted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        from io import BytesIO

        from asn1crypto import x509
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.pdf_utils.reader import PdfFileReader
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.validation import async_validate_pdf_signature
        from pyhanko.sign.validation.errors import SignatureValidationError
        from pyhanko_certvalidator import ValidationContext

        context = ValidationContext(
            trust_roots=[x509.Certificate.load(world.root.der)],
            other_certs=[x509.Certificate.load(world.issuing.der)],
            moment=AT,
            revocation_mode="soft-fail",
        )
        try:
            embedded = PdfFileReader(BytesIO(data)).embedded_signatures[0]
            status = asyncio.run(async_validate_pdf_signature(embedded, signer_validation_context=context))
        except (SignatureValidationError, SigningError, PdfError, ValueError):
            return False
        return bool(status.intact and status.valid and status.trusted)


@pytest.mark.parametrize("spoil", ["", "content", "value", "gap", "kind", "anchor"])
def test_pyhanko_says_the_same(world: World, spoil: str) -> None:
    data = signed(world)
    if spoil == "content":
        data = data.replace(b"1000 tenge", b"9000 tenge")
    elif spoil == "value":
        at = data.index(b"/Contents<") + 2_000
        data = data[:at] + (b"0" if data[at : at + 1] != b"0" else b"1") + data[at + 1 :]
    elif spoil == "gap":
        a, b, c = map(int, re.findall(rb"/ByteRange\[0 (\d+) +(\d+) +(\d+)", data)[0])
        data = ranged(data, f"0 {a - 2} {b} {c}")
    elif spoil == "kind":
        data = data.replace(b"/FT/Sig", b"/FT/Tx.")
    elif spoil == "anchor":
        world.root = world.issuing.root("Stranger")
    ours = world.verify(data)
    if spoil == "kind":
        assert ours.signatures == ()
    else:
        assert (ours.indication is PASSED) is ask_pyhanko(data, world) is (spoil == "")
