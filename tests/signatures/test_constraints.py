"""RFC 5280 section 4.2.1.10: name constraints, set by an authority or by the anchor, for all below."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from signatures.asn1 import SEQUENCE
from signatures.der import encode
from tests.signatures.making import Ca, code, make_key, validate


def constraints(
    permitted: list[x509.GeneralName] | None = None, excluded: list[x509.GeneralName] | None = None
) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(permitted, excluded), True


DIRECTORY = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ")]))


@pytest.mark.parametrize(
    ("set_by", "name", "valid"),
    [
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("a.example.kz"), True),
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("example.kz"), True),
        (constraints([x509.DNSName("example.kz")]), x509.DNSName("badexample.kz"), False),
        (constraints([x509.DNSName("a.example.kz")]), x509.DNSName("*.example.kz"), False),
        (constraints(None, [x509.DNSName("a.example.kz")]), x509.DNSName("*.example.kz"), False),
        (constraints(None, [x509.DNSName("example.kz")]), x509.DNSName("other.kz"), True),
        (constraints([x509.RFC822Name("example.kz")]), x509.RFC822Name("a@example.kz"), True),
        (constraints([x509.RFC822Name("example.kz")]), x509.RFC822Name("a@b.example.kz"), False),
        (constraints([x509.RFC822Name(".example.kz")]), x509.RFC822Name("a@b.example.kz"), True),
        (constraints([x509.RFC822Name("a@example.kz")]), x509.RFC822Name("b@example.kz"), False),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz/path"),
            True,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz.evil.net/"),
            False,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("http://example.kz@evil.net/"),
            False,
        ),
        (
            constraints([x509.UniformResourceIdentifier("example.kz")]),
            x509.UniformResourceIdentifier("urn:no:host"),
            False,
        ),
        (
            constraints([x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]),
            x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
            True,
        ),
        (
            constraints(None, [x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]),
            x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
            False,
        ),
        (constraints([DIRECTORY]), x509.DNSName("anything.kz"), True),
        (constraints(None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]), x509.DNSName("a.kz"), True),
        (
            constraints(None, [x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))]),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.4")),
            False,  # a kind that is not understood here counts against the name
        ),
    ],
)
def test_name_constraints_hold_for_all_below(
    set_by: tuple[x509.ExtensionType, bool], name: x509.GeneralName, valid: bool
) -> None:
    alternative = (x509.SubjectAlternativeName([name]), False)
    in_anchor = Ca.root("Constrained Root", extensions=[set_by])
    assert validate(in_anchor.issue("Leaf", extensions=[alternative]), anchor=in_anchor).valid is valid
    root = Ca.root("Root")
    issuing = root.issue("Constrained", key=make_key("ec", 26), ca=True, extensions=[set_by])
    leaf = issuing.issue("Leaf", extensions=[alternative])
    assert code(validate(leaf, issuing, anchor=root)) == ("" if valid else code_of(name))


def code_of(name: x509.GeneralName) -> str:
    return "path.malformed" if name.value == "urn:no:host" else "path.names"


def test_directory_names_are_compared_without_case_and_doubled_spaces() -> None:
    base = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ұлттық  ОРТАЛЫҚ")])
    root = Ca.root("Root", extensions=[constraints([x509.DirectoryName(base)])])
    inside = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ұлттық орталық"), x509.NameAttribute(NameOID.COMMON_NAME, "x")]
    )
    assert validate(root.issue(subject=inside), anchor=root).valid
    assert code(validate(root.issue("Outside"), anchor=root)) == "path.names"


def test_an_address_in_the_subject_is_bound_by_constraints_on_mail() -> None:
    root = Ca.root("Root", extensions=[constraints(None, [x509.RFC822Name("evil.kz")])])
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@evil.kz")])
    assert code(validate(root.issue(subject=subject), anchor=root)) == "path.names"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@example.kz", ""),
        ('"a b"@example.kz', ""),
        ('"a@b"@example.kz', ""),
        ("evil@other.kz@example.kz", "path.malformed"),
        ("a b@example.kz", "path.malformed"),
        ('"a@example.kz', "path.malformed"),
        ("@example.kz", "path.malformed"),
        ("example.kz", "path.malformed"),
    ],
)
def test_a_mail_address_that_can_not_be_read_is_in_no_domain(address: str, expected: str) -> None:
    root = Ca.root("Root", extensions=[constraints([x509.RFC822Name("example.kz")])])
    alternative = encode(SEQUENCE, encode(0x81, address.encode()))
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), alternative)
    assert code(validate(root.issue("Leaf", extensions=[(extension, False)]), anchor=root)) == expected


@pytest.mark.parametrize(
    "value",
    [
        encode(SEQUENCE),
        encode(SEQUENCE, encode(0xA0)),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0x87, b"\n\0\0\0\xff\0\xff\0")))),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0x87, b"\n\0\0\0")))),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0x82, b"-.kz")))),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0x82, b"\xff.kz")))),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0xA4, encode(SEQUENCE, b"\x05\0"))))),
        encode(SEQUENCE, encode(0xA1, encode(SEQUENCE, encode(0x82, b"a.kz"), encode(0x81, b"\x01")))),
    ],
    ids=["empty", "no subtree", "mask", "address", "label", "letters", "name", "maximum"],
)
def test_constraints_that_can_not_mean_what_they_say_refuse_the_path(value: bytes) -> None:
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), value)
    root = Ca.root("Root", extensions=[(extension, True)])
    assert code(validate(root.issue("Leaf"), anchor=root)) == "path.malformed"


def test_an_address_of_another_version_lies_in_no_network() -> None:
    network = x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))
    other = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("2001:db8::1"))])
    for extension, expected in ((constraints([network]), "path.names"), (constraints(None, [network]), "")):
        root = Ca.root("Root", extensions=[extension])
        assert code(validate(root.issue("Leaf", extensions=[(other, False)]), anchor=root)) == expected
