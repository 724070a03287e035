"""RFC 5280 section 4: certificates of a form that would mean two things to two readers."""

from __future__ import annotations

import pytest
from cryptography import x509

from signatures import Status
from tests.signatures.conftest import World
from tests.signatures.making import Ca, code, make_key, usage, validate
from tests.signatures.test_crl_bytes import Maker, extension, integer, judge, make, said

__all__ = ["make"]

KEY_ID = x509.AuthorityKeyIdentifier(b"key", None, None)


def why(root: Ca, leaf: Ca) -> str | None:
    result = validate(leaf, anchor=root)
    assert code(result) in ("", "path.form")
    return None if result.failure is None else result.failure.param("why")


def test_name_constraints_that_an_old_reader_may_skip_are_refused() -> None:
    permitted = x509.NameConstraints([x509.DNSName("example.kz")], None)
    for critical, expected in ((True, None), (False, "not_critical:2.5.29.30")):
        root = Ca.root(extensions=[(permitted, critical)])
        assert why(root, root.issue()) == expected


def test_a_signer_whose_key_may_sign_certificates_must_be_an_authority() -> None:
    root = Ca.root()
    assert why(root, root.issue(key_usage=usage("digital_signature", "key_cert_sign"))) == "key_cert_sign"


@pytest.mark.parametrize("serial", [1, (1 << 159) - 1])
def test_serial_numbers_up_to_twenty_octets_are_right(serial: int) -> None:
    root = Ca.root()
    root.serial = serial - 1
    assert why(root, root.issue()) is None


def test_names_beside_an_empty_subject_must_be_critical() -> None:
    root, names = Ca.root(), x509.SubjectAlternativeName([x509.RFC822Name("a@example.kz")])
    assert why(root, root.issue(subject=x509.Name([]), extensions=[(names, True)])) is None
    assert why(root, root.issue(subject=x509.Name([]), extensions=[(names, False)])) == "not_critical:2.5.29.17"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.kz", None),
        ("*.example.kz", None),
        ("xn--80a.kz", None),
        ("under_score.kz", "dns_name"),
        ("10.0.0.1", "dns_name"),
        ("", "dns_name"),
        ("a..kz", "dns_name"),
        ("-a.kz", "dns_name"),
    ],
)
def test_a_dns_name_is_one(name: str, expected: str | None) -> None:
    root = Ca.root()
    assert why(root, root.issue(extensions=[(x509.SubjectAlternativeName([x509.DNSName(name)]), False)])) == expected


def test_who_is_named_by_a_key_identifier_has_one() -> None:
    """Another value there is a hint gone stale: the issuer was found by its key."""
    root = Ca.root()
    assert why(root, root.issue(extensions=[(KEY_ID, False)])) is None
    bare = Ca.root(key=make_key("ec", 1), key_id=False)
    assert why(bare, bare.issue()) is None
    assert why(bare, bare.issue(extensions=[(KEY_ID, False)])) == "subject_key_id"


def test_a_numberless_crl_of_the_profile_can_revoke_but_not_clear(world: World, make: Maker) -> None:
    """Section 5.2.3. A CRL with no word of its issuer's key is of the older X.509, which knows no numbers."""
    named = extension("2.5.29.35", b"\x30\x03\x80\x01k")
    assert said(judge(world, make(extensions=[named]))) == (Status.UNKNOWN, {"crl.no_number"})
    assert said(judge(world, make(extensions=[named, extension("2.5.29.20", integer(7))]))) == (Status.GOOD, set())
