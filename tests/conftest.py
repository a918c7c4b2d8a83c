"""What all tests in here share: the figures that they count, and that databases are upgraded on both."""

from pathlib import Path
from typing import Any

import pytest

from tests.figures import Figures, write

UPGRADES = Path(__file__).parent / "upgrades"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A database decides what becomes of what older releases left."""
    for item in items:
        if UPGRADES in item.path.parents:
            item.add_marker(pytest.mark.database)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """A place for what this test counts."""
    return Figures(request.node)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print them."""
    write(terminalreporter)
