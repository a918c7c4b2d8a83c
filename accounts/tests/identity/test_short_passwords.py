"""A password under fifteen characters is enough beside two-factor authentication, and not alone: wherever it was
chosen, and whatever has happened since (A1).

Harbour Physio requires two-factor authentication, so that Rita could choose one of eight characters. Elsewhere doesn't.
"""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.core.origin import Origin
from accounts.identity.two_factor.reset.actions import reset_two_factor
from accounts.models import Account, Authenticator, Member, User
from accounts.tests.authenticators import STEP, give_app, shown
from accounts.tests.factories import PASSWORD, MemberFactory, PendingMemberFactory
from accounts.tests.links import ACCEPT, opened
from accounts.tests.owners import links_on, words_of
from accounts.tests.two_factor import require_two_factor
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

EIGHT = "gr4vel;x"
LONG = "a boat called wednesday"
LOGIN = reverse("accounts:login")
HOME = reverse("accounts:home", args=["harbour-physio"])
ELSEWHERE = reverse("accounts:home", args=["elsewhere"])
HEADING = "Choose a longer password"


@pytest.fixture
def rita(cast) -> User:
    """Her password has eight characters."""
    user = cast.receptionist.user
    user.set_password(EIGHT)
    user.save()
    return user


@pytest.fixture
def required(cast):
    """Harbour Physio requires two-factor authentication."""
    require_two_factor(cast.clinic)


def no_longer_required(cast) -> None:
    Account.objects.filter(pk=cast.clinic.pk).update(require_two_factor=False)


def signed_in(user: User, *, seed: str = "", password: str = EIGHT) -> Client:
    """A browser in which they have signed in, with a code if they have an app."""
    browser = Client()
    answer = browser.post(LOGIN, {"email": user.email, "password": password})
    if seed:
        assert answer.url == STEP
        answer = browser.post(STEP, {"code": shown(seed)})
    assert answer.status_code == 302
    return browser


def asks_for_a_longer_one(browser: Client, address: str = HOME) -> bool:
    answer = browser.get(address)
    asks = HEADING in answer.text
    assert answer.status_code == (403 if asks else 200)
    return asks


# Alone


def test_alone_it_opens_nothing_but_the_way_to_a_longer_one_or_a_second_factor(rita):
    browser = signed_in(rita)

    page = browser.get(HOME)

    assert page.status_code == 403
    assert "Your password has fewer than 15 characters." in words_of(page)
    links = links_on(page)
    assert links[HEADING] == reverse("accounts:password_change")
    assert (
        links["set up two-factor authentication"]
        == reverse("accounts:two_factor") + f"?next={HOME.replace('/', '%2F')}"
    )
    assert browser.get(links[HEADING]).status_code == 200
    assert browser.get(reverse("accounts:two_factor")).status_code == 200


def test_a_form_is_not_saved_and_the_page_says_so(cast, rita):
    browser = signed_in(rita)

    answer = browser.post(reverse("accounts:my_info", args=["harbour-physio"]), {"first_name": "Marguerite"})

    assert (answer.status_code, "What you just sent was not saved." in answer.text) == (403, True)
    assert Member.objects.get(pk=cast.receptionist.pk).first_name == "Rita"


def test_fifteen_characters_are_enough(rita):
    rita.set_password("plum gravel tax")
    rita.save()

    assert not asks_for_a_longer_one(signed_in(rita, password="plum gravel tax"))


def test_a_longer_one_goes_on_at_once_and_a_short_one_is_not_taken(rita):
    browser = signed_in(rita)
    form = {"current_password": EIGHT, "password": "plum;x gravel"}
    assert browser.post(reverse("accounts:password_change"), form).status_code == 422

    assert browser.post(reverse("accounts:password_change"), {**form, "password": LONG}).status_code == 302

    assert not asks_for_a_longer_one(browser)
    assert not asks_for_a_longer_one(signed_in(rita, password=LONG))


def test_a_second_factor_goes_on_at_once(rita):
    browser = signed_in(rita)

    give_app(rita)

    assert not asks_for_a_longer_one(browser)


def test_beside_a_second_factor_it_is_enough(rita):
    assert not asks_for_a_longer_one(signed_in(rita, seed=give_app(rita)))


# Where it was chosen, and what happens then


@pytest.mark.usefixtures("required")
def test_where_two_factor_is_required_that_is_what_is_asked_for(cast, rita):
    browser = signed_in(rita)

    page = browser.get(HOME)

    assert (page.status_code, HEADING in page.text) == (403, False)
    assert "Set up two-factor authentication" in page.text
    no_longer_required(cast)
    assert asks_for_a_longer_one(browser)


@pytest.mark.usefixtures("required")
def test_one_chosen_with_an_invitation_is_asked_for_once_two_factor_is_no_longer_required(cast):
    browser = opened(cast.invited)
    assert browser.post(ACCEPT, {"password": EIGHT}).status_code == 302

    no_longer_required(cast)

    assert asks_for_a_longer_one(browser)


@pytest.mark.usefixtures("required")
def test_changing_to_a_short_one_where_that_is_allowed_is_remembered(cast, rita):
    rita.set_password(PASSWORD)
    rita.save()
    browser = signed_in(rita, seed=give_app(rita), password=PASSWORD)
    form = {"current_password": PASSWORD, "password": EIGHT}
    assert browser.post(reverse("accounts:password_change"), form).status_code == 302

    no_longer_required(cast)
    Authenticator.objects.all().delete()

    assert asks_for_a_longer_one(browser)


@pytest.mark.usefixtures("required")
def test_it_keeps_two_factor_on_when_no_clinic_requires_it_any_more(cast, rita):
    seed = give_app(rita)
    browser = signed_in(rita, seed=seed)
    no_longer_required(cast)
    off = reverse("accounts:two_factor_off")

    for page in (browser.get(off), browser.post(off, {"password": EIGHT, "code": shown(seed)})):
        assert "To turn it off, change your password to a longer one first." in words_of(page)
    assert rita.has_two_factor
    form = {"current_password": EIGHT, "password": LONG}
    assert browser.post(reverse("accounts:password_change"), form).status_code == 302
    assert "To turn it off" not in browser.get(off).text


@pytest.mark.usefixtures("required")
def test_after_leaving_the_clinic_that_required_it_the_others_ask_for_a_longer_one(cast, rita):
    MemberFactory(account=cast.other_clinic, user=rita)
    Member.objects.filter(pk=cast.receptionist.pk).update(is_active=False, deactivated_at=database_now())

    assert asks_for_a_longer_one(signed_in(rita), ELSEWHERE)


@pytest.mark.usefixtures("required")
def test_after_a_reset_it_is_the_way_to_another_second_factor_and_to_nothing_else(cast, rita):
    give_app(rita)
    MemberFactory(account=cast.other_clinic, user=rita, joined_at=None)
    reset_two_factor(actor=cast.administrator, target=cast.receptionist, origin=Origin())
    Member.objects.filter(account=cast.other_clinic, user=rita).update(joined_at=database_now())

    browser = signed_in(rita)

    assert browser.get(HOME).status_code == 403
    assert asks_for_a_longer_one(browser, ELSEWHERE)


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "with the password"])
def test_joining_another_clinic_opens_it_no_further(cast, rita, is_signed_in):
    """And while signed in it does not make anyone forget."""
    browser = signed_in(rita) if is_signed_in else Client()
    opened(PendingMemberFactory(account=cast.other_clinic, user=rita, invited_by=cast.outsider), browser)

    browser.post(ACCEPT, {} if is_signed_in else {"password": EIGHT})

    assert Member.objects.get(account=cast.other_clinic, user=rita).has_joined
    assert asks_for_a_longer_one(browser, ELSEWHERE)


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("is_signed_in", [True, False], ids=["signed in", "with the password"])
def test_nor_does_opening_one_of_ones_own(rita, is_signed_in):
    browser = signed_in(rita) if is_signed_in else Client()
    new = {"clinic_name": "Old Mill", "first_name": "Rita", "last_name": "Reyes", "time_zone": "UTC"}

    login = {"submission": str(uuid4()), "email": rita.email, "password": EIGHT, "reverify_password": EIGHT}
    answer = browser.post(reverse("accounts:signup"), {**new, **login})

    assert answer.url == reverse("accounts:home", args=["old-mill"])
    assert asks_for_a_longer_one(browser, answer.url)


# It is remembered on every way in


def test_after_a_code_at_the_sign_in_page(rita):
    browser = signed_in(rita, seed=give_app(rita))

    Authenticator.objects.all().delete()

    assert asks_for_a_longer_one(browser)


def test_after_a_code_for_an_invitation(cast, rita):
    seed = give_app(rita)
    browser = opened(PendingMemberFactory(account=cast.other_clinic, user=rita, invited_by=cast.outsider))
    browser.post(ACCEPT, {"password": EIGHT})
    browser.post(STEP, {"code": shown(seed)})
    browser.post(ACCEPT)

    Authenticator.objects.all().delete()

    assert asks_for_a_longer_one(browser, ELSEWHERE)


def test_somebody_elses_in_the_same_browser_is_none_of_it(cast, rita):
    """A shared computer."""
    browser = signed_in(rita)
    browser.post(reverse("accounts:logout"))
    browser.post(LOGIN, {"email": cast.administrator.user.email, "password": PASSWORD})
    assert not asks_for_a_longer_one(browser)

    browser.post(reverse("accounts:logout"))
    browser.post(LOGIN, {"email": rita.email, "password": EIGHT})
    assert asks_for_a_longer_one(browser)


@pytest.mark.parametrize("is_required", [True, False])
def test_the_support_site_opens_for_none_alone(rita, settings, is_required):
    settings.SUPPORT_REQUIRES_TWO_FACTOR = is_required
    User.objects.filter(pk=rita.pk).update(is_staff=True)
    browser = signed_in(rita)

    page = browser.get(reverse("support:index"), follow=True)

    assert (page.status_code, HEADING in page.text) == (403, not is_required)
    give_app(rita)
    assert browser.get(reverse("support:index"), follow=True).status_code == 200
