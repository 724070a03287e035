"""`/signatures`: a person hands in a signed file and reads the verdict. Nothing is kept and nothing recorded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authsvc.keys import b64url
from authsvc.limits import Budget
from authsvc.verify import Signed, judge
from authsvc.web.callers import ip_of
from authsvc.web.dates import write_moment
from authsvc.web.pages import language_of, read_uploads, render, service_of
from signatures import Indication, Outcome, Report, SignatureReport, SignaturesError, Signer
from signatures.kazakhstan import InformationSystem, Representative
from signatures.words import ERRORS, INDICATIONS, SUB_INDICATIONS, describe_want, sentence, shorten

FILE_BYTES = 20 * 1024 * 1024
"""Of the two files together; what is longer goes through the API."""
LOOKS = Budget("verdicts", 60, 3_600_000)
"""Files that one address hands in within an hour: anybody may, and each costs processor time."""
MOST_CHECKS = 200
"""Of one signature that the page lists; the API gives them all."""

Tone = Literal["good", "bad", "open"]
TONES: dict[Indication, Tone] = {Indication.TOTAL_PASSED: "good", Indication.TOTAL_FAILED: "bad"}

Row = tuple[str, Sequence[str]]
"""Code of a label, and its lines."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One signature as the page shows it. `checks`: (code of the outcome, the sentence)."""

    number: int
    tone: Tone
    text: str
    reason: str
    rows: Sequence[Row]
    failures: Sequence[str]
    warnings: Sequence[str]
    checks: Sequence[tuple[str, str]]


async def show(request: Request) -> Response:
    """GET /signatures: the form."""
    return _form(request)


async def verify(request: Request) -> Response:
    """POST /signatures: the verdict about the file; what is no signed document is told by its kind."""
    svc, locale = service_of(request), language_of(request)
    _, files = await read_uploads(request, ("signed", "content"))
    signed, content = files["signed"], files["content"]
    if not signed.data:
        return _form(request, refusal="verdict.choose")
    await svc.limits.spend(LOOKS, b64url(svc.keys.mac("address", ip_of(request).encode())))
    try:
        judged = await judge(svc, Signed(signed.data, content.data if content.name else None), svc.clock.now())
    except SignaturesError as refusal:
        text = ERRORS[refusal.code if refusal.code in ERRORS else "malformed"].say(locale)
        return render(request, "signature_refused.html", status=422, text=text, file=signed.name)
    report = judged.report
    return render(
        request,
        "signature_verdict.html",
        file=signed.name,
        digest=sha256(signed.data).hexdigest(),
        policy=report.policy,
        verdicts=[_show(one, number, locale) for number, one in enumerate(report.signatures, 1)],
        missing=[describe_want(want, locale) for want in report.wants],
        failures=_failures(report, locale),
    )


def _form(request: Request, refusal: str = "") -> Response:
    megabytes = FILE_BYTES // (1024 * 1024)
    return render(request, "signature.html", status=422 if refusal else 200, refusal=refusal, megabytes=megabytes)


def _show(one: SignatureReport, number: int, locale: str) -> Verdict:
    return Verdict(
        number,
        TONES.get(one.indication, "open"),
        INDICATIONS[one.indication].say(locale),
        SUB_INDICATIONS[one.sub_indication].say(locale) if one.sub_indication else "",
        [row for row in _rows(one, locale) if row[1]],
        [sentence(check, locale) for check in one.failures],
        [sentence(check, locale) for check in one.checks if check.outcome is Outcome.WARNING],
        [(f"verdict.{check.outcome.value}", sentence(check, locale)) for check in one.checks[:MOST_CHECKS]],
    )


def _rows(one: SignatureReport, locale: str) -> Iterator[Row]:
    signer = one.signer
    if signer is not None:
        proven = one.indication is Indication.TOTAL_PASSED
        yield "verdict.signer" if proven else "verdict.claimed_signer", [_name(signer)]
        yield "verdict.iin", [signer.iin] if signer.iin else []
        yield "verdict.bin", [signer.bin] if signer.bin else []
        named = signer.certificate.subject.first("2.5.4.10")
        is_entity = isinstance(signer.identity, Representative | InformationSystem)
        yield "verdict.organisation", [named] if named and is_entity else []
    proven_time = one.best_signature_time_source != "validation_time"
    yield "verdict.time_proven" if proven_time else "verdict.time_now", [_moment(one.best_signature_time, locale)]
    yield "verdict.time_claimed", [_moment(one.claimed_time, locale)] if one.claimed_time else []
    yield "verdict.form", [" ".join(part for part in (one.container, one.format, one.level) if part)]
    yield "verdict.path", [shorten(each.subject.text) for each in one.path]


def _name(signer: Signer) -> str:
    """The common name; in the profile of Kazakhstan the patronymic stands apart, as the given name."""
    patronymic = signer.certificate.subject.first("2.5.4.42") if signer.identity is not None else None
    return f"{signer.name} {patronymic}" if patronymic else signer.name


def _failures(report: Report, locale: str) -> list[str]:
    """What is to say of the file as a whole."""
    return [sentence(check, locale) for check in report.checks if check.outcome is Outcome.FAILED]


def _moment(moment: datetime, locale: str) -> str:
    return f"{write_moment(int(moment.timestamp() * 1000), locale)} (UTC+5)"


ROUTES = (
    Route("/signatures", show, methods=["GET"]),
    Route("/signatures", verify, methods=["POST"]),
)
