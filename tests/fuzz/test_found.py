"""What was once answered with a page that said that something broke, or with nothing at all."""

from collections.abc import Iterator

import pytest

from tests.fuzz.bodies import FORM
from tests.fuzz.requests import Sent
from tests.fuzz.sending import status_of
from tests.fuzz.undo import undone
from tests.fuzz.visitors import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exceptions_are_seen"), pytest.mark.database]


@pytest.fixture
def stranger(town) -> Iterator[Visitor]:
    """Somebody who is not signed in; what they do is undone."""
    with undone():
        yield town.visitor("a stranger")


@pytest.mark.parametrize("charset", ["zlib", "idna", "utf-16", "hex"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_with_a_question_is_not_read_by_a_codec_that_the_type_of_the_body_names(stranger, method, charset):
    """Django read it where no page can be answered yet."""
    sent = Sent(method, "/login/?next=%2Fclinics%2F", f"{FORM}; charset={charset}", b"email=x")

    assert status_of(sent, stranger) == 400


@pytest.mark.parametrize("kind", [f"{FORM}; charset=utf-8", FORM])
def test_a_question_of_more_parts_than_any_page_has_is_refused_also_where_the_type_names_a_charset(stranger, kind):
    assert status_of(Sent("GET", "/login/?" + "&".join(["a"] * 3000), kind), stranger) == 400


@pytest.mark.parametrize("kind", [f"{FORM}; x*=none-such''x", "multipart/form-data; boundary*=none-such''x"])
def test_a_type_that_cannot_be_read_is_none(stranger, kind):
    assert status_of(Sent("POST", "/login/", kind, b"email=x"), stranger) == 422


@pytest.mark.parametrize("length", ["x", "1e3", "²", "9" * 5000])
def test_a_length_that_is_no_number_is_taken_for_nothing_also_where_the_body_is_read(stranger, length):
    assert status_of(Sent("POST", "/login/", FORM, b"email=x", {"CONTENT_LENGTH": length}), stranger) == 422


@pytest.mark.parametrize("name", ["HTTP_USER_AGENT", "HTTP_ACCEPT"])
def test_a_wrong_password_with_a_nul_in_a_header_is_refused_also_where_the_database_keeps_no_nul(stranger, name):
    """What is written down of a wrong password has these headers in it."""
    body = b"email=rita%40harbour.example&password=wrong"

    assert status_of(Sent("POST", "/login/", FORM, body, {name: "\x00"}), stranger) == 400
