"""Was the key meant for it? Certificates outside the national profile: RFC 5280 sections 4.2.1.3 and 4.2.1.12."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

from signatures import Indication, Policy, SubIndication
from tests.signatures.conftest import World
from tests.signatures.making import Ca, cms, envelope, essential, make_key, signer_info, usage

CONTENT = b"content"
CHALLENGE = b'{"kind":"authsvc/login-challenge/v1","nonce":"n"}'
PASSED, UNSURE = Indication.TOTAL_PASSED, Indication.INDETERMINATE
PKIX = "1.3.6.1.5.5.7.3."
SERVER, CLIENT, CODE, EMAIL, STAMPS, OCSP, DOCUMENTS = (PKIX + last for last in ("1", "2", "3", "4", "8", "9", "36"))


def signer_for(world: World, *purposes: str, critical: bool = False) -> Ca:
    extension = x509.ExtendedKeyUsage([ObjectIdentifier(oid) for oid in purposes])
    return world.issuing.issue(key=make_key("ec", 4), extensions=[(extension, critical)])


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize(
    ("purposes", "indication"),
    [
        ((EMAIL,), PASSED),
        ((DOCUMENTS,), PASSED),
        (("2.5.29.37.0",), PASSED),
        (("1.2.3.4",), PASSED),  # somebody's own purpose
        ((CLIENT, EMAIL), PASSED),
        ((CLIENT,), UNSURE),
        ((SERVER,), UNSURE),
        ((SERVER, CLIENT), UNSURE),
        ((CODE,), UNSURE),
        ((STAMPS,), UNSURE),
        ((OCSP,), UNSURE),
    ],
)
def test_a_certificate_for_other_purposes_alone_signs_no_documents(
    world: World, purposes: tuple[str, ...], critical: bool, indication: Indication
) -> None:
    report = world.verify(cms(signer_for(world, *purposes, critical=critical), CONTENT))
    assert report.indication is indication
    if indication is UNSURE:
        assert report.sub_indication is SubIndication.CHAIN_CONSTRAINTS_FAILURE
        (check,) = report.signatures[0].failures
        assert (check.code, check.param("usage")) == ("signer.key_usage", ", ".join(sorted(purposes)))


def test_a_time_stamp_token_is_no_signed_document(world: World) -> None:
    """The token is SignedData with a good signature and path; only its signer's purpose tells."""
    kind, tsa = "1.2.840.113549.1.9.16.1.4", signer_for(world, STAMPS, critical=True)
    info = signer_info(tsa, CONTENT, attributes=essential(CONTENT, content_type=kind), content_type=kind)
    report = world.verify(envelope(CONTENT, [info], [tsa.der], content_type=kind))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_an_authentication_certificate_may_log_in(world: World) -> None:
    policy = Policy.default().for_login()
    assert world.verify(cms(signer_for(world, CLIENT), CHALLENGE), policy=policy).indication is PASSED
    assert world.verify(cms(signer_for(world, SERVER), CHALLENGE), policy=policy).indication is UNSURE


@pytest.mark.parametrize(
    ("names", "indication"),
    [(("digital_signature",), PASSED), (("content_commitment",), PASSED), (("key_agreement",), UNSURE), ((), UNSURE)],
)
def test_key_usage_must_allow_signing(world: World, names: tuple[str, ...], indication: Indication) -> None:
    signer = world.issuing.issue(key=make_key("ec", 4), key_usage=usage(*names))
    assert world.verify(cms(signer, CONTENT)).indication is indication
