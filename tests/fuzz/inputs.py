"""What somebody could type, paste or send where a form asks for something: right, odd, and hostile."""

from django.http import QueryDict
from hypothesis import strategies as st

ODD = [
    *("", " ", "\t\r\n", "\u3000", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffd"),
    *("\ufdd0",),
    *("\u202eabc", "\u2066a\u2069", "\u200f", "e" + "\u0301" * 3000, "\u0301" * 50, "🩺", "👩‍👩‍👧‍👦" * 40),
    *("𝔑𝔦", "İ", "ß", "ﬃ"),
    *("0", "-1", "1", "007", "+5", "1.5", "1e999", "-1e999", "NaN", "inf", "Infinity", "0x10", "1_000", "٣"),
    *("٣:٣", "²"),
    *(str(2**31), str(2**31 - 1), str(2**63), str(2**63 - 1), str(-(2**63) - 1), str(2**64), str(10**40), "9" * 5000),
    *("true", "on", "None", "null", "undefined", "[]", "{}", '{"a": 1}', "[" * 5000, '"\\ud800"', "yes", "no"),
    *("Ⅷ", "①"),
    *("<script>alert(1)</script>", "'; DROP TABLE accounts_member; --", "%s%n%(x)s", "{0.__class__}"),
    *("{% now 'Y' %}",),
    *("../../etc/passwd", "javascript:alert(1)", "http://evil.example", "//evil.example"),
    *("a\r\nBcc: b@evil.example",),
    *("0000-00-00", "2030-02-30", "9999-12-31", "10000-01-01", "0001-01-01", "2030-08-31T00:00", "٢٠٣٠-٠٨-٣١"),
    *("24:00", "25:00", "12 am", "9:60", "９：３０", "00:00:00", "9" * 60, "hours:1:0", "break:1:9"),
    *(f"hours:{10**17}:6",),
    *("a@b", "@", "a@b@c.example", "a@" + "é" * 300 + ".example", "a@xn--.example", "a@xn--a.example"),
    *("a@[1.2.3.4]",),
    *("a@\x00.example", "a@ⓔxample.com", "a@\u202eelpmaxe.com", "a@-.example", '"a b"@c.example', "a@.."),
    *("a@１.２.３.４", '"a"@b.example', '"x\x0by:z"@b.example', "a@localhost", "a@b.example.", "a\u200b@b.example"),
    *(
        "evil.com?win",
        "evil。com",
        "=?utf-8?b?ZXZpbC5jb20=?=",
        "evil%252ecom",
        "evil&amp;#46;com",
        "&#x110000;",
        "%" * 300,
    ),
    *("a\u200db", "\u0915\u094d\u200d", "\u3164", "\u2800", "a\ufe0f", "\u200c" * 3000, "\U000e0041" * 60),
    *("00000000-0000-0000-0000-000000000000", "{" + "0" * 32 + "}", "urn:uuid:" + "f" * 32, "UTC"),
    *("Europe/Berlin",),
    *("../UTC", "/etc/localtime", "posixrules", "Factory", "localtime", "Europe/", "x" * 101, "x" * 300),
    *("x" * 5000,),
    *("é" * 5000, "\u0344" * 5000, "\n" * 5000, "a@" + "a." * 100 + "example"),
]

anything = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.times().map(str),
)
# None stands for a field that is not sent at all; several values for one that is sent several times.
sent = st.one_of(st.none(), anything.map(lambda value: [value]), st.lists(anything, min_size=2, max_size=4))

# What is sent beside the fields of a form: lies about rows, fields that the product fills in itself, no names at all.
LIES = (
    *("form-TOTAL_FORMS", "form-INITIAL_FORMS", "form-MAX_NUM_FORMS", "form-0-id", "form-0-DELETE"),
    *("hours-TOTAL_FORMS",),
    *("hours-0-at", "hours-0-starts", "hours-0-ends", "hours-999999-starts", "hours-٣-starts", "hours--1-at"),
    *("hours-01-at", "numbers-0-kind", "numbers-0-number", "numbers-7-business", "copy-1-source"),
    *("copy-1-targets",),
    *("reverify_cancel", "reverify_password", "reverify_passkey", "id", "pk", "is_owner", "account", "version"),
    *("shown", "do", "next", "expected", "__proto__", "name[]", "\x00", "x" * 5000, "", "csrfmiddlewaretoken"),
)


def sendings(right: dict[str, list[str]]) -> st.SearchStrategy[QueryDict]:
    """What could be sent in the place of what is `right`: some of it changed, something beside it, or all changed."""
    names = sorted(right)
    few = st.dictionaries(st.sampled_from(names or ["x"]), sent, max_size=3)
    every = st.fixed_dictionaries(dict.fromkeys(names, sent))
    lies = st.dictionaries(st.sampled_from(LIES), sent, max_size=3)
    return st.builds(lambda changes, more: as_sent({**right, **more, **changes}), few | few | every, lies)


def as_sent(fields: dict[str, list[str] | None]) -> QueryDict:
    """The fields as a view is given them, without those that are None."""
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        if values is not None:
            data.setlist(name, values)
    data._mutable = False
    return data
