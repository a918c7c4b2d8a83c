"""The security roles: PRODUCT's matrix cell by cell, the account's toggles, the page that shows them (S1, S8, C14).

The table below is written out from PRODUCT a second time on purpose: a slip in `accounts/access/roles.py` shows here.
"""

import re
from itertools import combinations

import pytest

from accounts.access import roles
from accounts.access.roles import Toggle
from accounts.models import Member
from accounts.tests.factories import AccountFactory, MemberFactory

pytestmark = pytest.mark.policy

COLUMNS = ["scheduler", "receptionist", "practitioner", "bookkeeper", "power_receptionist", "administrator"]

# Y yes, - no, own. A toggle narrows a cell: "Y>own notes" is yes, and own once "own notes" is switched on.
MATRIX = """
    appointments.book          Y    Y               Y               -  Y               Y
    appointments.edit          Y    Y               Y               -  Y               Y
    appointments.cancel        Y    Y               Y               -  Y               Y
    patients.view              Y    Y               Y               -  Y               Y
    patients.create            Y    Y               Y               -  Y               Y
    patients.edit              Y    Y               Y               -  Y               Y
    patients.message           Y    Y               Y               -  Y               Y
    patients.archive           -    Y               Y               -  Y               Y
    patients.delete            -    -               -               -  Y               Y
    treatment_notes.write      -    -               Y>own:notes     -  -               Y
    medical_alerts.view        -    -               Y               -  -               Y
    letters.write              -    own             Y               -  own             Y
    letters.read_others        -    Y>-:r_letters   Y>-:p_letters   -  Y>-:r_letters   Y
    attachments.upload         -    Y               Y               -  Y               Y
    attachments.open           -    Y>-:r_files     Y               -  Y>-:r_files     Y
    attachments.delete_any     -    -               -               -  Y               Y
    contacts.view              Y    Y               Y               -  Y               Y
    contacts.edit              -    Y               Y               -  Y               Y
    contacts.delete            -    -               -               -  Y               Y
    communications.view        -    Y               Y               -  Y               Y
    invoices.view              -    Y               Y>-:money       Y  Y               Y
    invoices.create            -    Y               Y>-:money       Y  Y               Y
    invoices.edit              -    -               -               Y  Y               Y
    invoices.delete            -    -               -               Y  Y               Y
    products.view              -    Y               Y               Y  Y               Y
    products.edit              -    Y               Y               Y  Y               Y
    products.stock             -    Y               Y               Y  Y               Y
    products.delete            -    -               -               Y  Y               Y
    expenses.manage            -    own             own             Y  Y               Y
    reports.schedule           Y    Y               Y               -  Y               Y
    reports.missed             Y    Y               Y               -  Y               Y
    reports.recalls            Y    Y               Y               -  Y               Y
    reports.daily_payments     -    Y               Y>-:money       Y  Y               Y
    reports.payment_summary    -    -               -               Y  Y               Y
    reports.expenses           -    -               -               Y  Y               Y
    reports.revenue            -    -               own>-:money     Y  Y               Y
    settings.billable_items    -    -               -               Y  Y               Y
    settings.payment_types     -    -               -               Y  Y               Y
    settings.taxes             -    -               -               Y  Y               Y
    settings.general           -    -               -               -  Y               Y
    settings.businesses        -    -               -               -  Y               Y
    settings.templates         -    -               -               -  Y               Y
    settings.integrations      -    -               -               -  Y               Y
    settings.subscription      -    -               -               -  Y               Y
    settings.security          -    -               -               -  -               Y
    settings.users             -    -               -               -  -               Y
    settings.activity          -    -               -               -  -               Y
    me.edit                    Y    Y               Y               Y  Y               Y
"""
TOGGLES = {
    "notes": Toggle.PRACTITIONERS_OWN_NOTES,
    "p_letters": Toggle.PRACTITIONERS_OWN_LETTERS,
    "money": Toggle.PRACTITIONERS_NO_FINANCIALS,
    "r_letters": Toggle.RECEPTION_OWN_LETTERS,
    "r_files": Toggle.RECEPTION_NO_ATTACHMENTS,
}
SCOPES = {"Y": "all", "own": "own", "-": "none"}


def _cells():
    """(permission, role, scope, toggle or None, scope under it) for each cell of the table."""
    for line in MATRIX.strip().splitlines():
        permission, *cells = line.split()
        for role, cell in zip(COLUMNS, cells, strict=True):
            usual, _, restricted = cell.partition(">")
            narrowed, _, toggle = restricted.partition(":")
            yield permission, role, SCOPES[usual], TOGGLES.get(toggle), SCOPES.get(narrowed, SCOPES[usual])


CELLS = list(_cells())


@pytest.mark.parametrize(("permission", "role", "scope", "toggle", "restricted"), CELLS)
def test_each_cell_is_what_product_says_and_its_toggle_narrows_it(permission, role, scope, toggle, restricted):
    """C14. Every toggle but its own leaves it as it is."""
    others = {each: True for each in Toggle if each != toggle}

    assert roles.scope(role, permission, {}) == scope
    assert roles.scope(role, permission, others) == scope
    assert roles.scope(role, permission, dict.fromkeys(Toggle, True)) == restricted
    assert roles.scope(role, permission, dict.fromkeys(Toggle, False)) == scope


def test_the_table_above_is_the_whole_matrix():
    assert {(permission, role) for permission, role, *_ in CELLS} == {
        (permission, role) for permission in roles.PERMISSIONS for role in roles.ROLES
    }
    assert list(roles.ROLES) == list(roles.COLUMNS) == COLUMNS


def test_every_toggle_narrows_something_and_has_words():
    assert {toggle for *_, toggle, _ in CELLS if toggle} == set(Toggle) == set(roles.TOGGLE_LABELS)


# What other parts of a suite ask (S1)


@pytest.mark.parametrize(("permission", "role", "scope"), [cell[:3] for cell in CELLS])
def test_a_member_may_what_their_role_may(permission, role, scope):
    """S1: `own` counts as yes; how far it reaches is asked with `scope`."""
    member = Member(account=_plain_clinic(), role=role, is_active=True, joined_at="2026-01-01")

    assert member.has_perm(permission) == (scope != "none")
    assert member.scope(permission) == scope


def _plain_clinic():
    return AccountFactory.build(creator=None)


SWITCHED_ON = [set(some) for number in range(len(Toggle) + 1) for some in combinations(Toggle, number)]


@pytest.mark.parametrize("role", COLUMNS)
@pytest.mark.parametrize("on", SWITCHED_ON, ids=lambda on: ",".join(sorted(on)) or "none")
def test_with_these_toggles_on_a_member_may_what_is_left_of_their_role(role, on):
    """S1, C14: every permission, role and set of toggles, as an account keeps them."""
    clinic = AccountFactory.build(creator=None, toggles={toggle: toggle in on for toggle in Toggle})
    member = Member(account=clinic, role=role, is_active=True, joined_at="2026-01-01")

    expected = {
        permission: restricted if toggle in on else scope
        for permission, column, scope, toggle, restricted in CELLS
        if column == role
    }
    assert {name: member.scope(name) for name in roles.PERMISSIONS} == expected
    assert {name for name in roles.PERMISSIONS if member.has_perm(name)} == {
        name for name, scope in expected.items() if scope != "none"
    }


@pytest.mark.parametrize("toggles", [{}, {"a_toggle_of_tomorrow": True}, {"practitioners_own_notes": None}])
def test_a_toggle_that_is_missing_unknown_or_empty_restricts_nothing(toggles):
    """An account from before a toggle was there, or read by code of before."""
    clinic = AccountFactory.build(creator=None, toggles=toggles)
    member = Member(account=clinic, role=roles.PRACTITIONER, is_active=True, joined_at="2026-01-01")

    assert member.scope("treatment_notes.write") == "all"


@pytest.mark.django_db
def test_a_toggle_of_the_clinic_holds_for_its_members_and_for_no_other_clinics(cast):
    """C14."""
    cast.clinic.toggles = {"practitioners_own_notes": True, "practitioners_no_financials": True}
    cast.clinic.save()
    paul = Member.objects.get(pk=cast.practitioner.pk)
    elsewhere = MemberFactory(account=cast.other_clinic, role=roles.PRACTITIONER)

    assert paul.scope("treatment_notes.write") == "own"
    assert not paul.has_perm("invoices.view")
    assert elsewhere.scope("treatment_notes.write") == "all"
    assert elsewhere.has_perm("invoices.view")


@pytest.mark.django_db
@pytest.mark.parametrize("permission", ["appointments.bok", "", "settings", "SETTINGS.USERS", "settings.users "])
def test_a_misspelt_permission_is_an_error_and_not_a_no(cast, permission):
    with pytest.raises(KeyError):
        cast.owner.has_perm(permission)


@pytest.mark.parametrize("role", ["owner", "", "Administrator"])
def test_a_misspelt_role_is_an_error_and_not_a_no(role):
    with pytest.raises(KeyError):
        roles.scope(role, "appointments.book", {})


@pytest.mark.parametrize("permission", sorted(roles.PERMISSIONS))
@pytest.mark.parametrize("fields", [{"is_active": False}, {"joined_at": None}], ids=["inactive", "not joined"])
def test_somebody_inactive_or_not_yet_joined_may_nothing_whatever_their_role(permission, fields):
    """C5, C13."""
    present = {"is_active": True, "joined_at": "2026-01-01"}
    member = Member(account=_plain_clinic(), role=roles.ADMINISTRATOR, **{**present, **fields})

    assert not member.has_perm(permission)
    assert member.scope(permission) == "none"


@pytest.mark.django_db
def test_being_an_owner_or_a_practitioner_adds_no_right_to_a_role(cast):
    """S7."""
    receptionist = MemberFactory(account=cast.clinic, role=roles.RECEPTIONIST, is_practitioner=True)

    assert [receptionist.scope(name) for name in roles.PERMISSIONS] == [
        cast.receptionist.scope(name) for name in roles.PERMISSIONS
    ]
    assert [cast.owner.scope(name) for name in roles.PERMISSIONS] == [
        cast.administrator.scope(name) for name in roles.PERMISSIONS
    ]


# The page


def _shown(page):
    """The cells of the page as {(area, label): [words for each role]}."""
    shown, area = {}, ""
    for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL):
        if "matrix__group" in row:
            area = re.search(r'<th scope="colgroup">(.*?)</th>', row)[1]
        elif '<th scope="row">' in row:
            label = re.search(r'<th scope="row">(.*?)</th>', row)[1]
            shown[area, label] = [
                " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>|–", " ", cell, flags=re.DOTALL).split()).replace(" ,", ",")
                for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)
            ]
    return shown


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["receptionist", "practitioner", "administrator", "owner"])
def test_the_security_roles_page_shows_every_cell_to_everybody(cast, sign_in, url, who):
    """S8."""
    shown = _shown(sign_in(getattr(cast, who)).get(url("roles")).text)

    words = {"all": "Yes", "own": "Own", "none": "No"}
    expected = [
        [words[scope] for name, _role, scope, *_ in CELLS if name == permission] for permission in roles.PERMISSIONS
    ]
    assert list(shown.values()) == expected


@pytest.mark.django_db
def test_the_page_names_each_role_and_says_whom_it_is_for(cast, sign_in, url):
    page = sign_in(cast.receptionist).get(url("roles")).text

    for role in roles.ROLES.values():
        assert f'<th scope="col">{role.name}</th>' in page
        assert f"<dt>{role.name}</dt><dd>{role.summary}</dd>" in page


@pytest.mark.django_db
def test_where_a_toggle_restricts_a_cell_the_page_says_what_holds_and_why(cast, sign_in, url):
    """C14: the page says what holds, in this clinic."""
    cast.clinic.toggles = {Toggle.PRACTITIONERS_OWN_NOTES: True, Toggle.RECEPTION_NO_ATTACHMENTS: True}
    cast.clinic.save()

    shown = _shown(sign_in(cast.receptionist).get(url("roles")).text)

    notes = shown["Treatment notes and medical alerts", "Treatment notes"]
    assert notes[2] == "Own, restricted: Practitioners see only their own treatment notes"
    files = shown["Attachments", "Open"]
    assert files[1] == files[4] == "No, restricted: Reception does not open attachments"
    assert files[2] == files[5] == "Yes"
