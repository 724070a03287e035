"""The signed content: bytes, a stream, or digests alone; digested once, with every hash that any signature needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Final

from signatures.algorithms import Hash, Hasher
from signatures.errors import BadArgument

_CHUNK: Final = 1 << 20
HEAD_BYTES: Final = 64 << 10  # kept of a stream to recognise a login challenge; ours are shorter by far


class Digests(Mapping[str, bytes]):
    """The digests of a document instead of the document, by the names of `signatures.algorithms` (`sha256`, ...).

    `Digests({"sha256": b"..."})` or `Digests(sha256=b"...")`. With it the content itself is never seen, and the report
    says so.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, bytes] | None = None, /, **by_name: bytes) -> None:
        gathered = {**(values or {}), **by_name}
        if not all(isinstance(value, bytes) for value in gathered.values()):
            raise BadArgument("A digest is bytes.")
        self._values = tuple(sorted(gathered.items()))

    @classmethod
    def of(cls, **by_name: bytes) -> Digests:
        """The same by keyword."""
        return cls(by_name)

    def __getitem__(self, name: str) -> bytes:
        return dict(self._values)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(self._values)

    def __repr__(self) -> str:
        return f"Digests({dict(self._values)!r})"

    def __reduce__(self) -> tuple[type[Digests], tuple[dict[str, bytes]]]:
        return type(self), (dict(self._values),)


Content = bytes | BinaryIO | Digests


class ContentSource:
    """One content with what is known of it. `digest` first prepares every hash that is needed, in one pass."""

    def __init__(self, name: str, given: bytes | Digests | Iterable[bytes] | BinaryIO, slow_limit: int) -> None:
        self.name = name
        known = None if isinstance(given, bytes) or not isinstance(given, Digests) else given
        self.seen = known is None
        self.size: int | None = None
        self.head = b""
        self.too_long: set[str] = set()  # names of slow hashes that were given up
        self._given = given
        self._slow_limit = slow_limit
        self._digests: dict[str, bytes] = {} if known is None else dict(known)
        self._whole: list[bytes] | None = None

    def prepare(self, needed: Iterable[Hash], *, keep: bool = False) -> None:
        """Reads the content once and digests it. `keep`: the whole content is needed too (Ed25519 over the content)."""
        if not self.seen or self.size is not None:
            return
        if isinstance(self._given, bytes):
            self._take_whole(self._given, needed, keep=keep)
            return
        running: dict[str, tuple[Hash, Hasher]] = {item.name: (item, item.start()) for item in needed}
        size, head, whole = 0, bytearray(), list[bytes]()
        for chunk in self._chunks():
            size += len(chunk)
            if len(head) <= HEAD_BYTES:
                head += chunk[: HEAD_BYTES + 1]
            if keep:
                whole.append(chunk)
            for name, (kind, hasher) in list(running.items()):
                if kind.slow and size > self._slow_limit:
                    del running[name]
                    self.too_long.add(name)
                else:
                    hasher.update(chunk)
        self.size, self.head = size, bytes(head)
        self._whole = whole if keep else None
        self._digests = {name: hasher.digest() for name, (_, hasher) in running.items()}

    def _take_whole(self, data: bytes, needed: Iterable[Hash], *, keep: bool) -> None:
        """The same for bytes that are in memory as they are: nothing is copied."""
        self.size, self.head = len(data), data[: HEAD_BYTES + 1]
        self._whole = [data] if keep else None
        for kind in needed:
            if kind.slow and len(data) > self._slow_limit:
                self.too_long.add(kind.name)
            elif kind.name not in self._digests:
                self._digests[kind.name] = kind.of(data)

    def _chunks(self) -> Iterator[bytes]:
        given = self._given
        if isinstance(given, bytes | Digests):
            return
        if hasattr(given, "read"):
            while chunk := given.read(_CHUNK):
                if not isinstance(chunk, bytes):
                    raise BadArgument("The content is not read as bytes.")
                yield chunk
        else:
            yield from given

    def digest(self, algorithm: Hash) -> bytes | None:
        """The digest, None if it is not known: not given, or given up as too long for a slow hash."""
        return self._digests.get(algorithm.name)

    @property
    def known(self) -> Mapping[str, bytes]:
        """Every digest that is known, by name."""
        return self._digests

    @property
    def whole(self) -> bytes | None:
        """The content itself, if it was asked for."""
        return None if self._whole is None else b"".join(self._whole)


def sources_of(content: Content | Mapping[str, Content] | None, slow_limit: int) -> list[ContentSource]:
    """The contents that the caller gives, each with its name ("" for a single one)."""
    if content is None:
        return []
    if isinstance(content, bytes):
        return [ContentSource("", content, slow_limit)]
    if isinstance(content, Mapping) and not isinstance(content, Digests):
        return [_source(name, item, slow_limit) for name, item in content.items()]
    return [_source("", content, slow_limit)]


def _source(name: str, content: Content, slow_limit: int) -> ContentSource:
    if isinstance(content, bytes | bytearray | memoryview):
        return ContentSource(name, bytes(content), slow_limit)
    if not isinstance(content, Digests) and not hasattr(content, "read"):
        raise BadArgument("A content is bytes, a binary stream or Digests.")
    return ContentSource(name, content, slow_limit)
