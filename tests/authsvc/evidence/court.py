"""A whole small log and the court package made from it, with every part within an attacker's reach."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authsvc.evidence import kinds
from authsvc.evidence.canonical import dumps
from authsvc.evidence.check_eds import EdsCase, EdsResult
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.export_list import list_export
from authsvc.evidence.growth import Growth
from authsvc.evidence.merkle import Frontier
from authsvc.evidence.note import ED25519_COSIGNATURE, Verifier, join_note
from authsvc.evidence.package import Contents, Logged, PackagedRecord, SignedDocument, build
from authsvc.evidence.package_check import check
from authsvc.evidence.record import Disclosure, Entry, Kind, Link, Sealed, parse, seal
from authsvc.evidence.trust import LogKey, Trust, Witness
from authsvc.evidence.verdict import Verdict
from tests.authsvc.evidence.samples import (
    AIGERIM,
    BOLAT,
    ORIGIN,
    T0,
    confirmation,
    digest,
    genesis,
    issuer,
    log_signer,
    record_id,
    salts_for,
    seed,
    tree_signer,
)

AT = T0 + 86_400_000
ADMIN, RP, POLICY_ID, TRUST_ID, TEMPLATE = (record_id(n) for n in (20, 21, 22, 23, 24))
ENROLMENT, LOGIN, FIRST, SECOND, VERIFIED, EXPORT = (record_id(n) for n in range(30, 36))
STATEMENT = dumps({"act": "payment", "amount": "150 000 KZT", "nonce": "n" * 22})
SHOWN = "Төлем: 150 000 теңге".encode()
DOCUMENT, SIGNED = b"%PDF-1.7 contract", b"\x30\x82 a signature"
ANCHOR = b"anchor certificate"
REQUEST = b"the court's request"
SIGNATURE = hashlib.sha256(b"signature value").digest()


def b64url(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(data: bytes, domain: bytes = b"") -> str:
    """A digest as records write it."""
    return b64url(hashlib.sha256(domain + data).digest())


def witness(n: int) -> tuple[Verifier, Callable[[bytes, int], bytes]]:
    """A witness key and what signs a checkpoint text with it at a time in seconds."""
    private = Ed25519PrivateKey.from_private_bytes(seed(f"witness {n}"))
    verifier = Verifier.of(f"witness{n}.example", ED25519_COSIGNATURE, private.public_key().public_bytes_raw())

    def sign(text: bytes, time: int) -> bytes:
        from base64 import b64encode

        signed = private.sign(b"cosignature/v1\ntime %d\n" % time + text)
        raw = b64encode(verifier.key_id + time.to_bytes(8) + signed)
        return "— ".encode() + verifier.name.encode() + b" " + raw + b"\n"

    return verifier, sign


def _records() -> list[Kind]:
    """All entries behind genesis but the export, in order."""
    none: dict[str, Any] = {"vouched_by": "none", "trust_store_record": TRUST_ID, "policy_record": POLICY_ID}
    settings = [
        kinds.Administration(
            id=each, time=T0 + n, administration_kind=what, administration_event="added", object=what,
            after=digest(what),
        )
        for n, (each, what) in enumerate(
            ((ADMIN, "software"), (RP, "relying_party"), (POLICY_ID, "policy"), (TRUST_ID, "trust_store"),
             (TEMPLATE, "template"))
        )
    ]  # fmt: skip
    enrolment = kinds.Credential(
        id=ENROLMENT, time=T0 + 10, credential_event="enrolled", factor_method="totp", person=AIGERIM,
        authentication="none", acr="none", factor_key="none", relying_party_record="none", **none,
    )  # fmt: skip
    login = kinds.Authentication(
        id=LOGIN, time=T0 + 20, login="accepted", login_method=("totp",), login_acr="urn:authsvc:acr:single",
        login_statement=digest("login"), person=AIGERIM, rp="bank", mandate="none", credential=(ENROLMENT,),
        relying_party_record=RP, vouched_by="none", policy_record=POLICY_ID,
    )  # fmt: skip
    acts = [
        replace(
            confirmation(0, outcome=outcome),
            id=each, time=T0 + 30 + n, statement=sha256(STATEMENT, b"authsvc/confirmation/v1\x00"), shown=sha256(SHOWN),
            entity=None, about=(), mandate="none", authentication=LOGIN, credential=("none",), group=None,
            relying_party_record=RP, policy_record=POLICY_ID, trust_store_record=TRUST_ID, template_record=TEMPLATE,
            reason="",
        )
        for n, (each, outcome) in enumerate(((FIRST, "confirmed"), (SECOND, "declined")))
    ]  # fmt: skip
    verified = kinds.SignatureVerification(
        id=VERIFIED, time=T0 + 40, indication="TOTAL-PASSED", signer=BOLAT, rp="bank", document=sha256(DOCUMENT),
        document_name="contract.pdf", content_seen="seen", signature=b64url(SIGNATURE),
        signature_place=kinds.SignaturePlace(1, 1), validation_time=T0 + 40, report=digest("report"),
        relying_party_record=RP, policy_record=POLICY_ID, trust_store_record=TRUST_ID,
    )  # fmt: skip
    return [*settings, enrolment, login, *acts, verified]


@dataclass
class Court:
    """The log, its keys and what goes into the package. Change a field, then `package()`."""

    origin: str = ORIGIN
    case: list[Kind] = field(default_factory=_records)
    extra: list[Kind] = field(default_factory=list)
    """Entries of the log behind the case's own that the package leaves out."""
    withheld: tuple[str, ...] = ()
    """Record ids that the export leaves out and lists as left out."""
    hidden: tuple[str, ...] = ("person_ip", "person_device")
    """Slots that the export does not disclose."""
    keys: list[kinds.Key] = field(default_factory=list)
    """`key` records, logged right after genesis."""
    witnesses: tuple[int, ...] = ()
    cosigned_at: int = T0 // 1000
    ml_dsa: bool = True
    predecessor: kinds.Predecessor | None = None
    before: dict[str, str] = field(default_factory=dict)
    """Person to the leaf of their last record in the log before."""

    def __post_init__(self) -> None:
        self.chain: dict[str, tuple[int, str]] = {person: (0, leaf) for person, leaf in self.before.items()}
        self.sealed: dict[str, Sealed] = {}

    def _seal(self, kind: Kind) -> Sealed:
        draft = kind.draft()
        links = {}
        for subject in draft.parties.values():
            number, leaf = self.chain.get(subject, (0, "none"))
            links[subject] = Link(number + 1, leaf)
        sealed = seal(draft, links=links, salts=salts_for(draft), signer=issuer(kind.family, self.origin))
        for subject in links:
            self.chain[subject] = (links[subject].number, b64url(sealed.leaf))
        self.sealed[kind.id] = sealed
        return sealed

    def opened(self, record: str) -> tuple[Disclosure, ...]:
        """What the package discloses of a record."""
        return tuple(each for each in self.sealed[record].disclosures if each.name not in self.hidden)

    def _pick(self) -> list[tuple[Entry, Sequence[Disclosure]]]:
        picked = [kind.id for kind in self.case if kind.id not in self.withheld]
        return [(parse(self.sealed[each].entry), self.opened(each)) for each in picked]

    def genesis(self) -> kinds.Genesis:
        """Entry 0."""
        return replace(genesis(self.origin), predecessor=self.predecessor)

    def contents(self) -> Contents:
        """Log everything, the export last; give what the package is built from."""
        self.__post_init__()
        for kind in (self.genesis(), *self.keys, *self.case, *self.extra):
            self._seal(kind)
        entries = [self.sealed[kind.id] for kind in (self.genesis(), *self.keys, *self.case, *self.extra)]
        lists = list_export(self._pick(), dict(self.chain), "other_case", [record_id(0)])
        export = kinds.Export(
            id=EXPORT, time=T0 + 100, export_kind="court", export_recipient="Court No. 2 of Almaty",
            export_request=sha256(REQUEST), export_ground="ruling 7-26", export_list=lists.listed,
            export_left_out=lists.left_out, export_count=lists.count, export_heads=lists.heads,
            approvals=(kinds.Approval(BOLAT),),
        )  # fmt: skip
        entries.append(self._seal(export))
        growth = Growth(Frontier(), [sealed.leaf for sealed in entries])
        text = Checkpoint(self.origin, growth.size, growth.root).text
        lines = [log_signer(self.origin).sign(text)]
        if self.ml_dsa:
            lines.append(tree_signer(self.origin).sign(text, T0 // 1000))
        lines += [witness(n)[1](text, self.cosigned_at) for n in self.witnesses]
        places = {sealed.entry: index for index, sealed in enumerate(entries)}
        picked = [*(entry.data for entry, _ in self._pick()), self.sealed[EXPORT].entry]
        return Contents(
            checkpoint=join_note(text, lines),
            policy=self.policy().encode(),
            genesis=Logged(0, entries[0].entry, growth.proof(0)),
            keys=[self._logged(kind, places, growth) for kind in self.keys],
            records=[self._record(data, places, growth) for data in picked],
            export=EXPORT,
            documents=[SignedDocument((VERIFIED,), SIGNED, T0 + 40, DOCUMENT, True, anchors=(ANCHOR,))],
            request=REQUEST,
        )

    def _logged(self, kind: Kind, places: dict[bytes, int], growth: Growth) -> Logged:
        entry = self.sealed[kind.id].entry
        return Logged(places[entry], entry, growth.proof(places[entry]))

    def _record(self, data: bytes, places: dict[bytes, int], growth: Growth) -> PackagedRecord:
        record = parse(data).id
        blobs = {"statement": STATEMENT, "shown": SHOWN} if record in (FIRST, SECOND) else {}
        opened = self.sealed[record].disclosures if record == EXPORT else self.opened(record)
        return PackagedRecord(places[data], data, growth.proof(places[data]), opened, blobs)

    def policy(self) -> str:
        """The tlog-policy of these witnesses: all of them."""
        lines = [f"log {log_signer(self.origin).verifier}"]
        lines += [f"witness w{n} {witness(n)[0]}" for n in self.witnesses]
        if self.witnesses:
            lines.append("group all all " + " ".join(f"w{n}" for n in self.witnesses))
        return "\n".join([*lines, "quorum " + ("all" if self.witnesses else "none"), ""])

    def trust(self) -> Trust:
        """What a court has from elsewhere."""
        entry = seal(
            (draft := self.genesis().draft()),
            links={},
            salts=salts_for(draft),
            signer=issuer("root", self.origin),
        ).entry
        return Trust(
            origin=self.origin,
            environment="test",
            genesis=hashlib.sha256(entry).hexdigest(),
            log_keys=(LogKey(log_signer(self.origin).verifier), LogKey(tree_signer(self.origin).verifier)),
            policy=self.policy(),
            witnesses=tuple(Witness(witness(n)[0], f"holder {n}") for n in self.witnesses),
            eds_anchors=(hashlib.sha256(ANCHOR).hexdigest(),),
            verifiers={},
        )

    def package(self) -> bytes:
        """The package."""
        return build(self.contents())


def judge_well(case: EdsCase) -> list[EdsResult]:
    """Stands in for the verification of signatures: as recorded, if document, anchor and time are the packaged ones."""
    if (case.signed, case.content, case.at) != (SIGNED, DOCUMENT, T0 + 40):
        return []
    if case.anchors != (ANCHOR,):
        return [EdsResult("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND", SIGNATURE)]
    return [EdsResult("TOTAL-PASSED", "", SIGNATURE)]


def judge(data: bytes, trust: Trust | None, receipts: Sequence[bytes] = (), **options: Any) -> Verdict:
    """The verdict of a check a day later."""
    return check(data, trust, receipts, at=AT, **{"verify_eds": judge_well, **options})


def found(verdict: Verdict) -> set[str]:
    """Codes of all that weighs."""
    return {finding.code for finding in verdict.findings() if finding.weight}
