"""Settings -> Users & practitioners -> Add user, as an administrator does it (S3 to S12)."""

from uuid import uuid4

import pytest

from accounts.models import Member, OutboundEmail
from accounts.tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": "nina@harbour.example",
        "mobile": "",
        "role": "practitioner",
        "is_practitioner": "yes",
        "submission": str(uuid4()),
    }


def test_the_form_is_checked_first_then_the_password_is_asked_for_and_nothing_is_made_yet(cast, sign_in, url, form):
    response = sign_in(cast.administrator).post(url("member_new"), form)

    assert "Verify your password" in response.text
    assert 'value="nina@harbour.example"' in response.text
    assert not Member.objects.filter(first_name="Nina").exists()


def test_with_the_right_password_the_person_is_added_and_invited(cast, sign_in, url, form, deliver_mail):
    response = sign_in(cast.administrator).post(url("member_new"), {**form, "reverify_password": PASSWORD})

    nina = Member.objects.get(first_name="Nina")
    assert response.url == url("member", nina.pk)
    assert nina.account == cast.clinic and nina.is_practitioner and not nina.has_joined
    [message] = deliver_mail()
    assert message.to == ["nina@harbour.example"]
    assert "Adam Adler" in message.body and "Harbour Physio" in message.body


def test_a_wrong_password_makes_nothing_sends_nothing_and_loses_nothing(cast, sign_in, url, form):
    response = sign_in(cast.administrator).post(url("member_new"), {**form, "reverify_password": "wrong"})

    assert response.status_code == 422
    assert "That is not your password" in response.text
    assert 'value="nina@harbour.example"' in response.text
    assert not Member.objects.filter(first_name="Nina").exists()
    assert not OutboundEmail.objects.exists()
