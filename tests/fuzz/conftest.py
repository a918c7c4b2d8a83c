"""Whom forms are about, and where requests go to."""

import pytest

from practitioners.tests.factories import first_business

# Installations with a real web server, for what is no request.
from tests.faults.conftest import first_stack, new_stack  # noqa: F401
from tests.fuzz.forms import Scene
from tests.fuzz.visitors import Town


@pytest.fixture
def scene(cast) -> Scene:
    """The owner sends something about somebody who is invited, or about the clinic's first business."""
    return Scene(cast.clinic, cast.owner, cast.invited, first_business(cast.clinic))


@pytest.fixture
def town(cast, sign_in) -> Town:
    """The cast with everything that pages can be about."""
    return Town.of(cast, sign_in)


@pytest.fixture
def exceptions_are_seen(settings) -> None:
    """Rather than the page that says that something broke."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
