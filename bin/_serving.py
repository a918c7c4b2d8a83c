"""bin/dev's two processes, by honcho: started together, their lines printed as they come, and stopped together.

Where one of them ends, the other is stopped too, and so is all of it at Ctrl-C, when the terminal is closed, and when
nobody reads the output any more.
"""

import http.client
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from honcho import manager
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer

import _setup

SECONDS_TO_FIRST_PAGE = 120
ASKED_TO_STOP = {128 + signal.SIGINT, 128 + signal.SIGTERM}
# The worker ends the mail that it is sending first.
manager.KILL_WAIT = _setup.SECONDS_TO_STOP


class Processes(Manager):
    """honcho's, which can also be asked to stop before each process has said that it has started."""

    def terminate(self) -> None:
        """Ask each to end, as soon as it can be."""
        if self._all_started():
            super().terminate()
        else:
            threading.Timer(0.05, self.terminate).start()


class Output(Printer):
    """Prints a process's lines with its name in front, and ours as they are."""

    def write(self, message: Message) -> None:
        """Print it. Once nobody reads our output, ask all of it to stop, and go on in silence."""
        text = message.data.decode(errors="replace") if isinstance(message.data, bytes) else message.data
        for line in text.splitlines():
            is_ours = message.name == SYSTEM_PRINTER_NAME
            try:
                _setup.say(line if is_ours else f"{message.name:<{self.width}} | {readable(line)}")
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                os.kill(os.getpid(), signal.SIGTERM)


def readable(line: str) -> str:
    """Turn a JSON log line into one for people; leave any other line as it is."""
    try:
        event = json.loads(line)
        text = f"{event.pop('timestamp', '')[11:19]} {event.pop('level', ''):<7} {event.pop('event')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    event.pop("logger", None)
    trace = event.pop("exception", None)
    details = " ".join(f"{key}={value}" for key, value in event.items())
    return f"{text} {details}".strip() + (f"\n{trace}" if trace else "")


def serve(
    commands: Mapping[str, list[str]], env: dict[str, str], *, asks: Callable[[], int | None], welcome: str
) -> int:
    """Run the commands until we are asked to stop (returns 0) or one of them ends (returns what it ended with).

    `welcome` is printed when the first page, which `asks` asks for, answers; if it answers with an error or not in
    time, that is said, and all of it ends with 1.
    """
    running = Processes(printer=Output(sys.stdout))
    for name, command in commands.items():
        running.add_process(name, f"exec {shlex.join([*_setup.ENDS_WITH_PARENT, *command])}", env=env, cwd=_setup.ROOT)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    threading.Thread(target=_announce, args=(running, asks, welcome), daemon=True).start()
    running.loop()
    if running.returncode in ASKED_TO_STOP:
        return 0
    return abs(running.returncode) or 1


def _announce(running: Processes, asks: Callable[[], int | None], welcome: str) -> None:
    """Wait for the first page and say that it is there, or what is wrong with it."""
    deadline = time.monotonic() + SECONDS_TO_FIRST_PAGE
    status = None
    while status is None and time.monotonic() < deadline:
        time.sleep(0.1)
        status = asks()
    if status is not None and status < 500:
        _say(running, welcome)
        return
    answers = f"answers with an error ({status}); the lines above say why"
    late = f"did not answer within {SECONDS_TO_FIRST_PAGE} seconds"
    _say(running, f"The first page {late if status is None else answers}.")
    running.returncode = 1
    running.terminate()


def _say(running: Processes, text: str) -> None:
    """Print it in turn with what the processes say."""
    running.events.put(Message("line", text, datetime.now(), SYSTEM_PRINTER_NAME, None))  # noqa: DTZ005


def first_page_status(host: str, port: int, site_url: str) -> int | None:
    """The HTTP status of the login page, asked for under the configured address; None if nobody answers."""
    site = urlsplit(site_url)
    headers = {"Host": site.netloc, "X-Forwarded-Proto": site.scheme, "User-Agent": "bin/dev"}
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS_TO_FIRST_PAGE)
    try:
        connection.request("GET", "/login/", headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
