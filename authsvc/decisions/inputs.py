"""What no rule may take in (law duty L12): traits of a person that nobody chooses, and what gives them away.

Nationality, sex, health, and age beyond legal capacity; the IIN too, since it begins with the date of birth and tells
the sex. Names are compared word by word, so `client_sex` and `sexAtBirth` are found and `sextant` is not.
"""

import re
from collections.abc import Iterable

from authsvc.errors import InvalidRequest

ALLOWED = frozenset({"legal_capacity"})
"""Whether somebody is of full legal capacity may be asked; how old they are may not."""
WORDS = frozenset(
    {
        *("nationality", "nationalities", "national", "ethnicity", "ethnic", "ethnos", "race", "racial", "origin"),
        *("sex", "gender", "male", "female", "orientation"),
        *("age", "birth", "birthday", "birthdate", "birthplace", "dob", "born", "yob", "iin"),
        *("health", "medical", "diagnosis", "diagnoses", "disease", "disability", "disabled", "pregnancy", "pregnant"),
        *("religion", "religious", "faith", "confession", "belief", "beliefs"),
        *("ult", "ulty", "zhynys", "zhasy", "densaulyk", "din"),
        *("natsionalnost", "pol", "vozrast", "zdorovie", "invalidnost", "vera"),
    }
)
"""Words of names, in English and as Kazakh and Russian ones are written in Latin letters."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def demand_allowed(codes: Iterable[str], member: str) -> None:
    """InvalidRequest, naming the code, when one of these inputs or factors is forbidden."""
    for code in codes:
        if code not in ALLOWED and WORDS.intersection(word.lower() for word in _WORD.findall(code)):
            raise InvalidRequest(
                f"{member}: {code} is a forbidden input: no rule may weigh nationality, sex, health, belief, or age"
                " beyond legal capacity"
            )
