"""Two invitations open in one browser: a button joins the clinic that its page shows, or none (A28)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from accounts.tests.factories import PendingMemberFactory, UserFactory
from accounts.tests.links import ACCEPT, CHOSEN, path_of
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(cast):
    """Ivy is invited to Elsewhere, too."""
    return PendingMemberFactory(
        account=cast.other_clinic,
        user=UserFactory(email="other@elsewhere.example", password=None, email_confirmed_at=None),
        invited_by=cast.outsider,
    )


def test_the_first_tabs_button_does_not_join_the_clinic_of_the_second(cast, elsewhere):
    browser = Client()
    first_tab = browser.get(path_of(cast.invited), follow=True)
    browser.get(path_of(elsewhere), follow=True)

    answer = browser.post(ACCEPT, {**typed_on(first_tab, with_field="password"), "password": CHOSEN})

    assert answer.status_code == 409
    assert "Meanwhile you opened another invitation in this browser." in answer.text
    assert not Member.objects.filter(pk__in=[cast.invited.pk, elsewhere.pk], joined_at__isnull=False).exists()


def test_the_second_tabs_button_joins_its_own(cast, elsewhere):
    browser = Client()
    browser.get(path_of(cast.invited), follow=True)
    second_tab = browser.get(path_of(elsewhere), follow=True)

    answer = browser.post(ACCEPT, {**typed_on(second_tab, with_field="password"), "password": CHOSEN})

    assert answer.url == reverse("accounts:home", args=[cast.other_clinic.slug])
