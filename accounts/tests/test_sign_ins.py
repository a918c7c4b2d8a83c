"""Where one is signed in, and ending it: one's own, and a colleague's here (A16, A17)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import formats

from accounts.actions.logins import record_event
from accounts.models import Account, Activity, SecurityEvent, SignIn
from accounts.origin import Origin
from accounts.sessions import SIGN_IN_ID
from accounts.tests.authenticators import is_signed_in, show_password
from accounts.tests.factories import MemberFactory
from clinic.clock import database_now

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
    with django_assert_max_num_queries(12) as few:
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
