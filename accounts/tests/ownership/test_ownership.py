"""Account owners, number by number (S21 to S35, A40, A41): what they can, what others can't, how it is handed on."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from accounts.access import roles
from accounts.models import Activity, Member, OutboundEmail, User
from accounts.ownership import actions, views
from accounts.support.actions import appoint_owner
from accounts.tests.factories import PASSWORD, AccountFactory, MemberFactory, PendingMemberFactory, UserFactory
from accounts.tests.links import html_of, path_in
from accounts.tests.owners import (
    VERIFIED,
    WRONG,
    administrator_of,
    administrators_without_owner,
    asks,
    by_reader,
    in_old_mill,
    links_on,
    section_of,
    told_on,
    words_of,
)
from accounts.tests.pages import form_on, typed_on
from clinic.clock import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.database]

READ_ONLY = "Olive Owens is an owner of this account, so only they can change their details."
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def make_owner(url):
    """Post **Make owner** on somebody's page."""

    def _make_owner(client, target, **fields):
        return client.post(url("member_ownership", target.pk), fields)

    return _make_owner


@pytest.fixture
def relinquish(url):
    """Post **Relinquish ownership** on one's own."""

    def _relinquish(client, **fields):
        return client.post(url("my_ownership"), fields)

    return _relinquish


@pytest.fixture
def change(url):
    """Open somebody's page, change some fields, give the password, and choose Update user."""

    def _change(client, member, **fields):
        typed = typed_on(client.get(url("member", member.pk)))
        return client.post(url("member", member.pk), {**typed, **fields, **VERIFIED})

    return _change


def owners_of(clinic):
    return set(clinic.members.filter(is_owner=True).values_list("first_name", flat=True))


# S21 An account can have several owners


def test_an_account_can_have_several_owners(cast, olive, sign_in, make_owner):
    ann = administrator_of(cast.clinic, "Ann", "Abel")

    make_owner(olive, cast.administrator, **VERIFIED)
    make_owner(sign_in(cast.administrator), ann, **VERIFIED)

    assert owners_of(cast.clinic) == {"Olive", "Adam", "Ann"}


def test_the_ones_made_later_can_do_what_the_first_can(cast, olive, sign_in, url, make_owner):
    make_owner(olive, cast.administrator, **VERIFIED)
    ann = administrator_of(cast.clinic, "Ann", "Abel")

    for each in (cast.owner, cast.administrator):
        client = sign_in(each)
        assert links_on(client.get(url("member", ann.pk)))["Make owner"] == url("member_ownership", ann.pk)
        assert client.get(url("my_ownership")).status_code == 200
        assert client.get(url("account_closing")).status_code == 200


def test_an_owner_of_one_clinic_is_none_in_another(cast, sign_in):
    """S21, A38: ownership is of one account."""
    MemberFactory(account=cast.other_clinic, user=cast.owner.user, role=roles.ADMINISTRATOR)
    theirs = sign_in(cast.owner)

    page = reverse("accounts:member", args=["elsewhere", cast.outsider.pk])
    confirmation = reverse("accounts:member_ownership", args=["elsewhere", cast.outsider.pk])

    assert "Make owner" not in theirs.get(page).text
    assert theirs.post(confirmation, VERIFIED).status_code == 403
    assert owners_of(cast.other_clinic) == set()


# S22 Nobody else can change an owner (every address and every way: test_owner_is_protected_everywhere)


def test_of_three_owners_none_can_change_another_and_each_can_change_themselves(cast, otto, sign_in, url):
    olga = administrator_of(cast.clinic, "Olga", "Orr", is_owner=True)
    for actor in (cast.owner, otto, olga):
        client = sign_in(actor)
        for target in (cast.owner, otto, olga):
            own_page = typed_on(sign_in(target).get(url("member", target.pk)))
            answer = client.post(url("member", target.pk), {**own_page, "last_name": actor.first_name, **VERIFIED})
            assert answer.status_code == (302 if actor == target else 403)

    assert set(cast.clinic.members.filter(is_owner=True).values_list("first_name", "last_name")) == {
        ("Olive", "Olive"),
        ("Otto", "Otto"),
        ("Olga", "Olga"),
    }


# S23 Whoever creates the account is its owner


@pytest.fixture
def nora(client):
    """Somebody who has opened a clinic and confirmed her address: her browser, and who she is there."""
    names = {"clinic_name": "North Physio", "first_name": "Nora", "last_name": "North"}
    client.post(reverse("accounts:signup"), {**names, "email": "nora@north.example", "password": PASSWORD})
    User.objects.filter(email="nora@north.example").update(email_confirmed_at=database_now())
    return client, Member.objects.select_related("account").get(first_name="Nora")


def test_whoever_creates_the_account_is_its_owner(nora):
    browser, nora = nora
    page = browser.get(reverse("accounts:ownership", args=[nora.account.slug]))

    assert nora.is_owner
    assert "Nora North (you) nora@north.example" in words_of(page)
    assert "Opened the clinic" in words_of(page)


# S24 They can hand it on


def test_whoever_created_the_account_keeps_nothing_once_it_is_handed_on(nora, sign_in):
    """An owner is whom the account says, not who made it."""
    browser, nora = nora
    ann = administrator_of(nora.account, "Ann", "Abel")
    slug = nora.account.slug

    browser.post(reverse("accounts:member_ownership", args=[slug, ann.pk]), VERIFIED)
    browser.post(reverse("accounts:my_ownership", args=[slug]), VERIFIED)

    assert owners_of(nora.account) == {"Ann"}
    for name, args in [("member_ownership", [ann.pk]), ("my_ownership", []), ("account_closing", [])]:
        assert browser.get(reverse(f"accounts:{name}", args=[slug, *args])).status_code == 403
    own_page = reverse("accounts:member", args=[slug, nora.pk])
    assert section_of(browser.get(own_page), "ownership") == ""
    assert "Make owner" in section_of(sign_in(ann).get(own_page), "ownership")


# S25 An account that was brought over with one administrator has that one as its owner


@pytest.fixture
def imported():
    """A clinic as an import leaves it: no creator, nothing in its log about ownership, one administrator."""
    clinic = AccountFactory(name="Old Mill", slug="old-mill", creator=None)
    return administrator_of(clinic, "Bea", "Bell", is_owner=True, joined_at=database_now() - timedelta(days=3))


def test_the_owner_of_an_account_that_was_brought_over_can_do_what_every_owner_can(imported, sign_in):
    ann = administrator_of(imported.account, "Ann", "Abel")
    bea = sign_in(imported)

    page = bea.get(reverse("accounts:ownership", args=["old-mill"]))
    assert "Brought over with the account" in words_of(page)
    bea.post(reverse("accounts:member_ownership", args=["old-mill", ann.pk]), VERIFIED)
    assert owners_of(imported.account) == {"Bea", "Ann"}


# S26 An account without owners shows no ownership controls


@pytest.fixture
def ownerless(db):
    """The two administrators of a clinic without an owner."""
    return administrators_without_owner()


def test_an_account_without_owners_shows_no_ownership_controls(ownerless, sign_in):
    bea = sign_in(ownerless[0])

    for address in [
        *(in_old_mill("member", each.pk) for each in ownerless),
        *map(in_old_mill, ["home", "my_info", "members", "ownership"]),
    ]:
        page = bea.get(address)
        assert page.status_code == 200
        for control in ("Make owner", "Relinquish", "Close this account", "Only an owner"):
            assert control not in words_of(page), address
    assert "badge--owner" not in bea.get(in_old_mill("members")).text


def test_in_an_account_without_owners_nobody_makes_one_by_address(ownerless, sign_in):
    """Support can; the people in it can't, not even for themselves."""
    first, second = ownerless
    bea = sign_in(first)

    for address in (in_old_mill("member_ownership", second.pk), in_old_mill("member_ownership", first.pk)):
        assert bea.get(address).status_code == 403
        assert bea.post(address, VERIFIED).status_code == 403
    for name in ("my_ownership", "account_closing", "account_reopening"):
        assert bea.post(in_old_mill(name), {"clinic_name": "Old Mill", **VERIFIED}).status_code == 403
    assert owners_of(first.account) == set()


def test_administrators_of_an_account_without_owners_change_each_other_as_ever(ownerless, sign_in):
    first, second = ownerless
    bea = sign_in(first)
    typed = typed_on(bea.get(in_old_mill("member", second.pk)))

    answer = bea.post(in_old_mill("member", second.pk), {**typed, "is_active": "no", **VERIFIED})

    assert answer.status_code == 302
    second.refresh_from_db()
    assert not second.is_active


def test_once_support_has_appointed_an_owner_the_controls_are_there(ownerless, sign_in):
    first, second = ownerless
    staff = UserFactory(is_staff=True)

    appoint_owner(staff=staff, target=first, reason="A letter from the board of the clinic.")

    bea = sign_in(first)
    assert "Make owner" in words_of(bea.get(in_old_mill("member", second.pk)))
    bea.post(in_old_mill("member_ownership", second.pk), VERIFIED)
    assert owners_of(first.account) == {"Bea", "Ben"}


# S27 Owners are marked in the list and on their page


def test_a_new_owner_is_marked_in_the_list_and_on_their_page_and_no_longer_once_they_relinquish(
    cast, olive, sign_in, url, make_owner, relinquish
):
    ann = sign_in(administrator_of(cast.clinic, "Ann", "Abel"))

    def marks():
        pages = [ann.get(url("members")), ann.get(url("member", cast.administrator.pk))]
        return [page.text.count('badge--owner"') for page in pages]

    assert marks() == [1, 0]
    make_owner(olive, cast.administrator, **VERIFIED)
    assert marks() == [2, 1]
    relinquish(sign_in(cast.administrator), **VERIFIED)
    assert marks() == [1, 0]


# S28 Make owner stands on the target's page


def test_make_owner_stands_on_an_administrators_page_for_an_owner(cast, olive, url):
    page = olive.get(url("member", cast.administrator.pk))

    assert links_on(page)["Make owner"] == url("member_ownership", cast.administrator.pk)


def test_it_stands_there_for_nobody_else(cast, adam, url):
    ann = administrator_of(cast.clinic, "Ann", "Abel")

    for each in (ann, cast.administrator, cast.owner, cast.receptionist):
        page = adam.get(url("member", each.pk))
        assert "Make owner" not in page.text
        assert section_of(page, "ownership") == ""


def test_on_an_owners_page_there_is_no_more_to_make(olive, otto, url):
    assert section_of(olive.get(url("member", otto.pk)), "ownership") == ""


def test_on_ones_own_page_it_is_relinquish_that_stands_there(cast, olive, url):
    links = links_on(olive.get(url("member", cast.owner.pk)))

    assert "Make owner" not in links
    assert links["Relinquish ownership"] == url("my_ownership")


# S29 The target is an active administrator who has accepted and can sign in; only an owner may grant


def _inactive(cast):
    return administrator_of(cast.clinic, "Ann", "Abel", is_active=False)


def _invited(cast):
    user = UserFactory(email="ann@harbour.example", password=None, email_confirmed_at=None)
    names = {"first_name": "Ann", "last_name": "Abel", "role": roles.ADMINISTRATOR}
    return PendingMemberFactory(account=cast.clinic, user=user, invited_by=cast.owner, **names)


def _of_another_role(cast):
    return MemberFactory(account=cast.clinic, first_name="Ann", last_name="Abel", role=roles.POWER_RECEPTIONIST)


def _switched_off(cast):
    ann = administrator_of(cast.clinic, "Ann", "Abel")
    User.objects.filter(pk=ann.user_id).update(is_active=False)
    return ann


def _without_password(cast):
    ann = administrator_of(cast.clinic, "Ann", "Abel")
    User.objects.filter(pk=ann.user_id).update(password="!")
    return ann


def _unconfirmed(cast):
    ann = administrator_of(cast.clinic, "Ann", "Abel")
    User.objects.filter(pk=ann.user_id).update(email_confirmed_at=None)
    return ann


REASONS = {
    "inactive": (_inactive, "Ann Abel is inactive. Make them active again first."),
    "invited": (_invited, "Ann Abel has not accepted the invitation yet."),
    "another role": (_of_another_role, "Ann Abel is not an administrator. Change their security role first."),
    "switched off": (_switched_off, "Ann Abel can’t sign in at the moment."),
    "without a password": (_without_password, "Ann Abel can’t sign in at the moment."),
    "unconfirmed": (_unconfirmed, "Ann Abel has yet to confirm their email address."),
}


@pytest.fixture(params=REASONS)
def ineligible(request, cast):
    """Somebody who can't be made an owner, and why not."""
    make, why = REASONS[request.param]
    return make(cast), why


def test_on_the_page_of_somebody_who_cannot_be_made_an_owner_the_reason_stands_instead(olive, url, ineligible):
    ann, why = ineligible

    page = olive.get(url("member", ann.pk))

    assert why in section_of(page, "ownership")
    assert "Make owner" not in links_on(page)


def test_the_reason_is_said_to_an_owner_only(adam, url, ineligible):
    ann, why = ineligible

    assert why not in adam.get(url("member", ann.pk)).text


def test_opening_the_confirmation_for_them_leads_to_their_page_with_the_reason(olive, url, ineligible):
    ann, why = ineligible

    page = olive.get(url("member_ownership", ann.pk), follow=True)

    assert page.redirect_chain == [(url("member", ann.pk), 302)]
    assert told_on(page) == why


@pytest.mark.parametrize("fields", [{}, VERIFIED], ids=["without the password", "with it"])
def test_posting_for_them_is_refused_before_any_password_is_asked_for(cast, olive, url, ineligible, fields):
    ann, why = ineligible

    page = olive.post(url("member_ownership", ann.pk), fields, follow=True)

    assert not asks(page)
    assert told_on(page) == why
    assert owners_of(cast.clinic) == {"Olive"}
    assert not Activity.objects.exists()
    assert not OutboundEmail.objects.exists()


def test_somebody_who_is_an_owner_already_is_told_so(cast, olive, otto, make_owner):
    for target, name in [(otto, "Otto Oh"), (cast.owner, "Olive Owens")]:
        answer = make_owner(olive, target, **VERIFIED)
        assert told_on(olive.get(answer.url)) == f"{name} is an owner already."
    assert not Activity.objects.exists()


def test_the_refusal_says_whom_the_page_is_for_and_where_to_find_them(cast, adam, url):
    """No other role would help an administrator, so that none is spoken of."""
    page = adam.get(url("member_ownership", cast.administrator.pk))

    assert "It is for owners of this account only." in words_of(page)
    assert "role" not in words_of(page)
    assert links_on(page)["Account ownership"] == url("ownership")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("target", ["administrator", "owner", "receptionist"])
def test_an_administrator_who_opens_or_posts_the_address_is_refused_and_never_asked(cast, adam, url, method, target):
    """A40: only owners grant; to oneself neither."""
    answer = getattr(adam, method)(url("member_ownership", getattr(cast, target).pk), VERIFIED)

    assert answer.status_code == 403
    assert not asks(answer)
    assert owners_of(cast.clinic) == {"Olive"}


def test_somebody_of_another_clinic_cannot_be_made_an_owner_here(cast, olive, make_owner):
    """A38: the number is swapped for that of somebody elsewhere."""
    assert make_owner(olive, cast.outsider, **VERIFIED).status_code == 404
    cast.outsider.refresh_from_db()
    assert not cast.outsider.is_owner


def test_the_page_opened_as_an_owner_and_sent_after_having_relinquished_does_nothing(
    cast, olive, otto, sign_in, url, make_owner, relinquish
):
    """A42: what counts is who one is now."""
    olive.get(url("member_ownership", cast.administrator.pk))
    relinquish(sign_in(cast.owner), **VERIFIED)

    answer = make_owner(olive, cast.administrator, **VERIFIED)

    assert answer.status_code == 403
    assert owners_of(cast.clinic) == {"Otto"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"role": "receptionist"}, "Adam Adler is not an administrator. Change their security role first."),
        ({"is_active": "no"}, "Adam Adler is inactive. Make them active again first."),
    ],
)
def test_somebody_demoted_or_made_inactive_after_the_page_was_opened_is_not_made_an_owner(
    cast, olive, url, make_owner, change, fields, why
):
    prompt = make_owner(olive, cast.administrator)
    change(olive, cast.administrator, **fields)

    answer = olive.post(
        url("member_ownership", cast.administrator.pk), {**form_on(prompt, with_field="reverify_password"), **VERIFIED}
    )

    assert why in told_on(olive.get(answer.url))
    assert owners_of(cast.clinic) == {"Olive"}


def test_somebody_demoted_at_the_very_moment_is_not_made_an_owner(cast, olive, make_owner, monkeypatch):
    """K1: the view's look is a courtesy, the one inside the lock holds."""

    def _too_late(**acting):
        Member.objects.filter(pk=cast.administrator.pk).update(role=roles.RECEPTIONIST)
        actions.make_owner(**acting)

    monkeypatch.setattr(views, "make_owner", _too_late)

    answer = make_owner(olive, cast.administrator, **VERIFIED)

    assert told_on(olive.get(answer.url)) == "Adam Adler is not an administrator. Change their security role first."
    assert owners_of(cast.clinic) == {"Olive"}


def test_an_owner_who_ceases_to_be_one_at_the_very_moment_makes_nobody_an_owner(
    cast, olive, otto, make_owner, monkeypatch
):
    def _too_late(**acting):
        Member.objects.filter(pk=cast.owner.pk).update(is_owner=False)
        actions.make_owner(**acting)

    monkeypatch.setattr(views, "make_owner", _too_late)

    answer = make_owner(olive, cast.administrator, **VERIFIED)

    assert told_on(olive.get(answer.url)) == "You may not do this, or may no longer. Nothing was changed."
    assert owners_of(cast.clinic) == {"Otto"}


# S30 The page warns that it can't be taken back


def test_the_page_warns_that_nobody_the_granter_included_can_take_it_back(cast, olive, url):
    words = words_of(olive.get(url("member_ownership", cast.administrator.pk)))

    assert "Make Adam Adler an owner?" in words
    assert "You can’t take this back" in words
    assert (
        "Once Adam is an owner, nobody else can change their details, make them inactive or take their ownership "
        "back. That includes you." in words
    )
    assert "Adam can make others owners, and close the account." in words


def test_opening_the_page_makes_nobody_an_owner_and_cancel_leads_back(cast, olive, url):
    page = olive.get(url("member_ownership", cast.administrator.pk))

    assert owners_of(cast.clinic) == {"Olive"}
    assert links_on(page)["Cancel"] == url("member", cast.administrator.pk)


# S31 It asks for the password


def test_it_asks_for_the_password_with_the_act_in_words(cast, olive, make_owner):
    prompt = make_owner(olive, cast.administrator)

    assert asks(prompt)
    assert "Make Adam Adler an owner of Harbour Physio. You can’t take it back." in words_of(prompt)
    assert owners_of(cast.clinic) == {"Olive"}


def test_the_right_password_completes_it_and_the_page_says_so(cast, olive, url, make_owner):
    prompt = make_owner(olive, cast.administrator)

    fields = {**form_on(prompt, with_field="reverify_password"), **VERIFIED}
    page = olive.post(url("member_ownership", cast.administrator.pk), fields, follow=True)

    assert page.redirect_chain == [(url("member", cast.administrator.pk), 302)]
    assert told_on(page) == "Adam Adler is now an owner. Nobody else can change their details any more."
    assert owners_of(cast.clinic) == {"Olive", "Adam"}
    entry = Activity.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("ownership_granted", cast.owner, cast.administrator)


def test_a_wrong_password_changes_nothing_and_says_so(cast, olive, make_owner):
    answer = make_owner(olive, cast.administrator, reverify_password="not my password at all")

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert owners_of(cast.clinic) == {"Olive"}
    assert not OutboundEmail.objects.exists()


def test_the_password_of_the_one_who_is_made_an_owner_counts_for_nothing(cast, olive, make_owner):
    cast.administrator.user.set_password("a boat called wednesday")
    cast.administrator.user.save()

    assert asks(make_owner(olive, cast.administrator, reverify_password="a boat called wednesday"))
    assert owners_of(cast.clinic) == {"Olive"}


def test_cancel_at_the_prompt_goes_back_and_does_nothing_even_with_the_password(cast, olive, url, make_owner):
    answer = make_owner(olive, cast.administrator, reverify_cancel="1", **VERIFIED)

    assert answer.url == url("member_ownership", cast.administrator.pk)
    assert owners_of(cast.clinic) == {"Olive"}


def test_it_asks_within_the_operators_window_right_after_another_verification(
    with_grace, cast, olive, make_owner, change
):
    """Reverify asks every time; the operator may set a window, never for ownership."""
    change(olive, cast.receptionist, role="scheduler")
    assert "reverified" in olive.session, "the window is open"

    assert asks(make_owner(olive, cast.administrator))
    assert owners_of(cast.clinic) == {"Olive"}


def test_it_asks_right_after_another_person_was_made_an_owner(with_grace, cast, olive, make_owner):
    ann = administrator_of(cast.clinic, "Ann", "Abel")
    make_owner(olive, cast.administrator, **VERIFIED)

    assert asks(make_owner(olive, ann))
    assert owners_of(cast.clinic) == {"Olive", "Adam"}


def test_sending_it_twice_makes_one_owner_once(cast, olive, make_owner, deliver_mail):
    for _ in range(2):
        answer = make_owner(olive, cast.administrator, **VERIFIED)

    assert answer.status_code == 302
    assert Activity.objects.count() == 1
    assert sorted(by_reader(deliver_mail())) == ["adam@harbour.example", "olive@harbour.example"]


def test_the_second_click_of_a_double_click_carries_a_dead_cookie_and_does_nothing_more(cast, olive, make_owner):
    """A14: a right password renewed the session's key."""
    second = Client()
    second.cookies["sessionid"] = olive.cookies["sessionid"].value
    make_owner(olive, cast.administrator, **VERIFIED)

    assert make_owner(second, cast.administrator, **VERIFIED).url.startswith(reverse("accounts:login"))
    assert Activity.objects.count() == 1


def test_a_script_is_asked_and_then_told_where_to_go(cast, olive, url):
    address = url("member_ownership", cast.administrator.pk)

    assert asks(olive.post(address, headers=FETCH))
    answer = olive.post(address, VERIFIED, headers=FETCH)

    assert (answer.status_code, answer["X-Location"]) == (204, url("member", cast.administrator.pk))


# S31, the mail: the new owner, the other owners and whoever acted are told, once each (A13)


def test_everybody_concerned_is_told_once_in_words_that_fit(cast, olive, otto, make_owner, deliver_mail):
    administrator_of(cast.clinic, "Ann", "Abel")
    make_owner(olive, cast.administrator, **VERIFIED)

    told = by_reader(deliver_mail())

    assert sorted(told) == ["adam@harbour.example", "olive@harbour.example", "otto@harbour.example"]
    assert told.pop("adam@harbour.example").subject == "You are now an owner of Harbour Physio"
    assert {each.subject for each in told.values()} == {"Adam Adler is now an owner of Harbour Physio"}


def test_the_new_owner_is_told_what_it_means_and_by_whom(cast, olive, make_owner, deliver_mail):
    make_owner(olive, cast.administrator, **VERIFIED)

    mail = by_reader(deliver_mail())["adam@harbour.example"]

    assert "Olive Owens made you an owner of Harbour Physio on " in mail.body
    assert "nobody else can change your details" in mail.body
    assert "If you did not expect this, write to support@" in mail.body


def test_the_others_are_told_about_the_new_owner_by_name(cast, olive, otto, make_owner, deliver_mail):
    make_owner(olive, cast.administrator, **VERIFIED)

    for reader in ("olive@harbour.example", "otto@harbour.example"):
        mail = by_reader(deliver_mail())[reader]
        assert "Olive Owens made Adam Adler an owner of Harbour Physio on " in mail.body
        assert "Nobody else can change the details of Adam Adler from now on, or take ownership back." in mail.body


def test_the_mail_leads_to_the_page_of_owners(cast, olive, url, make_owner, deliver_mail):
    make_owner(olive, cast.administrator, **VERIFIED)

    for message in by_reader(deliver_mail()).values():
        assert path_in(message) == url("ownership")
        assert f'href="http://testserver{url("ownership")}"' in html_of(message)


def test_a_grant_that_was_refused_tells_nobody(cast, olive, make_owner, deliver_mail):
    make_owner(olive, cast.receptionist, **VERIFIED)
    make_owner(olive, cast.administrator, reverify_password="wrong")

    assert deliver_mail() == []


# S32 After it, that person's page is read-only to all others, and says why


@pytest.fixture
def granted(cast, olive, make_owner):
    """Adam, whom Olive has just made an owner."""
    make_owner(olive, cast.administrator, **VERIFIED)
    return Member.objects.get(pk=cast.administrator.pk)


@pytest.mark.parametrize("who", ["the granter", "another owner", "an administrator"])
def test_a_new_owners_page_is_read_only_to_everybody_else_and_says_why(cast, otto, granted, sign_in, url, who):
    reader = {"the granter": cast.owner, "another owner": otto}.get(who)
    reader = sign_in(reader or administrator_of(cast.clinic, "Ann", "Abel"))

    page = reader.get(url("member", granted.pk))

    assert "Adam Adler is an owner of this account, so only they can change their details." in words_of(page)
    assert "Update user" not in page.text
    assert 'name="first_name"' not in page.text
    assert reader.post(url("member", granted.pk), VERIFIED).status_code == 403


def test_a_new_owner_still_changes_their_own_names_and_mobile_number(granted, sign_in, url, change):
    adam = sign_in(granted)

    change(adam, granted, first_name="Adrian")
    adam.post(url("my_info"), {"first_name": "Adrian", "last_name": "Adams", "mobile": "0400 000 000"})

    granted.refresh_from_db()
    assert (granted.full_name, granted.mobile) == ("Adrian Adams", "+61400000000")


def test_a_page_opened_before_the_grant_and_sent_after_it_changes_nothing(cast, olive, sign_in, url, make_owner):
    ann = sign_in(administrator_of(cast.clinic, "Ann", "Abel"))
    typed = typed_on(ann.get(url("member", cast.administrator.pk)))
    make_owner(olive, cast.administrator, **VERIFIED)

    answer = ann.post(url("member", cast.administrator.pk), {**typed, "first_name": "Adrian"})

    assert answer.status_code == 403
    cast.administrator.refresh_from_db()
    assert cast.administrator.first_name == "Adam"


def test_a_page_that_the_new_owner_had_open_themselves_can_be_sent_again_after_the_grant(
    cast, olive, adam, url, make_owner
):
    """The grant raised their version, so that the first try says what changed; nothing that was typed is lost."""
    typed = typed_on(adam.get(url("member", cast.administrator.pk)))
    make_owner(olive, cast.administrator, **VERIFIED)

    refused = adam.post(url("member", cast.administrator.pk), {**typed, "first_name": "Adrian"})
    assert refused.status_code == 422
    adam.post(url("member", cast.administrator.pk), typed_on(refused))

    cast.administrator.refresh_from_db()
    assert (cast.administrator.first_name, cast.administrator.is_owner) == ("Adrian", True)


# S33 Relinquish ownership stands on one's own page


def test_relinquish_stands_on_ones_own_page_on_my_info_and_on_the_ownership_page(cast, olive, url):
    for address in (url("member", cast.owner.pk), url("my_info"), url("ownership")):
        links = {words.casefold(): where for words, where in links_on(olive.get(address)).items()}
        assert links["relinquish ownership"] == url("my_ownership")


@pytest.mark.parametrize("who", ["administrator", "receptionist"])
def test_it_stands_nowhere_for_somebody_who_is_no_owner_and_its_address_is_refused(cast, sign_in, url, relinquish, who):
    client = sign_in(getattr(cast, who))

    assert "elinquish" not in client.get(url("my_info")).text
    assert client.get(url("my_ownership")).status_code == 403
    answer = relinquish(client, **VERIFIED)
    assert (answer.status_code, asks(answer)) == (403, False)


def test_the_page_says_what_follows_from_it(olive, otto, url):
    words = words_of(olive.get(url("my_ownership")))

    assert "You stay an administrator of Harbour Physio, and the other owners stay owners." in words
    assert (
        "Afterwards any administrator can change your details, give you another role or make you inactive. Only an "
        "owner can make you an owner again." in words
    )


def test_relinquishing_asks_for_the_password_with_the_act_in_words(cast, olive, otto, relinquish):
    prompt = relinquish(olive)

    assert asks(prompt)
    assert "Relinquish your ownership of Harbour Physio." in words_of(prompt)
    assert owners_of(cast.clinic) == {"Olive", "Otto"}


def test_the_right_password_completes_relinquishing(cast, olive, otto, url, relinquish):
    prompt = relinquish(olive)

    fields = {**form_on(prompt, with_field="reverify_password"), **VERIFIED}
    page = olive.post(url("my_ownership"), fields, follow=True)

    assert page.redirect_chain == [(url("ownership"), 302)]
    assert told_on(page) == "You are no longer an owner of Harbour Physio. You are still an administrator."
    assert owners_of(cast.clinic) == {"Otto"}
    cast.owner.refresh_from_db()
    assert (cast.owner.role, cast.owner.is_active) == (roles.ADMINISTRATOR, True)


def test_a_wrong_password_relinquishes_nothing_and_says_so(cast, olive, otto, relinquish):
    answer = relinquish(olive, reverify_password="not my password at all")

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert owners_of(cast.clinic) == {"Olive", "Otto"}


def test_cancel_at_the_prompt_of_relinquishing_goes_back_and_does_nothing(cast, olive, otto, url, relinquish):
    answer = relinquish(olive, reverify_cancel="1", **VERIFIED)

    assert answer.url == url("my_ownership")
    assert owners_of(cast.clinic) == {"Olive", "Otto"}


def test_relinquishing_asks_within_the_operators_window(with_grace, cast, olive, make_owner, relinquish):
    make_owner(olive, cast.administrator, **VERIFIED)
    assert "reverified" in olive.session, "the window is open"

    assert asks(relinquish(olive))
    assert owners_of(cast.clinic) == {"Olive", "Adam"}


def test_relinquishing_twice_is_done_once(olive, otto, relinquish, deliver_mail):
    relinquish(olive, **VERIFIED)

    assert relinquish(olive, **VERIFIED).status_code == 403
    assert Activity.objects.count() == 1
    assert sorted(by_reader(deliver_mail())) == ["olive@harbour.example", "otto@harbour.example"]


def test_whoever_relinquished_and_the_remaining_owners_are_told_once_and_nobody_else(
    olive, otto, url, relinquish, deliver_mail
):
    relinquish(olive, **VERIFIED)

    told = by_reader(deliver_mail())

    assert sorted(told) == ["olive@harbour.example", "otto@harbour.example"]
    mine, theirs = told["olive@harbour.example"], told["otto@harbour.example"]
    assert mine.subject == "You are no longer an owner of Harbour Physio"
    assert "You relinquished ownership of Harbour Physio on " in mine.body
    assert "other administrators can now change your details" in mine.body
    assert theirs.subject == "Olive Owens is no longer an owner of Harbour Physio"
    assert "Olive Owens relinquished ownership of Harbour Physio on " in theirs.body
    assert [path_in(each) for each in told.values()] == [url("ownership")] * 2


def test_whoever_relinquished_can_be_made_an_owner_again(cast, olive, otto, sign_in, make_owner, relinquish):
    relinquish(olive, **VERIFIED)

    make_owner(sign_in(otto), cast.owner, **VERIFIED)

    assert owners_of(cast.clinic) == {"Olive", "Otto"}


# S34 Only while another active owner exists; otherwise it says why not


def test_the_only_owner_is_told_why_not_and_what_to_do_first(olive, url):
    page = olive.get(url("my_ownership"))

    words = words_of(page)
    assert "You can’t relinquish ownership yet" in words
    assert (
        "You are the only owner of Harbour Physio who can sign in, and an account that has owners keeps one." in words
    )
    assert "Make somebody else an owner" in words
    assert links_on(page)["Administrators"] == f"{url('members')}?role=administrator"
    assert "<button" not in page.text.partition("<main")[2].partition("</main")[0]


@pytest.mark.parametrize("fields", [{}, VERIFIED], ids=["without the password", "with it"])
def test_the_only_owner_who_posts_it_all_the_same_is_refused_before_any_password_is_asked_for(
    cast, olive, relinquish, fields
):
    answer = relinquish(olive, **fields)

    assert answer.status_code == 422
    assert not asks(answer)
    assert "You can’t relinquish ownership yet" in words_of(answer)
    assert owners_of(cast.clinic) == {"Olive"}


def test_another_owner_whose_login_is_switched_off_does_not_count(cast, olive, otto, url, relinquish):
    User.objects.filter(pk=otto.user_id).update(is_active=False)

    assert "You can’t relinquish ownership yet" in words_of(olive.get(url("my_ownership")))
    assert relinquish(olive, **VERIFIED).status_code == 422
    assert owners_of(cast.clinic) == {"Olive", "Otto"}


def test_another_owner_who_has_yet_to_choose_a_password_does_not_count(cast, olive, otto, url, relinquish):
    """Brought over, they may never do so."""
    User.objects.filter(pk=otto.user_id).update(password=make_password(None))

    assert "You can’t relinquish ownership yet" in olive.get(url("my_ownership")).text
    assert relinquish(olive).status_code == 422
    assert Member.objects.get(pk=cast.owner.pk).is_owner


def test_an_owner_of_another_clinic_does_not_count(cast, olive, relinquish):
    Member.objects.filter(pk=cast.outsider.pk).update(is_owner=True)

    assert relinquish(olive, **VERIFIED).status_code == 422


def test_the_last_but_one_who_goes_at_the_very_moment_leaves_the_last(cast, olive, otto, relinquish, monkeypatch):
    """K1: the view's look is a courtesy, the one inside the lock holds."""

    def _too_late(*, actor):
        actions.relinquish_ownership(actor=otto)
        actions.relinquish_ownership(actor=actor)

    monkeypatch.setattr(views, "relinquish_ownership", _too_late)

    answer = relinquish(olive, **VERIFIED)

    assert answer.status_code == 422
    assert "You can’t relinquish ownership yet" in words_of(answer)
    assert owners_of(cast.clinic) == {"Olive"}


# S35 Grant, relinquish, then others can make that person inactive


def test_grant_relinquish_then_others_can_make_that_person_inactive(
    cast, olive, adam, url, make_owner, relinquish, change
):
    """The order of the help article, end to end."""
    page = adam.get(url("member", cast.owner.pk))
    assert READ_ONLY in words_of(page)
    hand_made = {
        "first_name": "Olive",
        "last_name": "Owens",
        "mobile": "",
        "role": "administrator",
        "is_practitioner": "no",
        "is_active": "no",
        "version": str(cast.owner.version),
    }
    assert adam.post(url("member", cast.owner.pk), {**hand_made, **VERIFIED}).status_code == 403
    assert olive.get(url("home")).status_code == 200, "she is still in"

    make_owner(olive, cast.administrator, **VERIFIED)
    assert adam.post(url("member", cast.owner.pk), {**hand_made, **VERIFIED}).status_code == 403, "still an owner"
    relinquish(olive, **VERIFIED)
    assert olive.get(url("members")).status_code == 200, "still an administrator"

    answer = change(adam, cast.owner, is_active="no")

    assert answer.status_code == 302
    cast.owner.refresh_from_db()
    assert (cast.owner.is_active, cast.owner.is_owner) == (False, False)
    assert olive.get(url("home")).url.startswith(reverse("accounts:login")), "she is out at once"
    olive.post(reverse("accounts:login"), {"email": "olive@harbour.example", "password": PASSWORD})
    assert olive.get(url("home")).url.startswith(reverse("accounts:login")), "and stays out"
    assert owners_of(cast.clinic) == {"Adam"}
    assert list(Activity.objects.order_by("pk").values_list("verb", flat=True)) == [
        "ownership_granted",
        "ownership_relinquished",
        "member_deactivated",
    ]


def test_the_new_owner_is_then_as_bound_as_the_old_one_was(cast, olive, adam, make_owner, relinquish):
    make_owner(olive, cast.administrator, **VERIFIED)
    relinquish(olive, **VERIFIED)

    assert relinquish(adam, **VERIFIED).status_code == 422
    assert owners_of(cast.clinic) == {"Adam"}


def test_in_any_other_order_the_owner_stays(cast, olive, make_owner, relinquish, change):
    """Relinquish first: refused. Inactive before relinquishing, by oneself: a field that counts for nothing."""
    relinquish(olive, **VERIFIED)
    change(olive, cast.owner, is_active="no")
    make_owner(olive, cast.administrator, **VERIFIED)
    change(olive, cast.owner, is_active="no", role="receptionist")

    cast.owner.refresh_from_db()
    assert (cast.owner.is_active, cast.owner.is_owner, cast.owner.role) == (True, True, roles.ADMINISTRATOR)
