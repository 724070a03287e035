"""Vectors that the project made itself, each with its recipe."""
