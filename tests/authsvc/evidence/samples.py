"""One good record of each type with every slot filled, its keys and its openings: what tests start from."""

import hashlib
import random
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from authsvc.evidence import kinds
from authsvc.evidence.codes import FAMILIES
from authsvc.evidence.note import Signer, TreeSigner, Verifier
from authsvc.evidence.record import Draft, Kind, Link, Sealed, seal

ORIGIN = "test.log.example.kz/2026h2"
T0 = 1_795_514_400_000
AIGERIM, BOLAT, DANA = "iin:900101300123", "iin:850505400456", "iin:790303500789"
COMPANY = "bin:990140001234"


def seed(name: str) -> bytes:
    """32 bytes that depend on the name alone."""
    return hashlib.sha256(name.encode()).digest()


def digest(name: str) -> str:
    """A digest as slots write it."""
    return urlsafe_b64encode(seed(name)).rstrip(b"=").decode()


def record_id(n: int) -> str:
    """The n-th record id."""
    return f"0198c0de-0000-7000-8000-{n:012x}"


def issuer(family: str, origin: str = ORIGIN) -> Signer:
    """The family's issuer key in this origin; another origin has other keys."""
    return Signer(f"{origin}/issuer/{family}", Ed25519PrivateKey.from_private_bytes(seed(f"{origin} {family}")))


def log_signer(origin: str = ORIGIN) -> Signer:
    """The log's Ed25519 key."""
    return Signer(origin, Ed25519PrivateKey.from_private_bytes(seed(f"{origin} log")))


def tree_signer(origin: str = ORIGIN) -> TreeSigner:
    """The log's ML-DSA-44 key."""
    return TreeSigner(origin, MLDSA44PrivateKey.from_seed_bytes(seed(f"{origin} tree")))


def issuers(origin: str = ORIGIN) -> Mapping[str, list[Verifier]]:
    """All families' keys, as `verify_entry` takes them."""
    return {family: [issuer(family, origin).verifier] for family in FAMILIES}


def salts_for(draft: Draft, name: str = "") -> bytes:
    """Salts that depend on the record alone."""
    return random.Random(f"{draft.id} {draft.type} {name}").randbytes(32 * draft.slot_count)  # noqa: S311


def links_for(draft: Draft) -> dict[str, Link]:
    """A first link for each person of the record."""
    return {subject: Link(1, "none") for subject in draft.parties.values()}


def seal_sample(kind: Kind, links: Mapping[str, Link] | None = None, origin: str = ORIGIN) -> Sealed:
    """The record sealed by its family's issuer."""
    draft = kind.draft()
    return seal(
        draft,
        links=links_for(draft) if links is None else links,
        salts=salts_for(draft),
        signer=issuer(kind.family, origin),
    )


APPROVALS = (
    kinds.Approval(BOLAT, record=record_id(901)),
    kinds.Approval(DANA, signature=digest("eds")),
)


def genesis(origin: str = ORIGIN) -> kinds.Genesis:
    """Entry 0 of the test log."""
    return kinds.Genesis(
        id=record_id(0),
        time=T0,
        origin=origin,
        environment="test",
        issuers=tuple(kinds.Issuer(family, str(issuer(family, origin).verifier)) for family in FAMILIES),
        log_keys=(str(log_signer(origin).verifier), str(tree_signer(origin).verifier)),
        receipt_keys=(digest("receipt key"),),
        approvals=APPROVALS,
        genesis_ground="Order 17",
    )


def _identity(n: int) -> list[Kind]:
    return [
        kinds.Credential(
            id=record_id(n),
            time=T0,
            credential_event="enrolled",
            factor_method="passkey",
            person=AIGERIM,
            about=(record_id(1),),
            rp="bank",
            authentication="none",
            acr="none",
            person_name="Әйгерім Сәрсенова",
            factor="key of the phone",
            factor_key=kinds.FactorKey("Y3JlZA", "cHVibGlj", digest("registration")),
            person_address="+7 *** ** 12",
            person_device="Pixel 9",
            attestation=digest("attestation"),
            credential_ground="in person",
            vouched_by="none",
            relying_party_record="none",
            policy_record=record_id(2),
            trust_store_record=record_id(3),
        ),
        kinds.Mandate(
            id=record_id(n + 1),
            time=T0,
            mandate_event="granted",
            entity=COMPANY,
            person=AIGERIM,
            grantor=BOLAT,
            rp="bank",
            authentication=record_id(4),
            acr="urn:authsvc:acr:multi",
            mandate_scope="contracts up to 1,000,000 KZT",
            mandate_ground="power of attorney 12",
            mandate_document=digest("power"),
            mandate_from=T0,
            mandate_until=T0 + 1000,
            policy_record=record_id(2),
        ),
        kinds.Consent(
            id=record_id(n + 2),
            time=T0,
            consent_event="given",
            person=AIGERIM,
            rp="bank",
            authentication=record_id(4),
            acr="urn:authsvc:acr:single",
            consent_scope="name, IIN",
            consent_purpose="opening an account",
            consent_text=digest("consent"),
            locale="kk",
            consent_until=T0 + 5,
            template_record="none",
            policy_record=record_id(2),
        ),
        kinds.Authentication(
            id=record_id(n + 3),
            time=T0,
            login="accepted",
            login_method=("password", "totp"),
            login_acr="urn:authsvc:acr:multi",
            login_statement=digest("login"),
            person=AIGERIM,
            entity=COMPANY,
            rp="bank",
            mandate=record_id(5),
            person_name="Әйгерім Сәрсенова",
            credential=(record_id(6), record_id(7)),
            login_answer=digest("login answer"),
            tries=1,
            first_try=T0,
            last_try=T0,
            person_address="+7 *** ** 12",
            person_ip="192.0.2.1",
            person_device="Firefox",
            login_session="s-1",
            login_reason="step_up",
            vouched_by="none",
            relying_party_record=record_id(8),
            policy_record=record_id(2),
        ),
    ]


def _acts(n: int) -> list[Kind]:
    return [
        confirmation(n),
        kinds.SignatureVerification(
            id=record_id(n + 1),
            time=T0,
            indication="TOTAL-FAILED",
            sub_indication="HASH_FAILURE",
            signer=BOLAT,
            entity=COMPANY,
            rp="bank",
            document=digest("document"),
            document_name="contract.pdf",
            content_seen="seen",
            signature=digest("signature"),
            signature_place=kinds.SignaturePlace(1, 2),
            certificate=digest("certificate"),
            material=(kinds.Material(digest("crl"), "crl"),),
            validation_time=T0,
            best_signature_time=T0,
            report=digest("report"),
            relying_party_record=record_id(8),
            policy_record=record_id(2),
            trust_store_record=record_id(3),
        ),
    ]


def confirmation(n: int, *, outcome: str = "confirmed", person: str = AIGERIM) -> kinds.Confirmation:
    """A confirmation with every slot filled."""
    return kinds.Confirmation(
        id=record_id(n),
        time=T0,
        method=("code",),
        statement=digest("statement"),
        challenge=digest("challenge"),
        outcome=outcome,
        person=person,
        entity=COMPANY,
        about=(record_id(9),),
        rp="bank",
        mandate=record_id(5),
        person_name="Әйгерім Сәрсенова",
        authentication=record_id(4),
        acr="urn:authsvc:acr:multi",
        credential=(record_id(6),),
        shown=digest("shown"),
        shown_by="service",
        locale="kk",
        answer=digest("answer"),
        tries=2,
        first_try=T0,
        last_try=T0 + 900,
        reason="attempts" if outcome == "failed" else "",
        expires=T0 + 300_000,
        person_address="+7 *** ** 12",
        person_ip="192.0.2.1",
        person_device="Firefox",
        group=kinds.Group("g-1", 2, 3, "met"),
        vouched_by="none",
        relying_party_record=record_id(8),
        policy_record=record_id(2),
        trust_store_record=record_id(3),
        template_record=record_id(10),
    )


def _custody(n: int) -> list[Kind]:
    return [
        kinds.Key(
            id=record_id(n),
            time=T0,
            key_use="issuer",
            key_value=str(issuer("case").verifier),
            key_event="revoked",
            key_reason="compromise",
            key_leaked_at=T0 - 5,
            approvals=APPROVALS,
            key_ground="report 3",
            key_evidence=digest("forensics"),
        ),
        kinds.Anchor(
            id=record_id(n + 1),
            time=T0,
            anchor_size=12,
            anchor_root=digest("root"),
            anchor_root_512="A" * 86,
            anchor_tsa=digest("tsa"),
            anchor_token=digest("token"),
        ),
        kinds.Export(
            id=record_id(n + 2),
            time=T0,
            export_kind="court",
            about=(record_id(9),),
            rp="bank",
            export_recipient="Court No. 2 of Almaty",
            export_request=digest("request"),
            export_ground="ruling 7-26",
            export_list=((record_id(9), ("person_subject", "rp")),),
            export_left_out=((record_id(11), "other_case"), (7, "other_case")),
            export_count=1,
            export_heads=((3, digest("head")),),
            approvals=APPROVALS,
        ),
        kinds.Erasure(
            id=record_id(n + 3),
            time=T0,
            erasure_kind="deleted",
            person=AIGERIM,
            entity=COMPANY,
            rp="bank",
            erasure_scope="all",
            erasure_ground="application 5",
            approvals=APPROVALS,
        ),
        kinds.Correction(
            id=record_id(n + 4),
            time=T0,
            correction_kind="note",
            person=AIGERIM,
            entity=COMPANY,
            about=(record_id(9),),
            rp="bank",
            correction_text=digest("note"),
            correction_reason="typing",
            approvals=APPROVALS,
        ),
        kinds.Administration(
            id=record_id(n + 5),
            time=T0,
            administration_kind="policy",
            administration_event="changed",
            person=DANA,
            entity=COMPANY,
            rp="bank",
            object="policy of confirmations",
            before=digest("before"),
            after=digest("after"),
            administration_ground="ticket 8",
            approvals=APPROVALS,
        ),
    ]


def _cases(n: int) -> list[Kind]:
    return [
        kinds.Delivery(
            id=record_id(n),
            time=T0,
            delivery_event="sent",
            addressee=AIGERIM,
            entity=COMPANY,
            rp="bank",
            sender="authsvc",
            delivered=digest("message"),
            addressee_address="+7 *** ** 12",
            delivery_channel="sms",
            delivery_time=T0,
            delivery_proof=digest("gateway"),
            relying_party_record="none",
        ),
        kinds.NoticeRead(
            id=record_id(n + 1),
            time=T0,
            read_event="opened",
            person=AIGERIM,
            entity=COMPANY,
            rp="bank",
            mandate="none",
            notice=digest("notice"),
            shown=digest("shown"),
            shown_by="relying_party",
            locale="ru",
            authentication="none",
            acr="urn:authsvc:acr:vouched",
            person_ip="192.0.2.1",
            person_device="Firefox",
            template_record="none",
        ),
        kinds.Decision(
            id=record_id(n + 2),
            time=T0,
            decision_result="step_up",
            person=AIGERIM,
            entity=COMPANY,
            rp="bank",
            decision_rule="new_device",
            decision_version="3",
            decision_automation="full",
            decision_model="none",
            decision_factors=("device", "hour"),
            decision_text=digest("decision"),
            locale="en",
            informed_at=T0,
            review_due=T0 + 9,
            policy_record="none",
        ),
        kinds.Dispute(
            id=record_id(n + 3),
            time=T0,
            dispute_event="opened",
            person=AIGERIM,
            entity=COMPANY,
            about=(record_id(9),),
            rp="bank",
            mandate="none",
            authentication=record_id(4),
            acr="urn:authsvc:acr:multi",
            dispute_kind="not_me",
            dispute_text=digest("dispute"),
            dispute_due=T0 + 9,
        ),
        kinds.Resolution(
            id=record_id(n + 4),
            time=T0,
            resolution_result="granted",
            person=AIGERIM,
            entity=COMPANY,
            resolver=DANA,
            about=(record_id(9),),
            rp="bank",
            resolver_name="Дана Ахметова",
            resolver_role="reviewer",
            authentication=record_id(4),
            acr="urn:authsvc:acr:multi",
            resolution_proposal=digest("proposal"),
            resolution_reasons=digest("reasons"),
            resolution_final="yes",
        ),
    ]


SAMPLES: Mapping[str, Kind] = {
    kind.type: kind for kind in (genesis(), *_identity(100), *_acts(110), *_custody(120), *_cases(130))
}
"""Type to a good record of it in which nothing is empty."""
