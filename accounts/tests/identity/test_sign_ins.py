"""Where one is signed in, and ending it: one's own, and a colleague's here (A16, A17)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import formats, timezone

from accounts.core.origin import Origin
from accounts.identity.sessions.store import SIGN_IN_ID
from accounts.identity.users import record_event
from accounts.models import Account, Activity, SecurityEvent, SignIn
from accounts.tests.authenticators import STEP, give_app, is_signed_in, show_code, show_password, shown
from accounts.tests.factories import MemberFactory
from clinic.clock import database_now

pytestmark = pytest.mark.database

SECURITY = reverse("accounts:security")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"


@pytest.fixture
def user(cast):
    return cast.receptionist.user


@pytest.fixture
def here(user):
    browser = Client()
    show_password(browser, user)
    return browser


@pytest.fixture
def there(user):
    browser = Client(HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.7")
    show_password(browser, user)
    return browser


def end(browser, other):
    return browser.post(reverse("accounts:sign_in_end", args=[other.session[SIGN_IN_ID]]))


def test_the_page_names_browser_and_network_of_each(here, there):
    page = here.get(SECURITY).text

    assert "Firefox on Windows" in page
    assert "Another network (203.0.113.7)" in page
    assert page.count("This browser") == 1


def test_one_other_is_ended_and_out_at_its_next_request(here, there):
    end(here, there)

    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_the_person_is_told_by_mail_and_in_their_own_record(user, here, there, deliver_mail):
    """A13: whoever took over a browser may end the others, the person's own among them."""
    end(here, there)

    assert [(mail.to, mail.subject) for mail in deliver_mail()] == [
        ([user.email], "You were signed out in other browsers")
    ]
    assert "Signed out in other browsers" in here.get(SECURITY).text


def test_by_address_as_after_signing_in_again_one_comes_to_the_page(here, there):
    for name, arguments in {"sign_ins_end": [], "sign_in_end": [there.session[SIGN_IN_ID]]}.items():
        assert here.get(reverse(f"accounts:{name}", args=arguments)).url == SECURITY
    assert is_signed_in(there)


def test_this_one_is_not_ended_from_its_own_list(here):
    assert end(here, here).status_code == 404
    assert is_signed_in(here)


def test_somebody_elses_is_not_there(cast, here, sign_in):
    stranger = sign_in(cast.owner)

    assert end(stranger, here).status_code == 404
    assert is_signed_in(here)


def test_all_others_are_ended_at_once(user, here, there):
    third = Client()
    show_password(third, user)

    here.post(reverse("accounts:sign_ins_end"))

    assert [is_signed_in(each) for each in (here, there, third)] == [True, False, False]
    assert SecurityEvent.objects.get(kind=SecurityEvent.Kind.SESSIONS_ENDED).details == {"ended": 2}


# Trusted browsers (C8)


@pytest.fixture
def seed(user):
    return give_app(user)


def come_in(user, seed, *, steps=0, **fields):
    """A browser that is signed in with a code; each has to be of a later step than the one before."""
    browser = Client()
    show_password(browser, user)
    show_code(browser, shown(seed, at=timezone.now() + timedelta(seconds=30 * steps)), **fields)
    assert is_signed_in(browser)
    return browser


@pytest.fixture
def trusted(user, seed):
    return come_in(user, seed, trust="on")


@pytest.fixture
def trusted_there(user, seed, trusted):
    return come_in(user, seed, steps=1, trust="on")


def end_all_others(browser):
    return browser.post(reverse("accounts:sign_ins_end"), follow=True).text


def step_after(browser, user):
    """Where the password alone leads in a browser that signs out and in again."""
    browser.post(reverse("accounts:logout"))
    return show_password(browser, user).url


def test_ending_all_others_asks_other_trusted_browsers_for_a_code_again(user, trusted, trusted_there):
    end_all_others(trusted)

    assert not is_signed_in(trusted_there)
    assert step_after(trusted_there, user) == STEP


def test_ending_all_others_leaves_the_browser_in_use_trusted(user, trusted, trusted_there):
    end_all_others(trusted)

    assert is_signed_in(trusted)
    assert step_after(trusted, user) != STEP


def test_ending_all_others_from_a_browser_that_is_not_trusted_leaves_none(user, seed, trusted):
    end_all_others(come_in(user, seed, steps=1))

    assert not user.trusted_browsers.exists()


def test_ending_all_others_forgets_nobody_elses_trusted_browser(cast, user, trusted, sign_in):
    other = sign_in(cast.practitioner)
    show_password(Client(), cast.practitioner.user)

    end_all_others(other)

    assert user.trusted_browsers.count() == 1


def test_a_trusted_browser_that_is_signed_out_is_forgotten_as_well(user, seed, trusted):
    trusted.post(reverse("accounts:logout"))
    here = come_in(user, seed, steps=1)

    end_all_others(here)

    assert show_password(trusted, user).url == STEP


def test_ending_one_other_forgets_no_trusted_browser(user, trusted, trusted_there):
    """It is signed out, and no more: whose trust is to end has a button beside it."""
    end(trusted, trusted_there)

    assert show_password(trusted_there, user).url != STEP


EFFECT = "asked for a code again"


def test_the_button_says_that_trusted_browsers_are_forgotten(user, trusted, trusted_there):
    assert EFFECT in trusted.get(SECURITY).text


def test_the_button_says_nothing_of_them_where_there_are_none(here, there):
    assert EFFECT not in here.get(SECURITY).text


def test_it_is_said_afterwards_where_a_trusted_browser_was_forgotten(trusted, trusted_there):
    words = "You are signed out everywhere else. Browsers that you trusted are asked for a code again."

    assert words in end_all_others(trusted)


def test_it_is_not_said_where_there_was_none(here, there):
    page = end_all_others(here)

    assert "You are signed out everywhere else." in page
    assert EFFECT not in page


def test_record_and_mail_say_that_trusted_browsers_were_forgotten(user, trusted, trusted_there, deliver_mail):
    end_all_others(trusted)

    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.SESSIONS_ENDED)
    assert event.details == {"ended": 1, "forgotten": 1}
    assert "Browsers that were trusted there are asked for a code again." in words_of(deliver_mail()[-1])


def test_the_mail_says_nothing_of_trusted_browsers_where_there_were_none(here, there, deliver_mail):
    end_all_others(here)

    assert EFFECT not in words_of(deliver_mail()[-1])


def words_of(message):
    return " ".join(message.body.split())


def test_when_somebody_was_last_there_is_said_in_words(here, there):
    ago = {"30 seconds": "Now", "5 minutes": "5 minutes ago", "1 hour": "1 hour ago", "11 hours": "11 hours ago"}
    other, now = SignIn.objects.get(pk=there.session[SIGN_IN_ID]), database_now()
    for given, words in ago.items():
        number, unit = given.split()
        other.last_seen_at = now - timedelta(**{f"{unit.rstrip('s')}s": int(number)})
        other.save()

        assert f"Last seen: {words}" in here.get(SECURITY).text


def test_in_a_clinic_that_gives_days_an_older_one_has_a_date(cast, here, there):
    Account.objects.update(session_timeout=10080)
    SignIn.objects.filter(pk=there.session[SIGN_IN_ID]).update(last_seen_at=database_now() - timedelta(days=2))

    assert f"Last seen: {formats.date_format(database_now() - timedelta(days=2), 'j F Y')}" in here.get(SECURITY).text


def test_one_whose_time_is_over_is_not_shown(here, there):
    SignIn.objects.filter(pk=there.session[SIGN_IN_ID]).update(last_seen_at=database_now() - timedelta(hours=13))

    assert "Firefox on Windows</span>" not in here.get(SECURITY).text


def test_at_most_fifty_are_shown_and_all_are_ended(user, here):
    row = SignIn.objects.get()
    for _ in range(60):
        row.pk = None
        row.save(force_insert=True)

    assert here.get(SECURITY).text.count('class="row"') >= 50
    assert here.get(SECURITY).text.count("Last seen:") == 50
    here.post(reverse("accounts:sign_ins_end"))
    assert SignIn.objects.count() == 1


# Recent events


def test_the_ten_last_events_are_there_with_when_and_where(user, here, there):
    page = here.get(SECURITY).text

    assert page.count("Signed in</p>") == 2
    assert "(UTC)</time>, <bdi>Firefox on Windows</bdi>" in page
    for _ in range(20):
        record_event(SecurityEvent.Kind.BACKUP_CODES_MADE, user=user, origin=Origin())
    assert here.get(SECURITY).text.count("New backup codes made</p>") == 10


def test_what_an_administrator_did_names_them_and_not_their_browser(cast, here, sign_in):
    sign_out(cast, sign_in, cast.administrator, cast.receptionist)
    show_password(here, cast.receptionist.user)

    assert "<bdi>Adam Adler of Harbour Physio</bdi>" in here.get(SECURITY).text


def test_nobody_sees_anothers(cast, here, there, sign_in):
    page = sign_in(cast.owner).get(SECURITY).text

    assert page.count("Signed in</p>") == 1
    assert "Firefox on Windows" not in page


def test_the_page_takes_as_many_queries_for_two_as_for_fifty(
    user, here, there, django_assert_num_queries, django_assert_max_num_queries
):
    """On PostgreSQL the time is one more."""
    here.get(SECURITY)
    with django_assert_max_num_queries(13) as few:
        here.get(SECURITY)
    template = SignIn.objects.exclude(pk=here.session[SIGN_IN_ID]).get()
    for _ in range(48):
        template.pk = None
        template.save(force_insert=True)

    with django_assert_num_queries(len(few)):
        here.get(SECURITY)


def sign_out(cast, sign_in, who, target):
    return sign_in(who).post(reverse("accounts:member_sign_ins", args=[cast.clinic.slug, target.pk]))


def test_an_administrator_signs_a_colleague_out_of_the_clinic(cast, here, sign_in, url, deliver_mail):
    sign_out(cast, sign_in, cast.administrator, cast.receptionist)

    assert here.get(url("home")).url.startswith(reverse("accounts:login"))
    assert not is_signed_in(here)
    assert Activity.objects.get(verb=Activity.Verb.SESSIONS_ENDED).actor == cast.administrator
    assert [mail.to for mail in deliver_mail()] == [[cast.receptionist.user.email]]


def test_once_more_without_a_sign_in_between_is_no_second_mail(cast, user, here, sign_in, url, deliver_mail):
    """A51."""
    for _time in range(3):
        sign_out(cast, sign_in, cast.administrator, cast.receptionist)
    assert len(deliver_mail()) == 1

    here.get(url("home"))
    show_password(here, user)
    sign_out(cast, sign_in, cast.administrator, cast.receptionist)
    assert len(deliver_mail()) == 2
    assert Activity.objects.filter(verb=Activity.Verb.SESSIONS_ENDED).count() == 2


def test_who_signs_in_again_is_in_again(cast, user, here, sign_in, url):
    sign_out(cast, sign_in, cast.administrator, cast.receptionist)
    here.get(url("home"))

    show_password(here, user)

    assert here.get(url("home")).status_code == 200


def test_in_another_clinic_they_stay_signed_in(cast, user, here, sign_in):
    MemberFactory(account=cast.other_clinic, user=user)
    sign_out(cast, sign_in, cast.administrator, cast.receptionist)

    assert here.get(reverse("accounts:home", args=[cast.other_clinic.slug])).status_code == 200


@pytest.mark.parametrize("actor", ["receptionist", "practitioner"])
def test_nobody_but_an_administrator_does(cast, sign_in, actor):
    assert sign_out(cast, sign_in, getattr(cast, actor), cast.administrator).status_code == 403


def test_an_owner_is_signed_out_by_nobody(cast, sign_in, url):
    olive = sign_in(cast.owner)

    sign_out(cast, sign_in, cast.administrator, cast.owner)

    assert olive.get(url("home")).status_code == 200
