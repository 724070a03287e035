"""Time stamps renewed (RFC 4998 sections 4.2 and 5.2; evidence format, section 11): what is stamped over older tokens.

A later token is over the SHA-512 root of a tree whose leaves are older tokens, each with the revocation data of its
time. Whoever believes the later one knows that the older ones were there before it: what has become of their
certificates and algorithms since then is no matter. Renewals are renewed the same way, which makes a chain.
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from authsvc.evidence.canonical import Value, dumps, loads_strict
from authsvc.evidence.errors import BadProof
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.merkle import SHA512, inclusion_proof, leaf_hash, root_of, verify_inclusion

FIRST_LINE = b"authsvc/renewal/v1"
"""Of a text that is stamped to renew older tokens."""
LARGEST_COVERS = 4 * 1024 * 1024
MOST_MEMBERS = 200_000
MOST_COVERED = 2_000
"""Older tokens that one package names under one renewal; a package has no more files."""

_TEXT = re.compile(rb"authsvc/renewal/v1\n([1-9][0-9]{0,18})\n([A-Za-z0-9+/]{86}==)\n").fullmatch
_HEX = re.compile(r"[0-9a-f]{64}").fullmatch


def digests_of(material: Iterable[bytes]) -> tuple[bytes, ...]:
    """The SHA-512 of pieces of revocation data, each once and in order."""
    return tuple(sorted({SHA512.new(each).digest() for each in material}))


def renewal_leaf(token: bytes, material: Sequence[bytes]) -> bytes:
    """The leaf of an older token (DER) with the SHA-512 of its revocation data, in order, in a SHA-512 tree."""
    return leaf_hash(b"".join((SHA512.new(token).digest(), *material)), SHA512)


def renewal_root(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return root_of(leaves, SHA512)


def renewal_path(place: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """The inclusion path of the leaf at this place."""

    def read(level: int, index: int) -> bytes:
        return root_of(leaves[index << level : (index + 1) << level], SHA512)

    return tuple(inclusion_proof(place, len(leaves), read, SHA512))


@dataclass(frozen=True, slots=True)
class RenewalText:
    """What is stamped to renew `count` older tokens, by the SHA-512 root over their leaves."""

    count: int
    root: bytes

    def to_bytes(self) -> bytes:
        """Three lines: what it is, how many, the root in base64."""
        return b"%b\n%d\n%b\n" % (FIRST_LINE, self.count, b64encode(self.root))


def read_renewal_text(data: bytes) -> RenewalText:
    """The text of these bytes; BadProof for any that `to_bytes` would not have given."""
    match = _TEXT(data)
    text = RenewalText(int(match[1]), b64decode(match[2])) if match else None
    if text is None or text.to_bytes() != data:
        raise BadProof("not the text of a renewal")
    return text


@dataclass(frozen=True, slots=True)
class Covered:
    """An older token under a renewal: its SHA-256 in hex, its place, the SHA-512 of its revocation data, its path."""

    token: str
    place: int
    material: tuple[bytes, ...]
    path: tuple[bytes, ...]

    def is_under(self, text: RenewalText, token: bytes) -> bool:
        """Whether these bytes, with this revocation data, stand at this place of the renewal's tree."""
        leaf = renewal_leaf(token, self.material)
        return verify_inclusion(self.place, text.count, leaf, self.path, text.root, SHA512)


def write_covers(covered: Sequence[Covered]) -> bytes:
    """Canonical JSON, by the older tokens' digests."""
    return dumps(
        [
            {"material": _texts(one.material), "path": _texts(one.path), "place": one.place, "token": one.token}
            for one in sorted(covered, key=lambda each: each.token)
        ]
    )


def read_covers(data: bytes) -> tuple[Covered, ...]:
    """What `write_covers` wrote; BadProof or NotCanonical for anything else."""
    value = loads_strict(data, max_bytes=LARGEST_COVERS, max_members=MOST_MEMBERS)
    if not isinstance(value, list) or not 0 < len(value) <= MOST_COVERED:
        raise BadProof("a renewal names the tokens that it renews")
    found = tuple(map(_covered, value))
    names = [one.token for one in found]
    if names != sorted(set(names)):
        raise BadProof("the tokens of a renewal are in order, each once")
    return found


def _covered(value: Value) -> Covered:
    if not isinstance(value, dict) or value.keys() != {"material", "path", "place", "token"}:
        raise BadProof("a renewed token has material, path, place and token")
    token, place = value["token"], value["place"]
    if not isinstance(token, str) or not _HEX(token) or type(place) is not int or place < 0:
        raise BadProof("a renewed token is named by its SHA-256, and has a place")
    return Covered(token, place, _digests(value["material"]), _digests(value["path"]))


def _digests(value: Value) -> tuple[bytes, ...]:
    listed = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    found = tuple(map(digest_bytes, listed))
    if listed != value or _texts(found) != listed or any(len(each) != SHA512.size for each in found):
        raise BadProof("not an array of SHA-512")
    return found


def _texts(values: Iterable[bytes]) -> list[str]:
    return [urlsafe_b64encode(each).rstrip(b"=").decode() for each in values]
