"""What all tests in here share: the figures that they count."""

from typing import Any

import pytest

from tests.figures import Figures, write


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """A place for what this test counts."""
    return Figures(request.node)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print them."""
    write(terminalreporter)
