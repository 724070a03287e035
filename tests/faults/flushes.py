"""A layer under SQLite (a VFS of its own, by ctypes) that sees each write and flush of a file, and may let one fail."""

import _sqlite3
import ctypes
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

IOERR_WRITE, IOERR_FSYNC = 778, 1034
"""SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC."""
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
"""The name goes through as the address that it is: SQLite keeps it as long as the file is open."""


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs` of sqlite3.h, version 3; what is not touched is a plain pointer."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 16),
    )


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", ctypes.c_int),
        ("close", ctypes.c_void_p),
        ("read", ctypes.c_void_p),
        ("write", ctypes.c_void_p),
        ("truncate", ctypes.c_void_p),
        ("sync", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 13),
    )


@dataclass
class Seen:
    """What was called, in order: (`write` or `flush`, the file's name). `fails_at`: which call from now on fails."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    fails_at: dict[str, int] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    """What C code points to, so that it is never collected."""

    def fails(self, what: str) -> bool:
        """Count a call; True for the one that is to fail."""
        if what not in self.fails_at:
            return False
        self.fails_at[what] -= 1
        return self.fails_at[what] == 0


SEEN = Seen()


def install() -> None:
    """Every database that is opened from now on is seen through."""
    if SEEN.kept:
        return
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    below = library.sqlite3_vfs_find(None).contents
    above = _Vfs.from_buffer_copy(below)
    above.name, above.next = b"seen", None
    open_below = _OPEN(below.open)
    wrapped: dict[int, int] = {}

    def open_file(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        code: int = open_below(vfs, name, file, flags, out)
        methods = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
        if code == 0 and name is not None and methods[0]:
            place = Path(os.fsdecode(ctypes.string_at(name))).name
            methods[0] = _see_through(int(methods[0]), place)
        return code

    above.open = ctypes.cast(_keep(_OPEN(open_file)), ctypes.c_void_p)
    SEEN.kept += [above, below, open_below, wrapped]
    if library.sqlite3_vfs_register(ctypes.byref(above), 1) != 0:
        raise RuntimeError("SQLite takes no layer")


def _see_through(address: int, place: str) -> int:
    below = _Methods.from_address(address)
    above = _Methods.from_buffer_copy(below)
    write_below, sync_below = _WRITE(below.write), _SYNC(below.sync)

    def write(file: int, data: int, amount: int, offset: int) -> int:
        SEEN.calls.append(("write", place))
        return IOERR_WRITE if SEEN.fails("write") else int(write_below(file, data, amount, offset))

    def sync(file: int, flags: int) -> int:
        if SEEN.fails("flush"):
            return IOERR_FSYNC
        code = int(sync_below(file, flags))
        SEEN.calls.append(("flush", place))
        return code

    above.write = ctypes.cast(_keep(_WRITE(write)), ctypes.c_void_p)
    above.sync = ctypes.cast(_keep(_SYNC(sync)), ctypes.c_void_p)
    SEEN.kept += [above, write_below, sync_below]
    return ctypes.addressof(above)


def _keep(callback: Any) -> Any:
    SEEN.kept.append(callback)
    return callback


def break_at(what: str, number: int) -> None:
    """Let the N-th `write`, `flush` or `rename` from now on fail, once."""
    SEEN.fails_at[what] = number
    if what == "rename":
        os.replace = _failing(os.replace)
        os.rename = _failing(os.rename)


def _failing(call: Callable[..., None]) -> Callable[..., None]:
    def rename(*args: Any, **options: Any) -> None:
        if SEEN.fails("rename"):
            raise OSError(errno.EIO, "the disk does not answer")
        call(*args, **options)

    return rename


def last_call(ending: str) -> str:
    """What was last done to the file whose name ends so: `write`, `flush`, or nothing."""
    return next((what for what, place in reversed(SEEN.calls) if place.endswith(ending)), "")
