"""The login policy as its `administration` record commits to it; later records name that record (`policy_record`)."""

from collections.abc import Mapping

from authsvc.login import budgets
from authsvc.login.decide import COMBINATIONS, EDS, PASSKEY, RECOVERY
from confirmations.methods.password import LONGEST, SHORTEST_ALONE


def policy_content() -> Mapping[str, object]:
    """What each acr asks for, in order, and within which bounds."""
    return {
        "combinations": {acr: list(methods) for acr, methods in COMBINATIONS.items()},
        "another_way": list(PASSKEY),
        "by_eds": {acr: list(methods) for acr, methods in EDS.items()},
        "recovery": list(RECOVERY),
        "failures_in_a_row": budgets.FAILURES,
        "kind": "authsvc/login-policy/v1",
        "password": {"longest": LONGEST, "shortest": SHORTEST_ALONE},
        "tries": {"each_ms": budgets.PAIR.period_ms, "login_name_and_address": budgets.PAIR.burst},
    }
