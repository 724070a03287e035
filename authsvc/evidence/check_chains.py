"""Check 11 of a package: the chain of each person (evidence format, section 6)."""

from dataclasses import dataclass

from authsvc.evidence.canonical import Value
from authsvc.evidence.keyforms import digest_bytes
from authsvc.evidence.package_read import Item, Package
from authsvc.evidence.verdict import Sheet


def check_chains(sheet: Sheet, package: Package) -> None:
    """11: each person's records have ascending indices, numbers once each, and name the one before.

    Where a record can't be read, gaps are said but not held against its neighbours.
    """
    unread = any(item.entry is None for item in package.records)
    heir = _goes_on(package)
    out = frozenset(each for each in left_out(package) if isinstance(each, int))
    for subject, links in sorted(chains(package).items()):
        before: ChainLink | None = None
        for link in links:
            _check_link(sheet, link, before, heir=heir)
            _check_gap(sheet, link, before, out, unread)
            before = link
        sheet.note("chain_up_to", mask_subject(subject), number=links[-1].number)


def mask_subject(subject: str) -> str:
    """A person as a finding's place: the kind of number and its last four digits."""
    return f"{subject[:4]}…{subject[-4:]}"


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A record's place in a person's chain, as disclosed."""

    item: Item
    role: str
    number: int
    previous: str
    index: int
    leaf: bytes

    @property
    def where(self) -> str:
        """Its place in a finding."""
        return f"{self.item.disclosures_path}#{self.role}_number"


def chains(package: Package) -> dict[str, list[ChainLink]]:
    """Person to their disclosed links, by number."""
    found: dict[str, list[ChainLink]] = {}
    for item in package.records:
        if item.entry is None or item.proof is None:
            continue
        for role in item.entry.schema.roles:
            subject, number = item.value(f"{role}_subject"), item.value(f"{role}_number")
            previous = item.value(f"{role}_previous")
            if isinstance(subject, str) and subject and isinstance(number, int) and isinstance(previous, str):
                link = ChainLink(item, role, number, previous, item.proof.index, item.entry.leaf)
                found.setdefault(subject, []).append(link)
    for links in found.values():
        links.sort(key=lambda link: (link.number, link.index))
    return found


def _goes_on(package: Package) -> bool:
    """Whether this log goes on from another one: then a person's first record here may name their last one there."""
    genesis = package.genesis.entry if package.genesis else None
    return genesis is not None and genesis.type == "genesis" and bool(genesis.body["predecessor"])


def _check_link(sheet: Sheet, link: ChainLink, before: ChainLink | None, *, heir: bool) -> None:
    where = link.where
    if (link.previous == "none") is (link.number > 1) and not (heir and link.number == 1):
        sheet.fault("chain_start", where)
    if before is None:
        return
    if before.item is link.item:
        if (before.number, before.previous) != (link.number, link.previous):
            sheet.fault("chain_two_numbers", where)
        return
    if link.number == before.number:
        sheet.fault("chain_number_twice", where)
    elif link.number == before.number + 1 and digest_bytes(link.previous) != before.leaf:
        sheet.fault("chain_previous", where)
    if link.index <= before.index:
        sheet.fault("chain_order", where)


def _check_gap(sheet: Sheet, link: ChainLink, before: ChainLink | None, out: frozenset[int], unread: bool) -> None:
    for number in range(before.number + 1 if before else 1, link.number):
        if number in out:
            sheet.note("chain_left_out", link.where, number=number)
            continue
        weigh = sheet.note if unread else sheet.fault
        weigh("chain_gap", link.where, number=number)
        return


def left_out(package: Package) -> list[Value]:
    """Record ids and numbers that the export record lists as left out."""
    export = package.record(package.export)
    value = export.value("export_left_out") if export else None
    return [each[0] for each in value if isinstance(each, list) and each] if isinstance(value, list) else []
