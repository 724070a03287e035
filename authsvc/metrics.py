"""What a process counts (Prometheus, OpenMetrics text): no label leads to a person, and each has few values.

Counters belong to one process and start at zero with it; Prometheus adds them up. What is true of the whole deployment
(size of the log, age of the outbox) is a gauge that is read from the database when somebody asks.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder

from authsvc import __version__

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets of durations: an act takes some milliseconds, an argon2 hash about 30."""
UNKNOWN = "none"
"""A label's value where there is none to say."""


class Metrics:
    """The names of one process; an own registry, so that two services in one process don't add to each other."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._records: dict[tuple[str, str, str, str], list[Counter]] = {}
        ProcessCollector(registry=registry)
        Info("authsvc_build", "Release of this process", registry=registry).info({"version": __version__})
        self.requests = Counter(
            "authsvc_http_requests", "Requests answered", ("method", "route", "status"), registry=registry
        )
        self.request_seconds = Histogram(
            "authsvc_http_request_seconds", "Time of a request", ("route",), buckets=SECONDS, registry=registry
        )
        self.confirmations = Counter(
            "authsvc_confirmations", "Confirmations that ended", ("type", "outcome"), registry=registry
        )
        self.logins = Counter("authsvc_logins", "Sign-ins with a record", ("outcome",), registry=registry)
        self.verifications = Counter(
            "authsvc_signature_verifications",
            "Signatures verified",
            ("format", "verdict", "reason"),
            registry=registry,
        )
        self.engine_differences = Counter(
            "authsvc_engine_differences", "Documents about which two engines differ", registry=registry
        )
        self.entries = Counter(
            "authsvc_evidence_entries", "Records of this process that have their place", ("type",), registry=registry
        )
        self.password_seconds = Histogram(
            "authsvc_password_hash_seconds", "Time of a hash, waiting included", buckets=SECONDS, registry=registry
        )
        self.ocsp_requests = Counter("authsvc_ocsp_requests", "OCSP responders asked", ("outcome",), registry=registry)
        self.job_runs = Counter("authsvc_job_runs", "Periodic jobs run", ("job", "outcome"), registry=registry)
        self.faults = Counter("authsvc_faults", "Requests that ended in a fault of ours", registry=registry)
        self._add_gauges(registry)

    def _add_gauges(self, registry: CollectorRegistry) -> None:
        """What is read when somebody asks."""
        self.database_up = Gauge("authsvc_database_up", "Whether the database answered just now", registry=registry)
        self.read_only = Gauge("authsvc_log_read_only", "Whether no act is accepted", registry=registry)
        self.tree_size = Gauge("authsvc_evidence_tree_size", "Entries in the log", registry=registry)
        self.staged = Gauge("authsvc_evidence_staged", "Records that wait for their place", registry=registry)
        self.outbox = Gauge("authsvc_outbox_waiting", "Messages that wait to leave", registry=registry)
        self.outbox_lag = Gauge("authsvc_outbox_lag_seconds", "Age of the oldest message that waits", registry=registry)
        self.worker_age = Gauge(
            "authsvc_worker_age_seconds",
            "Since a worker last said that it is at work; -1: none ever",
            registry=registry,
        )
        self.alarms = Gauge("authsvc_alarm", "Whether this alarm stands", ("code",), registry=registry)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more request of this route; its two series are looked up once."""
        known = self._routes.get((method, route, status))
        if known is None:
            known = self.requests.labels(method, route, status), self.request_seconds.labels(route)
            self._routes[method, route, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def count_record(self, kind: str, plain: Mapping[str, object]) -> None:
        """A record that has its place: its type, and what its plain members (codes alone) say of its outcome.

        Its series are looked up once.
        """
        method, outcome, login = (_code(plain, name) for name in ("method", "outcome", "login"))
        known = self._records.get((kind, method, outcome, login))
        if known is None:
            known = [self.entries.labels(kind)]
            if kind == "confirmation":
                known.append(self.confirmations.labels(method, outcome))
            elif kind == "authentication":
                known.append(self.logins.labels(login))
            self._records[kind, method, outcome, login] = known
        for series in known:
            series.inc()

    def write(self, accept: str) -> tuple[bytes, str]:
        """All of it as text, and its media type: what this Accept header asks for (Prometheus or OpenMetrics)."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self._registry), content_type


def _code(plain: Mapping[str, object], name: str) -> str:
    told = plain.get(name) or UNKNOWN
    return told if isinstance(told, str) else "+".join(map(str, told)) if isinstance(told, list | tuple) else UNKNOWN
