"""No secret turns up where it has no business: every flow is played with marked ones, then all is searched (A52)."""

from collections.abc import Callable

import pytest
import structlog
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
        places = {
            "the log": log.getvalue(),
            "the broker": canary.messages_in(canary.broker_files() - before),
            "tables": canary.tables(),
            "sessions": canary.sessions(),
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


def _in_a_mail(stage: Stage) -> None:
    stage.mail = [EmailMessage("Hello", f"Your password is {stage.password()}.")]
    stage.mail[0].alternatives = []


def _on_a_page(stage: Stage) -> None:
    stage.browser().send("/signup/", {"clinic_name": stage.password()})


LEAKY = {
    "the log": [_in_the_log, _in_the_log_of_django],
    "the broker": [_in_the_broker],
    "tables": [_in_a_table],
    "sessions": [_in_a_session],
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


def test_a_session_key_and_a_form_token_are_known_too(play):
    def flow(stage: Stage) -> None:
        browser = stage.browser()
        browser.get("/login/")
        browser.force_login(stage.cast.owner.user, backend="accounts.authentication.MemberBackend")
        browser.get("/clinics/")
        kinds = {kind for kind, _secret in stage.secrets}
        assert {"form token"} <= kinds
        Activity.objects.create(
            account=stage.cast.clinic,
            verb="account_updated",
            details={str(number): secret for number, (_kind, secret) in enumerate(stage.secrets)},
        )

    assert any(each.startswith("a form token in tables: ") for each in play(flow))
