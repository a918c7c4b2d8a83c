"""Prove that it is you before a sensitive act (S9, A14, A19 to A21). Which acts ask is in `proofs.py`."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.conf import settings as project_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import roles
from accounts.core.requests import Reverification
from accounts.identity import reverify
from accounts.identity.reverify import ReverificationRequired, require_reverification
from accounts.models import Member, Passkey
from accounts.tests.authenticators import later
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.pages import form_on
from accounts.tests.soft_passkey import asked as asked_of
from accounts.tests.soft_passkey import give_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_person():
    """A form of Add user, filled in."""
    return {
        "first_name": "Nina",
        "last_name": "Novak",
        "email": "nina@harbour.example",
        "mobile": "",
        "role": "scheduler",
        "is_practitioner": "no",
        "submission": str(uuid4()),
    }


def asks(answer):
    return "Verify your password" in answer.text


def test_the_password_in_the_address_counts_for_nothing(adam, url, new_person):
    """It would stand in logs; only a POST body is looked at."""
    assert asks(adam.post(f"{url('member_new')}?reverify_password={PASSWORD}", new_person))


def test_somebody_elses_password_counts_for_nothing(cast, adam, url, new_person):
    cast.owner.user.set_password("another correct horse")
    cast.owner.user.save()

    answer = adam.post(url("member_new"), {**new_person, "reverify_password": "another correct horse"})

    assert answer.status_code == 422
    assert not Member.objects.filter(first_name="Nina").exists()


def test_a_passkey_that_was_removed_while_the_prompt_was_open_is_said_and_not_counted(cast, adam, url, new_person):
    """A71: the prompt asks for the password alone from then on."""
    passkey = give_passkey(cast.administrator.user)
    assert "data-passkey-show" in adam.post(url("member_new"), new_person).text
    answer = passkey.show(asked_of(cast.administrator.user))
    Passkey.objects.all().delete()

    for _ in range(6):
        page = adam.post(url("member_new"), {**new_person, "reverify_passkey": answer})

    assert page.status_code == 422
    assert "Your passkey was removed while this page was open. Use what the page asks for now." in page.text
    assert "data-passkey-show" not in page.text
    assert adam.post(url("member_new"), {**new_person, "reverify_password": PASSWORD}).status_code == 302


# First whether they may, then whether the form is right, then the password


def test_somebody_who_may_not_is_told_so_and_is_never_asked(cast, sign_in, url, new_person):
    answer = sign_in(cast.receptionist).post(url("member_new"), new_person)

    assert answer.status_code == 403
    assert not asks(answer)


def test_a_form_with_a_mistake_is_shown_again_and_the_password_is_not_asked_for(adam, url, new_person):
    answer = adam.post(url("member_new"), {**new_person, "email": "not an address"})

    assert answer.status_code == 422
    assert not asks(answer)
    assert "Enter an email address in the form name@example.com." in answer.text


def test_a_mistake_is_still_said_when_the_password_comes_with_it_and_the_password_is_not_shown_back(
    adam, url, new_person
):
    answer = adam.post(url("member_new"), {**new_person, "email": "not an address", "reverify_password": PASSWORD})

    assert answer.status_code == 422
    assert PASSWORD not in answer.text
    assert not Member.objects.filter(first_name="Nina").exists()


# What the prompt carries


def test_the_prompt_carries_every_value_that_was_typed_and_no_secret(adam, url, new_person):
    fields = {
        **new_person,
        "mobile": ["0400 000 000", "0400 111 111"],
        "empty": "",
        "unknown_field": "kept as it is",
        "first_name": '"><b>Nina</b>',
        "csrfmiddlewaretoken": "the token of the form",
        "password": "a stray secret",
        "new_password": "another stray secret",
        "reverify_password": "a wrong guess",
    }

    prompt = adam.post(url("member_new"), fields)

    carried = form_on(prompt, with_field="reverify_password")
    assert carried.pop("csrfmiddlewaretoken") == [str(prompt.context["csrf_token"])]
    assert carried.pop("reverify_password") == [""]
    secrets = ("csrfmiddlewaretoken", "password", "new_password", "reverify_password")
    assert carried == {
        name: value if isinstance(value, list) else [value] for name, value in fields.items() if name not in secrets
    }
    for secret in ("the token of the form", "a stray secret", "another stray secret", "a wrong guess"):
        assert secret not in prompt.text


def test_what_the_prompt_carries_is_inert(adam, url, new_person):
    """C16."""
    prompt = adam.post(url("member_new"), {**new_person, "first_name": '"><img src=x onerror=alert(1)>'})

    assert "<img" not in prompt.text


def test_the_prompt_sends_to_the_same_address_with_its_query(adam, url, new_person):
    prompt = adam.post(f"{url('member_new')}?from=home", new_person)

    assert f'action="{url("member_new")}?from=home"' in prompt.text


def test_the_prompt_is_not_kept_by_a_cache(adam, url, new_person):
    """A50."""
    assert "no-store" in adam.post(url("member_new"), new_person)["Cache-Control"]


def test_nothing_that_was_typed_is_kept_on_the_server(adam, url, new_person):
    adam.post(url("member_new"), new_person)

    kept = [session.get_decoded() for session in Session.objects.all()]
    assert len(kept) == 1
    assert "nina@harbour.example" not in str(kept)


# The session's key (A14)


def test_a_right_password_changes_the_sessions_key_and_the_old_cookie_is_dead(adam, url, new_person):
    """A14."""
    thief = Client()
    thief.cookies["sessionid"] = old = adam.cookies["sessionid"].value
    assert thief.get(url("members")).status_code == 200

    adam.post(url("member_new"), {**new_person, "reverify_password": PASSWORD})

    assert adam.cookies["sessionid"].value != old
    assert adam.get(url("members")).status_code == 200
    assert thief.get(url("members")).url.startswith(reverse("accounts:login"))


def test_a_wrong_password_leaves_the_session_as_it_is(adam, url, new_person):
    old = adam.cookies["sessionid"].value

    adam.post(url("member_new"), {**new_person, "reverify_password": "wrong"})

    assert adam.cookies["sessionid"].value == old
    assert adam.get(url("members")).status_code == 200


# The operator's grace window (A21)


@pytest.fixture
def act(url, new_person):
    """Add somebody new; without a password unless one is given."""

    def _act(client, first_name, clinic="harbour-physio", **fields):
        address = reverse("accounts:member_new", args=[clinic])
        typed = {**new_person, "first_name": first_name, "email": f"{first_name.lower()}@new.example", **fields}
        return client.post(address, {**typed, "submission": str(uuid4())})

    return _act


def test_without_a_window_set_no_mark_is_kept(adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)

    assert "reverified" not in adam.session


def test_within_the_window_the_next_act_does_not_ask(with_grace, adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)

    assert act(adam, "Nora").status_code == 302
    assert Member.objects.filter(first_name="Nora").exists()


def test_a_wrong_password_opens_no_window(with_grace, adam, act):
    act(adam, "Nina", reverify_password="wrong")

    assert asks(act(adam, "Nora"))


def test_after_the_window_it_asks_again(with_grace, adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)

    with later(reverify, seconds=301):
        assert asks(act(adam, "Nora"))


def test_using_the_window_does_not_lengthen_it(with_grace, adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)
    with later(reverify, seconds=200):
        act(adam, "Nora")

    with later(reverify, seconds=400):
        assert asks(act(adam, "Nell"))


def test_a_window_taken_away_by_the_operator_is_closed_at_once(with_grace, settings, adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)
    settings.REVERIFY_GRACE_SECONDS = 0

    assert asks(act(adam, "Nora"))


def test_a_window_opened_in_one_clinic_is_none_in_another(with_grace, cast, adam, act):
    MemberFactory(account=cast.other_clinic, user=cast.administrator.user, role=roles.ADMINISTRATOR)
    act(adam, "Nina", reverify_password=PASSWORD)

    assert asks(act(adam, "Nora", clinic="elsewhere"))


def test_a_window_is_gone_after_a_visit_to_another_clinic(with_grace, cast, adam, act):
    """A21: the mark dies on an account switch, not only on an act there."""
    MemberFactory(account=cast.other_clinic, user=cast.administrator.user, role=roles.ADMINISTRATOR)
    act(adam, "Nina", reverify_password=PASSWORD)

    adam.get(reverse("accounts:home", args=["elsewhere"]))

    assert asks(act(adam, "Nora"))


def test_a_window_is_gone_after_signing_out_and_in(with_grace, adam, act):
    act(adam, "Nina", reverify_password=PASSWORD)
    adam.post(reverse("accounts:logout"))
    adam.post(reverse("accounts:login"), {"email": "adam@harbour.example", "password": PASSWORD})

    assert asks(act(adam, "Nora"))


def test_a_window_is_not_inherited_by_whoever_signs_in_next_in_the_same_browser(with_grace, cast, adam, act):
    """A21: the mark names the user, too."""
    act(adam, "Nina", reverify_password=PASSWORD)
    adam.force_login(cast.owner.user, backend="accounts.authentication.MemberBackend")

    assert asks(act(adam, "Nora"))


def test_a_mark_of_somebody_else_counts_for_nothing(with_grace, cast, adam, act):
    """Even one that found its way into this session."""
    act(adam, "Nina", reverify_password=PASSWORD)
    session = adam.session
    mark = session["reverified"]
    session["reverified"] = [cast.owner.user_id, *mark[1:]]
    session.save()

    assert asks(act(adam, "Nora"))


def test_one_browsers_window_is_none_in_another(with_grace, cast, adam, sign_in, act):
    act(adam, "Nina", reverify_password=PASSWORD)

    assert asks(act(sign_in(cast.administrator), "Nora"))


@pytest.fixture
def marked_request(with_grace, cast, rf):
    """A request of Adam's at Harbour Physio, as a view has it, in a session with a mark for that user and clinic."""

    def _marked_request(user, account):
        request = rf.post("/harbour-physio/")
        request.user, request.account = cast.administrator.user, cast.clinic
        request.reverification = Reverification()
        request.session = import_module(project_settings.SESSION_ENGINE).SessionStore()
        request.session["reverified"] = [user.pk, account.pk, timezone.now().timestamp() + 300]
        return request

    return _marked_request


def test_an_act_that_always_asks_does_so_within_the_window(cast, marked_request):
    """The rule that the acts of ownership use."""
    request = marked_request(cast.administrator.user, cast.clinic)

    require_reverification(request, act="Something", button="Do it")
    with pytest.raises(ReverificationRequired):
        require_reverification(request, act="Something", button="Do it", always=True)


@pytest.mark.parametrize("whose", ["another user", "another clinic"])
def test_a_mark_is_compared_again_where_it_counts(cast, marked_request, whose):
    """A21, behind the middleware that drops it already."""
    user = cast.owner.user if whose == "another user" else cast.administrator.user
    account = cast.other_clinic if whose == "another clinic" else cast.clinic

    with pytest.raises(ReverificationRequired):
        require_reverification(marked_request(user, account), act="Something", button="Do it")


# Our own script (DESIGN, keystone 2: with JavaScript the prompt is a dialog on the same page)


def test_a_script_is_told_where_to_go_next_instead_of_being_redirected(adam, url, new_person):
    answer = adam.post(
        url("member_new"), {**new_person, "reverify_password": PASSWORD}, headers={"X-Requested-With": "fetch"}
    )

    nina = Member.objects.get(first_name="Nina")
    assert answer.status_code == 204
    assert answer["X-Location"] == url("member", nina.pk)
    assert not answer.content


def test_the_scripts_answer_brings_the_new_session_cookie(adam, url, new_person):
    """A14 and the script together: otherwise it would be signed out by its own success."""
    old = adam.cookies["sessionid"].value

    adam.post(url("member_new"), {**new_person, "reverify_password": PASSWORD}, headers={"X-Requested-With": "fetch"})

    assert adam.cookies["sessionid"].value != old
    assert adam.get(url("members")).status_code == 200


def test_a_script_gets_the_prompt_and_its_refusals_as_anybody_does(adam, url, new_person):
    fetch = {"X-Requested-With": "fetch"}

    assert asks(adam.post(url("member_new"), new_person, headers=fetch))
    wrong = adam.post(url("member_new"), {**new_person, "reverify_password": "wrong"}, headers=fetch)
    assert (wrong.status_code, asks(wrong)) == (422, True)


def test_a_script_of_somebody_signed_out_is_told_to_go_and_sign_in(client, url, new_person):
    answer = client.post(url("member_new"), new_person, headers={"X-Requested-With": "fetch"})

    assert answer.status_code == 204
    assert answer["X-Location"].startswith(reverse("accounts:login"))
