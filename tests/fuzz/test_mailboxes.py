"""Every form that takes an address takes a mailbox in one spelling, and nothing else (A64)."""

import pytest
from django.forms import Form

from accounts.core.fields import EmailField, KnownEmailField
from accounts.tests.hostile import MAILBOXES, NO_MAILBOXES
from tests.fuzz.forms import WAYS
from tests.fuzz.inputs import as_sent
from tests.fuzz.undo import undone

pytestmark = pytest.mark.django_db

# They look for somebody who may have come in before.
LOOK_FOR_SOMEBODY = {"SignInForm", "PasswordResetForm"}


def fields_of(form_class: type) -> dict[str, object]:
    """The fields for an address that a form has."""
    base = getattr(form_class, "base_fields", {})
    return {name: field for name, field in base.items() if isinstance(field, KnownEmailField)}


WITH_ADDRESS = [each for each in WAYS if issubclass(each, Form) and fields_of(each)]


def test_only_forms_that_look_for_somebody_take_what_was_taken_once():
    lenient = {each.__name__ for each in WITH_ADDRESS if not all(map(_is_strict, fields_of(each).values()))}

    assert lenient == LOOK_FOR_SOMEBODY
    assert len(WITH_ADDRESS) > len(lenient)


def _is_strict(field: object) -> bool:
    return isinstance(field, EmailField)


@pytest.mark.parametrize("form_class", WITH_ADDRESS, ids=lambda each: each.__name__)
def test_a_form_refuses_what_is_no_mailbox(scene, figures, form_class):
    if form_class.__name__ in LOOK_FOR_SOMEBODY:
        return
    [name] = fields_of(form_class)
    tried = [each for each in NO_MAILBOXES if each]
    for typed in tried:
        with undone():
            form = WAYS[form_class].make(scene, as_sent({**WAYS[form_class].right, name: [typed]}))
            assert name in form.errors, ascii(typed)
    figures.tried("addresses that are none", len(tried))


@pytest.mark.parametrize("form_class", WITH_ADDRESS, ids=lambda each: each.__name__)
def test_a_form_hands_on_the_one_spelling(scene, form_class):
    [name] = fields_of(form_class)
    for typed, mailbox in MAILBOXES.items():
        with undone():
            form = WAYS[form_class].make(scene, as_sent({**WAYS[form_class].right, name: [typed]}))
            form.is_valid()
            assert form.cleaned_data.get(name) == mailbox or name not in form.errors
