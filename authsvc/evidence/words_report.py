"""Labels of the report and the instructions in a package, in Kazakh, Russian and English (evidence format, 12)."""

from collections.abc import Mapping
from typing import Final

from confirmations.words import Words

LANGUAGE: Final = Words("Қазақша", "Русский", "English")
TITLE: Final = Words("Дәлелдемелер пакеті: есеп", "Пакет доказательств: отчёт", "Evidence package: report")
ABOUT: Final = Words(
    "Бұл есеп — пакеттегі жазбалардың оқуға ыңғайлы түрі. Дәлел — жазбалардың өзі; оларды тексеру жолы verify "
    "бумасындағы нұсқаулықта.",
    "Этот отчёт показывает записи пакета в читаемом виде. Доказательство — сами записи; как их проверить, сказано в "
    "инструкции в папке verify.",
    "This report shows the package's records in readable form. The records themselves are the evidence; how to check "
    "them is said in the instructions in the folder verify.",
)
SUMMARY: Final = Words("Пакет туралы", "О пакете", "About this package")
LIMITS: Final = Words("Бұл пакет не дәлелдемейді", "Чего этот пакет не доказывает", "What this package does not prove")
NO_TIME: Final = Words(
    "Уақыт дәлелденбеген: пакетте уақыт белгілері жоқ.",
    "Время не доказано: меток времени в пакете нет.",
    "No time is proven: there are no time stamps in this package.",
)
TIME_BY_STAMPS: Final = Words(
    "Уақыт белгілері жазбаның журналдағы орнын қашан алғанын шектейді, әрекеттің қашан болғанын емес. Олардың "
    "дұрыстығын тексергіштің қорытындысы айтады.",
    "Метки времени ограничивают, когда запись заняла место в журнале, а не когда произошло действие. Верны ли они, "
    "говорит заключение программы проверки.",
    "The time stamps bound when a record took its place in the log, not when the act happened. Whether they hold is "
    "said by the verifier's verdict.",
)
TIME_FAILED: Final = Words(
    "Пакет жабылғанда соңғы жазбаларға уақыт белгісі алынбады, себебі: {reason}.",
    "При закрытии пакета метка времени над последними записями не была получена, причина: {reason}.",
    "When this package was closed no time stamp over the last records was to be had, for this reason: {reason}.",
)
TIME_OF_PLACE: Final = Words(
    "Журналдағы орнын алған уақыты (уақыт белгілері бойынша)",
    "Когда запись заняла место в журнале (по меткам времени)",
    "When it took its place in the log (by time stamps)",
)
TIME_AFTER: Final = Words("{utc} кейін; {almaty}", "после {utc}; {almaty}", "after {utc}; {almaty}")
TIME_BEFORE: Final = Words("{utc} дейін; {almaty}", "до {utc}; {almaty}", "before {utc}; {almaty}")
TIME_WIDTH: Final = Words("аралығы: {seconds} с", "промежуток: {seconds} с", "width: {seconds} s")
NO_LOWER_BOUND: Final = Words("төменгі шегі дәлелденбеген", "нижняя граница не доказана", "no lower bound is proven")
TIME_NOT_PROVEN: Final = Words(
    "дәлелденбеген: бұл жазбадан кейін уақыт белгісі жоқ",
    "не доказано: над этой записью нет метки времени",
    "not proven: there is no time stamp above this record",
)
WITNESSES: Final = Words(
    "Тәуелсіз куә болмаса, оператор бұл журналды қайта жаза алар еді. Куәлар туралы тексергіштің қорытындысы айтады.",
    "Без независимого свидетеля оператор мог переписать этот журнал. Были ли свидетели, говорит заключение программы "
    "проверки.",
    "Without an independent witness the operator could have rewritten this log. Whether there were witnesses is said "
    "by the verifier's verdict.",
)
QUORUM_LATE: Final = Words(
    "Журнал саясаты куәлар кворумын талап етеді, бірақ пакет жабылғанда кворум жиналмаған: бақылау нүктесіне барлық "
    "қажетті куә қол қойған жоқ.",
    "Политика журнала требует кворума свидетелей, но при закрытии пакета кворум не был набран: контрольную точку "
    "заверили не все нужные свидетели.",
    "The log's policy asks for a quorum of witnesses, but it was not met when this package was closed: not all "
    "witnesses that are needed have cosigned the checkpoint.",
)
SEAL: Final = Words(
    "Ұйымның мөрі тек пакетті кім бергенін көрсетеді. Мөрдің бар-жоғын және оған сенуге болатынын тексергіштің "
    "қорытындысы айтады.",
    "Печать организации показывает только, кто выдал пакет. Есть ли она и можно ли ей верить, говорит заключение "
    "программы проверки.",
    "The seal of the organisation shows only who handed the package out. Whether there is one and whether it can be "
    "trusted is said by the verifier's verdict.",
)
CHAIN: Final = Words(
    "{subject}: жазбалар {number} нөміріне дейін. Толықтығы — сырттағы біреу сақтаған соңғы нөмірге дейін.",
    "{subject}: записи до номера {number}. Полнота — до последнего номера, который есть у кого-то вне сервиса.",
    "{subject}: records up to number {number}. Complete up to the last number that someone outside holds.",
)
LOG: Final = Words("Журнал", "Журнал", "Log")
SIZE: Final = Words("Журналдағы жазбалар саны", "Записей в журнале", "Entries in the log")
ROOT: Final = Words("Журнал түбірі", "Корень журнала", "Root of the log")
KEYS: Final = Words("Журнал кілттері", "Ключи журнала", "Keys of the log")
ENVIRONMENT: Final = Words("Орта", "Среда", "Environment")
RECORDS: Final = Words("Пакеттегі жазбалар", "Записей в пакете", "Records in the package")
RECORD_N: Final = Words("{m} жазбаның {n}-сі: {type}", "Запись {n} из {m}: {type}", "Record {n} of {m}: {type}")
TIME_UTC: Final = Words("Жазбадағы уақыт (UTC)", "Время в записи (UTC)", "Time in the record (UTC)")
TIME_ALMATY: Final = Words("Жазбадағы уақыт (Алматы)", "Время в записи (Алматы)", "Time in the record (Almaty)")
WHAT: Final = Words("Не болды", "Что произошло", "What happened")
WHO: Final = Words("Кімдер қатысты", "Кто участвовал", "Who took part")
HOW: Final = Words("Қандай тәсілмен", "Каким способом", "By which method")
WHEN: Final = Words("Уақыты", "Когда", "When")
ITEM: Final = Words("Дерек", "Что", "Item")
VALUE: Final = Words("Мәні", "Значение", "Value")
FOOT: Final = Words(
    "{m} жазбаның {n}-сі · журналда {size} жазба",
    "Запись {n} из {m} · в журнале {size} записей",
    "Record {n} of {m} · {size} entries in the log",
)
PAGE: Final = Words("бет", "страница", "page")
HIDDEN: Final = Words(
    "Осы пакетте ашылмаған мәндер", "Значения, не раскрытые в этом пакете", "Values not disclosed in this package"
)
NO_APPROVALS: Final = Words("ешкім мақұлдамаған", "никто не одобрял", "nobody approved")
TEXTS: Final = Words("Мәтіндер", "Тексты", "Texts")
SHOWN_HERE: Final = Words("осы тілде көрсетілді", "показано на этом языке", "shown in this language")
WHO_ELSE: Final = Words(
    "Бұл жазбаны адамның қатысуынсыз кім жасай алар еді",
    "Кто мог бы сделать эту запись без участия человека",
    "Who could have made this record without the person",
)
PROVEN: Final = Words("Дәлелденгені", "Что доказано", "What is proven")
STATED: Final = Words(
    "Тек сервистің сөзімен белгілісі", "Что известно только со слов сервиса", "What only the service states"
)
NOT_PROVEN: Final = Words("Дәлелденбегені", "Что не доказано", "What is not proven")
IDENTIFIERS: Final = Words("Жазбаның деректемелері", "Реквизиты записи", "Identifiers")
RECORD_ID: Final = Words("Жазба нөмірі", "Номер записи", "Record id")
LEAF: Final = Words("Жапырақ хеші", "Хеш листа", "Leaf hash")
PLACE: Final = Words("Журналдағы орны", "Место в журнале", "Place in the log")
ISSUER: Final = Words("Жазбаны шығарушының кілті", "Ключ издателя записи", "Issuer's key")
FILE: Final = Words("Файл", "Файл", "File")
DOCUMENTS: Final = Words("Қол қойылған құжаттар", "Подписанные документы", "Signed documents")
EDS_DIFFERS: Final = Words(
    "{n}-жазба: электрондық цифрлық қолтаңба экспорт кезінде қайта тексерілгенде басқа нәтиже шықты.",
    "Запись {n}: повторная проверка электронной цифровой подписи при выгрузке дала другой итог.",
    "Record {n}: judging the electronic digital signature again at the export gave another result.",
)
EDS_AGAIN: Final = Words(
    "Экспорт кезіндегі қайта тексеру",
    "Повторная проверка при выгрузке",
    "Judged again at the export",
)
EDS_AGAIN_SAME: Final = Words(
    "нәтиже сол қалпында: {found}",
    "итог тот же: {found}",
    "the same result: {found}",
)
EDS_AGAIN_DIFFERS: Final = Words(
    "НӘТИЖЕ БАСҚА: жазбада {recorded}, экспорт кезінде {found}",
    "ИТОГ ДРУГОЙ: в записи {recorded}, при выгрузке {found}",
    "ANOTHER RESULT: recorded {recorded}, at the export {found}",
)
UNREADABLE: Final = Words(
    "Бұл жазбаны осы бағдарлама оқи алмайды.", "Эту запись эта программа не читает.", "This record can't be read here."
)

HOW_TO: Final = Words(
    """БҰЛ ПАКЕТТІ ҚАЛАЙ ТЕКСЕРУГЕ БОЛАДЫ

1. Тексергішті басқа жерден алыңыз немесе оның хешін салыстырыңыз. Пакеттің ішіндегіге бірден сенбеңіз: оны дәлелдемені
   берген тараптың өзі жасаған. verify.html және verify.py authsvc бағдарламасымен бірге ашық жарияланады.
   Пакеттегілерін олардың SHA-256 хеші trust.json файлындағы verifiers бөлімінде болса ғана іске қосыңыз.
2. trust.json файлын ұйымның жарияланған орнынан алыңыз, пакеттен емес. Онда журналдың кілттері, бірінші жазбаның хеші,
   куәлар және олардың иелері көрсетілген.
3. Желісіз компьютерде тексеріңіз. Үш жол бар, орындай алатын тексерістерінің нәтижесі бірдей:
   - verify.html файлын браузерде ашып, пакет пен trust.json файлдарын сол бетке тастаңыз. Ештеңе орнатудың қажеті жоқ;
   - Python 3.8 немесе одан кейінгі нұсқасы болса:
       python3 -I verify.py ПАКЕТ --trust trust.json
   - барлығын, электрондық цифрлық қолтаңбалар мен есепті де тексеретін жол:
       authsvc evidence check ПАКЕТ --trust trust.json
   Сізде түбіртек болса, қосыңыз: --receipt ТҮБІРТЕК
4. Қорытынды: VALID (жарамды), INVALID (жарамсыз), NOT CONFIRMED (расталмады). Әр тексерістің нәтижесі және нақты орны
   көрсетіледі.
5. records бумасындағы жазбаларды көзбен де оқуға болады. report.html — сол жазбалардың оқуға ыңғайлы түрі.

Пакетте уақыт белгілері мен ұйымның мөрі бар-жоғын тексергіш айтады.
""",
    """КАК ПРОВЕРИТЬ ЭТОТ ПАКЕТ

1. Возьмите программу проверки в другом месте или сравните её хеш. Не верьте сразу тому, что лежит внутри пакета: его
   сделала сторона, которая выдала доказательства. verify.html и verify.py публикуются открыто вместе с authsvc. Те, что
   лежат в пакете, запускайте, только если их SHA-256 есть в разделе verifiers файла trust.json.
2. Возьмите файл trust.json там, где его публикует организация, а не из пакета. В нём ключи журнала, хеш первой записи,
   свидетели и их владельцы.
3. Проверьте на компьютере без сети. Есть три способа, и в том, что каждый из них проверяет, они согласны:
   - откройте verify.html в браузере и перетащите на страницу пакет и trust.json. Ничего устанавливать не нужно;
   - если есть Python 3.8 или новее:
       python3 -I verify.py ПАКЕТ --trust trust.json
   - проверить всё, в том числе электронные цифровые подписи и отчёт:
       authsvc evidence check ПАКЕТ --trust trust.json
   Если у вас есть квитанция, добавьте: --receipt КВИТАНЦИЯ
4. Заключение: VALID (действителен), INVALID (недействителен), NOT CONFIRMED (не подтверждён). Для каждой проверки
   показаны итог и точное место.
5. Записи в папке records можно прочесть и глазами. report.html — те же записи в удобном виде.

Есть ли в пакете метки времени и печать организации, говорит программа проверки.
""",
    """HOW TO CHECK THIS PACKAGE

1. Get the verifier elsewhere, or compare its hash. Do not simply believe what lies inside the package: it was made by
   the party that handed out the evidence. verify.html and verify.py are published openly with authsvc. Run those of the
   package only if their SHA-256 stands under verifiers in trust.json.
2. Get trust.json from where the organisation publishes it, not from the package. It holds the keys of the log, the hash
   of its first entry, the witnesses and who holds them.
3. Check on a computer without a network. There are three ways, and they agree on all that each of them checks:
   - open verify.html in a browser and drop the package and trust.json on the page. Nothing has to be installed;
   - if there is Python 3.8 or later:
       python3 -I verify.py PACKAGE --trust trust.json
   - to check everything, electronic digital signatures and the report included:
       authsvc evidence check PACKAGE --trust trust.json
   If you hold a receipt, add: --receipt RECEIPT
4. The verdict: VALID, INVALID or NOT CONFIRMED. Each check is shown with its result and the exact place.
5. The records in the folder records can be read by eye, too. report.html shows the same records in readable form.

Whether the package holds time stamps and a seal of the organisation is said by the verifier.
""",
)

DOCUMENT_FILES: Final[Mapping[str, Words]] = {
    "signed": Words("қол қойылған файл", "подписанный файл", "signed file"),
    "content": Words("құжат", "документ", "document"),
}
