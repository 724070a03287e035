"""An account opened by EDS: who signed the challenge is who the account is of, as their certificate names them.

Three steps, none of which leaves a row before the last: the signature; an address, to which a code goes; login name,
password and authenticator app with that code. What the first step found lies sealed among the short-lived keys, and the
browser carries the way there, sealed to itself.
"""

import hmac
from dataclasses import asdict, astuple, dataclass

import orjson

from authsvc import accounts
from authsvc.accounts import Enrolment
from authsvc.addresses import MAILBOX, PHONE
from authsvc.credentials import Ground, Whose
from authsvc.eds import words
from authsvc.eds.challenge import LIFE_MS, REGISTRATION, host_of, open_ticket
from authsvc.eds.errors import EdsRefused
from authsvc.eds.judging import METHOD, Holder, judge_signed, state_ground
from authsvc.eds.keeping import make, record_of
from authsvc.errors import Conflict, InvalidRequest
from authsvc.evidence.log import Ticket
from authsvc.invitations.inviting import DAY_MS, HOUR_MS
from authsvc.keys import SealBroken, b64url, unb64url
from authsvc.limits import Budget
from authsvc.outside import Message, channel_of
from authsvc.service import Service
from authsvc.store import Tx, people
from confirmations.assurance import MULTI
from confirmations.errors import WrongAnswer
from confirmations.methods import totp

CODE_DIGITS = 6
TRIES = Budget("registration_code", 10, LIFE_MS)
"""Last pages sent in one registration, for whatever reason they came back; another code gives no new tries."""
SENDS = Budget("registration_sends", 3, LIFE_MS)
MOST_STEP = 4_000
NAME = "ЭЦҚ · ЭЦП · EDS"
"""What the certificate is called until its person calls it otherwise."""
_STEP = "registration-step"
_KEPT = "registration"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a registration has come. `address` and `code` (a MAC) are empty until a code went out."""

    id: str
    until: int
    seed: str
    address: str = ""
    code: str = ""


async def begin(svc: Service, ticket: str, signed: bytes, browser: str) -> str:
    """Take the signed challenge; the next step for this browser.

    Raises EdsRefused, InvalidRequest, Overloaded, Suspended, ReadOnly.
    """
    svc.log.demand_writable()
    svc.switches.demand("method", METHOD)
    challenge = open_ticket(svc, REGISTRATION, ticket, browser)
    holder = await judge_signed(svc, challenge.canonical(), signed)
    if holder.is_representative:
        raise EdsRefused("entity")
    if not holder.is_for_signing:
        raise EdsRefused("not_for_signing")
    if not await svc.ephemeral.add(f"eds:{challenge.id}", LIFE_MS):
        raise EdsRefused("used")
    plain = {**asdict(holder), "public_key": b64url(holder.public_key), "signed": b64url(holder.signed)}
    sealed = svc.keys.seal(_KEPT, orjson.dumps(plain), challenge.id.encode())
    await svc.ephemeral.put(_key(challenge.id), sealed, challenge.expires - svc.clock.now())
    step = Step(challenge.id, challenge.expires, b64url(totp.make_seed(svc.entropy)))
    return seal_step(svc, step, browser)


async def holder_of(svc: Service, step: Step) -> Holder:
    """Whose registration this is. Raises InvalidRequest when it is over or used."""
    sealed = await svc.ephemeral.get(_key(step.id))
    if sealed is None:
        raise InvalidRequest("this registration is over or used; begin again")
    plain = orjson.loads(svc.keys.unseal(_KEPT, sealed, step.id.encode()))
    return Holder(**{**plain, "public_key": unb64url(plain["public_key"]), "signed": unb64url(plain["signed"])})


async def send_code(svc: Service, step: Step, address: str, locale: str, browser: str) -> str:
    """Send a code to the address that the person gave; the next step. Raises InvalidRequest, TooManyAttempts."""
    named = "".join(address.split()) if "@" not in address else address.strip()
    if not PHONE.fullmatch(named) and not MAILBOX.fullmatch(named):
        raise InvalidRequest("address: a number as +77011234567, or a mailbox")
    await holder_of(svc, step)
    pseudonym = b64url(svc.keys.mac("limits", named.encode()))
    await svc.limits.spend(SENDS, step.id)
    await svc.limits.spend(Budget("sends-hour", svc.settings.sends_an_hour, HOUR_MS), pseudonym)
    await svc.limits.spend(Budget("sends-day", svc.settings.sends_a_day, DAY_MS), pseudonym)
    code = str(int.from_bytes(svc.entropy(16)) % 10**CODE_DIGITS).zfill(CODE_DIGITS)
    message = _message(svc, named, code, locale, step.until)
    delivery, posting = svc.courier.prepare(message)
    await svc.store.transact(lambda tx: tx.together(posting))
    svc.courier.hand_over(delivery, message)
    return seal_step(svc, Step(step.id, step.until, step.seed, named, _mac(svc, step.id, named, code)), browser)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the person typed on the last page: `code` came to the address, `app_code` is what the app shows."""

    login: str
    password: str
    code: str
    app_code: str


async def finish(svc: Service, step: Step, typed: Typed, locale: str) -> str:
    """Open the account; its id. What is refused leaves the registration as it was.

    Raises WrongAnswer (either code), PasswordRefused, Conflict (login name, person or certificate known already),
    InvalidRequest, TooManyAttempts, ReadOnly.
    """
    svc.log.demand_writable()
    holder = await holder_of(svc, step)
    named = accounts.read_login(typed.login)
    if not 0 < len(named) <= 256 or not named.isprintable():
        raise InvalidRequest("login: 1 to 256 letters")
    await svc.limits.spend(TRIES, step.id)
    given = _mac(svc, step.id, step.address, "".join(typed.code.split()))
    if not step.code or not hmac.compare_digest(step.code, given):
        raise WrongAnswer
    app_step = _judge_app(svc, step, typed.app_code)
    ground = f"registered by EDS: {state_ground(holder)}; the highest acr is {MULTI}"
    enrolment = Enrolment(
        login=named,
        password=typed.password,
        totp_secret=totp.write_seed(unb64url(step.seed)),
        iin=holder.iin,
        name=holder.name,
        locale=locale,
        address=step.address,
        ground=ground,
        totp_step=app_step,
    )

    async def also(tx: Tx, account: str) -> list[Ticket]:
        made = make(svc, account, holder, NAME)
        if not await people.add_factor(tx, made.row, 1):
            raise Conflict("this certificate is of another account")
        whose, row = Whose(f"iin:{holder.iin}", holder.name), made.row
        draft = record_of(svc, made, "enrolled", row.record_id, whose, Ground(ground), row.enrolled_at)
        return [await svc.log.stage(tx, draft, {"attestation": holder.signed})]

    account = await accounts.enrol(svc, enrolment, also=also)
    await svc.ephemeral.take(_key(step.id))
    return account


def seal_step(svc: Service, step: Step, browser: str) -> str:
    """The step as text for an address, good in this browser alone."""
    return b64url(svc.keys.seal(_STEP, orjson.dumps(astuple(step)), browser.encode()))


def open_step(svc: Service, text: str, browser: str) -> Step:
    """The step that this browser was given. Raises InvalidRequest for another's and for one that is over."""
    try:
        if not 0 < len(text) <= MOST_STEP:
            raise ValueError("no step")
        step = Step(*orjson.loads(svc.keys.unseal(_STEP, unb64url(text), browser.encode())))
    except (SealBroken, ValueError) as error:
        raise InvalidRequest("this registration was not begun in this browser; begin again") from error
    if step.until <= svc.clock.now():
        raise InvalidRequest("the time of this registration is over; begin again")
    return step


def _judge_app(svc: Service, step: Step, code: str) -> int:
    """The step of a right code of the app."""
    challenge = totp.issue(step.id, svc.entropy)
    seed, now = unb64url(step.seed), svc.clock.now()
    _, taken = totp.judge(challenge, code, seed=seed, last_step=totp.NO_STEP, now=now, factor_id=step.id)
    return taken


def _message(svc: Service, address: str, code: str, locale: str, until: int) -> Message:
    text = words.CODE.say(
        locale,
        code=f"{code[:3]} {code[3:]}",
        plain=code,
        organisation=svc.settings.organisation,
        host=host_of(svc),
    )
    subject = words.CODE_SUBJECT.say(locale)
    return Message(channel_of(address), address, text, "", code=code, subject=subject, until=until)


def _mac(svc: Service, registration: str, address: str, code: str) -> str:
    return b64url(svc.keys.mac("registration-code", f"{registration}\n{address}\n{code}".encode()))


def _key(registration: str) -> str:
    return f"eds-registration:{registration}"
