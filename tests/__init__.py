"""The test suite. A package on purpose: one dependency ships a top-level `tests` that would otherwise be found first."""
