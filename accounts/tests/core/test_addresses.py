"""An address is a mailbox in one spelling, whichever way it comes in (A64); what came in before stays usable."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import EmailChange, Member, User
from accounts.tests.address_changes import pending_change
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory
from accounts.tests.hostile import MAILBOXES, NO_MAILBOXES
from accounts.tests.import_files import csv_file, line
from accounts.tests.pages import typed_on
from accounts.text import canonical_email, validate_address
from clinic.management.commands import seed_demo

LEE = ['"lee"@x.example', '"\\lee"@x.example', "lee@[127.0.0.1]", "lee@localhost", "lee@x.example."]
ODD = '"rita"@harbour.example'
WORDS = "Enter an email address in the form name@example.com."


@pytest.mark.parametrize(("typed", "mailbox"), MAILBOXES.items(), ids=ascii)
def test_a_mailbox_has_one_spelling_which_is_kept_by_spelling_it_again(typed, mailbox):
    validate_address(typed)

    assert canonical_email(typed) == mailbox == canonical_email(mailbox)


@pytest.mark.parametrize("typed", NO_MAILBOXES, ids=ascii)
def test_what_is_no_mailbox_is_refused_with_how_one_looks(typed):
    with pytest.raises(ValidationError, match="Enter an email address in the form name@example.com"):
        validate_address(typed)


SIGNS = st.sampled_from(
    [*'lLＬee@＠.。．｡-_"\\()[]<>,;: \t\n\x00\x01\x7f\u00ad\u200b\u200c\u2060\ufeffßüİKéx', "xn--", ".example"]
)


@given(st.lists(SIGNS, max_size=30).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_is_taken_is_plain_ascii_in_its_one_spelling(typed):
    try:
        validate_address(typed)
    except ValidationError:
        return
    found = canonical_email(typed)

    assert found.isascii() and found.isprintable() and found.count("@") == 1 and not set(found) & set('"\\()[]<>,;: ')
    assert canonical_email(found) == found and canonical_email(found.upper()) == found
    validate_address(found)


# Every way in


@pytest.mark.django_db
@pytest.mark.parametrize("email", LEE)
def test_no_second_login_of_one_mailbox_is_signed_up(client, email):
    form = {"clinic_name": "Lee’s", "first_name": "Lee", "last_name": "Lo", "password": "a quiet lighthouse"}
    assert client.post("/signup/", {**form, "email": "lee@x.example"}).status_code == 302
    client.logout()

    answer = client.post("/signup/", {**form, "email": email})

    assert answer.status_code == 422 and WORDS in answer.text
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("email", LEE)
def test_none_is_added_corrected_or_asked_for(cast, adam, url, email):
    new = url("member_new")
    form = {**typed_on(adam.get(new), with_field="email"), "first_name": "Lee", "last_name": "Lo", "role": "scheduler"}
    ivy = url("member", cast.invited.pk)
    on_file = typed_on(adam.get(ivy), with_field="email")
    mine = {"email": email, "reverify_password": PASSWORD}

    answers = [
        adam.post(new, {**form, "is_practitioner": "no", **mine}),
        adam.post(ivy, {**on_file, **mine}),
        adam.post(reverse("accounts:email_change"), mine),
    ]

    assert [(answer.status_code, WORDS in answer.text) for answer in answers] == [(422, True)] * 3
    assert not User.objects.filter(email__contains="lee").exists() and not EmailChange.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("email", LEE)
def test_none_is_brought_over_from_a_file(tmp_path, capsys, email):
    with pytest.raises(CommandError, match="Lines were refused"):
        call_command("import_accounts", str(csv_file(tmp_path, line("Lee", email=email))), "--commit")

    assert f"email: {WORDS}" in capsys.readouterr().out
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("email", LEE)
def test_none_is_made_by_a_command_or_by_code_that_forgot_to_look(cast, email):
    before = User.objects.count()
    makers = [
        lambda: User.objects.create_user(email, PASSWORD),
        lambda: User.objects.create(email=email),
        lambda: User.objects.get_or_create(email=email, defaults={"password": "!"}),
        lambda: User(email=email, password="!").full_clean(),
        lambda: pending_change(cast.receptionist, new_email=email),
    ]

    for make in makers:
        with pytest.raises(ValidationError, match="Enter an email address"):
            make()
    with pytest.raises(CommandError, match="Enter an email address"):
        call_command("createsuperuser", email=email, interactive=False)
    assert User.objects.count() == before and not EmailChange.objects.exists()


@pytest.mark.django_db
def test_a_login_is_stored_under_the_one_spelling_of_its_address():
    call_command("createsuperuser", email="SAM@Support.example", interactive=False)

    assert User.objects.get().email == "sam@support.example"


def test_the_people_of_the_demo_have_mailboxes():
    people = (seed_demo.OWNER, seed_demo.LEFT, seed_demo.INVITED, seed_demo.EXPIRED, seed_demo.FAILED, *seed_demo.STAFF)

    for person in people:
        validate_address(person[2])


# What came in before


@pytest.fixture
def odd(cast) -> Member:
    """Rita, whose address was taken when addresses in quotes were."""
    User.objects.filter(pk=cast.receptionist.user_id).update(email=ODD)
    cast.receptionist.user.refresh_from_db()
    return cast.receptionist


@pytest.mark.django_db
def test_whoever_has_an_odd_address_signs_in_and_changes_it(odd, client, deliver_mail):
    assert client.post("/login/", {"email": ODD, "password": PASSWORD}).status_code == 302

    asked = {"email": "rita@new.example", "reverify_password": PASSWORD}
    assert client.post(reverse("accounts:email_change"), asked).status_code == 302
    assert EmailChange.objects.get(user=odd.user).new_email == "rita@new.example"
    assert ["rita@new.example"] in [message.to for message in deliver_mail()]


@pytest.mark.django_db
@pytest.mark.parametrize("email", [ODD, '"nobody"@harbour.example'])
def test_a_wrong_password_and_a_forgotten_one_are_answered_alike_whether_an_odd_address_is_known(odd, client, email):
    """A9."""
    wrong = client.post("/login/", {"email": email, "password": "a wrong password"})
    forgotten = client.post(reverse("accounts:password_reset"), {"email": email})

    assert wrong.status_code == 422 and "That email and password don’t go together" in wrong.text
    assert forgotten.status_code == 302


@pytest.mark.django_db
def test_an_administrator_changes_somebody_with_an_odd_address(odd, adam, url):
    address = url("member", odd.pk)
    form = typed_on(adam.get(address), with_field="last_name")

    assert adam.post(address, {**form, "mobile": "0400 111 222"}).status_code == 302
    odd.refresh_from_db()
    assert (odd.mobile, odd.user.email) == ("+61400111222", ODD)


@pytest.mark.django_db
def test_an_odd_address_that_is_shown_and_can_not_be_changed_is_in_nobodys_way(odd, adam, url):
    """Of somebody in two clinics: the field is fixed."""
    MemberFactory(account=AccountFactory(), user=odd.user)
    address = url("member", odd.pk)
    form = typed_on(adam.get(address), with_field="last_name")

    assert adam.post(address, {**form, "mobile": "0400 111 222"}).status_code == 302
