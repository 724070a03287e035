"""Findings by which a verifier says what it can't check."""

LIMITS = frozenset(
    {
        "ml_dsa_not_checked",
        "eds_not_here",
        "pdf_not_compared",
        "receipt_time_not_judged",
        "report_not_compared",
        "seal_not_here",
    }
)
