"""`authsvc facade compare`: a folder and recorded lines to two servers, what differs, and nothing of whose it is."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from authsvc import cli
from authsvc.facade.recorded import SERVED
from authsvc.web import ncanode

pytestmark = pytest.mark.slow

IIN = "900101300017"


class Peer(ThreadingHTTPServer):
    """A server of NCANode's paths: `answers` by path, what it was asked in `asked`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers: dict[str, bytes | dict[str, Any]] = {}
        self.status = 200
        self.asked: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        peer = self.server
        assert isinstance(peer, Peer)
        peer.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
        said = peer.answers.get(self.path, {"message": "OK", "valid": True})
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(peer.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is what is judged."""


@pytest.fixture
def peers() -> Iterator[tuple[Peer, Peer]]:
    """Ours and theirs."""
    made = (Peer(), Peer())
    threads = [threading.Thread(target=peer.serve_forever, daemon=True) for peer in made]
    for thread in threads:
        thread.start()
    yield made
    for peer, thread in zip(made, threads, strict=True):
        peer.shutdown()
        thread.join()
        peer.server_close()


def compare(peers: tuple[Peer, Peer], *words: str) -> int:
    here, there = peers
    return cli.main(["facade", "compare", *words, "--facade", here.url, "--upstream", there.url])


def test_the_paths_that_are_replayed_are_those_that_the_facade_serves() -> None:
    assert set(SERVED) == set(ncanode._ANSWERS)
    assert not set(SERVED) & set(ncanode.NOT_HERE)


def test_files_of_a_folder_go_to_both_in_the_form_of_their_paths(
    peers: tuple[Peer, Peer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "omarov.pdf").write_bytes(b"%PDF-content")
    (tmp_path / "omarov.pdf.cms").write_bytes(b"detached")
    (tmp_path / "pem.p7s").write_bytes(b"-----BEGIN CMS-----\n" + base64.encodebytes(b"cms") + b"-----END CMS-----\n")
    (tmp_path / "cut.cer").write_bytes(b"-----BEGIN")
    (tmp_path / "signed.xml").write_text("<a>Сәлем</a>")
    (tmp_path / "signed.pdf").write_bytes(b"%PDF-signed")
    (tmp_path / "note.txt").write_text("nothing signed")
    assert compare(peers, str(tmp_path), "--revocation-check", "OCSP") == 0
    asked = {"revocationCheck": ["OCSP"]}

    def b64(data: bytes) -> str:
        return base64.b64encode(data).decode()

    assert peers[0].asked == peers[1].asked
    assert peers[0].asked == [
        ("/x509/info", {"certs": [b64(b"-----BEGIN")], **asked}),
        ("/cms/verify", {"cms": b64(b"detached"), "data": b64(b"%PDF-content"), **asked}),
        ("/cms/verify", {"cms": b64(b"cms"), **asked}),
        ("/pdf/verify", {"pdf": b64(b"%PDF-signed"), **asked}),
        ("/xml/verify", {"xml": "<a>Сәлем</a>", **asked}),
    ]
    printed = capsys.readouterr()
    assert f"2 {hashlib.sha256(b'detached').hexdigest()[:16]} /cms/verify same" in printed.out
    assert "omarov" not in printed.out + printed.err
    assert printed.err.splitlines()[0] == "5 same, 0 differs, 0 unanswered, 0 skipped"


def test_recorded_lines_are_replayed_and_no_private_key_goes_anywhere(
    peers: tuple[Peer, Peer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"path": "/ncanode/cms/verify", "body": {"cms": "AAAA"}},
        {"path": "/xml/verify", "body": json.dumps({"xml": "<a/>"})},
        {"path": "/cms/sign", "body": {"signers": [{"key": "SECRET"}]}},
        {"path": "/pdf/verify", "body": ""},
        {"path": "/pdf/verify", "body": [1]},
        {"path": 5, "body": {}},
    ]
    recorded = tmp_path / "requests.jsonl"
    recorded.write_text("\n".join([*map(json.dumps, lines), "", "no JSON"]))
    assert compare(peers, str(recorded)) == 0
    for peer in peers:
        assert peer.asked == [("/cms/verify", {"cms": "AAAA"}), ("/xml/verify", {"xml": "<a/>"})]
    printed = capsys.readouterr()
    assert printed.err.splitlines()[0] == "2 same, 0 differs, 0 unanswered, 5 skipped"
    assert "SECRET" not in printed.out


def test_what_differs_is_told_by_member_with_our_verdict_and_without_a_person(
    peers: tuple[Peer, Peer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.cms").write_bytes(b"a")
    (tmp_path / "b.cms").write_bytes(b"b")
    here, there = peers
    signer = {"valid": False, "subject": {"iin": IIN}}
    here.answers["/cms/verify"] = {"valid": False, "indication": "TOTAL-FAILED", "signers": [signer]}
    there.answers["/cms/verify"] = {"valid": True, "signers": [{"valid": True, "subject": {"iin": "1"}}]}
    assert compare(peers, str(tmp_path)) == 1
    printed = capsys.readouterr()
    assert "/cms/verify differs (TOTAL-FAILED)\n    valid differs: false here, true there\n" in printed.out
    assert "     2 /cms/verify signers[].subject.iin differs\n" in printed.err
    assert compare(peers, str(tmp_path / "a.cms"), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["differences"][0] == {
        "member": "valid", "how": "differs", "here": "false", "there": "true", "known": False,
    }  # fmt: skip
    assert IIN not in printed.out + printed.err + json.dumps(told)


@pytest.mark.parametrize("said", [b"<html>900101300017", b"[]", b"[" * 5000])
def test_an_answer_that_is_none_is_named_and_counts_against(
    peers: tuple[Peer, Peer], tmp_path: Path, capsys: pytest.CaptureFixture[str], said: bytes
) -> None:
    (tmp_path / "a.cms").write_bytes(b"a")
    peers[1].answers["/cms/verify"], peers[1].status = said, 502
    assert compare(peers, str(tmp_path)) == 1
    printed = capsys.readouterr().out
    assert "not compared: there: no JSON" in printed
    assert "status 502" in printed
    assert IIN not in printed


def test_who_answers_nothing_is_named_and_a_wrong_call_is_64(
    peers: tuple[Peer, Peer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.cms").write_bytes(b"a")
    place = str(tmp_path / "a.cms")
    words = ["facade", "compare", place, "--facade", "http://127.0.0.1:1", "--upstream", peers[1].url]
    assert cli.main(words) == 1
    assert "not compared: here: ConnectError" in capsys.readouterr().out
    assert compare(peers, str(tmp_path / "none.cms")) == 64
    for wrong in ("ftp://127.0.0.1", "127.0.0.1:14579", "http://", "/cms"):
        assert cli.main(["facade", "compare", place, "--facade", peers[0].url, "--upstream", wrong]) == 64
    empty = tmp_path / "empty"
    empty.mkdir()
    assert compare(peers, str(empty)) == 1  # nothing compared is nothing shown
