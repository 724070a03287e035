"""What the demonstration says, in Kazakh, Russian and English side by side."""

from collections.abc import Mapping

from authsvc.web.words import Words

STORY: Mapping[str, Words] = {
    "test": Words(
        "СЫНАҚ. Адамдар, ұйымдар, кілттер мен сертификаттар ойдан шығарылған.",
        "ТЕСТ. Люди, организации, ключи и сертификаты вымышлены.",
        "TEST. The people, organisations, keys and certificates are invented.",
    ),
    "1": Words("Қызмет іске қосылады", "Сервис запускается", "The service starts"),
    "1.keys": Words(
        "Кілттер жасалды. Дәлелдемелер журналы ашылды: {origin}.",
        "Ключи созданы. Журнал доказательств открыт: {origin}.",
        "Keys are made. The evidence log is open: {origin}.",
    ),
    "1.genesis": Words(
        "Журналдың бірінші жазбасы (SHA-256): {genesis}",
        "Первая запись журнала (SHA-256): {genesis}",
        "The first entry of the log (SHA-256): {genesis}",
    ),
    "2": Words(
        "Азамат екі фактормен кіреді", "Гражданин входит по двум факторам", "A citizen signs in with two factors"
    ),
    "2.sent": Words(
        "{party}, сұраған тарап, {name} есімді азаматты осында кіруге жібереді.",
        "{party}, запросившая сторона, направляет гражданина {name} сюда для входа.",
        "{party}, a relying party, sends {name} here to sign in.",
    ),
    "2.factors": Words(
        "Құпиясөз бен қолданбадағы код бірге тексерілді. Бұл — бір аутентификация, бір жазба.",
        "Пароль и код из приложения проверены вместе. Это одна аутентификация и одна запись.",
        "Password and app code were judged together. It is one authentication and one record.",
    ),
    "2.consent": Words(
        "Азамат қандай деректер берілетінін көріп, келісім берді.",
        "Гражданин увидел, какие данные передаются, и дал согласие.",
        "The citizen saw which data are passed on, and consented.",
    ),
    "2.token": Words(
        "ID токенінде: деңгей {acr}, тәсілдер {amr}, аутентификация жазбасы {record}.",
        "В ID-токене: уровень {acr}, способы {amr}, запись аутентификации {record}.",
        "The ID token says: level {acr}, methods {amr}, authentication record {record}.",
    ),
    "3": Words(
        "Азамат нақты бір әрекетті растайды",
        "Гражданин подтверждает одно конкретное действие",
        "The citizen confirms one concrete act",
    ),
    "3.message": Words(
        "Телефонға хабар келді (негізгі сөздер мен код бірге):",
        "На телефон пришло сообщение (главные слова вместе с кодом):",
        "The phone got a message (the essential words together with the code):",
    ),
    "3.shown": Words("Азаматқа көрсетілген бет:", "Страница, показанная гражданину:", "The page that the citizen saw:"),
    "3.wrong": Words(
        "Бірінші код қате: қабылданбады, есептелді.",
        "Первый код неверен: не принят и посчитан.",
        "The first code is wrong: refused, and counted.",
    ),
    "3.right": Words(
        "Екінші код дұрыс. Нәтиже: {outcome}. Жазбада әрекет саны: {tries}.",
        "Второй код верен. Исход: {outcome}. Попыток в записи: {tries}.",
        "The second code is right. Outcome: {outcome}. Tries in the record: {tries}.",
    ),
    "3.declined": Words(
        "Екінші сұраудан азамат бас тартты. Нәтиже: {outcome}. Бұл да жазылды.",
        "Второй запрос гражданин отклонил. Исход: {outcome}. Это тоже записано.",
        "The citizen declined the second request. Outcome: {outcome}. That is recorded too.",
    ),
    "3.receipt": Words(
        "Түбіртек ({typ}) дәлелдемемен: журналда {index}-орын, {size} жазбаның ішінде.",
        "Квитанция ({typ}) с доказательством: место {index} в журнале из {size} записей.",
        "The receipt ({typ}) carries a proof: place {index} in a log of {size} entries.",
    ),
    "4": Words(
        "Электрондық цифрлық қолтаңбалар тексеріледі",
        "Проверяются электронные цифровые подписи",
        "Electronic digital signatures are verified",
    ),
    "4.report": Words("{title}: {indication}", "{title}: {indication}", "{title}: {indication}"),
    "4.iin": Words("ЖСН {number}", "ИИН {number}", "IIN {number}"),
    "4.bin": Words("БСН {number}", "БИН {number}", "BIN {number}"),
    "4.path": Words("сертификат жолы: {path}", "путь сертификатов: {path}", "certificate path: {path}"),
    "4.signer": Words(
        "қол қойған {name}, {who}; тексеру уақыты {at}",
        "подписал(а) {name}, {who}; время проверки {at}",
        "signed by {name}, {who}; judged at {at}",
    ),
    "4.gost": Words(
        "Келісім, ГОСТ-2015, ішінде мәтіні бар",
        "Соглашение, ГОСТ-2015, текст внутри",
        "Agreement, GOST-2015, text inside",
    ),
    "4.rsa": Words("Шот, RSA, ішінде мәтіні бар", "Счёт, RSA, текст внутри", "Invoice, RSA, text inside"),
    "4.ecdsa": Words("Хат, ECDSA, мәтіні бөлек", "Письмо, ECDSA, текст отдельно", "Letter, ECDSA, text apart"),
    "4.tampered": Words(
        "Сол хат, бір әрпі өзгерген", "То же письмо, изменена одна буква", "The same letter, one letter changed"
    ),
    "4.revoked": Words("Кері қайтарылған сертификатпен", "С отозванным сертификатом", "With a revoked certificate"),
    "4.no_crl": Words("Кері қайтару тізімі жоқ", "Без списка отзыва", "Without a revocation list"),
    "4.missing": Words("жетіспейді: {what}", "не хватает: {what}", "missing: {what}"),
    "4.receipt": Words(
        "Растау түбіртегін қол қойылған құжат ретінде ұсыну: қабылданбады ({refusal}).",
        "Квитанция о подтверждении под видом подписанного документа: отказ ({refusal}).",
        "A confirmation receipt handed in as a signed document: refused ({refusal}).",
    ),
    "4.challenge": Words(
        "ЭЦҚ қойылған кіру сұрағын құжат ретінде ұсыну: қабылданбады ({refusal}).",
        "Подписанный ЭЦП вызов для входа под видом документа: отказ ({refusal}).",
        "A login challenge signed by EDS handed in as a document: refused ({refusal}).",
    ),
    "5": Words("Бөтен адам журналды тексереді", "Посторонний проверяет журнал", "A stranger checks the log"),
    "5.tree": Words(
        "{size} жазба оқылды, ағаш қайта есептелді: түбірі бірдей, журналдың қолтаңбасы дұрыс.",
        "Прочитано записей: {size}. Дерево вычислено заново: корень тот же, ключ журнала верен.",
        "{size} entries read, the tree computed anew: the root is the same, the log's key holds.",
    ),
    "5.types": Words("Жазба түрлері: {types}.", "Виды записей: {types}.", "Types of records: {types}."),
    "5.proofs": Words(
        "Берілген {count} дәлелдеменің бәрі дұрыс.",
        "Все выданные доказательства ({count}) верны.",
        "All {count} proofs that were given hold.",
    ),
    "6": Words("Сот істі сұрайды", "Суд запрашивает дело", "A court asks for the case"),
    "6.anchored": Words(
        "Журналдың алғашқы {size} жазбасына {count} орталық уақыт белгісін қойды: {time}.",
        "На первые {size} записей журнала метку времени поставили центры ({count}): {time}.",
        "{count} authorities have put a time stamp on the first {size} entries of the log: {time}.",
    ),
    "6.package": Words(
        "Пакет дайын: {path} ({records} жазба). Сенім файлы бөлек: {trust}.",
        "Пакет готов: {path} (записей: {records}). Файл доверия отдельно: {trust}.",
        "The package is ready: {path} ({records} records). The trust file is apart: {trust}.",
    ),
    "6.flipped": Words(
        "Бір жазбада бір бит өзгертілген көшірме: {verdict}. Орны: {where}",
        "Копия, где в одной записи изменён один бит: {verdict}. Место: {where}",
        "A copy with one bit changed in a record: {verdict}. Where: {where}",
    ),
    "6.verdict": Words("Желісіз тексеру: {verdict}", "Проверка без сети: {verdict}", "The check offline: {verdict}"),
    "7": Words("Тағы не көруге болады", "Что попробовать", "Three things to try"),
    "7.report": Words(
        "Есепті браузерде оқыңыз: {path} ішіндегі report.html",
        "Прочитайте отчёт в браузере: report.html в {path}",
        "Read the report in a browser: report.html in {path}",
    ),
    "7.check": Words(
        "Пакетті өзіңіз тексеріңіз: {command}",
        "Проверьте пакет сами: {command}",
        "Check the package yourself: {command}",
    ),
    "7.up": Words(
        "Сол деректермен өзіңіз кіріп көріңіз: {command}",
        "Войдите сами с теми же данными: {command}",
        "Sign in yourself, on the same data: {command}",
    ),
}
"""Code to text. A chapter has a number, its lines follow."""
