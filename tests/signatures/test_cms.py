"""The rules on signed attributes (pitfalls 4 and 5 of CMS verification), each with the attack that it stops."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signatures import Evidence, Indication, Outcome, Policy, SubIndication
from signatures.asn1 import OCTET_STRING, SEQUENCE, SET
from signatures.der import encode
from tests.signatures.conftest import World
from tests.signatures.making import (
    HASH_OIDS,
    NULL,
    RSA_OIDS,
    Ca,
    Key,
    algorithm,
    attribute,
    certificates_in,
    cms,
    envelope,
    ess,
    essential,
    indefinite,
    integer,
    make_key,
    oid,
    sign,
    signer_info,
)

CONTENT = b"the content"
PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
FORMAT, CRYPTO = SubIndication.FORMAT_FAILURE, SubIndication.SIG_CRYPTO_FAILURE
KIND, DIGEST, TIME = 0, 1, 2


def test_ber_with_indefinite_lengths_and_split_content_is_read(world: World) -> None:
    signed = cms(world.signer, CONTENT, ber=True)
    assert certificates_in(signed) == [world.signer.der]
    assert world.verify(signed).indication is PASSED
    assert world.verify(signed.replace(b"nte", b"NTE")).sub_indication is SubIndication.HASH_FAILURE


def test_attributes_wrapped_in_ber_are_hashed_as_der(world: World) -> None:
    parts, signer = sorted(essential(CONTENT)), world.signer.certificate
    named, value = sign(world.signer.key, encode(SET, *parts))
    info = encode(
        SEQUENCE,
        integer(1),
        encode(SEQUENCE, world.issuing.certificate.subject.public_bytes(), integer(signer.serial_number)),
        algorithm(HASH_OIDS["sha256"], NULL),
        indefinite(0xA0, *(b"\x30\x81" + part[1:] for part in parts)),
        named,
        encode(OCTET_STRING, value),
    )
    assert world.verify(envelope(CONTENT, [info], [world.signer.der], ber=True)).indication is PASSED


@pytest.mark.parametrize("missing", [KIND, DIGEST])
def test_content_type_and_message_digest_are_required(world: World, missing: int) -> None:
    attributes = essential(CONTENT)
    del attributes[missing]
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


@pytest.mark.parametrize("doubled", [KIND, DIGEST, TIME])
def test_no_signed_attribute_stands_twice(world: World, doubled: int) -> None:
    attributes = essential(CONTENT)
    report = world.verify(cms(world.signer, CONTENT, attributes=[*attributes, attributes[doubled]]))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


def test_two_values_in_message_digest_are_refused(world: World) -> None:
    attributes = essential(CONTENT)
    one, two = (encode(OCTET_STRING, hashlib.sha256(text).digest()) for text in (CONTENT, b"other"))
    attributes[DIGEST] = attribute("1.2.840.113549.1.9.4", one, two)
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


def test_the_content_type_attribute_is_the_contents_type(world: World) -> None:
    attributes = essential(CONTENT, content_type="1.2.840.113549.1.9.16.1.4")
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


def test_without_signed_attributes_only_by_policy(world: World) -> None:
    signed = cms(world.signer, CONTENT, attributes=[])
    assert world.verify(signed).indication is PASSED
    strict = replace(Policy.default(), bare_content=False)
    report = world.verify(signed, policy=strict)
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


def test_signed_attributes_given_as_content_do_not_pass(world: World) -> None:
    """The known trick: the attributes of one signature, as a SET, become the content of another without attributes."""
    attributes = sorted(essential(CONTENT))
    message = encode(SET, *attributes)
    named, value = sign(world.signer.key, message)
    issuer = world.signer.certificate.issuer.public_bytes()
    info = encode(
        SEQUENCE,
        integer(1),
        encode(SEQUENCE, issuer, integer(world.signer.certificate.serial_number)),
        algorithm(HASH_OIDS["sha256"], NULL),
        named,
        encode(OCTET_STRING, value),
    )
    policy = replace(Policy.default(), bare_content=False)
    report = world.verify(envelope(message, [info], [world.signer.der]), policy=policy)
    assert report.indication is FAILED


def test_attributes_signed_in_another_order_are_accepted_with_a_warning_and_only_by_policy(world: World) -> None:
    attributes = sorted(essential(CONTENT), reverse=True)
    signed = cms(world.signer, CONTENT, attributes=attributes, ordered=False)
    report = world.verify(signed)
    check = report.signatures[0].check("attributes.order")
    assert (report.indication, check and check.outcome) == (PASSED, Outcome.WARNING)
    report = world.verify(signed, policy=replace(Policy.default(), order_as_found=False))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize("version", [1, 2])
def test_the_signed_reference_names_the_signers_certificate(world: World, version: int) -> None:
    attributes = [*essential(CONTENT), ess(world.signer.der, version=version)]
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert report.indication is PASSED
    assert (report.signatures[0].check("signer.reference_weak") is not None) is (version == 1)


@pytest.mark.parametrize("version", [1, 2])
def test_a_signed_reference_to_another_certificate_is_not_passed(world: World, version: int) -> None:
    attributes = [*essential(CONTENT), ess(world.issuing.der, version=version)]
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    assert report.signatures[0].intact is True


def test_an_exchanged_certificate_with_the_same_key_is_found_by_the_reference(world: World) -> None:
    """Same key, same issuer and serial, other validity: only the signed reference tells them apart."""
    twin_issuer = Ca(world.issuing.key, world.issuing.certificate, serial=world.signer.certificate.serial_number - 1)
    twin = twin_issuer.issue("Twin", key=world.signer.key)
    attributes = [*essential(CONTENT), ess(world.signer.der)]
    info = signer_info(world.signer, CONTENT, attributes=attributes)
    both = world.verify(envelope(CONTENT, [info], [twin.der, world.signer.der]))
    assert both.indication is PASSED
    assert both.signatures[0].signer is not None
    assert both.signatures[0].signer.name == "Test Signer"
    only_twin = world.verify(envelope(CONTENT, [info], [twin.der]))
    assert only_twin.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def namesake(world: World, key: ec.EllipticCurvePrivateKey) -> Ca:
    """Another certificate with the signer's issuer and serial number."""
    serial = world.signer.certificate.serial_number
    return Ca(world.issuing.key, world.issuing.certificate, serial=serial - 1).issue("Namesake", key=key)


def test_a_namesake_whose_key_can_not_be_used_does_not_hide_the_signer(world: World) -> None:
    decoy = namesake(world, ec.generate_private_key(ec.SECP256K1()))
    info = signer_info(world.signer, CONTENT)
    report = world.verify(envelope(CONTENT, [info], [decoy.der, world.signer.der]))
    assert report.indication is PASSED
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.name == "Test Signer"


def test_a_value_that_only_the_unusable_key_may_have_made_is_undecided_with_its_name(world: World) -> None:
    decoy = namesake(world, ec.generate_private_key(ec.SECP256K1()))
    stranger = Ca(make_key("ec", 98), world.signer.certificate)
    info = signer_info(stranger, CONTENT)
    report = world.verify(envelope(CONTENT, [info], [decoy.der, world.signer.der]))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    assert [check.param("algorithm") for check in report.signatures[0].failures] == ["EC on secp256k1"]


@pytest.mark.parametrize("value", [b"\x30\x00", b"\x05\x00", encode(SEQUENCE, encode(SEQUENCE))])
def test_a_reference_that_can_not_be_read_breaks_the_format(world: World, value: bytes) -> None:
    attributes = [*essential(CONTENT), attribute("1.2.840.113549.1.9.16.2.47", value)]
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)


def protection(digest: str, signature: bytes) -> bytes:
    value = encode(SEQUENCE, algorithm(HASH_OIDS[digest], NULL), encode(0xA1, signature))
    return attribute("1.2.840.113549.1.9.52", value)


def test_algorithm_protection_is_checked_when_present(world: World) -> None:
    signer = world.issuing.issue(key=make_key("rsa", 9))
    good = protection("sha256", encode(0x06, oid(RSA_OIDS["sha256"])[2:]) + NULL)
    report = world.verify(cms(signer, CONTENT, attributes=[*essential(CONTENT), good]))
    assert report.indication is PASSED
    assert report.signatures[0].check("attributes.protection") is not None
    for bad in (
        protection("sha512", encode(0x06, oid(RSA_OIDS["sha256"])[2:]) + NULL),
        protection("sha256", encode(0x06, oid(RSA_OIDS["sha512"])[2:]) + NULL),
        attribute("1.2.840.113549.1.9.52", b"\x30\x00"),
    ):
        report = world.verify(cms(signer, CONTENT, attributes=[*essential(CONTENT), bad]))
        assert (report.indication, report.sub_indication) == (FAILED, CRYPTO)


def test_the_digest_algorithm_is_the_one_of_the_signature(world: World) -> None:
    """OpenSSL lets this pass; here it does not."""
    signer = world.issuing.issue(key=make_key("rsa", 9))

    def sign_sha512(key: Key, message: bytes, _digest: str) -> tuple[bytes, bytes]:
        return sign(key, message, "sha512")

    report = world.verify(cms(signer, CONTENT, sign_with=sign_sha512))
    assert (report.indication, report.sub_indication) == (FAILED, FORMAT)
    assert report.signatures[0].intact is False


def test_rsa_encryption_takes_the_hash_of_the_digest_algorithm(world: World) -> None:
    signer = world.issuing.issue(key=make_key("rsa", 9))

    def sign_plain(key: Key, message: bytes, digest: str) -> tuple[bytes, bytes]:
        return algorithm("1.2.840.113549.1.1.1", NULL), sign(key, message, digest)[1]

    assert world.verify(cms(signer, CONTENT, sign_with=sign_plain)).indication is PASSED


def pss_parameters(digest: str = "sha256", mask: str = "sha256", salt: int = 32) -> bytes:
    return encode(
        SEQUENCE,
        encode(0xA0, algorithm(HASH_OIDS[digest], NULL)),
        encode(0xA1, algorithm("1.2.840.113549.1.1.8", algorithm(HASH_OIDS[mask], NULL))),
        encode(0xA2, integer(salt)),
    )


@pytest.mark.parametrize(
    ("parameters", "passes"),
    [
        (pss_parameters(), True),
        (pss_parameters(salt=20), False),  # the salt is read, not guessed
        (pss_parameters(mask="sha512"), False),
        (pss_parameters(digest="sha512"), False),
        (b"", False),
        (encode(SEQUENCE), False),  # the defaults mean SHA-1
        (pss_parameters(salt=-1), False),
        (b"\x02\x01\x00", False),
    ],
)
def test_pss_parameters_are_read_and_not_guessed(world: World, parameters: bytes, passes: bool) -> None:
    signer = world.issuing.issue(key=make_key("rsa", 9))

    def sign_pss(key: Key, message: bytes, _digest: str) -> tuple[bytes, bytes]:
        assert isinstance(key, rsa.RSAPrivateKey)
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return algorithm("1.2.840.113549.1.1.10", parameters), key.sign(message, scheme, hashes.SHA256())

    report = world.verify(cms(signer, CONTENT, sign_with=sign_pss))
    assert (report.indication is PASSED) is passes


def test_the_key_type_decides_with_the_algorithm(world: World) -> None:
    """An ECDSA value that calls itself RSA, and the reverse."""
    for kind, named in (("ec", "rsa"), ("rsa", "ec"), ("ed25519", "ec"), ("ec", "ed25519")):
        signer = world.issuing.issue(key=make_key(kind, 9))

        def lie(key: Key, message: bytes, digest: str, named: str = named) -> tuple[bytes, bytes]:
            return sign(make_key(named, 9), message, digest)[0], sign(key, message, digest)[1]

        report = world.verify(cms(signer, CONTENT, sign_with=lie, digest="sha512"))
        assert report.indication is FAILED, (kind, named)


@pytest.mark.parametrize("dotted", ["1.2.3.4", "1.2.840.113549.1.1.4", "1.2.643.7.1.1.3.3"])
def test_an_unknown_signature_algorithm_is_named_and_never_passes(world: World, dotted: str) -> None:
    def sign_unknown(key: Key, message: bytes, digest: str) -> tuple[bytes, bytes]:
        return algorithm(dotted), sign(key, message, digest)[1]

    report = world.verify(cms(world.signer, CONTENT, sign_with=sign_unknown))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    check = report.signatures[0].check("algorithm.known")
    assert check is not None
    assert check.param("algorithm")


def test_an_unknown_digest_algorithm_never_passes(world: World) -> None:
    report = world.verify(cms(world.signer, CONTENT, digest_algorithm=algorithm("1.2.3.4")))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


def test_a_signer_can_be_named_by_its_key_identifier(world: World) -> None:
    identifier = x509.SubjectKeyIdentifier.from_public_key(world.signer.key.public_key()).digest
    assert world.verify(cms(world.signer, CONTENT, by_key_id=identifier)).indication is PASSED
    report = world.verify(cms(world.signer, CONTENT, by_key_id=b"nobody"))
    assert report.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND


def test_one_broken_signer_info_spoils_only_itself(world: World) -> None:
    infos = [signer_info(world.signer, CONTENT), encode(SEQUENCE, integer(1))]
    report = world.verify(envelope(CONTENT, infos, [world.signer.der]))
    assert [one.indication for one in report.signatures] == [PASSED, FAILED]
    assert report.signatures[1].sub_indication is FORMAT


def test_digest_algorithm_with_and_without_null_is_the_same(world: World) -> None:
    without = algorithm(HASH_OIDS["sha256"])
    assert world.verify(cms(world.signer, CONTENT, digest_algorithm=without)).indication is PASSED


def test_certificates_and_crls_in_the_document_are_hints_that_help(world: World) -> None:
    info = signer_info(world.signer, CONTENT)
    crls = [world.root.crl(), world.issuing.crl()]
    signed = envelope(CONTENT, [info], [world.signer.der, world.issuing.der], crls=crls)
    assert world.verify(signed, evidence=Evidence()).indication is PASSED
    certificates = [world.signer.der, world.issuing.der, b"\x30\x02\x05\x00"]
    rubbish = envelope(CONTENT, [info], certificates, crls=[*crls, b"\x30\x00"])
    report = world.verify(rubbish, evidence=Evidence())
    assert report.indication is PASSED
    assert [check.param("count") for check in report.checks if check.code == "material.unreadable"] == ["2"]


def test_an_unreadable_claimed_time_is_a_warning(world: World) -> None:
    attributes = essential(CONTENT)
    attributes[TIME] = attribute("1.2.840.113549.1.9.5", encode(0x17, b"yesterday"))
    report = world.verify(cms(world.signer, CONTENT, attributes=attributes))
    assert report.indication is PASSED
    assert report.signatures[0].claimed_time is None
    assert report.signatures[0].check("time.claimed_unreadable") is not None


def test_a_signer_whose_extensions_can_not_be_read_is_undecided_with_or_without_a_path(world: World) -> None:
    rubbish = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.37"), b"\x30\x00")
    for issuer in (world.issuing, Ca.root("Stranger", key=make_key("ec", 50))):
        signer = issuer.issue("Signer", key=make_key("ec", 51), extensions=[(rubbish, False)])
        report = world.verify(cms(signer, CONTENT))
        assert report.indication is UNSURE
        assert report.signatures[0].intact is True
