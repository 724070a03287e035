"""Digital authentication and confirmation service; the floors are drawn in docs/tour.md."""

__version__ = "0.1.0"
