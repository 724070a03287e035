"""`authsvc sandbox pki`: a folder with a fresh test PKI and documents signed under it, good and bad.

pki.json                 everything, private keys too (0600): the sandbox can be started from it
documents.json           each document with its evidence and the verdict to expect
document.txt             what was signed
FAMILY/*.cer *.crl       root, issuing authority, leaves (DER), and the CRLs of the moment
FAMILY/keys/*.pem        the leaves' private keys (0600)
FAMILY/documents/*.cms   the signed documents
"""

from __future__ import annotations

import json
import os
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from authsvc.web.sandbox.pki import timestamp
from authsvc.web.sandbox.pki.authority import Authority
from authsvc.web.sandbox.pki.cms import sign_cms
from authsvc.web.sandbox.pki.families import TestPki
from authsvc.web.sandbox.pki.issuer import DAY, Credential, Reason
from authsvc.web.sandbox.pki.keys import FAMILIES, Entropy, Family
from authsvc.web.sandbox.pki.numbers import invent_bin, invent_iin
from authsvc.web.sandbox.pki.profile import Role

DOCUMENT: Final = "TEST · СЫНАҚ · ТЕСТ\nТөлем: 1000 теңге.\nПлатёж: 1000 тенге.\n".encode()
_ORGANIZATION: Final = 'ЖШС "СЫНАҚ TEST"'
# Born in 1899 and founded before the numbers existed: nobody has such an IIN or BIN.
_BORN: Final = date(1899, 12, 31)
_REGISTERED: Final = date(1999, 1, 1)


def write_pki(out: Path, at: int, entropy: Entropy, *, families: tuple[Family, ...] = FAMILIES) -> TestPki:
    """Write the folder for the moment `at` (ms): founded 60 days before it, CRLs in force for 7 days from it."""
    pki = TestPki.create(at=at - 60 * DAY, entropy=entropy, families=families)
    index: list[dict[str, object]] = []
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "document.txt", DOCUMENT)
    for family in families:
        authority = pki.authority(family)
        folder = out / family
        leaves = _issue_leaves(authority, at)
        orphan = authority.succeed(at=at - 40 * DAY)
        leaves["without-crl"] = orphan.issue_person(name="ТЕСТОВ СЫНАҚ", iin=invent_iin(_BORN, 9, "m"))
        stamper = timestamp.issue_stamper(authority, at=at - 30 * DAY)
        _write_authority(folder, authority, at)
        _write(folder / "issuing-without-crl.cer", orphan.issuing.credential.certificate_der)
        for name, credential in {**leaves, "tsa": stamper}.items():
            _write(folder / f"{name}.cer", credential.certificate_der)
            _write(folder / "keys" / f"{name}.pem", credential.key.to_pem().encode(), 0o600)
        orphans = [orphan.issuing.credential.certificate_der]
        index += _write_documents(folder, leaves, stamper, at, entropy, orphans)
    listing = {"at": at, "content": "document.txt", "documents": index}
    _write(out / "documents.json", json.dumps(listing, ensure_ascii=False, indent=1).encode())
    _write(out / "pki.json", pki.to_json().encode(), 0o600)
    return pki


def _issue_leaves(authority: Authority, at: int) -> dict[str, Credential]:
    """One of each kind, 30 days old; one of them revoked yesterday, one on hold since yesterday."""
    begin, bin = at - 30 * DAY, invent_bin(_REGISTERED, 1)
    represent = partial(authority.issue_representative, bin=bin, organization=_ORGANIZATION, at=begin)
    person = "СЫНАҚОВА ТЕСТ ТЕСТҚЫЗЫ"
    leaves = {
        "person": authority.issue_person(name=person, iin=invent_iin(_BORN, 1), at=begin),
        "person-authentication": authority.issue_person(
            name=person, iin=invent_iin(_BORN, 1), at=begin, purpose="authentication"
        ),
        "head": represent(name="СЫНАҚОВ ТЕСТ ТЕСТҰЛЫ", iin=invent_iin(_BORN, 2, "m"), role=Role.HEAD),
        "right-to-sign": represent(name="ТЕСТОВА ПРОБА", iin=invent_iin(_BORN, 3), role=Role.RIGHT_TO_SIGN),
        "employee": represent(name="ТЕСТОВ ОБРАЗЕЦ", iin=invent_iin(_BORN, 4, "m"), role=Role.EMPLOYEE),
        "system": authority.issue_system(name='АЖ "СЫНАҚ TEST"', bin=bin, organization=_ORGANIZATION, at=begin),
        "revoked": authority.issue_person(name="СЫНАҚОВА ҚАЙТАРЫЛҒАН", iin=invent_iin(_BORN, 5), at=begin),
        "on-hold": authority.issue_person(name="СЫНАҚОВ ТОҚТАТЫЛҒАН", iin=invent_iin(_BORN, 6, "m"), at=begin),
    }
    authority.revoke(leaves["revoked"], at - DAY, Reason.KEY_COMPROMISE)
    authority.revoke(leaves["on-hold"], at - DAY, Reason.CERTIFICATE_HOLD)
    return leaves


def _write_authority(folder: Path, authority: Authority, at: int) -> None:
    _write(folder / "root.cer", authority.root.credential.certificate_der)
    _write(folder / "issuing.cer", authority.issuing.credential.certificate_der)
    _write(folder / "root.crl", authority.root_crl(at))
    _write(folder / "issuing.crl", authority.crl(at))
    _write(folder / "delta.crl", authority.issuing.delta_crl(at - 2 * DAY, at))


def _write_documents(
    folder: Path,
    leaves: dict[str, Credential],
    stamper: Credential,
    at: int,
    entropy: Entropy,
    orphans: list[bytes],
) -> list[dict[str, object]]:
    sign = partial(sign_cms, DOCUMENT, signing_time=at)
    person, both = [leaves["person"]], [leaves["head"], leaves["employee"]]
    good = sign(person)
    # Same length, so that only the digest tells.
    tampered = good.replace(b"1000", b"9000", 1)
    stamp = partial(timestamp.stamp, stamper, at=at, entropy=entropy)
    documents = {
        "good": (good, "TOTAL_PASSED"),
        "good-detached": (sign(person, detached=True), "TOTAL_PASSED"),
        "good-cades": (sign(person, ess=True), "TOTAL_PASSED"),
        "good-cades-stamped": (sign(person, ess=True, stamp=stamp), "TOTAL_PASSED"),
        "good-two-signers": (sign(both), "TOTAL_PASSED"),
        "tampered": (tampered, "TOTAL_FAILED"),
        "revoked": (sign([leaves["revoked"]]), "not TOTAL_PASSED"),
        "on-hold": (sign([leaves["on-hold"]]), "not TOTAL_PASSED"),
        "without-crl": (sign([leaves["without-crl"]], certificates=orphans), "INDETERMINATE"),
    }
    evidence = [f"{folder.name}/{name}" for name in ("issuing.cer", "root.crl", "issuing.crl")]
    rows: list[dict[str, object]] = []
    for name, (cms, expected) in documents.items():
        _write(folder / "documents" / f"{name}.cms", cms)
        rows.append(
            {
                "file": f"{folder.name}/documents/{name}.cms",
                "detached": name.endswith("detached"),
                "anchor": f"{folder.name}/root.cer",
                "evidence": evidence,
                "expected": expected,
            }
        )
    return rows


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that from its first byte on has this mode, also when it was there before with another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
