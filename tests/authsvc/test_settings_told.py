"""Settings for people: a meaning for each, its source, and no secret where none is wanted."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from authsvc import cli
from authsvc.errors import ConfigurationError
from authsvc.settings import Settings, Tsa
from authsvc.settings_told import hide, meanings

GOOD = {
    "AUTHSVC_ISSUER": "https://id.example.kz",
    "AUTHSVC_LOG_ORIGIN": "log.example.kz/1",
    "AUTHSVC_DATABASE": "postgresql://svc:pass%2Fword@db.internal/authsvc?sslmode=require&password=other",
    "AUTHSVC_KEYS_DIR": "/nowhere/keys",
    "AUTHSVC_FENCE_URL": "postgresql://fence:hidden@other.internal/fence",
    "AUTHSVC_REDIS_URL": "rediss://:hidden2@cache.internal:6379/0",
}


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    import os

    for name in [each for each in os.environ if each.startswith("AUTHSVC_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return GOOD


def test_every_setting_has_a_meaning() -> None:
    told = meanings()
    assert set(told) == {field.name for field in fields(Settings)}
    assert told["fence_url"].startswith("A second database for it")


def test_shown_without_secrets_no_secret_is_there(
    environ: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["config", "show", "--redact"]) == 0
    told = capsys.readouterr().out
    assert not [secret for secret in ("pass%2Fword", "other&", "password=other", "hidden", "hidden2") if secret in told]
    assert 'database = "postgresql://svc:********@db.internal/authsvc?sslmode=require&password=********"' in told
    assert "  # AUTHSVC_DATABASE" in told
    assert "port = 8000  # default" in told
    assert len(told.splitlines()) == len(fields(Settings))
    assert cli.main(["config", "show"]) == 0
    assert "pass%2Fword" in capsys.readouterr().out


def test_a_setting_is_explained_with_its_default_and_its_value_without_the_secret(
    environ: Mapping[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "authsvc.toml"
    file.write_text("sends_a_day = 3\n")
    monkeypatch.setenv("AUTHSVC_CONFIG", str(file))
    assert cli.main(["config", "explain", "AUTHSVC_DATABASE"]) == 0
    told = capsys.readouterr().out
    assert "default: none, it is needed" in told
    assert "AUTHSVC_DATABASE_FILE" in told
    assert "pass%2Fword" not in told
    assert cli.main(["config", "explain", "sends_a_day"]) == 0
    assert f"now:     3 ({file})" in capsys.readouterr().out


def test_an_unknown_setting_is_told_with_the_nearest(
    environ: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["config", "explain", "fence_fiel"]) == 1
    assert "did you mean fence_file?" in capsys.readouterr().err


def test_explaining_works_while_the_settings_are_wrong(
    environ: Mapping[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHSVC_ISSUER", "ftp://wrong")
    assert cli.main(["config", "explain", "issuer"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("issuer: The OAuth issuer")
    assert "issuer: an http(s) origin" in told.err


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("redis://cache:6379", "redis://cache:6379"),
        ("postgresql://u:p:q@h/d", "postgresql://u:********@h/d"),
        ("https://h/?key=abc&x=1", "https://h/?key=********&x=1"),
    ],
)
def test_attack_a_password_in_any_part_of_a_url_is_hidden(value: str, hidden: str) -> None:
    assert hide(value) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "ftp://tsa.example/",
        "http://tsa.example/ ocsp=tsa.example",
        "http://tsa.example/ ocsp=http://a/ ocsp=http://b/",
        "http://tsa.example/ policy=1.2 policy=1.3",
        "http://tsa.example/ who=me",
        "",
    ],
)
def test_an_authority_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="tsa: "):
        Tsa.parse(text)


def test_an_authority_names_policy_lists_and_responder() -> None:
    told = Tsa.parse("http://tsa.example/ policy=1.2 crl=http://a/1 crl=http://a/2 ocsp=http://a/o")
    assert told == Tsa("http://tsa.example/", "1.2", ("http://a/1", "http://a/2"), "http://a/o")
