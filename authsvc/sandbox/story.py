"""The demonstration's chapters, each over real HTTP: login, confirmations, signatures, the stranger, the court."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx2
import pyotp

from authsvc.client import Answer, Client, Conversation
from authsvc.clock import SystemClock
from authsvc.sandbox import stranger
from authsvc.sandbox.browser import Browser, Page
from authsvc.sandbox.narrator import Narrator
from authsvc.sandbox.relying_party import RelyingPartyClient, Tokens, read_jws
from authsvc.sandbox.seed import LOG_ORIGIN, PARTIES, World
from authsvc.sandbox.transport import tls
from authsvc.web.sandbox.pki import Authority, Credential, Reason, Role, TestPki, invent_bin, sign_cms
from confirmations import words
from signatures import LOGIN_CHALLENGE_KIND, Check, Outcome, Want, WantKind
from signatures.words import describe_want, sentence, shorten

HOUR = 3_600_000
_FOUNDED = date(1995, 3, 1)
PAYMENT = {
    "act": "payment",
    "fields": [
        {"kind": "payment", "payee": "ТОО «Жібек жолы»", "amount": 12_500_000, "currency": "KZT"},
        {"kind": "document", "name": "invoice-1147.pdf", "digest": "4x6nR0CmGXjy0cV0DBjJrHwvjcyYhWSKn5nfQUd-S0U"},
    ],
    "text": {
        "kk": "№ 1147 шот бойынша төлем",
        "ru": "Оплата по счёту № 1147",
        "en": "Payment of invoice No. 1147",
    },
}
CHANGE = {
    "act": "change",
    "fields": [],
    "text": {
        "kk": "Байланыс мекенжайын өзгерту",
        "ru": "Изменение адреса для связи",
        "en": "Change of the contact address",
    },
}
LETTER = "Құрметті әріптестер! Уважаемые коллеги! Келісім күшіне енді.\n".encode()
AGREEMENT = "Келісім № 7: тараптар төлем тәртібін бекітті.\n".encode()
INVOICE = "Счёт № 1147 на 125 000 тенге.\n".encode()


@dataclass
class Told:
    """What the chapters leave for each other: proofs that were given, records that matter, receipts by name."""

    proofs: list[tuple[str, str]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)


@dataclass
class Story:
    """One telling. `issuer` is the running service."""

    issuer: str
    vkey: str
    world: World
    narrator: Narrator
    bank: RelyingPartyClient
    asking: Client
    """The bank's confirmations, by the SDK."""
    told: Told = field(default_factory=Told)

    @property
    def citizen(self) -> Mapping[str, str]:
        """Whom the story is about."""
        return self.world.subjects[0]

    # --- 2: login ---

    async def log_in(self, browser: Browser) -> Tokens:
        """The citizen signs in with two factors and consents; the relying party gets its tokens."""
        self.narrator.chapter("2")
        locale = self.narrator.locale
        party = dict(zip(("kk", "ru", "en"), PARTIES["basic"][1:], strict=True))[locale]
        self.narrator.line("2.sent", party=party, name=self.citizen["name"])
        visit = await self.bank.begin_login(scope="openid profile", locale=locale)
        page = await browser.open(visit.url)
        page = await browser.submit(page, {"login": self.citizen["login"], "password": self.citizen["password"]})
        code = pyotp.TOTP(self.citizen["totp_secret"]).at(SystemClock().now() // 1000)
        page = await browser.submit(page, {"code": code})
        self.narrator.line("2.factors")
        if not page.left:
            page = await browser.submit(page, {}, "allow")
            self.narrator.line("2.consent")
        tokens = await self.bank.finish_login(visit, page.left)
        claims = tokens.claims
        self.told.acts.append(claims["authentication_record"])
        self.narrator.line(
            "2.token", acr=claims["acr"], amr=", ".join(claims["amr"]), record=claims["authentication_record"]
        )
        return tokens

    # --- 3: confirmations ---

    async def confirm(self, browser: Browser, subject: str) -> None:
        """One act confirmed at the second try, another declined; each with its receipt."""
        self.narrator.chapter("3")
        opened = await self._ask(PAYMENT, subject, "demo-payment")
        message = (await self._messages())[0]
        self.narrator.line("3.message")
        self.narrator.quote(message["text"])
        page = await browser.open(opened.page)
        self.narrator.line("3.shown")
        self.narrator.quote(_statement(page))
        page = await browser.submit(page, {"code": "0000 0000"}, "confirm")
        self.narrator.line("3.wrong")
        await browser.submit(page, {"code": message["code"]}, "confirm")
        ended = await self._ended(opened, "payment")
        tries = ended.receipt.disclosed["tries"]
        self.narrator.line("3.right", outcome=_outcome(ended, self.narrator), tries=tries)
        self._tell_receipt(ended)
        opened = await self._ask(CHANGE, subject, "demo-change")
        page = await browser.open(opened.page)
        await browser.submit(page, {}, "decline")
        ended = await self._ended(opened, "change")
        self.narrator.line("3.declined", outcome=_outcome(ended, self.narrator))

    async def _ask(self, act: Mapping[str, Any], subject: str, key: str) -> Conversation:
        return await self.asking.open(subject, act["act"], fields=act["fields"], text=act["text"], key=key)

    async def _ended(self, opened: Conversation, name: str) -> Answer:
        ended = await self.asking.follow(opened)
        _, payload = read_jws(ended.token)
        self.told.receipts[name] = ended.token
        self.told.proofs.append((payload["proof"], payload["entry"]))
        self.told.acts.append(ended.record)
        return ended

    def _tell_receipt(self, ended: Answer) -> None:
        header, payload = read_jws(ended.token)
        size = stranger.check_proof(payload["proof"], payload["entry"], self.vkey, LOG_ORIGIN)
        index = next(line for line in payload["proof"].splitlines() if line.startswith("index "))[6:]
        self.narrator.line("3.receipt", typ=header["typ"], index=index, size=size)
        for said in words.say_authorship(("code",), self.narrator.locale):
            self.narrator.detail(said)
        self.narrator.detail(words.NOT_A_SIGNATURE.say(self.narrator.locale))

    async def _messages(self) -> list[dict[str, str]]:
        async with httpx2.AsyncClient(timeout=30, verify=tls()) as client:
            for _ in range(50):
                response = await client.get(f"{self.issuer}/sandbox/phones/{self.citizen['login']}")
                messages: list[dict[str, str]] = response.json()
                if messages:
                    return messages
        raise RuntimeError("no message came")

    # --- 4: signatures ---

    async def verify(self) -> None:
        """Six documents and two things that are none."""
        self.narrator.chapter("4")
        made = _Documents(self.world.pki, self.citizen["name"], self.citizen["iin"])
        await self._report("4.gost", made.gost)
        await self._report("4.rsa", made.rsa)
        await self._report("4.ecdsa", made.ecdsa, LETTER)
        await self._report("4.tampered", made.ecdsa, LETTER.replace("Уважаемые".encode(), "Уважаемыя".encode()))
        await self._report("4.revoked", made.revoked, evidence=[made.revoking_crl])
        await self._report("4.no_crl", made.without_crl)
        for code, refused in (("4.receipt", self.told.receipts["payment"].encode()), ("4.challenge", made.challenge)):
            response = await self.bank.call("POST", "/v1/signatures", {"signed": _b64(refused)})
            kind = response.json()["code"] if response.status_code == 422 else "?!"
            self.narrator.line(code, refusal=kind)

    async def _report(
        self, title: str, signed: bytes, content: bytes | None = None, evidence: list[bytes] | None = None
    ) -> None:
        body: dict[str, object] = {"signed": _b64(signed), "name": self.narrator.say(title), "keep": True}
        if content is not None:
            body["content"] = _b64(content)
        if evidence:
            body["evidence"] = [_b64(each) for each in evidence]
        said = _good(await self.bank.call("POST", "/v1/signatures", body), 200)
        report = said["report"]
        one = report["signatures"][0]
        sub = f"/{one['sub_indication']}" if one["sub_indication"] else ""
        self.narrator.line("4.report", title=self.narrator.say(title), indication=one["indication"] + sub)
        self._tell_why(one, report)
        for record in said["records"]:
            self.told.proofs.append((record["proof"], record["entry"]))
            self.told.acts.append(record["id"])

    def _tell_why(self, one: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Who signed and by which path; or what is wrong, in the verifier's own sentences."""
        if one["indication"] == "TOTAL-PASSED":
            signer = one["signer"]
            who = ", ".join(self.narrator.say(f"4.{key}", number=signer[key]) for key in ("iin", "bin") if signer[key])
            path = " → ".join(shorten(each["subject"]) for each in one["path"][1:])
            at = report["validation_time"]
            self.narrator.detail(self.narrator.say("4.signer", name=signer["name"], who=who, at=at))
            self.narrator.detail(self.narrator.say("4.path", path=path))
            return
        for said in one["checks"]:
            if said["outcome"] == "failed":
                check = Check(said["code"], Outcome.FAILED, tuple(said["params"].items()))
                self.narrator.detail(sentence(check, self.narrator.locale))
        for want in report["wants"]:
            missing = Want(WantKind(want["kind"]), want["issuer"], want["subject"], want["serial"], want["key_id"])
            self.narrator.detail(self.narrator.say("4.missing", what=describe_want(missing, self.narrator.locale)))

    # --- 5: the stranger ---

    async def look_from_outside(self) -> None:
        """Somebody without any key of ours reads and recomputes the log."""
        self.narrator.chapter("5")
        async with httpx2.AsyncClient(timeout=60, verify=tls()) as client:

            async def fetch(path: str) -> bytes:
                response = await client.get(f"{self.issuer}/log/{path}")
                if response.status_code != 200:
                    raise stranger.Mismatch(f"{path}: {response.status_code}")
                return response.content

            seen = await stranger.read_log(fetch, self.vkey, LOG_ORIGIN)
        self.narrator.line("5.tree", size=seen.size)
        types = ", ".join(f"{name} {count}" for name, count in sorted(seen.types.items()))
        self.narrator.line("5.types", types=types)
        for proof, entry in self.told.proofs:
            stranger.check_proof(proof, entry, self.vkey, LOG_ORIGIN)
        self.narrator.line("5.proofs", count=len(self.told.proofs))


class _Documents:
    """The documents of chapter 4, signed by invented people under the test PKI."""

    def __init__(self, pki: TestPki, name: str, iin: str) -> None:
        now = SystemClock().now()
        head = _represent(pki.authority("gost"), name, iin, Role.HEAD)
        person = pki.authority("rsa").issue_person(name=name, iin=iin)
        employee = _represent(pki.authority("ecdsa"), name, iin, Role.EMPLOYEE)
        revoked = pki.authority("rsa").issue_person(name=name, iin=iin)
        pki.authority("rsa").revoke(revoked, now - HOUR, Reason.KEY_COMPROMISE)
        unknown = pki.authority("ecdsa").succeed(at=now - HOUR)
        stray = unknown.issue_person(name=name, iin=iin, at=now - HOUR)
        self.gost = _sign(AGREEMENT, head, now)
        self.rsa = _sign(INVOICE, person, now)
        self.ecdsa = sign_cms(LETTER, [employee], signing_time=now, detached=True)
        self.revoked = _sign(INVOICE, revoked, now)
        self.revoking_crl = pki.authority("rsa").crl(now)
        issuing = unknown.issuing.credential.certificate_der
        self.without_crl = sign_cms(INVOICE, [stray], signing_time=now, certificates=[issuing])
        challenge = {"kind": LOGIN_CHALLENGE_KIND, "nonce": "kT1mW0…", "origin": "http://localhost", "purpose": "login"}
        self.challenge = _sign(json.dumps(challenge, ensure_ascii=False).encode(), head, now)


def _represent(authority: Authority, name: str, iin: str, role: Role) -> Credential:
    company = invent_bin(_FOUNDED, 7)
    return authority.issue_representative(name=name, iin=iin, bin=company, organization="ТОО «Жібек жолы»", role=role)


def _sign(content: bytes, credential: Credential, now: int) -> bytes:
    return sign_cms(content, [credential], signing_time=now)


def _statement(page: Page) -> str:
    """The page's main part as text: what stands before the form."""
    text = page.text
    start = text.index("\n", text.index("authsvc sandbox", text.index("authsvc sandbox") + 1)) + 1
    return text[start:].split(words.NOT_A_SIGNATURE.say(page.read().lang))[0]


def _outcome(ended: Answer, narrator: Narrator) -> str:
    return words.OUTCOMES[ended.outcome].say(narrator.locale)


def _good(response: httpx2.Response, status: int) -> dict[str, Any]:
    if response.status_code != status:
        raise RuntimeError(f"{response.request.url.path} answered {response.status_code}: {response.text[:500]}")
    said: dict[str, Any] = response.json()
    return said


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
