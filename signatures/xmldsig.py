"""XML Signature (W3C, 2013): what each signature of a document is over, resolved by our own rules.

A reference leads to the document, to the one element of an identifier, or to a content that the caller gives; it is
never fetched. Transforms are a closed list. An identifier that two elements have leads nowhere, and what is reported as
signed are the bytes that were digested, by their place in the document: that is what stops signature wrapping.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import unquote

from signatures.algorithms import Hash
from signatures.c14n import DEFAULT, Method, canonical_document, canonical_element, method_of
from signatures.content import ContentSource
from signatures.context import Context
from signatures.digests import BY_NAME
from signatures.errors import LimitExceeded, Malformed
from signatures.policy import Limits
from signatures.xml_algorithms import DIGESTS, DSIG, NotRead
from signatures.xml_tree import Document, Node, parse_xml

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = DSIG + "enveloped-signature"
BASE64: Final = DSIG + "base64"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
MANIFEST: Final = DSIG + "Manifest"
FILTER: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
_ALL_SIGNATURES: Final = frozenset({"/descendant::ds:Signature", "/descendant::dsig:Signature"})
_WITHOUT_SIGNATURES: Final = frozenset({"not(ancestor-or-self::ds:Signature)", "not(ancestor-or-self::dsig:Signature)"})
_MOST_REFERENCES: Final = 256
_MOST_TRANSFORMS: Final = 8


class Reference(NamedTuple):
    """A ds:Reference as it stands: what it is over, by which transforms, and the digest."""

    node: Node
    uri: str | None
    kind: str
    transforms: Sequence[Node]
    digest_method: str
    digest: bytes


class Resolved(NamedTuple):
    """What a reference leads to: the bytes that are digested, or a content of the caller's; its place in words."""

    data: bytes | None
    content: ContentSource | None
    target: Node | None
    place: str


@dataclass(slots=True)
class XmlSignature:
    """A ds:Signature with its members; nothing of it is verified."""

    document: Document
    node: Node
    signed_info: Node
    canonicalization: Method
    method: str
    value_node: Node
    value: bytes
    references: list[Reference]
    key_info: Node | None


@dataclass(slots=True)
class Work:
    """What is left to spend on canonical bytes of one document, and the caller's contents."""

    left: int
    contents: Sequence[ContentSource]
    later: Mapping[int, Sequence[Node]] = field(default_factory=dict)

    def spend(self, data: bytes) -> bytes:
        """Counts canonical bytes; LimitExceeded beyond the bound."""
        self.left -= len(data)
        if self.left < 0:
            raise LimitExceeded("signed_bytes")
        return data


def find_signatures(document: Document, limits: Limits) -> list[Node]:
    """The signatures that stand by themselves, in the order of the document: no counter-signatures of others."""
    found: list[Node] = []
    for node in document.root.walk():
        if node.is_named(DSIG, "Signature") and not _counters(node):
            found.append(node)
            if len(found) > limits.signatures:
                raise LimitExceeded("signatures")
    return found


def _counters(node: Node) -> bool:
    """Whether a signature stands in a CounterSignature property."""
    return node.parent is not None and node.parent.local == "CounterSignature"


def read_signature(document: Document, node: Node) -> XmlSignature:
    """The members of a ds:Signature; Malformed if one is missing or can't be read. NotRead for an algorithm."""
    signed_info, value = _one(node, "SignedInfo"), _one(node, "SignatureValue")
    canonicalization = _one(signed_info, "CanonicalizationMethod")
    method = method_of(canonicalization.get("Algorithm") or "", _prefixes(canonicalization))
    if method is None:
        raise NotRead(canonicalization.get("Algorithm") or "")
    listed = signed_info.every(DSIG, "Reference")
    if not listed:
        raise Malformed("The signature refers to nothing.")
    if len(listed) > _MOST_REFERENCES:
        raise LimitExceeded("elements")
    return XmlSignature(
        document=document,
        node=node,
        signed_info=signed_info,
        canonicalization=method,
        method=_one(signed_info, "SignatureMethod").get("Algorithm") or "",
        value_node=value,
        value=decode64(value.text),
        references=[read_reference(one) for one in listed],
        key_info=node.first(DSIG, "KeyInfo"),
    )


def read_reference(node: Node) -> Reference:
    """A ds:Reference; Malformed."""
    listed = node.first(DSIG, "Transforms")
    transforms = listed.every(DSIG, "Transform") if listed is not None else []
    if len(transforms) > _MOST_TRANSFORMS:
        raise LimitExceeded("elements")
    return Reference(
        node,
        node.get("URI"),
        node.get("Type") or "",
        transforms,
        _one(node, "DigestMethod").get("Algorithm") or "",
        decode64(_one(node, "DigestValue").text),
    )


def _one(node: Node, local: str) -> Node:
    found = node.every(DSIG, local)
    if len(found) != 1:
        raise Malformed(f"The signature does not have exactly one {local}.")
    return found[0]


def _prefixes(node: Node) -> str:
    listed = node.first(EXCLUSIVE, "InclusiveNamespaces")
    return (listed.get("PrefixList") or "") if listed is not None else ""


def decode64(text: str) -> bytes:
    """Base64 with blanks; Malformed for anything else."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("A base64 value of the XML can't be read.") from error


def signed_bytes(signature: XmlSignature, work: Work) -> bytes:
    """The canonical SignedInfo: what the signature value is over."""
    return work.spend(canonical_element(signature.signed_info, signature.canonicalization))


# --- references ---


@dataclass(slots=True)
class _Set:
    """A node-set: a document or an element of it, without some subtrees; whether its comments are in it."""

    document: Document
    node: Node | None
    comments: bool
    without: list[Node] = field(default_factory=list)

    def write(self, method: Method, work: Work) -> bytes:
        chosen = Method(method.version, method.comments and self.comments, method.prefixes)
        if self.node is None:
            return work.spend(canonical_document(self.document, chosen, self.without))
        return work.spend(canonical_element(self.node, chosen, self.without))


def resolve(signature: XmlSignature, reference: Reference, work: Work, *, peel: bool = False) -> Resolved:
    """The bytes of a reference. `peel`: without the signatures that were put in later.

    Malformed for an identifier that is not one element's; NotRead for a transform; a content that is not there is None.
    """
    uri = reference.uri
    if uri is None:
        raise Malformed("A reference has no URI.")
    if uri in ("", "#xpointer(/)"):
        start = _Set(signature.document, None, comments=bool(uri))
        if peel:
            start.without += work.later.get(id(signature.node), ())
        return Resolved(_transform(start, reference, signature, work), None, signature.document.root, "/")
    if uri.startswith("#"):
        identifier, comments = _identifier(uri)
        found = signature.document.ids.get(identifier, [])
        if len(found) != 1:
            raise Malformed("A reference is to an identifier that not exactly one element has.")
        target = found[0]
        start = _Set(signature.document, target, comments=comments)
        if peel:
            start.without += [one for one in work.later.get(id(signature.node), ()) if one is not target]
        return Resolved(_transform(start, reference, signature, work), None, target, target.path)
    content = _content(uri, work.contents)
    if content is None:
        return Resolved(None, None, None, uri)
    if not reference.transforms:
        return Resolved(None, content, None, uri)
    whole = content.whole
    if whole is None:
        raise NotRead("transforms of a content that was not seen")
    return Resolved(_transform(whole, reference, signature, work), content, None, uri)


def _identifier(uri: str) -> tuple[str, bool]:
    if uri.startswith("#xpointer(id(") and uri.endswith("))"):
        return uri[13:-2].strip("'\""), True
    return unquote(uri[1:]), False


def _content(uri: str, contents: Sequence[ContentSource]) -> ContentSource | None:
    """The content of this name; a single one that was given without a name stands for any."""
    plain = unquote(uri).removeprefix("./")
    for content in contents:
        if content.name in (uri, plain):
            return content
    return contents[0] if len(contents) == 1 and not contents[0].name else None


def _transform(start: _Set | bytes, reference: Reference, signature: XmlSignature, work: Work) -> bytes:
    """Through all transforms to bytes; a node-set at the end is written by Canonical XML 1.0 (section 4.4.3.2)."""
    state: _Set | bytes = start
    for transform in reference.transforms:
        state = _apply(state, transform, signature, work)
    if isinstance(state, _Set):
        method = method_of(DEFAULT)
        state = state.write(method or Method(), work)
    return state


def _apply(state: _Set | bytes, transform: Node, signature: XmlSignature, work: Work) -> _Set | bytes:
    algorithm = transform.get("Algorithm") or ""
    method = method_of(algorithm, _prefixes(transform))
    if method is not None:
        return _parsed(state, work).write(method, work)
    if algorithm == ENVELOPED:
        if not isinstance(state, _Set):
            raise Malformed("The transform that leaves the signature out stands behind others.")
        state.without.append(signature.node)
        return state
    if algorithm == BASE64:
        return _decoded(state)
    if algorithm == XPATH and isinstance(state, _Set):
        expression = transform.first(DSIG, "XPath")
        if expression is not None and "".join(expression.text.split()) in _WITHOUT_SIGNATURES:
            state.without += [one for one in state.document.root.walk() if one.is_named(DSIG, "Signature")]
            return state
    if algorithm == FILTER and isinstance(state, _Set):
        filters = transform.elements()
        one = filters[0] if len(filters) == 1 and filters[0].is_named(FILTER, "XPath") else transform
        if one.get("Filter") == "subtract" and "".join(one.text.split()) in _ALL_SIGNATURES:
            state.without += [one for one in state.document.root.walk() if one.is_named(DSIG, "Signature")]
            return state
    raise NotRead(algorithm)


def _parsed(state: _Set | bytes, work: Work) -> _Set:
    if isinstance(state, _Set):
        return state
    return _Set(parse_xml(work.spend(state), Limits()), None, comments=True)


def _decoded(state: _Set | bytes) -> bytes:
    if isinstance(state, _Set):
        return decode64((state.node or state.document.root).whole_text())
    try:
        return decode64(state.decode())
    except UnicodeDecodeError as error:
        raise Malformed("A base64 value of the XML can't be read.") from error


def needed_hashes(signatures: Sequence[XmlSignature]) -> Iterator[Hash]:
    """The hashes that contents outside the document are needed by."""
    for signature in signatures:
        for reference in signature.references:
            if reference.uri and not reference.uri.startswith("#") and reference.digest_method in DIGESTS:
                yield BY_NAME[DIGESTS[reference.digest_method]]


def transforms_contents(signatures: Sequence[XmlSignature]) -> bool:
    """Whether a content outside the document is transformed, so that all of it is needed."""
    return any(
        bool(reference.transforms)
        for signature in signatures
        for reference in signature.references
        if reference.uri and not reference.uri.startswith("#")
    )


def certificates_of(signature: XmlSignature, context: Context) -> list[bytes]:
    """The certificates of KeyInfo, in their order; a bare key names nobody and is not used."""
    found: list[bytes] = []
    if signature.key_info is None:
        return found
    for data in signature.key_info.every(DSIG, "X509Data"):
        for one in data.every(DSIG, "X509Certificate"):
            if len(found) >= context.policy.limits.certificates:
                raise LimitExceeded("certificates")
            found.append(decode64(one.text))
    return found


def lists_of(signature: XmlSignature) -> list[bytes]:
    """The CRLs of KeyInfo."""
    if signature.key_info is None:
        return []
    listed = [one for data in signature.key_info.every(DSIG, "X509Data") for one in data.every(DSIG, "X509CRL")]
    return [decode64(one.text) for one in listed]
