"""Kept exports: what was valid once stays so."""
