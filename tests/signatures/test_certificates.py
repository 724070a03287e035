"""RFC 5280 section 4: what is read of a certificate, what is only a hint, and what is no certificate."""

from __future__ import annotations

import base64
import pickle

import pytest
from cryptography import x509

from signatures import BadCertificate, TrustAnchors
from signatures.asn1 import BIT_STRING, BOOLEAN, GENERALIZED_TIME, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME
from signatures.certificates import Certificate, read_certificates
from signatures.der import encode
from signatures.errors import SignaturesError
from signatures.names import Name
from signatures.pem import unwrap
from tests.signatures.conftest import World
from tests.signatures.making import NULL, algorithm, integer, name_of, oid

PEM = "-----BEGIN {0}-----\n{1}\n-----END {0}-----\n"
ECDSA = algorithm("1.2.840.10045.4.3.2")
VALIDITY = encode(SEQUENCE, encode(UTC_TIME, b"260101000000Z"), encode(GENERALIZED_TIME, b"20510101000000Z"))


def write(world: World, **members: bytes) -> bytes:
    """A certificate with some members turned wrong; its signature is rubbish."""
    of = world.signer.certificate
    tbs = {
        "version": encode(0xA0, integer(2)),
        "serial": integer(7),
        "algorithm": ECDSA,
        "issuer": of.issuer.public_bytes(),
        "validity": VALIDITY,
        "subject": of.subject.public_bytes(),
        "spki": encode(SEQUENCE, algorithm("1.2.3"), encode(BIT_STRING, b"\0k")),
        "unique": b"",
        "extensions": b"",
    } | members
    return encode(SEQUENCE, encode(SEQUENCE, *tbs.values()), ECDSA, encode(BIT_STRING, b"\0s"))


def extensions(*listed: bytes) -> bytes:
    return encode(0xA3, encode(SEQUENCE, *listed))


def extension(dotted: str, value: bytes, *flags: bytes) -> bytes:
    return encode(SEQUENCE, oid(dotted), *flags, encode(OCTET_STRING, value))


def test_a_certificate_is_read_with_its_original_bytes(world: World) -> None:
    certificate, other = Certificate.of(world.signer.der), world.signer.certificate
    assert certificate.tbs == other.tbs_certificate_bytes
    assert certificate.signature == other.signature
    assert certificate.serial == other.serial_number
    assert certificate.not_before == other.not_valid_before_utc
    assert certificate.not_after == other.not_valid_after_utc
    assert certificate.issuer.text == other.issuer.rfc4514_string()
    assert certificate.subject.text == other.subject.rfc4514_string()
    assert certificate.key_usage == {"digitalSignature", "nonRepudiation"}


def test_what_is_written_here_reads_and_its_unknown_key_has_a_name(world: World) -> None:
    certificate = Certificate.of(write(world))
    assert certificate.key_name == "1.2.3"
    assert certificate.not_after.year == 2051
    assert certificate.version == 3


@pytest.mark.parametrize("serial", [0, -1, 1 << 200, -(1 << 100)])
def test_serial_numbers_of_any_sign_and_length_are_read(world: World, serial: int) -> None:
    """Zero, negative and long ones exist, also in the NCA's time-stamp tokens."""
    assert Certificate.of(write(world, serial=integer(serial))).serial == serial


def test_unique_identifiers_of_version_2_are_read_past(world: World) -> None:
    certificate = Certificate.of(write(world, unique=encode(0x81, b"\0a") + encode(0x82, b"\0b")))
    assert certificate.extensions == {}


@pytest.mark.parametrize(
    "members",
    [
        {"version": encode(0xA0, integer(3))},
        {"version": encode(0xA0, integer(-1))},
        {"version": b"", "extensions": extensions(extension("1.2.3", NULL))},
        {"version": encode(0xA0, integer(1)), "extensions": extensions(extension("1.2.3", NULL))},
        {"serial": b""},
        {"serial": encode(0x02)},
        {"validity": encode(SEQUENCE, encode(UTC_TIME, b"260101000000Z"))},
        {"validity": encode(SEQUENCE, encode(UTC_TIME, b"2601010000Z"), encode(UTC_TIME, b"270101000000Z"))},
        {"validity": encode(SEQUENCE, encode(UTC_TIME, b"260101000000+0500"), encode(UTC_TIME, b"270101000000Z"))},
        {"issuer": NULL},
        {"spki": NULL},
        {"extensions": encode(0xA3, encode(SEQUENCE))},
        {"extensions": extensions(extension("1.2.3", NULL), extension("1.2.3", NULL))},
        {"extensions": extensions(encode(SEQUENCE, oid("1.2.3")))},
        {"extensions": extensions(extension("1.2.3", NULL, encode(BOOLEAN, b"\x01")))},
        {"extensions": extensions(encode(SEQUENCE, encode(OID, b""), encode(OCTET_STRING)))},
        {"extensions": extensions(extension("1.2.3", NULL)) + NULL},
    ],
    ids=range(17),
)
def test_what_breaks_the_structure_is_no_certificate(world: World, members: dict[str, bytes]) -> None:
    data = write(world, **members)
    with pytest.raises(SignaturesError):
        Certificate.of(data)
    with pytest.raises(BadCertificate):
        TrustAnchors.of(data)


def test_ber_something_behind_the_end_and_missing_ends_are_no_certificate(world: World) -> None:
    der = world.signer.der
    for data in (der + b"\0", der[:-1], b"", b"\x30\x80" + der[4:] + b"\0\0", der.replace(b"\x30", b"\x31", 1)):
        with pytest.raises(SignaturesError):
            Certificate.of(data)


def test_hints_that_can_not_be_read_are_absent_and_raise_nothing(world: World) -> None:
    hints = ("2.5.29.14", "2.5.29.35", "2.5.29.31", "1.3.6.1.5.5.7.1.1")
    for rubbish in (b"", NULL, b"\x30\x80", encode(SEQUENCE, NULL), encode(SEQUENCE, encode(SEQUENCE, NULL))):
        listed = extensions(*(extension(dotted, rubbish) for dotted in hints))
        certificate = Certificate.of(write(world, extensions=listed))
        assert certificate.subject_key_id is None
        assert certificate.authority_key_id is None
        assert certificate.crl_urls == ()
        assert certificate.issuer_urls == ()
        assert certificate.ocsp_urls == ()


def test_pointers_are_text_without_the_blanks_around_them(world: World) -> None:
    """The NCA's policy qualifiers and pointers come with blanks and with stars; nobody fetches them unchecked."""
    uri = x509.UniformResourceIdentifier(" http://crl.example.kz/*.crl ")
    point = x509.CRLDistributionPoints([x509.DistributionPoint([uri], None, None, None)])
    signer = world.issuing.issue("Pointed", extensions=[(point, False)])
    assert Certificate.of(signer.der).crl_urls == ("http://crl.example.kz/*.crl",)


def test_names_are_equal_whatever_the_case_the_blanks_and_the_type_of_string() -> None:
    def name(tag: int, text: str, encoding: str = "utf-8") -> Name:
        pair = encode(SEQUENCE, oid("2.5.4.3"), encode(tag, text.encode(encoding)))
        return Name(encode(SEQUENCE, encode(SET, pair)))

    one = name(0x0C, "Ұлттық  Орталық ")
    assert one == name(0x1E, "ұлттық орталық", "utf-16-be")
    assert hash(one) == hash(name(0x0C, "ҰЛТТЫҚ ОРТАЛЫҚ"))
    assert name(0x13, "Test Root") == name(0x0C, "test root")
    assert one != name(0x0C, "Ұлттык Орталық")  # a look-alike letter is another name
    assert one != name(0x0C, "")
    assert one != "CN=Ұлттық Орталық"


def test_the_order_of_relative_names_counts_and_that_inside_one_does_not() -> None:
    def attribute(last: int, text: bytes) -> bytes:
        return encode(SEQUENCE, oid(f"2.5.4.{last}"), encode(0x0C, text))

    one, other = attribute(3, b"a"), attribute(10, b"b")
    in_row = Name(encode(SEQUENCE, encode(SET, one), encode(SET, other)))
    turned = Name(encode(SEQUENCE, encode(SET, other), encode(SET, one)))
    assert in_row != turned
    assert Name(encode(SEQUENCE, encode(SET, one, other))) == Name(encode(SEQUENCE, encode(SET, other, one)))
    assert in_row != Name(encode(SEQUENCE, encode(SET, one, other)))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a,b", "CN=a\\,b"),
        ("#a", "CN=\\#a"),
        (" a", "CN=\\ a"),
        ('"a"', 'CN=\\"a\\"'),
        ("a\nb\0", "CN=a\\0Ab\\00"),
        ("a\u202eb", "CN=a\\202Eb"),  # what would turn the direction of writing is shown, not obeyed
    ],
)
def test_what_a_name_could_hide_is_written_out(text: str, printed: str) -> None:
    pair = encode(SEQUENCE, oid("2.5.4.3"), encode(0x0C, text.encode()))
    assert Name(encode(SEQUENCE, encode(SET, pair))).text == printed


def test_a_common_name_of_any_length_is_read(world: World) -> None:
    """The profile's authorities have names of up to 71 bytes; RFC 5280 gives 64 characters."""
    pair = encode(SEQUENCE, oid("2.5.4.3"), encode(0x0C, ("Ұ" * 100).encode()))
    certificate = Certificate.of(write(world, subject=encode(SEQUENCE, encode(SET, pair))))
    assert certificate.subject.first("2.5.4.3") == "Ұ" * 100


def test_an_attribute_that_is_no_string_is_kept_as_its_bytes() -> None:
    pair = encode(SEQUENCE, oid("1.2.3"), integer(5))
    name = Name(encode(SEQUENCE, encode(SET, pair)))
    assert name.readable
    assert "020105" in name.text


def test_certificates_are_their_bytes_and_go_to_another_process(world: World) -> None:
    one, again = Certificate.of(world.signer.der), Certificate.of(bytes(bytearray(world.signer.der)))
    assert one == again
    assert hash(one) == hash(again)
    assert one != Certificate.of(world.issuing.der)
    copied = pickle.loads(pickle.dumps(one))  # noqa: S301 -- our own bytes
    assert copied == one
    assert copied.sha256 == one.sha256


def test_pem_gives_what_its_label_says_and_skips_the_rest(world: World) -> None:
    body = base64.encodebytes(world.root.der).decode().strip()
    text = PEM.format("PRIVATE KEY", "AAAA") + PEM.format("CERTIFICATE", body) + PEM.format("X509 CRL", "AAAA")
    assert unwrap(text.encode(), "CERTIFICATE") == [world.root.der]
    assert [one.der for one in read_certificates(text.encode())] == [world.root.der]
    assert read_certificates(("notes\n" + text).encode())[0].subject == Name(name_of("Test Root").public_bytes())
    with pytest.raises(BadCertificate):
        read_certificates(PEM.format("PRIVATE KEY", "AAAA").encode())
    with pytest.raises(BadCertificate):
        read_certificates(PEM.format("CERTIFICATE", "A").encode())
