"""Values of records outside the log, sealed under a key per subject: destroying the key erases them.

A subject (`iin:…` or `bin:…`) stands in the database under a random handle; a keyed MAC in the blind index leads to it.
Its data key is random and lies wrapped by the key of an epoch, which is outside the database. What concerns no subject
is sealed under the operator's key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from authsvc.clock import Entropy
from authsvc.errors import ConfigurationError
from authsvc.evidence.epochs import Epochs
from authsvc.evidence.record import Disclosure, Openings
from authsvc.evidence.shares import anonymous_part, pack, read_share, split_slots, texts_with, unpack, write_share
from authsvc.keys import Keys, SealBroken, b64url, seal_under, unseal_under
from authsvc.store import Change, Reads, Store, Tx, subjects
from authsvc.store import evidence as rows
from authsvc.store.subjects import ChainStep, SubjectKey

OPERATOR = "operator"
KEY_BYTES = 32
HANDLE_BYTES = 32
BLOBS = "blobs"


@dataclass(frozen=True, slots=True)
class Held:
    """A person of a record whose chain row is locked: handle, data key, and the record's place in their chain."""

    handle: str
    key: bytes
    number: int
    previous: str


class Vault:
    """Seals and opens what stands behind the commitments of a record."""

    def __init__(self, keys: Keys, epochs: Epochs, entropy: Entropy) -> None:
        self.epochs = epochs
        self._keys = keys
        self._entropy = entropy

    async def open(self, store: Store, *, leaning: bool = True) -> None:
        """Take the epochs up, and let rows lean on them. ConfigurationError when the key store lacks one they need.

        `leaning` as for `keep_up`.
        """
        needed = await self.keep_up(store, leaning=leaning)
        if not needed:
            await self.epochs.begin()
        if lost := sorted(set(needed) - set(self.epochs.numbers())):
            raise ConfigurationError(
                f"persons' keys in this database are wrapped under epoch {lost[0]}, which the key store does not hold:"
                " another key store, or a backup from before the epoch ended; see docs/erasure.md, “After a restore”"
            )
        await self.lean_on_known(store)

    async def keep_up(self, store: Store, *, leaning: bool = True) -> list[int]:
        """Take up what other processes did to the epochs, and say what the rows here lean on; gives that, oldest first.

        `leaning` false for a database that is not the newest one of its log: an old copy holds no secret back. Said
        first, looked for then: what is found is not destroyed while this goes on.
        """
        needed = await subjects.epochs(store)
        if leaning:
            await self.epochs.lean(needed)
        self.epochs.let_go(needed[0] if needed else 0)
        await self.epochs.refresh()
        return needed

    async def lean_on_known(self, store: Store) -> None:
        """Let rows lean on every epoch that this process knows."""
        numbers = self.epochs.numbers()
        if set(numbers) - set(await subjects.epochs(store)):

            async def body(tx: Tx) -> None:
                for number in numbers:
                    await subjects.open_epoch(tx, number)

            await store.transact(body)

    async def hold(self, tx: Tx, persons: Iterable[str]) -> dict[str, Held]:
        """Take the next number of each of these subjects; who is not known yet begins at 1 with a key of their own.

        The rows are locked in an order that is the same in all processes, until the transaction ends.
        """
        named = {subject: self.epochs.names(subject) for subject in persons}
        return {
            subject: await self._hold(tx, subject, named[subject]) for subject in sorted(named, key=named.__getitem__)
        }

    async def enter(self, tx: Tx, subject: str) -> str:
        """The handle of a subject, made with a key of their own when there is none yet."""
        known = await self.find(tx, subject)
        if known is None:
            await self._enter(tx, subject, self.epochs.names(subject))
            known = await self.find(tx, subject)
        if known is None:
            raise RuntimeError("a person who was entered is there")
        return known

    async def _hold(self, tx: Tx, subject: str, names: Sequence[tuple[int, str]]) -> Held:
        macs = names[0][1], names[-1][1]
        step = await subjects.step_chain(tx, *macs)
        if step is None:
            await self._enter(tx, subject, names)
            step = await subjects.step_chain(tx, *macs)
        if step is None:
            raise RuntimeError("a person who was entered is there")
        return self._held(step)

    def _held(self, step: ChainStep) -> Held:
        return Held(step.handle, self.epochs.unwrap(step.wrapped, step.handle), step.number, step.previous)

    async def _enter(self, tx: Tx, subject: str, names: Sequence[tuple[int, str]]) -> None:
        """Make a handle and a key, unless another transaction made them first."""
        handle = b64url(self._entropy(HANDLE_BYTES))
        for epoch, mac in names:
            if await subjects.claim_name(tx, mac, epoch, handle) != handle:
                return
        key = self._entropy(KEY_BYTES)
        epoch, wrapped = self.epochs.wrap(key, handle)
        name = seal_under(key, subject.encode(), _name_place(handle), self._entropy)
        await subjects.add_subject(tx, SubjectKey(handle, wrapped, name), epoch)

    async def find(self, reads: Reads, subject: str) -> str | None:
        """The handle under which a subject stands in the database; None for one who is not known, or no longer."""
        names = self.epochs.names(subject)
        return await subjects.handle_of(reads, names[0][1], names[-1][1])

    async def subject_of(self, reads: Reads, handle: str) -> str | None:
        """The subject (`iin:…`, `bin:…`) behind a handle; None when their key was destroyed."""
        key = await subjects.key_of(reads, handle)
        return self.name_of(key) if key else None

    def name_of(self, key: SubjectKey) -> str:
        """The subject whose key this is."""
        plain = self.epochs.unwrap(key.wrapped, key.handle)
        return unseal_under(plain, key.name, _name_place(key.handle)).decode()

    def seal(
        self,
        record_id: str,
        parties: Mapping[str, Held],
        openings: Openings,
        blobs: Mapping[str, bytes],
    ) -> list[Change]:
        """What keeps a record's openings and blobs, sealed. `parties`: role to the person."""
        kept: list[Change] = []
        persons = {held.handle: held.key for held in parties.values()}
        holders = (*persons.items(), (OPERATOR, self._operator_key()))
        numbers = {handle: number for number, handle in enumerate(persons)}
        roles = tuple((role, numbers[held.handle]) for role, held in parties.items())
        texts = (len(persons),) if blobs else ()
        for (holder, key), places in zip(holders, split_slots(openings.type, roles, len(persons)), strict=True):
            if places:
                share = write_share(openings, places, texts)
                sealed = seal_under(key, share, _place(record_id, holder, ""), self._entropy)
                kept.append(rows.to_add_disclosure(rows.SealedRow(record_id, "", holder, sealed)))
            texts = ()
        if blobs:
            first, key = holders[0]
            sealed = seal_under(key, pack(blobs), _place(record_id, first, BLOBS), self._entropy)
            kept.append(rows.to_add_blob(rows.SealedRow(record_id, BLOBS, first, sealed)))
        return kept

    async def keep_for_operator(self, tx: Tx, record_id: str, blobs: Mapping[str, bytes]) -> None:
        """Texts of a record that outlive its persons: what was approved, by which EDS."""
        place = _place(record_id, OPERATOR, OPERATOR)
        sealed = seal_under(self._operator_key(), pack(blobs), place, self._entropy)
        await tx.together(rows.to_add_blob(rows.SealedRow(record_id, OPERATOR, OPERATOR, sealed)))

    async def keep_anonymous(self, tx: Tx, handle: str) -> None:
        """Of a person's records, keep what says nothing of them, under the operator's key; their own is left alone."""
        key = await self._key_of(tx, handle)
        for row in await rows.sealed_for(tx, handle):
            holders = {each.subject for each in await rows.disclosures_of(tx, row.record_id)}
            plain = b"" if row.name or OPERATOR in holders else anonymous_part(self.open_under(key, row))
            if plain:
                sealed = await self.seal_again(tx, row, OPERATOR, plain)
                await tx.together(rows.to_add_disclosure(sealed))

    async def disclosures(self, reads: Reads, record_id: str) -> list[Disclosure]:
        """What can still be opened of a record's slots, in their order; erased subjects' values are absent."""
        found: dict[int, Disclosure] = {}
        for row in await rows.disclosures_of(reads, record_id):
            plain = await self._open(reads, row)
            if plain is not None:
                for disclosure in read_share(plain):
                    found.setdefault(disclosure.slot, disclosure)
        return [found[slot] for slot in sorted(found)]

    async def lacks_texts(self, reads: Reads, record_id: str) -> bool:
        """Whether the record's texts were removed although everybody whose values it holds is still there.

        The first holder's share says of how many persons it is one, where the record has texts; with one of them
        erased or taken down the texts are gone rightly. SealBroken when a share does not open in its place.
        """
        if any(row.name == BLOBS for row in await rows.blobs_of(reads, record_id)):
            return False
        shares = await rows.disclosures_of(reads, record_id)
        opened = [plain for row in shares if (plain := await self._open(reads, row)) is not None]
        persons = [count for plain in opened for count in texts_with(plain)]
        return bool(persons) and max(persons) == sum(row.subject != OPERATOR for row in shares)

    async def blobs(self, reads: Reads, record_id: str) -> dict[str, bytes]:
        """What can still be opened of a record's blobs, by name."""
        found: dict[str, bytes] = {}
        for row in await rows.blobs_of(reads, record_id):
            plain = await self._open(reads, row)
            found |= unpack(plain) if plain is not None else {}
        return found

    async def _open(self, reads: Reads, row: rows.SealedRow) -> bytes | None:
        if row.subject == OPERATOR:
            key = self._operator_key()
        else:
            known = await subjects.key_of(reads, row.subject)
            if known is None:
                return None
            key = self.epochs.unwrap(known.wrapped, known.handle)
        return self.open_under(key, row)

    async def find_broken(self, reads: Reads, kept: Sequence[rows.SealedRow]) -> rows.SealedRow | None:
        """The first of these values that does not open in its place, or whose holder has no key; None when all do."""
        known = await subjects.keys_of(reads, sorted({row.subject for row in kept} - {OPERATOR}))
        keys = {OPERATOR: self._operator_key()}
        for row in kept:
            try:
                if row.subject not in keys:
                    keys[row.subject] = self.epochs.unwrap(known[row.subject].wrapped, row.subject)
                self.open_under(keys[row.subject], row)
            except (SealBroken, KeyError):
                return row
        return None

    def open_under(self, key: bytes, row: rows.SealedRow) -> bytes:
        """The plain bytes of a sealed value. SealBroken when it was moved, altered, or is another holder's."""
        return unseal_under(key, row.ciphertext, _place(row.record_id, row.subject, row.name))

    async def seal_again(self, reads: Reads, row: rows.SealedRow, holder: str, plain: bytes) -> rows.SealedRow:
        """The same value for another holder: a person's handle, or `OPERATOR`."""
        key = await self._key_of(reads, holder)
        sealed = seal_under(key, plain, _place(row.record_id, holder, row.name), self._entropy)
        return rows.SealedRow(row.record_id, row.name, holder, sealed)

    async def seal_for(self, reads: Reads, handle: str, place: str, plain: bytes) -> bytes:
        """A value of a person outside their records, under their key: it ends with it, in backups too.

        `place` names the row. SealBroken when there is no such person.
        """
        return seal_under(await self._key_of(reads, handle), plain, _row_place(place, handle), self._entropy)

    async def open_for(self, reads: Reads, handle: str, place: str, sealed: bytes) -> bytes | None:
        """The plain value of `seal_for`; None when the person's key was destroyed. SealBroken when it was moved."""
        known = await subjects.key_of(reads, handle)
        if known is None:
            return None
        return unseal_under(self.epochs.unwrap(known.wrapped, handle), sealed, _row_place(place, handle))

    async def _key_of(self, reads: Reads, holder: str) -> bytes:
        if holder == OPERATOR:
            return self._operator_key()
        known = await subjects.key_of(reads, holder)
        if known is None:
            raise SealBroken("there is no such person")
        return self.epochs.unwrap(known.wrapped, known.handle)

    def _operator_key(self) -> bytes:
        return self._keys.secret("seal/operator")


def _row_place(place: str, handle: str) -> bytes:
    return f"row\n{place}\n{handle}".encode()


def _name_place(handle: str) -> bytes:
    return f"name\n{handle}".encode()


def _place(record_id: str, holder: str, name: str) -> bytes:
    return f"{record_id}\n{holder}\n{name}".encode()
