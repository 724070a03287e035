"""The ZIP of a court package: written in one way, read under the rules of the evidence format, section 12.

The rules are checked on the directory and the local headers before anything is unpacked, and again for archives inside.
Entries must lie one behind the other without gaps, so nothing can be hidden between them.
"""

import stat
import struct
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from authsvc.evidence.errors import BadPackage, NotAPackage

MAX_FILES = 2_000
MAX_TOTAL = 512 * 1024 * 1024
MAX_RATIO = 200
RATIO_FLOOR = 64
"""A packed size counts as this many bytes at least, so that a tiny file may be a run of one letter."""
MAX_DEPTH = 3
MAX_NAME = 255

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_SIGNATURE, _CENTRAL_SIGNATURE, _LOCAL_SIGNATURE = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_STORED, _DEFLATE = 0, 8
_ENCRYPTED, _DESCRIPTOR, _PATCHED, _STRONG, _UTF8, _MASKED = 0x1, 0x8, 0x20, 0x40, 0x800, 0x2000
_UNIX = 3
_ASIC = b"application/vnd.etsi.asic"
_BOUNDS = ("too_many_files", "too_large", "nested_too_deep", "bomb")
_DOS_LABEL_OR_DEVICE = 0x08 | 0x40
_BIDI = frozenset(range(0x202A, 0x202F)) | frozenset(range(0x2066, 0x206A))
_DATE_1980 = 0x21
_FILE_MODE = (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True, slots=True)
class _Member:
    """One file as the directory describes it; `data` is where its packed bytes lie."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    is_folder: bool


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files, in their order. Stored, not deflated: equal bytes must not hang on zlib's version."""
    body, directory = bytearray(), bytearray()
    for name, data in files.items():
        raw, crc, size = name.encode(), zlib.crc32(data), len(data)
        flags = 0 if name.isascii() else _UTF8
        offset = len(body)
        body += _LOCAL.pack(_LOCAL_SIGNATURE, 20, flags, _STORED, 0, _DATE_1980, crc, size, size, len(raw), 0)
        body += raw + data
        directory += _CENTRAL.pack(
            _CENTRAL_SIGNATURE, 20, _UNIX, 20, flags, _STORED, 0, _DATE_1980, crc, size, size,
            len(raw), 0, 0, 0, 0, _FILE_MODE, offset,
        )  # fmt: skip
        directory += raw
    end = _END.pack(_END_SIGNATURE, 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory + end)


class Budget:
    """What may still be unpacked, archives inside counted in."""

    __slots__ = ("files", "total")

    def __init__(self) -> None:
        self.files = MAX_FILES
        self.total = MAX_TOTAL

    def spend(self, files: int, total: int) -> None:
        """BadPackage once the bounds are crossed."""
        self.files -= files
        self.total -= total
        if self.files < 0:
            raise BadPackage("too_many_files", f"more than {MAX_FILES} files")
        if self.total < 0:
            raise BadPackage("too_large", "more than 512 MiB unpacked")


def read_zip(data: bytes) -> dict[str, bytes]:
    """The files by name, in the order of the directory. NotAPackage for no ZIP, BadPackage where a rule breaks."""
    return _read(data, Budget(), 0)


def _read(data: bytes, budget: Budget, depth: int) -> dict[str, bytes]:
    if depth > MAX_DEPTH:
        raise BadPackage("nested_too_deep", "archives within archives within archives")
    members = _read_directory(data, budget)
    _check_names(members)
    starts = _check_layout(data, members)
    budget.spend(0, sum(member.size for member in members))
    files = {}
    for member, start in zip(members, starts, strict=True):
        if not member.is_folder:
            files[member.name] = _unpack(member, data[start : start + member.packed])
    for content in files.values():
        if content.startswith(_LOCAL_SIGNATURE):
            _read_inner(content, budget, depth)
    return files


def _read_inner(content: bytes, budget: Budget, depth: int) -> None:
    """An ASiC container inside is held to all rules; of any other archive only the bounds, since it stays packed."""
    try:
        _read(content, budget, depth + 1)
    except BadPackage as error:
        if error.rule in _BOUNDS or (content[30:38] == b"mimetype" and _ASIC in content[38:100]):
            raise


def _read_directory(data: bytes, budget: Budget) -> list[_Member]:
    at = data.rfind(_END_SIGNATURE, max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise NotAPackage("not_a_zip", "not a ZIP archive")
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(data, at)
    if disk or first_disk or here != count or at + _END.size + comment != len(data):
        raise BadPackage("broken_directory", "the archive's end does not fit the archive")
    budget.spend(count, 0)
    if offset + size != at:
        raise BadPackage("broken_directory", "the directory does not lie right before the archive's end")
    members = []
    position = offset
    for _ in range(count):
        if position + _CENTRAL.size > at:
            raise BadPackage("broken_directory", "the directory is cut short")
        member, position = _read_central(data, position)
        members.append(member)
    if position != at:
        raise BadPackage("broken_directory", "the directory holds more than its entries")
    return members


def _read_central(data: bytes, at: int) -> tuple[_Member, int]:
    fields = _CENTRAL.unpack_from(data, at)
    signature, _, host, _, flags, method, _, _, crc, packed, size = fields[:11]
    name_length, extra, comment, disk, _, attributes, offset = fields[11:]
    raw = data[at + _CENTRAL.size : at + _CENTRAL.size + name_length]
    if signature != _CENTRAL_SIGNATURE or disk or len(raw) != name_length:
        raise BadPackage("broken_directory", "not a directory entry")
    if flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise BadPackage("encrypted", "an encrypted file")
    if flags & _PATCHED or method not in (_STORED, _DEFLATE):
        raise BadPackage("compression", "a compression other than stored or deflate")
    if method == _STORED and packed != size:
        raise BadPackage("broken_directory", "a stored file of two sizes")
    if size > MAX_RATIO * max(packed, RATIO_FLOOR):
        raise BadPackage("bomb", f"a file that unpacks to more than {MAX_RATIO} times its size")
    name = _decode_name(raw, flags)
    is_folder = name.endswith("/")
    if not _is_plain(host, attributes, is_folder) or (is_folder and size):
        raise BadPackage("not_a_plain_file", "a link, device or other special file")
    member = _Member(name, raw, flags, method, crc, packed, size, offset, is_folder)
    return member, at + _CENTRAL.size + name_length + extra + comment


def _is_plain(host: int, attributes: int, is_folder: bool) -> bool:
    if host != _UNIX:
        return not attributes & _DOS_LABEL_OR_DEVICE
    kind = stat.S_IFMT(attributes >> 16)
    return kind in (0, stat.S_IFDIR if is_folder else stat.S_IFREG)


def _decode_name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError as error:
        raise BadPackage("broken_name", "a name that is not Unicode") from error
    if not name or len(raw) > MAX_NAME or any(ord(c) < 0x20 or ord(c) == 0x7F or ord(c) in _BIDI for c in name):
        raise BadPackage("broken_name", "a name with control or direction characters, or too long")
    if name.startswith("/") or "\\" in name or name[1:2] == ":":
        raise BadPackage("path_traversal", "an absolute path, a drive letter or a backslash")
    if any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        raise BadPackage("path_traversal", "a path with . or .. or an empty part")
    return name


def _check_names(members: list[_Member]) -> None:
    seen = set()
    for member in members:
        name = unicodedata.normalize("NFC", member.name.removesuffix("/")).casefold()
        if name in seen:
            raise BadPackage("duplicate_name", "two files of one name")
        seen.add(name)


def _check_layout(data: bytes, members: list[_Member]) -> list[int]:
    """Where each member's packed bytes begin; local headers must agree with the directory and lie without gaps."""
    starts = {member.offset: _check_local(data, member) for member in members}
    if len(starts) != len(members):
        raise BadPackage("overlap", "two files in one place")
    expected = 0
    for member in sorted(members, key=lambda each: each.offset):
        if member.offset != expected:
            raise BadPackage("prefix" if expected == 0 else "overlap", "bytes before, between or under the files")
        expected = starts[member.offset] + member.packed
        if member.flags & _DESCRIPTOR:
            expected += _descriptor_size(data, expected, member)
    if data[expected : expected + 4] not in (_CENTRAL_SIGNATURE, _END_SIGNATURE):
        raise BadPackage("overlap", "bytes between the files and the directory")
    return [starts[member.offset] for member in members]


def _check_local(data: bytes, member: _Member) -> int:
    if member.offset + _LOCAL.size > len(data):
        raise BadPackage("local_header", "a file without its local header")
    fields = _LOCAL.unpack_from(data, member.offset)
    signature, _, flags, method, _, _, crc, packed, size, name_length, extra = fields
    name_at = member.offset + _LOCAL.size
    if signature != _LOCAL_SIGNATURE or data[name_at : name_at + name_length] != member.raw_name:
        raise BadPackage("local_header", "a local header that is absent or names another file")
    same = (flags, method) == (member.flags, member.method)
    if not member.flags & _DESCRIPTOR:
        same = same and (crc, packed, size) == (member.crc, member.packed, member.size)
    start: int = name_at + name_length + extra
    if not same or start + member.packed > len(data):
        raise BadPackage("local_header", "a local header that differs from the directory")
    return start


def _descriptor_size(data: bytes, at: int, member: _Member) -> int:
    plain = struct.pack("<3L", member.crc, member.packed, member.size)
    for descriptor in (b"PK\x07\x08" + plain, plain):
        if data.startswith(descriptor, at):
            return len(descriptor)
    raise BadPackage("local_header", "a data descriptor that differs from the directory")


def _unpack(member: _Member, packed: bytes) -> bytes:
    content = packed
    if member.method == _DEFLATE:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, member.size + 1)
        except zlib.error as error:
            raise BadPackage("damaged", "a file that does not unpack") from error
        if not inflater.eof or inflater.unused_data:
            raise BadPackage("bomb", "a file that unpacks to another size than it says")
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise BadPackage("damaged", "a file whose checksum differs")
    return content
