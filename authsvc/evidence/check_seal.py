"""Check 15 of a package: the organisation's seal (ETSI EN 319 162-1; evidence format, section 12).

A seal that does not fit the files is a fault. Whose seal it is, and whether trust.json knows the anchor, is said and
weighs nothing: the evidence is the log's, and a seal may outlive its certificate.
"""

import hashlib

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from authsvc.evidence.check_eds import EdsCase, VerifyEds
from authsvc.evidence.package_read import MANIFEST, SEAL, Package
from authsvc.evidence.seal import write_manifest
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Sheet


def check_seal(sheet: Sheet, package: Package, trust: Trust | None, verify_eds: VerifyEds | None, at: int) -> None:
    """15: the seal covers every file, its signature is right, and whom it leads to. `at` is the checker's clock."""
    seal, manifest = package.files.get(SEAL), package.files.get(MANIFEST)
    if seal is None and manifest is None:
        sheet.leave_check("no_seal")
        return
    if seal is None or manifest is None:
        sheet.fault("seal_incomplete", MANIFEST if manifest is None else SEAL)
        return
    if manifest != write_manifest(package.files):
        sheet.fault("seal_manifest", MANIFEST)
    if verify_eds is None:
        sheet.doubt("seal_not_judged", SEAL)
        return
    case = EdsCase(seal, manifest, {}, (), (), (), _anchors(seal, trust), at)
    results = verify_eds(case)
    if len(results) != 1:
        sheet.fault("seal_broken", SEAL)
        return
    (result,) = results
    if result.indication == "TOTAL-FAILED":
        sheet.fault("seal_fails", SEAL, found=result.sub_indication or result.indication)
    elif result.indication == "TOTAL-PASSED":
        sheet.note("sealed_by", SEAL, signer=result.signer)
    else:
        sheet.note("seal_not_trusted", SEAL, signer=result.signer, found=result.sub_indication or result.indication)
    if result.indication != "TOTAL-FAILED" and not result.stamps:
        sheet.note("seal_not_stamped", SEAL)


def _anchors(seal: bytes, trust: Trust | None) -> tuple[bytes, ...]:
    """The certificates inside the seal that trust.json names as anchors."""
    if trust is None:
        return ()
    try:
        inside = [each.public_bytes(Encoding.DER) for each in load_der_pkcs7_certificates(seal)]
    except ValueError:
        return ()
    return tuple(each for each in inside if hashlib.sha256(each).hexdigest() in trust.eds_anchors)
