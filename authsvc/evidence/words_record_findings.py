"""Findings about records, chains and receipts in Kazakh, Russian and English (evidence format, section 12)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

RECORDS: Final[Mapping[str, Words]] = {
    "newer_format": Words(
        "белгісіз нұсқа немесе код: жаңа тексергіш қажет",
        "неизвестная версия или код: нужна более новая программа проверки",
        "a version or code that is not known here: needs a newer verifier",
    ),
    "entry": Words(
        "жазбаның байттары форматқа сай емес",
        "байты записи не соответствуют формату",
        "the record's bytes break the format",
    ),
    "misplaced": Words(
        "мұндай жазба бұл жерде тұрмауы керек ({type})",
        "записи этого типа здесь не место ({type})",
        "a record of this type does not belong here ({type})",
    ),
    "record_twice": Words("жазба екі рет кездеседі", "запись встречается дважды", "the record is there twice"),
    "wrong_issuer": Words(
        "жазбаға өз түрінің шығарушысы қол қоймаған ({family})",
        "запись подписана не издателем своего вида ({family})",
        "the record is not signed by the issuer of its kind ({family})",
    ),
    "entry_signature": Words(
        "жазбаның қолтаңбасы сәйкес келмейді: жазба өзгертілген",
        "подпись записи не сходится: запись изменена",
        "the record's signature does not verify: the record was changed",
    ),
    "key_outside_interval": Words(
        "жазбаға сол кезде күші жоқ кілтпен қол қойылған",
        "запись подписана ключом, который тогда не действовал",
        "the record is signed by a key that was not in force there",
    ),
    "issuer_leaked": Words(
        "шығарушы кілті {leaked} бастап бөтен қолда болуы мүмкін; ол {size}-орында кері қайтарылды, уақыты {revoked}",
        "ключ издателя мог быть в чужих руках с {leaked}; он отозван на месте {size}, время {revoked}",
        "the issuer's key may have been in other hands since {leaked}; it was revoked at place {size}, {revoked}",
    ),
    "disclosures_unreadable": Words(
        "ашылған мәндер оқылмайды", "раскрытые значения не читаются", "the disclosed values can't be read"
    ),
    "slot_twice": Words(
        "бір орын екі рет ашылған", "одно место раскрыто дважды", "one slot is opened twice, or the order is wrong"
    ),
    "slot": Words(
        "ашылған мән жазбадағы міндеттемеге сай емес",
        "раскрытое значение не то, которое зафиксировано в записи",
        "the disclosed value is not the one that the record commits to",
    ),
    "approved_twice": Words("бір адам екі рет мақұлдаған", "одно лицо одобрило дважды", "one person approved twice"),
    "no_approvals": Words("мақұлдаулар жоқ", "одобрений нет", "no approvals"),
    "blob": Words(
        "қоса берілген мәтін жазбадағы хешке сай емес",
        "приложенный текст не соответствует хешу в записи",
        "the attached text is not the one behind the digest in the record",
    ),
    "blob_of_nothing": Words(
        "бұл мәтінді ешбір жазба атамайды", "этот текст не назван ни одной записью", "a text that no record names"
    ),
    "proof_unreadable": Words(
        "журналға енгізу дәлелі оқылмайды",
        "доказательство включения не читается",
        "the inclusion proof can't be read",
    ),
    "proof_to_another_checkpoint": Words(
        "дәлел басқа бақылау нүктесіне берілген",
        "доказательство дано к другой контрольной точке",
        "the proof is to another checkpoint than the package's",
    ),
    "not_included": Words(
        "жазба журналдың {index} орнында тұрған жоқ",
        "записи нет на месте {index} журнала",
        "the record does not stand at place {index} of the log",
    ),
    "order": Words(
        "жазбалар журналдағы ретімен тұрған жоқ",
        "записи стоят не в порядке журнала",
        "records are not in the log's order",
    ),
    "logged_late": Words(
        "журналға {seconds} секунд кеш енгізілген",
        "занесена в журнал на {seconds} с позже",
        "logged {seconds} s late",
    ),
}
CHAINS: Final[Mapping[str, Words]] = {
    "chain_up_to": Words(
        "бұл адамның жазбалары {number} нөміріне дейін көрсетілген; толықтығы — сырттағы біреу сақтаған соңғы нөмірге "
        "дейін",
        "записи этого лица показаны до номера {number}; полнота — до последнего номера, который есть у кого-то вне "
        "сервиса",
        "this person's records are shown up to number {number}; complete up to the last number that someone outside "
        "holds",
    ),
    "chain_start": Words(
        "тізбектің басы нөмірге сай емес",
        "начало цепочки не согласуется с номером",
        "the chain's start does not fit the number",
    ),
    "chain_two_numbers": Words(
        "бір адамның бір жазбада екі нөмірі бар",
        "у одного лица два номера в одной записи",
        "one person has two numbers in one record",
    ),
    "chain_number_twice": Words("нөмір екі рет берілген", "номер выдан дважды", "a number was given twice"),
    "chain_previous": Words(
        "алдыңғы жазбаға сілтеме дұрыс емес",
        "ссылка на предыдущую запись неверна",
        "the link to the record before is wrong",
    ),
    "chain_order": Words(
        "нөмірлер журнал ретіне қайшы", "номера противоречат порядку журнала", "numbers contradict the log's order"
    ),
    "chain_left_out": Words(
        "{number} нөмірлі жазба тізім бойынша алынбаған",
        "запись номер {number} не взята, как указано в списке",
        "number {number} is left out, as the export record says",
    ),
    "chain_gap": Words(
        "{number} нөмірлі жазба жоқ және тізімде аталмаған",
        "записи номер {number} нет, и в списке она не названа",
        "number {number} is missing and not listed as left out",
    ),
    "receipt_unreadable": Words(
        "бұл осы журналдың түбіртегі емес", "это не квитанция этого журнала", "not a receipt of this log"
    ),
    "receipt_differs": Words(
        "{receipt}: түбіртектегі жазба пакеттегіден өзге",
        "{receipt}: запись в квитанции не та, что в пакете",
        "{receipt}: the record in the receipt is not the one in the package",
    ),
    "receipt_holds": Words(
        "{receipt}: {number} нөмірлі жазба пакетте бар",
        "{receipt}: запись номер {number} есть в пакете",
        "{receipt}: record number {number} is in the package",
    ),
    "receipt_later": Words(
        "{number} нөмірлі жазба бұл пакеттен кейін жасалған",
        "запись номер {number} сделана позже этого пакета",
        "record number {number} came after this package",
    ),
    "receipt_left_out": Words(
        "{number} нөмірлі жазба тізім бойынша алынбаған",
        "запись номер {number} не взята, как указано в списке",
        "record number {number} is left out, as the export record says",
    ),
    "receipt_withheld": Words(
        "{number} нөмірлі жазба соттан жасырылған: ол пакетте де, тізімде де жоқ",
        "запись номер {number} утаена от суда: её нет ни в пакете, ни в списке",
        "record number {number} was withheld from the court: neither in the package nor listed as left out",
    ),
    "receipt_not_in_package": Words(
        "{number} нөмірлі жазба пакетте де, тізімде де жоқ",
        "записи номер {number} нет ни в пакете, ни в списке",
        "record number {number} is neither in the package nor listed as left out",
    ),
    "receipt_anchored": Words(
        "{receipt}: оның жазбасы журналдағы орнын {after} кейін және {before} дейін алған",
        "{receipt}: её запись заняла место в журнале после {after} и до {before}",
        "{receipt}: its record took its place in the log after {after} and before {before}",
    ),
    "receipt_time_fails": Words(
        "{receipt}: уақыт белгілері жазбаның орнын дәлелдемейді",
        "{receipt}: метки времени не доказывают место записи",
        "{receipt}: the time stamps do not prove the place of the record",
    ),
    "receipt_time_open": Words(
        "{receipt}: уақыт расталмады: оны шешетін материал қолда жоқ: {lacking}",
        "{receipt}: время не подтверждено: нет материала, по которому это решается: {lacking}",
        "{receipt}: its time is not confirmed: what decides it is not at hand: {lacking}",
    ),
    "receipt_time_not_judged": Words(
        "{receipt}: уақыт белгілері орталықтарының сертификаттары мұнда тексерілмеді",
        "{receipt}: сертификаты центров меток времени здесь не проверялись",
        "{receipt}: the certificates of its time stamp authorities were not judged here",
    ),
}
