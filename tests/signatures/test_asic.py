"""Containers (ETSI EN 319 162-1): which files are signed, and archives that would cheat or burst."""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from collections.abc import Mapping
from io import BytesIO

import pytest

from signatures import Indication, Policy, Report, SignatureReport, SubIndication
from signatures.errors import FormatNotRead, NotALoginChallenge, SignaturesError
from signatures.report import Outcome
from tests.signatures.conftest import World
from tests.signatures.making import cms
from tests.signatures.xmls import DS, SHA256, b64, reference, signature

PASSED, FAILED, UNSURE = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
FILES = {"a.txt": b"one", "письмо.txt": b"two"}
MIMETYPE = {"mimetype": b"application/vnd.etsi.asic-e+zip"}


def pack(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", packing) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def manifest(files: Mapping[str, bytes], leads_to: str = "META-INF/signature001.p7s") -> bytes:
    objects = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod Algorithm="{SHA256}"/>'
        f"<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files.items()
    )
    space = 'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"'
    text = (
        f'<asic:ASiCManifest {space} xmlns:ds="{DS}"><asic:SigReference URI="{leads_to}"/>{objects}</asic:ASiCManifest>'
    )
    return text.encode()


def extended(world: World, **changes: bytes | None) -> dict[str, bytes]:
    """ASiC-E with CAdES; changes replace or take out its parts."""
    listed = manifest(FILES)
    parts: dict[str, bytes | None] = {
        **MIMETYPE,
        **FILES,
        "META-INF/ASiCManifest.xml": listed,
        "META-INF/signature001.p7s": cms(world.signer, listed, detached=True),
        **changes,
    }
    return {name: data for name, data in parts.items() if data is not None}


def with_xades(world: World, files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    listed = "".join(reference(data, uri=name, transforms=()) for name, data in FILES.items())
    made = signature(world.signer, listed)
    space = 'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"'
    held = f"<asic:XAdESSignatures {space}>{made}</asic:XAdESSignatures>".encode()
    return {**MIMETYPE, **files, "META-INF/signatures001.xml": held}


def one_of(report: Report) -> SignatureReport:
    (one,) = report.signatures
    return one


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_cades_signs_the_files_of_its_manifest(world: World, packing: int) -> None:
    one = one_of(world.verify(pack(extended(world), packing)))
    assert (one.indication, one.intact, one.format, one.container) == (PASSED, True, "CMS", "ASiC-E")
    assert one.coverage is not None
    assert one.coverage.name == "a.txt\nписьмо.txt"


def test_xades_signs_the_files_that_it_refers_to(world: World) -> None:
    one = one_of(world.verify(pack(with_xades(world))))
    assert (one.indication, one.intact, one.format, one.container) == (PASSED, True, "XMLDSig", "ASiC-E")
    assert one.coverage is not None
    assert set(one.coverage.name.split("\n")) == set(FILES)


def test_a_simple_container_holds_one_signed_file(world: World) -> None:
    parts = {
        "mimetype": b"application/vnd.etsi.asic-s+zip",
        "a.txt": b"one",
        "META-INF/signature.p7s": cms(world.signer, b"one", detached=True),
    }
    one = one_of(world.verify(pack(parts)))
    assert (one.indication, one.container) == (PASSED, "ASiC-S")
    assert one_of(world.verify(pack({**parts, "a.txt": b"two"}))).indication is FAILED


@pytest.mark.parametrize("make", [extended, with_xades])
def test_a_changed_a_missing_and_an_unsigned_file_are_told(world: World, make: object) -> None:
    assert callable(make)
    parts = make(world)
    changed = one_of(world.verify(pack({**parts, "a.txt": b"another"})))
    assert (changed.indication, changed.sub_indication, changed.intact) == (FAILED, SubIndication.HASH_FAILURE, False)
    missing = one_of(world.verify(pack({name: data for name, data in parts.items() if name != "a.txt"})))
    assert (missing.indication, missing.sub_indication) == (UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)
    assert missing.intact is None
    added = one_of(world.verify(pack({**parts, "more.txt": b"three"})))
    assert added.indication is PASSED
    told = added.check("container.uncovered")
    assert told is not None
    assert (told.outcome, told.param("name")) == (Outcome.WARNING, "more.txt")


@pytest.mark.parametrize(
    "changes",
    [
        {"META-INF/ASiCManifest.xml": b"bla"},
        {"META-INF/ASiCManifest.xml": None},
        {"META-INF/ASiCManifest.xml": manifest({})},
        {"META-INF/ASiCManifest.xml": manifest(FILES, "META-INF/other.p7s")},
        {"META-INF/signature001.p7s": b"bla"},
        {"META-INF/signature001.p7s": b""},
        {"META-INF/signatures.xml": b"<bla"},
    ],
)
def test_what_is_broken_inside_is_a_report_and_never_intact(world: World, changes: dict[str, bytes | None]) -> None:
    report = world.verify(pack(extended(world, **changes)))
    assert report.indication in (FAILED, UNSURE)
    assert any(one.intact is not True for one in report.signatures)


class _OldName(zipfile.ZipInfo):
    """A name in a code page, which the ZIP does not name."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("cp437"), self.flag_bits


@pytest.mark.parametrize("page", ["cp866", "cp1251", "utf-8"])
def test_names_in_an_old_code_page_are_found(world: World, page: str) -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, held in extended(world).items():
            archive.writestr(_OldName(name.encode(page).decode("cp437")), held)
    one = one_of(world.verify(made.getvalue()))
    assert (one.indication, one.intact) == (PASSED, True)
    assert one.check("container.uncovered") is None


def test_evidence_that_is_not_read_is_named(world: World) -> None:
    more = {"META-INF/evidencerecord001.xml": b"<x/>", "META-INF/timestamp001.tst": b"x"}
    report = world.verify(pack({**extended(world), **more}))
    assert [check.param("name") for check in report.checks if check.code == "container.other"] == list(more)
    assert report.indication is PASSED


def test_a_zip_without_a_signature_says_so(world: World) -> None:
    for files in (FILES, MIMETYPE, {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0"}):
        report = world.verify(pack(files))
        assert (report.indication, report.signatures) == (UNSURE, ())
    with pytest.raises(FormatNotRead):
        world.verify(b"PK\x03\x04....")
    with pytest.raises(NotALoginChallenge):
        world.verify(pack(extended(world)), policy=Policy.default().for_login())


def twice(name: str) -> bytes:
    made = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of what is wanted here
        with zipfile.ZipFile(made, "w") as archive:
            for written in (name, name, "META-INF/signature.p7s"):
                archive.writestr(written, b"one")
    return made.getvalue()


def test_archives_that_cheat_are_format_failures(world: World) -> None:
    data = pack(extended(world))
    cut = data[: len(data) // 2]
    flipped = data[:60] + bytes((data[60] ^ 1,)) + data[61:]
    for bent in (twice("a.txt"), cut, flipped):
        report = world.verify(bent)
        assert report.indication in (FAILED, UNSURE)
        assert all(one.intact is not True for one in report.signatures)


@pytest.mark.parametrize(
    "files",
    [
        {"bomb": bytes(60 << 20)},
        {f"{at}": b"" for at in range(2_001)},
        {"a": bytes(40 << 20), "b": bytes(40 << 20)},
    ],
    ids=["ratio", "number", "size"],
)
def test_archives_that_burst_are_beyond_the_limit(world: World, files: dict[str, bytes]) -> None:
    report = world.verify(pack({**files, "META-INF/signature.p7s": b"x"}))
    assert (report.indication, report.sub_indication) == (UNSURE, SubIndication.SIG_CONSTRAINTS_FAILURE)


def test_every_flip_of_a_container_ends_in_a_report_and_none_passes(world: World) -> None:
    data = pack(extended(world), zipfile.ZIP_STORED)
    signed = [(data.index(b"one"), 3), (data.index(b"<asic:ASiCManifest"), 600)]
    for at in range(0, len(data), 23):
        for bent in (data[:at], data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :]):
            try:
                report = world.verify(bent)
            except SignaturesError:
                continue
            if any(start <= at < start + size for start, size in signed):
                assert all(one.intact is not True for one in report.signatures)
