"""What a mandate says, in Kazakh, Russian and English; terms as docs/glossary.md fixes them."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

TITLE: Final = Words(
    "ЦИФРЛЫҚ РАСТАУҒА ӨКІЛЕТТІК", "ПОЛНОМОЧИЕ НА ЦИФРОВЫЕ ПОДТВЕРЖДЕНИЯ", "MANDATE FOR DIGITAL CONFIRMATIONS"
)
ENTITY: Final = Words(
    "Заңды тұлға: {name}, БСН {bin}", "Юридическое лицо: {name}, БИН {bin}", "Legal entity: {name}, BIN {bin}"
)
GRANTOR: Final = Words(
    "Өкілеттік беруші: ЖСН {iin}", "Полномочие даёт: ИИН {iin}", "The mandate is given by: IIN {iin}"
)
MEMBERS: Final = Words(
    "Өкілеттік алатындар: ЖСН {iins}", "Полномочие получают: ИИН {iins}", "The mandate is given to: IIN {iins}"
)
GROUP: Final = Words(
    "Әр әрекетті олардың {k} адамы растауы тиіс ({n} адамнан).",
    "Каждое действие должны подтвердить {k} из {n}.",
    "Each act needs {k} of {n} to confirm it.",
)
SCOPE: Final = Words("Әрекеттер: {acts}", "Действия: {acts}", "Acts: {acts}")
SINGLE: Final = Words("Бір әрекеттің шегі: {amount}", "Предел одного действия: {amount}", "Limit of one act: {amount}")
TOTAL: Final[Mapping[str, Words]] = {
    "day": Words("Бір күндегі барлық сома: {amount}", "Сумма за день: {amount}", "Sum in a day: {amount}"),
    "month": Words("Бір айдағы барлық сома: {amount}", "Сумма за месяц: {amount}", "Sum in a month: {amount}"),
    "term": Words("Бүкіл мерзімдегі сома: {amount}", "Сумма за весь срок: {amount}", "Sum in the whole term: {amount}"),
}
NO_MONEY: Final = Words("Ақша төлеуге құқық бермейді.", "Права платить не даёт.", "It gives no right to pay.")
SINCE_UNTIL: Final = Words(
    "Мерзімі (UTC): {since} – {until}", "Срок (UTC): {since} – {until}", "Term (UTC): {since} – {until}"
)
REVOCABLE: Final = Words(
    "Өкілеттікті берген адам оны кез келген уақытта бірден кері қайтара алады.",
    "Кто дал полномочие, может отозвать его в любое время и сразу.",
    "Who gave the mandate may revoke it at any time, at once.",
)
