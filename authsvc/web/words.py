"""What our pages say, in Kazakh, Russian and English side by side; terms as docs/glossary.md fixes them.

Templates call `t(code)`. A text has no markup; `{name}` is filled in and escaped when the page is rendered.
"""

from collections.abc import Mapping
from typing import NamedTuple

from authsvc.web.words_account import ACCOUNT_PAGES
from authsvc.web.words_contracts import CONTRACT_PAGES
from authsvc.web.words_counter import COUNTER_PAGES
from authsvc.web.words_decisions import DECISION_PAGES
from authsvc.web.words_desk import DESK_PAGES
from authsvc.web.words_devices import DEVICE_PAGES
from authsvc.web.words_disputes import DISPUTE_PAGES
from authsvc.web.words_eds import EDS_PAGES
from authsvc.web.words_evidence import EVIDENCE_PAGES
from authsvc.web.words_invitations import INVITATION_PAGES
from authsvc.web.words_mandates import MANDATE_PAGES
from authsvc.web.words_notices import NOTICE_PAGES
from authsvc.web.words_orders import ORDER_PAGES
from authsvc.web.words_passkeys import PASSKEY_PAGES
from authsvc.web.words_signatures import SIGNATURE_PAGES
from authsvc.web.words_switches import SWITCH_PAGES

LOCALES = ("kk", "ru", "en")


class Words(NamedTuple):
    """One text in the three languages: a missing one is a type error."""

    kk: str
    ru: str
    en: str

    def in_locale(self, locale: str) -> str:
        """The text for kk, ru or en; Kazakh, the state language, for anything else."""
        return {"ru": self.ru, "en": self.en}.get(locale, self.kk)


_FRAME: Mapping[str, Words] = {
    "test_banner": Words(
        "СЫНАҚ ОРТАСЫ. Мұндағы адамдар мен деректер ойдан шығарылған.",
        "ТЕСТОВАЯ СРЕДА. Люди и данные здесь вымышлены.",
        "TEST ENVIRONMENT. The people and the data here are invented.",
    ),
    "skip": Words("Негізгі мәтінге өту", "Перейти к содержанию", "Skip to the content"),
    "language": Words("Тіл", "Язык", "Language"),
    "continue": Words("Жалғастыру", "Продолжить", "Continue"),
    "cancel": Words("Бас тартып, қайту", "Отменить и вернуться", "Cancel and go back"),
    "phones.title": Words("Виртуалды телефондар", "Виртуальные телефоны", "Virtual phones"),
    "phones.text": Words(
        "Ойдан шығарылған азаматтарға SMS арқылы не келер еді — осында көрінеді.",
        "Здесь видно, что вымышленные граждане получили бы по SMS.",
        "This is what the invented citizens would have got by SMS.",
    ),
    "phones.of": Words("Телефон: {login}", "Телефон ({login})", "Phone of {login}"),
    "phones.none": Words("Әзірге хабар келген жоқ.", "Сообщений пока нет.", "No message yet."),
    "phones.open": Words("Сұрауды ашу", "Открыть запрос", "Open the request"),
    "bank.title": Words("Kerege Bank (сынақ)", "Кереге Банк (тест)", "Kerege Bank (test)"),
    "bank.what": Words(
        "Бұл — ойдан шығарылған сұраған тарап. Ол сізді осында кіруге жібереді және төлемді растауды сұрайды.",
        "Это вымышленная запросившая сторона. Она отправит вас на вход и попросит подтвердить платёж.",
        "This is an invented relying party. It sends you to sign in, and asks you to confirm a payment.",
    ),
    "bank.login": Words("Кіру", "Войти", "Sign in"),
    "bank.known": Words("Банк сізді біледі: {name}", "Банк знает вас: {name}", "The bank knows you: {name}"),
    "bank.ask": Words("Төлемді растау", "Подтвердить платёж", "Confirm a payment"),
    "bank.hint": Words(
        "Код сіздің виртуалды телефоныңызға келеді:",
        "Код придёт на ваш виртуальный телефон:",
        "The code comes to your virtual phone:",
    ),
    "bank.request": Words("Сұрау {id}", "Запрос {id}", "Request {id}"),
    "docs.title": Words("API сипаттамасы", "Описание API", "Description of the API"),
    "docs.text": Words(
        "Бізге қосылатын қызметтерге арналған сипаттама, ағылшын тілінде. Машина оқитын түрі:",
        "Описание для сервисов, которые к нам подключаются, на английском языке. Для программ:",
        "The description for services that connect here, in English. For programs:",
    ),
    "home.title": Words("Цифрлық растау қызметі", "Сервис цифровых подтверждений", "Digital confirmation service"),
    "home.what": Words(
        "Мұнда сіз кім екеніңізді дәлелдейсіз және қызметтер сұраған әрекеттерді растайсыз.",
        "Здесь вы доказываете, кто вы, и подтверждаете действия, о которых просят сервисы.",
        "Here you prove who you are, and confirm the acts that services ask you about.",
    ),
    "home.signed_in": Words(
        "Сіз осы браузерде кірдіңіз.", "Вы вошли в этом браузере.", "You are signed in in this browser."
    ),
}

_LOGIN: Mapping[str, Words] = {
    "login.title": Words("Кіру", "Вход", "Sign in"),
    "login.for_party": Words(
        "{party} сізден осы жерде кіруді сұрайды.",
        "{party} просит вас войти здесь.",
        "{party} asks you to sign in here.",
    ),
    "login.for_us": Words(
        "Бұл — {organisation} қызметіне кіру.",
        "Это вход в сервис {organisation}.",
        "This is the sign-in to {organisation}.",
    ),
    "login.name": Words("Логин", "Логин", "Login name"),
    "login.password": Words("Құпиясөз", "Пароль", "Password"),
    "login.code_title": Words("Бір реттік код", "Одноразовый код", "One-time code"),
    "login.code": Words("Бір реттік код, 6 цифр", "Одноразовый код, 6 цифр", "One-time code, 6 digits"),
    "login.code_hint": Words(
        "Аутентификатор қолданбасын ашып, қазір көрсетіліп тұрған кодты теріңіз. Бос орындармен де теруге болады.",
        "Откройте приложение-аутентификатор и введите код, который оно показывает сейчас. Можно с пробелами.",
        "Open your authenticator app and type the code that it shows now. Spaces do no harm.",
    ),
    "login.step_up": Words(
        "Сіз кіріп қойғансыз. Бұл жерде тағы бір фактор қажет.",
        "Вы уже вошли. Здесь нужен ещё один фактор.",
        "You are already signed in. One more factor is needed here.",
    ),
    "login.refused": Words(
        "Кіру мүмкін болмады: терілген деректердің бірі дұрыс емес. Қайтадан байқап көріңіз.",
        "Войти не удалось: что-то из введённого неверно. Попробуйте ещё раз.",
        "Signing in did not work: something that you typed is not right. Please try again.",
    ),
    "login.submit": Words("Кіру", "Войти", "Sign in"),
}

_CONSENT: Mapping[str, Words] = {
    "consent.title": Words("Келісім", "Согласие", "Consent"),
    "consent.asks": Words(
        "{party} сіз туралы мына деректерді алуға келісіміңізді сұрайды:",
        "{party} просит вашего согласия получить эти данные о вас:",
        "{party} asks for your consent to receive this data about you:",
    ),
    "consent.purpose": Words(
        "Мақсаты: {party} қызметінде сізді тану.",
        "Цель: узнавать вас в сервисе {party}.",
        "Purpose: to recognise you in the service of {party}.",
    ),
    "consent.until": Words(
        "Келісімнің соңғы күні: {until}. Оны «Келісімдерім» бетінде кез келген уақытта қайтарып алуға болады.",
        "Согласие действует до {until}. Его можно отозвать в любое время на странице «Мои согласия».",
        "The consent is valid until {until}. You can withdraw it at any time on the page “My consents”.",
    ),
    "rar.confirmation": Words(
        "{party} кейін сізден мына әрекетті растауды сұрамақ:",
        "{party} собирается попросить вас подтвердить действие:",
        "{party} is going to ask you to confirm an act:",
    ),
    "rar.signature": Words(
        "{party} кейін сізден құжатқа электрондық цифрлық қолтаңба қоюды сұрамақ:",
        "{party} собирается попросить вас подписать документы электронной цифровой подписью:",
        "{party} is going to ask you to sign documents with an electronic digital signature:",
    ),
    "rar.nothing_confirmed": Words(
        "Бұл келісіммен ештеңе расталмайды: әрекет өз бетінде жеке сұралады.",
        "Это согласие ничего не подтверждает: о действии вас спросят отдельно, на своей странице.",
        "This consent confirms nothing: you will be asked about the act separately, on a page of its own.",
    ),
    "rar.nothing_signed": Words(
        "Бұл келісіммен ештеңеге қол қойылмайды: қолтаңбаны тек өз кілтіңізбен қоя аласыз.",
        "Это согласие ничего не подписывает: подпись ставится только вашим ключом.",
        "This consent signs nothing: only your own key makes a signature.",
    ),
    "consent.give": Words("Келісім беру", "Дать согласие", "Give consent"),
    "consent.refuse": Words("Келісім бермеу", "Не давать согласия", "Refuse consent"),
    "ciba.title": Words("Кіру сұрауы", "Запрос на вход", "Request to sign in"),
    "ciba.message": Words("{party} былай деп жазды:", "{party} пишет:", "{party} writes:"),
    "ciba.number": Words(
        "{party} сізге көрсеткен сан", "Число, которое вам показывает {party}", "The number that {party} shows you"
    ),
    "ciba.allow": Words("Кіруге рұқсат беру", "Разрешить вход", "Allow the sign-in"),
    "ciba.deny": Words("Бас тарту", "Отказать", "Refuse"),
    "ciba.done": Words(
        "Дайын. {party} өзі жалғастырады.", "Готово. {party} продолжит сам.", "Done. {party} goes on by itself."
    ),
    "ciba.refused": Words(
        "Кіруге рұқсат берілмеді. Сан қате болса, {party} қызметінде басынан бастаңыз.",
        "Вход не разрешён. Если число было неверным, начните в сервисе {party} сначала.",
        "The sign-in was not allowed. If the number was wrong, start again at {party}.",
    ),
    "device.title": Words("Құрылғыны қосу", "Подключение устройства", "Connect a device"),
    "device.ask": Words(
        "Құрылғы экранында көрсетілген кодты теріңіз. Құрылғы қолыңызда болмаса, ештеңе термеңіз.",
        "Введите код, который показан на экране устройства. Если устройства у вас нет, ничего не вводите.",
        "Type the code that the device shows on its screen. If you don't have the device, type nothing.",
    ),
    "device.code": Words("Құрылғының коды", "Код с устройства", "The device's code"),
    "device.submit": Words("Жалғастыру", "Продолжить", "Continue"),
    "device.wrong": Words(
        "Бұл код қате немесе ескірген. Құрылғыдағы кодты тексеріңіз.",
        "Этот код неверный или устарел. Проверьте код на устройстве.",
        "This code is wrong or out of date. Check the code on the device.",
    ),
    "device.done": Words(
        "Дайын. Құрылғы өзі жалғастырады.", "Готово. Устройство продолжит само.", "Done. The device goes on by itself."
    ),
    "device.refused": Words("Құрылғы қосылмады.", "Устройство не подключено.", "The device was not connected."),
    "device.over": Words(
        "Бұл сұраудың уақыты өтті немесе оған жауап берілген.",
        "Время этого запроса истекло, или на него уже дан ответ.",
        "The time of this request is over, or it has its answer already.",
    ),
    "consents.title": Words("Келісімдерім", "Мои согласия", "My consents"),
    "consents.none": Words("Қазір келісім жоқ.", "Сейчас согласий нет.", "There is no consent at present."),
    "consents.given": Words(
        "{day} күні берілген, соңғы күні: {until}.",
        "Дано {day}, действует до {until}.",
        "Given on {day}, valid until {until}.",
    ),
    "consents.withdraw": Words("Қайтарып алу: {party}", "Отозвать: {party}", "Withdraw: {party}"),
    "scope.openid": Words("есептік жазбаңыздың нөмірі", "номер вашей учётной записи", "the number of your account"),
    "scope.profile": Words("атыңыз бен тіліңіз", "ваши имя и язык", "your name and language"),
    "scope.phone": Words("телефон нөміріңіз", "ваш номер телефона", "your phone number"),
    "scope.offline_access": Words(
        "сайттан шыққаннан кейін де осы деректерді алу",
        "получать эти данные и после вашего выхода",
        "to get these data also after you have signed out",
    ),
    "scope.iin": Words("ЖСН (жеке сәйкестендіру нөмірі)", "ИИН (индивидуальный идентификационный номер)", "your IIN"),
}

_LEAVING: Mapping[str, Words] = {
    "return.title": Words("Қайту", "Возврат", "Going back"),
    "return.text": Words(
        "Сіз {party} қызметіне қайтасыз. Бет өзі ашылмаса, түймені басыңыз.",
        "Вы возвращаетесь в сервис {party}. Если страница не открылась сама, нажмите кнопку.",
        "You are going back to {party}. If the page does not open by itself, press the button.",
    ),
    "logout.title": Words("Шығу", "Выход", "Sign out"),
    "logout.ask": Words(
        "Осы браузердегі сеансты аяқтайсыз ба?", "Завершить сеанс в этом браузере?", "End the session in this browser?"
    ),
    "logout.submit": Words("Шығу", "Выйти", "Sign out"),
    "logout.done": Words("Сеанс аяқталды.", "Сеанс завершён.", "The session has ended."),
}

_CONFIRM: Mapping[str, Words] = {
    "confirm.title": Words("Цифрлық растау", "Цифровое подтверждение", "Digital confirmation"),
    "confirm.code": Words("Хабардағы код", "Код из сообщения", "The code from the message"),
    "confirm.code_hint": Words(
        "Кодты тек жоғарыда жазылғанмен келіссеңіз ғана теріңіз. Бос орындармен де теруге болады.",
        "Введите код, только если согласны с тем, что написано выше. Можно с пробелами.",
        "Type the code only if you agree with what is written above. Spaces do no harm.",
    ),
    "confirm.yes": Words("Растаймын", "Подтверждаю", "Confirm"),
    "confirm.no": Words("Бас тартамын", "Отказываюсь", "Decline"),
    "confirm.not_me": Words("Бұл мен емес", "Это не я", "This is not me"),
    "confirm.wrong": Words(
        "Жауап дұрыс емес. Қалған әрекет саны: {left}.",
        "Ответ неверен. Осталось попыток: {left}.",
        "The answer is not right. Tries left: {left}.",
    ),
    "confirm.record": Words("Жазба нөмірі: {record}", "Номер записи: {record}", "Number of the record: {record}"),
}

_ERRORS: Mapping[str, Words] = {
    "error.title": Words("Орындалмады", "Не получилось", "That did not work"),
    "error.number": Words("Сұрау нөмірі: {number}", "Номер запроса: {number}", "Request number: {number}"),
    "error.unknown": Words(
        "Біздің жақта қате шықты. Сәл кейінірек қайталап көріңіз.",
        "На нашей стороне произошла ошибка. Повторите попытку немного позже.",
        "Something went wrong on our side. Please try again a little later.",
    ),
    "error.unknown_client": Words(
        "Сізді мұнда жіберген қызмет тіркелмеген, сондықтан біз сізді кері жібермейміз. Ол қызметке хабарлаңыз.",
        "Сервис, который направил вас сюда, не зарегистрирован, поэтому обратно мы вас не отправляем. Сообщите ему.",
        "The service that sent you here is not registered, so we do not send you back. Please tell that service.",
    ),
    "error.unregistered_redirect": Words(
        "Қайтару мекенжайы бұл қызмет үшін тіркелмеген, сондықтан біз сізді онда жібермейміз. Ол қызметке хабарлаңыз.",
        "Адрес возврата не зарегистрирован для этого сервиса, поэтому мы вас туда не отправляем. Сообщите сервису.",
        "The return address is not registered for this service, so we do not send you there. Please tell the service.",
    ),
    "error.flow_gone": Words(
        "Бұл кіру осы браузерде басталмаған немесе уақыты өткен. Қызметке қайтып, кіруді қайта бастаңыз.",
        "Этот вход начат не в этом браузере, или его время вышло. Вернитесь в сервис и начните вход заново.",
        "This sign-in was not begun in this browser, or its time is over. Go back to the service and begin again.",
    ),
    "error.form_refused": Words(
        "Бұл форма осы беттен жіберілмеген. Бетті қайта ашып, тағы бір рет көріңіз.",
        "Эта форма отправлена не с нашей страницы. Откройте страницу заново и повторите.",
        "This form was not sent from our page. Open the page again and repeat.",
    ),
    "error.too_many_attempts": Words(
        "Әрекет саны тым көп. {time} кейін қайталап көріңіз.",
        "Слишком много попыток. Повторите после {time}.",
        "Too many attempts. Please try again after {time}.",
    ),
    "error.overloaded": Words(
        "Қазір кірушілер тым көп. Бір минуттан кейін қайталап көріңіз.",
        "Сейчас входит слишком много людей. Повторите через минуту.",
        "Too many people are signing in just now. Please try again in a minute.",
    ),
    "error.suspended": Words(
        "Оператор мұны уақытша тоқтатты. Басқа тәсілді таңдаңыз немесе кейінірек қайталап көріңіз.",
        "Оператор временно остановил это. Выберите другой способ или повторите позже.",
        "The operator has stopped this for a while. Please choose another way, or try again later.",
    ),
    "error.read_only": Words(
        "Қазір ештеңе қабылдай алмаймыз: дәлелдемелер журналы жабық. Кейінірек қайталап көріңіз.",
        "Сейчас мы не можем ничего принять: журнал доказательств закрыт. Повторите позже.",
        "We can accept nothing just now: the evidence log is closed. Please try again later.",
    ),
    "error.outcome_unknown": Words(
        "Қызмет жауап беріп үлгермеді: әрекет орындалған да, орындалмаған да болуы мүмкін. Бетті жаңартып, нәтижесін"
        " қараңыз.",
        "Сервис не успел ответить: действие могло выполниться, а могло и не выполниться. Обновите страницу и посмотрите"
        " результат.",
        "The service could not answer: the act may have been done or not. Reload the page to see what came of it.",
    ),
    "error.not_found": Words(
        "Мұндай бет жоқ. Мекенжайды тексеріңіз немесе қызметке қайтыңыз.",
        "Такой страницы нет. Проверьте адрес или вернитесь в сервис.",
        "There is no such page. Check the address, or go back to the service.",
    ),
    "error.unauthenticated": Words("Алдымен кіріңіз.", "Сначала войдите.", "Please sign in first."),
    "error.forbidden": Words(
        "Бұл әрекетке рұқсатыңыз жоқ.", "Для этого действия у вас нет прав.", "You may not do this."
    ),
    "error.approval_refused": Words(
        "Мақұлдаулар жеткіліксіз немесе осы әрекетке арналмаған.",
        "Одобрений недостаточно, или они даны для другого действия.",
        "The approvals are not enough, or they were given for another act.",
    ),
    "error.conflict": Words(
        "Қазір бұл мүмкін емес: күйі өзгеріп кеткен. Бетті қайта ашыңыз.",
        "Сейчас это невозможно: состояние изменилось. Откройте страницу заново.",
        "This is not possible now: the state has changed. Open the page again.",
    ),
    "error.invalid_request": Words(
        "Сұрау дұрыс құрылмаған. Қызметке қайтып, қайта бастаңыз.",
        "Запрос составлен неверно. Вернитесь в сервис и начните заново.",
        "The request is not well formed. Go back to the service and begin again.",
    ),
    "error.request_too_large": Words(
        "Жіберілген деректер тым көп.", "Отправлено слишком много данных.", "Too much data was sent."
    ),
}

_PAGES = (
    ACCOUNT_PAGES,
    CONTRACT_PAGES,
    COUNTER_PAGES,
    DECISION_PAGES,
    DEVICE_PAGES,
    DESK_PAGES,
    DISPUTE_PAGES,
    EDS_PAGES,
    EVIDENCE_PAGES,
    INVITATION_PAGES,
    MANDATE_PAGES,
    NOTICE_PAGES,
    ORDER_PAGES,
    PASSKEY_PAGES,
    SIGNATURE_PAGES,
    SWITCH_PAGES,
)
_ELSEWHERE = {code: Words(*text) for pages in _PAGES for code, text in pages.items()}
WORDS: Mapping[str, Words] = {**_ELSEWHERE, **_FRAME, **_LOGIN, **_CONSENT, **_LEAVING, **_CONFIRM, **_ERRORS}


def say(code: str, locale: str, **values: object) -> str:
    """The text of this code in kk, ru or en with its places filled; KeyError for an unknown code."""
    return WORDS[code].in_locale(locale).format(**values)
