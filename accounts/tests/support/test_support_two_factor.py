"""Support is not the weakest way in: a password alone opens nothing on the support site (A66)."""

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.test import Client
from django.urls import reverse

from accounts.identity.two_factor.rules import why_two_factor_stays_on
from accounts.models import Authenticator, Passkey, User
from accounts.tests.authenticators import STEP, code_of, give_backup_codes, key_on, show_code, show_password, shown
from accounts.tests.factories import PASSWORD, MemberFactory, UserFactory
from accounts.tests.links import snapshot
from accounts.tests.owners import VERIFIED, links_on, words_of
from accounts.tests.routes import METHODS, all_routes
from accounts.tests.soft_passkey import SoftPasskey, add
from accounts.tests.support_desk import REASONED, account_page, at, recovery_of, request_of

pytestmark = pytest.mark.django_db

HEADING = "Support requires two-factor authentication"
SET_UP = "Set up two-factor authentication"
STAYS = "You work in support, which requires two-factor authentication, so it can’t be turned off."
OFF = reverse("accounts:two_factor_off")
NOT_REQUIRED = "clinic.W003"
SUPPORT = sorted(name for name, _pattern, _inside in all_routes() if name.startswith("support:"))


@pytest.fixture
def pat(db) -> User:
    """Pat of support, as `createsuperuser` makes them: with a password and nothing else."""
    return get_user_model().objects.create_superuser("pat@support.example", PASSWORD)


def is_gate(answer):
    return answer.status_code == 403 and HEADING in words_of(answer)


def _ids(name, cast):
    one, person = [cast.clinic.pk], [cast.clinic.pk, cast.administrator.pk]
    by_name = {"owner_appoint": person, "owner_remove": person}
    by_name["request_settle"] = [cast.clinic.pk, request_of(cast.administrator).pk]
    login = [cast.receptionist.user_id]
    by_name |= {"person": login, "recovery_open": login}
    reset = [*login, recovery_of(cast.receptionist.user, cast.owner.user, due=True).pk]
    by_name |= {"recovery_complete": reset, "recovery_withdraw": reset}
    short = name.removeprefix("support:")
    return by_name.get(short, [] if short in {"index", "person_find"} or short.endswith("changelist") else one)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SUPPORT)
@pytest.mark.everyday("name", "method")
def test_it_stands_before_every_page_and_every_form_of_support(cast, pat, sign_in, name, method):
    ids = _ids(name, cast)
    browser, before = sign_in(pat), snapshot()

    answer = getattr(browser, method)(reverse(name, args=ids), REASONED)

    assert is_gate(answer)
    assert snapshot() == before


def test_the_first_sign_in_leads_to_it_and_then_back_to_where_they_were_going(cast, pat):
    """With a link from a mail, say; and from then on signing in takes both steps."""
    browser, address = Client(), account_page(cast.clinic)
    came = browser.post(browser.get(address).url, {"email": pat.email, "password": PASSWORD}, follow=True)
    assert is_gate(came)
    assert "Harbour" not in came.text, "Nothing of the clinic is shown before that."

    page = browser.get(links_on(came)[SET_UP])
    made = browser.post(reverse("accounts:two_factor"), {"code": shown(key_on(page)), **VERIFIED})
    assert made.url == reverse("accounts:backup_codes")
    back = browser.post(reverse("accounts:backup_codes_saved"), follow=True)

    assert back.redirect_chain[0][0] == address
    assert back.status_code == 200 and "Harbour Physio" in words_of(back)
    assert show_password(Client(), pat).url == STEP


def test_a_passkey_does_as_well(cast, pat, sign_in):
    browser = sign_in(pat)
    browser.get(f"{reverse('accounts:two_factor')}?next={account_page(cast.clinic)}")

    assert add(browser, SoftPasskey()).status_code == 302
    back = browser.post(reverse("accounts:backup_codes_saved"))

    assert back.url == account_page(cast.clinic)
    assert browser.get(back.url).status_code == 200


def test_after_a_form_it_says_that_nothing_was_saved_and_leads_back_to_the_start(cast, pat, sign_in):
    answer = sign_in(pat).post(at("account_lock", cast.clinic.pk), REASONED)

    assert is_gate(answer)
    assert "What you just sent was not saved." in words_of(answer)
    assert links_on(answer)[SET_UP] == f"{reverse('accounts:two_factor')}?next=%2Fsupport%2F"


def test_what_is_theirs_stays_open_and_they_can_sign_out(pat, sign_in):
    browser = sign_in(pat)

    for name in ("accounts:security", "accounts:two_factor", "accounts:passkey_new", "accounts:clinics"):
        assert browser.get(reverse(name)).status_code == 200
    browser.post(reverse("accounts:logout"))
    assert browser.get("/support/").status_code == 302


def test_a_session_whose_second_factor_is_taken_away_meets_it_at_the_next_request(desk, sam):
    assert desk.get("/support/accounts/").status_code == 200
    Authenticator.objects.filter(user=sam).delete()

    assert is_gate(desk.get("/support/accounts/"))


def test_whoever_is_not_of_support_learns_nothing_by_it(cast, sign_in):
    for person in (cast.owner, cast.receptionist, cast.outsider):
        answer = sign_in(person).get("/support/")
        assert answer.status_code == 404
        assert "two-factor" not in answer.text


def test_their_own_clinic_goes_by_its_own_rule(cast, pat, sign_in, url):
    """Where Pat also works; what the support site asks is asked there alone."""
    MemberFactory(account=cast.clinic, user=pat)

    assert sign_in(pat).get(url("home")).status_code == 200


def test_it_is_written_in_the_operators_log(pat, sign_in, caplog):
    """A53."""
    sign_in(pat).get("/support/accounts/")

    found = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    [line] = [each for each in found if each["event"] == "access_refused"]
    assert (line["because"], line["user_id"]) == ("two-factor authentication required", pat.pk)


# It stays


def test_it_can_not_be_turned_off_while_they_are_support(cast, sam, desk):
    page = desk.get(OFF)
    code = give_backup_codes(sam)[0]
    answer = desk.post(OFF, {"present_code": code, **VERIFIED})

    assert STAYS in words_of(page)
    assert answer.status_code == 422 and STAYS in words_of(answer)
    assert sam.has_two_factor


def test_nor_is_the_last_of_it_removed(pat, sign_in):
    browser = sign_in(pat)
    add(browser, SoftPasskey())
    passkey = Passkey.objects.get(user=pat)

    browser.post(reverse("accounts:passkey_remove", args=[passkey.pk]), VERIFIED)

    assert pat.has_two_factor


def test_whoever_is_no_longer_support_turns_it_off(sam):
    User.objects.filter(pk=sam.pk).update(is_staff=False)

    assert why_two_factor_stays_on(User.objects.get(pk=sam.pk)) == ""


def test_a_wrong_code_does_not_sign_support_in(sam):
    browser = Client()
    show_password(browser, sam)

    assert show_code(browser, "000000" if code_of(sam) != "000000" else "111111").status_code == 422
    assert browser.get("/support/").status_code == 302


# The setting


def test_whoever_runs_the_site_can_do_without(cast, pat, sign_in, settings):
    settings.SUPPORT_REQUIRES_TWO_FACTOR = False

    assert sign_in(pat).get(account_page(cast.clinic)).status_code == 200
    assert why_two_factor_stays_on(pat) == ""


@pytest.mark.parametrize(("is_required", "warned"), [(True, []), (False, [NOT_REQUIRED])])
def test_and_is_warned_of_it(settings, is_required, warned):
    settings.SUPPORT_REQUIRES_TWO_FACTOR = is_required

    found = [each.id for each in run_checks(include_deployment_checks=True) if each.id == NOT_REQUIRED]

    assert found == warned


def test_somebody_else_without_one_is_not_asked(cast):
    """Only support is."""
    assert why_two_factor_stays_on(UserFactory()) == ""
