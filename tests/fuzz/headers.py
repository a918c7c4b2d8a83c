"""Headers and cookies that no browser sends."""

import random

HEADERS: tuple[dict[str, str], ...] = (
    *({"HTTP_ACCEPT": value} for value in ("text/plain", "application/json", "," * 8000, "\x00", "*/*;q=NaN")),
    *({"HTTP_X_REQUESTED_WITH": value} for value in ("fetch", "XMLHttpRequest", "\xff", "fetch, fetch")),
    *({"HTTP_ACCEPT_LANGUAGE": value} for value in ("a-" * 4000, "\x00", "*", "de;q=2", "en-au,xx;q=1e999")),
    *(
        {"HTTP_USER_AGENT": value}
        for value in ("", "\x00", "\x00\xed\xa0\x80" + "x" * 8000, "(" * 5000, "Mozilla/5.0 (iPad; 9" + "." * 3000)
    ),
    *({"HTTP_REFERER": value} for value in ("https://[evil", "http://testserver:99999/", "\x00", "/" * 8000)),
    *({"HTTP_ORIGIN": value} for value in ("null", "https://[", "http://testserver:x", "\xff")),
    *(
        {"HTTP_HOST": value}
        for value in (
            "evil.example",
            "",
            "testserver:99999",
            "[",
            "testserver:80:80",
            "\x00",
            "x" * 5000,
            "\xd1\x82",
            "a_b",
        )
    ),
    *(
        {"HTTP_X_FORWARDED_FOR": value}
        for value in ("x, \x00", "1.2.3.4," * 999, "[::1", "fe80::1%eth0", "1.2.3.4:99999")
    ),
    *({"HTTP_X_FORWARDED_PROTO": "https"}, {"HTTP_X_FORWARDED_HOST": "evil.example"}, {"HTTP_FORWARDED": "for=_x"}),
    *({"HTTP_IF_MODIFIED_SINCE": value} for value in ("yesterday", "Sat, 99 Xxx 99999 99:99:99 GMT", "\x00")),
    *({"HTTP_IF_NONE_MATCH": value} for value in ("*", '"' * 999, 'W/"x"')),
    *({"HTTP_RANGE": value} for value in ("bytes=-1", "bytes=" + "0-1," * 2000, "lines=1-", "bytes=9-1")),
    *(
        {"CONTENT_LENGTH": value}
        for value in ("-1", "x", "", "1e3", "²", "1", "0", str(10**7), str(10**30), "9" * 5000, " 5", "+5", "1_0")
    ),
    *({"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_CONTENT_ENCODING": "gzip"}, {"HTTP_EXPECT": "100-continue"}),
    *({"HTTP_X_CSRFTOKEN": "\x00" * 64}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, {"HTTP_UPGRADE": "h2c"}),
    *({"HTTP_AUTHORIZATION": value} for value in ("Basic", "Basic %%%", "Bearer " + "x" * 8000)),
    *({"REMOTE_ADDR": value} for value in ("", "10.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%eth0")),
    *({"wsgi.url_scheme": "https"}, {"SCRIPT_NAME": "/x"}, {"SERVER_PROTOCOL": "HTTP/0.9"}),
)

COOKIES = (
    *("sessionid=\x00", "sessionid=" + "a" * 32, "sessionid=" + "a" * 8000, "sessionid=", "sessionid=%00"),
    *("sessionid=\xff" * 32, "sessionid=\xe9" * 9),
    *("csrftoken=\x00", "csrftoken=" + "x" * 64, "csrftoken=" + "\xff" * 64, "csrftoken=x", "theme=\x00"),
    *("theme=<script>", "theme=" + "x" * 5000),
    *("known=x", "known=" + "a:b:c", "known=" + ":" * 999, "known=\x00:x", "known=W10:1:x", "trusted-1=\x00"),
    *("messages=x", "; ".join(["a=b"] * 2000)),
    *("=", ";;;", "a", '"', 'theme="\\', "theme=a; theme=b", "\x00=\x00", "\xe9=\xe9", "sessionid=a\r\nX: y"),
    *("$Version=1; theme=dark; $Path=/",),
)


def headers(picks: random.Random, cookies: str) -> dict[str, str]:
    """Usually none or a few odd headers, and sometimes an odd cookie, beside or in the place of one's own `cookies`."""
    given: dict[str, str] = {}
    for each in picks.sample(HEADERS, picks.choice((0, 0, 1, 3))):
        given |= each
    if picks.random() < 0.2:
        odd = picks.choice(COOKIES)
        given["HTTP_COOKIE"] = picks.choice((odd, f"{cookies}; {odd}", f"{odd}; {cookies}"))
    return given
