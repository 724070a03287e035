"""Settings: one frozen dataclass, built by a pure function from TOML and `AUTHSVC_*`; the environment wins."""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from authsvc.custody import Custody
from authsvc.errors import ConfigurationError
from authsvc.gateways import Gateway, check_gateways, read_gateways

PREFIX = "AUTHSVC_"
ENVIRONMENTS = ("production", "test")
MANAGEMENT_PORT = 9090
PROXY_HEADERS = ("x-forwarded-for", "forwarded")
LEVELS = ("debug", "info", "warning", "error", "critical")
PUBLISH_MS = 1_000
"""Witnesses are shared by many logs, and a second signature takes 2,420 bytes for ever: one checkpoint a second."""

MOST_LEAD_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Tsa:
    """A time stamp authority (RFC 3161): its address, the policy to ask for, where the CRLs of its path lie, and who
    tells the status of its own certificate (OCSP)."""

    url: str
    policy: str = ""
    crls: tuple[str, ...] = ()
    ocsp: str = ""

    @classmethod
    def parse(cls, text: str) -> "Tsa":
        """`URL [policy=OID] [crl=URL]… [ocsp=URL]`, apart by spaces; ConfigurationError for anything else."""
        url, *rest = text.split() or [""]
        members = [(name, value) for name, _, value in (word.partition("=") for word in rest)]
        policies = [value for name, value in members if name == "policy"]
        crls = tuple(value for name, value in members if name == "crl")
        responders = [value for name, value in members if name == "ocsp"]
        known = len(policies) + len(crls) + len(responders) == len(members)
        fits = known and len(policies) <= 1 and len(responders) <= 1
        if not fits or not all(each.startswith(("http://", "https://")) for each in (url, *crls, *responders)):
            raise ConfigurationError(f"tsa: {text!r} is not `URL [policy=OID] [crl=URL]… [ocsp=URL]`")
        return cls(url, "".join(policies), crls, "".join(responders))


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. Paths are as given; times are seconds where the name says so."""

    issuer: str
    """The OAuth issuer, and the origin of all pages: scheme, host and port, no path, no trailing slash."""
    log_origin: str
    """Origin of the evidence log (C2SP tlog-checkpoint), for example log.example.kz/2026h2; test logs begin with
    `test.`."""
    database: str
    """A file path (SQLite) or a postgresql:// URL."""
    keys_dir: Path
    """Directory of the service's keys, outside the database and outside its backups."""
    keys_secret: str = ""
    """A passphrase under which the key file is sealed (by `keys_secret_file`): `init` and each change of keys write it
    so. Empty: the file lies open to its owner, mode 0600."""
    pkcs11_module: str = ""
    """The library of a PKCS#11 module: issuer, log and token keys are made there and sign there, and the key file is
    sealed under a key of it. Needs the extra `hsm`."""
    pkcs11_token: str = ""
    """The label of the token in the module."""
    pkcs11_pin: str = ""
    """Its user PIN (by `pkcs11_pin_file`)."""
    fence_file: Path = Path()
    """The last signed (size, root), outside the data directory and left out of backups (see evidence/fence.py)."""
    fence_url: str = ""
    """A second database for it in place of a file: `sqlite:///path` or a postgresql:// URL."""
    root_key_file: Path = Path()
    """The key `issuer/root`; `root.json` in `keys_dir` unless named. `serve` never reads it: keep it offline."""
    key_store: str = ""
    """Where the epoch keys of persons' values lie: a directory, or the postgresql:// URL of a second database; empty
    for `epochs` in `keys_dir`. Mirrored, never backed up with a history (docs/erasure.md)."""
    owner_database: str = ""
    """PostgreSQL: the owner's URL, for `init` and `migrate`; the role of `database` then only adds to the log."""
    redis_url: str = ""
    """Redis or Valkey for short-lived keys, which several processes must share: redis://, rediss:// or unix://; empty:
    in the database on PostgreSQL, in the one process on SQLite."""
    redis_cluster: bool = False
    """Whether `redis_url` names a node of a cluster, from which the others are learned."""
    trust_dir: Path = Path("trust")
    """Trust anchors (`anchors/`) and known CRLs and CA certificates (`evidence/`) for verifying EDS, as files."""
    gost_native: str = "auto"
    """GOST with the system's libcrypto and libgcrypt where they are there and pass their known answers (`auto`), or in
    plain Python (`off`)."""
    second_engines: str = ""
    """Second engines that must agree, by a scheme's family: `gost-34.10-2015=MODULE:NAME`, several apart by `;`. Where
    two differ the verdict is open, and an alarm rises."""
    dispute_days: int = 0
    """Days within which a person is told that their dispute is decided; 0: no period is promised or shown."""
    review_days: int = 0
    """Days within which a person may ask that a human reviews an automated decision; 0: no end, and none is shown."""
    settle_hours: int = 24
    """For so long the worker asks again for the status that a verdict waits for (TRY_LATER)."""
    environment: str = "production"
    ncalayer_url: str = "wss://127.0.0.1:13579"
    """Where the page of EDS finds NCALayer on the person's own device: wss:// or ws:// on the loopback; empty: files
    alone."""
    organisation: str = "authsvc"
    """Name of the operator, as pages and messages show it."""
    host: str = "127.0.0.1"
    port: int = 8000
    ncanode_networks: tuple[str, ...] = ()
    """Networks (CIDR) for which the NCANode-compatible paths answer; without any they are not there."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks (CIDR) of reverse proxies whose word about a caller's address is believed; of nobody else."""
    proxy_header: str = "x-forwarded-for"
    """The one header in which they say it: `x-forwarded-for` or `forwarded` (RFC 7239); the other is never read."""
    certificate_proxies: tuple[str, ...] = ()
    """Networks (CIDR) of reverse proxies that end TLS and hand on the certificate that a client showed; without any,
    there is no mutual TLS."""
    certificate_header: str = "client-cert"
    """The one header in which they hand it on: `client-cert` (RFC 9440), or another with percent-encoded PEM. They must
    drop it from what callers send."""
    mtls_origin: str = ""
    """A second origin of this service on which the proxy asks for certificates; empty: it asks on the issuer's own."""
    log_level: str = "info"
    """The least level of lines that are written: `debug`, `info`, `warning`, `error`, `critical`."""
    tracing_endpoint: str = ""
    """A collector of traces (OTLP over HTTP, `…/v1/traces`): requests, transactions and calls, no word about a person.
    Needs the extra `tracing`."""
    management_host: str = "127.0.0.1"
    """The address of the management port; it tells no secret, and is nobody's business all the same."""
    management_port: int = 0
    """Health and metrics, apart from the pages; 0: 9090 in production, and in the test environment the pages' own port
    answers. Process n of several on one machine takes the n-th port from here on."""
    security_contact: tuple[str, ...] = ()
    """Where a finding about this deployment is reported, as `/.well-known/security.txt` says it: `mailto:`, `https:` or
    `tel:`."""
    security_policy: str = ""
    """The page with your rules for reports, named there too."""
    approvals_to_start: int = 2
    """Persons who approve that a stopped method, relying party or authority starts again: 0, 1 or 2."""
    drain_seconds: int = 0
    """After SIGTERM a process says for so long that it is not ready, and still takes connections; behind a balancer as
    long as it takes to see that."""
    session_idle_seconds: int = 15 * 60
    session_absolute_seconds: int = 12 * 3600
    log_entries_public: bool = False
    """Whether everybody may read entry bundles; hash tiles and checkpoints are public anyway."""
    witness_policy_file: Path | None = None
    """The log's tlog-policy (C2SP): its witnesses with their submission prefixes, and the quorum. Without it nobody is
    asked."""
    witness_holders_file: Path | None = None
    """Who holds each witness of the policy: a line `NAME HOLDER`; `operator` for one of our own, which never counts."""
    publish_ms: int = 1_000
    """Milliseconds between two checkpoints that go to the witnesses."""
    sends_an_hour: int = 5
    """Codes that one address gets in an hour at most, whoever asks."""
    sends_a_day: int = 10
    tsa: tuple[Tsa, ...] = ()
    """Time stamp authorities that anchor the log, two and in order of preference: `URL [policy=OID] [crl=URL]…
    [ocsp=URL]` each, in the environment apart by `;`. Their anchors are files in `trust_dir/tsa/`, CRLs and CA
    certificates that are at hand in `trust_dir/tsa/evidence/`."""
    anchor_alarm_seconds: int = 900
    """An alarm rises when the log grew and no time stamp came for so long."""
    renewal_lead_days: int = 90
    """Time stamps are renewed so long before the certificate or an algorithm that they lean on comes to its end."""
    clock_bound_seconds: int = 5
    """The service accepts no new acts while its clock stepped back, or differs from time stamps, by more than this."""
    channels: tuple[Gateway, ...] = ()
    """What carries messages: tables `[channels.NAME]` (docs/channels.md); of those that carry the same, the first is
    asked first."""

    @property
    def custody(self) -> Custody:
        """Where private keys are kept."""
        return Custody(self.keys_secret, self.pkcs11_module, self.pkcs11_token, self.pkcs11_pin)

    @property
    def management_apart(self) -> bool:
        """Whether health and metrics have a port of their own; else the pages' port answers for them."""
        return self.environment == "production" or self.management_port != 0

    def management_port_of(self, number: int) -> int:
        """The management port of process `number` (from 0) of a machine."""
        return (self.management_port or MANAGEMENT_PORT) + number


def build(toml: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Settings from a parsed TOML file and the environment.

    Raises ConfigurationError for an unknown key (with the nearest known one), a missing one, or a combination that is
    refused.
    """
    known = {field.name: field for field in fields(Settings)}
    given: dict[str, object] = {}
    for name, value in toml.items():
        _demand_known(name, known)
        given[name] = value
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key.endswith("_file") and key not in known:
            key = key.removesuffix("_file")
            _demand_known(key, known)
            given[key] = Path(value).read_text(encoding="utf-8").strip()
            continue
        _demand_known(key, known)
        given[key] = value
    missing = [name for name, field in known.items() if name not in given and field.default is MISSING]
    if missing:
        raise ConfigurationError(f"settings missing: {', '.join(missing)} (in the file, or as {PREFIX}NAME)")
    converted: dict[str, Any] = {name: _convert(name, value, known[name].type) for name, value in given.items()}
    return check(Settings(**converted))


NOT_SETTINGS = frozenset({"AUTHSVC_CONFIG", "AUTHSVC_TEST_DATABASE_URL", "AUTHSVC_TEST_REDIS_URL"})


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from the file that AUTHSVC_CONFIG names, if any, and the environment."""
    path = environ.get("AUTHSVC_CONFIG")
    toml: Mapping[str, object] = {}
    if path:
        try:
            toml = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
    return build(toml, environ)


def check(settings: Settings) -> Settings:
    """The same settings, or a ConfigurationError that names the combination refused."""
    if settings.environment not in ENVIRONMENTS:
        raise ConfigurationError(f"environment: {settings.environment!r} is not one of {', '.join(ENVIRONMENTS)}")
    if settings.issuer.endswith("/") or not settings.issuer.startswith(("https://", "http://")):
        raise ConfigurationError("issuer: an http(s) origin without a trailing slash")
    test_origin = settings.log_origin.startswith("test.")
    if test_origin != (settings.environment == "test"):
        raise ConfigurationError("log_origin begins with `test.` exactly when environment is test")
    if settings.ncalayer_url and not re.fullmatch(
        r"wss?://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", settings.ncalayer_url
    ):
        raise ConfigurationError("ncalayer_url: wss:// or ws:// on 127.0.0.1 or localhost, without a path")
    if settings.gost_native not in ("auto", "off"):
        raise ConfigurationError("gost_native: auto or off")
    _check_fence(settings)
    _check_custody(settings)
    check_gateways(settings.channels, settings.environment == "production")
    _check_edge(settings)
    if settings.environment == "production" and not settings.issuer.startswith("https://"):
        raise ConfigurationError("issuer: production needs https")
    if (settings.witness_policy_file is None) != (settings.witness_holders_file is None):
        raise ConfigurationError("witness_policy_file and witness_holders_file go together")
    if settings.publish_ms < (PUBLISH_MS if settings.environment == "production" else 0):
        raise ConfigurationError(f"publish_ms: at least {PUBLISH_MS} in production")
    if not 1 <= settings.renewal_lead_days <= MOST_LEAD_DAYS:
        raise ConfigurationError(f"renewal_lead_days: from 1 to {MOST_LEAD_DAYS}")
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigurationError("redis_url: a redis://, rediss:// or unix:// URL")
    return settings


def _check_custody(settings: Settings) -> None:
    """One seal, and a module that can be opened."""
    if bool(settings.pkcs11_module) != bool(settings.pkcs11_token):
        raise ConfigurationError("pkcs11_module and pkcs11_token go together")
    if settings.pkcs11_module and settings.keys_secret:
        raise ConfigurationError("keys_secret: the key file is sealed in the PKCS#11 module already")


def _check_fence(settings: Settings) -> None:
    """A fence that goes back together with the data guards nothing."""
    if settings.fence_file == Path() and not settings.fence_url:
        raise ConfigurationError(f"settings missing: fence_file or fence_url (in the file, or as {PREFIX}NAME)")
    if settings.fence_url:
        if not settings.fence_url.startswith(("sqlite://", "postgres://", "postgresql://")):
            raise ConfigurationError("fence_url: sqlite:///path or a postgresql:// URL")
        if settings.fence_url in (settings.database, f"sqlite://{settings.database}"):
            raise ConfigurationError("fence_url: another database than the log's own")


def _check_edge(settings: Settings) -> None:
    """Networks are networks, and nobody trusts everybody."""
    _check_networks("ncanode_networks", settings.ncanode_networks)
    _check_networks("trusted_proxies", settings.trusted_proxies)
    _check_networks("certificate_proxies", settings.certificate_proxies)
    if not re.fullmatch(r"[a-z0-9-]{1,64}", settings.certificate_header):
        raise ConfigurationError("certificate_header: the name of a header in small letters")
    if settings.mtls_origin and not re.fullmatch(r"https?://[^/]+", settings.mtls_origin):
        raise ConfigurationError("mtls_origin: an http(s) origin without a trailing slash")
    if settings.proxy_header not in PROXY_HEADERS:
        raise ConfigurationError(f"proxy_header: one of {', '.join(PROXY_HEADERS)}")
    told = (*settings.security_contact, *([settings.security_policy] if settings.security_policy else ()))
    if not all(re.fullmatch(r"(mailto:|https://|tel:)[!-~]{3,500}", each) for each in told):
        raise ConfigurationError("security_contact, security_policy: mailto:, https:// or tel: each")
    if settings.approvals_to_start not in (0, 1, 2):
        raise ConfigurationError("approvals_to_start: 0, 1 or 2")
    if settings.tracing_endpoint and not settings.tracing_endpoint.startswith(("http://", "https://")):
        raise ConfigurationError("tracing_endpoint: an http(s) URL")
    if settings.log_level not in LEVELS:
        raise ConfigurationError(f"log_level: one of {', '.join(LEVELS)}")


def _check_networks(name: str, networks: tuple[str, ...]) -> None:
    for each in networks:
        try:
            network = ipaddress.ip_network(each)
        except ValueError as error:
            raise ConfigurationError(f"{name}: {each!r} is no network in CIDR form") from error
        if network.prefixlen == 0:
            raise ConfigurationError(f"{name}: {each} is everybody; name who is meant")


def _demand_known(name: str, known: Mapping[str, object]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ConfigurationError(f"unknown setting {name}{hint}")


def _convert(name: str, value: object, wanted: object) -> object:
    if wanted == tuple[Gateway, ...]:
        return read_gateways(value)
    if wanted is Path or wanted == Path | None:
        return Path(str(value))
    if wanted is bool:
        if str(value).lower() not in ("true", "false"):
            raise ConfigurationError(f"{name}: true or false is needed")
        return str(value).lower() == "true"
    if wanted is int:
        try:
            return int(str(value))
        except ValueError as error:
            raise ConfigurationError(f"{name}: a whole number is needed") from error
    if wanted == tuple[str, ...]:
        words = value.replace(",", " ").split() if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            raise ConfigurationError(f"{name}: a list of texts is needed")
        return tuple(words)
    if wanted == tuple[Tsa, ...]:
        texts = value.split(";") if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            raise ConfigurationError(f"{name}: a list of texts is needed")
        return tuple(Tsa.parse(each) for each in texts if each.strip())
    return str(value)
