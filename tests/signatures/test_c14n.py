"""Canonical XML against lxml (libxml2) on generated documents, and what lxml can't say by the text of the standard."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from lxml import etree

from signatures.c14n import canonical_document, canonical_element, method_of
from signatures.errors import LimitExceeded, Malformed
from signatures.policy import Policy
from signatures.xml_tree import Node, parse_xml

LIMITS = Policy.default().limits
BASE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
V11 = "http://www.w3.org/2006/12/xml-c14n11"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
PIECES = ("t &amp; &gt;&#13;&#9;", "<!-- c -->", "<?pi d ?>", "<![CDATA[<x> & ]]>", "қазақ\r\n", "&#x10FFFF;")


def generate(chance: random.Random, depth: int = 0) -> str:
    named = chance.sample(["a", "b", "", "c"], chance.randint(0, 2))
    declared = {prefix: f"urn:{chance.randint(0, 2)}{prefix}" for prefix in named}
    if depth and "" not in declared and chance.random() < 0.15:
        declared[""] = ""
    spaces = "".join(f' xmlns{":" + prefix if prefix else ""}="{uri}"' for prefix, uri in declared.items())
    chosen = chance.sample(["", "a:", "b:", "c:", "xml:"], chance.randint(0, 3))
    values = "".join(f' {prefix}x{at}="v&quot;&#9;&lt;&#10;{at}"' for at, prefix in enumerate(chosen))
    name = chance.choice(["", "a:", "b:", "c:"]) + chance.choice("efg")
    inside = "".join(
        chance.choice(PIECES) if chance.random() < 0.5 else generate(chance, depth + 1)
        for _ in range(chance.randint(0, 3) if depth < 5 else 0)
    )
    return f"<{name}{spaces}{values}>{inside}</{name}>"


def test_documents_are_written_as_libxml2_writes_them() -> None:
    chance = random.Random(11)  # noqa: S311 - no secret
    for _ in range(300):
        spaces = 'xmlns:a="urn:a" xmlns:b="urn:b" xmlns:c="urn:c"' + chance.choice([' xmlns="urn:d"', ""])
        text = f"<?p q?><!--h--><r {spaces} xml:lang='kk'>{generate(chance)}{generate(chance)}</r><!--t--><?z?>"
        tree = etree.fromstring(text.encode()).getroottree()
        ours = parse_xml(text.encode(), LIMITS)
        for algorithm, exclusive in ((BASE, False), (EXC, True)):
            for comments in (False, True):
                for prefixes in ([], ["a", "c"]) if exclusive else ([],):
                    written = BytesIO()
                    tree.write_c14n(
                        written, exclusive=exclusive, with_comments=comments, inclusive_ns_prefixes=prefixes or None
                    )
                    name = algorithm.rstrip("#") + "#WithComments" if comments else algorithm
                    method = method_of(name, " ".join(prefixes))
                    assert method is not None
                    assert canonical_document(ours, method) == written.getvalue(), text


def at(text: str, name: str) -> Node:
    return next(node for node in parse_xml(text.encode(), LIMITS).root.walk() if node.local == name)


@pytest.mark.parametrize(
    ("algorithm", "written"),
    [
        (BASE, '<b xmlns="urn:d" xmlns:x="urn:x" a="1" xml:lang="kk"></b>'),
        (V11, '<b xmlns="urn:d" xmlns:x="urn:x" a="1" xml:lang="kk"></b>'),
        (EXC, '<b xmlns="urn:d" a="1"></b>'),
    ],
)
def test_an_element_has_what_it_inherits(algorithm: str, written: str) -> None:
    method = method_of(algorithm)
    assert method is not None
    node = at('<r xmlns="urn:d" xmlns:x="urn:x" xml:lang="kk"><b a="1"/></r>', "b")
    assert canonical_element(node, method).decode() == written


def test_version_1_1_inherits_no_identifier_and_does_not_join_bases() -> None:
    old, new = method_of(BASE), method_of(V11)
    assert old is not None
    assert new is not None
    node = at('<r xml:id="i" xml:space="preserve"><b/></r>', "b")
    assert canonical_element(node, old) == b'<b xml:id="i" xml:space="preserve"></b>'
    assert canonical_element(node, new) == b'<b xml:space="preserve"></b>'
    with pytest.raises(Malformed):
        canonical_element(at('<r xml:base="http://a/"><b/></r>', "b"), new)


def test_a_prefix_of_the_list_is_written_where_it_is_not_used() -> None:
    method = method_of(EXC, "x #default")
    assert method is not None
    node = at('<r xmlns="urn:d" xmlns:x="urn:x" xmlns:y="urn:y"><y:b/></r>', "b")
    assert canonical_element(node, method) == b'<y:b xmlns="urn:d" xmlns:x="urn:x" xmlns:y="urn:y"></y:b>'


def test_a_method_that_is_none_is_none() -> None:
    assert method_of("http://www.w3.org/2010/xml-c14n2") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"<a b='1' b='2'/>",
        b"<p:a/>",
        b"<a xmlns:p='urn:1' xmlns:q='urn:1' p:x='1' q:x='2'/>",
        b"<a xmlns:p=''/>",
        b"<a xmlns:xml='urn:x'/>",
        b"<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
        b"<a xmlns:xmlns='urn:x'/>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        b"<a>&x;</a>",
        b"<a/><b/>",
        b"<?xml version='1.0' encoding='x-nobody'?><a/>",
        b"<a>\xff</a>",
        b"<a:b:c xmlns:a='u'/>",
        b"<a>\x00</a>",
    ],
)
def test_what_is_no_xml_or_declares_a_type_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_xml(data, LIMITS)


@pytest.mark.parametrize("data", [b"<a>" * 300 + b"</a>" * 300, b"<a>" + b"<b/>" * 400_001 + b"</a>"])
def test_depth_and_number_are_bounded(data: bytes) -> None:
    with pytest.raises(LimitExceeded):
        parse_xml(data, LIMITS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251", "iso-8859-1"])
def test_encodings_are_read(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><a>" + ("é" if "8859" in encoding else "Привет") + "</a>"
    assert parse_xml(text.encode(encoding), LIMITS).root.text in ("é", "Привет")
