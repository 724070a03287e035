"""ZIP rules of the evidence format, section 12 (attack 58): a refusal is a verdict, before anything is unpacked."""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from authsvc.evidence.errors import BadPackage, NotAPackage
from authsvc.evidence.package_zip import MAX_FILES, read_zip, write_zip
from authsvc.evidence.verdict import Code
from tests.authsvc.evidence.court import Court, found, judge
from tests.authsvc.evidence.vectors import FOLDER, cases

PLAIN = {"mimetype": b"x", "a/b.txt": b"hello" * 50}


def zipped(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """An archive as another tool writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        change(archive)
    return buffer.getvalue()


@pytest.mark.parametrize("case", cases("zips.json"))
def test_zip_vector(case: dict[str, Any]) -> None:
    try:
        read_zip((FOLDER / case["file"]).read_bytes())
        verdict = True
    except BadPackage:
        verdict = False
    assert verdict is case["valid"]


def test_what_is_written_is_read_by_us_and_by_others() -> None:
    data = write_zip({**PLAIN, "ә.txt": b"y"})
    assert read_zip(data) == {**PLAIN, "ә.txt": b"y"}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["mimetype", "a/b.txt", "ә.txt"]


def test_archives_of_other_tools_are_read() -> None:
    """Deflated, with folders, and streamed with data descriptors: a clerk may have packed it again."""

    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("mimetype", b"x")
        archive.mkdir("a")
        archive.writestr("a/b.txt", b"hello" * 50, zipfile.ZIP_DEFLATED)

    assert read_zip(zipped(fill)) == PLAIN

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[type-var]
        for name, content in PLAIN.items():
            archive.writestr(name, content)
    assert read_zip(stream.data) == PLAIN


def test_a_package_packed_again_by_another_tool_keeps_its_verdict() -> None:
    court = Court()
    files = read_zip(court.package())

    def fill(archive: zipfile.ZipFile) -> None:
        for name, content in files.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)

    assert judge(zipped(fill), court.trust()).code is Code.VALID


def refused(data: bytes) -> str:
    with pytest.raises(BadPackage) as error:
        read_zip(data)
    return error.value.rule


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../a", "path_traversal"),
        ("a/../b", "path_traversal"),
        ("/a", "path_traversal"),
        ("c:/a", "path_traversal"),
        ("a//b", "path_traversal"),
        ("./a", "path_traversal"),
        ("a\\b", "path_traversal"),
        ("a\x01", "broken_name"),
        ("a\u202eb", "broken_name"),
        ("a\u2066b", "broken_name"),
        ("a" * 300, "broken_name"),
    ],
)
def test_a_name_that_leads_elsewhere_or_deceives_is_refused(name: str, rule: str) -> None:
    assert refused(write_zip({name: b"x"})) == rule


def test_a_name_with_nul_is_refused() -> None:
    assert refused(write_zip({"aXb": b"x"}).replace(b"aXb", b"a\x00b")) == "broken_name"


def test_a_name_that_is_not_unicode_is_refused() -> None:
    assert refused(write_zip({"aXb": b"x"}).replace(b"aXb", b"a\xffb")) == "broken_name"


@pytest.mark.parametrize(("one", "two"), [("a", "A"), ("\u00e9", "e\u0301"), ("straße", "STRASSE"), ("x/a", "X/a")])
def test_names_that_are_one_on_some_machine_are_refused(one: str, two: str) -> None:
    assert refused(write_zip({one: b"1", two: b"2"})) == "duplicate_name"


def test_the_same_name_twice_is_refused() -> None:
    assert refused(write_zip({"ab": b"1", "ba": b"2"}).replace(b"ba", b"ab")) == "duplicate_name"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_anything_but_files_and_folders_is_refused(kind: int) -> None:
    info = zipfile.ZipInfo("link")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    assert refused(zipped(lambda archive: archive.writestr(info, b"target"))) == "not_a_plain_file"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_refused(method: int) -> None:
    assert refused(zipped(lambda archive: archive.writestr("a", b"x" * 100, method))) == "compression"


def _patched(data: bytes, signature: bytes, at: int, value: bytes) -> bytes:
    start = data.index(signature) + at
    return data[:start] + value + data[start + len(value) :]


def test_an_encrypted_file_is_refused() -> None:
    assert refused(_patched(write_zip(PLAIN), b"PK\x01\x02", 8, b"\x01\x00")) == "encrypted"


@pytest.mark.parametrize(
    ("at", "value"), [(0, b"PK\x09\x09"), (6, b"\x00\x08"), (8, b"\x08\x00"), (14, b"\0\0\0\0"), (30, b"mimetypX")]
)
def test_a_local_header_that_differs_from_the_directory_is_refused(at: int, value: bytes) -> None:
    assert refused(_patched(write_zip(PLAIN), b"PK\x03\x04", at, value)) == "local_header"


def test_bytes_before_between_or_behind_the_files_are_refused() -> None:
    data = write_zip(PLAIN)
    assert refused(b"MZ" + data) in ("broken_directory", "local_header", "prefix")
    moved = _shift(data, 2)
    assert refused(b"MZ" + moved) == "prefix"
    assert refused(data + b"tail") == "broken_directory"


def _shift(data: bytes, by: int) -> bytes:
    """The directory's offsets moved, as a tool that puts a program in front would write them."""
    out = bytearray(data)
    at = data.index(b"PK\x01\x02")
    while data[at : at + 4] == b"PK\x01\x02":
        offset = int.from_bytes(data[at + 42 : at + 46], "little") + by
        out[at + 42 : at + 46] = offset.to_bytes(4, "little")
        at += 46 + sum(int.from_bytes(data[at + each : at + each + 2], "little") for each in (28, 30, 32))
    end = data.rindex(b"PK\x05\x06")
    start = int.from_bytes(data[end + 16 : end + 20], "little") + by
    out[end + 16 : end + 20] = start.to_bytes(4, "little")
    return bytes(out)


def test_overlapping_files_are_refused() -> None:
    data = write_zip({"aa": b"1", "ab": b"1"})
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    forged = data[: second + 42] + (0).to_bytes(4, "little") + data[second + 46 :]
    assert refused(forged) in ("overlap", "local_header")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(lambda archive: archive.writestr("a", bytes(5_000_000), zipfile.ZIP_DEFLATED))
    monkeypatch.setattr(zlib, "decompressobj", _never)
    assert refused(data) == "bomb"


def _never(*args: object) -> None:
    raise AssertionError("unpacked")


def test_too_many_files_or_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(write_zip({str(n): b"" for n in range(MAX_FILES + 1)})) == "too_many_files"
    monkeypatch.setattr("authsvc.evidence.package_zip.MAX_TOTAL", 1000)
    assert refused(write_zip({"a": bytes(600), "b": bytes(600)})) == "too_large"


def test_archives_inside_are_counted_in(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(lambda archive: archive.writestr("a", bytes(5_000_000), zipfile.ZIP_DEFLATED))
    assert refused(write_zip({"documents/a": bomb})) == "bomb"
    many = write_zip({str(n): b"" for n in range(1500)})
    assert refused(write_zip({"a": many, "b": many})) == "too_many_files"
    nested = write_zip({"a": b"x"})
    for _ in range(4):
        nested = write_zip({"a": nested})
    assert refused(nested) == "nested_too_deep"
    monkeypatch.setattr("authsvc.evidence.package_zip.MAX_TOTAL", 3000)
    assert refused(write_zip({"a": write_zip({"b": bytes(2000)})})) == "too_large"


def test_a_container_inside_is_held_to_the_rules_and_a_document_is_left_alone() -> None:
    asic = write_zip({"mimetype": b"application/vnd.etsi.asic-e+zip", "../up": b"x"})
    assert refused(write_zip({"documents/a": asic})) == "path_traversal"
    office = write_zip({"../up": b"x"})
    assert read_zip(write_zip({"documents/a": office}))["documents/a"] == office


def test_a_size_that_lies_is_refused() -> None:
    packed = zlib.compress(b"x" * 1000, wbits=-15)
    data = zipped(lambda archive: archive.writestr("a", b"x" * 1000, zipfile.ZIP_DEFLATED))
    assert packed in data
    lying = data.replace((1000).to_bytes(4, "little"), (900).to_bytes(4, "little"))
    assert refused(lying) == "bomb"
    assert refused(write_zip({"a": b"hello"}).replace(b"hello", b"hellp")) == "damaged"


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"PK\x05\x06", b"%PDF-1.7\n"])
def test_bytes_that_are_no_zip_are_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NotAPackage):
        read_zip(data)


def test_a_broken_rule_is_the_verdict_on_the_container() -> None:
    court = Court()
    files = read_zip(court.package())
    verdict = judge(write_zip({**files, "../up": b"x"}), court.trust())
    assert verdict.code is Code.INVALID
    assert found(verdict) == {"archive"}
    assert "path_traversal" in verdict.sentence.en
    assert [check.name for check in verdict.checks if check.done] == ["container"]
    assert verdict.records == ()
