"""What the pages about devices say, in Kazakh, Russian and English side by side; terms as in docs/glossary.md."""

from collections.abc import Mapping

from confirmations.words import Words

DEVICE_PAGES: Mapping[str, Words] = {
    "devices.title": Words("Құрылғылар", "Устройства", "Devices"),
    "devices.what": Words(
        "Құрылғыдағы қосымша сұрауды көрсетеді, ал сіз сұраған тарап көрсеткен санды тересіз. Құрылғы қоспасаңыз да,"
        " сұрауларға кодпен жауап бере аласыз.",
        "Приложение на устройстве показывает запрос, а вы вводите число, которое показала запросившая сторона. Без"
        " устройства на запросы можно отвечать кодом.",
        "An app on the device shows the request, and you type the number that the relying party shows. Without a device"
        " you can answer requests by a code.",
    ),
    "devices.none": Words("Құрылғыларыңыз жоқ.", "У вас нет устройств.", "You have no device."),
    "devices.add": Words("Құрылғы қосу", "Добавить устройство", "Add a device"),
    "devices.added": Words(
        "{day} қосылған. Қосымша: {app}.", "Добавлено {day}. Приложение: {app}.", "Added on {day}. App: {app}."
    ),
    "devices.name": Words("Құрылғының атауы", "Название устройства", "Name of the device"),
    "devices.rename": Words("Атын өзгерту", "Переименовать", "Rename"),
    "devices.remove": Words("Жою: {name}", "Удалить: {name}", "Remove: {name}"),
    "devices.new_title": Words("Құрылғы қосу", "Добавление устройства", "Add a device"),
    "devices.app_title": Words("Телефондағы қосымша", "Приложение на телефоне", "An app on your phone"),
    "devices.app_text": Words(
        "Бұл кодты қосымшаға теріңіз. Код бір рет қана жарайды және {time} дейін жүреді. Оны ешкімге айтпаңыз.",
        "Введите этот код в приложении. Код действует один раз, до {time}. Никому его не сообщайте.",
        "Type this code into the app. It is good once, until {time}. Tell it to nobody.",
    ),
    "devices.own_title": Words("Осы браузер", "Этот браузер", "This browser"),
    "devices.own_text": Words(
        "Осы браузер сұрауларға жауап беретін болады. Кілт браузерден шықпайды.",
        "Этот браузер сможет отвечать на запросы. Ключ не покидает браузер.",
        "This browser will be able to answer requests. The key never leaves it.",
    ),
    "devices.own_name": Words("Браузердің атауы", "Название браузера", "Name of the browser"),
    "devices.own_add": Words("Осы браузерді қосу", "Добавить этот браузер", "Add this browser"),
    "devices.no_script": Words(
        "Бұл үшін браузердің скрипттері керек. Қосымша мен код онсыз да жұмыс істейді.",
        "Для этого браузер должен выполнять скрипты. Приложение и код работают и без них.",
        "This needs scripts in the browser. An app or a code works without them.",
    ),
    "devices.failed": Words(
        "Болмады. Бетті жаңартып, қайталап көріңіз.",
        "Не получилось. Обновите страницу и попробуйте ещё раз.",
        "That did not work. Reload the page and try again.",
    ),
    "devices.back": Words("Құрылғыларға оралу", "Назад к устройствам", "Back to the devices"),
    "inbox.title": Words("Сұраулар", "Запросы", "Requests"),
    "inbox.waiting": Words("Жауап күтіп тұр", "Ждут ответа", "Waiting for you"),
    "inbox.none_waiting": Words("Күтіп тұрған сұрау жоқ.", "Запросов, ждущих ответа, нет.", "Nothing waits for you."),
    "inbox.ended": Words("Аяқталғандар", "Завершённые", "Ended"),
    "inbox.none_ended": Words("Аяқталған сұрау жоқ.", "Завершённых запросов нет.", "No request has ended yet."),
    "inbox.until": Words("Мерзімі: {day}, {time}", "Ответить до: {day}, {time}", "Answer by: {day}, {time}"),
    "inbox.again": Words("Тізімді жаңарту", "Обновить список", "Look again"),
    "inbox.news": Words(
        "Тізім өзгерді. Көру үшін оны жаңартыңыз.",
        "Список изменился. Обновите его, чтобы увидеть.",
        "The list has changed. Look again to see it.",
    ),
    "inbox.push": Words("Жаңа сұрау бар.", "Есть новый запрос.", "There is a new request."),
    "push.title": Words("Құрылғыда жауап беріңіз", "Ответьте на устройстве", "Answer on your device"),
    "push.text": Words(
        "Бұл сұрауды құрылғыңыздағы қосымшадан ашып, {party} көрсеткен санды теріңіз. Сан көрінбесе, «Бұл мен емес»"
        " түймесін басыңыз.",
        "Откройте этот запрос в приложении на устройстве и введите число, которое показывает {party}. Если число вам"
        " никто не показал, нажмите «Это не я».",
        "Open this request in the app on your device, and type the number that {party} shows. If nobody shows you a"
        " number, press “This is not me”.",
    ),
    "push.number": Words("{party} көрсеткен сан", "Число, которое показывает {party}", "The number that {party} shows"),
    "push.number_hint": Words(
        "Бір қате сан сұрауды аяқтайды.", "Одно неверное число завершает запрос.", "One wrong number ends the request."
    ),
    "push.yes": Words("Осы құрылғыда растау", "Подтвердить на этом устройстве", "Confirm on this device"),
    "push.again": Words("Нәтижесін көру", "Проверить итог", "Check the outcome"),
}
