"""Settings -> General -> Security: the session timeout, and two-factor authentication for everybody (A34, C8, C9)."""

from datetime import UTC, datetime, time, timedelta
from time import sleep
from zoneinfo import ZoneInfo

import pytest

from accounts.access import roles
from accounts.clinic_settings.security import grace
from accounts.clinic_settings.security.actions import change_security
from accounts.core.details import AccountSecurity
from accounts.core.errors import ActionRefused, NotPermitted
from accounts.models import Account, Activity, Member, OutboundEmail
from accounts.models.account import SessionTimeout
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED, WRONG, asks, by_reader, links_on, section_of, told_on, words_of
from accounts.tests.pages import form_on, typed_on
from accounts.tests.two_factor import enrolled, require_two_factor
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

FIELD = "session_timeout"
REQUIRED = {"require_two_factor": "on"}
OVER = "This day is over. Choose today or a later day, or leave it empty."
TOO_FAR = "This is too far away. Choose a day at most 90 days from today, or leave it empty."


@pytest.fixture
def page(url):
    """The address of the page."""
    return url("account_security")


@pytest.fixture
def adam(cast, sign_in):
    """The administrator's browser; he has two-factor authentication, so that what he does here asks him for nothing."""
    return sign_in(enrolled(cast.administrator))


@pytest.fixture
def olive(cast, sign_in):
    """The owner's, likewise."""
    return sign_in(enrolled(cast.owner))


@pytest.fixture
def change(page):
    """Open the page, change some fields, and choose Update security."""

    def _change(client, **fields):
        return client.post(page, {**opened(client.get(page)), **fields}, follow=True)

    return _change


def opened(answer):
    """The form on this page, as a browser sends it; a box that is not ticked is not in it."""
    typed = typed_on(answer, with_field=FIELD)
    return {**typed, **(REQUIRED if "require_two_factor" in typed else {})}


def on_file(clinic):
    return AccountSecurity.of(Account.objects.get(pk=clinic.pk))


@pytest.fixture(autouse=True)
def _no_midnight_in_between():
    """What a test calls today is what the product calls so."""
    now = database_now()
    left = start_of(1) - now
    if left < timedelta(seconds=10):
        sleep(left.total_seconds())


def today():
    return database_now().date()


def day(count):
    return (today() + timedelta(days=count)).isoformat()


def start_of(count):
    return datetime.combine(today() + timedelta(days=count), time.min, UTC)


# The page


def test_the_page_shows_what_is_on_file(cast, adam, page):
    Account.objects.filter(pk=cast.clinic.pk).update(session_timeout=60)
    require_two_factor(cast.clinic, starts=start_of(11))

    shown = opened(adam.get(page))

    assert (shown["session_timeout"], shown["require_two_factor"], shown["until"]) == ("60", "on", day(10))


def test_it_says_what_each_setting_does(adam, page):
    words = words_of(adam.get(page))

    assert "People are signed out after this long without doing anything." in words
    assert "Where somebody belongs to several clinics, the shortest holds." in words
    assert "Everybody, owners too, signs in with their password and a code from an app, or a passkey." in words
    assert "The last day on which they can come in without it, at most 90 days from today; from the start of" in words
    assert "by UTC time" in words


@pytest.mark.parametrize("role", sorted(set(roles.ROLES) - {roles.ADMINISTRATOR}))
def test_nobody_but_an_administrator_may_open_or_change_it(cast, sign_in, page, role):
    client = sign_in(MemberFactory(account=cast.clinic, role=role))
    form = {"session_timeout": "30", "expected_security": "720 False None", **VERIFIED}

    assert client.get(page).status_code == client.post(page, form).status_code == 403
    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)


def test_general_leads_there_and_says_what_is_set(cast, adam, url):
    before = adam.get(url("general"))
    Account.objects.filter(pk=cast.clinic.pk).update(session_timeout=60)
    require_two_factor(cast.clinic, starts=datetime(2030, 9, 1, tzinfo=UTC))

    after = adam.get(url("general"))

    assert links_on(before)["Change security"] == url("account_security")
    assert "Session timeout12 hours Two-factor authenticationNot required" in section_of(before, "security")
    assert "1 hour" in section_of(after, "security")
    assert "Required of everybody after 31 August 2030" in section_of(after, "security")


def test_a_power_receptionist_reads_it_on_general_and_is_offered_no_change(cast, sign_in, url):
    answer = sign_in(MemberFactory(account=cast.clinic, role=roles.POWER_RECEPTIONIST)).get(url("general"))

    assert "An administrator can change this." in section_of(answer, "security")
    assert "Change security" not in links_on(answer)


def test_the_page_says_who_has_yet_to_set_up_a_second_factor_and_leads_to_them(cast, adam, page, url):
    enrolled(cast.receptionist)
    MemberFactory(account=cast.clinic, is_active=False)

    answer = adam.get(page)

    words = section_of(answer, "without")
    assert "2 people have yet to set it up: Olive Owens, Paul Prasad." in words
    assert links_on(answer)["Olive Owens"] == url("member", cast.owner.pk)
    assert links_on(answer)["See them in the list"] == f"{url('members')}?without_two_factor=1"


def test_of_many_it_names_ten(cast, adam, page):
    MemberFactory.create_batch(9, account=cast.clinic, last_name="Aa")

    assert "12 people have yet to set it up: " in section_of(adam.get(page), "without")
    assert "and 2 more." in section_of(adam.get(page), "without")


def test_where_everybody_has_one_it_says_so(cast, adam, page):
    for each in (cast.owner, cast.receptionist, cast.practitioner):
        enrolled(each)

    assert "Nobody: everybody in this clinic has it." in section_of(adam.get(page), "without")


# The session timeout


@pytest.mark.parametrize("minutes", SessionTimeout.values)
def test_the_session_timeout_is_one_of_nine(cast, adam, change, minutes):
    change(adam, session_timeout=str(minutes), **VERIFIED)

    assert on_file(cast.clinic).session_timeout == minutes


@pytest.mark.parametrize("minutes", ["", "0", "29", "-30", "10081", "thirty", "\x00", "9" * 5000])
def test_any_other_is_refused_in_words(cast, adam, change, minutes):
    answer = change(adam, session_timeout=minutes, **VERIFIED)

    assert answer.status_code == 422
    assert "Choose a session timeout from the list." in words_of(answer)
    assert on_file(cast.clinic).session_timeout == 720


def test_a_change_is_written_down_with_before_and_after_and_told_to_nobody(cast, adam, change):
    answer = change(adam, session_timeout="60", **VERIFIED)

    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("security_changed", cast.administrator, None)
    assert entry.details == {"session_timeout": [720, 60]}
    assert told_on(answer) == "The security settings were updated."
    assert not OutboundEmail.objects.exists()


def test_the_same_sent_again_asks_nothing_and_changes_nothing(adam, change):
    assert told_on(change(adam)) == "Nothing was different, so nothing was changed."
    assert not Activity.objects.exists()


# Two-factor authentication asked of everybody


def test_it_is_required_at_once_where_no_day_is_given(cast, adam, change):
    change(adam, **REQUIRED, **VERIFIED)

    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=True)
    assert Activity.objects.get().details == {"require_two_factor": [False, True]}


def test_a_day_that_is_given_is_the_last_without_it(cast, adam, change):
    change(adam, **REQUIRED, until=day(10), **VERIFIED)

    assert on_file(cast.clinic).two_factor_from == start_of(11)
    details = Activity.objects.get().details
    assert details == {"require_two_factor": [False, True], "two_factor_from": [None, start_of(11).isoformat()]}


def test_days_are_those_of_the_clinics_time_zone(cast, adam, change, monkeypatch):
    """It is the evening of the first in London, and in Sydney the second has begun."""
    zone = ZoneInfo("Australia/Sydney")
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone=zone.key)
    monkeypatch.setattr(grace, "database_now", lambda: datetime(2030, 6, 1, 20, tzinfo=UTC))

    first = change(adam, **REQUIRED, until="2030-06-01", **VERIFIED)
    change(adam, **REQUIRED, until="2030-06-02", **VERIFIED)

    assert OVER in words_of(first)
    assert on_file(cast.clinic).two_factor_from == datetime(2030, 6, 3, tzinfo=zone)


@pytest.mark.parametrize("count", [0, 90])
def test_today_and_the_ninetieth_day_can_be_given(cast, adam, change, count):
    change(adam, **REQUIRED, until=day(count), **VERIFIED)

    assert on_file(cast.clinic).two_factor_from == start_of(count + 1)


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (-1, OVER),
        ("0001-01-01", OVER),
        (91, TOO_FAR),
        ("9999-12-31", TOO_FAR),
        ("soon", "Enter a day such as 2030-08-31, or leave it empty."),
        ("31/08/2030", "Enter a day such as 2030-08-31, or leave it empty."),
    ],
)
def test_any_other_day_is_refused_in_words_before_the_password_is_asked_for(cast, adam, change, until, words):
    until = day(until) if isinstance(until, int) else until

    answer = change(adam, **REQUIRED, session_timeout="60", until=until)

    assert answer.status_code == 422
    assert words in words_of(answer)
    kept = opened(answer)
    assert (kept["session_timeout"], kept["require_two_factor"], kept["until"]) == ("60", "on", until)
    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)


def test_the_action_looks_at_the_day_again_under_the_lock(cast):
    """A form may wait at the question for the password past midnight."""
    wanted = AccountSecurity(720, require_two_factor=True, two_factor_from=start_of(0))

    with pytest.raises(ActionRefused, match="This day is over"):
        change_security(actor=cast.administrator, wanted=wanted, expected_security="720 False None")
    assert not on_file(cast.clinic).require_two_factor


def test_a_day_without_the_box_ticked_is_asked_about(cast, adam, change):
    answer = change(adam, until=day(10))

    assert answer.status_code == 422
    assert "Tick this as well, or leave the day below empty." in words_of(answer)


def test_once_the_day_is_over_the_rest_can_be_changed_and_nothing_starts_anew(cast, adam, page, change):
    """The day is not shown any more, and its being over is no mistake of whoever changes something else."""
    require_two_factor(cast.clinic, starts=start_of(0))

    assert opened(adam.get(page)).get("until", "") == ""
    change(adam, session_timeout="60", **VERIFIED)

    assert on_file(cast.clinic) == AccountSecurity(60, require_two_factor=True, two_factor_from=start_of(0))


def test_a_moment_on_file_stays_to_the_minute_where_the_time_zone_has_changed_since(cast, adam, change):
    require_two_factor(cast.clinic, starts=start_of(11))
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")

    change(adam, session_timeout="60", **VERIFIED)

    assert on_file(cast.clinic).two_factor_from == start_of(11)


def test_the_day_can_be_taken_back_and_everybody_be_asked_at_once(cast, adam, change):
    require_two_factor(cast.clinic, starts=start_of(11))

    change(adam, until="", **VERIFIED)

    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=True)


def test_people_can_be_given_more_time_when_it_is_required_already(cast, adam, change):
    require_two_factor(cast.clinic)

    change(adam, until=day(10), **VERIFIED)

    assert on_file(cast.clinic).two_factor_from == start_of(11)


def test_not_required_any_more_leaves_no_day(cast, adam, page):
    require_two_factor(cast.clinic, starts=start_of(11))
    form = opened(adam.get(page))
    del form["require_two_factor"]

    adam.post(page, {**form, **VERIFIED})

    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)
    assert not OutboundEmail.objects.exists()


# The password (A19)


def test_it_asks_for_the_password_in_words_that_name_what_changes_and_whom_it_concerns(cast, adam, change):
    answer = change(adam, **REQUIRED, session_timeout="60", until=day(10))

    assert asks(answer)
    words = words_of(answer)
    assert "Sign people out after 1 hour without doing anything." in words
    last = today() + timedelta(days=10)
    assert f"Require two-factor authentication of everybody after {last.day} {last:%B %Y}." in words
    assert "3 people have yet to set it up, and are told by email." in words
    assert "You are one of them." not in words
    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "You are one of them, and are asked to set it up right away."), ("tomorrow", "You are one of them.")],
)
def test_whoever_asks_for_it_without_having_it_is_told_first(cast, sign_in, change, until, words):
    tim = sign_in(MemberFactory(account=cast.clinic, role=roles.ADMINISTRATOR))

    said = words_of(change(tim, **REQUIRED, until=day(1) if until else ""))

    assert "5 people have yet to set it up, and are told by email." in said
    assert words in said


@pytest.mark.usefixtures("with_grace")
def test_it_asks_within_the_operators_window_too(cast, adam, change):
    change(adam, session_timeout="60", **VERIFIED)

    assert asks(change(adam, **REQUIRED))
    assert asks(change(adam, session_timeout="30"))


def test_the_prompt_carries_everything_over(cast, adam, page, change):
    prompt = change(adam, **REQUIRED, session_timeout="60", until=day(10))

    adam.post(page, {**form_on(prompt, with_field=FIELD), **VERIFIED})

    assert on_file(cast.clinic) == AccountSecurity(60, require_two_factor=True, two_factor_from=start_of(11))


def test_a_wrong_password_changes_nothing_and_keeps_what_was_typed(cast, adam, change):
    answer = change(adam, **REQUIRED, until=day(10), reverify_password="wrong")

    assert WRONG in words_of(answer)
    assert opened(answer)["until"] == day(10)
    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)


def test_cancelling_at_the_prompt_shows_the_page_as_it_was_typed(cast, adam, page, change):
    prompt = change(adam, **REQUIRED, until=day(10))

    kept = opened(adam.post(page, {**opened(prompt), "reverify_cancel": "1"}))

    assert (kept["require_two_factor"], kept["until"]) == ("on", day(10))
    assert not on_file(cast.clinic).require_two_factor


# Everybody it concerns is told


def test_each_who_is_there_and_has_none_is_told_once(cast, adam, change, deliver_mail):
    enrolled(cast.receptionist)
    MemberFactory(account=cast.clinic, is_active=False)
    off = MemberFactory(account=cast.clinic)
    off.user.is_active = False
    off.user.save()

    change(adam, **REQUIRED, until=day(10), **VERIFIED)

    told = by_reader(deliver_mail())
    assert told.keys() == {"olive@harbour.example", "paul@harbour.example"}
    message = told["paul@harbour.example"]
    assert message.subject == "Harbour Physio asks everybody for two-factor authentication"
    starts = start_of(11)
    assert f"from {starts:%A} {starts.day} {starts:%B %Y} at 00:00 (UTC) on" in " ".join(message.body.split())
    assert "Adam Adler" in message.body
    assert "/me/security/two-factor/?next=%2Fharbour-physio%2F" in message.body


def test_where_it_holds_at_once_the_mail_says_from_now_on(adam, change, deliver_mail):
    change(adam, **REQUIRED, **VERIFIED)

    body = " ".join(by_reader(deliver_mail())["paul@harbour.example"].body.split())
    assert "from now on" in body


def test_another_day_is_told_again(cast, adam, change, deliver_mail):
    require_two_factor(cast.clinic, starts=start_of(11))

    change(adam, until=day(20), **VERIFIED)

    assert len(deliver_mail()) == 3


def test_hundreds_of_mails_wait_for_the_sweep_and_stand_before_nobodys_reset_link(
    adam, change, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        change(adam, **REQUIRED, **VERIFIED)

    assert OutboundEmail.objects.count() == 3
    assert not [each for each in callbacks if "publish" in repr(each) or "queue_email" in each.__qualname__]


# Two browsers


def test_two_browsers_do_not_undo_each_others_change(cast, adam, olive, page, change):
    """Adam's form is from before Olive's change: it says what is on file now, and the next try is against that."""
    stale = opened(adam.get(page))
    change(olive, session_timeout="60", **REQUIRED, **VERIFIED)

    refused = adam.post(page, {**stale, "session_timeout": "30", **VERIFIED})

    assert refused.status_code == 422
    words = words_of(refused)
    assert "Someone changed this while you had this page open, so nothing was saved." in words
    assert "then choose Update security again." in words
    assert "Session timeout – On file now: 1 hour" in words
    assert "Require two-factor authentication – On file now: Required of everybody" in words
    assert opened(refused)["session_timeout"] == "30"
    assert on_file(cast.clinic) == AccountSecurity(60, require_two_factor=True)

    adam.post(page, {**opened(refused), **VERIFIED})
    assert on_file(cast.clinic) == AccountSecurity(30, require_two_factor=False)


def test_both_browsers_may_ask_for_the_same(adam, olive, page, change):
    stale = opened(adam.get(page))
    change(olive, session_timeout="60", **VERIFIED)

    assert adam.post(page, {**stale, "session_timeout": "60", **VERIFIED}).status_code == 302
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("expected", ["", "everything", "\x00", "x" * 10_000])
def test_a_form_that_was_opened_with_something_else_is_refused(cast, adam, change, expected):
    answer = change(adam, session_timeout="60", expected_security=expected, **VERIFIED)

    assert answer.status_code == 422
    assert on_file(cast.clinic).session_timeout == 720


def test_whoever_lost_the_right_while_the_page_was_open_changes_nothing(cast):
    """The action looks again, under the lock (A42)."""
    actor = Member.objects.get(pk=cast.administrator.pk)
    Member.objects.filter(pk=actor.pk).update(role=roles.POWER_RECEPTIONIST)

    with pytest.raises(NotPermitted):
        change_security(
            actor=actor, wanted=AccountSecurity(30, require_two_factor=True), expected_security="720 False None"
        )
    assert on_file(cast.clinic) == AccountSecurity(720, require_two_factor=False)
