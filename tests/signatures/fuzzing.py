"""What the fuzzer feeds: BER, CMS, certificates, CRLs, OCSP answers, time stamp tokens; with sound bytes to begin from.

A target raises on all but the package's own error. The tests run the targets over the seeds and over changed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final

from signatures import Evidence, Policy, SignaturesError, TrustAnchors, asn1, validate_path, verify
from signatures.certificates import Certificate
from signatures.cms import TIME_STAMP
from signatures.der import normalise
from signatures.model import read_signed_data, read_signer_info
from signatures.ocsp import OcspResponse
from signatures.revocation import Crl
from signatures.timestamp import read_stamp
from tests.signatures.conftest import World
from tests.signatures.making import AT, Ca, attribute, cms, ess, essential, make_key
from tests.signatures.stamping import Stamping
from tests.signatures.test_ocsp import answer

CONTENT: Final = b"content of the document"
SMALL: Final = Policy.default().with_limits(elements=5_000, key_checks=20)
LIMITS: Final = SMALL.limits


@lru_cache(maxsize=1)
def make_world() -> World:
    root = Ca.root()
    issuing = root.issue("Test Issuing", key=make_key("ec", 3), ca=True, path_length=0)
    return World(root, issuing, issuing.issue("Test Signer", key=make_key("ec", 4)))


@lru_cache(maxsize=1)
def make_seeds() -> Mapping[str, tuple[bytes, ...]]:
    """What each target begins with: sound bytes of its kind."""
    world, token = make_world(), Stamping.make().stamp()
    signed = cms(world.signer, CONTENT, attributes=[*essential(CONTENT), ess(world.signer.der)])
    stamped = cms(world.signer, CONTENT, unsigned=[attribute(TIME_STAMP, token)])
    in_ber = cms(world.signer, CONTENT, ber=True)
    revoking = replace(world.issuing, revoked=[(world.signer.certificate.serial_number, AT, None)])
    crls = (world.root.crl(), world.issuing.crl(), revoking.crl())
    return {
        "ber": (signed, in_ber),
        "cms": (signed, in_ber, stamped),
        "certificate": (world.root.der, world.issuing.der, world.signer.der),
        "crl": crls,
        "ocsp": (answer(world),),
        "token": (token,),
    }


def read_ber(data: bytes) -> None:
    """Every element, once as it stands and once in DER, which must be read again."""
    written = normalise(asn1.parse(data, ber=True, elements=5_000))
    normalise(asn1.parse(written, elements=5_000))


def read_cms(data: bytes) -> None:
    """The whole verdict, in words of JSON too."""
    world = make_world()
    evidence = Evidence.of([world.issuing.der], [world.root.crl(), world.issuing.crl()])
    verify(data, content=CONTENT, anchors=world.anchors, evidence=evidence, at=AT, policy=SMALL).to_json()


def read_certificate(data: bytes) -> None:
    """A path from it, and a path through it."""
    world = make_world()
    Certificate.of(data)
    for leaf, other in ((data, world.issuing.der), (world.signer.der, data)):
        validate_path(leaf, anchors=world.anchors, evidence=Evidence.of([other]), at=AT, policy=SMALL)


def read_crl(data: bytes) -> None:
    """A status out of it."""
    world = make_world()
    Crl.of(data)
    judge_status(world, Evidence.of([world.issuing.der], [world.root.crl(), data]))


def read_ocsp(data: bytes) -> None:
    """A status out of it."""
    world = make_world()
    OcspResponse.of(data)
    judge_status(world, Evidence.of([world.issuing.der], [world.root.crl()], [data]))


def judge_status(world: World, evidence: Evidence) -> None:
    validate_path(world.signer.der, anchors=world.anchors, evidence=evidence, at=AT, policy=SMALL)


def read_token(data: bytes) -> None:
    """A time out of it, as a time stamp over a signature."""
    read_stamp(data, LIMITS)
    world = make_world()
    signed = cms(world.signer, CONTENT, unsigned=[attribute(TIME_STAMP, data)])
    read_signer_info(read_signed_data(asn1.parse(signed, ber=True)).signers[0])
    verify(signed, anchors=TrustAnchors.of(world.root.der), at=AT, policy=SMALL)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "ber": read_ber,
    "cms": read_cms,
    "certificate": read_certificate,
    "crl": read_crl,
    "ocsp": read_ocsp,
    "token": read_token,
}


def feed(name: str, data: bytes) -> None:
    """One input for one target."""
    with suppress(SignaturesError):  # the package's own, which is what a caller is promised
        TARGETS[name](data)
