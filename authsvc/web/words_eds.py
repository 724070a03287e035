"""What the pages about EDS say (signing in, registering, certificates), in Kazakh, Russian and English side by side."""

from collections.abc import Mapping

from confirmations.words import Words

EDS_PAGES: Mapping[str, Words] = {
    "eds.title.login": Words("ЭЦҚ арқылы кіру", "Вход по ЭЦП", "Sign in by EDS"),
    "eds.title.registration": Words("ЭЦҚ арқылы тіркелу", "Регистрация по ЭЦП", "Register by EDS"),
    "eds.title.certificate": Words("ЭЦҚ сертификатын қосу", "Добавление сертификата ЭЦП", "Add an EDS certificate"),
    "eds.what": Words(
        "Кілтіңізбен «бұл — кіру» деген қысқа мәтінге қол қоясыз. Бұл құжатқа қол қою емес, ол ешнәрсеге келісім"
        " бермейді.",
        "Своим ключом вы подпишете короткий текст о том, что это вход. Это не подписание документа и не согласие на"
        " что-либо.",
        "With your key you sign a short text that says: this is a login. It signs no document and agrees to nothing.",
    ),
    "eds.beware": Words(
        "Мұндай мәтінге тек осы бетті өзіңіз ашқан болсаңыз ғана қол қойыңыз.",
        "Подписывайте такой текст, только если сами открыли эту страницу.",
        "Sign such a text only if you opened this page yourself.",
    ),
    "eds.until": Words(
        "Бұл бет {time} дейін жарамды.", "Страница действует до {time}.", "This page is good until {time}."
    ),
    "eds.again": Words(
        "Көбірек уақыт керек: бетті қайта ашу",
        "Нужно больше времени: открыть страницу заново",
        "More time is needed: open the page anew",
    ),
    "eds.shown": Words("Қол қойылатын мәтін", "Что вы подпишете", "What you sign"),
    "eds.nca": Words("NCALayer арқылы", "Через NCALayer", "With NCALayer"),
    "eds.nca_first": Words(
        "NCALayer — компьютеріңіздегі бағдарлама. Түймені басқанда браузер осы сайтқа құрылғыңыздағы бағдарламаларға"
        " (жергілікті желіге) қосылуға рұқсат беру-бермеуді сұрауы мүмкін: рұқсат беріңіз. Оған дейін ешнәрсе"
        " қосылмайды.",
        "NCALayer — программа на вашем компьютере. Когда вы нажмёте кнопку, браузер может спросить, разрешить ли"
        " сайту обращаться к программам на этом устройстве (к локальной сети): разрешите. До этого ничего не"
        " подключается.",
        "NCALayer is a program on your computer. When you press the button, the browser may ask whether this site may"
        " reach programs on this device (the local network): allow it. Nothing connects before that.",
    ),
    "eds.nca_sign": Words("NCALayer арқылы қол қою", "Подписать через NCALayer", "Sign with NCALayer"),
    "eds.nca_connecting": Words(
        "NCALayer-ге қосылуда. Браузер сұраса, рұқсат беріңіз.",
        "Подключаемся к NCALayer. Если браузер спросит, разрешите.",
        "Connecting to NCALayer. If the browser asks, allow it.",
    ),
    "eds.nca_waiting": Words(
        "NCALayer терезесінен кілтті таңдап, құпиясөзін теріңіз.",
        "Выберите ключ в окне NCALayer и введите его пароль.",
        "Choose the key in the window of NCALayer, and type its password.",
    ),
    "eds.nca_denied": Words(
        "Браузер сайтқа құрылғыдағы бағдарламаларға қосылуға рұқсат бермеді. Мекенжай жолының жанындағы сайт"
        " параметрлерінен «Жергілікті желіге» рұқсат беріп, түймені қайта басыңыз немесе файлды жүктеңіз.",
        "Браузер не разрешил сайту обращаться к программам на устройстве. Разрешите доступ к локальной сети в"
        " настройках сайта у адресной строки и нажмите кнопку ещё раз или загрузите файл.",
        "The browser did not let this site reach programs on the device. Allow the local network in the site settings"
        " beside the address bar and press the button again, or upload a file.",
    ),
    "eds.nca_absent": Words(
        "NCALayer табылмады: ол орнатылмаған немесе іске қосылмаған. Оны іске қосып (немесе pki.gov.kz сайтынан"
        " орнатып), түймені қайта басыңыз немесе файлды жүктеңіз.",
        "NCALayer не найден: он не установлен или не запущен. Запустите его (или установите с сайта pki.gov.kz) и"
        " нажмите кнопку ещё раз или загрузите файл.",
        "NCALayer was not found: it is not installed or not running. Start it (or install it from pki.gov.kz) and press"
        " the button again, or upload a file.",
    ),
    "eds.nca_busy": Words(
        "NCALayer бос емес: басқа бет оның жауабын күтіп тұр. Сол терезені аяқтап немесе жауып, түймені қайта басыңыз.",
        "NCALayer занят: его ответа ждёт другая страница. Завершите или закройте то окно и нажмите кнопку ещё раз.",
        "NCALayer is busy: another page waits for its answer. Finish or close that window, and press the button again.",
    ),
    "eds.nca_cancelled": Words(
        "NCALayer-де қол қоюдан бас тартылды. Түймені қайта басыңыз немесе файлды жүктеңіз.",
        "Подписание в NCALayer отменено. Нажмите кнопку ещё раз или загрузите файл.",
        "Signing was cancelled in NCALayer. Press the button again, or upload a file.",
    ),
    "eds.nca_failed": Words(
        "NCALayer қол қоя алмады. Кілт пен оның құпиясөзін тексеріп, түймені қайта басыңыз немесе файлды жүктеңіз.",
        "NCALayer не смог подписать. Проверьте ключ и его пароль и нажмите кнопку ещё раз или загрузите файл.",
        "NCALayer could not sign. Check the key and its password and press the button again, or upload a file.",
    ),
    "eds.file": Words("Файл арқылы", "Файлом", "By a file"),
    "eds.file_how": Words(
        "Мәтіні бар файлды жүктеп алып, өз бағдарламаңызда қол қойыңыз (CMS) да, қол қойылған файлды осында жүктеңіз.",
        "Скачайте файл с текстом, подпишите его в своей программе (CMS) и загрузите подписанный файл сюда.",
        "Download the file with the text, sign it in a program of yours (CMS), and upload the signed file here.",
    ),
    "eds.download": Words("Мәтіні бар файлды жүктеп алу", "Скачать файл с текстом", "Download the file with the text"),
    "eds.signed": Words("Қол қойылған файл", "Подписанный файл", "The signed file"),
    "eds.signed_hint": Words(
        "Мысалы, .cms, .p7s немесе .sig, 64 КБ-қа дейін.",
        "Например, .cms, .p7s или .sig, до 64 КБ.",
        "For example .cms, .p7s or .sig, up to 64 KB.",
    ),
    "eds.password": Words("Осы қызметтегі құпиясөзіңіз", "Ваш пароль в этом сервисе", "Your password at this service"),
    "eds.password_hint": Words(
        "ЭЦҚ кілтінің құпиясөзі емес: оны біз сұрамаймыз.",
        "Не пароль ключа ЭЦП: его мы не спрашиваем.",
        "Not the password of the EDS key: we never ask for that one.",
    ),
    "eds.submit.login": Words("Файлмен кіру", "Войти файлом", "Sign in with the file"),
    "eds.submit.registration": Words("Файлмен жалғастыру", "Продолжить с файлом", "Continue with the file"),
    "eds.submit.certificate": Words("Файлмен қосу", "Добавить файлом", "Add with the file"),
    "eds.other_ways": Words("Басқа тәсілмен кіру", "Войти другим способом", "Sign in in another way"),
    "eds.login_refused": Words(
        "Кіру болмады: құпиясөз дұрыс емес немесе бұл сертификат тіркелгіге қосылмаған. Басқа тәсілмен кіріп,"
        " сертификатты қосыңыз; тіркелгіңіз болмаса, тіркеліңіз.",
        "Войти не удалось: пароль неверен, или этот сертификат не добавлен к учётной записи. Войдите другим способом и"
        " добавьте сертификат; если учётной записи нет, зарегистрируйтесь.",
        "Signing in did not work: the password is wrong, or this certificate is not added to an account. Sign in in"
        " another way and add it; if you have no account, register.",
    ),
    "eds.refused.unread": Words(
        "Бұл файл қол қойылған мәтін емес (CMS керек). Жүктеп алған файлға қол қойып, соны таңдаңыз.",
        "Этот файл не является подписанным текстом (нужен CMS). Подпишите скачанный файл и выберите его.",
        "This file is no signed text (CMS is needed). Sign the file that you downloaded here, and choose that one.",
    ),
    "eds.refused.other_content": Words(
        "Осы беттің мәтініне емес, басқа нәрсеге қол қойылған. Осы беттен жүктеп алған файлға қол қойыңыз.",
        "Подписан не текст этой страницы, а что-то другое. Подпишите файл, скачанный с этой страницы.",
        "Something other than the text of this page was signed. Sign the file downloaded from this page.",
    ),
    "eds.refused.several": Words(
        "Файлда бірнеше қолтаңба бар. Бір ғана кілтпен қол қойыңыз.",
        "В файле несколько подписей. Подпишите одним ключом.",
        "There are several signatures in the file. Sign with one key alone.",
    ),
    "eds.refused.broken": Words(
        "Қолтаңба жарамсыз. Мәтінге қайта қол қойыңыз.",
        "Подпись недействительна. Подпишите текст ещё раз.",
        "The signature is not valid. Sign the text again.",
    ),
    "eds.refused.unknown_issuer": Words(
        "Сертификатты берген куәландырушы орталыққа мұнда сенім жоқ. ҰКО берген кілтпен қол қойыңыз.",
        "Удостоверяющему центру, который выдал сертификат, здесь не доверяют. Подпишите ключом НУЦ.",
        "The authority that issued this certificate is not trusted here. Sign with a key of the National Certification"
        " Authority.",
    ),
    "eds.refused.revoked": Words(
        "Сертификат кері қайтарылған. Жаңа кілт алып, сонымен қол қойыңыз.",
        "Сертификат отозван. Получите новый ключ и подпишите им.",
        "The certificate is revoked. Get a new key, and sign with it.",
    ),
    "eds.refused.expired": Words(
        "Сертификаттың мерзімі өткен немесе әлі басталмаған. Қолданыстағы кілтпен қол қойыңыз.",
        "Срок сертификата истёк или ещё не начался. Подпишите действующим ключом.",
        "The certificate has expired, or is not valid yet. Sign with a key that is in force.",
    ),
    "eds.refused.no_status": Words(
        "Сертификаттың кері қайтарылмағанын қазір тексеру мүмкін болмады. Біраздан кейін қайталаңыз.",
        "Сейчас не удалось проверить, не отозван ли сертификат. Повторите немного позже.",
        "It could not be checked now whether the certificate is revoked. Try again in a while.",
    ),
    "eds.refused.nobody": Words(
        "Сертификатта адам (ЖСН) көрсетілмеген. Жеке кілтіңізбен қол қойыңыз.",
        "В сертификате не указан человек (ИИН). Подпишите личным ключом.",
        "The certificate names no person (IIN). Sign with your own key.",
    ),
    "eds.refused.entity": Words(
        "Бұл — заңды тұлғаның сертификаты. Тіркелу үшін жеке тұлғаның кілтімен қол қойыңыз.",
        "Это сертификат юридического лица. Для регистрации подпишите ключом физического лица.",
        "This is a certificate of a legal entity. To register, sign with the key of a natural person.",
    ),
    "eds.refused.not_for_signing": Words(
        "Бұл кілт қол қоюға арналмаған. Қол қою кілтін таңдаңыз.",
        "Этот ключ не предназначен для подписи. Выберите ключ подписи.",
        "This key is not meant for signing. Choose the signing key.",
    ),
    "eds.refused.another_person": Words(
        "Сертификат басқа адамға берілген. Өз кілтіңізбен қол қойыңыз.",
        "Сертификат выдан другому человеку. Подпишите своим ключом.",
        "The certificate is another person's. Sign with your own key.",
    ),
    "eds.refused.used": Words(
        "Бұл мәтін пайдаланылған. Бетті қайта ашып, жаңа мәтінге қол қойыңыз.",
        "Этот текст уже использован. Откройте страницу заново и подпишите новый текст.",
        "This text was used already. Open the page anew, and sign the new text.",
    ),
    "certificates.title": Words("ЭЦҚ сертификаттары", "Сертификаты ЭЦП", "EDS certificates"),
    "certificates.what": Words(
        "Қосылған сертификат құпиясөзбен бірге кіруге жарайды. Жалғыз өзі ол бір ғана фактор: онымен ешнәрсе қосылмайды"
        " және қалпына келтірілмейді.",
        "Добавленным сертификатом вместе с паролем можно войти. Сам по себе он лишь один фактор: им одним ничего не"
        " добавляется и не восстанавливается.",
        "With an added certificate and your password you can sign in. Alone it is one factor: by it alone nothing is"
        " added and nothing recovered.",
    ),
    "certificates.none": Words("Қосылған сертификат жоқ.", "Добавленных сертификатов нет.", "No certificate is added."),
    "certificates.add": Words("ЭЦҚ сертификатын қосу", "Добавить сертификат ЭЦП", "Add an EDS certificate"),
    "certificates.added": Words("{day} қосылған.", "Добавлен {day}.", "Added on {day}."),
    "certificates.until": Words("Мерзімі: {day} дейін.", "Действует до {day}.", "Valid until {day}."),
    "certificates.over": Words(
        "Мерзімі өткен: онымен кіру мүмкін емес. Жаңасын қосып, мұны жойыңыз.",
        "Срок истёк: им больше не войти. Добавьте новый и удалите этот.",
        "It has expired and signs nobody in. Add the new one, and remove this one.",
    ),
    "certificates.issuer": Words("Берген: {issuer}", "Выдал: {issuer}", "Issued by {issuer}"),
    "certificates.name": Words("Сертификаттың атауы", "Название сертификата", "Name of the certificate"),
    "certificates.name_hint": Words(
        "Өзіңіз танитындай етіп атаңыз, мысалы: «Флешкадағы кілт».",
        "Назовите так, чтобы узнать: например, «Ключ на флешке».",
        "So that you know it again, for example: Key on the card.",
    ),
    "certificates.rename": Words("Атын өзгерту", "Переименовать", "Rename"),
    "certificates.remove": Words("Жою: {name}", "Удалить: {name}", "Remove: {name}"),
    "certificates.back": Words("Сертификаттарға оралу", "Назад к сертификатам", "Back to the certificates"),
    "certificates.known": Words(
        "Бұл сертификат қосылған, немесе сертификаттар тым көп. Басқасымен қол қойыңыз немесе ескісін жойыңыз.",
        "Этот сертификат уже добавлен, или сертификатов слишком много. Подпишите другим или удалите старый.",
        "This certificate is added already, or there are too many. Sign with another one, or remove an old one.",
    ),
    "register.title": Words("Тіркелу", "Регистрация", "Register"),
    "register.person": Words(
        "Сертификат бойынша сіз: {name}, ЖСН {iin}.",
        "По сертификату вы: {name}, ИИН {iin}.",
        "By the certificate you are {name}, IIN {iin}.",
    ),
    "register.address": Words(
        "Телефон нөмірі немесе электрондық пошта",
        "Номер телефона или электронная почта",
        "Telephone number or e-mail address",
    ),
    "register.address_hint": Words(
        "Растау кодтары мен хабарламалар осында келеді. Нөмір +7 деп басталады.",
        "Сюда будут приходить коды подтверждения и уведомления. Номер начинается с +7.",
        "Codes and notices will come here. A number begins with +7.",
    ),
    "register.send": Words("Код жіберу", "Отправить код", "Send a code"),
    "register.bad_address": Words(
        "Бұл нөмір де, пошта мекенжайы да емес. Мысалы: +77011234567.",
        "Это ни номер, ни адрес почты. Например: +77011234567.",
        "This is neither a number nor an e-mail address. For example: +77011234567.",
    ),
    "register.code": Words("Хабардағы код, 6 цифр", "Код из сообщения, 6 цифр", "The code of the message, 6 digits"),
    "register.code_hint": Words(
        "Код мына мекенжайға жіберілді: {address}. Уақыт {time} дейін.",
        "Код отправлен: {address}. Время до {time}.",
        "The code was sent to {address}. There is time until {time}.",
    ),
    "register.other_address": Words(
        "Кодты қайта жіберу немесе мекенжайды өзгерту",
        "Отправить код ещё раз или изменить адрес",
        "Send the code again, or change the address",
    ),
    "register.wrong_code": Words(
        "Екі кодтың бірі дұрыс емес. Хабарды және телефондағы уақытты тексеріп, қайта теріңіз.",
        "Один из двух кодов неверен. Проверьте сообщение и время на телефоне и введите их ещё раз.",
        "One of the two codes is not right. Check the message and the clock of the phone, and type them again.",
    ),
    "register.start": Words("ЭЦҚ арқылы тіркелу", "Зарегистрироваться по ЭЦП", "Register by EDS"),
}
