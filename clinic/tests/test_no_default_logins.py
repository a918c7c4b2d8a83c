"""Nobody gets in with what everybody could know (A12)."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import Account, User

pytestmark = pytest.mark.django_db


def test_a_new_database_has_no_login_and_no_clinic():
    kept = [model for app in ("accounts", "practitioners") for model in apps.get_app_config(app).get_models()]

    assert {model._meta.label: model.objects.count() for model in kept if model.objects.exists()} == {}


@override_settings(SITE_IS_LOCAL=False)
def test_where_others_can_reach_the_site_the_demo_clinic_is_not_made():
    with pytest.raises(CommandError, match="on a machine of one's own only"):
        call_command("seed_demo")

    assert not Account.objects.exists()
    assert not User.objects.exists()
