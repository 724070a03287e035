"""XML 1.0 with namespaces, read by expat into a small tree that keeps what canonical XML needs: prefixes, declarations
in their place, comments and processing instructions.

No document type declaration is read, so there are no entities, no external fetches and no default attributes. Number of
nodes and depth are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from signatures.errors import LimitExceeded, Malformed
from signatures.policy import Limits

XML: Final = "http://www.w3.org/XML/1998/namespace"
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
_DEEPEST: Final = 256
_NODES_PER_ELEMENT: Final = 4  # elements, attributes and texts for each ASN.1 element that the limits allow
_NONE: Final[dict[str, str]] = {}  # of an element that declares no namespace; never written to
_ID_NAMES: Final = ("Id", "ID", "id", "AssertionID", "SignatureId")
_WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"


class Instruction:
    """A processing instruction."""

    __slots__ = ("data", "target")

    def __init__(self, target: str, data: str) -> None:
        self.target = target
        self.data = data


class Comment:
    """A comment."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Node:
    """An element: prefix, local name and namespace; attributes as (prefix, local name, namespace, value).

    `declared` are the namespace declarations that stand on it, by prefix ("" for the default).
    """

    __slots__ = ("attributes", "children", "declared", "local", "parent", "prefix", "space")

    def __init__(self, parent: Node | None, prefix: str, local: str, declared: dict[str, str]) -> None:
        self.parent = parent
        self.prefix = prefix
        self.local = local
        self.declared = declared
        self.space = ""
        self.attributes: list[tuple[str, str, str, str]] = []
        self.children: list[Node | str | Comment | Instruction] = []

    def spaces(self) -> dict[str, str]:
        """Every namespace in scope, by prefix; an undeclared default is absent."""
        found: dict[str, str] = {}
        node: Node | None = self
        while node is not None:
            for prefix, uri in node.declared.items():
                found.setdefault(prefix, uri)
            node = node.parent
        return {prefix: uri for prefix, uri in found.items() if uri}

    def get(self, local: str, space: str = "") -> str | None:
        """The value of an attribute."""
        return next((one[3] for one in self.attributes if one[1] == local and one[2] == space), None)

    def is_named(self, space: str, local: str) -> bool:
        """Whether this is the element of that namespace and name."""
        return self.local == local and self.space == space

    def elements(self) -> list[Node]:
        """The child elements."""
        return [one for one in self.children if isinstance(one, Node)]

    def first(self, space: str, local: str) -> Node | None:
        """The first child element of this name."""
        return next((one for one in self.elements() if one.is_named(space, local)), None)

    def every(self, space: str, local: str) -> list[Node]:
        """The child elements of this name."""
        return [one for one in self.elements() if one.is_named(space, local)]

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in the order of the document."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.elements())

    @property
    def text(self) -> str:
        """The text directly in it."""
        return "".join(one for one in self.children if isinstance(one, str))

    def whole_text(self) -> str:
        """All text in it and below it."""
        parts: list[str] = []
        waiting: list[Node | str | Comment | Instruction] = [self]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                parts.append(one)
            elif isinstance(one, Node):
                waiting += reversed(one.children)
        return "".join(parts)

    def within(self, other: Node) -> bool:
        """Whether this element is another one, or stands below it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other

    @property
    def path(self) -> str:
        """Where it stands: names from the root, with a number where several siblings have one name."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            step = node.local
            if node.parent is not None:
                alike = node.parent.every(node.space, node.local)
                step += f"[{alike.index(node) + 1}]" if len(alike) > 1 else ""
            steps.append(step)
            node = node.parent
        return "/" + "/".join(reversed(steps))


class Document:
    """A document: its root, and what stands before and after it. `ids`: elements by identifier."""

    def __init__(self) -> None:
        self.before: list[Comment | Instruction] = []
        self.after: list[Comment | Instruction] = []
        self.ids: dict[str, list[Node]] = {}
        self._root: Node | None = None

    @property
    def root(self) -> Node:
        """The document element."""
        if self._root is None:
            raise Malformed("The XML document has no root.")
        return self._root

    def take_root(self, node: Node) -> None:
        """Sets the document element, once."""
        self._root = node


def parse_xml(data: bytes, limits: Limits) -> Document:
    """Read a document. Malformed for what is not well-formed or has a document type declaration; LimitExceeded."""
    builder = _Builder(_NODES_PER_ELEMENT * limits.elements)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.CommentHandler = builder.comment
    parser.ProcessingInstructionHandler = builder.instruction
    parser.StartDoctypeDeclHandler = _refuse_type
    parser.EntityDeclHandler = _refuse_type
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed("The XML is not well-formed.") from error
    except (LookupError, ValueError) as error:  # a name of an encoding that nobody knows
        raise Malformed("The XML has an encoding that is not known.") from error
    _ = builder.document.root
    return builder.document


def _refuse_type(*_: object) -> None:
    raise Malformed("The XML has a document type declaration, which is not read.")


class _Builder:
    """Makes the tree out of expat's events."""

    def __init__(self, most: int) -> None:
        self.document = Document()
        self._left = most
        self._open: list[Node] = []
        self._spaces: list[dict[str, str]] = [{"xml": XML}]

    def start(self, name: str, pairs: list[str]) -> None:
        self._count()
        if len(self._open) >= _DEEPEST:
            raise LimitExceeded("depth")
        prefix, local = _split(name) if ":" in name else ("", name)
        scope = self._spaces[-1]
        node = Node(self._open[-1] if self._open else None, prefix, local, _NONE)
        if pairs:
            scope = self._read_attributes(node, pairs, scope)
        node.space = _space(prefix, scope)
        self._place(node)
        self._open.append(node)
        self._spaces.append(scope)

    def _read_attributes(self, node: Node, pairs: list[str], scope: dict[str, str]) -> dict[str, str]:
        """Declarations and attributes; gives the namespaces in scope on the element."""
        self._left -= len(pairs) // 2
        declared: dict[str, str] = {}
        plain: list[tuple[str, str]] = []
        for at in range(0, len(pairs), 2):
            key, value = pairs[at], pairs[at + 1]
            if key == "xmlns" or key.startswith("xmlns:"):
                self._declare(key[6:], value, declared)
            else:
                plain.append((key, value))
        if declared:
            node.declared = declared
            scope = {**scope, **declared}
        for key, value in plain:
            own, rest = _split(key) if ":" in key else ("", key)
            node.attributes.append((own, rest, _space(own, scope) if own else "", value))
        if len(plain) > 1 and len({(one[2], one[1]) for one in node.attributes}) != len(plain):
            raise Malformed("An XML element has an attribute twice.")
        self._identify(node)
        return scope

    def _declare(self, prefix: str, uri: str, declared: dict[str, str]) -> None:
        if prefix == "xmlns" or (prefix == "xml") is not (uri == XML) or uri == _XMLNS or (prefix and not uri):
            raise Malformed("An XML namespace is declared in a way that is not allowed.")
        declared[prefix] = uri

    def _identify(self, node: Node) -> None:
        for _, local, space, value in node.attributes:
            named = (not space and local in _ID_NAMES) or (space == XML and local == "id")
            if named or (space == _WSU and local == "Id"):
                found = self.document.ids.setdefault(value, [])
                if node not in found:
                    found.append(node)

    def _place(self, node: Node) -> None:
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.document.take_root(node)

    def end(self, _: str) -> None:
        self._open.pop()
        self._spaces.pop()

    def text(self, data: str) -> None:
        if self._open:
            self._count()
            self._open[-1].children.append(data)

    def comment(self, data: str) -> None:
        self._aside(Comment(data))

    def instruction(self, target: str, data: str) -> None:
        self._aside(Instruction(target, data))

    def _aside(self, one: Comment | Instruction) -> None:
        self._count()
        if self._open:
            self._open[-1].children.append(one)
        elif self._rooted:
            self.document.after.append(one)
        else:
            self.document.before.append(one)

    @property
    def _rooted(self) -> bool:
        try:
            return self.document.root is not None
        except Malformed:
            return False

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise LimitExceeded("elements")


def _split(name: str) -> tuple[str, str]:
    prefix, colon, local = name.rpartition(":")
    if colon and (not prefix or not local or ":" in prefix):
        raise Malformed("An XML name can't be read.")
    return prefix, local


def _space(prefix: str, scope: dict[str, str]) -> str:
    if prefix and prefix not in scope:
        raise Malformed("An XML prefix is not declared.")
    return scope.get(prefix, "")
