"""What a form takes can be saved: the pages that save are sent what could be sent, with the right password (A48)."""

import pytest
from django.http import QueryDict
from hypothesis import given, settings

from clinic.tests.test_routes import ROUTES
from tests.fuzz.addresses import address
from tests.fuzz.bodies import FORM, encoded
from tests.fuzz.budget import BOUNDED, EXAMPLES, chance
from tests.fuzz.inputs import sendings
from tests.fuzz.pages import right_fields
from tests.fuzz.requests import Sent
from tests.fuzz.sending import Tries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exceptions_are_seen"), pytest.mark.database]

# Each takes a request, which costs more than a form alone.
FEWER = settings(BOUNDED, max_examples=max(1, EXAMPLES // 3))
SAVING = {
    "an owner": (
        *("accounts:my_info", "accounts:member_new", "accounts:member", "accounts:general", "accounts:permissions"),
        *("accounts:account_security", "accounts:subscription", "accounts:account_closing", "accounts:two_factor"),
        *("accounts:email_change", "accounts:password_change", "practitioners:business_new"),
        *("practitioners:business", "practitioners:practitioner_settings", "accounts:passkey_new"),
    ),
    "a practitioner with two-factor authentication": (
        *("accounts:two_factor", "accounts:two_factor_off", "accounts:authenticator_remove", "accounts:backup_codes"),
        *("accounts:passkey_new", "practitioners:practitioner_settings", "accounts:email_change_confirm"),
    ),
    "support": (
        *("support:account_lock", "support:owner_appoint", "support:owner_remove", "support:request_settle"),
        "support:recovery_open",
    ),
    "somebody on the way in": (
        *("accounts:two_factor_sign_in", "accounts:invitation_accept", "accounts:email_objection"),
        *("accounts:password_reset_link", "accounts:login", "accounts:signup", "accounts:password_reset"),
    ),
}
# It takes a passkey, a second owner, or answers with a page of its own.
NOT_BY_THIS = {"accounts:passkey_new", "support:owner_remove", "accounts:email_objection"}
PAGES = [(kind, name) for kind, names in SAVING.items() for name in names]
BY_NAME = {route.name: route for route in ROUTES}


@pytest.mark.parametrize(("kind", "name"), PAGES)
def test_a_page_that_saves_what_is_right_answers_whatever_is_sent(town, figures, kind, name):
    tries = Tries(town.visitor(kind))
    where = address(BY_NAME[name], tries.visitor.ids, chance(name))
    right = right_fields(BY_NAME[name], tries.visitor, where)

    @FEWER
    @given(sendings(right))
    def answers(sent: QueryDict) -> None:
        tries.send(Sent("POST", where, FORM, sent.urlencode().encode()))
        tries.require_answers()

    tries.send(Sent("POST", where, FORM, encoded(right)))
    # Otherwise nothing below would get past the first check.
    assert set(tries.statuses) == {302} or name in NOT_BY_THIS
    answers()
    figures.tried("fuzz: requests", tries.count)
