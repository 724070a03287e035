"""The chain of each person against the values outside the log: every disclosure opens its slot, numbers have no gap.

Needs the service's keys. Findings name entries, never persons.
"""

from collections.abc import Sequence

from authsvc.evidence.errors import RecordError
from authsvc.evidence.fsck_tree import Findings
from authsvc.evidence.record import Disclosure, Entry, check_disclosure
from authsvc.evidence.vault import Vault
from authsvc.keys import SealBroken, b64url
from authsvc.store import Reads, subjects
from authsvc.store import evidence as rows

PAGE = 1000


class Chains:
    """Each person's last link so far: number and leaf hash. `heir`: the log goes on from another one."""

    def __init__(self, vault: Vault, found: Findings, *, heir: bool) -> None:
        self._vault = vault
        self._found = found
        self._heir = heir
        self._last: dict[str, tuple[int, str]] = {}
        self._handles: dict[str, str] = {}
        self._taken: dict[str, list[str]] | None = None

    async def follow(self, reads: Reads, entry: Entry, where: str) -> None:
        """Take the record's disclosures: each is the one committed to, and each person's number is the next."""
        try:
            disclosures = await self._vault.disclosures(reads, entry.id)
            lacks_texts = await self._vault.lacks_texts(reads, entry.id)
        except SealBroken:
            self._found.add(f"{where}: a sealed value was moved or altered: it does not open in its place")
            return
        except (ValueError, TypeError):
            self._found.add(f"{where}: what opens is no list of disclosures")
            return
        if lacks_texts:
            self._found.add(f"{where}: the texts behind its digests are missing")
        if len({each.salt for each in disclosures}) != len(disclosures):
            self._found.add(f"{where}: a salt was used twice")
        for disclosure in disclosures:
            try:
                check_disclosure(entry, disclosure)
            except RecordError as error:
                self._found.add(f"{where}: the value outside is not the one committed to: {error.message}")
        await self._step_over(reads, entry)
        await self._link(reads, entry, disclosures, where)

    async def _step_over(self, reads: Reads, entry: Entry) -> None:
        """A record that was taken down tells its number no more; the key store says whose it was (RECORD/HANDLE)."""
        if self._taken is None:
            self._taken = {}
            for key_id in await self._vault.epochs.key_store.erased():
                record, _, handle = key_id.rpartition("/")
                self._taken.setdefault(record, []).append(handle)
        for handle in self._taken.get(entry.id, ()):
            if await subjects.chain_head(reads, handle) is not None:
                before, _ = self._last.get(handle, (0, ""))
                self._last[handle] = before + 1, b64url(entry.leaf)

    def last_leaves(self) -> dict[str, str]:
        """Each person's handle to the leaf hash of their last record so far."""
        return {handle: leaf for handle, (_, leaf) in self._last.items()}

    async def _link(self, reads: Reads, entry: Entry, disclosures: Sequence[Disclosure], where: str) -> None:
        values = {each.name: each.value for each in disclosures}
        links = {
            await self._handle(reads, str(values[f"{role}_subject"])): (
                values.get(f"{role}_number"),
                values.get(f"{role}_previous"),
            )
            for role in entry.schema.roles
            if values.get(f"{role}_subject")
        }
        for subject, (number, previous) in links.items():
            before = self._last.get(subject)
            expected = before[0] + 1 if before else 1
            if number != expected:
                self._found.add(f"{where}: a person's number is {number}, the one before makes it {expected}")
            elif before and previous != before[1]:
                self._found.add(f"{where}: a person's previous record is another one")
            elif not before and previous != "none" and not self._heir:
                self._found.add(f"{where}: a person's first record names one before it")
            self._last[subject] = (number if isinstance(number, int) else expected, b64url(entry.leaf))

    async def _handle(self, reads: Reads, subject: str) -> str:
        """The name of the person's chain; of someone who is not known any more, their own."""
        if subject not in self._handles:
            self._handles[subject] = await self._vault.find(reads, subject) or subject
        return self._handles[subject]

    async def finish(self, reads: Reads) -> None:
        """The table from which the next numbers come says the same."""
        after = ""
        while page := await rows.chains_after(reads, after, PAGE):
            for subject, number, leaf in page:
                known = self._last.pop(subject, None)
                if number and known != (number, leaf):
                    self._found.add(f"chain: a person's next number would be {number + 1}, their records say otherwise")
            after = page[-1][0]
        if self._last:
            self._found.add(f"chain: {len(self._last)} persons have records and no next number")
