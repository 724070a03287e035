"""The test suite; a package because one dependency ships a top-level `tests` that would otherwise be found first."""
