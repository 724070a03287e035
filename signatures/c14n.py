"""Canonical XML 1.0, 1.1 and Exclusive XML Canonicalization 1.0 of a document or one element, some subtrees left out.

The node-sets of XML signatures are of this shape alone: everything below one node, without the signature itself. Other
shapes come only from transforms that are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from signatures.errors import Malformed
from signatures.xml_tree import XML, Comment, Document, Instruction, Node

_BASE: Final = {
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": ("1.0", False),
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments": ("1.0", True),
    "http://www.w3.org/2006/12/xml-c14n11": ("1.1", False),
    "http://www.w3.org/2006/12/xml-c14n11#WithComments": ("1.1", True),
    "http://www.w3.org/2001/10/xml-exc-c14n#": ("exclusive", False),
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments": ("exclusive", True),
}
DEFAULT: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_SPECIAL: Final = re.compile("[&<>\r]")
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"})


@dataclass(frozen=True, slots=True)
class Method:
    """A canonicalization: its version, whether comments are kept, and the prefixes treated inclusively."""

    version: str = "1.0"
    comments: bool = False
    prefixes: frozenset[str] = field(default_factory=frozenset)


def method_of(algorithm: str, prefixes: str = "") -> Method | None:
    """The method that an algorithm's URI names, with its InclusiveNamespaces list; None for one that is not read."""
    known = _BASE.get(algorithm)
    if known is None:
        return None
    listed = frozenset("" if one == "#default" else one for one in prefixes.split())
    return Method(known[0], known[1], listed if known[0] == "exclusive" else frozenset())


def canonical_document(document: Document, method: Method, without: Collection[Node] = ()) -> bytes:
    """The whole document, comments and instructions outside the root on lines of their own."""
    parts: list[str] = []
    for one in document.before:
        if isinstance(one, Instruction) or method.comments:
            parts.append(_aside(one) + "\n")
    if document.root not in without:
        _write(document.root, method, frozenset(map(id, without)), parts)
    for one in document.after:
        if isinstance(one, Instruction) or method.comments:
            parts.append("\n" + _aside(one))
    return "".join(parts).encode()


def canonical_element(node: Node, method: Method, without: Collection[Node] = ()) -> bytes:
    """One element with everything below it, in its place in the document."""
    parts: list[str] = []
    _write(node, method, frozenset(map(id, without)), parts)
    return "".join(parts).encode()


def _write(apex: Node, method: Method, without: frozenset[int], parts: list[str]) -> None:
    """No recursion: a hostile depth costs no stack. Each step of the stack is an element that is open."""
    put = parts.append
    exclusive = method.version == "exclusive"
    label = _label(apex)
    stack = [(iter(apex.children), _start(apex, True, label, method, {}, parts), label)]
    while stack:
        children, above, label = stack[-1]
        for child in children:
            if type(child) is str:
                put(child.translate(_TEXT) if _SPECIAL.search(child) else child)
            elif isinstance(child, Node):
                if without and id(child) in without:
                    continue
                name = _label(child)
                if child.attributes or child.declared or exclusive:
                    below = _start(child, False, name, method, above, parts)
                else:
                    put(f"<{name}>")
                    below = above
                stack.append((iter(child.children), below, name))
                break
            elif isinstance(child, Instruction) or method.comments:
                put(_aside(child))  # type: ignore[arg-type]  # what is left is a comment or an instruction
        else:
            stack.pop()
            put(f"</{label}>")


def _label(node: Node) -> str:
    return f"{node.prefix}:{node.local}" if node.prefix else node.local


def _start(
    node: Node, is_apex: bool, name: str, method: Method, above: dict[str, str], parts: list[str]
) -> dict[str, str]:
    """The start tag; gives the namespaces that are rendered for what stands below."""
    shown = _namespaces(node, is_apex, method, above)
    attributes = node.attributes
    if is_apex and method.version != "exclusive" and node.parent is not None:
        attributes = [*attributes, *_inherited(node, method)]
    parts.append("<" + name)
    for prefix, uri in sorted(shown.items()):
        label = f"xmlns:{prefix}" if prefix else "xmlns"
        parts.append(f' {label}="{uri.translate(_VALUE)}"')
    for prefix, local, _, value in sorted(attributes, key=_by_space) if len(attributes) > 1 else attributes:
        label = f"{prefix}:{local}" if prefix else local
        parts.append(f' {label}="{value.translate(_VALUE)}"')
    parts.append(">")
    return {**above, **shown} if shown else above


def _by_space(attribute: tuple[str, str, str, str]) -> tuple[str, str]:
    return attribute[2], attribute[1]


def _namespaces(node: Node, is_apex: bool, method: Method, above: dict[str, str]) -> dict[str, str]:
    """The declarations to render on this element: those that differ from what is rendered above it."""
    if method.version != "exclusive":
        wanted = node.spaces() if is_apex else node.declared
        return {prefix: uri for prefix, uri in wanted.items() if prefix != "xml" and above.get(prefix, "") != uri}
    if not method.prefixes and not node.attributes and above.get(node.prefix, "") == node.space:
        return {}  # the usual one: it uses what is rendered already
    used = {node.prefix, *(one[0] for one in node.attributes if one[0])} - {"xml"}
    scope: dict[str, str] | None = None
    shown = {}
    for prefix in used | method.prefixes:
        if prefix in node.declared:
            uri = node.declared[prefix]
        elif prefix == node.prefix:
            uri = node.space
        else:
            scope = node.spaces() if scope is None else scope
            if prefix not in scope and prefix not in used:
                continue
            uri = scope.get(prefix, "")
        if above.get(prefix, "") != uri:
            shown[prefix] = uri
    return shown


def _inherited(node: Node, method: Method) -> list[tuple[str, str, str, str]]:
    """The attributes of the namespace xml that the apex has from above (section 2.4; 1.1: lang and space alone)."""
    own = {one[1] for one in node.attributes if one[2] == XML}
    found: list[tuple[str, str, str, str]] = []
    above = node.parent
    while above is not None:
        for one in above.attributes:
            if one[2] != XML or one[1] in own:
                continue
            if method.version == "1.1" and one[1] == "base":
                raise Malformed("A base of URIs is inherited, which Canonical XML 1.1 would join; that is not read.")
            if method.version == "1.0" or one[1] in ("lang", "space"):
                found.append(one)
            own.add(one[1])
        above = above.parent
    return found


def _aside(one: Comment | Instruction) -> str:
    if isinstance(one, Comment):
        return f"<!--{one.text}-->".replace("\r", "&#xD;")
    return (f"<?{one.target} {one.data}?>" if one.data else f"<?{one.target}?>").replace("\r", "&#xD;")
