"""No page lets anybody past their two-factor authentication (A29, A11, F-C15)."""

import ast

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.core.tokens import InvitationLink
from accounts.identity.signing_in import entry
from accounts.models import Account, Member
from accounts.tests.authenticators import STEP, give_app, is_signed_in, later, show_code, show_password, shown
from accounts.tests.factories import PASSWORD, PendingMemberFactory, UserFactory

INVITATION = reverse("accounts:invitation_accept")
SIGN_UP = reverse("accounts:signup")


@pytest.fixture
def invited(cast):
    """Xena of another clinic, invited to this one."""
    return PendingMemberFactory(
        account=cast.clinic, user=cast.outsider.user, role=roles.RECEPTIONIST, invited_by=cast.administrator
    )


@pytest.fixture
def seed(cast):
    return give_app(cast.outsider.user)


def open_link(client, member):
    client.get(reverse("accounts:invitation", args=[InvitationLink.of(member.invitation).token()]))


def has_joined(member):
    return Member.objects.get(pk=member.pk).has_joined


def test_an_invitation_is_accepted_only_after_the_code(client, invited, seed):
    open_link(client, invited)

    answer = client.post(INVITATION, {"password": PASSWORD})

    assert answer.url == STEP
    assert not has_joined(invited)
    assert show_code(client, shown(seed)).url == INVITATION
    assert "one click is all it takes" in client.get(INVITATION).content.decode()
    client.post(INVITATION)
    assert has_joined(invited)
    assert is_signed_in(client)


def test_so_does_somebody_who_belongs_to_no_clinic_any_more(cast, client, invited, seed):
    Member.objects.filter(pk=cast.outsider.pk).update(is_active=False)
    open_link(client, invited)
    client.post(INVITATION, {"password": PASSWORD})
    show_code(client, shown(seed))
    assert not is_signed_in(client)

    client.post(INVITATION)

    assert has_joined(invited)
    assert is_signed_in(client)


def test_without_the_code_the_button_joins_nobody(client, invited, seed):
    open_link(client, invited)
    client.post(INVITATION, {"password": PASSWORD})

    client.post(INVITATION)

    assert not has_joined(invited)


def test_a_browser_that_is_trusted_joins_with_the_password(client, cast, invited, seed):
    show_password(client, cast.outsider.user)
    show_code(client, shown(seed), trust="on")
    client.post(reverse("accounts:logout"))
    open_link(client, invited)

    client.post(INVITATION, {"password": PASSWORD})

    assert has_joined(invited)


def clinic_fields(**fields):
    names = {"clinic_name": "Second Rooms", "first_name": "Xena", "last_name": "Xu"}
    submission = "6f0f7c3e-5a0c-4a55-9a34-2f2f1d0c9b11"
    return {**names, "time_zone": "Australia/Sydney", "submission": submission, **fields}


def test_opening_another_clinic_takes_the_code_and_loses_nothing_that_was_typed(client, cast, seed):
    fields = clinic_fields(email=cast.outsider.user.email, password=PASSWORD)

    assert client.post(SIGN_UP, fields).url == STEP
    assert not Account.objects.filter(name="Second Rooms").exists()
    assert show_code(client, shown(seed)).url == SIGN_UP
    page = client.get(SIGN_UP).content.decode()
    assert 'value="Second Rooms"' in page
    assert "You are signed in as" in page
    assert PASSWORD not in str(dict(client.session))

    client.post(SIGN_UP, clinic_fields())
    assert Account.objects.get(name="Second Rooms").creator == cast.outsider.user
    assert is_signed_in(client)


@pytest.fixture
def typed(client, cast, seed):
    """Xena types the names of a second clinic and her password, and is asked for the code."""
    fields = clinic_fields(email=cast.outsider.user.email, password=PASSWORD)
    assert client.post(SIGN_UP, fields).url == STEP


def names_typed(client) -> list[str]:
    page = client.get(SIGN_UP).content.decode()
    return [name for name in ("Second Rooms", "Xena", "Xu", "xena@elsewhere.example") if f'value="{name}"' in page]


def test_who_starts_again_or_comes_next_finds_the_form_empty(client, typed):
    """What was typed is for whoever typed it, and they have not shown yet that they are back."""
    assert names_typed(client) == []


def test_who_signs_in_next_at_this_browser_finds_nothing_of_it(client, cast, typed):
    show_password(client, cast.receptionist.user)

    assert is_signed_in(client)
    assert names_typed(client) == []


def test_who_starts_to_sign_in_next_finds_nothing_of_it(client, cast, typed):
    """Rita, who has two-factor authentication, too, and finds what she typed herself."""
    rita = give_app(cast.receptionist.user)
    hers = {"clinic_name": "River Rooms", "first_name": "Rita", "last_name": "Reyes"}
    client.post(SIGN_UP, clinic_fields(email=cast.receptionist.user.email, password=PASSWORD, **hers))

    show_code(client, shown(rita))

    assert names_typed(client) == []
    assert 'value="River Rooms"' in client.get(SIGN_UP).content.decode()


@pytest.mark.parametrize("leave", ["signs out", "waits ten minutes"])
def test_who_leaves_after_the_code_leaves_nothing_of_it(client, typed, seed, leave):
    show_code(client, shown(seed))
    page = client.get(SIGN_UP).content.decode()
    assert 'value="Second Rooms"' in page and ">Sign out<" in page

    if leave == "signs out":
        client.post(reverse("accounts:logout"))
        assert names_typed(client) == []
    with later(entry, minutes=11):
        assert names_typed(client) == []


def test_what_was_kept_for_whoever_comes_is_not_shown_any_more(client, typed, seed):
    """In a session from before it was kept with the person."""
    session = client.session
    session["typed_at_sign_up"] = {"clinic_name": "First Rooms"}
    session.save()

    assert "First Rooms" not in client.get(SIGN_UP).content.decode()
    show_code(client, shown(seed))
    assert "First Rooms" not in client.get(SIGN_UP).content.decode()


def test_a_new_password_by_mail_leaves_the_second_factor(cast, client, seed, deliver_mail):
    user = cast.outsider.user
    client.post(reverse("accounts:password_reset"), {"email": user.email})
    [mail] = deliver_mail()
    link = next(word for word in mail.body.split() if "/password/reset/" in word)
    page = client.get(link.removeprefix(settings.SITE_URL), follow=True)
    client.post(page.redirect_chain[-1][0], {"password": "a lantern by the water"})
    assert not is_signed_in(client)

    answer = show_password(client, user, "a lantern by the water")

    assert answer.url == STEP
    assert user.has_two_factor


def test_the_support_site_is_behind_the_same_two_factor_authentication(client, db):
    staff = UserFactory(email="support@product.example", is_staff=True)
    seed = give_app(staff)

    show_password(client, staff)
    assert client.get(reverse("support:index")).status_code == 302
    assert reverse("accounts:login") in client.get(reverse("support:index")).url

    show_code(client, shown(seed))
    assert client.get(reverse("support:accounts_account_changelist")).status_code == 200


def test_somebody_half_way_in_is_nobody_at_another_browser(cast, seed):
    first, second = Client(), Client()
    show_password(first, cast.outsider.user)

    assert show_code(second, shown(seed)).url == reverse("accounts:login")


def test_nothing_but_the_one_way_in_signs_anybody_in():
    callers = {
        str(path.relative_to(settings.BASE_DIR))
        for app in ("accounts", "practitioners", "clinic")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"login", "alogin"}
    }

    assert callers == {"accounts/identity/signing_in/entry.py"}
