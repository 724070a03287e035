"""The fence: the last signed (size, root), outside the data directory: a restored backup is never signed on.

It moves only after a commit and may lag by a second; a head that does not extend it is a fork. It is left out of
backups: a fence
restored with the data guards nothing.
"""

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mark:
    """A tree head that was signed."""

    size: int
    root: bytes


class Fence(Protocol):
    """A place outside the database that remembers the last mark."""

    def read(self) -> Mark | None:
        """The mark, or None before the first."""

    def move(self, mark: Mark) -> None:
        """Remember this mark if it is larger than the one there."""


class FileFence:
    """A file beside, never in, the data directory; replaced atomically and flushed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Mark | None:
        """See `Fence.read`; a file that can't be understood is an error, not an empty fence."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        stored = json.loads(text)
        return Mark(int(stored["size"]), b64decode(stored["root"], validate=True))

    def move(self, mark: Mark) -> None:
        """See `Fence.move`."""
        known = self.read()
        if known is not None and known.size >= mark.size:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"root": b64encode(mark.root).decode(), "size": mark.size}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
