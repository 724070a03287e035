"""`./dev bench`: what it prints and writes is what CONTRACT section 1 promises."""

import json
from pathlib import Path

import pytest

from bench import __main__ as door
from bench.measure import Bench


def test_each_figure_has_the_members_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    speeds = iter([3.0, 100.0, 1.0])
    registry = {"acts.lone": Bench("acts/s", lambda: next(speeds), {"clients": 1}), "other": Bench("ms", lambda: 1.0)}
    monkeypatch.setattr(door, "registered", lambda: registry)
    written = tmp_path / "figures.json"
    assert door.main(["acts", "--runs", "3", "--json", str(written)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert written.read_text().splitlines() == printed
    assert json.loads(printed[0]) == {
        "name": "acts.lone",
        "unit": "acts/s",
        "value": 3.0,
        "runs": 3,
        "values": [3.0, 100.0, 1.0],
        "config": {"clients": 1},
    }


def test_a_name_that_no_benchmark_has_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        door.main(["no-such-benchmark"])
    assert ended.value.code == 2
    assert "no benchmark is called no-such-benchmark" in capsys.readouterr().err


def test_every_registered_benchmark_says_its_unit() -> None:
    assert all(isinstance(bench, Bench) and bench.unit for bench in door.registered().values())
