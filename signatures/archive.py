"""A ZIP (APPNOTE 6.3) as a container of signed files: read with care, within bounds, each name with its other readings.

Old tools write names in the code page of their machine and don't say which; a reference in a manifest says it in UTF-8.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

from signatures.errors import LimitExceeded, Malformed
from signatures.policy import Limits

_MOST_FILES: Final = 2_000
_MOST_RATIO: Final = 200  # unpacked to packed, beyond which a file is a bomb
_SMALL: Final = 64 << 10  # bytes below which no ratio is asked for
_CODE_PAGES: Final = ("utf-8", "cp866", "cp852", "cp1251")
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1


class File(NamedTuple):
    """One file: its name as the ZIP gives it, the other readings of that name, and its bytes."""

    name: str
    others: tuple[str, ...]
    data: bytes


def read_files(data: bytes, limits: Limits) -> list[File]:
    """The files of the archive in its order, folders left out. Malformed for what is no plain ZIP; LimitExceeded."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return list(_read(archive, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise Malformed("The container can't be unpacked.") from error


def _read(archive: zipfile.ZipFile, limits: Limits) -> Iterator[File]:
    listed = archive.infolist()
    if len(listed) > _MOST_FILES:
        raise LimitExceeded("elements")
    if sum(one.file_size for one in listed) > limits.signed_bytes:
        raise LimitExceeded("signed_bytes")
    seen: set[str] = set()
    for one in listed:
        if one.filename in seen:
            raise Malformed("A name stands twice in the container.")
        seen.add(one.filename)
        if one.is_dir():
            continue
        if one.flag_bits & _ENCRYPTED or one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Malformed("A file in the container is encrypted or packed in a way that is not read here.")
        if one.file_size > max(_SMALL, _MOST_RATIO * one.compress_size):
            raise LimitExceeded("signed_bytes")
        with archive.open(one) as stream:
            held = stream.read(one.file_size + 1)
        if len(held) != one.file_size:
            raise Malformed("A file in the container has another length than the container says.")
        yield File(one.filename, _readings(one), held)


def _readings(one: zipfile.ZipInfo) -> tuple[str, ...]:
    """What the name may have been where the ZIP does not say that it is UTF-8."""
    if one.flag_bits & _UTF8 or one.filename.isascii():
        return ()
    found: list[str] = []
    for page in _CODE_PAGES:
        try:
            found.append(one.filename.encode("cp437").decode(page))
        except UnicodeError:
            continue
    return tuple(dict.fromkeys(found))
