"""A password is the same password on every keyboard (A4)."""

import pytest

from accounts.models import User
from accounts.tests.factories import PASSWORD
from accounts.tests.links import ACCEPT, opened

pytestmark = pytest.mark.django_db

ONE_SIGN = "grünes boot im hafen"
TWO_SIGNS = "gru\u0308nes boot im hafen"


@pytest.mark.parametrize(("chosen", "typed"), [(ONE_SIGN, TWO_SIGNS), (TWO_SIGNS, ONE_SIGN)])
def test_it_signs_in_however_the_keyboard_writes_it(cast, client, chosen, typed):
    opened(cast.invited).post(ACCEPT, {"password": chosen})

    answer = client.post("/login/", {"email": "ivy@harbour.example", "password": typed})

    assert answer.status_code == 302


def test_it_is_taken_at_the_prompt_however_the_keyboard_writes_it(cast, sign_in, url):
    olive = User.objects.get(pk=cast.owner.user_id)
    olive.set_password(ONE_SIGN)
    olive.save()
    form = {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": "nina@harbour.example",
        "role": "receptionist",
        "is_practitioner": "no",
    }

    answer = sign_in(olive).post(url("member_new"), {**form, "reverify_password": TWO_SIGNS})

    assert answer.status_code == 302


def test_spaces_around_it_are_part_of_it(cast, client):
    answer = client.post("/login/", {"email": "rita@harbour.example", "password": f" {PASSWORD} "})

    assert answer.status_code == 422
