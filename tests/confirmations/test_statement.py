"""The statement: what may be asked, what is refused, and what its digest binds."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import pickle
from typing import Any

import pytest
import rfc8785

from confirmations import Consent, Document, Entity, Group, Labelled, LoginStatement, Payment, Statement, Texts
from confirmations.canonical import parse_canonical, write_time
from confirmations.errors import StatementRefused
from confirmations.fields import LARGEST_AMOUNT
from tests.confirmations.samples import (
    CONSENT,
    DIGEST,
    DOCUMENT,
    ID,
    LABELLED,
    NOW,
    OTHER_ID,
    PAYMENT,
    login_value,
    statement,
    statement_value,
)

ENTITY = {"bin": "010140000018", "mandate": OTHER_ID, "name": "АО «Тест»"}
GROUP = {"id": OTHER_ID, "k": 2, "n": 3}


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


def test_the_digest_is_sha_256_over_domain_and_rfc_8785() -> None:
    value = statement_value()
    wanted = hashlib.sha256(b"authsvc/confirmation/v1\x00" + rfc8785.dumps(value)).digest()
    assert Statement.of(value).hash() == wanted
    assert Statement.of(value).digest() == base64.urlsafe_b64encode(wanted).rstrip(b"=").decode()


def test_a_statement_reads_back_from_its_own_bytes() -> None:
    asked = statement(on_behalf_of=ENTITY, group=GROUP, fields=[PAYMENT, DOCUMENT, CONSENT, LABELLED])
    assert Statement.of(parse_canonical(asked.canonical())) == asked
    assert asked.canonical() == rfc8785.dumps(asked.value())
    assert asked.on_behalf_of == Entity("010140000018", "АО «Тест»", OTHER_ID)
    assert asked.group == Group(OTHER_ID, 2, 3)
    assert asked.fields == (
        Payment("ТОО «Ромашка»", 1_250_000, "KZT"),
        Document("Договор № 5.pdf", DIGEST),
        Consent("name, date of birth"),
        Labelled(Texts("Тапсырыс", "Заказ", "Order"), "№ 5"),
    )


def test_what_a_relying_party_asks_and_what_the_service_adds_make_the_same_statement() -> None:
    whole = statement()
    asked = {name: statement_value()[name] for name in ("act", "fields", "text")}
    made = Statement.ask(
        asked,
        id=whole.id,
        nonce=whole.nonce,
        rp=whole.rp,
        subject=whole.subject,
        methods=[["code"], ["password", "totp"]],
        created=whole.created,
        expires=whole.expires,
    )
    assert made == whole
    assert made.digest() == whole.digest()


@pytest.mark.parametrize("name", ["id", "rp", "nonce", "subject", "methods", "made_up"])
def test_a_relying_party_cannot_set_what_the_service_adds(name: str) -> None:
    whole = statement()
    asked = {
        **{one: statement_value()[one] for one in ("act", "fields", "text")},
        name: statement_value().get(name, "x"),
    }
    with pytest.raises(StatementRefused) as refused:
        Statement.ask(
            asked,
            id=whole.id,
            nonce=whole.nonce,
            rp=whole.rp,
            subject=whole.subject,
            methods=whole.methods,
            created=whole.created,
            expires=whole.expires,
        )
    assert refused.value.rule == "unknown_member"


def test_a_statement_is_frozen_and_pickles_with_its_bytes() -> None:
    asked = statement()
    with pytest.raises(dataclasses.FrozenInstanceError):
        asked.subject = "someone else"  # type: ignore[misc]  # that it can't be done is the point
    again = pickle.loads(pickle.dumps(asked))  # noqa: S301 - our own
    assert (again, again.digest()) == (asked, asked.digest())


CHANGES: dict[str, Any] = {
    "id": OTHER_ID,
    "nonce": "AAECAwQFBgcICQoLDA0ODg",
    "subject": "f3b1c0df",
    "act": "document",
    "created": write_time(NOW + 1),
    "expires": write_time(NOW + 900_001),
    "rp": {"client_id": "shop.example", "name": "Дүкен"},
    "methods": [["password", "totp"], ["code"]],
    "on_behalf_of": ENTITY,
    "group": GROUP,
    "text": {"kk": "Тапсырыс үшін төлем.", "ru": "Оплата заказа!", "en": "Payment of the order."},
    "fields": [{**PAYMENT, "amount": 1_250_001}, DOCUMENT],
}


@pytest.mark.parametrize("name", sorted(statement_value()))
def test_no_member_can_be_swapped_without_another_digest(name: str) -> None:
    assert statement(**{name: CHANGES[name]}).digest() != statement().digest()


@pytest.mark.parametrize("name", sorted(statement_value()))
def test_a_missing_member_is_refused(name: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        Statement.of(without(statement_value(), name))
    assert refused.value.rule == "missing_member"


@pytest.mark.parametrize(
    "value",
    [
        statement_value(certificate="MIIB"),
        statement_value(rp={"client_id": "a", "name": "b", "logo": "c"}),
        statement_value(fields=[{**PAYMENT, "note": "x"}]),
        statement_value(fields=[{**DOCUMENT, "url": "x"}]),
        statement_value(text={"kk": "а", "de": "b"}),
        statement_value(group={**GROUP, "met": True}),
        statement_value(on_behalf_of={**ENTITY, "role": "head"}),
    ],
)
def test_an_unknown_member_is_refused_wherever_it_stands(value: dict[str, Any]) -> None:
    with pytest.raises(StatementRefused) as refused:
        Statement.of(value)
    assert refused.value.rule == "unknown_member"


REFUSED: list[tuple[str, str, Any]] = [
    ("id", "id", "01981000-0000-4000-8000-00000000000a"),
    ("id", "id", ID.upper()),
    ("id", "id", ID + "\n"),
    ("nonce", "nonce", "AAECAwQFBgcICQoLDA0O"),
    ("nonce", "nonce", "AAECAwQFBgcICQoLDA0ODx"),
    ("nonce", "nonce", ""),
    ("subject", "reference", ""),
    ("subject", "reference", "имя"),
    ("act", "code", "Payment"),
    ("act", "code", "pay ment"),
    ("created", "time", "2026-11-24T10:00:00Z"),
    ("created", "kind", NOW),
    ("expires", "deadline", write_time(NOW)),
    ("methods", "methods", []),
    ("methods", "methods", [[]]),
    ("methods", "methods", [["code", "code"]]),
    ("methods", "methods", [["code"], ["code"]]),
    ("methods", "methods", [["eds"]]),
    ("methods", "methods", [["hotp"]]),
    ("methods", "kind", ["code"]),
    ("methods", "kind", [[1]]),
    ("group", "group", {**GROUP, "k": 4}),
    ("group", "group", {**GROUP, "k": 0}),
    ("group", "kind", {**GROUP, "k": True}),
    ("group", "id", {**GROUP, "id": "board"}),
    ("group", "kind", None),
    ("on_behalf_of", "bin", {**ENTITY, "bin": "01014000001"}),
    ("on_behalf_of", "bin", {**ENTITY, "bin": "٠١٠١٤٠٠٠٠٠١٨"}),
    ("on_behalf_of", "id", {**ENTITY, "mandate": ""}),
    ("on_behalf_of", "kind", ""),
    ("rp", "kind", "shop"),
    ("rp", "reference", {"client_id": "", "name": "Shop"}),
    ("text", "kind", "words"),
    ("text", "kind", {"kk": ""}),
    ("text", "kind", {"kk": 1}),
    ("text", "length", {"en": "x" * 2_001}),
    ("fields", "kind", {}),
    ("fields", "kind", ["payment"]),
    ("fields", "field_kind", [{"kind": "signature"}]),
    ("fields", "field_kind", [{"kind": ["payment"]}]),
    ("fields", "payments", [PAYMENT, PAYMENT]),
    ("fields", "length", [DOCUMENT] * 21),
    ("fields", "amount", [{**PAYMENT, "amount": 0}]),
    ("fields", "amount", [{**PAYMENT, "amount": -1}]),
    ("fields", "amount", [{**PAYMENT, "amount": LARGEST_AMOUNT + 1}]),
    ("fields", "kind", [{**PAYMENT, "amount": 12_500.0}]),
    ("fields", "kind", [{**PAYMENT, "amount": "12500"}]),
    ("fields", "kind", [{**PAYMENT, "amount": True}]),
    ("fields", "currency", [{**PAYMENT, "currency": "kzt"}]),
    ("fields", "currency", [{**PAYMENT, "currency": "XXX"}]),
    ("fields", "digest", [{**DOCUMENT, "digest": "A" * 42 + "B"}]),
    ("fields", "digest", [{**DOCUMENT, "digest": "A" * 44}]),
    ("fields", "empty", [{**LABELLED, "label": {"kk": "Тапсырыс", "ru": "Заказ"}}]),
    ("fields", "kind", [{**LABELLED, "content": 5}]),
]


@pytest.mark.parametrize(
    ("name", "rule", "value"), REFUSED, ids=[f"{n}-{r}-{i}" for i, (n, r, _) in enumerate(REFUSED)]
)
def test_a_statement_that_breaks_a_rule_is_refused_and_the_rule_is_named(name: str, rule: str, value: Any) -> None:
    with pytest.raises(StatementRefused) as refused:
        statement(**{name: value})
    assert refused.value.rule == rule
    assert refused.value.member.startswith(name) or refused.value.member == f"statement.{name}"


def test_a_statement_without_fields_and_without_text_is_refused() -> None:
    with pytest.raises(StatementRefused) as refused:
        statement(act="other", fields=[], text={})
    assert refused.value.rule == "empty"


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, [["a"]]])
def test_what_is_no_object_of_these_members_is_refused(value: Any) -> None:
    with pytest.raises(StatementRefused):
        Statement.of(value)


def test_the_largest_amount_is_taken() -> None:
    payment = statement(fields=[{**PAYMENT, "amount": LARGEST_AMOUNT}]).payment
    assert payment is not None
    assert payment.amount == LARGEST_AMOUNT


def test_a_login_has_a_statement_of_its_own_kind_and_domain() -> None:
    value = login_value()
    asked = LoginStatement.of(value)
    wanted = hashlib.sha256(b"authsvc/authentication/v1\x00" + rfc8785.dumps(value)).digest()
    assert asked.digest() == base64.urlsafe_b64encode(wanted).rstrip(b"=").decode()
    assert LoginStatement.of(parse_canonical(asked.canonical())) == asked


def test_neither_kind_of_statement_reads_as_the_other() -> None:
    with pytest.raises(StatementRefused):
        Statement.of(login_value())
    with pytest.raises(StatementRefused):
        LoginStatement.of(statement_value())
    with pytest.raises(StatementRefused):
        LoginStatement.of(login_value(kind="payment"))


def test_a_login_may_be_by_eds_and_a_confirmation_never() -> None:
    assert LoginStatement.of(login_value(methods=[["eds"]])).methods == (("eds",),)
    with pytest.raises(StatementRefused):
        statement(methods=[["eds"]])
