"""Bodies, and what they say that they are: a form as it should be, and all that could come in its place."""

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

Fields = dict[str, list[str]]
Body = tuple[str, bytes]

FORM, BOUNDARY = "application/x-www-form-urlencoded", "xxBOUNDARYxx"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"
LIMIT = 1024 * 1024


def encoded(fields: Fields, *, rest: bytes = b"") -> bytes:
    """The fields as a form sends them, and something after them."""
    return urlencode(fields, doseq=True).encode() + rest


def part(name: str, value: bytes, headers: str = "") -> bytes:
    """One part of a body in parts."""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{headers}\r\n\r\n'.encode() + value + b"\r\n"


def in_parts(fields: Fields, *more: bytes) -> bytes:
    """The fields as a script sends them, and further parts."""
    own = [part(quote(name), value.encode()) for name, values in fields.items() for value in values]
    return b"".join([*own, *more]) + f"--{BOUNDARY}--\r\n".encode()


def _each(fields: Fields, value: bytes) -> bytes:
    return b"&".join(quote(name).encode() + b"=" + value for name in fields)


OPEN = f"--{BOUNDARY}\r\nContent-Disposition: ".encode()
FILE = '; filename="a.txt"\r\nContent-Type: text/plain'
BROKEN = (
    *(b"%ED%A0%80", b"%C0%80", b"%F8%88%80%80%80", b"%FF%FE", b"%00", b"%zz%", b"%u0041", b"\xed\xa0\x80", b"\x00"),
    *(b"+" * 999, b"%0d%0a", b"%E2%80%AE"),
)

BODIES: dict[str, Callable[[Fields], Body]] = {
    "nothing": lambda _fields: (FORM, b""),
    "as it should be": lambda fields: (FORM, encoded(fields)),
    "in parts": lambda fields: (PARTS, in_parts(fields)),
    "files for fields": lambda fields: (PARTS, in_parts({}, *(part(quote(name), b"x", FILE) for name in fields))),
    "files beside fields": lambda fields: (PARTS, in_parts(fields, *[part("file", b"\x00" * 999, FILE)] * 50)),
    "too many files": lambda fields: (PARTS, in_parts(fields, *[part("file", b"", FILE)] * 101)),
    "a file that climbs": lambda f: (PARTS, in_parts(f, part("f", b"x", '; filename="../../\x00x"'))),
    "parts in parts": lambda fields: (PARTS, in_parts({}, part("x", in_parts(fields), f"\r\nContent-Type: {PARTS}"))),
    "parts of no base64": lambda f: (PARTS, in_parts(f, part("x", b"=!=", "\r\nContent-Transfer-Encoding: base64"))),
    "parts of no quotes": lambda f: (PARTS, in_parts(f, OPEN + b'form-data; name="\r\n\r\nx')),
    "parts without end": lambda fields: (PARTS, in_parts(fields)[:-25]),
    "parts that break off": lambda fields: (PARTS, in_parts(fields)[: len(fields) * 30]),
    "parts of bytes": lambda f: (PARTS, in_parts({}, *(part(quote(name), bytes(range(256))) for name in f))),
    "parts of another text": lambda f: (PARTS, in_parts({}, *(part(quote(n), b"x", "; charset=utf-16") for n in f))),
    "parts with long headers": lambda f: (PARTS, in_parts(f, part("x", b"x", "\r\nX-A: " + "b" * 70_000))),
    "parts without name": lambda f: (PARTS, in_parts(f, f"--{BOUNDARY}\r\n\r\nx\r\n".encode() * 500)),
    "parts of a name in bytes": lambda f: (PARTS, in_parts(f, OPEN + b"form-data; name*=utf-7''%ff\r\n\r\nx\r\n")),
    "parts of a name too long": lambda f: (PARTS, in_parts(f, part("x" * LIMIT, b"x"))),
    "no boundary": lambda fields: ("multipart/form-data", in_parts(fields)),
    "another boundary": lambda fields: (f"{PARTS}y", in_parts(fields)),
    "an endless boundary": lambda fields: (f"{PARTS}{'x' * 5000}", in_parts(fields)),
    "a boundary of bytes": lambda fields: ("multipart/form-data; boundary=\xe9\x00", in_parts(fields)),
    "an empty boundary": lambda fields: ('multipart/form-data; boundary=""', in_parts(fields)),
    "mixed parts": lambda fields: (f"multipart/mixed; boundary={BOUNDARY}", in_parts(fields)),
    "json": lambda fields: ("application/json", json.dumps(fields).encode()),
    "broken json": lambda fields: ("application/json", json.dumps(fields).encode()[:-3]),
    "deep json": lambda _fields: ("application/json", b"[" * 100_000),
    "deep json that ends": lambda _fields: ("application/json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "json of half a pair": lambda fields: ("application/json", json.dumps(dict.fromkeys(fields, "\ud800")).encode()),
    "json of numbers": lambda _fields: ("application/json", b"1" * 100_000 + b"e99999"),
    "no json": lambda _fields: ("application/json", b"NaN"),
    "xml": lambda _fields: ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "plain": lambda fields: ("text/plain", encoded(fields)),
    "no type": lambda fields: ("", encoded(fields)),
    "no type there is": lambda fields: ("\x00/\xff; ;=;", encoded(fields)),
    "a form of utf-16": lambda f: (f"{FORM}; charset=utf-16", encoded(f).decode().encode("utf-16")),
    "a form of utf-7": lambda f: (f"{FORM}; charset=utf-7", encoded(f, rest=b"&email=+ADw-")),
    "a form of idna": lambda f: (f"{FORM}; charset=idna", encoded(f)),
    "a form of nonsense": lambda f: (f"{FORM}; charset=none-such", encoded(f)),
    "a form of a codec": lambda f: (f"{FORM}; charset=zlib", encoded(f)),
    "a form of utf-8 twice": lambda f: (f"{FORM}; charset=utf-8; charset=utf-16", encoded(f)),
    "a form of half a charset": lambda f: (f"{FORM}; charset*=none-such''utf-8; x*=utf-8'%00'%ff", encoded(f)),
    "bytes": lambda _fields: (FORM, bytes(range(256)) * 40),
    "ten thousand fields": lambda f: (FORM, encoded(f, rest=b"".join(b"&f%d=x" % n for n in range(10_000)))),
    "one field five thousand times": lambda f: (FORM, b"&".join([quote(next(iter(f), "x")).encode() + b"=x"] * 5000)),
    "each field many times": lambda f: (FORM, encoded({name: values * (1900 // len(f)) for name, values in f.items()})),
    "a name of a megabyte": lambda f: (FORM, encoded(f, rest=b"&" + b"x" * (LIMIT - 100_000) + b"=x")),
    "a value of a megabyte": lambda f: (FORM, encoded({**f, next(iter(f), "x"): ["x" * (LIMIT - 100_000)]})),
    "more than a megabyte": lambda f: (FORM, encoded(f, rest=b"&x=" + b"x" * LIMIT)),
    "separators": lambda _fields: (FORM, b"&" * 100_000),
    "deep names": lambda f: (FORM, encoded(f, rest=b"&x" + b"[a]" * 30_000 + b"=x")),
    **{f"each field {value[:20]!r}": lambda f, value=value: (FORM, _each(f, value)) for value in BROKEN},
}
