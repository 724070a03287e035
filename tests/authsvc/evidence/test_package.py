"""Attacks on a court package (evidence format, section 14: 36 to 51, 57 to 59, 62, 65): each is found, and where."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace

import pytest

from authsvc.evidence import kinds
from authsvc.evidence.canonical import dumps
from authsvc.evidence.check_eds import EdsResult
from authsvc.evidence.errors import BadPackage, NotAPackage
from authsvc.evidence.package import build, write_custody
from authsvc.evidence.package_read import CUSTODY, REPORT
from authsvc.evidence.package_zip import read_zip, write_zip
from authsvc.evidence.record import Disclosure
from authsvc.evidence.trust import OPERATOR, LogKey, Revoked, Trust, Witness
from authsvc.evidence.verdict import CHECKS, Code, Verdict
from tests.authsvc.evidence.court import (
    EXPORT,
    FIRST,
    SECOND,
    VERIFIED,
    Court,
    found,
    judge,
    witness,
)
from tests.authsvc.evidence.samples import (
    AIGERIM,
    BOLAT,
    T0,
    confirmation,
    digest,
    genesis,
    issuer,
    record_id,
    seal_sample,
    tree_signer,
)

pytestmark = pytest.mark.slow

COURT = Court()
PACKAGE = COURT.package()
TRUST = COURT.trust()
FILES = read_zip(PACKAGE)


def rezip(files: dict[str, bytes], *, custody: bool = True) -> bytes:
    """The archive of changed files, with a custody record that fits them unless it is to stay."""
    if custody:
        files = {**{path: data for path, data in files.items() if path != CUSTODY}, CUSTODY: b""}
        files[CUSTODY] = write_custody(files, EXPORT)
    return write_zip(files)


def changed(path: str, old: bytes, new: bytes) -> bytes:
    """The package with one replacement in one file, and a custody record that fits."""
    assert old in FILES[path]
    return rezip({**FILES, path: FILES[path].replace(old, new, 1)})


def places(verdict: Verdict) -> str:
    return " ".join(finding.where for finding in verdict.findings() if finding.weight)


def of_record(verdict: Verdict, path: str) -> Code:
    return next(each.code for each in verdict.records if each.path == path)


def test_a_good_package_is_valid_and_says_what_is_not_proven() -> None:
    verdict = judge(PACKAGE, TRUST)
    assert verdict.code is Code.VALID
    assert not found(verdict)
    assert verdict.environment == "test"
    assert [check.name for check in verdict.checks] == list(CHECKS)
    assert [check.number for check in verdict.checks] == list(range(1, 16))
    assert {check.name for check in verdict.checks if not check.done} == {"time", "seal"}
    assert "no time is proven" in verdict.sentence.en
    assert "no independent witness: the operator could have rewritten this log before 2026-11-25" in verdict.sentence.en
    assert "время не доказано" in verdict.sentence.ru
    assert "тәуелсіз куә жоқ" in verdict.sentence.kk
    assert all(each.code is Code.VALID and not each.where for each in verdict.records)


def test_equal_material_gives_equal_bytes() -> None:
    contents = COURT.contents()
    assert build(contents) == build(replace(contents, records=contents.records[::-1]))


def test_the_mimetype_is_first_and_stored() -> None:
    assert PACKAGE[30:38] == b"mimetype"
    assert PACKAGE[38:69] == b"application/vnd.etsi.asic-e+zip"
    assert not any(path.startswith(("META-INF/", "time/")) for path in FILES)
    assert json.loads(FILES[CUSTODY])["absent"] == ["report_pdf", "seal", "time", "verifiers"]


def test_without_trust_the_origin_is_not_confirmed() -> None:
    verdict = judge(PACKAGE, None)
    assert verdict.code is Code.NOT_CONFIRMED
    assert "no_trust" in found(verdict)
    assert "trust.json" in verdict.sentence.en


def test_an_altered_record_is_invalid_and_the_place_is_named() -> None:
    """40: one letter of a record."""
    verdict = judge(changed("records/0008.note", b"confirmed", b"confirmee"), TRUST)
    assert verdict.code is Code.INVALID
    assert of_record(verdict, "records/0008.note") is Code.INVALID
    assert of_record(verdict, "records/0009.note") is Code.VALID
    verdict = judge(changed("records/0008.note", b'"confirmed"', b'"cancelled"'), TRUST)
    assert {"entry_signature", "not_included"} <= found(verdict)
    assert "records/0008.note#signature" in verdict.sentence.en
    assert "records/0008.note#signature" in verdict.sentence.kk


def test_one_flipped_bit_in_the_archive_itself_is_invalid_and_named() -> None:
    at = PACKAGE.index(b'"confirmed"') + 3
    verdict = judge(PACKAGE[:at] + bytes([PACKAGE[at] ^ 1]) + PACKAGE[at + 1 :], TRUST)
    assert verdict.code is Code.INVALID


def test_a_record_removed_is_missed() -> None:
    """41: without its files, and with the numbers closed up."""
    files = {path: data for path, data in FILES.items() if "/0009." not in path}
    verdict = judge(rezip(files), TRUST)
    assert {"record_removed", "export_count"} & found(verdict) == {"record_removed"}
    assert "report_differs" in found(verdict)


def test_a_record_added_is_noticed() -> None:
    """42: a real record of the same log that the export does not list."""
    other = Court(extra=[confirmation(77, person=BOLAT)])
    contents = other.contents()
    more = Court(case=[*other.case, *other.extra]).contents()
    assert more.records[10].entry.startswith(b"authsvc/evidence/v1\nconfirmation")
    stray = more.records[10]
    listed = [each for each in contents.records if each.entry != stray.entry]
    index = len(other.case) + 1
    growth_path = _path_of(other, index)
    verdict = judge(build(replace(contents, records=[*listed, replace(stray, index=index, path=growth_path)])), TRUST)
    assert verdict.code is Code.INVALID
    assert "record_added" in found(verdict)


def _path_of(court: Court, index: int) -> list[bytes]:
    from authsvc.evidence.growth import Growth
    from authsvc.evidence.merkle import Frontier

    order = [record_id(0), *(kind.id for kind in (*court.case, *court.extra)), EXPORT]
    return Growth(Frontier(), [court.sealed[each].leaf for each in order]).proof(index)


def test_two_records_exchanged_are_noticed() -> None:
    """43."""
    files = {**FILES, "records/0008.note": FILES["records/0009.note"], "records/0009.note": FILES["records/0008.note"]}
    assert {"not_included", "slot"} <= found(judge(rezip(files), TRUST))


def test_a_proof_for_another_log_is_refused() -> None:
    """44, 23."""
    other = read_zip(Court(origin="test.other.kz/2026h2").package())
    verdict = judge(rezip({**FILES, "proofs/0008.tlog-proof": other["proofs/0008.tlog-proof"]}), TRUST)
    assert {"proof_to_another_checkpoint", "not_included"} <= found(verdict)


def test_a_proof_for_another_index_is_refused() -> None:
    """45."""
    assert "not_included" in found(judge(changed("proofs/0008.tlog-proof", b"index 8", b"index 9"), TRUST))
    swapped = {**FILES, "proofs/0008.tlog-proof": FILES["proofs/0009.tlog-proof"]}
    assert "not_included" in found(judge(rezip(swapped), TRUST))


def test_an_empty_proof_and_a_one_leaf_tree_are_refused() -> None:
    """46: a tree whose only leaf is the record, signed by the real log key."""
    from authsvc.evidence.checkpoint import Checkpoint
    from authsvc.evidence.note import join_note
    from authsvc.evidence.proof import print_proof
    from tests.authsvc.evidence.samples import log_signer

    text = Checkpoint(COURT.origin, 1, COURT.sealed[FIRST].leaf).text
    note = join_note(text, [log_signer().sign(text), tree_signer().sign(text, T0 // 1000)])
    proofs = {path: print_proof(0, [], note) for path in FILES if path.endswith(".tlog-proof")}
    verdict = judge(rezip({**FILES, "log/checkpoint": note, **proofs}), TRUST)
    assert verdict.code is Code.INVALID
    assert "not_included" in found(verdict)


def test_an_interior_node_is_no_entry() -> None:
    """47."""
    node = b"\x01" + COURT.sealed[FIRST].leaf + COURT.sealed[SECOND].leaf
    verdict = judge(rezip({**FILES, "records/0008.note": node}), TRUST)
    assert {"entry", "not_included"} <= found(verdict)


def test_a_log_signed_anew_with_other_keys_is_refused_however_whole_it_is() -> None:
    """48, 49: keys, policy and genesis swapped together; the same origin name."""
    import tests.authsvc.evidence.samples as samples

    real = samples.seed
    try:
        samples.seed = lambda name: real("attacker " + name)
        forged = Court().package()
        own = Court().trust()
    finally:
        samples.seed = real
    assert judge(forged, own).code is Code.VALID
    verdict = judge(forged, TRUST)
    assert verdict.code is Code.INVALID
    assert {"log_signature", "genesis_not_trusted"} <= found(verdict)
    assert all(each.code is Code.INVALID for each in verdict.records)


def test_another_genesis_is_refused() -> None:
    """49: a second genesis of the same log, signed by the same root."""
    other = seal_sample(replace(genesis(), time=T0 + 1)).entry
    verdict = judge(rezip({**FILES, "log/genesis.note": other}), TRUST)
    assert {"genesis_not_trusted", "not_included"} <= found(verdict)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"value":"bank"', b'"value":"rogue"'),
        (b'"slot":7,', b'"slot":8,'),
        (b'"name":"rp"', b'"name":"vouched_by"'),
        (b'"value":2}', b'"value":1}'),
        (b'"value":2}', b'"value":2.0}'),
        (b'"salt":"', b'"salt":"A'),
        (b'{"name":"person_subject"', b'{"name":"person_subject","more":1'),
    ],
)
def test_a_disclosure_changed_is_refused(old: bytes, new: bytes) -> None:
    """50: value, salt, slot, name."""
    verdict = judge(changed("disclosures/0008.json", old, new), TRUST)
    assert verdict.code is Code.INVALID
    assert "disclosures/0008.json" in places(verdict)
    assert of_record(verdict, "records/0008.note") is Code.INVALID


def test_a_disclosure_shown_twice_or_withheld_is_noticed() -> None:
    """33, 12: two readings of one body; a slot withheld later."""
    opened = json.loads(FILES["disclosures/0008.json"])
    for listed in ([opened[0], *opened], opened[1:], opened[::-1]):
        verdict = judge(rezip({**FILES, "disclosures/0008.json": dumps(listed)}), TRUST)
        assert found(verdict) & {"slot_twice", "slots_differ"}


def test_another_text_than_the_one_behind_the_digest_is_refused() -> None:
    blob = next(path for path in FILES if path.startswith("blobs/"))
    assert "blob" in found(judge(rezip({**FILES, blob: b"another text"}), TRUST))
    extra = {**FILES, "blobs/" + "0" * 64: b"a text of nobody"}
    assert "blob_of_nothing" in found(judge(rezip(extra), TRUST))


def test_a_report_that_says_other_than_the_records_is_invalid() -> None:
    """56, for the HTML report."""
    verdict = judge(changed(REPORT, "Отклонено".encode(), "Подтверждено".encode()), TRUST)
    assert found(verdict) == {"report_differs"}
    other = changed(REPORT, b"authsvc-report/3.", b"authsvc-report/9.")
    verdict = judge(other, TRUST)
    assert verdict.code is Code.VALID
    assert "the report is of another release and is not evidence" in verdict.sentence.en
    assert found(judge(changed(REPORT, b"authsvc-report/", b"somebody/"), TRUST)) == {"report_differs"}


def test_markup_and_turned_text_in_values_stay_text() -> None:
    """57."""
    hostile = "<script>alert(1)</script>\u202egpj.exe & \"'"
    court = Court()
    court.case = [replace(each, person_name=hostile) if each.id == FIRST else each for each in court.case]  # type: ignore[call-arg, type-var]
    package = court.package()
    report = read_zip(package)[REPORT].decode()
    assert "<script" not in report
    assert "&lt;script&gt;" in report
    assert "\u202e" not in report
    assert "[U+202E]gpj.exe" in report
    assert judge(package, court.trust()).code is Code.VALID


def test_a_listed_file_that_is_absent_or_changed_and_an_unlisted_one_are_noticed() -> None:
    dropped = {path: data for path, data in FILES.items() if path != "request/request"}
    assert "file_missing" in found(judge(rezip(dropped, custody=False), TRUST))
    altered = {**FILES, "request/request": b"another request"}
    assert "file_changed" in found(judge(rezip(altered, custody=False), TRUST))
    assert "unlisted_file" in found(judge(rezip({**FILES, "request/order": b"x"}, custody=False), TRUST))


def test_a_file_of_a_later_layout_needs_a_newer_verifier() -> None:
    """62: time stamps come with a later release; this one says so and never INVALID."""
    verdict = judge(rezip({**FILES, "time/0001.token": b"x"}), TRUST)
    assert verdict.code is Code.NOT_CONFIRMED
    assert "newer verifier" in verdict.sentence.en
    custody = FILES[CUSTODY].replace(b"package/v1", b"package/v2")
    assert judge(rezip({**FILES, CUSTODY: custody}, custody=False), TRUST).code is Code.NOT_CONFIRMED


def test_a_record_of_a_newer_format_is_not_called_false() -> None:
    """62."""
    court = Court()
    court.case = [replace(each, login_reason="x") if each.id == record_id(31) else each for each in court.case]  # type: ignore[call-arg, type-var]
    contents = court.contents()
    record = contents.records[7]
    newer = record.entry.replace(b"evidence/v1", b"evidence/v2", 1)
    with pytest.raises(Exception, match="newer"):
        build(replace(contents, records=[replace(record, entry=newer)]))
    verdict = judge(rezip({**FILES, "records/0008.note": newer}), TRUST)
    assert "newer_format" in found(verdict)


@pytest.mark.parametrize("missing", ["ml-dsa", "ed25519"])
def test_both_log_keys_must_have_signed(missing: str) -> None:
    """32."""
    if missing == "ml-dsa":
        package = Court(ml_dsa=False).package()
    else:
        lines = FILES["log/checkpoint"].split(b"\n")
        note = b"\n".join(line for number, line in enumerate(lines) if number != 4)
        package = rezip({**FILES, "log/checkpoint": note})
    verdict = judge(package, TRUST)
    assert verdict.code is Code.INVALID
    assert "log_signature_missing" in found(verdict)


def test_a_quorum_of_independent_witnesses_is_said_by_leaving_the_sentence_out() -> None:
    court = Court(witnesses=(1, 2))
    verdict = judge(court.package(), court.trust())
    assert verdict.code is Code.VALID
    assert "no independent witness" not in verdict.sentence.en
    assert "no time is proven" in verdict.sentence.en


def test_a_quorum_that_is_not_met_is_not_confirmed() -> None:
    """25, 26, 27: too few; one twice; held by the operator; from the future."""
    both = Court(witnesses=(1, 2)).trust()
    assert judge(Court(witnesses=(1,)).package(), both).code is Code.NOT_CONFIRMED
    text = FILES["log/checkpoint"].split(b"\n\n")[0] + b"\n"
    line = witness(1)[1](text, T0 // 1000)
    twice = rezip({**FILES, "log/checkpoint": FILES["log/checkpoint"] + line + line})
    assert "quorum_not_met" in found(judge(twice, both))
    court = Court(witnesses=(1, 2))
    held = replace(both, witnesses=(both.witnesses[0], Witness(both.witnesses[1].verifier, OPERATOR)))
    assert found(judge(court.package(), held)) == {"quorum_not_met"}
    future = Court(witnesses=(1, 2), cosigned_at=T0 // 1000 + 10 * 86_400)
    assert found(judge(future.package(), future.trust())) == {"quorum_not_met"}


def test_the_packages_own_policy_never_counts() -> None:
    """48: `quorum none` in the package against witnesses in trust.json."""
    court = Court(witnesses=(1,))
    files = {**FILES, "log/policy": b"quorum none\n"}
    verdict = judge(rezip(files), court.trust())
    assert "quorum_not_met" in found(verdict)


def _key(n: int, event: str, reason: str, **more: object) -> kinds.Key:
    return kinds.Key(
        id=record_id(60 + n),
        time=T0,
        key_use="issuer",
        key_value=str(issuer("confirmation").verifier),
        key_event=event,
        key_reason=reason,
        approvals=(kinds.Approval(BOLAT),),
        **more,  # type: ignore[arg-type]
    )


def test_a_retired_key_used_after_its_interval_is_invalid() -> None:
    """36."""
    court = Court(keys=[_key(1, "retired", "rotation")])
    verdict = judge(court.package(), court.trust())
    assert verdict.code is Code.INVALID
    assert found(verdict) == {"key_outside_interval"}
    assert of_record(verdict, "records/0008.note") is Code.INVALID
    assert of_record(verdict, "records/0007.note") is Code.VALID


def test_entries_of_a_leaked_key_before_the_revocation_are_not_confirmed() -> None:
    """36: never INVALID, the person in court must not lose by our leak; above the revocation INVALID."""
    verifier = issuer("confirmation").verifier
    late = replace(TRUST, revoked=(Revoked(verifier, T0, 100),))
    verdict = judge(PACKAGE, late)
    assert verdict.code is Code.NOT_CONFIRMED
    assert found(verdict) == {"issuer_leaked"}
    assert "2026-11-24T10:00:00.000Z" in verdict.sentence.en
    early = replace(TRUST, revoked=(Revoked(verifier, T0, 5),))
    assert judge(PACKAGE, early).code is Code.INVALID


def test_a_leaked_log_key_is_not_confirmed() -> None:
    revoked = Revoked(TRUST.log_keys[0].verifier, T0, 100)
    assert found(judge(PACKAGE, replace(TRUST, revoked=(revoked,)))) == {"log_key_leaked"}


def test_a_key_record_that_is_not_the_roots_or_ends_nothing_is_refused() -> None:
    twice = Court(keys=[_key(1, "retired", "rotation"), _key(2, "retired", "rotation")])
    assert "key_out_of_order" in found(judge(twice.package(), twice.trust()))
    court = Court(keys=[_key(1, "added", "")])
    assert "key_out_of_order" in found(judge(court.package(), court.trust()))
    forged = rezip({**FILES, "log/keys/0001.note": FILES["records/0008.note"]})
    assert {"key_record", "proof_unreadable"} <= found(judge(forged, TRUST))


def test_one_person_approving_twice_is_refused() -> None:
    """39."""
    court = Court()
    approvals = (kinds.Approval(BOLAT), kinds.Approval(BOLAT, signature=digest("eds")))
    court.case = [replace(court.case[0], approvals=approvals), *court.case[1:]]  # type: ignore[call-arg, type-var]
    assert found(judge(court.package(), court.trust())) == {"approved_twice"}


def test_a_package_of_another_log_or_environment_is_refused() -> None:
    assert "other_log" in found(judge(Court(origin="test.other.kz/2026h2").package(), TRUST))
    assert "environment" in found(judge(PACKAGE, replace(TRUST, environment="production")))
    other = Court(origin="test.old.kz/2025h1")
    assert judge(other.package(), replace(TRUST, predecessors=(other.trust(),))).code is Code.VALID


def test_a_log_key_counts_at_its_own_sizes_alone() -> None:
    early = replace(
        TRUST, log_keys=(LogKey(TRUST.log_keys[0].verifier, 0, 5), LogKey(TRUST.log_keys[1].verifier, 0, 5))
    )
    assert "no_log_key" in found(judge(PACKAGE, early))


def _forge_link(role: str, number: int, previous: str) -> Callable[[Court], bytes]:
    """The chain as a dishonest service could write it: signed, logged, disclosed."""

    def forge(court: Court) -> bytes:
        seal_one = court._seal

        def seal(kind):  # type: ignore[no-untyped-def]
            if kind.id == SECOND:
                leaf = court.chain[AIGERIM][1] if previous == "same" else previous
                court.chain[AIGERIM] = (number - 1, leaf)
            return seal_one(kind)

        court._seal = seal  # type: ignore[method-assign]
        return court.package()

    return forge


@pytest.mark.parametrize(
    ("number", "previous", "code"),
    [
        (3, "same", "chain_number_twice"),
        (4, digest("another person's leaf"), "chain_previous"),
        (6, "same", "chain_gap"),
        (4, "none", "chain_start"),
        (1, "same", "chain_start"),
    ],
)
def test_a_broken_chain_is_noticed(number: int, previous: str, code: str) -> None:
    """38."""
    court = Court()
    package = _forge_link("person", number, previous)(court)
    if code == "chain_gap":  # an honest list would name 4 and 5; this one names nothing
        package = _without_left_out(court)
    assert code in found(judge(package, court.trust()))


def _without_left_out(court: Court) -> bytes:
    import tests.authsvc.evidence.court as module

    real = module.list_export
    try:
        module.list_export = lambda *args: replace(real(*args), left_out=())
        return court.package()
    finally:
        module.list_export = real


def test_a_record_left_out_is_named_or_missed() -> None:
    """38, 41: the first confirmation is not exported."""
    court = Court(withheld=(FIRST,))
    verdict = judge(court.package(), court.trust())
    assert verdict.code is Code.VALID
    assert "chain_left_out" in {each.code for each in verdict.findings()}
    verdict = judge(_without_left_out(Court(withheld=(FIRST,))), TRUST)
    assert found(verdict) == {"chain_gap"}
    assert "number 3 is missing" in verdict.sentence.en


def test_a_record_that_is_named_must_come_along_or_be_listed() -> None:
    """Closure: the enrolment of the factor."""
    court = Court(withheld=(record_id(30),))
    verdict = judge(court.package(), court.trust())
    assert verdict.code is Code.VALID
    verdict = judge(_without_left_out(Court(withheld=(record_id(30),))), TRUST)
    assert {"reference_missing", "chain_gap"} <= found(verdict)


def receipt(court: Court, record: str, index: int, **changes: object) -> bytes:
    """A receipt as a relying party keeps it; the signature of the JWS is transport and not looked at."""
    sealed = court.sealed[record]
    contents = court.contents()
    from authsvc.evidence.proof import print_proof

    opened = [each for each in sealed.disclosures if each.name in ("rp", "person_number", "person_previous")]
    payload = {
        "aud": "bank",
        "disclosures": [each.to_value() for each in opened],
        "entry": sealed.entry.decode(),
        "outcome": "confirmed",
        "proof": print_proof(index, _path_of(court, index), contents.checkpoint).decode(),
        "state": "sequenced",
        **changes,
    }
    header = {"alg": "ES256", "kid": "k", "typ": "confirmation-receipt+jwt"}
    parts = [urlsafe_b64encode(dumps(each)).rstrip(b"=") for each in (header, payload)]
    return b".".join([*parts, b"AA"])


def test_a_receipt_of_a_packaged_record_holds() -> None:
    court = Court()
    package = court.package()
    verdict = judge(package, court.trust(), [receipt(court, FIRST, 8)])
    assert verdict.code is Code.VALID
    assert "receipt_holds" in {each.code for each in verdict.findings()}


def test_a_receipt_with_a_higher_number_shows_what_was_withheld() -> None:
    """65: the service exported up to number 3 and hid number 4."""
    court = Court(extra=[])
    case = court.case
    hiding = Court(
        case=[each for each in case if each.id != SECOND], extra=[each for each in case if each.id == SECOND]
    )
    hiding.contents()
    honest = dict(hiding.chain)
    import tests.authsvc.evidence.court as module

    real = module.list_export
    try:
        heads = {**honest, AIGERIM: (3, _leaf(hiding, FIRST))}
        module.list_export = lambda records, _, reason, known: real(records, heads, reason, known)
        package = hiding.package()
    finally:
        module.list_export = real
    assert judge(package, hiding.trust()).code is Code.VALID
    kept = receipt(hiding, SECOND, 10)
    verdict = judge(package, hiding.trust(), [kept])
    assert verdict.code is Code.INVALID
    assert found(verdict) == {"receipt_withheld"}
    assert "number 4" in verdict.sentence.en


def _leaf(court: Court, record: str) -> str:
    return urlsafe_b64encode(court.sealed[record].leaf).rstrip(b"=").decode()


def test_a_receipt_that_is_none_of_this_log_says_nothing_against_it() -> None:
    court = Court()
    package = court.package()
    other = Court(origin="test.other.kz/2026h2")
    other.contents()
    for kept in (b"x.y.z", b"", receipt(other, FIRST, 8), receipt(court, FIRST, 9), b"." * 100):
        verdict = judge(package, court.trust(), [kept])
        assert found(verdict) == {"receipt_unreadable"}
        assert verdict.code is Code.NOT_CONFIRMED


def test_an_eds_that_is_judged_otherwise_is_not_confirmed_and_both_results_are_shown() -> None:
    def worse(case: object) -> list[EdsResult]:
        return [EdsResult("INDETERMINATE", "NO_POE", b"")]

    court = Court()
    court.case = [replace(each, signature="") if each.id == VERIFIED else each for each in court.case]  # type: ignore[call-arg, type-var]
    verdict = judge(court.package(), court.trust(), verify_eds=worse)
    assert found(verdict) == {"eds_differs"}
    assert "recorded TOTAL-PASSED, found INDETERMINATE/NO_POE" in verdict.sentence.en
    assert of_record(verdict, "records/0010.note") is Code.NOT_CONFIRMED
    nothing: Callable[[object], list[EdsResult]] = lambda case: []  # noqa: E731 - two answers side by side
    assert found(judge(PACKAGE, TRUST, verify_eds=nothing)) == {"eds_differs"}


def test_an_eds_is_trusted_by_the_anchors_of_trust_json_alone() -> None:
    assert found(judge(PACKAGE, replace(TRUST, eds_anchors=()))) == {"eds_differs"}
    assert found(judge(PACKAGE, TRUST, verify_eds=None)) == {"eds_not_judged"}


def test_another_document_or_signature_than_the_recorded_one_is_invalid() -> None:
    files = {**FILES, "documents/0001/content": b"another contract"}
    assert "document_digest" in found(judge(rezip(files), TRUST))

    def other(case: object) -> list[EdsResult]:
        return [EdsResult("TOTAL-PASSED", "", b"x" * 32)]

    assert found(judge(PACKAGE, TRUST, verify_eds=other)) == {"document_digest"}


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"%PDF-1.7", write_zip({}), write_zip({"a": b"b"})])
def test_what_is_no_package_is_said_so(data: bytes) -> None:
    with pytest.raises(NotAPackage):
        judge(data, TRUST)


@pytest.mark.parametrize(
    "custody", [b"", b"[]", b"{}", b"[" * 100_000, b'{"version":1}', b'{"version":"authsvc/package/v1"}', b"\xff"]
)
def test_a_custody_record_of_another_form_is_a_verdict_not_a_crash(custody: bytes) -> None:
    """59."""
    assert judge(rezip({**FILES, CUSTODY: custody}, custody=False), TRUST).code is Code.INVALID


@pytest.mark.parametrize("path", [each for each in FILES if each not in ("mimetype", CUSTODY)])
@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"[]", b"{}", b'{"a":1}', b"[" * 50_000, b"a\n\nb\n"])
def test_no_file_can_make_the_checker_crash(path: str, content: bytes) -> None:
    """59: any file exchanged for hostile bytes, with a custody record that fits, and without trust as well."""
    package = rezip({**FILES, path: content})
    verdict = judge(package, TRUST)
    assert isinstance(judge(package, None).code, Code)
    harmless = path.startswith("verify/") or path == "log/policy"
    assert (verdict.code is Code.VALID) is harmless


@pytest.mark.parametrize("value", ["", "none", "x", 5, [], {}, ["a"], {"a": 1}, True])
@pytest.mark.parametrize(
    "slot", ["person_subject", "person_number", "person_previous", "credential", "about", "answer"]
)
def test_no_disclosed_value_can_make_the_checker_crash(slot: str, value: object) -> None:
    opened = [Disclosure(**each) for each in json.loads(FILES["disclosures/0008.json"])]
    changed_value = [
        each._replace(value=value).to_value() if each.name == slot else each.to_value()  # type: ignore[arg-type]
        for each in opened
    ]
    verdict = judge(rezip({**FILES, "disclosures/0008.json": dumps(changed_value)}), TRUST)
    same = any((each.name, each.value) == (slot, value) for each in opened)
    assert verdict.code is (Code.VALID if same else Code.INVALID)


def test_material_that_makes_no_package_is_refused() -> None:
    contents = COURT.contents()
    with pytest.raises(BadPackage):
        build(replace(contents, export=record_id(999)))
    with pytest.raises(BadPackage):
        build(replace(contents, records=[*contents.records, contents.records[0]]))


def test_trust_is_taken_for_the_origin_that_it_names() -> None:
    assert isinstance(TRUST.of_origin(COURT.origin), Trust)
    assert TRUST.of_origin("test.nobody") is None


def test_a_disclosed_place_with_other_members_is_a_fault_and_no_crash() -> None:
    court = Court(witnesses=(1,))
    files = read_zip(court.package())
    path = next(path for path in files if path.startswith("disclosures/") and b'"signature_place"' in files[path])
    files[path] = files[path].replace(b'"n":', b'"o":')
    files[CUSTODY] = write_custody({name: data for name, data in files.items() if name != CUSTODY}, EXPORT)
    verdict = judge(write_zip(files), court.trust())
    assert verdict.code is Code.INVALID


def test_values_of_an_erased_person_can_t_be_invented_anew() -> None:
    """51: the salts went with the person's key, so that even the right value opens no slot."""
    court = Court(hidden=("person_ip", "person_device", "person_name", "person_address"))
    files = read_zip(court.package())
    path = next(each for each in files if each.startswith("disclosures/") and FIRST_NUMBER in each)
    known = json.loads(files[path])
    true = next(each for each in court.sealed[FIRST].disclosures if each.name == "person_name")
    invented = {"name": true.name, "salt": digest("invented"), "slot": true.slot, "value": true.value}
    files[path] = dumps(sorted([*known, invented], key=lambda each: each["slot"]))
    files[CUSTODY] = write_custody({name: data for name, data in files.items() if name != CUSTODY}, EXPORT)
    verdict = judge(write_zip(files), court.trust())
    assert verdict.code is Code.INVALID
    assert path in places(verdict)
    assert {"slots_differ"} < found(verdict)


FIRST_NUMBER = "0008"
"""Where `Court` packages its first confirmation."""
