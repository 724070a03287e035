"""Every refusal has its row; a fault tells nothing; what is told fits the wire that it is told on."""

import importlib
import pkgutil
from collections.abc import Iterator

import orjson
import pytest

import authsvc
import confirmations
import signatures
from authsvc import errors as house_errors
from authsvc.errors import AuthsvcError, Overloaded, TooManyAttempts, Unauthenticated
from authsvc.evidence.errors import EvidenceError
from authsvc.oidc.errors import InsufficientScope, InvalidClient, InvalidGrant, InvalidToken, OAuthError, TokenMissing
from authsvc.web import problems
from authsvc.web.errors import MethodRefused
from authsvc.web.words import LOCALES
from confirmations.errors import ConfirmationError, StatementRefused, WrongAnswer
from signatures.errors import SignaturesError
from signatures.gost.verify import GostError
from tests.authsvc.web.conftest import House

OURS = ("authsvc.", "confirmations.", "signatures.")


def _everything_imported() -> None:
    for package in (authsvc, confirmations, signatures):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(
                ("authsvc.web.sandbox", "authsvc.sandbox", "authsvc.cli", "authsvc.__main__")
            ):
                importlib.import_module(module.name)


def _tree(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


def test_every_error_of_the_house_and_of_both_law_books_has_a_row() -> None:
    _everything_imported()
    roots = (AuthsvcError, EvidenceError, ConfirmationError, SignaturesError, GostError)
    without = {
        f"{kind.__module__}.{kind.__qualname__}"
        for root in roots
        for kind in _tree(root)
        if kind.__module__.startswith(OURS) and kind not in problems.STATUS
    }
    assert without == set()


def test_wire_codes_are_of_one_alphabet() -> None:
    for kind in problems.STATUS:
        code = getattr(kind, "code", "")
        assert code == "" or code.replace("_", "").isalnum(), kind


def test_a_problem_document_says_code_status_rule_and_request() -> None:
    failure = problems.problem(house_errors.InvalidRequest("lifetime: whole seconds are expected"), "01a2")
    assert failure.status == 400
    assert failure.headers["content-type"] == "application/problem+json"
    assert orjson.loads(failure.body) == {
        "type": "urn:authsvc:problem:invalid_request",
        "title": "Bad Request",
        "status": 400,
        "code": "invalid_request",
        "detail": "lifetime: whole seconds are expected",
        "instance": "urn:uuid:01a2",
    }


def test_a_refused_statement_names_the_member_and_the_rule() -> None:
    said = orjson.loads(problems.problem(StatementRefused("fields[0].amount", "amount", "not positive"), "1").body)
    assert (said["status"], said["member"], said["rule"]) == (422, "fields[0].amount", "amount")


def test_a_fault_tells_nothing_but_its_number() -> None:
    failure = problems.problem(RuntimeError("890517300012 at /var/lib/authsvc"), "01a2")
    said = orjson.loads(failure.body)
    assert said["status"] == 500
    assert said["code"] == "fault"
    assert "detail" not in said
    assert b"890517300012" not in failure.body


def test_evidence_that_does_not_read_is_our_fault_and_told_without_detail() -> None:
    failure = problems.problem(EvidenceError("entry 7 of subject iin:890517300012"), "1")
    assert failure.status == 500
    assert b"890517300012" not in failure.body


def test_a_spent_budget_says_when_there_is_room_again() -> None:
    failure = problems.problem(TooManyAttempts("later", 1_795_514_400_000), "1")
    assert failure.status == 429
    assert failure.headers["retry-after"] == "Tue, 24 Nov 2026 10:00:00 GMT"


def test_a_full_pool_is_told_with_its_code() -> None:
    failure = problems.problem(Overloaded("too many at once"), "1")
    assert (failure.status, orjson.loads(failure.body)["code"]) == (503, "overloaded")
    assert "retry-after" in failure.headers


def test_the_challenge_of_a_missing_token_carries_no_error_code() -> None:
    assert problems.problem(TokenMissing("no token"), "1").headers["www-authenticate"] == 'Bearer realm="authsvc"'
    assert problems.problem(Unauthenticated("sign in"), "1").headers["www-authenticate"] == 'Bearer realm="authsvc"'


@pytest.mark.parametrize(("error", "status"), [(InvalidToken, 401), (InsufficientScope, 403)])
def test_the_challenge_of_a_bad_token_names_the_error(error: type[AuthsvcError], status: int) -> None:
    failure = problems.problem(error('a "quoted" reason'), "1")
    assert failure.status == status
    assert f'error="{error.code}"' in failure.headers["www-authenticate"]
    assert '"quoted"' not in failure.headers["www-authenticate"]


def test_a_refused_method_lists_those_that_are_known() -> None:
    assert problems.problem(MethodRefused("no", ("GET", "POST")), "1").headers["allow"] == "GET, POST"


def test_oauth_refusals_have_their_own_form_and_are_never_stored() -> None:
    failure = problems.oauth_failure(InvalidGrant())
    said = orjson.loads(failure.body)
    assert (failure.status, said["error"]) == (400, "invalid_grant")
    assert failure.headers["cache-control"] == "no-store"
    assert problems.oauth_failure(InvalidClient()).headers["www-authenticate"].startswith("Basic ")


def test_an_oauth_description_stays_in_its_alphabet() -> None:
    said = orjson.loads(problems.oauth_failure(OAuthError('пароль "x"\\')).body)
    assert said["error"] == "server_error"
    assert set(problems.oauth_description(InvalidGrant('пароль "x"\\\n'))) <= {chr(n) for n in range(0x20, 0x7F)} - {
        '"',
        "\\",
    }


def test_oauth_faults_tell_nothing() -> None:
    failure = problems.oauth_failure(RuntimeError("890517300012"))
    assert (failure.status, orjson.loads(failure.body)) == (500, {"error": "server_error"})


def test_people_are_told_every_refusal_in_their_language() -> None:
    for error in (WrongAnswer(), TooManyAttempts("x", 1_795_514_400_000), house_errors.NotFound("x"), RuntimeError()):
        told = {locale: problems.words_for(error, locale) for locale in LOCALES}
        assert len(set(told.values())) == 3, told


@pytest.mark.anyio
@pytest.mark.parametrize(("language", "lang"), [("kk", "kk"), ("ru-KZ,ru;q=0.9", "ru"), ("en", "en"), ("fr", "kk")])
async def test_a_person_gets_a_page_in_their_language(house: House, language: str, lang: str) -> None:
    response = await house.client(**{"accept-language": language}).get("/nothing-here")
    assert response.status_code == 404
    assert f'<html lang="{lang}">' in response.text
    assert response.headers["content-language"] == lang
    assert response.headers["x-request-id"] in response.text


@pytest.mark.anyio
async def test_a_program_gets_a_problem_document(house: House) -> None:
    response = await house.client().get("/v1/nothing-here")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"] == f"urn:uuid:{response.headers['x-request-id']}"
