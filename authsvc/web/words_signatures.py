"""What the page says on which a person has a signed file verified, in Kazakh, Russian and English side by side."""

from collections.abc import Mapping

from confirmations.words import Words

SIGNATURE_PAGES: Mapping[str, Words] = {
    "verdict.title": Words(
        "Электрондық цифрлық қолтаңбаны тексеру",
        "Проверка электронной цифровой подписи",
        "Verify an electronic digital signature",
    ),
    "verdict.what": Words(
        "Қол қойылған файлды таңдаңыз немесе оны өріске сүйреп әкеліңіз: кім қол қойғаны және қолтаңбаның"
        " жарамды-жарамсызы айтылады.",
        "Выберите подписанный файл или перетащите его в поле: вы узнаете, кто подписал и действительна ли подпись.",
        "Choose a signed file, or drop it on the field: you are told who signed, and whether the signature is valid.",
    ),
    "verdict.kept": Words(
        "Файл сақталмайды, журналға жазба енгізілмейді.",
        "Файл не сохраняется, запись в журнал не вносится.",
        "The file is not kept, and no record is made.",
    ),
    "verdict.signed": Words("Қол қойылған файл", "Подписанный файл", "The signed file"),
    "verdict.signed_hint": Words(
        "Мысалы, .cms, .p7s, .sig немесе .pdf. Ең көбі {megabytes} МБ.",
        "Например, .cms, .p7s, .sig или .pdf. Не больше {megabytes} МБ.",
        "For example .cms, .p7s, .sig or .pdf. At most {megabytes} MB.",
    ),
    "verdict.content": Words(
        "Құжаттың өзі, егер қолтаңба бөлек файлда болса",
        "Сам документ, если подпись в отдельном файле",
        "The document itself, if the signature is in a file of its own",
    ),
    "verdict.submit": Words("Тексеру", "Проверить", "Verify"),
    "verdict.choose": Words("Алдымен файлды таңдаңыз.", "Сначала выберите файл.", "Choose a file first."),
    "verdict.result": Words("Тексеру нәтижесі", "Итог проверки", "The verdict"),
    "verdict.none": Words(
        "Файлда бірде-бір қолтаңба жоқ.", "В файле нет ни одной подписи.", "There is no signature in the file."
    ),
    "verdict.number": Words(
        "{number}-қолтаңба, барлығы {of}", "Подпись {number} из {of}", "Signature {number} of {of}"
    ),
    "verdict.file": Words("Файл", "Файл", "File"),
    "verdict.signer": Words("Кім қол қойған", "Кто подписал", "Who signed"),
    "verdict.claimed_signer": Words(
        "Кім қол қойған (сертификатта жазылғаны, дәлелденбеген)",
        "Кто подписал (по словам сертификата, не доказано)",
        "Who signed (as the certificate says, not proven)",
    ),
    "verdict.iin": Words("ЖСН", "ИИН", "IIN"),
    "verdict.bin": Words("БСН", "БИН", "BIN"),
    "verdict.organisation": Words("Ұйым", "Организация", "Organisation"),
    "verdict.time_proven": Words(
        "Осы уақытта бар болғаны дәлелденген", "Доказано, что существовала на момент", "Proven to have existed at"
    ),
    "verdict.time_now": Words(
        "Қол қойылған уақыты дәлелденбеген; мына уақытқа қарай тексерілді",
        "Время подписания не доказано; проверено на момент",
        "The time of signing is not proven; verified as of",
    ),
    "verdict.time_claimed": Words(
        "Қол қоюшы көрсеткен уақыт (ештеңе дәлелдемейді)",
        "Время, указанное подписавшим (ничего не доказывает)",
        "The time that the signer states (proves nothing)",
    ),
    "verdict.form": Words("Түрі", "Вид", "Form"),
    "verdict.path": Words("Сертификаттар жолы", "Путь сертификатов", "Certificate path"),
    "verdict.notes": Words("Ескертулер", "Предупреждения", "Warnings"),
    "verdict.why": Words("Неге", "Почему", "Why"),
    "verdict.missing": Words("Не жетіспеді", "Чего не хватило", "What was missing"),
    "verdict.checks": Words("Барлық тексерулер", "Все проверки", "All checks"),
    "verdict.passed": Words("орындалды", "выполнено", "holds"),
    "verdict.failed": Words("орындалмады", "не выполнено", "fails"),
    "verdict.warning": Words("ескерту", "предупреждение", "warning"),
    "verdict.information": Words("мәлімет", "сведение", "information"),
    "verdict.not_done": Words("тексерілмеді", "не проверено", "not done"),
    "verdict.policy": Words("Тексеру саясаты", "Политика проверки", "Policy"),
    "verdict.digest": Words("Файлдың SHA-256 хеші", "Хеш файла SHA-256", "SHA-256 of the file"),
    "verdict.again": Words("Басқа файлды тексеру", "Проверить другой файл", "Verify another file"),
    "verdict.refused": Words("Файл тексерілмеді", "Файл не проверен", "The file was not verified"),
}
