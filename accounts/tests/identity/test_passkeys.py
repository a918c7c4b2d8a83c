"""Passkeys: added, shown as the second step and in place of a password, removed (C8, A17, A19, A29, A30)."""

import json
import secrets
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.identity.two_factor import rules as two_factor_rules
from accounts.identity.two_factor.passkeys import challenges
from accounts.models import Authenticator, Passkey, SecurityEvent, SignIn
from accounts.tests.authenticators import (
    STEP,
    give_app,
    give_backup_codes,
    is_signed_in,
    later,
    show_code,
    show_password,
    shown,
)
from accounts.tests.factories import PASSWORD, MemberFactory
from accounts.tests.identity.test_two_factor_setup import codes_on
from accounts.tests.owners import words_of
from accounts.tests.soft_passkey import (
    NEW,
    PRESENT,
    SoftPasskey,
    add,
    asked,
    give_passkey,
    new_question_on,
    question_on,
)
from accounts.tests.two_factor import require_two_factor

SECURITY = reverse("accounts:security")
CODES = reverse("accounts:backup_codes")
OFF = reverse("accounts:two_factor_off")
Kind = SecurityEvent.Kind


@pytest.fixture
def user(cast):
    return cast.receptionist.user


@pytest.fixture
def browser(cast, sign_in):
    return sign_in(cast.receptionist)


@pytest.fixture
def passkey(user):
    return give_passkey(user)


def show(client, passkey, **fields):
    """The second step with a passkey."""
    return client.post(STEP, {"code": "", "passkey": passkey.show(question_on(client.get(STEP))), **fields})


def proof(code=""):
    return {"reverify_password": PASSWORD, "present_code": code}


def remove(browser, user, **fields):
    row = user.passkeys.first()
    return browser.post(reverse("accounts:passkey_remove", args=[row.pk]), fields)


def kinds(user):
    return list(user.security_events.order_by("pk").values_list("kind", flat=True))


def refused(answer):
    """What a page that comes back says on top."""
    assert answer.status_code in {422, 429}, answer.status_code
    return answer.content.decode()


# Adding


def test_a_first_passkey_turns_two_factor_authentication_on_and_brings_backup_codes(user, browser):
    assert add(browser, SoftPasskey()).url == CODES

    assert len(codes_on(browser.get(CODES))) == 10
    assert user.has_two_factor
    assert kinds(user)[-1] == Kind.TWO_FACTOR_ON


def test_it_keeps_the_name_that_it_was_given_and_only_the_public_half(user, browser):
    passkey = SoftPasskey()
    add(browser, passkey, name="Key on the key ring")

    row = Passkey.objects.get()
    assert (row.user, row.name, row.credential_id) == (user, "Key on the key ring", passkey.id)
    assert passkey.key.private_numbers().private_value.to_bytes(32, "big") not in bytes(row.public_key)


def test_adding_one_takes_the_password(user, browser):
    assert "That is not your password" in refused(add(browser, SoftPasskey(), reverify_password="not this"))
    assert not user.has_two_factor


def test_what_was_typed_stays_when_the_password_was_wrong(browser):
    page = add(browser, SoftPasskey(), reverify_password="not this", name="Blue key")

    assert 'value="Blue key"' in page.content.decode()
    assert new_question_on(page)


def test_without_a_passkey_from_the_browser_the_page_says_so(user, browser):
    answer = browser.post(NEW, {"name": "My phone", "passkey": "", "reverify_password": PASSWORD})

    assert "Your browser made no passkey." in refused(answer)
    assert not user.has_two_factor


@pytest.mark.parametrize("name", ["", "Key\r\nBcc: all@clinic.example", "k" * 65])
def test_it_needs_a_name_of_one_line(user, browser, name):
    refused(add(browser, SoftPasskey(), name=name))

    assert not user.has_two_factor


def test_a_further_one_takes_what_signing_in_takes_so_far(user, browser):
    seed = give_app(user)
    assert "Enter a code of your app, or a backup code." in refused(add(browser, SoftPasskey()))

    assert add(browser, SoftPasskey(), present_code=shown(seed)).url == SECURITY
    assert user.passkeys.count() == 1
    assert kinds(user)[-1] == Kind.PASSKEY_ADDED


def test_a_passkey_has_a_say_over_another_without_password_and_code(user, browser, passkey):
    page = browser.get(NEW)
    fields = {"reverify_passkey": passkey.show(question_on(page)), "reverify_password": ""}
    made = SoftPasskey().make(new_question_on(page))

    answer = browser.post(NEW, {"name": "Second", "passkey": made, **fields})

    assert answer.url == SECURITY
    assert sorted(user.passkeys.values_list("name", flat=True)) == ["My phone", "Second"]


def test_adding_one_signs_out_everywhere_else(cast, user, browser, sign_in):
    other = sign_in(cast.receptionist)
    add(browser, SoftPasskey())

    assert is_signed_in(browser)
    assert not is_signed_in(other)


def test_its_person_is_told_by_mail(user, browser, deliver_mail):
    add(browser, SoftPasskey(), name="Blue key")
    deliver_mail()

    [told] = [each for each in mail.outbox if each.to == [user.email]]
    assert told.subject == "Two-factor authentication is on"
    assert "the passkey “Blue key”" in told.body


def test_one_passkey_is_nobody_elses_as_well(cast, sign_in, browser):
    passkey = SoftPasskey()
    add(browser, passkey)

    answer = add(sign_in(cast.practitioner), passkey)

    assert "This passkey is in use already." in refused(answer)
    assert Passkey.objects.count() == 1


def test_there_are_ten_at_most(user, browser):
    for number in range(10):
        passkey = give_passkey(user, name=f"Key {number}")
    page = browser.get(NEW)
    fields = {"reverify_passkey": passkey.show(question_on(page)), "passkey": SoftPasskey().make(new_question_on(page))}

    assert "You have ten passkeys." in refused(browser.post(NEW, {"name": "Another", **fields}))
    assert user.passkeys.count() == 10


@pytest.mark.parametrize(
    "bent",
    [{"origin": "https://clinic.example.evil"}, {"host": "evil.example"}, {"flags": PRESENT}],
    ids=["made on another site", "made for another site", "not unlocked"],
)
def test_one_that_was_not_made_here_and_by_its_owner_is_refused(user, browser, bent):
    assert "That passkey was not taken." in refused(add(browser, SoftPasskey(**bent)))
    assert not user.has_two_factor


def test_the_answer_to_another_persons_question_is_refused(cast, user, browser, sign_in):
    passkey = SoftPasskey()
    made = passkey.make(new_question_on(sign_in(cast.practitioner).get(NEW)))

    answer = browser.post(NEW, {"name": "Key", "passkey": made, "reverify_password": PASSWORD})

    assert "Use it once more." in refused(answer)
    assert not user.has_two_factor


@pytest.mark.parametrize(
    "rubbish",
    [
        "{}",
        "[]",
        "null",
        "not json",
        '{"id": 1}',
        '{"response": {"clientDataJSON": "AAAA"}}',
        "[" * 20_000,
        '{"id": "\\ud800"}',
        '{"id": "\\u0000"}',
    ],
)
def test_what_is_no_passkey_at_all_is_refused_and_not_an_error(user, browser, client, passkey, rubbish):
    page = {"name": "Key", "passkey": rubbish, "reverify_passkey": rubbish}
    assert "That passkey was not taken." in refused(browser.post(NEW, page))
    show_password(client, user)

    assert "That passkey was not taken." in refused(client.post(STEP, {"passkey": rubbish}))


@override_settings(SITE=settings.SITE.__class__(url="http://127.0.0.1:8000", host="127.0.0.1", is_https=False))
def test_where_the_site_has_no_name_none_are_offered(user, browser):
    give_app(user)

    assert browser.get(NEW).status_code == 404
    assert NEW not in browser.get(reverse("accounts:two_factor")).content.decode()
    assert NEW not in browser.get(SECURITY).content.decode()


# Signing in


def test_with_one_the_password_alone_signs_nobody_in(user, passkey, client):
    assert show_password(client, user).url == STEP
    assert not is_signed_in(client)


def test_the_passkey_after_the_password_signs_in(user, passkey, client):
    show_password(client, user)

    assert show(client, passkey).url == "/harbour-physio/"
    assert is_signed_in(client)


def test_a_passkey_without_the_password_before_it_signs_nobody_in(user, passkey, client):
    answer = client.post(STEP, {"passkey": passkey.show(asked(user))})

    assert answer.url == reverse("accounts:login")
    assert not is_signed_in(client)


def test_beside_an_app_either_signs_in(user, passkey, client):
    seed = give_app(user)
    show_password(client, user)

    assert show_code(client, shown(seed)).url == "/harbour-physio/"


def test_without_an_app_no_code_is_asked_for(user, passkey, client):
    show_password(client, user)
    page = client.get(STEP).content.decode()

    assert "Use your passkey" in page
    assert "Authentication code" not in page


def test_a_backup_code_takes_its_place(user, passkey, client):
    code = give_backup_codes(user)[0]
    show_password(client, user)

    assert client.post(f"{STEP}?with=backup", {"code": code}).url == "/harbour-physio/"


def test_with_trust_this_browser_is_not_asked_again(user, passkey, client):
    show_password(client, user)
    show(client, passkey, trust="on")
    client.post(reverse("accounts:logout"))

    assert show_password(client, user).url == "/harbour-physio/"


def test_another_persons_passkey_is_refused(cast, user, passkey, client):
    hers = give_passkey(cast.practitioner.user)
    show_password(client, user)

    assert "That passkey was not taken." in refused(show(client, hers))
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "bent",
    [{"origin": "https://clinic.example.evil"}, {"host": "evil.example"}, {"flags": PRESENT}],
    ids=["shown to another site", "for another site", "not unlocked"],
)
def test_one_that_was_not_shown_here_by_its_owner_is_refused(user, passkey, client, bent):
    for name, value in bent.items():
        setattr(passkey, name, value)
    show_password(client, user)

    assert "That passkey was not taken." in refused(show(client, passkey))
    assert not is_signed_in(client)


def test_one_signed_by_another_key_is_refused(user, passkey, client):
    passkey.key = SoftPasskey().key
    show_password(client, user)

    assert "That passkey was not taken." in refused(show(client, passkey))


def test_an_answer_signs_in_once(user, passkey, client, browser):
    show_password(client, user)
    answer = passkey.show(question_on(client.get(STEP)))
    client.post(STEP, {"passkey": answer})
    client.post(reverse("accounts:logout"))

    show_password(client, user)
    refused(client.post(STEP, {"passkey": answer}))
    assert not is_signed_in(client)


def test_an_answer_to_an_older_question_than_the_last_is_refused(user, passkey, client):
    older, newer = asked(user), asked(user)
    show_password(client, user)
    client.post(STEP, {"passkey": passkey.show(newer)})
    client.post(reverse("accounts:logout"))
    show_password(client, user)

    refused(client.post(STEP, {"passkey": passkey.show(older)}))


def test_after_ten_minutes_it_has_to_be_asked_again_which_counts_against_nobody(user, passkey, client):
    show_password(client, user)
    answers = [passkey.show(question_on(client.get(STEP))) for _ in range(6)]

    with later(challenges, minutes=10):
        pages = [client.post(STEP, {"passkey": answer}) for answer in answers]

    assert all("That took too long" in refused(page) for page in pages)
    assert show(client, passkey).url == "/harbour-physio/"


def test_wrong_ones_count_like_wrong_codes(user, passkey, client):
    stranger = SoftPasskey()
    show_password(client, user)
    pages = [show(client, stranger).status_code for _ in range(4)]
    fifth = client.post(STEP, {"passkey": stranger.show(asked(user))})

    assert [*pages, fifth.status_code] == [422] * 4 + [429]


def test_a_count_that_goes_backwards_is_a_copy_and_refused(user, passkey, client):
    user.passkeys.update(sign_count=7)
    passkey.count = 5
    show_password(client, user)

    refused(show(client, passkey))
    assert not is_signed_in(client)


def test_the_question_for_one_purpose_does_not_do_for_another(user, passkey, client, browser):
    show_password(client, user)
    answer = passkey.show(new_question_on(browser.get(NEW)))

    refused(client.post(STEP, {"passkey": answer}))


def test_a_challenge_is_good_only_with_our_signature(user):
    ours = challenges.new_challenge(challenges.Purpose.SHOW, user)

    assert challenges.given_out_at(ours, challenges.Purpose.SHOW, user)
    assert challenges.given_out_at(ours[:-1] + b"!", challenges.Purpose.SHOW, user) is None
    assert challenges.given_out_at(secrets.token_bytes(40), challenges.Purpose.SHOW, user) is None


def test_a_page_that_asks_names_only_the_passkeys_of_whom_it_asks(cast, user, passkey, client):
    give_passkey(cast.practitioner.user)
    show_password(client, user)

    asked_for = json.loads(question_on(client.get(STEP)))["allowCredentials"]
    assert [each["id"] for each in asked_for] == [passkey.id]


# In place of the password


def test_it_takes_the_place_of_password_and_code(user, passkey, browser):
    page = browser.get(CODES)
    answer = browser.post(CODES, {"reverify_passkey": passkey.show(question_on(page)), "reverify_password": ""})

    assert answer.url == CODES
    assert len(codes_on(browser.get(CODES))) == 10


def test_inside_a_clinic_as_well(cast, url, sign_in):
    passkey = give_passkey(cast.owner.user)
    person = MemberFactory(account=cast.clinic, first_name="Nina", last_name="Novak")
    olive, page = sign_in(cast.owner), url("member", person.pk)
    fields = {"email": person.user.email, "first_name": "Nina", "last_name": "Novak", "mobile": ""}
    fields |= {"role": person.role, "is_practitioner": "no", "is_active": "no", "version": "1"}

    prompt = olive.post(page, fields)
    olive.post(page, {**fields, "reverify_passkey": passkey.show(question_on(prompt))})

    person.refresh_from_db()
    assert not person.is_active


def test_no_page_offers_one_to_who_has_none(browser, user):
    give_app(user)

    assert question_on(browser.get(CODES)) == ""


def test_a_wrong_one_is_said_and_nothing_happens(user, passkey, browser):
    answer = browser.post(CODES, {"reverify_passkey": SoftPasskey().show(asked(user))})

    assert "That passkey was not taken." in refused(answer)
    assert user.backup_codes.count() == 0


def test_the_page_does_not_hand_the_answer_back(user, passkey, browser):
    answer = browser.post(CODES, {"reverify_passkey": SoftPasskey().show(asked(user))}).content.decode()

    assert "clientDataJSON" not in answer


def test_it_renews_the_sessions_key(user, passkey, browser):
    before = browser.session.session_key
    browser.post(CODES, {"reverify_passkey": passkey.show(question_on(browser.get(CODES)))})

    assert browser.session.session_key != before


def test_turning_it_all_off_takes_a_passkey_instead_of_password_and_code(user, passkey, browser):
    give_backup_codes(user)
    answer = browser.post(OFF, {"reverify_passkey": passkey.show(question_on(browser.get(OFF)))})

    assert answer.url == SECURITY
    assert not user.has_two_factor
    assert user.backup_codes.count() == 0


def test_cancel_beats_a_passkey(user, passkey, browser):
    fields = {"reverify_passkey": passkey.show(asked(user)), "reverify_cancel": "1"}

    assert browser.post(OFF, fields).status_code == 422
    assert user.has_two_factor


# An app beside it, and taking one of them away


def test_an_app_is_added_beside_a_passkey_with_a_say_of_the_passkey(user, passkey, browser):
    set_up = reverse("accounts:two_factor")
    page = browser.get(set_up)
    assert "Add an authenticator app" in page.content.decode()
    key = page.content.decode().split('id="key" value="')[1].split('"')[0].replace(" ", "")

    answer = browser.post(set_up, {"code": shown(key), "reverify_passkey": passkey.show(question_on(page))})

    assert answer.url == SECURITY
    assert user.has_authenticator
    assert kinds(user)[-1] == Kind.AUTHENTICATOR_ADDED


def test_one_of_several_is_removed_with_the_password_and_a_code(user, passkey, browser):
    seed = give_app(user)

    assert remove(browser, user, **proof(shown(seed))).url == SECURITY
    assert not user.passkeys.exists()
    assert user.has_two_factor
    assert kinds(user)[-1] == Kind.PASSKEY_REMOVED


def test_the_page_that_removes_one_names_it_and_takes_more_than_the_password(user, passkey, browser):
    give_app(user)
    row = user.passkeys.get()

    page = browser.get(reverse("accounts:passkey_remove", args=[row.pk]))

    assert "Remove the passkey “My phone”" in words_of(page)
    assert remove(browser, user, **proof()).status_code == 422
    assert user.passkeys.exists()


def test_removing_one_signs_out_everywhere_else(cast, user, passkey, browser, sign_in):
    seed = give_app(user)
    other = sign_in(cast.receptionist)
    remove(browser, user, **proof(shown(seed)))

    assert not is_signed_in(other)
    assert SignIn.objects.filter(user=user).count() == 1


def test_the_last_thing_beside_the_password_is_not_removed(user, passkey, browser):
    code = give_backup_codes(user)[0]
    answer = remove(browser, user, **proof(code))

    assert user.passkeys.exists()
    assert "Add another before you remove it, or turn two-factor off." in refused(answer)
    assert not user.backup_codes.filter(used_at__isnull=False).exists(), "no code is used up for it"


def test_the_app_is_removed_while_a_passkey_is_left(user, passkey, browser):
    seed = give_app(user)
    browser.post(reverse("accounts:authenticator_remove"), proof(shown(seed)))

    assert not Authenticator.objects.exists()
    assert user.has_two_factor
    assert kinds(user)[-1] == Kind.AUTHENTICATOR_REMOVED


def test_the_only_app_is_not_removed(user, browser):
    seed = give_app(user)
    browser.post(reverse("accounts:authenticator_remove"), proof(shown(seed)))

    assert user.has_authenticator


def test_where_it_is_all_there_is_the_page_of_the_app_promises_no_passkey(user, browser):
    give_app(user)

    words = words_of(browser.get(reverse("accounts:authenticator_remove")))

    assert "This is your only two-factor method." in words
    assert "You’ll sign in with your password and a passkey." not in words


def test_nor_does_the_page_of_the_only_passkey_speak_of_other_ways(user, passkey, browser):
    words = words_of(browser.get(reverse("accounts:passkey_remove", args=[user.passkeys.get().pk])))

    assert "This is your only two-factor method." in words
    assert "Your other ways to sign in won’t change." not in words


def test_nor_does_turning_it_off_where_a_clinic_requires_it(cast, user, passkey, browser):
    require_two_factor(cast.clinic)

    words = words_of(browser.get(OFF))

    assert "Harbour Physio" in words
    assert "You’ll sign in with just your password" not in words


def test_where_a_clinic_requires_it_the_page_of_the_last_one_names_no_way_to_turn_it_off(cast, user, passkey, browser):
    require_two_factor(cast.clinic)

    words = words_of(browser.get(reverse("accounts:passkey_remove", args=[user.passkeys.get().pk])))

    assert "Add another before you remove it." in words
    assert "turn two-factor off" not in words


def test_someone_without_the_app_is_not_told_to_set_it_up_on_another_phone(cast, user, passkey, browser):
    require_two_factor(cast.clinic)
    assert "If you’ve changed phones" not in words_of(browser.get(OFF))

    give_app(user)
    assert "If you’ve changed phones" in words_of(browser.get(OFF))


def test_somebody_elses_is_not_there(cast, user, browser):
    give_passkey(cast.practitioner.user)
    row = cast.practitioner.user.passkeys.get()

    assert browser.post(reverse("accounts:passkey_remove", args=[row.pk])).status_code == 404
    assert Passkey.objects.count() == 1


# What else counts it


def test_a_clinic_that_asks_for_two_factor_authentication_takes_a_passkey(cast, user, passkey, browser):
    require_two_factor(cast.clinic)

    assert browser.get("/harbour-physio/").status_code == 200


def test_the_list_of_people_without_it_leaves_out_who_has_a_passkey(cast, passkey):
    assert cast.receptionist not in cast.clinic.members.without_two_factor()


def test_the_people_page_knows_since_when(cast, user, passkey):
    row = user.passkeys.get()
    found = cast.clinic.members.with_two_factor().get(pk=cast.receptionist.pk)
    assert found.two_factor_since == row.created_at

    give_app(user)
    Authenticator.objects.update(created_at=row.created_at - timedelta(days=3))
    found = cast.clinic.members.with_two_factor().get(pk=cast.receptionist.pk)
    assert found.two_factor_since == row.created_at - timedelta(days=3)


def test_an_administrators_reset_takes_it_away(cast, user, passkey, adam, url):
    adam.post(url("member_two_factor", cast.receptionist.pk), {"reverify_password": PASSWORD})

    assert two_factor_rules.why_no_two_factor_reset(cast.receptionist) != ""
    assert not Passkey.objects.exists()


@pytest.mark.database
def test_the_page_takes_as_many_queries_for_ten_as_for_one(user, browser):
    give_passkey(user)
    browser.get(SECURITY)
    counts = []
    for more in range(2):
        for number in range(9 * more):
            give_passkey(user, name=f"Key {number}")
        with CaptureQueriesContext(connection) as queries:
            browser.get(SECURITY)
        counts.append(len(queries))

    assert user.passkeys.count() == 10
    assert counts[0] == counts[1] <= 15
