"""Verdicts and findings of a package check in Kazakh, Russian and English (evidence format, section 12)."""

from collections.abc import Mapping, Sequence
from typing import Final

from authsvc.evidence.verdict import Code, Finding
from authsvc.evidence.words_custody_findings import CUSTODY
from authsvc.evidence.words_record_findings import CHAINS, RECORDS
from authsvc.evidence.words_time_findings import TIME
from confirmations.words import Words

TEST: Final = Words(
    "СЫНАҚ: бұл — сынақ ортасының жазбалары, олардың заңдық мәні жоқ.",
    "ТЕСТ: это записи тестовой среды, юридического значения они не имеют.",
    "TEST: these are records of a test environment and have no legal meaning.",
)
VERDICTS: Final[Mapping[Code, Words]] = {
    Code.VALID: Words(
        "ЖАРАМДЫ: барлық тексеріс орындалды, журналға журнал кілттерінің бәрі қол қойған",
        "ДЕЙСТВИТЕЛЕН: все проверки выполнены, журнал подписан всеми его ключами",
        "VALID: every check holds and all keys of the log have signed",
    ),
    Code.INVALID: Words("ЖАРАМСЫЗ", "НЕДЕЙСТВИТЕЛЕН", "INVALID"),
    Code.NOT_CONFIRMED: Words(
        "РАСТАЛМАДЫ: пакет өз ішінде қайшылықсыз",
        "НЕ ПОДТВЕРЖДЁН: пакет сам по себе непротиворечив",
        "NOT CONFIRMED: the package is consistent in itself",
    ),
}
NOT_A_PACKAGE: Final = Words(
    "Бұл файл сот пакеті емес.", "Этот файл не является судебным пакетом.", "This file is not a court package."
)
NO_TIME: Final = Words(
    "уақыт дәлелденбеген: бұл жазбалардан кейін уақыт белгісі жоқ",
    "время не доказано: над этими записями нет метки времени",
    "no time is proven: there is no time stamp above these records",
)
NO_INDEPENDENT_WITNESS: Final = Words(
    "тәуелсіз куә жоқ: оператор бұл журналды {date} күніне дейін қайта жаза алар еді",
    "независимого свидетеля нет: оператор мог переписать этот журнал до {date}",
    "no independent witness: the operator could have rewritten this log before {date}",
)
DONE: Final = Words("орындалды", "выполнено", "holds")
FAILED: Final = Words("ОРЫНДАЛМАДЫ", "НЕ ВЫПОЛНЕНО", "FAILS")
DOUBTFUL: Final = Words("расталмады", "не подтверждено", "not confirmed")
NOT_DONE: Final = Words("тексерілмеді", "не проверялось", "not made")

CHECKS: Final[Mapping[str, Words]] = {
    "container": Words("файлдар құрамы", "состав файлов", "container"),
    "trust": Words("сенім негізі", "основание доверия", "trust"),
    "log_signatures": Words("журнал қолтаңбалары", "подписи журнала", "signatures of the log"),
    "quorum": Words("куәлар кворумы", "кворум свидетелей", "quorum of witnesses"),
    "genesis": Words("бірінші жазба", "первая запись", "genesis"),
    "issuer_keys": Words("жазба шығарушылардың кілттері", "ключи издателей записей", "issuer keys"),
    "entry_bytes": Words("жазбалардың байттары", "байты записей", "entry bytes"),
    "slots": Words("ашылған мәндер", "раскрытые значения", "disclosed values"),
    "inclusion": Words("журналдағы орны", "место в журнале", "inclusion in the log"),
    "time": Words("уақыт", "время", "time"),
    "chains": Words("адамдардың тізбектері", "цепочки лиц", "chains of persons"),
    "export": Words("экспорт тізімі және толықтығы", "список выгрузки и его полнота", "export list and closure"),
    "eds": Words("электрондық цифрлық қолтаңбалар", "электронные цифровые подписи", "electronic digital signatures"),
    "report": Words("есеп", "отчёт", "report"),
    "seal": Words("ұйымның мөрі", "печать организации", "seal of the organisation"),
}

_CONTAINER: Final[Mapping[str, Words]] = {
    "archive": Words(
        "архив ережені бұзады ({rule}), ол ашылған жоқ",
        "архив нарушает правило ({rule}) и не распакован",
        "the archive breaks a rule ({rule}) and was not unpacked",
    ),
    "mimetype": Words(
        "пакет түрі бірінші файл емес", "тип пакета стоит не первым файлом", "the kind of package is not the first file"
    ),
    "custody_unreadable": Words(
        "сақтау тізімі оқылмайды", "опись хранения не читается", "the custody record can't be read"
    ),
    "custody_differs": Words(
        "сақтау тізімі файлдарға сай емес",
        "опись хранения не соответствует файлам",
        "the custody record does not fit the files",
    ),
    "newer_package": Words(
        "пакет нұсқасы жаңарақ: жаңа тексергіш қажет",
        "версия пакета новее: нужна более новая программа проверки",
        "a newer version of the package: needs a newer verifier",
    ),
    "newer_file": Words(
        "бұл тексергішке белгісіз файл: жаңа тексергіш қажет",
        "файл, неизвестный этой программе: нужна более новая программа проверки",
        "a file that is not known here: needs a newer verifier",
    ),
    "unlisted_file": Words("тізімде жоқ файл", "файл, которого нет в описи", "a file that custody.json does not list"),
    "file_changed": Words(
        "файл экспорттан кейін өзгертілген", "файл изменён после выгрузки", "the file was changed after the export"
    ),
    "file_missing": Words("тізімдегі файл жоқ", "файла из описи нет", "a listed file is missing"),
    "unreadable": Words("файл оқылмайды", "файл не читается", "the file can't be read"),
}
_LOG: Final[Mapping[str, Words]] = {
    "no_trust": Words(
        "trust.json берілмеген, сондықтан пакеттің кімнен шыққаны расталмады",
        "не дан файл trust.json, поэтому происхождение пакета не подтверждено",
        "no trust.json was given, so the package's origin is not confirmed",
    ),
    "other_log": Words(
        "пакет trust.json атаған журналдан емес: {origin}",
        "пакет из другого журнала, чем назван в trust.json: {origin}",
        "the package is of another log than trust.json names: {origin}",
    ),
    "checkpoint_unreadable": Words(
        "бақылау нүктесі оқылмайды", "контрольная точка не читается", "the checkpoint can't be read"
    ),
    "no_log_key": Words(
        "бұл көлемдегі журналға сенімді кілт жоқ",
        "для журнала такого размера нет доверенного ключа",
        "no trusted key for a log of this size",
    ),
    "log_signature": Words(
        "бақылау нүктесіне сенімді журнал кілті қол қоймаған",
        "контрольная точка не подписана доверенным ключом журнала",
        "the checkpoint is not signed by the trusted key of the log",
    ),
    "log_signature_missing": Words(
        "журнал кілтінің қолтаңбасы жоқ: {key}", "нет подписи ключа журнала: {key}", "no signature of the log key {key}"
    ),
    "log_key_leaked": Words(
        "журнал кілті {leaked} бастап бөтен қолда болуы мүмкін: {key}",
        "ключ журнала мог быть в чужих руках с {leaked}: {key}",
        "the log key {key} may have been in other hands since {leaked}",
    ),
    "policy_unreadable": Words(
        "куәлар саясаты оқылмайды", "политика свидетелей не читается", "the policy of witnesses can't be read"
    ),
    "policy_not_trusted": Words(
        "пакеттегі куәлар саясаты есепке алынбайды: сенім тек trust.json файлынан",
        "политика свидетелей из пакета не учитывается: доверие берётся только из trust.json",
        "the package's own policy does not count: trust comes from trust.json alone",
    ),
    "policy_differs": Words(
        "пакеттегі саясат trust.json саясатынан өзге; соңғысы қолданылды",
        "политика в пакете отличается от trust.json; применена последняя",
        "the package's policy differs from the one of trust.json, which was applied",
    ),
    "cosignature_from_future": Words(
        "{witness} куәсінің қолтаңбасы болашақтан, ол есепке алынбады",
        "подпись свидетеля {witness} из будущего и не засчитана",
        "the cosignature of {witness} is from the future and does not count",
    ),
    "quorum_not_met": Words(
        "тәуелсіз куәлар кворумы жиналмаған",
        "кворум независимых свидетелей не набран",
        "the quorum of independent witnesses is not met",
    ),
    "no_independent_witness": Words(
        "саясатта тәуелсіз куә жоқ",
        "политика не называет независимого свидетеля",
        "the policy names no independent witness",
    ),
    "genesis_missing": Words("журналдың бірінші жазбасы жоқ", "нет первой записи журнала", "genesis is missing"),
    "genesis_unreadable": Words(
        "журналдың бірінші жазбасы жарамсыз", "первая запись журнала недействительна", "genesis does not hold"
    ),
    "genesis_not_first": Words(
        "бірінші жазба журналдың басында тұрған жоқ",
        "первая запись стоит не в начале журнала",
        "genesis does not stand at the beginning of the log",
    ),
    "genesis_of_another_log": Words(
        "бірінші жазба басқа журналдан", "первая запись из другого журнала", "genesis is of another log"
    ),
    "genesis_not_trusted": Words(
        "бірінші жазба trust.json атаған жазба емес",
        "первая запись не та, которую называет trust.json",
        "genesis is not the one that trust.json names",
    ),
    "environment": Words(
        "орта (сынақ немесе жұмыс) trust.json файлынан өзге",
        "среда (тестовая или рабочая) не та, что в trust.json",
        "the environment (test or production) is not the one of trust.json",
    ),
    "no_issuer_keys": Words(
        "жазба шығарушылардың кілттері белгісіз", "ключи издателей неизвестны", "the issuer keys are not known"
    ),
    "key_record": Words(
        "кілт туралы жазба жарамсыз", "запись о ключе недействительна", "a record about a key does not hold"
    ),
    "key_out_of_order": Words(
        "кілт туралы жазба алдыңғы кілттерге сай емес",
        "запись о ключе не согласуется с действовавшими ключами",
        "a record about a key does not fit the keys in force before it",
    ),
}
FINDINGS: Final[Mapping[str, Words]] = {
    **_CONTAINER,
    **_LOG,
    **RECORDS,
    **CHAINS,
    **CUSTODY,
    **TIME,
    "no_time": NO_TIME,
}
"""Code of a finding to its sentence; the places in braces are the finding's parameters."""


def fill(text: Words, **values: str) -> Words:
    """The text with its places filled in all three languages."""
    return Words(*(text.say(locale, **values) for locale in ("kk", "ru", "en")))


def reason(finding: Finding) -> Words:
    """What was found, with its place behind it."""
    text = fill(FINDINGS[finding.code], **finding.params)
    return Words(*(f"{each} ({finding.where})" for each in text)) if finding.where else text


def join(first: Words, second: Words) -> Words:
    """The second text behind the first and a colon, or a semicolon where there is one already."""
    return Words(*(f"{a}{'; ' if ':' in a else ': '}{b}" for a, b in zip(first, second, strict=True)))


def sentence(parts: Sequence[Words]) -> Words:
    """The parts as one sentence."""
    return Words(*("; ".join(each) + "." for each in zip(*parts, strict=True)))
