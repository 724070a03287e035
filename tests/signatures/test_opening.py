"""What is no signed document is refused by its kind, never by accident."""

from __future__ import annotations

import base64
import io
import json

import pytest

from signatures import (
    BadArgument,
    ConfirmationIsNotASignature,
    FormatNotRead,
    Indication,
    LimitExceeded,
    NotASignedDocument,
    Policy,
    SubIndication,
    TrustAnchors,
    verify,
)
from tests.signatures.conftest import World
from tests.signatures.making import AT, cms, encode, envelope, oid

CONTENT = b"content"


def refuse(data: bytes) -> NotASignedDocument:
    with pytest.raises(NotASignedDocument) as refusal:
        verify(data, anchors=TrustAnchors.of(), at=AT)
    return refusal.value


def token(header: object, payload: object = None) -> str:
    parts = [json.dumps(header).encode(), json.dumps(payload or {"outcome": "confirmed"}).encode(), b"s" * 64]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


RECEIPT = token({"alg": "ES256", "typ": "confirmation-receipt+jwt"})


@pytest.mark.parametrize(
    "data",
    [
        RECEIPT,
        f"\n  {RECEIPT}\r\n",
        "\ufeff" + RECEIPT,
        token({"typ": "application/Confirmation-Receipt+JWT", "alg": "none"}),
        json.dumps({"receipt": RECEIPT}),
        json.dumps([{"receipts": [{"deep": RECEIPT}]}]),
        json.dumps(RECEIPT),
        json.dumps({"protected": RECEIPT.split(".")[0], "payload": "e30", "signature": "AA"}),
        RECEIPT.rsplit(".", 1)[0] + ".",
    ],
)
def test_a_confirmation_receipt_is_refused_as_what_it_is(data: str) -> None:
    refusal = refuse(data.encode())
    assert isinstance(refusal, ConfirmationIsNotASignature)
    assert refusal.code == "confirmation_is_not_a_signature"
    assert "confirmation" in refusal.message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04....", "ZIP"),
        (token({"alg": "ES256", "typ": "jose"}).encode(), "JWS"),
    ],
)
def test_formats_that_may_carry_signatures_but_are_not_read_say_so(data: bytes, kind: str) -> None:
    refusal = refuse(data)
    assert isinstance(refusal, FormatNotRead)
    assert kind in refusal.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0",
        b"\x30\x01",
        b"\x30\x80",
        b"plain text",
        b'{"some": "json"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"a.b.c",
        b"e.e.e",
        b"\xff\xfe\x00",
        b"MIIB",
        b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n",
        b"-----BEGIN CMS-----\n!!!!\n-----END CMS-----\n",
        encode(0x30, oid("1.2.840.113549.1.7.3"), encode(0xA0, b"\x30\x00")),  # enveloped data
        b"\x00" * 1000,
    ],
)
def test_what_is_no_signed_document_is_refused_with_one_error(data: bytes) -> None:
    refusal = refuse(data)
    assert type(refusal) is NotASignedDocument
    assert refusal.code == "not_a_signed_document"


def test_pem_and_base64_are_opened(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    text = base64.encodebytes(signed)
    for label in (b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA"):
        pem = b"-----BEGIN " + label + b"-----\n" + text + b"-----END " + label + b"-----\n"
        assert world.verify(pem).indication is Indication.TOTAL_PASSED
    assert world.verify(text).indication is Indication.TOTAL_PASSED
    assert world.verify(base64.b64encode(signed)).indication is Indication.TOTAL_PASSED


def test_an_envelope_that_says_signed_data_and_is_broken_is_a_format_failure(world: World) -> None:
    signed = cms(world.signer, CONTENT)
    for broken in (signed[:-1], signed[:40], signed + b"\n", envelope(CONTENT, []) + b"x"):
        report = world.verify(broken)
        assert (report.indication, report.sub_indication) == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
        assert report.signatures == ()


def test_arguments_of_other_types_are_the_callers_mistake() -> None:
    for wrong in (io.StringIO("text"), 5, None):
        with pytest.raises(BadArgument):
            verify(wrong, anchors=TrustAnchors.of(), at=AT)  # type: ignore[arg-type]


def test_content_of_other_types_is_the_callers_mistake(world: World) -> None:
    signed = cms(world.signer, CONTENT, detached=True)
    for wrong in (io.StringIO("text"), 5, "text"):
        with pytest.raises(BadArgument):
            world.verify(signed, wrong)  # type: ignore[arg-type]


class Trickle(io.BytesIO):
    """A stream that gives at most seven bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7 if size is None or size < 0 else min(size, 7))


def test_streams_that_give_little_at_a_time_are_read_to_their_end(world: World) -> None:
    attached, detached = cms(world.signer, CONTENT), cms(world.signer, CONTENT, detached=True)
    anchors, evidence = world.anchors, world.evidence
    assert verify(Trickle(attached), anchors=anchors, evidence=evidence, at=AT).indication is Indication.TOTAL_PASSED
    assert (
        verify(Trickle(detached), content=Trickle(CONTENT), anchors=anchors, evidence=evidence, at=AT).indication
        is Indication.TOTAL_PASSED
    )
    with pytest.raises(LimitExceeded):
        verify(
            Trickle(attached),
            policy=Policy.default().with_limits(signed_bytes=100),
            anchors=anchors,
            evidence=evidence,
            at=AT,
        )
