"""The NCA's profile on certificates made here: who is named, for what, and what names nobody."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from signatures import (
    Indication,
    InformationSystem,
    KeyPurpose,
    Person,
    Policy,
    Representative,
    SubIndication,
)
from signatures.certificates import Certificate
from signatures.kazakhstan import has_check_digit, identify, is_national, purpose_of
from tests.signatures.conftest import World
from tests.signatures.making import Ca, cms, make_key, usage

PERSON, ENTITY, HEAD = "1.2.398.3.3.4.1.1", "1.2.398.3.3.4.1.2", "1.2.398.3.3.4.1.2.1"
EMAIL, CLIENT = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2"
UID = ObjectIdentifier("0.9.2342.19200300.100.1.1")
NUMBER = NameOID.SERIAL_NUMBER
UNIT = NameOID.ORGANIZATIONAL_UNIT_NAME


def issue(world: World, attributes: list[tuple[ObjectIdentifier, str]], usages: list[str], **options: object) -> Ca:
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])
    extended = x509.ExtendedKeyUsage([ObjectIdentifier(oid) for oid in usages])
    return world.issuing.issue(subject=name, key=make_key("ec", 4), extensions=[(extended, False)], **options)


def read(holder: Ca) -> Certificate:
    return Certificate.of(holder.der)


COMMON = (NameOID.COMMON_NAME, "ТЕСТОВ ТЕСТ")
IIN = (NUMBER, "IIN123456789011")
BIN = (UNIT, "BIN123456789021")


def test_a_person_a_representative_and_a_system_are_told_apart_whatever_the_order(world: World) -> None:
    person = identify(read(issue(world, [IIN, COMMON], [PERSON, EMAIL])))
    assert isinstance(person, Person)
    head = identify(read(issue(world, [BIN, COMMON, IIN, (NameOID.ORGANIZATION_NAME, "ТЕСТ")], [HEAD, ENTITY, EMAIL])))
    assert isinstance(head, Representative)
    assert (head.bin, head.organization, head.roles) == ("123456789021", "ТЕСТ", ("head",))
    system = identify(read(issue(world, [BIN, COMMON, (UID, "1.2.398.6.10.1.1")], [ENTITY])))
    assert isinstance(system, InformationSystem)
    assert system.uid == "1.2.398.6.10.1.1"


def test_a_certificate_of_another_profile_names_nobody_even_with_an_iin(world: World) -> None:
    certificate = read(issue(world, [COMMON, IIN], [EMAIL]))
    assert not is_national(certificate)
    assert identify(certificate) is None
    report = world.verify(cms(issue(world, [COMMON, IIN], [EMAIL]), b"content"))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.iin is None


@pytest.mark.parametrize(
    "attributes",
    [
        [COMMON, (NUMBER, "IIN12345678901")],
        [COMMON, (NUMBER, "123456789011")],
        [COMMON, (NUMBER, "IIN123456789011x")],
        [COMMON, (NUMBER, "IIN123456789011"), (NUMBER, "IIN123456789012")],  # two numbers name nobody
        [COMMON, (UNIT, "IIN123456789011")],
        [COMMON, IIN, BIN, (UNIT, "BIN123456789022")],  # neither a person on their own nor for one of the two
        [COMMON, IIN, (NUMBER, "IIN123456789012"), BIN],  # and no information system either
    ],
)
def test_numbers_of_another_form_are_no_numbers(world: World, attributes: list[tuple[ObjectIdentifier, str]]) -> None:
    assert identify(read(issue(world, attributes, [PERSON, EMAIL]))) is None


def test_one_number_written_twice_is_one_number(world: World) -> None:
    head = identify(read(issue(world, [COMMON, IIN, IIN, BIN, (UNIT, "BIN123456789021 ")], [HEAD, ENTITY, EMAIL])))
    assert isinstance(head, Representative)
    assert (head.iin, head.bin) == ("123456789011", "123456789021")


def test_a_signing_key_needs_non_repudiation_and_email_protection(world: World) -> None:
    for usages, bits, purpose in (
        ([PERSON, EMAIL], ("digital_signature", "content_commitment"), KeyPurpose.SIGNING),
        ([PERSON], ("digital_signature", "content_commitment"), KeyPurpose.OTHER),
        ([PERSON, CLIENT], ("digital_signature", "key_encipherment"), KeyPurpose.AUTHENTICATION),
        ([PERSON, EMAIL], ("digital_signature",), KeyPurpose.OTHER),
        ([PERSON, CLIENT], ("key_encipherment",), KeyPurpose.OTHER),
    ):
        assert purpose_of(read(issue(world, [COMMON, IIN], usages, key_usage=usage(*bits)))) is purpose
    assert purpose_of(read(issue(world, [COMMON, BIN, (UID, "1.2")], [ENTITY]))) is KeyPurpose.SIGNING


def test_an_authentication_key_signs_no_document_but_may_log_in(world: World) -> None:
    signer = issue(world, [COMMON, IIN], [PERSON, CLIENT], key_usage=usage("digital_signature", "key_encipherment"))
    report = world.verify(cms(signer, b"content"))
    assert (report.indication, report.sub_indication) == (
        Indication.INDETERMINATE,
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    )
    challenge = b'{"kind":"authsvc/login-challenge/v1","nonce":"n"}'
    report = world.verify(cms(signer, challenge), policy=Policy.default().for_login())
    assert report.indication is Indication.TOTAL_PASSED


def test_check_digits_are_a_hint_only(world: World) -> None:
    assert not has_check_digit("123456789011")
    good = next(f"90010135000{digit}" for digit in range(10) if has_check_digit(f"90010135000{digit}"))
    report = world.verify(cms(issue(world, [COMMON, (NUMBER, f"IIN{good}")], [PERSON, EMAIL]), b"content"))
    assert report.signatures[0].check("signer.iin") is None
    report = world.verify(cms(issue(world, [COMMON, IIN], [PERSON, EMAIL]), b"content"))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].check("signer.iin") is not None
