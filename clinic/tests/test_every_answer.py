"""Error pages, files, mail and the support site tell the browser as much as every page does (A45, A47)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.home.views import HomeView
from accounts.tests.authenticators import give_app
from clinic.tests.test_browser_headers import policy_of

pytestmark = pytest.mark.django_db

LIMIT = 1024 * 1024
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "object-src": ["'none'"],
    "worker-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["answers"],
}


def _too_many(_cast, _sign_in, _monkeypatch):
    browser = Client()
    for _ in range(6):
        answer = browser.post("/login/", {"email": "rita@harbour.example", "password": "not the password at all"})
    return answer


def _broken(cast, sign_in, monkeypatch):
    def fail(*_args, **_named):
        raise ValueError("hunter2")

    monkeypatch.setattr(HomeView, "get", fail)
    browser = sign_in(cast.receptionist)
    browser.raise_request_exception = False
    return browser.get("/harbour-physio/")


def _locked(cast, sign_in, _monkeypatch):
    cast.clinic.locked_at = cast.clinic.created_at
    cast.clinic.save()
    return sign_in(cast.owner).get("/harbour-physio/")


def _prompt(cast, sign_in, _monkeypatch):
    form = {"first_name": "Nina", "last_name": "Novak", "email": "nina@harbour.example", "role": "scheduler"}
    return sign_in(cast.owner).post("/harbour-physio/settings/users/new/", {**form, "is_practitioner": "no"})


ANSWERS = {
    "400, wrong host": (400, lambda *_: Client().get("/login/", HTTP_HOST="evil.example")),
    "403": (403, lambda cast, sign_in, _: sign_in(cast.receptionist).get("/harbour-physio/settings/users/")),
    "403, form": (403, lambda *_: Client(enforce_csrf_checks=True).post("/login/")),
    "404": (404, lambda *_: Client().get("/nowhere/at/all/")),
    "404, another clinic": (404, lambda cast, sign_in, _: sign_in(cast.outsider).get("/harbour-physio/")),
    "405": (405, lambda *_: Client().get("/theme/")),
    "410": (404, lambda *_: Client().get("/invitations/")),
    "413": (413, lambda *_: Client().post("/signup/", {"clinic_name": "x" * (LIMIT + 1)})),
    "422": (422, lambda *_: Client().post("/signup/", {})),
    "423": (423, _locked),
    "429": (429, _too_many),
    "500": (500, _broken),
    "a redirect": (302, lambda *_: Client().get("/harbour-physio/")),
    "the prompt": (200, _prompt),
    "health": (200, lambda *_: Client().get("/healthz")),
    "a style sheet": (200, lambda *_: Client().get("/static/css/base.css")),
    "a script": (200, lambda *_: Client().get("/static/js/app.js")),
    "a picture": (200, lambda *_: Client().get("/static/img/favicon.svg")),
    "the list of support": (
        200,
        lambda cast, sign_in, _: sign_in(_staff(cast)).get(reverse("support:accounts_account_changelist")),
    ),
    "mail": (200, lambda *_: Client().get("/outbox/")),
}


def _staff(cast):
    cast.outsider.user.is_staff = True
    cast.outsider.user.save()
    give_app(cast.outsider.user)
    return cast.outsider


@pytest.fixture(params=ANSWERS)
def answer(request, cast, sign_in, monkeypatch):
    """Each answer, which has the status that it is here for."""
    status, ask = ANSWERS[request.param]
    answer = ask(cast, sign_in, monkeypatch)
    assert answer.status_code == status
    return answer


def test_the_policy_is_the_whole_policy(answer):
    """The nonce apart, which stands there only for a page that has a script of ours."""
    policy = policy_of(answer)
    policy["script-src"] = [each for each in policy["script-src"] if not each.startswith("'nonce-")]

    assert policy == POLICY


def test_nothing_else_is_left_to_the_browsers_guess(answer):
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer
    assert "Server" not in answer and "X-Powered-By" not in answer


def test_a_page_may_use_the_clipboard_and_passkeys_and_nothing_else_of_the_device(answer):
    features = dict(each.split("=") for each in answer["Permissions-Policy"].split(", "))

    passkeys = {"publickey-credentials-create", "publickey-credentials-get"}
    open_to = {name: whom for name, whom in features.items() if whom != "()"}
    assert open_to == dict.fromkeys({"clipboard-write", *passkeys}, "(self)")
    assert features.keys() >= {"camera", "microphone", "geolocation", "payment", "usb"}


def test_no_error_page_says_what_broke(answer):
    if answer.status_code >= 400 and "javascript" not in answer["Content-Type"]:
        assert "Traceback" not in answer.text and "hunter2" not in answer.text and "evil" not in answer.text


def test_a_message_alone_runs_nothing_and_only_our_own_page_frames_it(settings, tmp_path):
    """Mail styles itself inline; for the rest its policy is stricter still."""
    settings.MAIL_DIR = tmp_path
    (tmp_path / "1.eml").write_text("Subject: x\nContent-Type: text/html\n\n<head></head><script>alert(1)</script>")

    page, alone = Client().get("/outbox/1/"), Client().get("/outbox/1/html/")

    assert policy_of(page) == {**POLICY, "script-src": policy_of(page)["script-src"], "frame-src": ["'self'"]}
    assert policy_of(alone)["script-src"] == policy_of(alone)["default-src"] == ["'none'"]
    assert policy_of(alone)["frame-ancestors"] == ["'self'"]
    assert "allow-scripts" not in policy_of(alone)["sandbox"]


def test_each_middleware_is_where_it_covers_what_it_should(settings):
    """The headers around the files, the limit before anything reads a body."""
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]

    assert all(import_string(name) for name in settings.MIDDLEWARE)
    assert order[0] == "RequestLogMiddleware"
    for outer in ("SecurityMiddleware", "CSPMiddleware", "BrowserHeadersMiddleware"):
        assert order.index(outer) < order.index("WhiteNoiseMiddleware") < order.index("BodyLimitMiddleware")
    assert order.index("BodyLimitMiddleware") < order.index("CsrfViewMiddleware")


# Signing out


@pytest.mark.parametrize("address", ["/logout/", "/invitations/switch/"])
def test_on_the_way_out_the_browser_is_asked_to_forget_the_pages_and_keeps_its_theme(cast, sign_in, address):
    """A50. "cookies" would take the theme, and the cookie by which a browser is known, along."""
    browser = sign_in(cast.receptionist)
    browser.cookies["theme"] = "dark"

    answer = browser.post(address)

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.cookies["theme"].value == "dark"
    assert browser.get("/harbour-physio/").status_code == 302


def test_no_other_answer_empties_the_browser(answer):
    assert "Clear-Site-Data" not in answer


def test_signing_out_leads_to_the_page_that_signs_in_whatever_next_says(cast, sign_in):
    """A46."""
    answer = sign_in(cast.receptionist).post("/logout/?next=/clinics/", {"next": "//evil.example"})

    assert answer.url == "/login/"


# The host that a request names (A47)

HOSTS = ["evil.example", "testserver.evil.example", "testserver@evil.example", "testserver:80@evil.example", "", "a b"]
ADDRESSES = ["/", "/login/", "/healthz", "/nowhere/at/all/", "/harbour-physio/", "/login"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.everyday("host", "address")
def test_a_host_that_is_not_ours_is_refused_in_plain_words_wherever_it_asks(address, host):
    """Load balancers, too, have to send one of ours, as docs/deploying.md says."""
    answer = Client().get(address, HTTP_HOST=host)

    assert answer.status_code == 400
    assert "<h1>" in answer.text and "could not be read" in answer.text
    assert "evil" not in f"{answer.text} {answer.headers}"


@pytest.mark.parametrize("name", ["HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_URL"])
def test_no_other_header_names_the_host(cast, name, deliver_mail):
    browser = Client(**{name: "evil.example"})
    answers = [browser.get("/harbour-physio/"), browser.get("/login"), browser.get("/login/")]
    answers.append(browser.post("/password/reset/", {"email": "rita@harbour.example"}))

    assert not [each for each in answers if "evil" in f"{each.text} {each.headers}"]
    [message] = deliver_mail()
    assert "evil" not in message.message().as_string()


@pytest.mark.parametrize("address", ["/login", "/harbour-physio/", "/logout/", "/support/", "/invitations/x/"])
def test_a_redirect_names_no_host(cast, address):
    answer = Client().get(address, HTTP_HOST="localhost")

    assert answer.status_code in {301, 302}
    assert answer.url.startswith("/") and not answer.url.startswith("//")


def test_the_redirect_to_https_goes_to_the_configured_site_whatever_host_was_asked(settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = True, "clinic.example"

    for host in ("testserver", "localhost", "evil.example"):
        assert (
            Client().get("/login/?next=/clinics/", HTTP_HOST=host).url == "https://clinic.example/login/?next=/clinics/"
        )
