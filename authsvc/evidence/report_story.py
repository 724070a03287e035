"""What the report of a court package says, as blocks of plain text in one language (evidence format, section 12).

A pure function of the package's other files. report.html and report.pdf print the same blocks, so they say the same.
Everything that comes from a record is text, never markup.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta, timezone
from typing import Final

from authsvc.clock import rfc3339
from authsvc.evidence import words, words_findings, words_report
from authsvc.evidence.anchor import Bracket
from authsvc.evidence.canonical import loads_strict
from authsvc.evidence.check_eds import judged_again
from authsvc.evidence.errors import EvidenceError
from authsvc.evidence.forms import DIGEST, DIGEST_NEEDED, is_absent
from authsvc.evidence.keyring import KeyRing
from authsvc.evidence.note import ED25519
from authsvc.evidence.package_read import Item, Package, has_quorum
from authsvc.evidence.record import Entry
from authsvc.evidence.report_blocks import (
    Block,
    Heading,
    Points,
    Row,
    Sentence,
    Sheet,
    Shown,
    SideBySide,
    Table,
    almaty,
)
from authsvc.evidence.report_time import StatedTime
from authsvc.evidence.report_values import is_reference, members_of, say_person, say_value
from authsvc.evidence.words_codes import say_code
from authsvc.evidence.words_members import name_of
from confirmations.errors import ConfirmationError
from confirmations.rendering import render
from confirmations.statement import Statement
from confirmations.words import LOCALES, SHOWN_BY_APP, SHOWN_BY_RELYING_PARTY, VOUCHED, Words

MAX_SHOWN: Final = 65_536

_WHO: Final = frozenset(
    {
        *("person_name", "person_address", "person_ip", "person_device", "login_session", "resolver_name"),
        *("resolver_role", "rp", "vouched_by", "sender", "shown_by", "mandate", "addressee_address", "export_kind"),
        *("export_recipient", "approvals"),
    }
)
_HOW: Final = frozenset(
    {
        *("method", "login_method", "factor_method", "login_acr", "acr", "authentication", "credential", "tries"),
        *("factor", "factor_key", "attestation", "delivery_channel", "content_seen", "signature_place", "group"),
        "locale",
    }
)
"""Members and slots that say who took part and by which method; times go by their form, all others say what."""


def tell(package: Package, locale: str) -> Iterator[Sheet]:
    """The report of these files in one language. It looks at neither report nor `custody.json`."""
    teller = _Teller(package, locale)
    yield Sheet(list(teller.front()))
    for place, item in enumerate(package.records, 1):
        yield Sheet(list(teller.record(item, place)), teller.foot(item, place))


class _Teller:
    """The report in one language."""

    def __init__(self, package: Package, locale: str) -> None:
        self._package = package
        self._locale = locale
        self._time = StatedTime(package)
        self._keys = self._log_keys()
        self._size = str(package.checkpoint.size) if package.checkpoint else "?"

    def _say(self, text: Words, **values: str) -> str:
        return text.say(self._locale, **values)

    # --- the front ---

    def front(self) -> Iterator[Block]:
        """The package as a whole: what it is, who asked for it, what it holds, what it does not prove."""
        yield Heading(1, self._say(words_report.TITLE))
        if self._is_test():
            yield Sentence(self._say(words_findings.TEST), "test")
        yield Sentence(self._say(words_report.ABOUT))
        yield Heading(2, self._say(words_report.SUMMARY))
        yield Table(list(self._summary()))
        yield Heading(3, self._say(words_report.LIMITS))
        yield Points(list(self._limits()))
        yield Heading(3, self._say(words_report.RECORDS))
        yield Table([self._line(place, item) for place, item in enumerate(self._package.records, 1)])

    def _is_test(self) -> bool:
        genesis = self._package.genesis
        return genesis is not None and genesis.value("environment") == "test"

    def _summary(self) -> Iterator[Row]:
        package = self._package
        export = package.record(package.export)
        for name in ("export_recipient", "export_ground"):
            value = export.value(name) if export else None
            if isinstance(value, str) and value:
                yield self._say(name_of(name)), [value]
        if package.checkpoint is not None:
            yield self._say(words_report.LOG), [package.checkpoint.origin]
            yield self._say(words_report.SIZE), [self._size]
            yield self._say(words_report.ROOT), [package.checkpoint.root.hex()]
        genesis = package.genesis.entry if package.genesis else None
        if genesis is not None and genesis.type == "genesis":
            environment = str(genesis.body["environment"])
            yield self._say(words_report.ENVIRONMENT), [self._say(say_code("environment", environment))]
            yield self._say(words_report.KEYS), self._keys
        yield self._say(words_report.RECORDS), [str(len(package.records))]
        yield self._say(words_report.DOCUMENTS), [str(len(package.documents))]

    def _limits(self) -> Iterator[str]:
        time = words_report.TIME_BY_STAMPS if self._time.has_stamps else words_report.NO_TIME
        for text in (time, words_report.WITNESSES, words_report.SEAL):
            yield self._say(text)
        if self._time.failure:
            yield self._say(words_report.TIME_FAILED, reason=self._time.failure)
        for place, item in enumerate(self._package.records, 1):
            if any(recorded != found for recorded, found in self._again(item)):
                yield self._say(words_report.EDS_DIFFERS, n=str(place))
        if not has_quorum(self._package.files):
            yield self._say(words_report.QUORUM_LATE)
        for subject, number in self._heads():
            yield self._say(words_report.CHAIN, subject=say_person(self._locale, subject), number=str(number))

    def _line(self, place: int, item: Item) -> Row:
        """A record in the list of all: what it is, when, and about whom."""
        if item.entry is None:
            return f"{place}. {item.path}", [self._say(words_report.UNREADABLE)]
        subjects = [item.value(f"{role}_subject") for role in item.entry.schema.roles]
        named = [say_person(self._locale, each) for each in subjects if isinstance(each, str) and each]
        return f"{place}. {self._say(words.TYPES[item.entry.type])}", [str(item.entry.body["time"]), *named]

    def _log_keys(self) -> list[str]:
        """The log's keys in force, each with its fingerprint."""
        genesis = self._package.genesis.entry if self._package.genesis else None
        if genesis is None or genesis.type != "genesis":
            return []
        size = self._package.checkpoint.size if self._package.checkpoint else 0
        return [
            f"{'Ed25519' if key.algorithm == ED25519 else 'ML-DSA-44'} {key.key_id.hex()}, SHA-256 "
            + hashlib.sha256(key.key).hexdigest()
            for key in KeyRing(genesis).log_keys(size)
        ]

    def _heads(self) -> list[tuple[str, int]]:
        """The highest number shown of each person."""
        heads: dict[str, int] = {}
        for item in self._package.records:
            for role in item.entry.schema.roles if item.entry else ():
                subject, number = item.value(f"{role}_subject"), item.value(f"{role}_number")
                if isinstance(subject, str) and subject and isinstance(number, int):
                    heads[subject] = max(number, heads.get(subject, 0))
        return sorted(heads.items())

    # --- one record ---

    def record(self, item: Item, place: int) -> Iterator[Block]:
        """All that is said of one record."""
        entry = item.entry
        name = self._say(words.TYPES[entry.type]) if entry else item.path
        count = str(len(self._package.records))
        yield Heading(2, self._say(words_report.RECORD_N, n=str(place), m=count, type=name))
        if entry is None:
            yield Sentence(self._say(words_report.UNREADABLE))
            return
        yield Sentence(self._say(words.LEGAL_KIND[entry.type]), "kind")
        yield from self._facts(item, entry)
        hidden = self._hidden(item, entry)
        if hidden:
            yield Sentence(f"{self._say(words_report.HIDDEN)}: {', '.join(hidden)}.")
        yield from self._texts(item, entry)
        yield from self._questions(item, entry)
        yield Heading(3, self._say(words_report.IDENTIFIERS))
        yield Table(list(self._identifiers(item, entry)))

    def foot(self, item: Item, place: int) -> list[str]:
        """What each printed page of a record names: the record, its leaf, the log, and which record of how many."""
        count = str(len(self._package.records))
        lines = [self._say(words_findings.TEST)] if self._is_test() else []
        lines.append(self._say(words_report.FOOT, n=str(place), m=count, size=self._size))
        if item.entry is not None:
            lines.append(f"{item.entry.id} · {item.entry.leaf.hex()}")
        return lines + self._keys[:1]

    def _facts(self, item: Item, entry: Entry) -> Iterator[Block]:
        """The record's members and disclosed slots in four tables: what, who, how, when. References stand apart."""
        what: list[Row] = []
        who: list[Row] = []
        how: list[Row] = []
        when: list[Row] = [
            (self._say(words_report.TIME_UTC), [str(entry.body["time"])]),
            (self._say(words_report.TIME_ALMATY), [almaty(entry.time, self._locale)]),
            (self._say(words_report.TIME_OF_PLACE), self._time_of_place(item)),
        ]
        for name, form, value in members_of(item, entry):
            row = (self._say(name_of(name)), say_value(self._locale, name, form, value))
            if form == "time":
                when.append(row)
            elif name in _WHO or form in ("person", "approvals"):
                who.append(row)
            elif name in _HOW:
                how.append(row)
            elif not is_reference(name, form):
                what.append(row)
        what += list(self._judged_again(item))
        for heading, rows in (
            (words_report.WHAT, what), (words_report.WHO, who), (words_report.HOW, how), (words_report.WHEN, when)
        ):  # fmt: skip
            if rows:
                yield Heading(3, self._say(heading))
                yield Table(rows)

    def _again(self, item: Item) -> Iterator[tuple[str, str]]:
        """The recorded verdict on an EDS, and that of the export, where the package has its document."""
        for document in self._package.documents:
            if item.entry is not None and item.entry.id in document.records and (both := judged_again(document, item)):
                yield both

    def _judged_again(self, item: Item) -> Iterator[Row]:
        for recorded, found in self._again(item):
            text = words_report.EDS_AGAIN_SAME if recorded == found else words_report.EDS_AGAIN_DIFFERS
            yield self._say(words_report.EDS_AGAIN), [self._say(text, recorded=recorded, found=found)]

    def _time_of_place(self, item: Item) -> list[str]:
        """Between which moments it took its place in the log, or that no time is proven."""
        found = self._time.of(item.proof.index) if item.proof else Bracket(None, None)
        said = [self._moment(words_report.TIME_AFTER, found.after.earliest)] if found.after else []
        if found.before is None:
            return [*said, self._say(words_report.TIME_NOT_PROVEN)]
        said.append(self._moment(words_report.TIME_BEFORE, found.before.latest))
        if found.width is None:
            return [*said, self._say(words_report.NO_LOWER_BOUND)]
        return [*said, self._say(words_report.TIME_WIDTH, seconds=str(-(-found.width // 1000)))]

    def _moment(self, text: Words, ms: int) -> str:
        return self._say(text, utc=rfc3339(ms), almaty=almaty(ms, self._locale))

    def _hidden(self, item: Item, entry: Entry) -> list[str]:
        opened = {each.name for each in item.disclosures or ()}
        return [self._say(name_of(slot.name)) for slot in entry.schema.slots if slot.name not in opened]

    def _texts(self, item: Item, entry: Entry) -> Iterator[Block]:
        shown = list(self._blobs(item, entry))
        if shown:
            yield Heading(3, self._say(words_report.TEXTS))
            yield from shown

    def _blobs(self, item: Item, entry: Entry) -> Iterator[Block]:
        """The texts behind the record's digests: what was shown first, a statement in all its languages."""
        digests = [(name, entry.body[name]) for name, form in entry.schema.plain.items() if form is DIGEST_NEEDED]
        forms = {slot.name: slot.form for slot in entry.schema.slots}
        digests += [(each.name, each.value) for each in item.disclosures or () if forms.get(each.name) is DIGEST]
        for name, digest in sorted(digests, key=lambda each: each[0] != "shown"):
            blob = self._package.blob(digest) if isinstance(digest, str) and len(digest) == 43 else None
            if blob is None:
                continue
            if name == "statement" and (texts := _renderings(blob)):
                yield SideBySide([self._rendering(item, locale, text) for locale, text in texts])
            elif (plain := _as_text(blob)) is not None:
                locale = str(item.value("locale")) if name == "shown" else ""
                yield Shown(self._say(name_of(name)), plain, locale if locale in LOCALES else "")

    def _rendering(self, item: Item, locale: str, text: str) -> Shown:
        label = f"{self._say(name_of('statement'))}, {words_report.LANGUAGE.say(locale)}"
        if item.value("locale") == locale:
            label += f" ({self._say(words_report.SHOWN_HERE)})"
        return Shown(label, text, locale)

    def _questions(self, item: Item, entry: Entry) -> Iterator[Block]:
        """Who else could have made it; what is proven; what only the service states; what is not proven."""
        methods = item.value("method") or item.value("login_method")
        listed = [str(each) for each in methods] if isinstance(methods, list) else []
        index = str(item.proof.index) if item.proof else "?"
        yield Heading(3, self._say(words_report.WHO_ELSE))
        for text in words.say_authorship(entry.type, listed):
            yield Sentence(self._say(text))
        yield from self._go_betweens(item)
        yield Heading(3, self._say(words_report.PROVEN))
        yield Sentence(self._say(words.PROVEN, index=index, size=self._size))
        for record in self._key_enrolments(item, listed):
            yield Sentence(self._say(words.PROVEN_BY_KEY, record=record))
        yield Heading(3, self._say(words_report.STATED))
        yield Sentence(self._say(words.STATED[entry.type]))
        yield Heading(3, self._say(words_report.NOT_PROVEN))
        yield Sentence(self._say(words.NOT_PROVEN[entry.type]))
        if item.value("content_seen") == "digest_only":
            yield Sentence(self._say(words.CONTENT_NOT_SEEN))

    def _go_betweens(self, item: Item) -> Iterator[Block]:
        """Who showed the text in our place, and who vouched for the person."""
        shown_by, client = item.value("shown_by"), item.value("vouched_by")
        if shown_by == "relying_party":
            yield Sentence(self._say(SHOWN_BY_RELYING_PARTY))
        if shown_by == "device_app":
            yield Sentence(self._say(SHOWN_BY_APP))
        if isinstance(client, str) and not is_absent(client):
            yield Sentence(self._say(VOUCHED, client=client))

    def _key_enrolments(self, item: Item, methods: Sequence[str]) -> list[str]:
        """Enrolment records of the methods that answer with a key, where the answer itself is in the package."""
        used, answer = item.value("credential"), item.value("answer")
        if not isinstance(used, list) or not isinstance(answer, str) or not answer:
            return []
        if self._package.blob(answer) is None:
            return []
        pairs = zip(methods, used, strict=False)
        return [str(each) for method, each in pairs if method in ("push", "passkey", "payment") and each != "none"]

    def _identifiers(self, item: Item, entry: Entry) -> Iterator[Row]:
        yield self._say(words_report.RECORD_ID), [entry.id]
        yield self._say(words_report.LEAF), [entry.leaf.hex()]
        if item.proof is not None:
            yield self._say(words_report.PLACE), [str(item.proof.index)]
        yield self._say(words_report.SIZE), [self._size]
        yield self._say(words_report.ISSUER), [f"{entry.signature.name} {entry.signature.key_id.hex()}"]
        yield self._say(words_report.KEYS), self._keys
        yield self._say(words_report.FILE), [item.path]
        for name, form, value in members_of(item, entry):
            if is_reference(name, form) and name not in _WHO | _HOW:
                yield self._say(name_of(name)), say_value(self._locale, name, form, value)


def _renderings(blob: bytes) -> list[tuple[str, str]]:
    """The statement as each language shows it; empty when it can't be read as a statement."""
    try:
        statement = Statement.of(loads_strict(blob))
        zone = timezone(timedelta(hours=5))
        return [(locale, render(statement, locale, zone).text) for locale in LOCALES]
    except (EvidenceError, ConfirmationError, KeyError, ValueError):
        return []  # of another release: the bytes are shown as they are


def _as_text(blob: bytes) -> str | None:
    if len(blob) > MAX_SHOWN:
        return None
    try:
        text = blob.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text
