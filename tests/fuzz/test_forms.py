"""Whatever is sent to a form, it says yes, or no in words, and can be shown again (A48, C26)."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from accounts.importing.forms import COLUMNS, check_line
from practitioners.settings.forms.buttons import press
from tests.fuzz.budget import BOUNDED
from tests.fuzz.forms import WAYS, form_classes
from tests.fuzz.inputs import anything, as_sent, sendings
from tests.fuzz.undo import undone

pytestmark = pytest.mark.django_db

PRESSED = ("add-number", "add:hours:1:0", "add:break:1:6", "remove:0", "remove-number:0", "copy:1", "remove:" + "9" * 9)
WEEK = {
    "hours-0-at": ["hours:1:0"],
    "hours-0-starts": ["9"],
    "hours-0-ends": ["5 pm"],
    "copy-1-source": ["0"],
    "copy-1-targets": ["1", "6"],
    "numbers-0-kind": ["Provider number"],
    "numbers-0-number": ["123456"],
}
# One names what is not on file, the other is refused by its `check`; both are read to their end all the same.
NOT_RIGHT_HERE = {"ReasonForm": {"__all__"}, "RecoveryForm": {"__all__"}, "DetailsForm": {"businesses"}}


def require_words(form: Any, sent: QueryDict) -> None:
    """Each reason for a no is a sentence, without a hole in it and without a piece of the machine."""
    typed = "".join(value for _name, values in sent.lists() for value in values)
    words = [str(each) for errors in form.errors.values() for each in errors]
    assert words and all(each.strip() for each in words)
    for sign in ("%(", "object at 0x", "<lazy", "Traceback"):
        assert sign in typed or not [each for each in words if sign in each]


def require_shown(form: Any) -> None:
    """It can be shown again, field by field as our pages do."""
    for field in form:
        assert isinstance(field.as_field_group(), str)
    assert form.errors.as_json()
    assert isinstance(form.non_field_errors().as_ul(), str)


def test_every_form_has_a_way_to_be_tried():
    """A new one is added to forms.py."""
    assert set(form_classes()) == set(WAYS)


@pytest.mark.parametrize("form_class", WAYS, ids=lambda each: each.__name__)
def test_what_is_right_is_right(scene, form_class):
    """Otherwise nothing below would get past the first check."""
    form = WAYS[form_class].make(scene, as_sent(WAYS[form_class].right))

    assert set(form.errors) == NOT_RIGHT_HERE.get(form_class.__name__, set())


@pytest.mark.parametrize("form_class", WAYS, ids=lambda each: each.__name__)
def test_a_form_answers_whatever_is_sent(scene, figures, form_class):
    tried = []

    @BOUNDED
    @given(sendings(WAYS[form_class].right))
    def answers(sent: QueryDict) -> None:
        tried.append(1)
        with undone():
            form = WAYS[form_class].make(scene, sent)
            if not form.is_valid():
                require_words(form, sent)
            require_shown(form)

    answers()
    figures.tried("fuzz: forms", len(tried))


def problems_of(line: dict[str, str]) -> list[str]:
    """What is wrong with a line of such a file."""
    try:
        check_line(line)
    except ValidationError as refusal:
        return refusal.messages
    return []


def test_a_line_of_a_file_of_accounts_is_read_or_refused_in_words(figures):
    tried = []

    @BOUNDED
    @given(st.dictionaries(st.sampled_from([*COLUMNS]), anything))
    def answers(line: dict[str, str]) -> None:
        tried.append(1)
        assert all(each.strip() for each in problems_of(line))

    answers()
    figures.tried("fuzz: forms", len(tried))


def test_a_button_of_the_week_leaves_a_page_that_can_be_shown_whatever_is_on_it(figures):
    tried = []

    @BOUNDED
    @given(sendings(WEEK), st.sampled_from(PRESSED) | anything)
    def answers(sent: QueryDict, button: str) -> None:
        tried.append(1)
        pressed = press(sent, button)
        assert isinstance(pressed.words, str)
        assert isinstance(pressed.data.urlencode(), str)

    answers()
    figures.tried("fuzz: forms", len(tried))
