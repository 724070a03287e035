"""One good package and many bad ones (evidence format, section 14), for all verifiers to agree on.

Each case is a function of no argument that gives what a verifier is handed. Its name says what was done.
"""

import hashlib
import io
import json
import stat
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authsvc.evidence import kinds
from authsvc.evidence.canonical import dumps
from authsvc.evidence.checkpoint import Checkpoint
from authsvc.evidence.merkle import leaf_hash
from authsvc.evidence.note import Signer, join_note
from authsvc.evidence.package import write_custody
from authsvc.evidence.package_read import CUSTODY, MANIFEST, SEAL
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.proof import print_proof
from authsvc.evidence.record import Sealed, parse
from authsvc.evidence.seal import write_manifest
from authsvc.evidence.trust import OPERATOR, LogKey, Revoked, Trust, Witness, print_trust
from tests.authsvc.evidence import court as court_module
from tests.authsvc.evidence.court import EXPORT, FIRST, SECOND, VERIFIED, Court, witness
from tests.authsvc.evidence.reseal import resign
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
    seal_sample,
    seed,
    tree_signer,
)

L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19


@dataclass(frozen=True, slots=True)
class Case:
    """What a verifier is handed: the package, trust.json (None: there is none), receipts."""

    package: bytes
    trust: bytes | None
    receipts: tuple[bytes, ...] = ()


@cache
def good() -> tuple[Court, dict[str, bytes], Trust]:
    """A court's log with one witness, the files of its package, and what is trusted."""
    court = Court(witnesses=(1,))
    files = read_zip(court.package())
    return court, files, court.trust()


def rezip(files: Mapping[str, bytes]) -> bytes:
    """The archive of changed files with a custody record that fits them."""
    rest = {path: data for path, data in files.items() if path != CUSTODY}
    return write_zip({**rest, CUSTODY: write_custody(rest, EXPORT)})


AGAIN = "documents/0001/again.json"


def _again() -> bytes:
    """The report of an EDS that was judged again at the export, as a package carries it."""
    return b'{"report":"the report","signatures":[{"indication":"TOTAL-PASSED","sub_indication":""}]}'


def _changed(path: str, old: bytes, new: bytes) -> Case:
    _, files, trust = good()
    assert old in files[path]
    return Case(rezip({**files, path: files[path].replace(old, new, 1)}), print_trust(trust))


def _without(*paths: str) -> Case:
    _, files, trust = good()
    return Case(rezip({path: data for path, data in files.items() if path not in paths}), print_trust(trust))


def _with(files: Mapping[str, bytes]) -> Case:
    _, before, trust = good()
    return Case(rezip({**before, **files}), print_trust(trust))


PREDECESSOR = kinds.Predecessor(
    "test.before.kz/1", 900, digest("root"), urlsafe_b64encode(bytes(64)).rstrip(b"=").decode(), 900, 905
)


def _court(court: Court) -> Case:
    return Case(court.package(), print_trust(court.trust()))


def _trusted(change: Callable[[Trust], Trust]) -> Case:
    _, files, trust = good()
    return Case(rezip(files), print_trust(change(trust)))


def _archive(data: bytes) -> Case:
    return Case(data, print_trust(good()[2]))


def _packed(change: Callable[[zipfile.ZipFile], None]) -> Case:
    """The good files with something more, as another tool packs them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in good()[1].items():
            kind = zipfile.ZIP_STORED if path == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(path, data, kind)
        change(archive)
    return _archive(buffer.getvalue())


def _forged(forge: Callable[[Sealed], bytes]) -> Case:
    """The second confirmation with other bytes, logged as they are: inclusion and chain hold."""
    court = Court(witnesses=(1,))
    seal_one = court._seal

    def seal(kind: Any) -> Sealed:
        sealed = seal_one(kind)
        if kind.id == SECOND:
            entry = forge(sealed)
            sealed = sealed._replace(entry=entry, leaf=leaf_hash(entry))
            court.sealed[kind.id] = sealed
            court.chain[AIGERIM] = (court.chain[AIGERIM][0], urlsafe_b64encode(sealed.leaf).rstrip(b"=").decode())
        return sealed

    court._seal = seal  # type: ignore[method-assign]
    return _court(court)


def _rewritten(forge: Callable[[Sealed], bytes]) -> Case:
    """The first confirmation exchanged for bytes that no log of ours would take."""
    return _with({NOTE: forge(good()[0].sealed[FIRST])})


def _signed_with(raw: Callable[[bytes, bytes, bytes], bytes]) -> Callable[[Sealed], bytes]:
    """The entry with a signature made of (text, good signature, seed of the key)."""

    def forge(sealed: Sealed) -> bytes:
        entry = parse(sealed.entry)
        signer = issuer("confirmation")
        signature = raw(entry.text, entry.signature.raw, seed(f"{ORIGIN} confirmation"))
        from base64 import b64encode

        line = "— ".encode() + signer.name.encode() + b" " + b64encode(signer.verifier.key_id + signature) + b"\n"
        return join_note(entry.text, [line])

    return forge


def _large_s(text: bytes, signature: bytes, key: bytes) -> bytes:
    """S + L: the same residue, another signature."""
    s = int.from_bytes(signature[32:], "little") + L
    return signature[:32] + s.to_bytes(32, "little")


def _loose_r(r: bytes) -> Callable[[bytes, bytes, bytes], bytes]:
    """An R that is the neutral point in another encoding; S fits it, so a lenient verifier says yes."""

    def sign(text: bytes, signature: bytes, key: bytes) -> bytes:
        scalar = bytearray(hashlib.sha512(key).digest()[:32])
        scalar[0] &= 248
        scalar[31] = scalar[31] & 63 | 64
        public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
        k = int.from_bytes(hashlib.sha512(r + public + text).digest(), "little") % L
        return r + (k * int.from_bytes(scalar, "little") % L).to_bytes(32, "little")

    return sign


def _weak_issuer(public: bytes) -> Case:
    """A genesis that binds a weak key to the confirmations, signed by its root."""
    from base64 import b64encode

    _, files, trust = good()
    body = dict(parse(files["log/genesis.note"]).body)
    name = f"{ORIGIN}/issuer/confirmation"
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).hexdigest()[:8]
    issuers: Any = body["issuers"]
    weak = f"{name}+{key_id}+{b64encode(bytes([1]) + public).decode()}"
    body["issuers"] = [{**each, "vkey": weak} if each["family"] == "confirmation" else each for each in issuers]
    entry = resign("genesis", body)
    changed = replace(trust, genesis=hashlib.sha256(entry).hexdigest())
    return Case(rezip({**files, "log/genesis.note": entry}), print_trust(changed))


def _one_leaf() -> Case:
    court, files, _ = good()
    text = Checkpoint(court.origin, 1, court.sealed[FIRST].leaf).text
    note = join_note(text, [log_signer().sign(text), tree_signer().sign(text, T0 // 1000)])
    proofs = {path: print_proof(0, [], note) for path in files if path.endswith(".tlog-proof")}
    return _with({"log/checkpoint": note, **proofs})


def _attackers() -> Case:
    """Keys, policy and genesis swapped together, the log signed anew."""
    import tests.authsvc.evidence.samples as samples

    real = samples.seed
    try:
        samples.seed = lambda name: real("attacker " + name)
        forged = Court().package()
    finally:
        samples.seed = real
    return Case(forged, print_trust(good()[2]))


def _without_left_out(court: Court) -> Case:
    real = court_module.list_export
    try:
        court_module.list_export = lambda *args: replace(real(*args), left_out=())
        return _court(court)
    finally:
        court_module.list_export = real


def _linked(number: int, previous: str, **changes: Any) -> Court:
    """The chain as a dishonest service could write it: signed, logged, disclosed."""
    court = Court(witnesses=(1,), **changes)
    seal_one = court._seal

    def seal(kind: Any) -> Sealed:
        if kind.id == SECOND:
            leaf = court.chain[AIGERIM][1] if previous == "same" else previous
            court.chain[AIGERIM] = (number - 1, leaf)
        return seal_one(kind)

    court._seal = seal  # type: ignore[method-assign]
    return court


def _value(path: str, name: str, value: object) -> Case:
    files = good()[1]
    opened = json.loads(files[path])
    for each in opened:
        if each["name"] == name:
            each["value"] = value
    return _with({path: dumps(opened)})


def _key(n: int, event: str, reason: str, **more: Any) -> kinds.Key:
    return kinds.Key(
        id=record_id(60 + n),
        time=T0,
        key_use="issuer",
        key_value=str(issuer("confirmation").verifier),
        key_event=event,
        key_reason=reason,
        approvals=(kinds.Approval(BOLAT),),
        **more,
    )


def _receipt(court: Court, record: str, index: int) -> bytes:
    """A receipt as a relying party keeps it."""
    from authsvc.evidence.growth import Growth
    from authsvc.evidence.merkle import Frontier

    sealed, contents = court.sealed[record], court.contents()
    order = [record_id(0), *(kind.id for kind in (*court.case, *court.extra)), EXPORT]
    path = Growth(Frontier(), [court.sealed[each].leaf for each in order]).proof(index)
    opened = [each for each in sealed.disclosures if each.name in ("rp", "person_number", "person_previous")]
    payload = {
        "aud": "bank",
        "disclosures": [each.to_value() for each in opened],
        "entry": sealed.entry.decode(),
        "outcome": "confirmed",
        "proof": print_proof(index, path, contents.checkpoint).decode(),
        "state": "sequenced",
    }
    header = {"alg": "ES256", "kid": "k", "typ": "confirmation-receipt+jwt"}
    return b".".join([*(urlsafe_b64encode(dumps(each)).rstrip(b"=") for each in (header, payload)), b"AA"])


def _withheld() -> Case:
    """65: the service exported up to number 3 and hid number 4."""
    case = Court().case
    hiding = Court(
        case=[each for each in case if each.id != SECOND], extra=[each for each in case if each.id == SECOND]
    )
    hiding.contents()
    real = court_module.list_export
    leaf = urlsafe_b64encode(hiding.sealed[FIRST].leaf).rstrip(b"=").decode()
    heads = {**dict(hiding.chain), AIGERIM: (3, leaf)}
    try:
        court_module.list_export = lambda records, _, reason, known: real(records, heads, reason, known)
        package = hiding.package()
    finally:
        court_module.list_export = real
    return Case(package, print_trust(hiding.trust()), (_receipt(hiding, SECOND, 10),))


def _kept(record: str, index: int) -> Case:
    court = Court(witnesses=(1,))
    package = court.package()
    return Case(package, print_trust(court.trust()), (_receipt(court, record, index), b"x.y.z"))


def _special(mode: int) -> Callable[[zipfile.ZipFile], None]:
    def add(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("blobs/link")
        info.create_system = 3
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, b"target")

    return add


def _bomb_inside(archive: zipfile.ZipFile) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as asic:
        asic.writestr("mimetype", b"application/vnd.etsi.asic-e+zip")
        asic.writestr("zeros", bytes(5_000_000), zipfile.ZIP_DEFLATED)
    archive.writestr("documents/0001/inner", inner.getvalue())


def _hostile_name() -> Court:
    court = Court(witnesses=(1,))
    name = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202egpj.exe"
    court.case = [replace(each, person_name=name) if each.id == FIRST else each for each in court.case]  # type: ignore[call-arg, type-var]
    return court


def _approved_twice() -> Court:
    court = Court(witnesses=(1,))
    approvals = (kinds.Approval(BOLAT), kinds.Approval(BOLAT, signature=digest("eds")))
    court.case = [replace(court.case[0], approvals=approvals), *court.case[1:]]  # type: ignore[call-arg, type-var]
    return court


def _by_digest() -> Court:
    court = Court(witnesses=(1,))
    court.case = [replace(each, content_seen="digest_only") if each.id == VERIFIED else each for each in court.case]  # type: ignore[call-arg, type-var]
    return court


def _exchanged() -> Case:
    _, files, trust = good()
    known = {"0.1.0/verify.py": hashlib.sha256(b"the published one").hexdigest()}
    forged = {**files, "verify/verify.py": b"print('VALID')", "verify/verify.html": b"<p>VALID</p>"}
    return Case(rezip(forged), print_trust(replace(trust, verifiers=known)))


def _swap(one: str, two: str) -> Case:
    files = good()[1]
    return _with({one: files[two], two: files[one]})


def _long_integer() -> Case:
    return _changed("records/0008.note", b'"claims"', b'"a":' + b"9" * 60_000 + b',"claims"')


def _custody(data: bytes) -> Case:
    return _archive(write_zip({**good()[1], CUSTODY: data}))


OPENED = "disclosures/0008.json"
NOTE = "records/0008.note"

CASES: Mapping[str, Callable[[], Case]] = {
    "a good package": lambda: _with({}),
    "a good package without trust.json": lambda: replace(_with({}), trust=None),
    "a good package packed again, deflated": lambda: _packed(lambda archive: None),
    "33 a disclosure of another name": lambda: _changed(OPENED, b'"name":"rp"', b'"name":"vouched_by"'),
    "33 a disclosure of another slot": lambda: _changed(OPENED, b'"slot":7,', b'"slot":8,'),
    "33 a slot too few": lambda: _rewritten(lambda sealed: _reclaim(sealed, lambda claims: claims[:-1])),
    "33 a slot too many": lambda: _rewritten(lambda sealed: _reclaim(sealed, lambda claims: [*claims, digest("x")])),
    "33 one claim twice": lambda: _rewritten(lambda sealed: _reclaim(sealed, lambda claims: [*claims[:-1], claims[0]])),
    "33 a member too many": lambda: _rewritten(lambda sealed: _rebody(sealed, certificate="x")),
    "34 a second signature line": lambda: _rewritten(lambda sealed: sealed.entry + log_signer().sign(b"x\n")),
    "34 data behind the signature": lambda: _rewritten(lambda sealed: sealed.entry + b"x"),
    "34 a note of four lines": lambda: _rewritten(
        lambda sealed: sealed.entry.replace(b"\nconfirmation\n", b"\nconfirmation\n\n")
    ),
    "35 S of L or more": lambda: _forged(_signed_with(_large_s)),
    "35 R with y of p or more": lambda: _forged(_signed_with(_loose_r((P + 1).to_bytes(32, "little")))),
    "35 R with a sign where x is 0": lambda: _forged(_signed_with(_loose_r((1 | 1 << 255).to_bytes(32, "little")))),
    "35 R neutral in its own encoding": lambda: _forged(_signed_with(_loose_r((1).to_bytes(32, "little")))),
    "35 a key of order 1": lambda: _weak_issuer((1).to_bytes(32, "little")),
    "35 a key of order 2": lambda: _weak_issuer((P - 1).to_bytes(32, "little")),
    "35 a key of order 4": lambda: _weak_issuer(bytes(32)),
    "35 a key of order 8": lambda: _weak_issuer(
        (0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826).to_bytes(32, "little")
    ),
    "35 a key that is not canonical": lambda: _weak_issuer((P + 3).to_bytes(32, "little")),
    "35 a key that is no point": lambda: _weak_issuer((2).to_bytes(32, "little")),
    "36 a retired key": lambda: _court(Court(keys=[_key(1, "retired", "rotation")])),
    "36 a revoked key": lambda: _trusted(
        lambda trust: replace(trust, revoked=(Revoked(issuer("confirmation").verifier, T0, 100),))
    ),
    "36 a key revoked below the entry": lambda: _trusted(
        lambda trust: replace(trust, revoked=(Revoked(issuer("confirmation").verifier, T0, 5),))
    ),
    "36 a leaked log key": lambda: _trusted(
        lambda trust: replace(trust, revoked=(Revoked(trust.log_keys[0].verifier, T0, 100),))
    ),
    "36 a log key that leaked after witnesses had signed": lambda: _trusted(
        lambda trust: replace(trust, revoked=(Revoked(trust.log_keys[0].verifier, T0 + 60_000, 100),))
    ),
    "36 a key revoked by a record": lambda: _court(
        Court(witnesses=(1,), keys=[_key(1, "revoked", "compromise", key_leaked_at=T0)])
    ),
    "36 a key record that ends nothing": lambda: _court(
        Court(keys=[_key(1, "retired", "rotation"), _key(2, "retired", "rotation")])
    ),
    "36 a key record by no root": lambda: _with({"log/keys/0001.note": good()[1][NOTE]}),
    "37 none left empty": lambda: _value(OPENED, "mandate", ""),
    "38 a number twice": lambda: _court(_linked(3, "same")),
    "38 the previous of another person": lambda: _court(_linked(4, digest("another"))),
    "38 a gap": lambda: _without_left_out(_linked(6, "same")),
    "38 a start in the middle": lambda: _court(_linked(4, "none")),
    "38 a start in the middle, in a successor": lambda: _court(_linked(4, "none", predecessor=PREDECESSOR)),
    "38 a first with a previous": lambda: _court(_linked(1, "same")),
    "39 one person approves twice": lambda: _court(_approved_twice()),
    "39 a package of another log": lambda: Case(Court(origin="test.b.kz/1").package(), print_trust(good()[2])),
    "40 a letter of a record": lambda: _changed(NOTE, b'"confirmed"', b'"cancelled"'),
    "40 an unknown code": lambda: _changed(NOTE, b'"confirmed"', b'"confirmee"'),
    "41 a record removed": lambda: _without("records/0009.note", "disclosures/0009.json", "proofs/0009.tlog-proof"),
    "41 a record left out and not named": lambda: _without_left_out(Court(withheld=(FIRST,))),
    "41 a record left out and named": lambda: _court(Court(withheld=(FIRST,))),
    "42 a record added": lambda: _with(
        {
            "records/0012.note": seal_sample(confirmation(77, person=BOLAT)).entry,
            "disclosures/0012.json": b"[]",
            "proofs/0012.tlog-proof": good()[1]["proofs/0011.tlog-proof"],
        }
    ),
    "42 a record twice": lambda: _with(
        {
            f"{folder}/0012.{end}": good()[1][f"{folder}/0011.{end}"]
            for folder, end in (("records", "note"), ("disclosures", "json"), ("proofs", "tlog-proof"))
        }
    ),
    "43 two records exchanged": lambda: _swap(NOTE, "records/0009.note"),
    "44 a proof of another log": lambda: _with(
        {"proofs/0008.tlog-proof": read_zip(Court(origin="test.b.kz/1").package())["proofs/0008.tlog-proof"]}
    ),
    "45 a proof of another index": lambda: _changed("proofs/0008.tlog-proof", b"index 8", b"index 9"),
    "45 two proofs exchanged": lambda: _swap("proofs/0008.tlog-proof", "proofs/0009.tlog-proof"),
    "46 a one-leaf tree": _one_leaf,
    "46 an empty proof": lambda: _with({"proofs/0008.tlog-proof": print_proof(8, [], good()[1]["log/checkpoint"])}),
    "47 an interior node": lambda: _with(
        {NOTE: b"\x01" + good()[0].sealed[FIRST].leaf + good()[0].sealed[SECOND].leaf}
    ),
    "48 the log signed anew": _attackers,
    "48 the package's own policy": lambda: replace(
        _with({"log/policy": b"quorum none\n"}), trust=print_trust(Court(witnesses=(1, 2)).trust())
    ),
    "49 another genesis": lambda: _with({"log/genesis.note": seal_sample(replace(genesis(), time=T0 + 1)).entry}),
    "49 genesis missing": lambda: _without("log/genesis.note"),
    "50 a value": lambda: _changed(OPENED, b'"value":"bank"', b'"value":"rogue"'),
    "50 a salt": lambda: _changed(OPENED, b'"salt":"', b'"salt":"A'),
    "50 a value of another JSON type": lambda: _value(OPENED, "person_number", "3"),
    "50 a blob": lambda: _with({next(path for path in good()[1] if path.startswith("blobs/")): b"another text"}),
    "50 a blob of nobody": lambda: _with({"blobs/" + "0" * 64: b"x"}),
    "50 a disclosure withheld": lambda: _with({OPENED: b"[]"}),
    "50 the request": lambda: _with({"request/request": b"another request"}),
    "a new report on the document": lambda: _with({AGAIN: _again()}),
    "a new report that is no JSON": lambda: _with({AGAIN: b"[" * 100}),
    "a new report of another form": lambda: _with({AGAIN: _again()[:-2] + b',{"indication":"TOTAL-PASSED"}]}'}),
    "a new report without words": lambda: _with({AGAIN: _again().replace(b'"the report"', b"7")}),
    "a new report of nothing": lambda: _with({"documents/0002/again.json": _again()}),
    "50 the document": lambda: _with({"documents/0001/content": b"another contract"}),
    "25 too few witnesses": lambda: _trusted(
        lambda trust: replace(
            trust, policy=Court(witnesses=(1, 2)).policy(), witnesses=Court(witnesses=(1, 2)).trust().witnesses
        )
    ),
    "26 a witness of the operator": lambda: _trusted(
        lambda trust: replace(trust, witnesses=(Witness(trust.witnesses[0].verifier, OPERATOR),))
    ),
    "26 a witness twice": lambda: _twice(),
    "27 a cosignature from the future": lambda: _court(Court(witnesses=(1,), cosigned_at=T0 // 1000 + 10**9)),
    "32 the ML-DSA line missing": lambda: _court(Court(ml_dsa=False)),
    "32 the Ed25519 line missing": lambda: _with({"log/checkpoint": _without_line(good()[1]["log/checkpoint"], 4)}),
    "a log key at other sizes": lambda: _trusted(
        lambda trust: replace(trust, log_keys=tuple(LogKey(each.verifier, 0, 5) for each in trust.log_keys))
    ),
    "another environment": lambda: _trusted(lambda trust: replace(trust, environment="production")),
    "a predecessor's package": lambda: Case(
        Court(origin="test.old.kz/1").package(),
        print_trust(replace(good()[2], predecessors=(Court(origin="test.old.kz/1").trust(),))),
    ),
    "38 a first record that names one before it": lambda: _court(Court(before={AIGERIM: digest("elsewhere")})),
    "a successor's first record names the one in the log before": lambda: _court(
        Court(before={AIGERIM: digest("elsewhere")}, predecessor=PREDECESSOR)
    ),
    "57 markup and turned text": lambda: _court(_hostile_name()),
    "58 a name twice": lambda: _archive(write_zip({"ab": b"1", "ba": b"2"}).replace(b"ba", b"ab")),
    "58 names equal in case": lambda: _archive(write_zip({**good()[1], "LOG/policy": b"x"})),
    "58 names equal when folded": lambda: _archive(write_zip({"stra\u00dfe": b"1", "STRASSE": b"2"})),
    "58 names equal when composed": lambda: _archive(write_zip({"\u00e9": b"1", "e\u0301": b"2"})),
    "58 a path upwards": lambda: _archive(write_zip({**good()[1], "blobs/../../x": b"x"})),
    "58 a backslash": lambda: _archive(write_zip({**good()[1], "a\\b": b"x"})),
    "58 a drive": lambda: _archive(write_zip({**good()[1], "c:/x": b"x"})),
    "58 a name that turns": lambda: _archive(write_zip({**good()[1], "a\u202eb": b"x"})),
    "58 a symbolic link": lambda: _packed(_special(stat.S_IFLNK)),
    "58 a device": lambda: _packed(_special(stat.S_IFCHR)),
    "58 bytes before the first file": lambda: _archive(b"x" + rezip(good()[1])),
    "58 bytes behind the end": lambda: _archive(rezip(good()[1]) + b"x"),
    "58 another local name": lambda: _archive(rezip(good()[1]).replace(b"log/policy", b"log/p0licy", 1)),
    "58 bzip2": lambda: _packed(lambda archive: archive.writestr("a", b"x" * 99, zipfile.ZIP_BZIP2)),
    "58 an encryption flag": lambda: _archive(_flagged(rezip(good()[1]))),
    "58 a bomb": lambda: _packed(lambda archive: archive.writestr("a", bytes(5_000_000), zipfile.ZIP_DEFLATED)),
    "58 a bomb inside a document": lambda: _packed(_bomb_inside),
    "58 too many files": lambda: _archive(write_zip({**good()[1], **{f"blobs/{n}": b"" for n in range(2_000)}})),
    "58 a damaged file": lambda: _archive(rezip(good()[1]).replace(b'"confirmed"', b'"confirmeD"', 1)),
    "59 great depth": lambda: _with({OPENED: b"[" * 50_000}),
    "59 a long integer": _long_integer,
    "59 1e2 for 100": lambda: _changed(OPENED, b'"slot":7,', b'"slot":7e0,'),
    "59 a float": lambda: _value_text(b'"value":2}', b'"value":2.0}'),
    "59 a member twice": lambda: _changed(OPENED, b'"slot":7,', b'"slot":7,"slot":7,'),
    "59 a lone surrogate": lambda: _changed(OPENED, b'"value":"bank"', b'"value":"\\ud800"'),
    "59 white space": lambda: _changed(OPENED, b'"slot":7,', b'"slot": 7,'),
    "59 null": lambda: _changed(OPENED, b'"value":"bank"', b'"value":null'),
    "59 minus zero": lambda: _changed(OPENED, b'"slot":7,', b'"slot":-0,'),
    "59 an integer of 2^53": lambda: _value_text(b'"value":2}', b'"value":9007199254740992}'),
    "59 not UTF-8": lambda: _with({OPENED: b'["\xff"]'}),
    "59 a byte order mark": lambda: _with({OPENED: b"\xef\xbb\xbf[]"}),
    "61 verifiers exchanged": _exchanged,
    "62 a newer package": lambda: _custody(good()[1][CUSTODY].replace(b"package/v1", b"package/v2")),
    "62 a newer entry": lambda: _changed(NOTE, b"evidence/v1", b"evidence/v2"),
    "62 a file of a later layout": lambda: _with({"later/0001": b"x"}),
    "64 a verification by digest": lambda: _court(_by_digest()),
    "65 a record withheld": _withheld,
    "65 a receipt that holds, and rubbish": lambda: _kept(FIRST, 8),
    "65 a receipt of another place": lambda: _kept(FIRST, 9),
    "custody: empty": lambda: _custody(b""),
    "custody: no object": lambda: _custody(b"[]"),
    "custody: no version": lambda: _custody(b"{}"),
    "custody: a version alone": lambda: _custody(b'{"version":"authsvc/package/v1"}'),
    "custody: another order": lambda: _archive(
        write_zip({**dict(sorted(good()[1].items(), reverse=True)), CUSTODY: good()[1][CUSTODY]})
    ),
    "custody: a file unlisted": lambda: _archive(write_zip({**good()[1], "request/order": b"x"})),
    "a sealed package": lambda: _archive(write_zip(_sealed())),
    "a seal removed": lambda: _archive(
        write_zip({path: each for path, each in _sealed().items() if path[:4] != "META"})
    ),
    "a seal without its manifest": lambda: _archive(
        write_zip({p: each for p, each in _sealed().items() if p != MANIFEST})
    ),
    "a seal added": lambda: _archive(write_zip({**good()[1], MANIFEST: write_manifest(good()[1]), SEAL: b"x"})),
    "a seal over other files": lambda: _archive(write_zip({**_sealed(), MANIFEST: write_manifest({"a": b"b"})})),
    "a seal over a file with a quote": lambda: _archive(_quoted()),
    "a key rotated": lambda: _court(Court(witnesses=(1,), keys=[_added(1, ORIGIN, "new")])),
    "a key added under another origin": lambda: _court(Court(keys=[_added(1, "test.b.kz/1", "new")])),
    "a key added twice": lambda: _court(Court(keys=[_added(1, ORIGIN, "new"), _added(2, ORIGIN, "new")])),
    "a key that comes back": lambda: _court(Court(keys=[_key(1, "retired", "rotation"), _key(2, "added", "")])),
    "no ZIP": lambda: _archive(b"hello"),
    "an empty ZIP": lambda: _archive(write_zip({})),
    "another ZIP": lambda: _archive(write_zip({"a": b"b"})),
}


def _sealed() -> dict[str, bytes]:
    """The good package's files with a seal whose manifest fits; who signed it is not these verifiers' matter."""
    files = {path: data for path, data in good()[1].items() if path != CUSTODY}
    files[CUSTODY] = write_custody(files, EXPORT, sealed=True)
    return {**files, MANIFEST: write_manifest(files), SEAL: b"no CMS"}


def _quoted() -> bytes:
    files = {path: data for path, data in good()[1].items() if path != CUSTODY}
    files = {**files, "a\"&<b>'c": b"x", 'd"e': b"y"}
    files[CUSTODY] = write_custody(files, EXPORT, sealed=True)
    return write_zip({**files, MANIFEST: write_manifest(files), SEAL: b"no CMS"})


def _added(n: int, origin: str, name: str) -> kinds.Key:
    """A new key for the deliveries, which sign nothing here."""
    private = Ed25519PrivateKey.from_private_bytes(seed(name))
    return replace(_key(n, "added", ""), key_value=str(Signer(f"{origin}/issuer/case", private).verifier))


def _reclaim(sealed: Sealed, change: Callable[[list[str]], list[str]]) -> bytes:
    return _rebody(sealed, claims=change(list(parse(sealed.entry).claims)))


def _rebody(sealed: Sealed, **members: Any) -> bytes:
    return resign("confirmation", {**parse(sealed.entry).body, **members})


def _value_text(old: bytes, new: bytes) -> Case:
    path = next(path for path, data in good()[1].items() if path.startswith("disclosures/") and old in data)
    return _changed(path, old, new)


def _without_line(note: bytes, number: int) -> bytes:
    lines = note.split(b"\n")
    return b"\n".join([*lines[:number], *lines[number + 1 :]])


def _twice() -> Case:
    """One witness's line twice where two are asked for."""
    files = good()[1]
    text = files["log/checkpoint"].split(b"\n\n")[0] + b"\n"
    note = files["log/checkpoint"] + witness(1)[1](text, T0 // 1000 + 1)
    return replace(_with({"log/checkpoint": note}), trust=print_trust(Court(witnesses=(1, 2)).trust()))


def _flagged(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02") + 8
    return data[:at] + bytes([data[at] | 1]) + data[at + 1 :]
