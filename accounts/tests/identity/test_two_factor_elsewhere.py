"""Which other clinics stand between an administrator and a reset, or another address, of somebody (A35, C2, A70)."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.clinic_settings.opening.actions import NewAccount, open_account
from accounts.core.email_changes import why_no_new_address
from accounts.core.origin import Origin
from accounts.identity.two_factor import rules as two_factor_rules
from accounts.models import Account, Activity, Dispute, Member
from accounts.tests.factories import MemberFactory
from accounts.tests.owners import VERIFIED, administrator_of
from accounts.tests.support_desk import close_row, lock_row
from accounts.tests.two_factor import enrolled, second_factor_of
from clinic.clock import database_now
from practitioners.models import Business, Practitioner

pytestmark = pytest.mark.django_db

NONE = [0, 0, 0, 0]


@pytest.fixture
def rita(cast):
    """The receptionist, who has two-factor authentication."""
    return enrolled(cast.receptionist)


@pytest.fixture
def own(rita):
    """A clinic that was opened with Rita's login, by her or by a thief, and in which nothing was done."""
    new = NewAccount("Side Street", "Rita", "Reyes", "UTC", "5f0e8c1e-1111-4222-8333-444455556666")
    return open_account(user=rita.user, new=new, origin=Origin())


def may_reset(member):
    return not two_factor_rules.why_no_two_factor_reset(member)


def may_readdress(cast):
    return not why_no_new_address(cast.receptionist, actor=cast.administrator)


def test_a_clinic_that_was_only_opened_keeps_nobody_from_being_helped(cast, adam, rita, own, url):
    """A thief with the open session opened one; or it was a trial of years ago."""
    assert may_readdress(cast)

    adam.post(url("member_two_factor", rita.pk), VERIFIED)

    assert second_factor_of(rita.user) == NONE


@pytest.mark.parametrize("state", [close_row, lock_row], ids=["closed", "locked"])
def test_nor_does_it_once_it_is_closed_or_locked(cast, rita, own, state):
    state(own.account)
    Activity.objects.create(account=own.account, actor=own, verb=Activity.Verb.ACCOUNT_CLOSED)

    assert may_reset(rita) and may_readdress(cast)


def _practises(own):
    """A row of another app that hangs on the person, without an entry in the log: as patients' records would."""
    Practitioner.objects.create(member=own)


def _did_something(own):
    Activity.objects.create(account=own.account, actor=own, verb=Activity.Verb.BUSINESS_UPDATED)


def _has_a_colleague(own):
    MemberFactory(account=own.account)


def _invited_somebody(own):
    MemberFactory(account=own.account, joined_at=None)


def _has_a_dispute(own):
    Dispute.objects.create(account=own.account, filed_by=own, story="Mine.", created_at=database_now())


def _was_imported(own):
    Account.objects.filter(pk=own.account_id).update(creator=None)


def _was_opened_by_others(own):
    Account.objects.filter(pk=own.account_id).update(creator=MemberFactory().user)


USES = [_practises, _did_something, _has_a_colleague, _invited_somebody, _has_a_dispute, _was_imported]


@pytest.mark.parametrize("use", [*USES, _was_opened_by_others], ids=lambda use: use.__name__[1:])
def test_a_clinic_that_was_used_counts_also_where_nobody_else_is_in_it(cast, adam, rita, own, url, use):
    """A solo practice has patients. The employer may read Rita's mail: with a reset link they would be in it."""
    use(own)

    answer = adam.post(url("member_two_factor", rita.pk), VERIFIED, follow=True)

    assert "for more than this clinic" in answer.text
    assert second_factor_of(rita.user) == [1, 1, 1, 1]
    assert not may_readdress(cast)


def test_the_business_that_comes_with_a_clinic_says_nothing(rita, own):
    assert Business.objects.filter(account=own.account).count() == 1
    assert may_reset(rita)


def test_a_practice_of_ones_own_that_is_closed_counts_since_its_owner_opens_it_again_with_the_password(cast, rita, own):
    _practises(own)
    close_row(own.account)

    assert not may_reset(rita)
    lock_row(own.account)
    assert may_reset(rita), "Nobody but support opens that."
    assert not may_readdress(cast), "Another address lasts."


def test_a_clinic_that_others_closed_opens_nothing_to_a_login_until_they_open_it_again(cast, rita):
    member = MemberFactory(account=cast.other_clinic, user=rita.user)
    assert not may_reset(rita)

    close_row(cast.other_clinic)

    assert may_reset(rita)
    assert not may_readdress(cast), "Another address lasts."
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert not may_readdress(cast)


@pytest.mark.database
def test_it_takes_one_query(cast, rita, own, django_assert_num_queries):
    for number in range(3):
        other = administrator_of(Account.objects.create(name="More", slug=f"more-{number}"), f"Ann{number}", "Ash")
        MemberFactory(account=other.account, user=rita.user, joined_at=timezone.now())
    rita = Member.objects.select_related("user").get(pk=rita.pk)
    with django_assert_num_queries(1):
        assert two_factor_rules.reaches_records_elsewhere(rita)


def test_the_page_says_nothing_of_a_clinic_that_does_not_count(cast, adam, rita, own, url):
    page = adam.get(url("member", rita.pk)).text

    assert "Side Street" not in page
    assert "for more than this clinic" not in page
    assert reverse("accounts:member_two_factor", args=[cast.clinic.slug, rita.pk]) in page
