"""Sign out stands on every page of somebody signed in (A18), an owner's mark on theirs (S27)."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

OUTSIDE = ("signup", "clinics", "password_reset", "password_reset_sent", "invitation_request", "email_confirm")


def signs_out(page):
    return f'action="{reverse("accounts:logout")}"' in page.text


@pytest.mark.parametrize("name", OUTSIDE)
def test_pages_outside_a_clinic(cast, sign_in, name):
    assert signs_out(sign_in(cast.receptionist).get(reverse(f"accounts:{name}")))


def test_pages_inside_a_clinic(cast, sign_in, url):
    assert signs_out(sign_in(cast.receptionist).get(url("home")))


@pytest.mark.parametrize(("path", "status"), [("nothing/here/", 404), ("settings/users/", 403)])
def test_pages_that_say_no(cast, sign_in, url, path, status):
    page = sign_in(cast.receptionist).get(url("home") + path)

    assert page.status_code == status
    assert signs_out(page)


def test_a_locked_clinic(cast, sign_in, url):
    cast.clinic.locked_at = cast.clinic.created_at
    cast.clinic.save()

    assert signs_out(sign_in(cast.receptionist).get(url("home")))


def test_a_stranger_has_nothing_to_sign_out_of(client):
    assert not signs_out(client.get(reverse("accounts:signup")))


def test_an_owner_is_marked_on_their_page(cast, sign_in, url):
    page = sign_in(cast.administrator).get(url("member", cast.owner.pk))

    assert "badge--owner" in page.text
    assert "badge--owner" not in sign_in(cast.owner).get(url("member", cast.administrator.pk)).text
