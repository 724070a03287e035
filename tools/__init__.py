"""What only developers of this repository run."""
