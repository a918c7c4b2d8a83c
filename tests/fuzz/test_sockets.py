"""What is no HTTP, or lies about its length, is refused or answered by the real web server, which goes on serving."""

import json
import socket
from contextlib import closing

import pytest

from tests.faults.conftest import NewStack
from tests.faults.stack import Stack

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("fuzz-sockets")]

PATIENCE = 10
HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POST = b"POST /login/ HTTP/1.1\r\n" + HOST + FORM
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
PARTS = b"POST /login/ HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=x\r\n"
GET = b"GET /login/ HTTP/1.1\r\n" + HOST

RAW = {
    "nothing": b"",
    "empty lines": b"\r\n" * 500,
    "no method": b"/login/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "no version": b"GET /login/\r\n\r\n",
    "a version there is not": b"GET /login/ HTTP/9.9\r\n" + HOST + b"\r\n",
    "no address": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address that is none": b"GET http://[evil/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address of another": b"GET http://evil.example/login/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "an address of bytes": b"GET /\xff\xfe\x00/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "an endless address": b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    "a way through": b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a proxy's line": b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + GET + b"\r\n",
    "no host": b"GET /login/ HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
    "a host of bytes": b"GET /login/ HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    "a header without end": GET + b"X-A: " + b"b" * 100_000,
    "a thousand headers": GET + b"X-A: b\r\n" * 1000 + b"\r\n",
    "a header without name": GET + b": b\r\n\r\n",
    "a header with a space": GET + b"X A : b\r\n\r\n",
    "a header that goes on": GET + b"X-A: b\r\n c\r\n\r\n",
    "a header with a nul": GET + b"X-A: \x00\r\n\r\n",
    "bare line feeds": GET.replace(b"\r\n", b"\n") + b"\n",
    "a body that is shorter": POST + b"Content-Length: 500\r\n\r\nemail=x",
    "parts that are shorter": PARTS + b"Content-Length: 500\r\n\r\n--x\r\nContent-Disposition: form-data; name=email",
    "a body that is not there": POST + b"Content-Length: 1000000\r\n\r\n",
    "a body that is too large and not there": POST + b"Content-Length: 99999999999\r\n\r\nemail=x",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\nemail=x",
    "a length of words": POST + b"Content-Length: many\r\n\r\nemail=x",
    "a length of a square": POST + b"Content-Length: \xb2\r\n\r\nemail=x",
    "two lengths": POST + b"Content-Length: 7\r\nContent-Length: 3\r\n\r\nemail=x",
    "a length and pieces": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "pieces": CHUNKED + b"7\r\nemail=x\r\n0\r\n\r\n",
    "pieces of a lie": CHUNKED + b"ffff\r\nemail=x\r\n0\r\n\r\n",
    "pieces of no size": CHUNKED + b"many\r\nemail=x\r\n0\r\n\r\n",
    "pieces below nothing": CHUNKED + b"-7\r\nemail=x\r\n0\r\n\r\n",
    "pieces of a size without end": CHUNKED + b"f" * 10_000 + b"\r\nemail=x\r\n0\r\n\r\n",
    "pieces without end": CHUNKED + b"7\r\nemail=x\r\n",
    "pieces of more than a megabyte": CHUNKED + b"200000\r\n" + b"x" * 0x200000 + b"\r\n0\r\n\r\n",
    "pieces twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a trailer that is none": CHUNKED + b"0\r\n:\x00\r\n\r\n",
    "a codec with a question": b"GET /login/?next=%2F HTTP/1.1\r\n" + HOST + FORM[:-2] + b"; charset=zlib\r\n\r\n",
    "a codec that there is not": GET + FORM[:-2] + b"; charset*=none-such''x\r\n\r\n",
    "a cookie of bytes": GET + b"Cookie: sessionid=\xff\xfe; theme=\xed\xa0\x80\r\n\r\n",
    "one after the other": (GET + b"\r\n") * 20,
    "an upgrade": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a promise": POST + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n",
}


@pytest.fixture(scope="module")
def web(new_stack: NewStack) -> Stack:
    """An installation with its web server."""
    stack = new_stack()
    stack.start_web()
    return stack


def say(web: Stack, words: bytes) -> bytes:
    """Send these bytes and no more; what comes back, which may be nothing."""
    with closing(socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE)) as line:
        try:
            line.sendall(words)
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))
        except TimeoutError:
            raise
        except OSError:
            # Refused before all was sent, as it may be.
            return b""


def require_well(web: Stack) -> None:
    """It still answers, and nothing broke in it."""
    assert web.browser().get("/healthz").status == 200
    assert [line for line in web.log("web").splitlines() if "Traceback" in line and not is_refusal(line)] == []


def is_refusal(line: str) -> bool:
    """Whether Django wrote down why it answered 400: it does with where that was found out."""
    return line.startswith("{") and json.loads(line).get("status_code") == 400


@pytest.mark.parametrize("name", RAW)
def test_what_is_no_request_is_no_harm(web, figures, name):
    answer = say(web, RAW[name])

    figures.tried("fuzz: raw requests", 1)
    assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), answer[:300]
    require_well(web)


def test_who_breaks_off_or_never_goes_on_keeps_nobody_else_waiting(web, figures):
    """More of them than there are threads."""
    begun = [GET[:10], GET[:30], POST + b"Content-Length: 500\r\n\r\n", CHUNKED, GET + b"X-A: "] * 2
    lines = [socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) for _each in begun]
    for line, words in zip(lines, begun, strict=True):
        line.sendall(words)
        line.close()

    figures.tried("fuzz: raw requests", len(begun))
    require_well(web)
