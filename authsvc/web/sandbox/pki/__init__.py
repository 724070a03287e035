"""The sandbox's test PKI in the profile of Kazakhstan: RSA, ECDSA and GOST 34.10-2015 authorities, leaves, CRLs, CMS.

For tests and the sandbox only, and never imported by production: GOST signing here is plain Python whose running time
depends on the private key, and private keys are kept without encryption. Everything takes the time (ms since the epoch)
and its random bytes as arguments, so a PKI can be made again bit by bit.
"""

from __future__ import annotations

from authsvc.web.sandbox.pki.authority import Authority
from authsvc.web.sandbox.pki.cms import sign_cms
from authsvc.web.sandbox.pki.families import TestPki
from authsvc.web.sandbox.pki.issuer import Credential, Issuer, Reason
from authsvc.web.sandbox.pki.keys import FAMILIES, Family, SigningKey
from authsvc.web.sandbox.pki.numbers import check_digit, invent_bin, invent_iin
from authsvc.web.sandbox.pki.profile import Pointers, Role
from authsvc.web.sandbox.pki.samples import write_pki

__all__ = [
    "FAMILIES",
    "Authority",
    "Credential",
    "Family",
    "Issuer",
    "Pointers",
    "Reason",
    "Role",
    "SigningKey",
    "TestPki",
    "check_digit",
    "invent_bin",
    "invent_iin",
    "sign_cms",
    "write_pki",
]
