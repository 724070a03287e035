"""The files for operators hold together: they parse, what they name exists, nobody is root. No container runs here."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from authsvc import __version__
from authsvc.cli import parser
from authsvc.metrics import Metrics
from authsvc.settings import MANAGEMENT_PORT, Settings, build
from authsvc.worker import WORKER
from tests.authsvc.test_doctor import entries

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
YAML = [path for path in FILES if path.suffix in (".yaml", ".yml")]
UNITS = [path for path in FILES if path.suffix in (".service", ".timer")]
NEEDED = {"database": "postgresql://authsvc@db/authsvc", "fence_url": "postgresql://authsvc@db/fence"}
"""What the examples take from secrets."""


def documents(path: Path) -> list[Any]:
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each is not None]


def runs(words: list[str]) -> None:
    """A call of the command line that is one; SystemExit otherwise."""
    parser().parse_args(words)


def pods() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(file, pod specification) of each workload."""
    for path in sorted((DEPLOY / "kustomize").glob("*.yaml")):
        for document in documents(path):
            if document["kind"] in ("Deployment", "Job"):
                yield path.name, document["spec"]["template"]["spec"]


def test_every_kind_of_file_is_there() -> None:
    suffixes = {path.suffix or path.name for path in FILES}
    assert {"Containerfile", "Caddyfile", ".yaml", ".yml", ".json", ".toml", ".conf", ".service", ".timer"} <= suffixes


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_every_yaml_file_parses(path: Path) -> None:
    assert documents(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_every_setting_that_is_named_exists_and_no_secret_stands_in_a_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    known = {field.name for field in fields(Settings)} | {"config"}
    named = {name.lower() for name in re.findall(r"AUTHSVC_([A-Z_]+)", text)}
    assert {name.removesuffix("_file") if name not in known else name for name in named} <= known
    assert not re.search(r"://[^/\s:@]+:[^/\s@]+@", text), "a password in a URL"
    assert "BEGIN PRIVATE KEY" not in text


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".toml"], ids=lambda path: str(path.parent.name)
)
def test_the_settings_files_are_settings_of_a_production_service(path: Path) -> None:
    settings = build({**NEEDED, **tomllib.loads(path.read_text(encoding="utf-8"))}, {})
    assert settings.environment == "production"
    assert settings.trusted_proxies


def test_every_metric_that_rules_and_dashboard_name_exists() -> None:
    text = Metrics().write("")[0].decode()
    known = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    known |= {f"{name}_bucket" for name in known} | {"process_resident_memory_bytes", "process_open_fds"}
    rules = [rule for group in documents(DEPLOY / "prometheus/alerts.yml")[0]["groups"] for rule in group["rules"]]
    dashboard = json.loads((DEPLOY / "grafana/authsvc.json").read_text(encoding="utf-8"))
    asked = [rule["expr"] for rule in rules] + [panel["targets"][0]["expr"] for panel in dashboard["panels"]]
    named = {name for expression in asked for name in re.findall(r"\b(?:authsvc|process)_[a-z_]+", expression)}
    assert len(named) > 15
    assert named <= known
    for expression in asked:
        assert expression.count("(") == expression.count(")")
        labels = set(re.findall(r"by \(([^)]*)\)", expression))
        told = {each.strip() for group in labels for each in group.split(",")}
        assert told <= {
            "le",
            "route",
            "status",
            "type",
            "outcome",
            "format",
            "verdict",
            "reason",
            "code",
            "job",
            "version",
        }


def test_every_alert_leads_to_its_entry_in_the_runbook() -> None:
    rules = [rule for group in documents(DEPLOY / "prometheus/alerts.yml")[0]["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 8
    for rule in rules:
        document, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert document == "docs/runbook.md"
        assert "```" in entries()[anchor]
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]


def test_the_image_is_made_of_the_lock_with_hashes_and_runs_as_nobody_s_root() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    stages = text.split("\nFROM ")[1:]
    users = re.findall(r"^USER (\S+)$", stages[-1], re.MULTILINE)
    assert users == ["10001:10001"]
    assert "--require-hashes --only-binary :all: -r requirements.lock" in text
    assert "--no-deps --no-index" in text
    assert not re.search(r"curl|wget|ADD |sudo|:latest|apt-get", text)
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert [name for name in source.split() if not (ROOT / name).exists()] == []
    runs(json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[0]))
    assert f"127.0.0.1:{MANAGEMENT_PORT}/health/live" in text


def test_compose_runs_our_parts_without_root_and_without_a_writable_root() -> None:
    compose = documents(DEPLOY / "compose/compose.yaml")[0]
    ours = {name: each for name, each in compose["services"].items() if str(each["image"]).startswith("authsvc:")}
    assert set(ours) == {"init", "migrate", "serve", "worker"}
    for each in ours.values():
        assert each["user"] == "10001:10001"
        assert each["read_only"] is True
        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert each["image"] == f"authsvc:{__version__}"
        runs([str(word) for word in each["command"]])
    for name, each in compose["services"].items():
        assert "privileged" not in each
        assert set(each.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(each["networks"]) <= set(compose["networks"])
        assert set(each.get("depends_on", {})) <= set(compose["services"])
        assert all(str(port).startswith("127.0.0.1:") for port in each.get("ports", []))
    assert f":{MANAGEMENT_PORT + WORKER}/" in ours["worker"]["healthcheck"]["test"][-1]
    assert compose["networks"]["inside"]["internal"] is True


def test_compose_hands_over_each_secret_that_a_variable_names() -> None:
    compose = documents(DEPLOY / "compose/compose.yaml")[0]
    for name, each in compose["services"].items():
        for variable, value in each.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert Path(value).parent.as_posix() == "/run/secrets"
                assert Path(value).name in each["secrets"], (name, variable)


def test_pods_run_without_root_and_without_a_writable_root() -> None:
    found = dict(pods())
    assert set(found) == {"serve.yaml", "worker.yaml", "migrate.yaml"}
    for spec in found.values():
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        (container,) = spec["containers"]
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == {each["name"] for each in spec["volumes"]}
        runs(container["args"])


def test_probes_ask_the_management_port_of_each_process() -> None:
    ports = {"serve.yaml": MANAGEMENT_PORT, "worker.yaml": MANAGEMENT_PORT + WORKER}
    for name, spec in pods():
        if name not in ports:
            continue
        (container,) = spec["containers"]
        assert {"name": "management", "containerPort": ports[name]} in container["ports"]
        asked = {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert asked == {"/health/started", "/health/live", "/health/ready"}
        settings = tomllib.loads((DEPLOY / "kustomize/authsvc.toml").read_text(encoding="utf-8"))
        assert spec["terminationGracePeriodSeconds"] > settings["drain_seconds"] + 10


def test_the_base_lists_every_file_beside_it() -> None:
    base = documents(DEPLOY / "kustomize/kustomization.yaml")[0]
    there = {path.name for path in (DEPLOY / "kustomize").glob("*.yaml")} - {"kustomization.yaml"}
    assert set(base["resources"]) == there
    assert base["images"] == [{"name": "authsvc", "newTag": __version__}]
    assert (DEPLOY / "kustomize" / base["configMapGenerator"][0]["files"][0]).is_file()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_parse_and_run_commands_that_exist(path: Path) -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    if path.suffix == ".timer":
        assert (path.with_suffix(".service")).is_file()
        assert unit["Timer"]["OnCalendar"]
        return
    service = unit["Service"]
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "yes", "strict")
    assert service["User"] != "root"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectoryMode"] == "0700"
    calls = re.findall(r"/opt/authsvc/bin/authsvc ([^;']+)", service["ExecStart"])
    assert calls
    for call in calls:
        runs(shlex.split(call))
    for name in re.findall(r"%d/(\w+)", path.read_text(encoding="utf-8")):
        assert f"LoadCredential={name}\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["nginx/authsvc.conf", "caddy/Caddyfile"])
def test_proxies_hand_on_the_host_and_the_one_address_that_they_saw(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    assert str(MANAGEMENT_PORT) not in text
    lines = [" ".join(line.split()).rstrip(";") for line in text.splitlines()]
    if name.startswith("nginx"):
        assert "proxy_set_header Host $host" in lines
        assert "proxy_set_header X-Forwarded-For $remote_addr" in lines
        assert {'proxy_set_header Forwarded ""', 'proxy_set_header Client-Cert ""'} <= set(lines)
        assert "ssl_protocols TLSv1.2 TLSv1.3" in lines
        assert "$proxy_add_x_forwarded_for" not in text
    else:
        assert {"header_up Host {host}", "header_up X-Forwarded-For {remote_host}"} <= set(lines)
        assert {"header_up -Forwarded", "header_up -Client-Cert"} <= set(lines)


def blocks(text: str, name: str) -> list[str]:
    """The inner text of each block of this name, at whatever depth."""
    found = []
    for match in re.finditer(rf"^[ \t]*{name} \{{$", text, re.MULTILINE):
        depth, at = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        found.append(text[match.end() : at - 1])
    return found


def test_nginx_writes_no_address_of_a_request_down_not_with_errors_either() -> None:
    text = re.sub(r"#.*", "", (DEPLOY / "nginx/authsvc.conf").read_text(encoding="utf-8"))
    servers = blocks(text, "server")
    assert len(servers) == 2
    for server in servers:
        lines = [line.strip() for line in server.splitlines()]
        assert [line for line in lines if "_log" in line] == ["access_log off;", "error_log stderr emerg;"]
    assert len(re.findall(r"_log\b", text)) == 4
    assert "log_format" not in text


def test_caddy_has_no_access_log_and_leaves_the_request_out_of_lines_about_errors() -> None:
    text = re.sub(r"#.*", "", (DEPLOY / "caddy/Caddyfile").read_text(encoding="utf-8"))
    assert len(re.findall(r"^\s*log\b", text, re.MULTILINE)) == 1
    (everywhere,) = re.findall(r"\A\s*\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    (log,) = blocks(everywhere, "log")
    (kept,) = blocks(log, "fields")
    assert kept.split("\n")[1].strip() == "request delete"
    assert "log_credentials" not in text


def test_the_compatibility_file_is_of_this_release() -> None:
    told = json.loads((DEPLOY / "compatibility.json").read_text(encoding="utf-8"))
    assert told["release"] == __version__
    assert isinstance(told["rolling"], bool)


def test_the_documents_say_that_containers_are_not_run_here() -> None:
    assert "No container is\nbuilt or run by the tests" in (DEPLOY / "README.md").read_text(encoding="utf-8")
