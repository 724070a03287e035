"""The organisation's seal over a package (ETSI EN 319 162-1, EN 319 122-1), judged by us and by others."""

import hashlib
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authsvc.cli_evidence import verify_eds
from authsvc.evidence.package import build, write_custody
from authsvc.evidence.package_read import CUSTODY, MANIFEST, SEAL
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.seal import SealKey, seal_files, sign_detached, write_manifest
from authsvc.evidence.trust import Trust
from authsvc.evidence.verdict import Code, Verdict
from authsvc.web.sandbox.pki import TestPki, invent_bin
from authsvc.web.sandbox.pki.keys import Family
from tests.authsvc.evidence.court import AT, EXPORT, Court, found, judge, judge_well
from tests.authsvc.evidence.samples import T0

DAY = 86_400_000
COURT = Court()
CONTENTS = COURT.contents()
NAME = "AUTHSVC TEST SEAL"


@cache
def pki() -> TestPki:
    return TestPki.create(at=T0 - DAY, entropy=random.Random(12).randbytes, families=("rsa", "ecdsa"))  # noqa: S311 - repeatable on purpose


@cache
def seal_key(family: Family) -> SealKey:
    authority = pki().authority(family)
    credential = authority.issue_system(name=NAME, bin=invent_bin(date(1995, 3, 1), 7), organization="Authsvc")
    private = load_pem_private_key(credential.key.to_pem().encode(), None)
    issuers = (authority.issuing.credential.certificate_der, authority.root.credential.certificate_der)
    crls = (authority.crl(T0), authority.root_crl(T0))
    return SealKey(private, (credential.certificate_der, *issuers), crls)  # type: ignore[arg-type]


@cache
def sealed(family: Family = "rsa") -> bytes:
    return build(CONTENTS, make_seal=lambda files: seal_files(files, seal_key(family), at=T0))


def trust() -> Trust:
    roots = tuple(hashlib.sha256(each).hexdigest() for each in pki().anchors())
    own = COURT.trust()
    return replace(own, eds_anchors=(*own.eds_anchors, *roots))


def judged(package: bytes, known: Trust | None = None) -> Verdict:
    """The seal by the real verification, the court's invented document as recorded."""

    def verify(case: Any) -> Any:
        return verify_eds(case) if case.content and case.content.startswith(b"<?xml") else judge_well(case)

    return judge(package, known or trust(), verify_eds=verify)


def said(verdict: Verdict) -> dict[str, Mapping[str, str]]:
    return {each.code: each.params for each in verdict.checks[14].findings}


@pytest.mark.parametrize("family", ["rsa", "ecdsa"])
def test_a_sealed_package_says_whose_seal_it_is(family: Family) -> None:
    assert family in get_args(Family)
    verdict = judged(sealed(family))
    assert (verdict.code, found(verdict)) == (Code.VALID, set())
    assert said(verdict) == {"sealed_by": {"signer": NAME}, "seal_not_stamped": {}}
    assert b'"absent":["report_pdf","time","verifiers"]' in read_zip(sealed(family))[CUSTODY]


def test_two_sealings_are_equal_and_the_files_outside_are_those_of_an_unsealed_package() -> None:
    again = build(CONTENTS, make_seal=lambda files: seal_files(files, seal_key("rsa"), at=T0))
    assert again == sealed()
    bare, files = read_zip(build(CONTENTS)), read_zip(sealed())
    assert {path for path in files if files[path] != bare.get(path)} == {MANIFEST, SEAL, CUSTODY}


def test_a_seal_whose_anchor_trust_json_does_not_know_is_said_and_costs_no_verdict() -> None:
    verdict = judged(sealed(), COURT.trust())
    assert verdict.code is Code.VALID
    not_trusted = {"signer": NAME, "found": "NO_CERTIFICATE_CHAIN_FOUND"}
    assert said(verdict) == {"seal_not_trusted": not_trusted, "seal_not_stamped": {}}


def test_a_seal_may_outlive_its_certificate() -> None:
    verdict = judge(sealed(), trust(), verify_eds=lambda case: verify_eds(replace(case, at=AT + 4000 * DAY)))
    assert "seal_not_trusted" in said(verdict)


def _rezip(**changes: bytes | None) -> bytes:
    files = {**read_zip(sealed()), **{path.replace("__", "/"): data for path, data in changes.items()}}
    kept = {path: data for path, data in files.items() if data is not None}
    kept[CUSTODY] = write_custody(kept, EXPORT, sealed=True)
    return write_zip(kept)


def test_a_seal_taken_off_or_half_taken_off_is_noticed() -> None:
    """42, 41: META-INF/ stands outside custody.json, so custody.json says whether there is a seal."""
    files = read_zip(sealed())
    bare = write_zip({path: data for path, data in files.items() if not path.startswith("META-INF/")})
    assert "seal_removed" in found(judged(bare))
    for path in (MANIFEST, SEAL):
        assert "seal_incomplete" in found(judged(write_zip({k: v for k, v in files.items() if k != path})))
    added = {**read_zip(build(CONTENTS)), MANIFEST: files[MANIFEST], SEAL: files[SEAL]}
    assert "seal_added" in found(judged(write_zip(added)))


def test_a_seal_over_other_files_is_invalid() -> None:
    """40: a text in the package and custody.json are changed together; the seal is the old one."""
    assert found(judged(_rezip(**{"log/policy": b"log x\n"}))) >= {"seal_manifest"}


def test_a_manifest_written_anew_does_not_fit_the_signature() -> None:
    files = read_zip(_rezip(**{"log/policy": b"log x\n"}))
    verdict = judged(write_zip({**files, MANIFEST: write_manifest(files)}))
    assert said(verdict) == {"seal_fails": {"found": "HASH_FAILURE"}}


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"PK", b"\x30\x82" + b"\xff" * 40])
def test_a_seal_that_is_none_is_a_verdict_and_no_crash(data: bytes) -> None:
    files = {**read_zip(sealed()), SEAL: data}
    assert "seal_broken" in found(judged(write_zip(files)))


def test_a_signature_value_changed_is_invalid() -> None:
    seal = bytearray(read_zip(sealed())[SEAL])
    seal[-20] ^= 1
    assert "seal_fails" in found(judged(write_zip({**read_zip(sealed()), SEAL: bytes(seal)})))


def test_without_a_judge_of_signatures_the_seal_is_not_confirmed() -> None:
    verdict = judge(sealed(), trust(), verify_eds=None)
    assert "seal_not_judged" in found(verdict)
    assert verdict.code is Code.NOT_CONFIRMED


def test_another_library_reads_the_seal_as_cades() -> None:
    """CAdES B-B (EN 319 122-1, 6.3): content type, message digest, signing time and the certificate by its hash."""
    assert tsp.SigningCertificateV2, "importing it makes the attribute known"
    content = cms.ContentInfo.load(read_zip(sealed())[SEAL], strict=True)["content"]
    (signer,) = content["signer_infos"]
    attributes = {each["type"].native: each["values"][0] for each in signer["signed_attrs"]}
    assert set(attributes) == {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}
    manifest = read_zip(sealed())[MANIFEST]
    assert attributes["message_digest"].native == hashlib.sha256(manifest).digest()
    named = attributes["signing_certificate_v2"]["certs"][0]
    assert named["cert_hash"].native == hashlib.sha256(seal_key("rsa").certificates[0]).digest()
    assert content["encap_content_info"]["content"].native is None
    assert len(content["certificates"]) == 3
    assert len(content["crls"]) == 2


@pytest.mark.parametrize("family", ["rsa", "ecdsa"])
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the command openssl")
def test_openssl_verifies_the_seal(tmp_path: Path, family: Family) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    (tmp_path / "manifest").write_bytes(read_zip(sealed(family))[MANIFEST])
    (tmp_path / "seal").write_bytes(sign_detached(read_zip(sealed(family))[MANIFEST], seal_key(family), at=T0))
    root = x509.load_der_x509_certificate(seal_key(family).certificates[2])
    (tmp_path / "root").write_bytes(root.public_bytes(Encoding.PEM))
    command = [
        *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "seal", "-content", "manifest"),
        *("-CAfile", "root", "-purpose", "any", "-attime", str(T0 // 1000 + 60), "-out", "out"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (tmp_path / "manifest").write_bytes(b"another")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0
