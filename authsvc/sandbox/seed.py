"""The sandbox's world: invented citizens, relying parties and a test PKI, made once and kept in the data directory.

`world.json` and `pki.json` hold passwords and private keys of people who don't exist; both have mode 0600.
"""

import json
import os
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from authsvc import accounts, app, staff
from authsvc.accounts import Enrolment
from authsvc.clock import SystemClock
from authsvc.errors import ConfigurationError
from authsvc.keys import Es256Key, b64url
from authsvc.oidc import clients, registration
from authsvc.oidc.relying_party import CIBA_GRANT, DEVICE_GRANT, EXCHANGE_GRANT, RelyingParty
from authsvc.oidc.scopes import API_SCOPES
from authsvc.outside import Channel
from authsvc.sandbox import notaries
from authsvc.sealing import FILE as SEAL_FILE
from authsvc.service import Service
from authsvc.settings import Settings
from authsvc.trust import HOSTS
from authsvc.web.sandbox.authorities import STAMPING, Authorities, tsas_at
from authsvc.web.sandbox.bank import CALLBACK
from authsvc.web.sandbox.phones import Phones
from authsvc.web.sandbox.pki import TestPki, invent_bin, invent_iin

LOG_ORIGIN = "test.sandbox.authsvc/1"
REDIRECT = "http://127.0.0.1:48931/cb"
BYE = "http://127.0.0.1:48931/bye"
BACK_CHANNEL = "http://127.0.0.1:48931/backchannel"
PORT = 8000
"""Where `./dev up` serves unless told otherwise."""
REGISTRATION_DAYS = 3_650
GROUND = "sandbox: invented people, enrolled by the sandbox itself"
SCOPES = ("openid", "profile", "phone", "offline_access", *API_SCOPES)
GRANTS = ("authorization_code", "refresh_token", DEVICE_GRANT, "client_credentials", EXCHANGE_GRANT, CIBA_GRANT)
RESOURCE = "https://api.example.kz"
"""A resource beside the service itself that the relying parties may ask tokens for."""

CITIZENS = (
    ("aigul", "Ахметова Айгүл Серікқызы", "kk", date(1890, 5, 17), "+77010000001"),
    ("ivan", "Петров Иван Сергеевич", "ru", date(1885, 2, 3), "+77010000002"),
    ("dana", "Kim Dana", "en", date(1899, 11, 30), "+77010000003"),
)
"""Login, name, locale, date of birth (before 1900, so that nobody alive has the number), phone."""
STAFF = (
    ("auditor", "auditor", "Сейітова Мәдина Ерланқызы", "kk", date(1884, 4, 12), "+77010000011"),
    ("auditor", "auditor2", "Орлов Пётр Андреевич", "ru", date(1881, 9, 8), "+77010000012"),
    ("reviewer", "reviewer", "Абаева Сәуле Болатқызы", "kk", date(1879, 1, 25), "+77010000013"),
    ("reviewer", "reviewer2", "Лебедев Олег Иванович", "ru", date(1883, 7, 19), "+77010000017"),
    ("operator", "operator", "Ким Виктор Олегович", "ru", date(1886, 6, 30), "+77010000014"),
    ("support", "support", "Stone Ella", "en", date(1888, 3, 17), "+77010000015"),
    ("enroller", "enroller", "Нұрлан Ержан Асанұлы", "kk", date(1882, 12, 1), "+77010000016"),
)
"""Role, and as above; two auditors and two reviewers, so that four eyes are possible."""
PARTIES = {
    "basic": ("kerege-bank", "Kerege Bank", "Кереге Банк", "Kerege Bank"),
    "pkjwt": ("esep-kz", "Есеп қызметі", "Сервис «Есеп»", "Esep service"),
    "public": ("qalta", "Qalta қолданбасы", "Приложение Qalta", "Qalta app"),
}
"""Kind to client id and the name in kk, ru and en."""


@dataclass(frozen=True, slots=True)
class World:
    """What the sandbox file tells of the people and the relying parties; `pki` signs for them."""

    subjects: list[dict[str, str]]
    clients: dict[str, dict[str, Any]]
    staff: list[dict[str, str]]
    initial_access_token: str
    pki: TestPki
    phones: Phones
    stampers: Authorities

    @property
    def channels(self) -> dict[str, Channel]:
        """Everything that is sent to a person comes to their virtual phone."""
        return {"sms": self.phones, "email": self.phones}

    def sandbox_file(self, settings: Settings, vkey: str) -> dict[str, object]:
        """The members of the contract's sandbox file as far as what they name exists."""
        return {
            "issuer": settings.issuer,
            "log": {"url": f"{settings.issuer}/log", "vkey": vkey},
            "initial_access_token": self.initial_access_token,
            "subjects": self.subjects,
            "clients": self.clients,
            "staff": self.staff,
            "phone": f"{settings.issuer}/sandbox/phones/{{login}}",
            "ciba_decision": f"{settings.issuer}/sandbox/ciba",
        }


def settings_of(data: Path, port: int) -> Settings:
    """The sandbox's settings over this data directory; the fence stands beside it, never in it."""
    return Settings(
        issuer=f"http://localhost:{port}",
        log_origin=LOG_ORIGIN,
        database=str(data / "authsvc.sqlite"),
        keys_dir=data / "keys",
        trust_dir=data / "trust",
        fence_file=data.parent / f"{data.name}.fence.json",
        environment="test",
        organisation="authsvc sandbox",
        port=port,
        certificate_proxies=("127.0.0.1/32", "::1/128"),
        ncanode_networks=("127.0.0.0/8", "::1/128"),
        log_entries_public=True,
        tsa=tsas_at(f"http://localhost:{port}"),
        witness_policy_file=data / "witnesses" / "policy",
        witness_holders_file=data / "witnesses" / "holders",
        publish_ms=100,
        sends_an_hour=60,
        sends_a_day=500,
    )


async def make(settings: Settings, data: Path) -> None:
    """Make keys, log, PKI and the people. ConfigurationError unless the directory is empty or absent: what lies there
    may be another deployment's, whose trust store must get no test anchor."""
    _demand_empty(data)
    pki = _make_pki(settings, data)
    await app.initialise(settings, ground="sandbox")
    write_seal_key(pki, settings)
    async with app.opened(settings, channels={}, http=notaries.connect(settings, data)) as svc:
        subjects = [await _enrol(svc, *citizen) for citizen in CITIZENS]
        parties = {kind: await _register(svc, kind) for kind in PARTIES}
        members = [await _appoint(svc, *member) for member in STAFF]
        opens = await registration.open_registration(svc, days=REGISTRATION_DAYS)
    kept = {"subjects": subjects, "clients": parties, "staff": members, "initial_access_token": opens}
    write_private(data / "world.json", json.dumps(kept, ensure_ascii=False))


def _demand_empty(data: Path) -> None:
    if data.exists() and any(data.iterdir()):
        raise ConfigurationError(f"{data} is not empty and no whole sandbox; name another directory, or remove it")


def _make_pki(settings: Settings, data: Path) -> TestPki:
    data.mkdir(parents=True, exist_ok=True)
    now = SystemClock().now()
    pki = TestPki.create(at=now - 86_400_000, entropy=os.urandom, base_url=f"{settings.issuer}/sandbox/pki")
    write_private(data / "pki.json", pki.to_json())
    write_trust(pki, data / "trust", now)
    return pki


def write_seal_key(pki: TestPki, settings: Settings) -> None:
    """The organisation's seal over packages, from the test PKI: private key, then the certificates up to the anchor."""
    authority = pki.authority("rsa")
    bin_ = invent_bin(date(1995, 3, 1), 11)
    own = authority.issue_system(name="authsvc sandbox", bin=bin_, organization=settings.organisation)
    path = (own, authority.issuing.credential, authority.root.credential)
    pem = "".join(DER_cert_to_PEM_cert(each.certificate_der) for each in path)
    write_private(settings.keys_dir / SEAL_FILE, own.key.to_pem() + pem)


def load(data: Path) -> World:
    """The people of a sandbox that was made before. ConfigurationError when there is none."""
    try:
        stored = json.loads((data / "world.json").read_text(encoding="utf-8"))
        pki = TestPki.from_json((data / "pki.json").read_text(encoding="utf-8"), entropy=os.urandom)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{data} holds no sandbox") from error
    write_trust(pki, data / "trust", SystemClock().now())
    numbers = {login: address for login, _, _, _, address in CITIZENS}
    phones = Phones(numbers | {login: address for _, login, _, _, _, address in STAFF})
    return World(
        stored["subjects"],
        stored["clients"],
        stored["staff"],
        stored["initial_access_token"],
        pki,
        phones,
        Authorities.of(pki),
    )


def write_trust(pki: TestPki, directory: Path, now: int) -> None:
    """The service's trust store: the roots as anchors; issuing certificates and fresh CRLs as evidence, and the sandbox
    itself as the host where later ones are fetched. For time stamps the CRLs are fetched."""
    anchors, evidence = directory / "anchors", directory / "evidence"
    for folder in (anchors, evidence):
        folder.mkdir(parents=True, exist_ok=True)
    for family, authority in pki.authorities.items():
        (anchors / f"{family}-root.cer").write_bytes(authority.root.credential.certificate_der)
        (evidence / f"{family}-issuing.cer").write_bytes(authority.issuing.credential.certificate_der)
        (evidence / f"{family}-root.crl").write_bytes(authority.root_crl(now))
        (evidence / f"{family}-issuing.crl").write_bytes(authority.crl(now))
    hosts = {urlsplit(authority.base_url).netloc for authority in pki.authorities.values()}
    (directory / HOSTS).write_text("".join(f"{host}\n" for host in sorted(hosts)), encoding="utf-8")
    stamping = directory / "tsa" / "evidence"
    stamping.mkdir(parents=True, exist_ok=True)
    for family in STAMPING:
        authority = pki.authority(family)
        (directory / "tsa" / f"{family}-root.cer").write_bytes(authority.root.credential.certificate_der)
        (stamping / f"{family}-issuing.cer").write_bytes(authority.issuing.credential.certificate_der)


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, never readable for a moment by others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)


async def _enrol(svc: Service, login: str, name: str, locale: str, born: date, address: str) -> dict[str, str]:
    iin = invent_iin(born, len(address) * 7)
    password = f"{login}-{svc.entropy(9).hex()}"
    secret = b32encode(svc.entropy(20)).decode()
    await accounts.enrol(svc, Enrolment(login, password, secret, iin, name, locale, address, GROUND))
    return {
        "login": login,
        "password": password,
        "totp_secret": secret,
        "iin": iin,
        "name": name,
        "locale": locale,
    }


async def _appoint(
    svc: Service, role: str, login: str, name: str, locale: str, born: date, address: str
) -> dict[str, str]:
    """Enrol a member of staff and give them their role; what the contract's sandbox file tells of them."""
    told = await _enrol(svc, login, name, locale, born, address)
    found = await accounts.person_by_login(svc, told["login"])
    if found is None:
        raise ConfigurationError("the sandbox's own person is not there")
    await staff.give(svc, found.id, found.subject, role, ground=GROUND)
    return {**{name: told[name] for name in ("login", "password", "totp_secret")}, "role": role}


async def _register(svc: Service, kind: str) -> dict[str, object]:
    client_id, *names = PARTIES[kind]
    private = ec.generate_private_key(ec.SECP256R1()) if kind == "pkjwt" else None
    key = Es256Key.of(private) if private else None
    public = {**key.jwk, "kid": key.kid, "alg": "ES256", "use": "sig"} if key else None
    party = RelyingParty(
        id=client_id,
        name=dict(zip(("kk", "ru", "en"), names, strict=True)),
        auth_method={"basic": "client_secret_basic", "pkjwt": "private_key_jwt", "public": "none"}[kind],
        redirect_uris=bank_redirects(svc.settings) if kind == "basic" else (REDIRECT,),
        grant_types=GRANTS[:3] if kind == "public" else GRANTS,
        scopes=SCOPES[:4] if kind == "public" else SCOPES,
        resources=(RESOURCE,),
        extra={"post_logout_redirect_uris": [BYE], "backchannel_logout_uri": BACK_CHANNEL, "ciba_number_display": True},
        jwks=(public,) if public else (),
    )
    secret = (await clients.register(svc, party, ground=GROUND)).client_secret
    said: dict[str, object] = {"client_id": client_id}
    if secret:
        said["client_secret"] = secret
    if private and public:
        said["jwk"] = _private_jwk(private, public)
    return said


def bank_redirects(settings: Settings) -> tuple[str, ...]:
    """Redirect URIs of the bank: the contract's own, and its pages at the default port and at the one of the making."""
    pages = dict.fromkeys(f"{issuer}{CALLBACK}" for issuer in (f"http://localhost:{PORT}", settings.issuer))
    return (REDIRECT, *pages)


def _private_jwk(private: ec.EllipticCurvePrivateKey, public: Mapping[str, str]) -> dict[str, str]:
    return {**public, "d": b64url(private.private_numbers().private_value.to_bytes(32))}
