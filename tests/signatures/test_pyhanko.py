"""pyHanko as a second opinion on generated CAdES: the same verdict on what holds, and on each thing that is spoiled."""

from __future__ import annotations

import asyncio
import warnings

import pytest

from signatures import Indication
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, envelope, ess, essential, make_key, signer_info

CONTENT = b"Contract 8"


def ask_pyhanko(signed: bytes, content: bytes, root: Ca, issuing: Ca) -> bool:
    """Whether pyHanko finds the signature intact, the value right and the path trusted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies' own
        from asn1crypto import cms, x509
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.validation import async_validate_detached_cms
        from pyhanko.sign.validation.errors import SignatureValidationError
        from pyhanko_certvalidator import ValidationContext

        context = ValidationContext(
            trust_roots=[x509.Certificate.load(root.der)],
            other_certs=[x509.Certificate.load(issuing.der)],
            moment=AT,
            revocation_mode="soft-fail",
        )
        data = cms.ContentInfo.load(signed)["content"]
        try:
            status = asyncio.run(async_validate_detached_cms(content, data, signer_validation_context=context))
        except (SignatureValidationError, SigningError, ValueError):
            return False
        return bool(status.intact and status.valid and status.trusted)


@pytest.mark.parametrize("kind", ["ec", "ec384", "rsa", "ed25519"])
@pytest.mark.parametrize("spoil", ["", "content", "value", "reference", "anchor"])
def test_both_say_the_same(world: World, kind: str, spoil: str) -> None:
    signer = world.issuing.issue("Signer", key=make_key(kind, 40))
    digest = {"ec384": "sha384", "ed25519": "sha512"}.get(kind, "sha256")
    named = ess(signer.der, digest=bytes(32)) if spoil == "reference" else ess(signer.der)
    info = signer_info(signer, CONTENT, digest=digest, attributes=[*essential(CONTENT, digest), named])
    info = info[:-1] + bytes((info[-1] ^ 1,)) if spoil == "value" else info
    signed = envelope(None, [info], [signer.der, world.issuing.der])
    content = CONTENT + b"0" if spoil == "content" else CONTENT
    if spoil == "anchor":
        world.root = Ca.root("Stranger", key=make_key("ec", 41))
    ours = world.verify(signed, content)
    theirs = ask_pyhanko(signed, content, world.root, world.issuing)
    assert (ours.indication is Indication.TOTAL_PASSED) is theirs is (spoil == "")
