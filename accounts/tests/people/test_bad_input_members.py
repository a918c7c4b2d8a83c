"""Every form about people, given what it should not be given (A39, A48, C16, C26).

Never a 500; what is sane comes back as it was typed; what is refused is refused in words, keeps all that was typed, and
leaves nothing in the database.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Account, Activity, Invitation, Member, OutboundEmail, User
from accounts.tests.factories import PASSWORD
from accounts.tests.pages import typed_on

pytestmark = pytest.mark.django_db

LINE = "Use one line of text, without line breaks or control characters."
BIDI = "Remove the hidden characters that change the direction of text."
WEB = "Enter a name, not a web address."
WEB_OR_DOT = f"{WEB} If the dot belongs to the name, put a space after it."
LETTERS = "Enter a name with at least one letter or digit."
PHONE = "Enter a mobile number, such as 0412 345 678 or +61 412 345 678."
EXTENSION = "Enter the number alone and leave out “ext. 5”: an extension can’t be kept here."
ADDRESS = "Enter an email address in the form name@example.com."
YES_NO = "Choose Yes or No."
ROLE = "Choose one of the security roles in the list."
NUL = "Null characters are not allowed."
TOO_LONG = "Ensure this value has at most"


@dataclass
class Form:
    """One of the forms: where it is, what is in it when it is right, and how to read back what it saved."""

    address: str
    right: dict[str, str]
    saved: Callable[[], Member | None]


FORMS = ["add user", "change user", "my info"]


@pytest.fixture
def form(request, cast, olive, url):
    """The form that the test's parameter names, filled in."""
    person = {"first_name": "Nina", "last_name": "Novak", "mobile": ""}
    choices = {"role": "scheduler", "is_practitioner": "no", "email": "nina@harbour.example"}
    if request.param == "my info":
        return Form(url("my_info"), person, lambda: Member.objects.get(pk=cast.owner.pk))
    if request.param == "change user":
        version = {"version": "1", "is_active": "yes", "reverify_password": PASSWORD}
        return Form(
            url("member", cast.invited.pk),
            {**person, **choices, **version},
            lambda: Member.objects.get(pk=cast.invited.pk),
        )
    once = {"submission": str(uuid4()), "reverify_password": PASSWORD}
    return Form(
        url("member_new"),
        {**person, **choices, **once},
        lambda: Member.objects.filter(user__email="nina@harbour.example").first(),
    )


@pytest.fixture(autouse=True)
def _errors_are_answers(olive):
    """A view that raises is a 500 page here, as in production, so that a test says so in one line."""
    olive.raise_request_exception = False


def everything():
    models = (Account, Activity, Invitation, Member, OutboundEmail)
    rows = {model: list(model.objects.order_by("pk").values()) for model in models}
    return {**rows, User: list(User.objects.order_by("pk").values("email", "password", "email_confirmed_at"))}


def fields_of(form):
    return [name for name in form.right if name not in {"submission", "version", "reverify_password"}]


# What is refused

REFUSED_NAMES = [
    ("", None),
    ("   ", None),
    ("x" * 10_000, TOO_LONG),
    ("x" * 101, TOO_LONG),
    ("Ni\r\nBcc: victim@example.com", LINE),
    ("Ni\nna", LINE),
    ("Ni\rna", LINE),
    ("Ni\tna", LINE),
    ("Ni\x00na", NUL),
    ("Ni\x1bna", LINE),
    ("Ni\x7fna", LINE),
    ("Ni\x85na", LINE),
    ("Ni\u2028na", LINE),
    ("Ni\u2029na", LINE),
    ("Ni\u202ena", BIDI),
    ("\u2066Nina\u2069", BIDI),
    ("\u202aNina", BIDI),
    ("https://evil.example/prize", WEB),
    ("www.evil.example", WEB),
    ("Click WWW.evil.example now", WEB),
    ("javascript://alert(1)", WEB),
    ("...", LETTERS),
    ("🩺", LETTERS),
    ("\u200b\u200b", "Remove the hidden character at the beginning"),
    ("Ni\u200bna", "Remove the hidden character after “Ni”"),
    ("Ni\u200dna", "Remove the hidden character after “Ni”"),
    ("Ni\u00adna", "Remove the hidden character after “Ni”"),
    ("\u3164", "Remove the hidden character at the beginning"),
    ("Ni\u200fna", BIDI),
    ("a" + "\u0301" * 9, "Remove the accents that are piled up on one letter."),
    ("Claim your refund at evil-pharma.com", WEB_OR_DOT),
    ("evil.com?win", WEB_OR_DOT),
    ("evil。com", WEB_OR_DOT),
    ("evil%2Ecom", WEB_OR_DOT),
    ("nina@evil.com", "Enter a name, not an email address."),
    ("=?utf-8?b?ZXZpbC5jb20=?=", "Enter the name in plain characters, without “=?” and “?=”."),
]


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize(("value", "words"), REFUSED_NAMES, ids=lambda each: ascii(each)[:30])
@pytest.mark.everyday("value", ("form", "words"))
def test_what_is_no_first_name_is_refused_in_words_and_nothing_is_lost(olive, form, value, words):
    _expect_refusal(olive, form, "first_name", value, words or "Enter a first name.")


@pytest.mark.parametrize("form", ["add user"], indirect=True)
@pytest.mark.parametrize(("value", "words"), REFUSED_NAMES, ids=lambda each: ascii(each)[:30])
@pytest.mark.everyday("words")
def test_a_last_name_is_looked_at_in_the_same_way(olive, form, value, words):
    _expect_refusal(olive, form, "last_name", value, words or "Enter a last name.")


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("letters", PHONE),
        ("12", PHONE),
        ("+", PHONE),
        ("----------", PHONE),
        ("0400 000 000 ext. 5", EXTENSION),
        ("0400\r\n000000", PHONE),
        ("0400\n000000", PHONE),
        ("0400\x0b000000", PHONE),
        ("0400\u2028000000", PHONE),
        ("0400\x00000", NUL),
        ("1" * 31, PHONE),
        ("1" * 10_000, PHONE),
        ("0400 000 000, 0400 111 222", PHONE),
        ("0400 000 000 (work)", PHONE),
        ("<script>1234</script>", PHONE),
        ("📱0400 000 000", PHONE),
    ],
    ids=lambda each: ascii(each)[:30],
)
@pytest.mark.everyday("value", "form")
def test_what_nobody_could_dial_is_refused_in_words_and_nothing_is_lost(olive, form, value, words):
    _expect_refusal(olive, form, "mobile", value, words)


@pytest.mark.parametrize("form", ["add user", "change user"], indirect=True)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "Enter an email address."),
        ("nina", ADDRESS),
        ("nina@", ADDRESS),
        ("@harbour.example", ADDRESS),
        ("nina@harbour", ADDRESS),
        ("nina@@harbour.example", ADDRESS),
        ("nina@harbour..example", ADDRESS),
        ("nina harbour@harbour.example", ADDRESS),
        ("Nina <nina@harbour.example>", ADDRESS),
        ("nina@harbour.example, ivan@harbour.example", ADDRESS),
        ("nina@harbour.example\r\nBcc: victim@example.com", ADDRESS),
        ("nina\n@harbour.example", ADDRESS),
        ("ni\x00na@harbour.example", NUL),
        ("nina@harbour\u2028.example", ADDRESS),
        ("\u202enina@harbour.example", ADDRESS),
        ("🩺@harbour.example", ADDRESS),
        ("<script>alert(1)</script>@harbour.example", ADDRESS),
        ("x" * 10_000, ADDRESS),
        ("x" * 10_000 + "@harbour.example", TOO_LONG),
        ("nina@" + "x" * 300 + ".example", ADDRESS),
        ("nina@" + "é" * 10_000 + ".example", ADDRESS),
    ],
    ids=lambda each: ascii(each)[:30],
)
@pytest.mark.everyday("value", "form")
def test_what_is_no_address_is_refused_in_words_and_nothing_is_lost(olive, form, value, words):
    """A48."""
    _expect_refusal(olive, form, "email", value, words)


@pytest.mark.parametrize("form", ["add user", "change user"], indirect=True)
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("role", "", "Choose a security role."),
        ("role", "owner", ROLE),
        ("role", "Administrator", ROLE),
        ("role", "administrator\x00", ROLE),
        ("role", "x" * 10_000, ROLE),
        ("role", "<script>", ROLE),
        ("is_practitioner", "", YES_NO),
        ("is_practitioner", "maybe", YES_NO),
        ("is_practitioner", "True", YES_NO),
        ("is_practitioner", "yes\r\n", YES_NO),
        ("is_practitioner", "\x00", YES_NO),
    ],
    ids=lambda each: ascii(each)[:30],
)
@pytest.mark.everyday(("field", "value"), "form")
def test_what_is_not_in_the_list_is_refused_in_words(olive, form, field, value, words):
    before = everything()

    page = olive.post(form.address, {**form.right, field: value})

    assert page.status_code == 422
    assert words in page.text
    others = [name for name in fields_of(form) if name != field]
    assert {name: typed_on(page)[name] for name in others} == {name: form.right[name] for name in others}
    assert everything() == before


@pytest.mark.parametrize("form", ["change user"], indirect=True)
@pytest.mark.parametrize("value", ["", "maybe", "True", "0", "no\x00"])
def test_active_user_is_yes_or_no(olive, form, value):
    before = everything()

    page = olive.post(form.address, {**form.right, "is_active": value})

    assert page.status_code == 422
    assert f"Active user – {YES_NO}" in page.text
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, indirect=True)
def test_an_empty_form_names_everything_that_is_missing(olive, form):
    before = everything()

    page = olive.post(form.address, {})

    assert page.status_code == 422
    for name, words in {
        "first_name": "Enter a first name.",
        "last_name": "Enter a last name.",
        "email": "Enter an email address.",
        "role": "Choose a security role.",
        "is_practitioner": YES_NO,
        "is_active": YES_NO,
    }.items():
        assert (words in page.text) == (name in form.right or (words == YES_NO and "is_practitioner" in form.right))
    assert everything() == before


def _expect_refusal(client, form, field, value, words):
    before = everything()

    page = client.post(form.address, {**form.right, field: value})

    assert page.status_code == 422
    assert words in html.unescape(page.text)
    assert "Verify your password" not in page.text
    assert typed_on(page)[field] == value
    others = [name for name in fields_of(form) if name != field]
    assert {name: typed_on(page)[name] for name in others} == {name: form.right[name] for name in others}
    assert everything() == before


# What is taken, and comes back as it was typed

SANE_NAMES = [
    "Zoë",
    "O'Brien-Smith",
    "d’Arcy",
    "José María",
    "Nguyễn Thị Minh",
    "李小龍",
    "Мария",
    "محمد",
    "שרה",
    "नीना",
    "Nina 🩺",
    "X Æ A-12",
    "Dr. Nina",
    "x" * 100,
    "𝔑𝔦𝔫𝔞",
    "N",
    "<b>Nina</b>",
    '"><img src=x onerror=alert(1)>',
    "<script>alert(1)</script>",
    "{{ request.user }}{% now 'Y' %}",
    "%(name)s %s {0}",
    "=HYPERLINK(1)",
    "'; DROP TABLE accounts_member; --",
    "Nina\\",
    "null",
]


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize("name", SANE_NAMES, ids=ascii)
@pytest.mark.everyday("name", "form")
def test_a_name_in_any_script_is_kept_and_shown_as_it_was_typed_and_markup_in_it_is_inert(olive, form, name):
    """C16."""
    page = olive.post(form.address, {**form.right, "first_name": name, "last_name": name}, follow=True)

    assert (form.saved().first_name, form.saved().last_name) == (name, name)
    assert page.status_code == 200
    typed = typed_on(page)
    assert (typed["first_name"], typed["last_name"]) == (name, name)
    for tag in ("<b>", "<img", "<script>"):
        assert tag not in page.text


def test_markup_in_a_name_is_inert_on_the_list_the_prompt_and_in_the_mail(olive, cast, url, deliver_mail):
    """C16."""
    name = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    fields = {"first_name": name, "last_name": "Novak", "email": "nina@harbour.example", "role": "scheduler"}
    form = {**fields, "is_practitioner": "no", "submission": str(uuid4())}

    prompt = olive.post(url("member_new"), form)
    olive.post(url("member_new"), {**form, "reverify_password": PASSWORD})
    [message] = deliver_mail()
    [(body, _kind)] = message.alternatives

    for page in (prompt.text, olive.get(url("members")).text, body):
        assert "onerror" in page
        assert "<img" not in page.replace('<img src="cid', "")
        assert "<script>" not in page


@pytest.mark.parametrize("form", FORMS, indirect=True)
def test_spaces_around_a_name_and_a_number_are_taken_off(olive, form):
    olive.post(form.address, {**form.right, "first_name": "  Nina \r\n", "mobile": "  0400 000 000 "})

    assert (form.saved().first_name, form.saved().mobile) == ("Nina", "+61400000000")


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize(
    ("mobile", "kept"),
    [
        ("", ""),
        ("\u200e", ""),
        ("0400000000", "+61400000000"),
        ("+61 400 000 000", "+61400000000"),
        ("(02) 9999-9999", "+61299999999"),
        ("+44.20.7946.0958", "+442079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("0400\u00a0000\u202f000", "+61400000000"),
        ("\u202d0400–000–000\u202c", "+61400000000"),
        ("０４００ ０００ ０００", "+61400000000"),
        ("٠٤٠٠٠٠٠٠٠٠", "+61400000000"),
        ("tel:+61-400-000-000", "+61400000000"),
        ("0061 400 000 000", "+61400000000"),
        ("+614999999999", "+614999999999"),
    ],
    ids=lambda each: ascii(each)[:30],
)
def test_a_number_is_kept_as_e164_however_it_was_typed(olive, form, mobile, kept):
    olive.post(form.address, {**form.right, "mobile": mobile})

    assert form.saved().first_name == "Nina"
    assert form.saved().mobile == kept


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Nina.Novak+Clinic@Harbour.Example", "nina.novak+clinic@harbour.example"),
        ("nina@bücher.example", "nina@xn--bcher-kva.example"),
        ("ｎｉｎａ@harbour.example", "nina@harbour.example"),
        ("o'nina@harbour.example", "o'nina@harbour.example"),
        ("n" * 64 + "@harbour.example", "n" * 64 + "@harbour.example"),
    ],
)
def test_an_address_is_kept_in_its_one_spelling(olive, url, typed, stored):
    form = {"first_name": "Nina", "last_name": "Novak", "email": typed, "role": "scheduler", "is_practitioner": "no"}

    olive.post(url("member_new"), {**form, "reverify_password": PASSWORD})

    assert Member.objects.get(first_name="Nina").user.email == stored


# What no browser sends


@pytest.mark.parametrize("form", FORMS, indirect=True)
def test_of_a_field_sent_twice_the_last_counts_and_only_that(olive, form):
    """A form is read as browsers' servers read it; nobody gets two of anything."""
    people = Member.objects.count()

    olive.post(form.address, {**form.right, "first_name": ["Mallory", "Nina"], "last_name": ["Marsh", "Novak"]})

    assert form.saved().full_name == "Nina Novak"
    assert not Member.objects.filter(first_name="Mallory").exists()
    assert Member.objects.count() <= people + 1


def test_an_address_sent_twice_is_mailed_once(olive, url, deliver_mail):
    """C22, here: no second recipient through a second field."""
    form = {"first_name": "Nina", "last_name": "Novak", "role": "scheduler", "is_practitioner": "no"}
    addresses = ["mallory@evil.example", "nina@harbour.example"]

    olive.post(url("member_new"), {**form, "email": addresses, "reverify_password": PASSWORD})

    assert [message.to for message in deliver_mail()] == [["nina@harbour.example"]]


URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize("bad", ["%FF%FE", "Ni%FFna", "%C3%28", "%ED%A0%80", "%F8%88%80%80%80", "%C0%80"])
@pytest.mark.everyday("bad", "form")
def test_bytes_that_are_no_text_are_refused_and_not_kept_as_question_marks(olive, form, bad):
    before = everything()
    rest = "&".join(f"{name}={value}" for name, value in form.right.items() if name != "first_name")

    page = olive.post(form.address, f"first_name={bad}&{rest}", content_type=URLENCODED)

    assert page.status_code == 422
    assert "First name –" in page.text
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", URLENCODED, 422),
        (b"&&&&====%%%", URLENCODED, 422),
        (b"first_name=Nina", "text/plain", 422),
        (b'{"first_name": "Nina", "is_owner": true}', "application/json", 422),
        (b"first_name=Nina", f"{URLENCODED}; charset=utf-16", 400),
        (b"first_name=Nina", f"{URLENCODED}; charset=nonsense", 422),
        (b"no parts at all", "multipart/form-data; boundary=x", 422),
        (b"no boundary", "multipart/form-data", 400),
        (b"x" * 100, "multipart/form-data; boundary=" + "x" * 300, 400),
        (b"&".join(b"f%d=1" % number for number in range(2001)), URLENCODED, 400),
        (b"first_name[]=Nina&first_name[0]=Nina&__proto__=x", URLENCODED, 422),
    ],
    ids=[
        "empty",
        "signs",
        "plain",
        "json",
        "utf-16",
        "no such charset",
        "no parts",
        "no boundary",
        "long",
        "many",
        "[]",
    ],
)
@pytest.mark.everyday(("body", "content_type"), "form")
def test_a_body_that_is_no_form_is_answered_with_a_page_and_changes_nothing(olive, form, body, content_type, status):
    before = everything()

    page = olive.generic("POST", form.address, body, content_type=content_type)

    assert page.status_code == status
    assert "<h1>" in page.text
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, indirect=True)
def test_a_file_in_the_place_of_a_name_is_no_name(olive, form):
    before = everything()

    page = olive.post(form.address, {**form.right, "first_name": SimpleUploadedFile("Nina.txt", b"Nina")})

    assert page.status_code == 422
    assert "Enter a first name." in page.text
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize("content_type", [URLENCODED, "multipart/form-data; boundary=x"])
def test_ten_megabytes_are_too_large_to_send_and_the_page_says_so(olive, form, content_type):
    before = everything()

    page = olive.post(form.address, b"first_name=" + b"x" * 10 * 1024 * 1024, content_type=content_type)

    assert page.status_code == 413
    assert "That is too large to send" in page.text
    assert everything() == before


@pytest.mark.parametrize("form", FORMS, indirect=True)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_methods_that_the_product_does_not_use_change_nothing(olive, form, method):
    before = everything()

    page = getattr(olive, method)(form.address, "first_name=Mallory", content_type=URLENCODED)

    assert page.status_code == 405
    assert everything() == before


# The password beside the form


@pytest.mark.parametrize(
    "password", ["x" * 10_000, "\x00", "\r\n", "🩺" * 100, "\u202e", "<script>"], ids=lambda p: ascii(p)[:12]
)
def test_any_text_in_the_place_of_the_password_is_just_a_wrong_password(olive, url, password):
    before = everything()
    fields = {"first_name": "Nina", "last_name": "Novak", "email": "nina@harbour.example", "role": "scheduler"}

    page = olive.post(url("member_new"), {**fields, "is_practitioner": "no", "reverify_password": password})

    assert page.status_code == 422
    assert "That is not your password" in page.text
    assert everything() == before


def test_a_file_in_the_place_of_the_password_is_no_password(olive, url):
    fields = {"first_name": "Nina", "last_name": "Novak", "email": "nina@harbour.example", "role": "scheduler"}
    file = SimpleUploadedFile("password.txt", PASSWORD.encode())

    page = olive.post(url("member_new"), {**fields, "is_practitioner": "no", "reverify_password": file})

    assert "Verify your password" in page.text
    assert not Member.objects.filter(first_name="Nina").exists()


# The plan


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("", "Choose a plan."),
        (None, "Choose a plan."),
        ("free", "Choose one of the plans in the list."),
        ("Small", "Choose one of the plans in the list."),
        ("medium\x00", "Choose one of the plans in the list."),
        ("x" * 10_000, "Choose one of the plans in the list."),
        ("<script>", "Choose one of the plans in the list."),
        ("medium\r\n", "Choose one of the plans in the list."),
        (["medium", "free"], "Choose one of the plans in the list."),
    ],
    ids=lambda each: ascii(each)[:20],
)
def test_a_plan_that_there_is_not_is_refused_in_words(olive, cast, url, plan, words):
    before = everything()

    page = olive.post(url("subscription"), {} if plan is None else {"plan": plan})

    assert page.status_code == 422
    assert words in page.text
    assert "<script>" not in page.text
    assert everything() == before


def test_a_plan_sent_with_other_settings_of_the_clinic_changes_the_plan_alone(olive, cast, url):
    """A39."""
    olive.post(
        url("subscription"),
        {
            "plan": "medium",
            "reverify_password": PASSWORD,
            "seats": "9999",
            "name": "Mallory",
            "slug": "evil",
            "locked_at": "",
        },
    )

    cast.clinic.refresh_from_db()
    assert (cast.clinic.plan, cast.clinic.name, cast.clinic.slug) == ("medium", "Harbour Physio", "harbour-physio")
