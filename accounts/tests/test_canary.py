"""No secret turns up where it has no business: every flow is played with marked ones, then all is searched (A52)."""

from collections.abc import Callable

import pytest
import structlog
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.core.mail import EmailMessage

from accounts.models import Activity
from accounts.tasks import send_email
from accounts.tests import canary
from accounts.tests.canary import Stage
from accounts.tests.canary_flows import FLOWS

pytestmark = pytest.mark.django_db

Play = Callable[..., list[str]]


@pytest.fixture
def play(cast, deliver_mail, django_capture_on_commit_callbacks) -> Play:
    """Play a flow and search; what was found where it may not be."""

    def _play(flow: Callable[[Stage], None]) -> list[str]:
        stage = Stage(cast, deliver_mail)
        before = canary.broker_files()
        with canary.everything_logged() as log, django_capture_on_commit_callbacks(execute=True):
            flow(stage)
        stage.look_at_database()
        places = {
            "the log": log.getvalue(),
            "the broker": canary.messages_in(canary.broker_files() - before),
            "tables": "\n".join(stage.tables),
            "sessions": "\n".join(stage.sessions),
            "mail": canary.mails(stage.mail),
            "pages": "\n".join(stage.pages),
        }
        assert stage.secrets, "Nothing was watched out for."
        return canary.leaks(stage, places)

    return _play


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_no_secret_of_this_flow_is_found_anywhere(play, flow):
    assert play(flow) == []


# And would be found


def _in_the_log(stage: Stage) -> None:
    structlog.get_logger("accounts").warning("odd", value=stage.password())


def _in_the_log_of_django(stage: Stage) -> None:
    browser, password = stage.browser(), stage.password()
    assert browser.get(f"/{password}/").status_code == 404


def _in_the_broker(stage: Stage) -> None:
    send_email.apply_async((stage.password(),))


def _in_a_table(stage: Stage) -> None:
    Activity.objects.create(account=stage.cast.clinic, verb="account_updated", details={"name": stage.password()})


def _in_a_session(stage: Stage) -> None:
    browser = stage.browser()
    browser.force_login(stage.cast.owner.user, backend="accounts.authentication.MemberBackend")
    session = browser.session
    session["kept"] = stage.password()
    session.save()


def _in_a_session_for_a_while(stage: Stage) -> None:
    browser = stage.browser()
    session = browser.session
    session["kept"] = stage.password()
    session.save()
    browser.get("/login/")
    session.flush()


def _in_a_mail(stage: Stage) -> None:
    stage.mail = [EmailMessage("Hello", f"Your password is {stage.password()}.")]
    stage.mail[0].alternatives = []


def _on_a_page(stage: Stage) -> None:
    stage.browser().send("/signup/", {"clinic_name": stage.password()})


LEAKY = {
    "the log": [_in_the_log, _in_the_log_of_django],
    "the broker": [_in_the_broker],
    "tables": [_in_a_table],
    "sessions": [_in_a_session, _in_a_session_for_a_while],
    "mail": [_in_a_mail],
    "pages": [_on_a_page],
}


@pytest.mark.parametrize(
    ("place", "flow"),
    [(place, flow) for place, flows in LEAKY.items() for flow in flows],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_secret_that_is_there_is_found_there(play, place, flow):
    found = play(flow)

    assert any(each.startswith(f"a password in {place}: ") for each in found)


@pytest.mark.parametrize("text", ["at 314159", '{"code": "314159"}', "314159", "x=314159&y", "(314159, 26535)"])
def test_a_short_code_is_found_as_a_word_of_its_own(cast, text):
    stage = Stage(cast, list, [("code", "314159")])

    assert len(canary.leaks(stage, {"the log": text})) == 1


@pytest.mark.parametrize("text", ["9314159", "3141592", "a314159", "17.314159Z", "10, 17, 314159, tzinfo=utc)"])
def test_a_short_code_is_not_found_within_a_longer_number_or_a_moment(cast, text):
    stage = Stage(cast, list, [("code", "314159")])

    assert canary.leaks(stage, {"the log": text}) == []


def test_a_session_that_is_stored_under_its_plain_key_is_found(play):
    def flow(stage: Stage) -> None:
        browser, _password = stage.signed_in(stage.cast.owner)
        PlainStore(browser.session.session_key).save(must_create=True)

    assert any(each.startswith("a session key in sessions: ") for each in play(flow))


def test_a_session_key_and_a_form_token_are_known_too(play):
    def flow(stage: Stage) -> None:
        stage.signed_in(stage.cast.owner)
        kinds = {kind for kind, _secret in stage.secrets}
        assert {"session key", "form token"} <= kinds
        Activity.objects.create(
            account=stage.cast.clinic,
            verb="account_updated",
            details={str(number): secret for number, (_kind, secret) in enumerate(stage.secrets)},
        )

    found = play(flow)

    assert any(each.startswith("a form token in tables: ") for each in found)
    assert any(each.startswith("a session key in tables: ") for each in found)
