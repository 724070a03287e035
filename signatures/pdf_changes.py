"""What a later revision of a PDF did to an earlier one (the incremental updates of ISO 32000-1 section 7.5.6).

Further signatures, time stamps and validation material are what a signed file is meant to receive. Anything else is
told by its kind: it changes no verdict on the signature, whose bytes are what they were, but a reader of the file sees
something that the signer did not. What can't be told apart is `content`: too much is said rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from signatures.pdf import Entry, File
from signatures.pdf_objects import Object, Reference, Stream, Text

EXPECTED: Final = frozenset({"signature", "validation_data", "form", "metadata", "structure"})
"""Kinds of change that show a reader nothing new."""
_OF_CATALOG: Final = frozenset({"AcroForm", "DSS", "Extensions", "Metadata", "Version", "Perms"})
_OF_PAGE: Final = frozenset({"Annots"})
_DEEPEST: Final = 6
_NOTHING: Final = Entry(0, 0, 0)


def changes_since(file: File, revision: int) -> frozenset[str]:
    """The kinds of what changed after this revision (from 1): `signature`, `page`, `annotation`, `catalog`, ..."""
    before, after = file.entries(revision), file.entries()
    touched = {number for one in file.revisions[revision:] for number in one.entries}
    added = {number for number in touched if before.get(number, _NOTHING).kind == 0}
    material = _material(file) & (added | _material(file, revision))
    appearance = _appearances(file, touched) & added
    kinds = set[str]()
    for number in touched:
        old, new = before.get(number), after.get(number)
        if new is None or new == old or new.kind == 0:
            continue
        if number in material:
            kinds.add("validation_data")
        elif number in appearance:
            kinds.add("signature")
        else:
            kinds.add(_kind(file, number, old, new, revision))
    return frozenset(kinds - {"structure"})


def _kind(file: File, number: int, old: Entry | None, new: Entry, revision: int) -> str:
    now = file.load(number, new)
    was = file.load(number, old, revision) if old is not None and old.kind else None
    if _plain(file, now) == _plain(file, was, revision):
        return "structure"  # written anew, the same
    entries = now.entries if isinstance(now, Stream) else now
    if not isinstance(entries, Mapping):
        return "content"
    earlier = was.entries if isinstance(was, Stream) else was
    earlier = earlier if isinstance(earlier, Mapping) else {}
    kind = str(entries.get("Type", ""))
    if kind in ("XRef", "ObjStm"):
        return "structure"
    if kind in ("Sig", "DocTimeStamp"):
        return "signature"
    if kind == "Catalog":
        return "catalog" if _differing(file, entries, earlier, revision) - _OF_CATALOG else "form"
    if kind == "Page":
        return _kind_of_page(file, entries, earlier, revision)
    if kind == "Metadata" or _is_information(file, number):
        return "metadata"
    if "Fields" in entries:
        return "form"
    if entries.get("FT") == "Sig" or _is_signature_widget(file, entries):
        return "signature"
    if "FT" in entries or entries.get("Subtype") == "Widget":
        return "form_field"
    if kind == "Annot" or ("Subtype" in entries and "Rect" in entries):
        return "annotation"
    return "content"


def _differing(file: File, now: Mapping[str, Object], was: Mapping[str, Object], revision: int) -> set[str]:
    return {
        name for name in now.keys() | was.keys() if _plain(file, now.get(name)) != _plain(file, was.get(name), revision)
    }


def _plain(file: File, value: Object, revision: int = 0) -> object:
    """The value without the places of its strings, so that what was only written anew is equal."""
    if isinstance(value, Text):
        return value.value
    if isinstance(value, Stream):
        length = file.get(value.entries.get("Length"), revision)
        held = file.data[value.start : value.start + length] if isinstance(length, int) else b""
        return _plain(file, value.entries, revision), held
    if isinstance(value, Reference):
        return value
    if isinstance(value, list):
        return [_plain(file, one, revision) for one in value]
    if isinstance(value, Mapping):
        return {name: _plain(file, one, revision) for name, one in value.items()}
    return value


def _kind_of_page(file: File, now: Mapping[str, Object], was: Mapping[str, Object], revision: int) -> str:
    """A page whose list of annotations alone grew, by widgets of signatures, is the place of a new signature."""
    if not was or _differing(file, now, was, revision) - _OF_PAGE:
        return "page"
    new = file.get(now.get("Annots"))
    old = file.get(was.get("Annots"), revision)
    new, old = new if isinstance(new, list) else [], old if isinstance(old, list) else []
    if any(one not in new for one in old):
        return "annotation"
    added = [file.get(one) for one in new if one not in old]
    signing = all(isinstance(one, Mapping) and _is_signature_widget(file, one) for one in added)
    return "signature" if signing else "annotation"


def _is_signature_widget(file: File, entries: Mapping[str, Object]) -> bool:
    parent = file.get(entries.get("Parent"))
    kind = entries.get("FT") or (parent.get("FT") if isinstance(parent, Mapping) else None)
    return kind == "Sig"


def _is_information(file: File, number: int) -> bool:
    named = file.revisions[-1].trailer.get("Info")
    return isinstance(named, Reference) and named.number == number


def _material(file: File, revision: int = 0) -> set[int]:
    """Numbers of the objects of the document security store, as of a revision."""
    value = file.catalog_of(revision or len(file.revisions)).get("DSS")
    found = {value.number} if isinstance(value, Reference) else set[int]()
    waiting = [(file.get(value, revision), 0)]
    while waiting:
        item, depth = waiting.pop()
        if depth > _DEEPEST:
            continue
        for one in _references(item):
            if one.number not in found:
                found.add(one.number)
                waiting.append((file.get(one, revision), depth + 1))
    return found


def _appearances(file: File, touched: set[int]) -> set[int]:
    """Numbers of what the appearance of a signature field added later is made of, as far as it was added with it."""
    found = set[int]()
    waiting: list[tuple[Object, int]] = []
    after = file.entries()
    for number in touched:
        entry = after.get(number)
        if entry is None or entry.kind == 0:
            continue
        item = file.load(number, entry)
        if isinstance(item, Mapping) and _is_signature_widget(file, item):
            waiting += [(item.get("AP"), 0), (item.get("MK"), 0), (item.get("Lock"), 0), (item.get("SV"), 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            continue
        for one in _references(value):
            if one.number in touched and one.number not in found:
                found.add(one.number)
                waiting.append((file.get(one), depth + 1))
    return found


def _references(value: Object, depth: int = 0) -> Iterator[Reference]:
    """The references in an object; those of a stream stand in its dictionary."""
    if isinstance(value, Reference):
        yield value
    elif depth > _DEEPEST:
        return
    elif isinstance(value, Stream):
        yield from _references(value.entries, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item, depth + 1)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name != "P" and name != "Parent":
                yield from _references(item, depth + 1)
