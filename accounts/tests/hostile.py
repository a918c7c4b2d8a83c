"""Names and addresses that pass and that don't, and how mail programs look for links."""

import re
from collections.abc import Iterator
from email.message import EmailMessage as Parsed
from functools import cache

from bs4 import BeautifulSoup
from django.core.mail import EmailMessage
from django.utils.html import urlize

from accounts.tests.links import html_of
from accounts.text.names import top_level_domains

PEOPLE = [
    *(
        "J.R. Smith",
        "J.R.R. Tolkien",
        "St. John",
        "Mary-Ann St.Clair",
        "M.St.John",
        "Dr.Müller",
        "Dr. Ng",
        "Dr.Ng",
        "S.Kim",
    ),
    *("A.Ng", "P.Law", "J.Do", "O'Neil", "O’Neil", "Jean-Luc", "Martín Jr.", "Anna Ph.D.", "Ma.Teresa", "Abd.Rahman"),
    *(
        "Mohd.Ali",
        "John.Smith",
        "van der Berg",
        "d'Arcy",
        "Ravi s/o Kumar",
        "Ravi a/p Raman",
        "Æthelred",
        "Łukasz",
        "Nguyễn Thị Ánh",
    ),
    *(
        "Nguye\u0302\u0303n",
        "ดร.สมชาย",
        "นพ.สมหญิง",
        "د.محمد",
        "محمد",
        "נועה",
        "שָׁלוֹם",
        "王小明",
        "葛\U000e0100城",
        "渡邉",
        "김민준",
        "X Æ A-12",
    ),
    *(
        "نرم\u200cافزار",
        "می\u200cترا",
        "क्\u200dष",
        "ශ්\u200dරී",
        "র\u200d্যাচেল",
        "Siobhán",
        "Renée 👩\u200d⚕\ufe0f",
        "No. 5",
        "1st Lt.Paris",
        "Dr.St.John",
        "Lee B.Sc",
        "Gal·la Puig",
        "Keawe Kaʻaukai",
        "Section 1.2.3",
    ),
]
NO_PEOPLE = [
    *(
        "Claim your refund at evil-pharma.com",
        "evil.com?win",
        "evil。com",
        "evil．com",
        "evil｡com",
        "evil․com",
        "EVIL.COM",
    ),
    *(
        "evil.com",
        "evil.com.",
        "see evil.com, now",
        "(evil.com)",
        "“evil.com”",
        "evil.com:80",
        "evil.com-now",
        "evil.com_now",
    ),
    *(
        "evil.example now",
        "evil.co.uk",
        "x.com",
        "dr.com",
        "evil.рф",
        "evil.中国",
        "пример.рф",
        "evil.xn--p1ai",
        "xn--bcher-kva.ch",
    ),
    *(
        "ⓔvil．ⓒom",
        "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
        "evil.ai",
        "bit.ly",
        "t.co.uk",
        "evil%2Ecom",
        "evil%252Ecom",
        "evil&#46;com",
        "evil&period;com",
    ),
    *(
        "evil&amp;#46;com",
        "%65vil%2ecom",
        "=?utf-8?b?ZXZpbC5jb20=?=",
        "=?utf-8?q?evil=2Ecom?=",
        "＝?utf-8?b?ZXZpbC5jb20=?=",
        "Berg.de",
    ),
    *(
        "nina@evil.com",
        "nina@evil",
        "nina＠evil．com",
        "@nina",
        "https://evil.com",
        "HTTP://EVIL",
        "www.evil",
        "WWW.evil.com",
        "evil.com/x",
    ),
    *(
        "evil.com\\x",
        "mailto:x",
        "javascript:alert(1)",
        "http:evil",
        "//evil.com",
        "ftp://x",
        "hxxp://evil",
        "ｗｗｗ．evil",
    ),
    *(
        "Ni\u200bna",
        "\u200bNina",
        "Nina\u2060",
        "Ni\u00adna",
        "Ni\ufeffna",
        "Ni\u200dna",
        "Ni\u200cna",
        "Ni\u200ena",
        "Ni\u200fna",
        "Ni\u061cna",
    ),
    *(
        "Ni\u202ena",
        "\u2066Nina\u2069",
        "\u3164",
        "Ni\u3164na",
        "\u115f",
        "Ni\uffa0na",
        "\u2800",
        "Ni\u2800na",
        "Ni\u034fna",
    ),
    *(
        "Ni\U000e0041na",
        "Ni\ufe0fna",
        "Ni\U000e0100na",
        "葛\U000e0100\U000e0101",
        "Ni\u180ena",
        "Ni\u2063na",
        "अ\u200cब",
        "Ni\ufff9na",
    ),
    *(
        "N" + "\u0301" * 6 + "ina",
        "Z\u0336\u0337\u0338\u0335\u0334\u0336algo",
        "...",
        "🩺",
        "Ni\nna",
        "Ni\u2028na",
        "Ni\ufffdna",
        "B.App.Sc",
    ),
    *(
        "evil.com—claim",
        "evil.com–now",
        "evil.com•now",
        "evil.com→now",
        "evil.com、now",
        "evil.com¿now",
        "evil.com·now",
        "evil.comʼs",
    ),
    *("evil.com™", "evil.com²", "evil.com&trade;", "evil。com™", "win.x.bet", "x.evil.dr.bet", "dr.support", "j.st"),
    *("x.ai", "t.co", "win.dr.ng", "1.2.3.4", "1.2.3.4/claim", "Call 1。2。3。4", "１.２.３.４", "evil.グーグル"),
]
CLINICS = [
    *(
        "Physio.com.au",
        "Physio.com.au Harbour",
        "Harbour Physio",
        "24/7 Physio",
        "Physio / Massage",
        "Physio @ Home",
        "Pilates@Home",
    ),
    *(
        "Smith & Sons",
        "Smith &amp; Sons",
        "100% Be Well",
        "St. Mary’s",
        "東京　クリニック",
        "Praxis Dr.Müller",
        "Harbour ❤\ufe0f Physio",
        "A+ Physio",
    ),
    *("Physio 1\ufe0f\u20e3", "کلینیک می\u200cترا", "What?! Physio", "Physio: the clinic", "evil.com"),
]
NO_CLINICS = [
    *(
        "https://evil.com",
        "www.evil.com",
        "WWW.EVIL",
        "evil.com/win",
        "evil.com\\win",
        "mailto:me@evil.com",
        "me@evil.com",
        "me＠evil．com",
    ),
    *(
        "=?utf-8?b?ZXZpbC5jb20=?=",
        "&#104;ttps://evil",
        "https%3A%2F%2Fevil",
        "http:evil.com",
        "//evil.com//",
        "www．evil",
        "evil.com%2Fwin",
    ),
    *("Harbour\u200bPhysio", "Harbour\u202ePhysio", "\u2800", "!!!", "data:text/html,x", "1.2.3.4/claim"),
]

MAILBOXES = {
    "lee@x.example": "lee@x.example",
    " LEE@X.Example ": "lee@x.example",
    "lee＠x．example": "lee@x.example",
    "lee@x。example": "lee@x.example",
    "lee@x｡example": "lee@x.example",
    "ｌｅｅ@x.example": "lee@x.example",
    "\u212aim@x.example": "kim@x.example",
    "lee+physio@x.example": "lee+physio@x.example",
    "lee.o'neil@x.example": "lee.o'neil@x.example",
    "l!#$%&'*+/=?^_`{|}~-@x.example": "l!#$%&'*+/=?^_`{|}~-@x.example",
    "lee@a.b.c.x.example": "lee@a.b.c.x.example",
    "lee@bücher.example": "lee@xn--bcher-kva.example",
    "lee@BÜCHER.example": "lee@xn--bcher-kva.example",
    "lee@xn--bcher-kva.example": "lee@xn--bcher-kva.example",
    "lee@пример.рф": "lee@xn--e1afmkfd.xn--p1ai",
    "lee@نامه\u200cای.example": "lee@xn--mgba3gch31f060k.example",
    "l" * 64 + "@x.example": "l" * 64 + "@x.example",
    "lee@" + "x" * 63 + ".example": "lee@" + "x" * 63 + ".example",
    "lee@1.example": "lee@1.example",
    "lee@clinic.test": "lee@clinic.test",
    "lee@x⒈example": "lee@x1.example",
}
NO_MAILBOXES = [
    *(
        '"lee"@x.example',
        '"\\lee"@x.example',
        '"l\\ee"@x.example',
        '"lee lee"@x.example',
        '""@x.example',
        '"a\x01b"@x.example',
    ),
    *(
        '"x\x0by:z"@x.example',
        '"a\\\x7f"@x.example',
        "l\x00ee@x.example",
        "l\x01ee@x.example",
        "l\x7fee@x.example",
        "lee\u0085@x.example",
    ),
    *(
        "l\u200bee@x.example",
        "lee@x\u200b.example",
        "lee@ex\u00adample.com",
        "\ufefflee@x.example",
        "lee@\u202ex.example",
        "lee\u2060@x.example",
    ),
    *(
        "lee@x\u2060.example",
        "lee(a)@x.example",
        "lee@(a)x.example",
        "Lee <lee@x.example>",
        "lee@x.example, al@x.example",
        "lee@x.example;",
    ),
    *(
        "lee@[127.0.0.1]",
        "lee@[IPv6:::1]",
        "lee@127.0.0.1",
        "lee@1.2.3.4",
        "lee@localhost",
        "lee@x.localhost",
        "lee@x",
        "lee@com",
        "lee@123",
    ),
    *(
        "lee@x.123",
        "lee@x.c",
        ".lee@x.example",
        "lee.@x.example",
        "l..ee@x.example",
        "lee@.x.example",
        "lee@x..example",
        "lee@x.example.",
    ),
    *(
        "lee@x.example。",
        "lee@-x.example",
        "lee@x-.example",
        "lee@x_y.example",
        "lee@xn--a.example",
        "lee@xn--.example",
        "lee@ab--c.example",
    ),
    *(
        "l" * 65 + "@x.example",
        "lee@" + "x" * 64 + ".example",
        "l" * 60 + "@" + ".".join(["x" * 60] * 4),
        "lé@x.example",
        "李@x.example",
    ),
    *(
        "lee@@x.example",
        "lee@al@x.example",
        "@x.example",
        "lee@",
        "lee",
        "",
        "@",
        "lee@ x.example",
        "le e@x.example",
        "lee@x.exa mple",
    ),
    *("lee@…example", "\u0131@x.example"),
]

# What came in by a way that isn't there any more, or will be let in by mistake.
LINKS = [
    *(
        "Claim your refund at evil-pharma.com",
        "evil.com?win",
        "evil。com",
        "evil．com",
        "evil.com/win",
        "www.evil.com",
        "www。evil。com",
    ),
    *(
        "https://evil.com/win",
        "HTTP://EVIL.COM",
        "http:evil.com",
        "//evil.com",
        "me@evil.com",
        "mailto:me@evil.com",
        "tel:+61400000000",
    ),
    *(
        "javascript:alert(1)",
        "=?utf-8?b?ZXZpbC5jb20=?=",
        "=?utf-8?q?evil=2Ecom?= now",
        "evil.рф",
        "пример.рф",
        "evil.中国",
        "xn--p1ai.xn--p1ai",
    ),
    *(
        "http://testserver.evil.com/login/",
        "http://testserver/login/@evil.com",
        "http://testserver/login/.evil.com",
        "support@localhost.evil.com",
    ),
    *(
        "\\\\evil.com\\share",
        "file://evil/share",
        "evil.com,evil.net",
        "<a href='https://evil.com'>evil.com</a>",
        "http://1.2.3.4/win",
        "1.2.3.4",
        "1。2.3．4/win",
        "from 1.2.3.4.",
    ),
    *("a.b.c.evil.com", "…evil.com…", "evil.com.", "(evil.com)", "Physio.com.au", "evil\u00a0.com evil.com"),
]

_READERS = [
    # Schemes and www., to the next space: Apple Mail, Thunderbird.
    re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\d{0,3}[.。．｡]|//(?=\w)|\\\\(?=\w))[^\s<>]+", re.IGNORECASE),
    re.compile(r"(?<![\w-])(?:https?|ftp|mailto|tel|sms|file|javascript|data):[^\s<>]+", re.IGNORECASE),
    # Addresses of four numbers.
    re.compile(r"(?<!\d)\d{1,3}(?:[.。．｡]\d{1,3}){3}[^\s<>]*"),
    # Addresses of people, which every one of them has as letters around the sign.
    re.compile(r"[^\s<>()@]*\w@\w[^\s<>()@]*", re.IGNORECASE),
]
_DOMAIN = re.compile(r"[^\s<>()/.。．｡]+(?:[.。．｡][^\s<>()/.。．｡]+)+")
_LABEL_END = re.compile(r"[^\w-]")
_URLIZED = re.compile(r'href="([^"]+)"')


@cache
def links_in(text: str) -> frozenset[str]:
    """Whatever one mail program or the other would make a link of."""
    found = {match.strip(".,:;?!") for reader in _READERS for match in reader.findall(text)}
    return frozenset({*found, *_domains_in(text), *(each.rstrip("/") for each in _URLIZED.findall(urlize(text)))})


def _domains_in(text: str) -> Iterator[str]:
    """What ends as domains do, as Gmail, Outlook and linkify-it have it: in any letters, with any dot."""
    for match in _DOMAIN.findall(text):
        last_labels = (_LABEL_END.split(label)[0].casefold() for label in re.split("[.。．｡]", match)[1:])
        if any(label in top_level_domains() or label.startswith("xn--") for label in last_labels):
            yield match.strip(".,:;?!")


def links_of(message: EmailMessage) -> dict[str, set[str]]:
    """The links of a message: in its subject, in its text, in what its HTML shows, and where its HTML leads."""
    page = BeautifulSoup(html_of(message), "html.parser")
    shown = [node for node in page.find_all(string=True) if node.parent.name not in {"style", "[document]"}]
    return {
        "subject": links_in(message.subject),
        "text": links_in(message.body),
        "html": set().union(*map(links_in, shown)),
        "hrefs": {link["href"] for link in page.find_all("a")},
    }


def as_typed(text: str) -> str:
    """What a reader sees of it: what is put between the letters of a link shows nothing."""
    return text.replace("\u200c", "")


def subject_of(sent: Parsed) -> str:
    """The subject of a message that was read with the policy "default"."""
    return str(sent["Subject"])
