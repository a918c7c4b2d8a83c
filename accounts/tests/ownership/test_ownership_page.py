"""Settings -> Account ownership: who, since when, by whom; what could go wrong; what to do in a dispute (S26, S36)."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles
from accounts.core.acting import record
from accounts.models import Account, Activity, Dispute, Member, OutboundEmail, User
from accounts.ownership import disputes
from accounts.ownership.queries import HISTORY_SHOWN
from accounts.support import actions as support
from accounts.tests.factories import MemberFactory
from accounts.tests.links import html_of, path_in
from accounts.tests.owners import (
    VERIFIED,
    administrator_of,
    administrators_without_owner,
    asks,
    by_reader,
    in_old_mill,
    links_on,
    section_of,
    told_on,
    words_of,
)
from accounts.tests.pages import typed_on
from accounts.tests.support_desk import support_staff
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

AT_RISK = "This account could be left without an owner who can act"
STORY = "Olive left the clinic in March.\n\nShe does not answer our letters."
REQUEST = {"story": STORY, "rightful_owner": "Adam Adler", "phone": "+61 400 000 000"}


@pytest.fixture
def send(url):
    """Open the request to support, fill it in, and send it."""

    def _send(client, **fields):
        typed = typed_on(client.get(url("ownership_request")), with_field="rightful_owner")
        return client.post(url("ownership_request"), {**typed, **REQUEST, **fields})

    return _send


def owner_rows(page):
    """The owners as the table has them: name and address, since when, by whom."""
    rows = BeautifulSoup(page.text, "html.parser").select("table tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])] for row in rows]


def history(page):
    """The entries of the history without their time, newest first."""
    entries = BeautifulSoup(page.text, "html.parser").select("section[aria-labelledby=history-heading] li > span")
    return [" ".join(entry.get_text().split()) for entry in entries]


# Who owns the account


def test_settings_lead_to_it_for_an_administrator_and_for_nobody_weaker(cast, adam, sign_in, url):
    assert f'href="{url("ownership")}"' in adam.get(url("members")).text
    assert url("ownership") not in sign_in(cast.receptionist).get(url("my_info")).text


@pytest.mark.parametrize("who", ["receptionist", "practitioner"])
def test_it_is_for_administrators(cast, sign_in, url, who):
    client = sign_in(getattr(cast, who))

    assert client.get(url("ownership")).status_code == 403
    assert client.get(url("ownership_request")).status_code == 403
    assert client.post(url("ownership_request"), REQUEST).status_code == 403
    assert not Dispute.objects.exists()


def test_owners_are_listed_by_last_name_with_a_link_to_their_page(olive, otto, url):
    page = olive.get(url("ownership"))

    assert [row[0] for row in owner_rows(page)] == [
        "OO Otto Oh otto@harbour.example",
        "OO Olive Owens (you) olive@harbour.example",
    ]
    assert links_on(page)["Otto Oh"] == url("member", otto.pk)


def test_somebody_who_is_an_owner_elsewhere_is_not_listed(cast, adam, url):
    Member.objects.filter(pk=cast.outsider.pk).update(is_owner=True)

    assert [row[0] for row in owner_rows(adam.get(url("ownership")))] == ["OO Olive Owens olive@harbour.example"]


def test_since_when_and_by_whom_comes_from_the_log(cast, olive, adam, url):
    """The last grant counts, where somebody has been an owner twice."""
    olive.post(url("member_ownership", cast.administrator.pk), VERIFIED)
    Activity.objects.update(created_at=datetime(2026, 3, 4, 12, tzinfo=UTC))

    assert owner_rows(adam.get(url("ownership")))[0] == [
        "AA Adam Adler (you) adam@harbour.example",
        "4 March 2026",
        "Olive Owens",
    ]

    adam.post(url("my_ownership"), VERIFIED)
    olive.post(url("member_ownership", cast.administrator.pk), VERIFIED)
    today = timezone.now()
    assert owner_rows(olive.get(url("ownership")))[0][1] == f"{today.day} {today:%B %Y}"


def test_somebody_who_opened_the_clinic_is_said_to_have(cast, adam, url):
    entry = record(Activity.Verb.ACCOUNT_CREATED, account=cast.clinic, actor=cast.owner, subject=cast.owner)
    Activity.objects.filter(pk=entry.pk).update(created_at=datetime(2025, 2, 1, 12, tzinfo=UTC))

    assert owner_rows(adam.get(url("ownership")))[0][1:] == ["1 February 2025", "Opened the clinic"]


def test_an_owner_whom_the_log_does_not_know_was_brought_over_and_has_been_one_since_joining(cast, adam, url):
    """S25."""
    Member.objects.filter(pk=cast.owner.pk).update(joined_at=datetime(2018, 5, 6, 12, tzinfo=UTC))

    assert owner_rows(adam.get(url("ownership")))[0][1:] == ["6 May 2018", "Brought over with the account"]


def test_an_owner_appointed_by_support_is_said_to_be_and_no_name_of_support_is_given(cast, adam, url):
    staff = support_staff()
    support.appoint_owner(staff=staff, target=cast.administrator, reason="A court order of 3 March.")

    page = adam.get(url("ownership"))

    assert owner_rows(page)[0][2] == "Clinic People support"
    assert "sam@support.example" not in page.text


def test_a_day_is_that_of_the_clinics_time_zone(cast, adam, url):
    """11 in the evening in UTC is the next morning in Sydney."""
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone="Australia/Sydney")
    Member.objects.filter(pk=cast.owner.pk).update(joined_at=datetime(2026, 1, 31, 23, tzinfo=UTC))

    assert owner_rows(adam.get(url("ownership")))[0][1] == "1 February 2026"


def test_an_owner_is_told_how_to_make_another_and_how_to_stop_being_one(olive, url):
    links = links_on(olive.get(url("ownership")))

    assert links["relinquish ownership"] == url("my_ownership")
    assert links["administrator"] == f"{url('members')}?role=administrator"
    assert links["Close this account"] == url("account_closing")


def test_an_administrator_is_told_that_only_an_owner_can(adam, url):
    page = adam.get(url("ownership"))

    assert "Only an owner can make somebody else an owner." in words_of(page)
    assert not {"relinquish ownership", "Close this account"} & links_on(page).keys()


# S26 An account without owners


@pytest.fixture
def bea(db, sign_in):
    """An administrator of a clinic without owners, in her browser."""
    return sign_in(administrators_without_owner()[0])


def test_an_account_without_owners_says_so_and_what_can_be_done(bea):
    page = bea.get(in_old_mill("ownership"))

    words = words_of(page)
    assert "This account has no owners" in words
    assert "If you want an owner, ask support below: they can appoint one of the administrators." in words
    assert links_on(page)["Contact support"] == in_old_mill("ownership_request")


def test_an_account_without_owners_is_not_warned_of_having_one_only(bea):
    """It works without; who wants an owner asks for one."""
    assert AT_RISK not in words_of(bea.get(in_old_mill("ownership")))
    assert "one owner" not in words_of(bea.get(in_old_mill("home")))


def test_an_account_without_owners_sends_a_request_to_support_as_well(bea):
    answer = bea.post(in_old_mill("ownership_request"), REQUEST)

    assert answer.url == in_old_mill("ownership")
    assert Dispute.objects.get().account.name == "Old Mill"


# Continuity: what could leave the account without anybody who can act for it


def last_seen(member, days, hours=0):
    """Set when somebody last signed in."""
    User.objects.filter(pk=member.user_id).update(last_login=database_now() - timedelta(days=days, hours=hours))


def _pages_of(client, url):
    return [words_of(client.get(url(name))) for name in ("ownership", "home")]


def test_one_owner_is_warned_of_on_the_page_and_on_the_home(olive, url):
    on_page, on_home = _pages_of(olive, url)

    assert AT_RISK in on_page
    assert "It has one owner. If they fall ill, leave or can’t sign in, nobody can act for them." in on_page
    assert "Make another administrator, somebody you trust fully, an owner too." in on_page
    assert "This account has one owner" in on_home


def test_an_administrator_is_told_whom_to_ask(adam, url):
    on_page, on_home = _pages_of(adam, url)

    assert "Ask them to make another administrator an owner too." in on_page
    assert "one owner" not in on_home


def test_two_owners_who_were_here_lately_are_no_reason_to_warn(olive, otto, url):
    last_seen(otto, days=1)

    on_page, on_home = _pages_of(olive, url)

    assert AT_RISK not in on_page
    assert "one owner" not in on_home
    assert "has not signed in" not in on_home


@pytest.mark.parametrize(
    ("days", "hours", "words"),
    [
        (59, 23, None),
        (60, 0, "Otto Oh has not signed in for 60 days"),
        (400, 0, "Otto Oh has not signed in for 400 days"),
    ],
)
def test_an_owner_who_has_been_away_for_sixty_days_is_named(olive, otto, url, days, hours, words):
    last_seen(otto, days, hours)

    for page in _pages_of(olive, url):
        assert (words in page) if words else ("has not signed in" not in page)


def test_an_owner_who_joined_long_ago_and_has_never_signed_in_is_named(olive, otto, url):
    """As after an import."""
    Member.objects.filter(pk=otto.pk).update(joined_at=database_now() - timedelta(days=60))

    for page in _pages_of(olive, url):
        assert "Otto Oh has never signed in" in page


def test_an_owner_who_has_just_joined_is_given_time(olive, otto, url):
    Member.objects.filter(pk=otto.pk).update(joined_at=database_now() - timedelta(days=59))

    for page in _pages_of(olive, url):
        assert "has never signed in" not in page


def test_the_page_says_what_to_do_about_an_owner_who_is_away(olive, otto, url):
    last_seen(otto, days=90)

    assert (
        "Otto Oh has not signed in for 90 days. Ask them to sign in. If they have left, ask them to make somebody else "
        "an owner and to relinquish their own ownership; if they can’t be reached, go by the steps below."
    ) in words_of(olive.get(url("ownership")))


def test_an_administrator_reads_of_an_owner_who_is_away_on_the_page(cast, adam, url):
    """Somebody has to notice when the only owner has left."""
    last_seen(cast.owner, days=61)

    assert "Olive Owens has not signed in for 61 days" in words_of(adam.get(url("ownership")))


def test_a_receptionist_reads_nothing_of_it(cast, otto, sign_in, url):
    last_seen(otto, days=90)

    page = words_of(sign_in(cast.receptionist).get(url("home")))

    assert "owner" not in page
    assert "Otto" not in page


def test_a_second_owner_who_cannot_sign_in_is_as_good_as_none(olive, adam, otto, url):
    """The warning is about who can act."""
    User.objects.filter(pk=otto.user_id).update(is_active=False)

    for client in (olive, adam):
        assert "It has one owner who can sign in. If they fall ill" in words_of(client.get(url("ownership")))
    assert "has one owner who can sign in" in words_of(olive.get(url("home")))


def test_an_account_whose_owners_cannot_sign_in_says_so(cast, adam, otto, url):
    """Worse than having one; whether they are away does not matter any more."""
    last_seen(otto, days=90)
    User.objects.filter(pk__in=[cast.owner.user_id, otto.user_id]).update(is_active=False)

    words = words_of(adam.get(url("ownership")))

    assert AT_RISK in words
    assert "No owner of it can sign in. Contact support, as in the steps below." in words
    assert "Ask them to sign in" not in words


# S36 What to do in a dispute, step by step


def test_the_page_guides_through_a_dispute_step_by_step(adam, url):
    page = adam.get(url("ownership"))

    steps = section_of(page, "dispute")
    places = [steps.index(each) for each in ("Talk to the owner", "Take legal advice", "We would rather not decide")]
    assert places == sorted(places)
    assert links_on(page)["Contact support"] == url("ownership_request")


# S36 The request to support


def test_a_request_is_filed_and_recorded_and_the_page_says_so(cast, adam, send):
    page = adam.get(send(adam).url)

    assert told_on(page) == "Your request is on its way to support. They answer by email to adam@harbour.example."
    dispute = Dispute.objects.get()
    assert (dispute.account, dispute.filed_by, dispute.settled_at) == (cast.clinic, cast.administrator, None)
    assert (dispute.story, dispute.rightful_owner, dispute.phone) == (STORY, "Adam Adler", "+61400000000")
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor) == ("ownership_disputed", cast.administrator)


def test_it_asks_for_no_password(adam, send):
    """It changes nothing in the account."""
    assert not asks(send(adam))


def test_an_owner_may_ask_as_well(olive, send):
    assert send(olive).status_code == 302


def test_only_the_story_is_needed(adam, send):
    assert send(adam, rightful_owner="", phone="").status_code == 302
    assert (Dispute.objects.get().rightful_owner, Dispute.objects.get().phone) == ("", "")


REFUSED = [
    ({"story": ""}, "What has happened? – Say in a few sentences what has happened."),
    ({"story": "  \r\n\t "}, "What has happened? – Say in a few sentences what has happened."),
    ({"story": "x" * 4001}, "What has happened? – Use at most 4000 characters (it has 4001)."),
    ({"story": "A\x00B"}, "What has happened? – Null characters are not allowed."),
    ({"story": "A\x1b[31mB"}, "What has happened? – Remove the control characters, which may have come"),
    ({"story": "A\u202eB"}, "What has happened? – Remove the hidden characters that change the direction of text."),
    ({"rightful_owner": "Adam\r\nBcc: victim@example.com"}, "Who should be the owner? – Use one line of text"),
    ({"rightful_owner": "x" * 101}, "Who should be the owner? – Ensure this value has at most 100 characters"),
    ({"phone": "ring me"}, "Phone number – Enter a phone number, such as (02) 1234 5678 or +61 2 1234 5678."),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=[f"{ascii(each[0])[:40]}" for each in REFUSED])
def test_what_cannot_be_sent_is_said_in_words_and_nothing_that_was_typed_is_lost(adam, send, fields, words):
    answer = send(adam, **fields)

    assert answer.status_code == 422
    assert words in words_of(answer)
    typed = {**typed_in(answer), "story": answer.context["form"]["story"].value()}
    assert typed == {**REQUEST, **fields}
    assert not Dispute.objects.exists()
    assert not OutboundEmail.objects.exists()


def typed_in(page):
    """The request as the page shows it."""
    soup = BeautifulSoup(page.text, "html.parser")
    return {
        "story": soup.find("textarea", attrs={"name": "story"}).get_text().removeprefix("\n"),
        **{name: soup.find("input", attrs={"name": name}).get("value", "") for name in ("rightful_owner", "phone")},
    }


def test_a_story_of_four_thousand_characters_with_line_breaks_is_taken_as_the_browser_counts_it(adam, send):
    """A browser counts a line break as one and sends two."""
    story = ("x" * 49 + "\r\n") * 79 + "y" * 50

    assert send(adam, story=story).status_code == 302
    assert Dispute.objects.get().story == story.replace("\r\n", "\n")


def test_the_browser_cuts_nothing_off_what_is_pasted(adam, url):
    """It would do so without a word."""
    page = BeautifulSoup(adam.get(url("ownership_request")).text, "html.parser")

    assert not page.find("textarea").has_attr("maxlength")


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\n", "\x0b", "\u2028"])
def test_line_breaks_are_kept_whatever_they_were_typed_with(adam, send, line_break):
    send(adam, story=f"One.{line_break}{line_break}Two.\tThree.")

    assert Dispute.objects.get().story == "One.\n\nTwo.\tThree."


def test_the_second_request_of_one_person_within_a_day_is_refused_and_the_text_is_kept(adam, send):
    send(adam)

    answer = send(adam, story="One more thing.")

    assert answer.status_code == 429
    assert (
        "You sent a request less than a day ago, and support has it. They answer by email to adam@harbour.example."
        in words_of(answer)
    )
    assert typed_in(answer) == {**REQUEST, "story": "One more thing."}
    assert Dispute.objects.count() == 1


def test_after_a_day_the_same_person_can_send_another(adam, send):
    send(adam)
    Dispute.objects.update(created_at=database_now() - timedelta(hours=24, minutes=1))

    assert send(adam).status_code == 302


def test_what_a_few_others_of_the_clinic_sent_stops_nobody_from_writing(cast, adam, sign_in, send):
    """S36: three administrators who took a clinic over would have used up its requests."""
    for number in range(5):
        assert send(sign_in(administrator_of(cast.clinic, f"Ann{number}", "Abel"))).status_code == 302

    assert send(adam).status_code == 302


def test_the_eleventh_request_of_an_account_within_a_day_is_refused_and_the_text_is_kept(cast, adam, sign_in, send):
    for number in range(10):
        assert send(sign_in(administrator_of(cast.clinic, f"Ann{number}", "Abel"))).status_code == 302

    answer = send(adam)

    assert answer.status_code == 429
    assert (
        "Support has 10 requests from this clinic since yesterday. Try again tomorrow, or write to support@"
        in words_of(answer)
    )
    assert typed_in(answer) == REQUEST
    assert Dispute.objects.count() == 10


def test_the_requests_of_another_clinic_do_not_count(cast, adam, send):
    for number in range(3):
        other = administrator_of(cast.other_clinic, f"Xena{number}", "Xu")
        disputes.file_dispute(actor=other, story="Theirs.", rightful_owner="", phone="")

    assert send(adam).status_code == 302


def test_a_request_sent_twice_is_filed_once(adam, send, deliver_mail):
    send(adam)
    send(adam)

    assert len(deliver_mail()) == 2, "one to support, one to whoever sent it"


def test_somebody_who_was_an_administrator_when_they_opened_the_form_files_nothing(cast, adam, url):
    """A42."""
    adam.get(url("ownership_request"))
    Member.objects.filter(pk=cast.administrator.pk).update(role=roles.RECEPTIONIST)

    assert adam.post(url("ownership_request"), REQUEST).status_code == 403
    assert not Dispute.objects.exists()


# S36 Its mail


@pytest.fixture
def support_email(settings):
    """Where our support reads."""
    settings.SUPPORT_EMAIL = "help@support.example"
    return settings.SUPPORT_EMAIL


def test_support_gets_the_story_and_who_wrote_it_and_a_way_to_the_account(
    cast, support_email, adam, send, deliver_mail
):
    send(adam)

    mail = by_reader(deliver_mail())[support_email]

    assert mail.subject == "Ownership request from Harbour Physio"
    assert (
        "Adam Adler (adam@harbour.example, phone: +61 400 000 000) asks about the ownership of Harbour Physio."
        in mail.body
    )
    assert "Who should own it, in their words: Adam Adler" in mail.body
    assert STORY in mail.body
    lines = [paragraph.get_text() for paragraph in BeautifulSoup(html_of(mail), "html.parser").find_all("p")]
    first = lines.index("Olive left the clinic in March.")
    assert lines[first + 1] == "She does not answer our letters.", "each line is a paragraph, and none is empty"
    assert path_in(mail) == reverse("support:accounts_account_change", args=[cast.clinic.pk])


def test_whoever_sent_it_gets_a_confirmation_and_nobody_else_anything(support_email, adam, send, url, deliver_mail):
    send(adam)

    told = by_reader(deliver_mail())

    assert sorted(told) == ["adam@harbour.example", support_email]
    mine = told["adam@harbour.example"]
    assert mine.subject == "Support has your request about Harbour Physio"
    assert "Your request has arrived." in mine.body
    assert path_in(mine) == url("ownership")


def test_what_was_not_given_is_said_not_to_be(support_email, adam, send, deliver_mail):
    send(adam, rightful_owner="", phone="")

    mail = by_reader(deliver_mail())[support_email]

    assert "(adam@harbour.example, phone: not given)" in mail.body
    assert "Who should own it, in their words: not said" in mail.body


def test_markup_in_a_story_is_inert_in_the_mail_and_plain_in_its_text(support_email, adam, send, deliver_mail):
    """C16."""
    send(
        adam,
        story='<script>alert(1)</script> <img src=x onerror="alert(2)"> {{ site_url }}',
        rightful_owner="<b>Al</b>",
    )

    mail = by_reader(deliver_mail())[support_email]

    page = BeautifulSoup(html_of(mail), "html.parser")
    assert not page.find_all(["script", "img", "b"])
    assert '<script>alert(1)</script> <img src=x onerror="alert(2)"> {{ site_url }}' in page.get_text()
    assert '<script>alert(1)</script> <img src=x onerror="alert(2)"> {{ site_url }}' in mail.body


def test_line_breaks_in_a_story_add_no_headers_to_the_mail(support_email, adam, send, deliver_mail):
    """A48."""
    story = "Hello\r\nBcc: victim@example.com\r\nSubject: Money\r\n\r\n<p>New body"
    send(adam, story=story)

    for mail in by_reader(deliver_mail()).values():
        message = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
        assert message["Bcc"] is None
        assert message["Subject"] in {
            "Ownership request from Harbour Physio",
            "Support has your request about Harbour Physio",
        }
        assert len(mail.recipients()) == 1


def test_a_story_stays_out_of_the_account(cast, olive, adam, url, send, deliver_mail):
    """It may be about the owner, who reads the history."""
    send(adam, story="A story about Olive.")

    for page in (olive.get(url("ownership")), adam.get(url("ownership")), olive.get(url("member", cast.owner.pk))):
        assert "A story about Olive." not in page.text
    assert "A story about Olive." not in by_reader(deliver_mail())["adam@harbour.example"].body


# The history


def test_the_history_says_who_did_what_newest_first(cast, olive, adam, url, send):
    olive.post(url("member_ownership", cast.administrator.pk), VERIFIED)
    olive.post(url("my_ownership"), VERIFIED)
    send(adam)
    staff = support_staff()
    support.lock(staff=staff, account=cast.clinic, reason="Two people say that they own it.")
    support.unlock(staff=staff, account=cast.clinic, reason="They have agreed.")
    support.settle_dispute(staff=staff, dispute=Dispute.objects.get(), reason="Adam is the owner.")

    page = adam.get(url("ownership"))

    assert history(page) == [
        "Support settled the ownership request of Adam Adler: “Adam is the owner.”",
        "Support unlocked the account: “They have agreed.”",
        "Support locked the account: “Two people say that they own it.”",
        "Adam Adler asked support about ownership",
        "Olive Owens relinquished ownership",
        "Olive Owens gave ownership to Adam Adler",
    ]
    assert "sam@support.example" not in page.text


def test_what_else_is_done_in_the_clinic_stays_out_of_it(cast, olive, adam, url):
    olive.post(url("member_invitation", cast.invited.pk))
    assert Activity.objects.exists()

    assert history(adam.get(url("ownership"))) == []


def test_closing_and_reopening_are_in_it(olive, url):
    olive.post(url("account_closing"), {"clinic_name": "Harbour Physio", **VERIFIED})
    olive.post(url("account_reopening"), VERIFIED)

    assert history(olive.get(url("ownership"))) == [
        "Olive Owens reopened the account",
        "Olive Owens closed the account",
    ]


def test_the_history_of_another_clinic_is_not_in_it(cast, adam, url):
    record(Activity.Verb.OWNERSHIP_GRANTED, account=cast.other_clinic, actor=cast.outsider, subject=cast.outsider)

    assert history(adam.get(url("ownership"))) == []


def test_markup_in_the_words_of_support_is_inert(cast, adam, url):
    """C16."""
    staff = support_staff()
    support.appoint_owner(staff=staff, target=cast.administrator, reason="<img src=x onerror=alert(1)>")

    page = adam.get(url("ownership"))

    assert "<img" not in page.text
    assert "“<img src=x onerror=alert(1)>”" in history(page)[0]


def test_a_long_history_is_cut(cast, adam, url):
    for _ in range(HISTORY_SHOWN + 1):
        record(Activity.Verb.OWNERSHIP_GRANTED, account=cast.clinic, actor=cast.owner, subject=cast.administrator)

    assert len(history(adam.get(url("ownership")))) == HISTORY_SHOWN


# Queries


def _many(cast, owners):
    """Make this many owners more, each by a grant of their own."""
    people = MemberFactory.create_batch(owners, account=cast.clinic, role=roles.ADMINISTRATOR, is_owner=True)
    for person in people:
        record(Activity.Verb.OWNERSHIP_GRANTED, account=cast.clinic, actor=cast.owner, subject=person)


@pytest.mark.parametrize(("name", "most"), [("ownership", 10), ("home", 10)])
@pytest.mark.database
def test_a_page_takes_as_many_queries_for_forty_owners_as_for_two(cast, olive, url, name, most):
    olive.get(url(name))
    counts = []
    for owners in (1, 38):
        _many(cast, owners)
        with CaptureQueriesContext(connection) as queries:
            assert olive.get(url(name)).status_code == 200
        counts.append(len(queries))

    assert cast.clinic.members.filter(is_owner=True).count() == 40
    assert counts[0] == counts[1] <= most + (connection.vendor == "postgresql")
