"""The public vectors of the evidence log: one case, one test, named by its id."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NO_VECTORS, VECTORS

FOLDER = (VECTORS / "evidence").resolve()


def cases(*files: str) -> list[Any]:
    """Parameters for one test: each case of these files; one visible skip where the vectors are not there."""
    if not FOLDER.is_dir():
        return [pytest.param({}, marks=pytest.mark.skip(reason=NO_VECTORS), id="no vectors")]
    found = []
    for file in files:
        for case in json.loads((FOLDER / file).read_text(encoding="utf-8"))["cases"]:
            found.append(pytest.param(case, id=case["id"]))
    return found


class ServedLog:
    """A folder that is read like a served log; `rename` maps a path to another file of the folder."""

    def __init__(self, visit: dict[str, Any]) -> None:
        self.folder = FOLDER / Path(visit["dir"])
        self.rename: dict[str, str] = visit.get("rename", {})

    def read(self, path: str) -> bytes:
        """The bytes that the log serves under this path."""
        return (self.folder / self.rename.get(path, path)).read_bytes()
