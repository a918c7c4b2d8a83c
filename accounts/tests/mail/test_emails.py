"""What each mail says: who, where, what to do, until when, what if it was not expected (S11, S12, A47, A48, C16)."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from bs4 import BeautifulSoup
from django.conf import settings

from accounts.addresses.actions import ask_for_email_change
from accounts.core.acting import record
from accounts.core.origin import Origin
from accounts.mail import contents
from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.outbox.queue import queue_email, tell
from accounts.tests.links import html_of, path_of
from clinic.clock import database_now

pytestmark = pytest.mark.django_db

Kind = OutboundEmail.Kind
WITH_A_BUTTON = [kind for kind in Kind if kind != Kind.ERASURE_RECEIPT]
ERASED = {
    "clinic": "Harbour Physio",
    "people": 7,
    "closed_at": "2026-10-01T10:00:00+00:00",
    "erased_at": "2026-10-31T10:15:00+00:00",
    "time_zone": "Australia/Sydney",
}


def row_of(kind: Kind, cast) -> OutboundEmail:
    """A row of the outbox that owes a mail of this kind."""
    if kind == Kind.EMAIL_CONFIRMATION:
        User.objects.filter(pk=cast.owner.user_id).update(email_confirmed_at=None)
        return queue_email(kind, user=User.objects.get(pk=cast.owner.user_id))
    if kind == Kind.PASSWORD_RESET:
        return queue_email(kind, user=cast.receptionist.user)
    if kind == Kind.NOTICE:
        granted = record(
            Activity.Verb.OWNERSHIP_GRANTED, account=cast.clinic, actor=cast.owner, subject=cast.administrator
        )
        return queue_email(kind, user=cast.administrator.user, activity=granted)
    if kind in {Kind.SECURITY_NOTICE, Kind.EMAIL_CHANGE}:
        origin = Origin("203.0.113.9", "Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0")
        ask_for_email_change(user=cast.receptionist.user, new_email="rita@new.example", origin=origin)
        return OutboundEmail.objects.get(kind=kind)
    if kind in {Kind.ERASURE_RECEIPT, Kind.SUMMARY}:
        return row_of_receipt() if kind == Kind.ERASURE_RECEIPT else row_of_summary(cast)
    if kind == Kind.INVITATION_REQUESTED:
        Invitation.objects.filter(member=cast.invited).update(requested_at=datetime.now(UTC))
    invitation = Invitation.objects.select_related("member__user", "member__account").get(member=cast.invited)
    if kind == Kind.INVITATION_FAILED:
        return row_of_failure(invitation)
    to = cast.invited.user if kind == Kind.INVITATION else cast.administrator.user
    return queue_email(kind, user=to, invitation=invitation)


def row_of_receipt() -> OutboundEmail:
    row = queue_email(Kind.ERASURE_RECEIPT, user=None, recipient="olive@harbour.example")
    row.facts = ERASED
    row.save()
    return row


def row_of_summary(cast) -> OutboundEmail:
    """Of what Rita is told about her role after three mails within an hour."""
    for _ in range(6):
        tell([cast.receptionist], of=role_of(cast, "scheduler"))
    return OutboundEmail.objects.get(kind=Kind.SUMMARY)


def role_of(cast, role: str) -> Activity:
    facts = {"actor": cast.administrator, "subject": cast.receptionist, "details": {"role": ["bookkeeper", role]}}
    return record(Activity.Verb.MEMBER_UPDATED, account=cast.clinic, **facts)


def row_of_failure(invitation: Invitation) -> OutboundEmail:
    lost = queue_email(Kind.INVITATION, user=invitation.member.user, invitation=invitation)
    OutboundEmail.objects.filter(pk=lost.pk).update(state=OutboundEmail.State.FAILED)
    row = queue_email(Kind.INVITATION_FAILED, user=invitation.invited_by.user, invitation=invitation)
    row.facts = {"address": "ivy@harbour.example", "reason": "550 5.1.1 No such person"}
    row.save()
    return row


def built(kind: Kind, cast):
    return contents.build(row_of(kind, cast))


@pytest.fixture(params=list(Kind), ids=str)
def message(request, cast):
    """A mail of each kind, one after the other."""
    return built(request.param, cast)


@pytest.fixture
def invitation(cast):
    return built(Kind.INVITATION, cast)


def words_of(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def both(message) -> list[str]:
    """The words of the text part and of the HTML part."""
    return [" ".join(message.body.split()), words_of(html_of(message))]


SAYS = {
    Kind.INVITATION: [
        "Hello Ivy,",
        "Adam Adler has invited you to Harbour Physio.",
        "practitioner",
        "reate a password",
        "The link works until",
        "http://testserver/login/",
        "ivy@harbour.example",
        "If you did not expect it, ignore it: nothing happens until somebody opens the link and creates a password.",
    ],
    Kind.EMAIL_CONFIRMATION: [
        "olive@harbour.example",
        "opened a clinic in Clinic People",
        "onfirm that the address is yours",
        "If it was not you, ignore this email",
    ],
    Kind.PASSWORD_RESET: [
        "asked for a new password for rita@harbour.example",
        "The link works once, for one hour.",
        "If it was not you, ignore this email: your password stays as it is.",
    ],
    Kind.INVITATION_REQUESTED: [
        "Ivy Ito (ivy@harbour.example)",
        "asks for a new invitation to Harbour Physio",
        "open their page and invite them again",
        "If it is not, do nothing.",
    ],
    Kind.INVITATION_FAILED: [
        "you invited Ivy Ito to Harbour Physio",
        "The email to ivy@harbour.example was not delivered:",
        "550 5.1.1 No such person",
        "check the address and correct it if need be",
    ],
    Kind.NOTICE: [
        "You are now an owner of Harbour Physio",
        "Olive Owens made you an owner of Harbour Physio on",
        "nobody else can change your details",
        "If you did not expect this, write to support@",
    ],
    Kind.SECURITY_NOTICE: [
        "asked to sign in with rita@new.example from now on, instead of rita@harbour.example",
        "Nothing changes until that is confirmed",
        "Firefox on Windows",
        "203.0.113.9",
        "(UTC)",
        "If it wasn’t you, somebody knows your password.",
        "Questions: support@",
    ],
    Kind.EMAIL_CHANGE: [
        "wants to sign in to Clinic People with rita@new.example from now on",
        "onfirm that the address is yours",
        "The link works until",
        "Nothing changes before you confirm.",
        "If it was not you, ignore this email: without the password nobody can confirm the address.",
    ],
    Kind.ERASURE_RECEIPT: [
        "Harbour Physio has been erased",
        "was closed on Thursday 1 October 2026 at 20:00 (Australia/Sydney)",
        "erased on Saturday 31 October 2026 at 21:15 (Australia/Sydney)",
        "7 people",
        "every login that belonged to no other clinic",
        "Keep this mail as your receipt.",
    ],
    Kind.SUMMARY: [
        "You’ve had several emails about this, so we’ve combined the latest here. The newest is last.",
        "(UTC): Your role in Harbour Physio is now Scheduler",
        "If you didn’t expect this, write to support@",
        "You’re receiving this because you use Clinic People with rita@harbour.example.",
    ],
}


def test_there_is_a_list_of_what_to_say_for_every_kind():
    assert set(SAYS) == set(Kind)


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_each_says_who_where_what_until_when_and_what_if_it_was_not_expected_in_both_parts(cast, kind):
    for part in both(built(kind, cast)):
        for words in SAYS[kind]:
            assert words in part


SUBJECTS = {
    Kind.INVITATION: "Adam Adler invites you to Harbour Physio",
    Kind.EMAIL_CONFIRMATION: "Confirm your email address",
    Kind.PASSWORD_RESET: "Choose a new password",
    Kind.INVITATION_REQUESTED: "Ivy Ito asks for a new invitation to Harbour Physio",
    Kind.INVITATION_FAILED: "The invitation of Ivy Ito did not arrive",
    Kind.NOTICE: "You are now an owner of Harbour Physio",
    Kind.SECURITY_NOTICE: "Your email address is to be changed",
    Kind.EMAIL_CHANGE: "Confirm your new email address",
    Kind.ERASURE_RECEIPT: "Harbour Physio has been erased",
    Kind.SUMMARY: "Your role in Harbour Physio is now Scheduler (and 2 more)",
}


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_the_subject_says_what_it_is_about(cast, kind):
    assert built(kind, cast).subject == SUBJECTS[kind]


def test_every_mail_says_where_to_ask(message):
    assert all(settings.SUPPORT_EMAIL in part for part in both(message))


def test_the_text_and_the_html_hold_the_same_links(message):
    in_text = set(re.findall(r"https?://\S+", message.body))
    links = BeautifulSoup(html_of(message), "html.parser").find_all("a")

    addresses = {link["href"] for link in links if not link["href"].startswith("mailto:")}

    # At the end of a sentence or before a space, an address in text is the address.
    assert {address.rstrip(".,") for address in in_text} == addresses


@pytest.mark.parametrize("kind", WITH_A_BUTTON, ids=str)
def test_the_address_of_the_button_stands_alone_on_its_line_in_the_text(cast, kind):
    """So that every mail program makes the whole of it a link."""
    message = built(kind, cast)
    [button] = {link["href"] for link in BeautifulSoup(html_of(message), "html.parser").select("td.mail-button a")}

    assert button in message.body.splitlines()


@pytest.mark.parametrize("kind", WITH_A_BUTTON, ids=str)
def test_the_address_of_the_button_can_be_copied_from_the_html_too(cast, kind):
    message = built(kind, cast)
    page = BeautifulSoup(html_of(message), "html.parser")
    button = page.select_one("td.mail-button a")["href"]

    assert any(link.get_text(strip=True) == button for link in page.find_all("a"))


def test_the_invitation_holds_the_link_that_works(cast, invitation):
    assert f"http://testserver{path_of(cast.invited)}" in invitation.body.splitlines()


def test_every_link_starts_at_the_configured_site(message):
    """A47: no request had a say in it."""
    for address in re.findall(r"https?://\S+", message.body + html_of(message)):
        assert address.startswith("http://testserver/")


def test_a_site_under_another_address_is_the_one_that_links_lead_to(cast, settings):
    settings.SITE_URL = "https://people.example"

    message = built(Kind.INVITATION, cast)

    assert f"https://people.example{path_of(cast.invited)}" in message.body
    assert "testserver" not in message.body + html_of(message)


def test_no_mail_loads_anything_from_anywhere(message):
    """A picture would tell the sender when, and where, a mail was read."""
    html = html_of(message)
    page = BeautifulSoup(html, "html.parser")

    assert not page.find_all(["img", "link", "script", "iframe", "object", "embed", "form", "input", "video", "audio"])
    assert not page.find_all(attrs={"background": True})
    assert not page.find_all(src=True)
    assert "url(" not in html and "@import" not in html


def test_the_text_has_no_markup_and_the_html_no_code_of_the_template(message):
    for part in (message.body, html_of(message)):
        assert "{{" not in part and "{%" not in part
        assert "None" not in part
    assert not re.search(r"</?\w+[ >]|&(amp|quot|lt|gt|#\d+|#x\w+);", message.body)


# Until when


@pytest.mark.parametrize(
    ("zone", "days", "time"),
    [
        ("UTC", 0, "02:30"),
        ("Australia/Sydney", 0, "13:30"),
        ("America/Los_Angeles", -1, "18:30"),
        ("Asia/Kathmandu", 0, "08:15"),
    ],
)
def test_an_invitation_says_until_when_in_the_time_of_the_clinic(cast, zone, days, time):
    """Half past two at night in UTC on a New Year's Day to come; `days` later where the clinic is."""
    new_year = datetime(database_now().year + 2, 1, 1, 2, 30, tzinfo=UTC)
    Account.objects.filter(pk=cast.clinic.pk).update(time_zone=zone)
    Invitation.objects.update(expires_at=new_year)
    row = row_of(Kind.INVITATION, cast)

    words = f"{new_year + timedelta(days=days):%A %-d %B %Y} at {time} ({zone})"
    for part in both(contents.build(OutboundEmail.objects.get(pk=row.pk))):
        assert f"The link works until {words}." in part


# Headers


def test_the_headers_say_from_whom_to_whom_and_that_a_machine_wrote_it(message):
    sent = message_from_bytes(message.message().as_bytes(), policy=policy.default)

    assert sent["From"] == settings.DEFAULT_FROM_EMAIL
    assert len(message.recipients()) == 1
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"]
    assert sent.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_is_the_rows_own_at_every_attempt(cast):
    """R10: what arrives twice can be seen to be one message."""
    row = row_of(Kind.INVITATION, cast)

    ids = [contents.build(row).message()["Message-ID"] for _ in range(3)]

    assert ids == [row.message_id] * 3
    assert re.fullmatch(r"<[0-9a-f]{32}@[\w.-]+>", row.message_id)


def test_every_row_has_a_message_id_of_its_own(cast):
    first, second = row_of(Kind.INVITATION, cast), row_of(Kind.INVITATION, cast)

    assert first.message_id != second.message_id


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b"])
def test_a_line_break_that_got_into_a_name_cannot_add_a_header(cast, end):
    """A48: forms refuse it; this is for what came in by another way."""
    Member.objects.filter(pk=cast.administrator.pk).update(last_name=f"Adler{end}Bcc: everybody@mail.example")
    Account.objects.filter(pk=cast.clinic.pk).update(name=f"Harbour{end}X-Evil: 1{end}{end}A new body")
    row = row_of(Kind.INVITATION, cast)

    message = contents.build(OutboundEmail.objects.get(pk=row.pk))

    assert len(message.subject.splitlines()) == 1
    sent = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert sent["Bcc"] is None and sent["X-Evil"] is None
    assert message.recipients() == ["ivy@harbour.example"]


def test_names_in_all_letters_of_the_world_arrive_as_they_are(cast):
    Member.objects.filter(pk=cast.administrator.pk).update(first_name="Zoë", last_name="O’Brien-Müller")
    Account.objects.filter(pk=cast.clinic.pk).update(name="東京 & Söhne")
    row = row_of(Kind.INVITATION, cast)

    message = contents.build(OutboundEmail.objects.get(pk=row.pk))
    sent = message_from_bytes(message.message().as_bytes(), policy=policy.default)

    assert sent["Subject"].strip() == "Zoë O’Brien-Müller invites you to 東京 & Söhne"
    assert all("Zoë O’Brien-Müller has invited you to 東京 & Söhne." in part for part in both(message))


# Whether it is wanted at all (R12)


@pytest.mark.parametrize("kind", [Kind.INVITATION, Kind.INVITATION_REQUESTED], ids=str)
def test_nothing_goes_out_about_somebody_who_has_joined_and_what_is_about_a_locked_clinic_waits(cast, kind):
    row = row_of(kind, cast)
    now = datetime.now(UTC)

    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=now)
    with pytest.raises(contents.NotNow):
        contents.build(OutboundEmail.objects.get(pk=row.pk))

    Account.objects.filter(pk=cast.clinic.pk).update(locked_at=None)
    Member.objects.filter(pk=cast.invited.pk).update(joined_at=now)
    assert contents.build(OutboundEmail.objects.get(pk=row.pk)) is None


def test_an_invitation_goes_to_the_inviters_words_and_the_address_on_file_when_it_is_sent(cast):
    """S17: nothing of a mail is fixed before it goes."""
    row = row_of(Kind.INVITATION, cast)
    Member.objects.filter(pk=cast.invited.pk).update(first_name="Yvonne")
    User.objects.filter(pk=cast.invited.user_id).update(email="yvonne@harbour.example")

    message = contents.build(OutboundEmail.objects.get(pk=row.pk))

    assert message.to == ["yvonne@harbour.example"]
    assert "Hello Yvonne," in message.body
